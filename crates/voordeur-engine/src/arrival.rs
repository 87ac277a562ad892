//! The entry by which a case comes over to another version of its pathway, with what it is from there on.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use voordeur_protocol::{FieldId, RuleId, Value};

use crate::case::Case;

/// A version of a pathway, as a journal names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// The label of the version.
    pub version: Arc<str>,
    /// The digest by which it is stored.
    pub digest: Arc<str>,
}

/// A case that came over to another version of its pathway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arrival {
    /// The version that it left.
    pub from: Edition,
    /// The version that it runs on from here.
    pub to: Edition,
    /// Whether it went back, because the coming over was undone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub back: bool,
    /// What was open and is no longer asked: the names that it had in the version that it left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<String>,
    /// What it is from here on, in the numbers of that version, without what is personal.
    pub case: Case,
    /// What was recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<(FieldId, Value)>,
    /// What sliding sums and counts look back on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counted: Vec<(FieldId, Vec<(Timestamp, Value)>)>,
    /// Which moments rules have had that count from a personal value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<(RuleId, Timestamp)>,
}

impl Arrival {
    /// Of a whole case of which everything that is open is asked for as before.
    #[must_use]
    pub fn of(mut case: Case, from: Edition, to: Edition, back: bool) -> Self {
        let data = std::mem::take(&mut case.data);
        let turns = std::mem::take(&mut case.turns);
        let windows = std::mem::take(&mut case.windows).into_iter();
        let values =
            |all: Vec<(Timestamp, i64)>| all.into_iter().map(|(at, n)| (at, Value::Count(n))).collect();
        let counted = windows.map(|(field, all)| (field, values(all))).collect();
        Self { from, to, back, dropped: Vec::new(), case, data, counted, turns }
    }

    /// The whole case.
    #[must_use]
    pub fn case(&self) -> Case {
        let mut case = self.case.clone();
        case.data.clone_from(&self.data);
        case.turns.clone_from(&self.turns);
        let number = |(at, value): &(Timestamp, Value)| match value {
            Value::Count(n) => Some((*at, *n)),
            _ => None,
        };
        let windows = self.counted.iter();
        case.windows =
            windows.map(|(field, all)| (*field, all.iter().filter_map(number).collect())).collect();
        case
    }
}
