//! One call: what goes in, what comes out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use voordeur_messages::say;
use voordeur_plugin_contract::Action;

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
#[serde(try_from = "Written", into = "Written")]
pub struct Document {
    /// Its name: no folders.
    pub name: String,
    /// Its media type, such as `text/plain; charset=utf-8`.
    pub media_type: String,
    /// What is in it.
    pub content: Content,
}

/// What is in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A text.
    Text(String),
    /// Bytes, in Base64.
    Base64(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    media_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

impl TryFrom<Written> for Document {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let content = match (written.text, written.base64) {
            (Some(text), None) => Content::Text(text),
            (None, Some(bytes)) => Content::Base64(bytes),
            _ => return Err("a document has `text` or `base64`"),
        };
        Ok(Self { name: written.name, media_type: written.media_type, content })
    }
}

impl From<Document> for Written {
    fn from(document: Document) -> Self {
        let (text, base64) = match document.content {
            Content::Text(text) => (Some(text), None),
            Content::Base64(bytes) => (None, Some(bytes)),
        };
        Self { name: document.name, media_type: document.media_type, text, base64 }
    }
}

impl Call {
    pub(crate) fn payload(&self) -> String {
        #[derive(Serialize)]
        struct Payload<'a> {
            fields: &'a Map<String, Value>,
            settings: &'a Map<String, Value>,
        }
        let payload = Payload { fields: &self.fields, settings: &self.settings };
        // Maps of JSON are written in any case.
        serde_json::to_string(&payload).unwrap_or_default()
    }
}

impl Outcome {
    pub(crate) fn read(payload: &str, most: usize, action: &Action) -> Result<Self, ActionError> {
        if payload.len() > most {
            return Err(ActionError::TooMuchOutput(most));
        }
        // The message of the parser could repeat a value: only the place is told.
        let outcome: Self = serde_json::from_str(payload).map_err(|error| {
            ActionError::BadOutput(say!(
                "it is not the agreed JSON at character {column}",
                column = error.column()
            ))
        })?;
        action
            .output
            .check(&outcome.returned)
            .map_err(|mismatch| ActionError::BadOutput(mismatch.to_string()))?;
        outcome.check_documents()?;
        Ok(outcome)
    }

    fn check_documents(&self) -> Result<(), ActionError> {
        let bad_name = |name: &str| {
            name.is_empty()
                || name.len() > 200
                || name.starts_with('.')
                || name.contains(|c: char| c == '/' || c == '\\' || c.is_control())
        };
        if self.documents.iter().any(|document| bad_name(&document.name)) {
            return Err(ActionError::BadOutput(say!("a document has a name that is no file name")));
        }
        let bad_bytes = |document: &Document| matches!(&document.content, Content::Base64(bytes) if STANDARD.decode(bytes).is_err());
        if self.documents.iter().any(bad_bytes) {
            return Err(ActionError::BadOutput(say!("a document is no Base64")));
        }
        Ok(())
    }
}
