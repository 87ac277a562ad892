//! The shape of one value: the part of JSON Schema that has a counterpart in the pathway language.

use std::fmt;

use serde_json::{Map, Value};
use voordeur_messages::say;

use crate::error::SchemaError;

/// Which values may stand in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// `true`: whatever a pathway has.
    Any,
    /// `{"type": "boolean"}`: a `yes_no` field.
    YesNo,
    /// `{"type": "integer", "minimum": 0, "maximum": 120}`: a `count` field. Both ends belong to it.
    Whole {
        /// The least value.
        low: i64,
        /// The greatest value.
        high: i64,
    },
    /// `{"type": "object", "properties": {"cents": {"type": "integer"}}, "required": ["cents"]}`: a `money` field.
    Money,
    /// `{"type": "string", "format": "date"}`: a `date` or a `birthdate` field.
    Date,
    /// `{"enum": ["averted", "deferred"]}`: a `one of` field.
    OneOf(Vec<String>),
    /// `{"type": "string", "maxLength": 200}`: a `text` field. Counted in characters.
    Text {
        /// The most characters.
        most: Option<u64>,
    },
}

/// What may stand in a schema and says nothing about the values.
const REMARKS: [&str; 5] = ["title", "description", "$comment", "examples", "deprecated"];

impl Shape {
    pub(crate) fn read(place: &str, schema: &Value) -> Result<Self, SchemaError> {
        let object = match schema {
            Value::Bool(true) => return Ok(Self::Any),
            Value::Object(object) => object,
            _ => return Err(wrong(place, say!("it is `true` or an object"))),
        };
        if object.contains_key("enum") {
            only(place, object, &["type", "enum"])?;
            return words(place, object);
        }
        match object.get("type").map(|ty| ty.as_str().unwrap_or_default()) {
            None => only(place, object, &[]).map(|()| Self::Any),
            Some("boolean") => only(place, object, &["type"]).map(|()| Self::YesNo),
            Some("integer") => whole(place, object),
            Some("string") if object.contains_key("format") => date(place, object),
            Some("string") => text(place, object),
            Some("object") => money(place, object),
            Some(_) => Err(wrong(
                place,
                say!("its `type` is `boolean`, `integer`, `string`, or `object` for an amount"),
            )),
        }
    }

    /// Whether a value has this shape.
    #[must_use]
    pub fn holds(&self, value: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::YesNo => value.is_boolean(),
            Self::Whole { low, high } => whole_of(value).is_some_and(|n| *low <= n && n <= *high),
            Self::Money => value
                .as_object()
                .is_some_and(|amount| amount.len() == 1 && amount.get("cents").and_then(whole_of).is_some()),
            Self::Date => value.as_str().is_some_and(is_date),
            Self::OneOf(words) => value.as_str().is_some_and(|word| words.iter().any(|known| known == word)),
            Self::Text { most } => value.as_str().is_some_and(|text| {
                most.is_none_or(|most| u64::try_from(text.chars().count()).is_ok_and(|count| count <= most))
            }),
        }
    }

    /// Whether every value of this shape also has the other one.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Any)
            | (Self::YesNo, Self::YesNo)
            | (Self::Money, Self::Money)
            | (Self::Date, Self::Date) => true,
            (Self::Whole { low, high }, Self::Whole { low: least, high: most }) => {
                least <= low && high <= most
            }
            (Self::OneOf(words), Self::OneOf(known)) => words.iter().all(|word| known.contains(word)),
            (Self::OneOf(words), other) => words.iter().all(|word| other.holds(&Value::String(word.clone()))),
            (Self::Date, Self::Text { most }) => most.is_none_or(|most| most >= 10),
            (Self::Text { most: own }, Self::Text { most }) => {
                most.is_none_or(|most| own.is_some_and(|own| own <= most))
            }
            _ => false,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Any => say!("any value"),
            Self::YesNo => say!("yes or no"),
            Self::Whole { low: i64::MIN, high: i64::MAX } => say!("a whole number"),
            Self::Whole { low, high: i64::MAX } => say!("a whole number from {low} on", low),
            Self::Whole { low: i64::MIN, high } => say!("a whole number up to {high}", high),
            Self::Whole { low, high } => say!("a whole number from {low} to {high}", low, high),
            Self::Money => say!("an amount of money"),
            Self::Date => say!("a date"),
            Self::OneOf(words) => say!("one of {words}", words = quoted(words)),
            Self::Text { most: None } => say!("a text"),
            Self::Text { most: Some(most) } => say!("a text of at most {most} characters", most),
        };
        f.write_str(&words)
    }
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

