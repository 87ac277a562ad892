//! Templates, and values as they are written in a Dutch letter.

use serde_json::{Map, Value};

/// Replaces each `{field}` by its value.
pub fn fill(template: &str, fields: &Map<String, Value>) -> Result<String, String> {
    let mut letter = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        letter.push_str(&rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        if let Some(after) = after.strip_prefix(brace) {
            letter.push_str(brace);
            rest = after;
        } else {
            rest = placeholder(brace, after, fields, &mut letter)?;
        }
    }
    letter.push_str(rest);
    Ok(letter)
}

fn placeholder<'a>(
    brace: &str,
    after: &'a str,
    fields: &Map<String, Value>,
    letter: &mut String,
) -> Result<&'a str, String> {
    let (name, rest) = match after.split_once('}') {
        Some(found) if brace == "{" => found,
        _ => return Err("a brace in the template stands alone; write `{{` or `}}` for a brace in the letter".to_owned()),
    };
    let value = fields.get(name.trim()).ok_or_else(|| {
        format!("the template names `{{{}}}`, which the action does not see: add it to `sees`", name.trim())
    })?;
    letter.push_str(&show(value));
    Ok(rest)
}

/// A value as a Dutch reader expects it: `ja`, `€ 1.234,56`, `7 maart 2008`.
fn show(value: &Value) -> String {
    match value {
        Value::Bool(true) => "ja".to_owned(),
        Value::Bool(false) => "nee".to_owned(),
        Value::String(text) => date(text).unwrap_or_else(|| text.replace('_', " ")),
        Value::Object(object) => object.get("cents").and_then(Value::as_i64).map_or_else(String::new, euros),
        other => other.to_string(),
    }
}

fn euros(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let whole = (cents.unsigned_abs() / 100).to_string();
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    format!("{sign}€ {grouped},{:02}", cents.unsigned_abs() % 100)
}

const MONTHS: [&str; 12] = [
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
    "december",
];

fn date(text: &str) -> Option<String> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    let (year, month, day): (u16, usize, u8) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    Some(format!("{day} {} {year}", MONTHS.get(month.checked_sub(1)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, fields: Value) -> Result<String, String> {
        fill(template, fields.as_object().expect("an object"))
    }

    #[test]
    fn values_are_written_as_a_dutch_reader_expects() {
        let fields = serde_json::json!({
            "arrears": { "cents": 123_456_789 }, "since": "2008-03-07", "known": true, "state": "not_asked", "months": 3
        });
        let letter = filled("{arrears} | {since} | {known} | {state} | {months} | {{x}}", fields);
        assert_eq!(letter.as_deref(), Ok("€ 1.234.567,89 | 7 maart 2008 | ja | not asked | 3 | {x}"));
    }

    #[test]
    fn what_the_action_may_not_see_is_named() {
        assert!(filled("{name}", serde_json::json!({})).is_err_and(|why| why.contains("`{name}`")));
        assert!(filled("open {", serde_json::json!({})).is_err());
        assert!(filled("close }", serde_json::json!({})).is_err());
    }
}
