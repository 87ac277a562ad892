//! Values as they are written for people, in Dutch and in English.

use serde_json::Value;

/// A language of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Dutch.
    Dutch,
    /// English.
    English,
}

impl Language {
    /// `nl` or `en`.
    pub fn read(code: &str) -> Option<Self> {
        match code {
            "nl" => Some(Self::Dutch),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// `nl` or `en`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Dutch => "nl",
            Self::English => "en",
        }
    }
}

/// A value as a reader expects it: `ja`, `€ 1.234,56`, `7 maart 2008`; `yes`, `€1,234.56`, `7 March 2008`.
pub fn show(value: &Value, language: Language) -> String {
    match (value, language) {
        (Value::Bool(true), Language::Dutch) => "ja".to_owned(),
        (Value::Bool(false), Language::Dutch) => "nee".to_owned(),
        (Value::Bool(true), Language::English) => "yes".to_owned(),
        (Value::Bool(false), Language::English) => "no".to_owned(),
        (Value::String(text), _) => date(text, language).unwrap_or_else(|| text.replace('_', " ")),
        (Value::Object(object), _) => object
            .get("cents")
            .and_then(Value::as_i64)
            .map_or_else(String::new, |cents| euros(cents, language)),
        (other, _) => other.to_string(),
    }
}

/// An amount of money.
pub fn euros(cents: i64, language: Language) -> String {
    let (thousands, decimals, space) = match language {
        Language::Dutch => ('.', ',', " "),
        Language::English => (',', '.', ""),
    };
    let sign = if cents < 0 { "-" } else { "" };
    let whole = (cents.unsigned_abs() / 100).to_string();
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            grouped.push(thousands);
        }
        grouped.push(digit);
    }
    format!("{sign}€{space}{grouped}{decimals}{:02}", cents.unsigned_abs() % 100)
}

const MAANDEN: [&str; 12] = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `7 maart 2008` of `2008-03-07`; nothing of what is no date.
pub fn date(text: &str, language: Language) -> Option<String> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    let (year, month, day): (u16, usize, u8) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let months = match language {
        Language::Dutch => MAANDEN,
        Language::English => MONTHS,
    };
    Some(format!("{day} {} {year}", months.get(month.checked_sub(1)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_a_reader_expects() {
        let values = [
            (serde_json::json!({ "cents": 123_456_789 }), "€ 1.234.567,89", "€1,234,567.89"),
            (serde_json::json!({ "cents": -5 }), "-€ 0,05", "-€0.05"),
            (serde_json::json!("2008-03-07"), "7 maart 2008", "7 March 2008"),
            (serde_json::json!("2008-13-07"), "2008-13-07", "2008-13-07"),
            (serde_json::json!(true), "ja", "yes"),
            (serde_json::json!("not_asked"), "not asked", "not asked"),
            (serde_json::json!(3), "3", "3"),
        ];
        for (value, dutch, english) in values {
            assert_eq!(show(&value, Language::Dutch), dutch);
            assert_eq!(show(&value, Language::English), english);
        }
    }
}