pub(crate) fn wrong(place: &str, why: String) -> SchemaError {
    SchemaError { place: place.to_owned(), why }
}

/// Nothing stands in the schema but these keywords and remarks: what is not understood would not be kept.
pub(crate) fn only(place: &str, object: &Map<String, Value>, known: &[&str]) -> Result<(), SchemaError> {
    let strange = |key: &&String| !known.contains(&key.as_str()) && !REMARKS.contains(&key.as_str());
    match object.keys().find(strange) {
        None => Ok(()),
        Some(key) => Err(wrong(place, say!("`{key}` cannot stand here", key))),
    }
}

/// A whole number; `3.0` is one in JSON Schema too, but no plugin needs it.
fn whole_of(value: &Value) -> Option<i64> {
    value.as_i64()
}

fn whole(place: &str, object: &Map<String, Value>) -> Result<Shape, SchemaError> {
    only(place, object, &["type", "minimum", "maximum"])?;
    let bound = |key: &str, without: i64| match object.get(key) {
        None => Ok(without),
        Some(value) => whole_of(value).ok_or_else(|| wrong(place, say!("`{key}` is a whole number", key))),
    };
    let (low, high) = (bound("minimum", i64::MIN)?, bound("maximum", i64::MAX)?);
    if low > high {
        return Err(wrong(place, say!("no number lies from {low} to {high}", low, high)));
    }
    Ok(Shape::Whole { low, high })
}

fn words(place: &str, object: &Map<String, Value>) -> Result<Shape, SchemaError> {
    let given = object.get("enum").and_then(Value::as_array);
    let words = given.and_then(|words| words.iter().map(|word| Some(word.as_str()?.to_owned())).collect());
    match words {
        Some(words) if !Vec::is_empty(&words) && is_string(object) => Ok(Shape::OneOf(words)),
        _ => Err(wrong(place, say!("`enum` is a list of texts"))),
    }
}

fn is_string(object: &Map<String, Value>) -> bool {
    object.get("type").is_none_or(|ty| ty.as_str() == Some("string"))
}

fn date(place: &str, object: &Map<String, Value>) -> Result<Shape, SchemaError> {
    only(place, object, &["type", "format"])?;
    match object.get("format").and_then(Value::as_str) {
        Some("date") => Ok(Shape::Date),
        _ => Err(wrong(place, say!("the only `format` is `date`"))),
    }
}

fn text(place: &str, object: &Map<String, Value>) -> Result<Shape, SchemaError> {
    only(place, object, &["type", "maxLength"])?;
    let most = match object.get("maxLength") {
        None => None,
        Some(most) => Some(
            most.as_u64()
                .ok_or_else(|| wrong(place, say!("`{key}` is a whole number", key = "maxLength")))?,
        ),
    };
    Ok(Shape::Text { most })
}

fn money(place: &str, object: &Map<String, Value>) -> Result<Shape, SchemaError> {
    only(place, object, &["type", "properties", "required", "additionalProperties"])?;
    let properties = object.get("properties").and_then(Value::as_object);
    let is_cents = properties.is_some_and(|properties| {
        properties.len() == 1
            && properties.get("cents").and_then(|cents| cents.get("type")).and_then(Value::as_str)
                == Some("integer")
    });
    let needed = object.get("required").and_then(Value::as_array);
    let needs_cents = needed.is_some_and(|names| names.iter().any(|name| name.as_str() == Some("cents")));
    if is_cents && needs_cents {
        Ok(Shape::Money)
    } else {
        Err(wrong(
            place,
            say!("the only object in an object is an amount: `cents`, a whole number, `required`"),
        ))
    }
}

/// `2008-02-29`, and a day that exists.
fn is_date(text: &str) -> bool {
    let digits = |part: &str, len: usize| {
        (part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u16>().ok())
            .flatten()
    };
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(day)) = (
        parts.next().and_then(|part| digits(part, 4)),
        parts.next().and_then(|part| digits(part, 2)),
        parts.next().and_then(|part| digits(part, 2)),
    ) else {
        return false;
    };
    (1..=days_in(year, month)).contains(&day)
}

const fn days_in(year: u16, month: u16) -> u16 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 0,
    }
}
