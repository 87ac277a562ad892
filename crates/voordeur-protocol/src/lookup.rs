//! Words and JSON from outside become numbers and values of a protocol.
//!
//! Errors name fields, types and known words. They never repeat a value: it may be personal.

use std::sync::Arc;
use voordeur_messages::{mark, say, shown, translated};

use jiff::civil::Date;
use serde_json::{Map, Value as Json, json};
use thiserror::Error;
use voordeur_diagnostics::{Near, closest};
use voordeur_syntax::ast;
use voordeur_syntax::vocabulary::{EVENT_WORDS, EVENTS};

use crate::lifecycle::Happening;
use crate::lower;
use crate::model::{Deviation, Protocol};
use crate::table::{EndId, EventId, FieldId, ObligationId, PartyId, StageId, TriggerId};
use crate::value::{FieldType, Value};

/// Something that can be reported about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Occurrence {
    /// This happened to the open obligation.
    Obligation(ObligationId, Happening),
    /// This happened to the case.
    Event(EventId),
}

/// Input that names something that the pathway does not have, or a value that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InputError {
    /// A name that is not declared.
    #[error("{}", say!("the pathway has no {what} `{name}`{known}", what = translated(what), name, known = hint(near.as_deref(), known)))]
    Unknown {
        /// What was looked for, as a text of the catalogue.
        what: &'static str,
        /// The name.
        name: String,
        /// A declared name that is near.
        near: Option<String>,
        /// All declared names.
        known: Vec<String>,
    },
    /// A happening that only time or the engine brings.
    #[error("{}", say!("`{happening}` of `{obligation}` is not reported: it comes by itself when its time is there", happening, obligation))]
    NotReported {
        /// The obligation.
        obligation: String,
        /// The happening.
        happening: String,
    },
    /// Neither an event nor an obligation with what happened to it.
    #[error("{}", say!("`{text}` is no event; write an obligation and what happened to it, as in `{example}`", text, example))]
    NoEvent {
        /// What was written.
        text: String,
        /// An event of this pathway.
        example: String,
    },
    /// Nobody may deviate in this way.
    #[error("{}", say!("the pathway allows nobody to deviate so with `{name}`", name))]
    NoDeviation {
        /// What it is about.
        name: String,
    },
    /// A value that does not fit its field.
    #[error("{}", say!("the value of `{field}` does not fit: {wanted} is needed", field, wanted))]
    DoesNotFit {
        /// The field.
        field: String,
        /// What its type needs.
        wanted: String,
    },
}

fn hint(near: Option<&str>, known: &[String]) -> String {
    match near {
        Some(near) => say!("; did you mean `{near}`?", near),
        None if known.is_empty() => String::new(),
        None => {
            let more = if known.len() > 12 { ", …" } else { "" };
            let words: Vec<String> = known.iter().take(12).map(|word| format!("`{word}`")).collect();
            say!("; it has {words}{more}", words = words.join(", "), more)
        }
    }
}

fn unknown<'a>(what: &'static str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> InputError {
    InputError::Unknown {
        what,
        name: shown(name),
        near: closest(name, known.clone()).map(Near::to_word),
        known: known.map(str::to_owned).collect(),
    }
}

