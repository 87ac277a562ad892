//! One call: what goes in, what comes out.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use voordeur_messages::say;

use crate::error::ActionError;

/// A call of an action.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Which action of the plugin.
    pub action: String,
    /// The same over every attempt of one call.
    pub key: String,
    /// The moment of the step that asked for it, RFC 3339 in UTC.
    pub now: String,
    /// The fields that the plugin may see.
    pub fields: Map<String, Value>,
    /// The settings that the pathway gives.
    pub settings: Map<String, Value>,
}

/// The answer to a call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Values of fields.
    #[serde(default)]
    pub returned: Map<String, Value>,
    /// Documents that were made.
    #[serde(default)]
    pub documents: Vec<Document>,
}

/// A document that a plugin made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Its name: no folders.
    pub name: String,
    /// Its media type, such as `text/plain; charset=utf-8`.
    pub media_type: String,
    /// Its text.
    pub text: String,
}

impl Call {
    pub(crate) fn payload(&self) -> String {
        serde_json::json!({ "fields": self.fields, "settings": self.settings }).to_string()
    }
}

impl Outcome {
    pub(crate) fn read(payload: &str, most: usize) -> Result<Self, ActionError> {
        if payload.len() > most {
            return Err(ActionError::BadOutput(say!(
                "{payload} bytes are more than {most}",
                payload = payload.len(),
                most
            )));
        }
        // The message of the parser could repeat a value: only the place is told.
        let outcome: Self = serde_json::from_str(payload).map_err(|error| {
            ActionError::BadOutput(say!(
                "it is not the agreed JSON at character {column}",
                column = error.column()
            ))
        })?;
        outcome.check_names()?;
        Ok(outcome)
    }

    fn check_names(&self) -> Result<(), ActionError> {
        let bad = |document: &&Document| {
            let name = &document.name;
            name.is_empty() || name.len() > 200 || name.starts_with('.') || name.contains(['/', '\\', '\0'])
        };
        match self.documents.iter().find(bad) {
            Some(_) => Err(ActionError::BadOutput(say!("a document has a name that is no file name"))),
            None => Ok(()),
        }
    }
}
