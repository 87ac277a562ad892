//! Values of fields and their types: what may be recorded, and how it is written for people.

use std::fmt;
use std::sync::Arc;
use voordeur_messages::say;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The type of a field. Bounds are part of the type, so that conditions stay decidable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldType {
    /// `yes_no`
    YesNo,
    /// `count A..B`, both ends included
    Count {
        /// The least value.
        low: i64,
        /// The greatest value.
        high: i64,
    },
    /// `money`, in whole cents
    Money,
    /// `date`
    Date,
    /// `birthdate`
    Birthdate,
    /// `one of { … }`
    OneOf(Vec<String>),
    /// `text`; never read by a condition
    Text,
}

/// A recorded value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Of a `yes_no` field.
    YesNo(bool),
    /// Of a `count` field.
    Count(i64),
    /// Of a `money` field, in whole cents.
    Cents(i64),
    /// Of a `date` or `birthdate` field.
    Date(Date),
    /// Of a `one of` field: the position in its list.
    Choice(u16),
    /// Of a `text` field.
    Text(Arc<str>),
}

impl FieldType {
    /// Writes a value of this type for people: `yes`, `€900.00`, `averted`.
    #[must_use]
    pub fn show(&self, value: &Value) -> String {
        match (self, value) {
            (Self::OneOf(words), Value::Choice(index)) => {
                words.get(usize::from(*index)).cloned().unwrap_or_else(|| "?".to_owned())
            }
            (_, Value::YesNo(yes)) => yes_or_no(*yes),
            (_, value) => value.to_string(),
        }
    }

    /// The value of this type next to another; `None` where none is.
    #[must_use]
    pub fn beside(&self, value: &Value, by: i64) -> Option<Value> {
        value.beside(by).filter(|value| self.holds(value))
    }

    /// Whether a value lies within the bounds of the type.
    fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Count { low, high }, Value::Count(n)) => low <= n && n <= high,
            _ => true,
        }
    }

    /// What a value of this type looks like, for messages.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::YesNo => say!("`yes` or `no`"),
            Self::Count { low, high } => say!("a whole number from {low} to {high}", low, high),
            Self::Money => say!("an amount such as `€900.50`"),
            Self::Date | Self::Birthdate => say!("a date such as `2008-03-01`"),
            Self::OneOf(words) => say!("one of {words}", words = quoted(words)),
            Self::Text => "a text".to_owned(),
        }
    }
}

/// `yes` or `no` in the language that is spoken, as in everything that is said around it.
#[must_use]
pub fn yes_or_no(yes: bool) -> String {
    if yes { say!("yes") } else { say!("no") }
}

/// `a`, `b`, `c` in backticks.
pub(crate) fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

impl Value {
    /// The value so many steps further: of one, of a cent, of a day; `None` for values without an order.
    #[must_use]
    pub fn beside(&self, by: i64) -> Option<Self> {
        match self {
            Self::Count(n) => n.checked_add(by).map(Self::Count),
            Self::Cents(n) => n.checked_add(by).map(Self::Cents),
            Self::Date(date) => date.checked_add(jiff::Span::new().try_days(by).ok()?).ok().map(Self::Date),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::YesNo(true) => f.write_str("yes"),
            Self::YesNo(false) => f.write_str("no"),
            Self::Count(n) => write!(f, "{n}"),
            Self::Cents(cents) => write_cents(f, *cents),
            Self::Date(date) => write!(f, "{date}"),
            Self::Choice(index) => write!(f, "#{index}"),
            Self::Text(text) => write!(f, "“{text}”"),
        }
    }
}

fn write_cents(f: &mut fmt::Formatter<'_>, cents: i64) -> fmt::Result {
    let sign = if cents < 0 { "-" } else { "" };
    let whole = cents.unsigned_abs() / 100;
    write!(f, "{sign}€{whole}.{:02}", cents.unsigned_abs() % 100)
}