macro_rules! named {
    ($($(#[$doc:meta])* $function:ident $table:ident $id:ident $what:expr),* $(,)?) => {
        impl Protocol {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// [`InputError::Unknown`] with the nearest name.
            pub fn $function(&self, name: &str) -> Result<$id, InputError> {
                let found = self.$table.iter().find(|(_, row)| row.name == name).map(|(id, _)| id);
                found.ok_or_else(|| unknown($what, name, self.$table.rows().map(|row| row.name.as_str())))
            }
        )*}
    };
}

named! {
    /// The trigger with this name.
    trigger_named triggers TriggerId "trigger",
    /// The party with this name.
    party_named parties PartyId mark!("party"),
    /// The field with this name.
    field_named fields FieldId "field",
    /// The obligation with this name.
    obligation_named obligations ObligationId "obligation",
    /// The event of the case with this name.
    event_named events EventId "event",
    /// The stage or aftercare with this name.
    stage_named stages StageId "stage",
    /// The end with this name.
    end_named ends EndId "end",
}

impl Protocol {
    /// The trigger with this name, where there is one: for a name that may as well be something else.
    #[must_use]
    pub fn find_trigger(&self, name: &str) -> Option<TriggerId> {
        self.triggers.iter().find(|(_, row)| row.name == name).map(|(id, _)| id)
    }

    /// What `skip take_in`, `repeat first_visit` or `move to mediation` means here, in either spelling; `None`
    /// for a text that is no deviation.
    #[must_use]
    pub fn deviation_in(&self, text: &str) -> Option<Result<Deviation, InputError>> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (what, name) = match words.as_slice() {
            ["skip" | "overslaan", name] => (ast::Deviation::Skip, name),
            ["repeat" | "herhalen", name] => (ast::Deviation::Repeat, name),
            ["move", "to", name] | ["verplaatsen", "naar", name] => (ast::Deviation::MoveTo, name),
            _ => return None,
        };
        Some(self.deviation_named(what, name))
    }

    /// A deviation that the pathway allows to somebody, somewhere.
    ///
    /// # Errors
    /// [`InputError`] when the name is unknown, or nobody may deviate so.
    pub fn deviation_named(&self, what: ast::Deviation, name: &str) -> Result<Deviation, InputError> {
        let deviation = match what {
            ast::Deviation::Skip => Deviation::Skip(self.obligation_named(name)?),
            ast::Deviation::Repeat => Deviation::Repeat(self.obligation_named(name)?),
            ast::Deviation::MoveTo => Deviation::MoveTo(self.stage_named(name)?),
        };
        let allowed = self.deviations.iter().any(|row| row.what == deviation);
        if allowed { Ok(deviation) } else { Err(InputError::NoDeviation { name: shown(name) }) }
    }

    /// What `to_madi taken_up`, `abuse` or `consent withdrawn` means here.
    ///
    /// # Errors
    /// [`InputError`] when the names are unknown, or when nobody can report it.
    pub fn occurrence_named(&self, text: &str) -> Result<Occurrence, InputError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let joined = words.join(" ");
        let own = self.in_own_spelling(&joined);
        if let Some((id, _)) = self.events.iter().find(|(_, event)| event.name == own) {
            return Ok(Occurrence::Event(id));
        }
        match words.as_slice() {
            [obligation, happening] => self.happening_named(obligation, happening),
            [name] if self.obligation_named(name).is_ok() => Err(self.no_event(&joined)),
            [name] => Err(unknown("event", name, self.events.rows().map(|row| row.name.as_str()))),
            _ => Err(self.no_event(&joined)),
        }
    }

    /// An event of the language in the spelling of the file: events may be reported in either.
    fn in_own_spelling(&self, text: &str) -> String {
        let (own, other) = self.spelling.pick((0, 1), (1, 0));
        let words = text.split(' ').map(|word| {
            let pair = EVENTS.iter().chain(EVENT_WORDS).find(|pair| pair.get(other) == Some(&word));
            pair.and_then(|pair| pair.get(own)).copied().unwrap_or(word)
        });
        let translated = words.collect::<Vec<_>>().join(" ");
        let known = |name: &str| self.events.rows().any(|row| row.name == name);
        if known(text) { text.to_owned() } else { translated }
    }

    fn happening_named(&self, obligation: &str, word: &str) -> Result<Occurrence, InputError> {
        let id = self.obligation_named(obligation)?;
        let row = &self.obligations.row(id);
        match row.happening(word) {
            Some(on) if on.is_reported() => Ok(Occurrence::Obligation(id, on)),
            Some(_) => {
                Err(InputError::NotReported { obligation: obligation.to_owned(), happening: word.to_owned() })
            }
            None => {
                let words = row.happening_words(self.spelling);
                let reported =
                    words.iter().filter(|word| row.happening(word).is_some_and(Happening::is_reported));
                Err(unknown(mark!("outcome"), word, reported.map(String::as_str)))
            }
        }
    }

    fn no_event(&self, text: &str) -> InputError {
        let example = self.obligations.rows().find_map(|row| {
            let words = row.happening_words(self.spelling);
            let word = words.iter().find(|word| row.happening(word).is_some_and(Happening::is_reported))?;
            Some(format!("{} {word}", row.name))
        });
        InputError::NoEvent { text: shown(text), example: example.unwrap_or_else(|| "deceased".to_owned()) }
    }

    /// The recorded values of a JSON object with field names.
    ///
    /// # Errors
    /// [`InputError`] for a name that is no field, or a value that does not fit.
    pub fn data_from_json(&self, data: &Map<String, Json>) -> Result<Vec<(FieldId, Value)>, InputError> {
        data.iter()
            .map(|(name, value)| {
                let field = self.field_named(name)?;
                Ok((field, self.value_from_json(field, value)?))
            })
            .collect()
    }

    /// One value of a field from JSON: `true` or `"yes"`, `3`, `"€900.50"` or `{"cents": 90050}`,
    /// `"2008-03-01"`, `"averted"`.
    ///
    /// # Errors
    /// [`InputError::DoesNotFit`] says what the field needs.
    pub fn value_from_json(&self, field: FieldId, value: &Json) -> Result<Value, InputError> {
        let row = &self.fields.row(field);
        read(&row.ty, value)
            .ok_or_else(|| InputError::DoesNotFit { field: row.name.clone(), wanted: wanted(&row.ty) })
    }

    /// A constant of a file as a value of a field.
    ///
    /// # Errors
    /// [`InputError::DoesNotFit`] says what the field needs.
    pub fn value_from_constant(&self, field: FieldId, constant: &ast::Value) -> Result<Value, InputError> {
        let row = self.fields.row(field);
        lower::constant(&row.ty, &constant.kind)
            .ok_or_else(|| InputError::DoesNotFit { field: row.name.clone(), wanted: row.ty.describe() })
    }

    /// A value as JSON, as [`Self::value_from_json`] reads it.
    #[must_use]
    pub fn value_to_json(&self, field: FieldId, value: &Value) -> Json {
        match value {
            Value::YesNo(yes) => json!(yes),
            Value::Count(n) => json!(n),
            Value::Cents(cents) => json!({ "cents": cents }),
            Value::Date(date) => json!(date.to_string()),
            Value::Choice(_) => json!(self.fields.row(field).ty.show(value)),
            Value::Text(text) => json!(text.as_ref()),
        }
    }
}

fn wanted(ty: &FieldType) -> String {
    match ty {
        FieldType::Money => say!("an amount such as `\"€900.50\"` or `{\"cents\": 90050}`"),
        FieldType::YesNo => say!("`true`, `false`, `\"yes\"` or `\"no\"`"),
        FieldType::Text => say!("a text of at most 10,000 characters"),
        other => other.describe(),
    }
}

fn read(ty: &FieldType, json: &Json) -> Option<Value> {
    match ty {
        FieldType::YesNo => yes_no(json).map(Value::YesNo),
        FieldType::Count { low, high } => json.as_i64().filter(|n| low <= n && n <= high).map(Value::Count),
        FieldType::Money => cents(json).map(Value::Cents),
        FieldType::Date | FieldType::Birthdate => json.as_str()?.parse::<Date>().ok().map(Value::Date),
        FieldType::OneOf(words) => {
            let word = json.as_str()?;
            let index = words.iter().position(|known| known == word)?;
            u16::try_from(index).ok().map(Value::Choice)
        }
        FieldType::Text => {
            json.as_str().filter(|text| text.len() <= 10_000).map(|text| Value::Text(Arc::from(text)))
        }
    }
}

fn yes_no(json: &Json) -> Option<bool> {
    match json {
        Json::Bool(yes) => Some(*yes),
        Json::String(word) if matches!(word.as_str(), "yes" | "ja") => Some(true),
        Json::String(word) if matches!(word.as_str(), "no" | "nee") => Some(false),
        _ => None,
    }
}

/// Whole cents. A bare number is refused: nobody can see whether it counts euros or cents.
fn cents(json: &Json) -> Option<i64> {
    match json {
        Json::Object(object) if object.len() == 1 => object.get("cents")?.as_i64(),
        Json::String(text) => {
            let text = text.trim();
            let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
            let text = text.strip_prefix('€').unwrap_or(text).trim_start();
            let (euros, rest) = text.split_once('.').unwrap_or((text, "00"));
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            if !digits(euros) || !digits(rest) || rest.len() != 2 {
                return None;
            }
            let whole = euros.parse::<i64>().ok()?.checked_mul(100)?.checked_add(rest.parse().ok()?)?;
            Some(sign * whole)
        }
        _ => None,
    }
}
