//! What goes into an action, and what comes out.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// A call.
#[derive(Debug, Clone)]
pub struct Input {
    /// Which action.
    pub action: String,
    /// The same over every attempt.
    pub key: String,
    /// The moment of the step, RFC 3339 in UTC.
    pub now: String,
    /// The fields that the action sees.
    pub fields: Map<String, Value>,
    settings: Map<String, Value>,
}

#[derive(Deserialize)]
struct Payload {
    fields: Map<String, Value>,
    settings: Map<String, Value>,
}

/// Why an action was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The pathway or the case gives something that the plugin cannot work with.
    InvalidInput(String),
    /// The plugin will not do this.
    Refused(String),
    /// It may work later; not sooner than after so many seconds.
    Retryable(String, Option<u32>),
    /// Somebody has to look at it.
    NeedsHuman(String),
}

/// What comes out: values of fields and documents.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    returned: Map<String, Value>,
    documents: Vec<Value>,
}

impl Input {
    /// Reads the payload of a request.
    pub fn read(action: String, key: String, now: String, payload: &str) -> Result<Self, Failure> {
        let payload: Payload = serde_json::from_str(payload)
            .map_err(|_| Failure::InvalidInput("the request is not as agreed".to_owned()))?;
        Ok(Self { action, key, now, fields: payload.fields, settings: payload.settings })
    }

    /// A setting of the pathway, when it is given.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).and_then(Value::as_str)
    }

    /// A setting that the action cannot do without.
    pub fn needed(&self, name: &str) -> Result<&str, Failure> {
        self.setting(name).ok_or_else(|| {
            Failure::InvalidInput(format!("the setting `{name}` is missing: write `with {name} = \"…\"`"))
        })
    }

    /// An amount, in cents.
    pub fn cents(&self, name: &str) -> Option<i64> {
        self.fields.get(name)?.get("cents")?.as_i64()
    }

    /// The day of the step: `2008-03-11`.
    pub fn today(&self) -> &str {
        self.now.get(..10).unwrap_or(&self.now)
    }
}

impl Answer {
    /// With the value of a field.
    #[must_use]
    pub fn returning(mut self, name: &str, value: Value) -> Self {
        self.returned.insert(name.to_owned(), value);
        self
    }

    /// With a document that is a text.
    #[must_use]
    pub fn with_text(mut self, name: &str, media_type: &str, text: &str) -> Self {
        self.documents.push(json!({ "name": name, "media_type": media_type, "text": text }));
        self
    }

    /// With a document that is bytes.
    #[must_use]
    pub fn with_bytes(mut self, name: &str, media_type: &str, bytes: &[u8]) -> Self {
        self.documents.push(json!({ "name": name, "media_type": media_type, "base64": base64(bytes) }));
        self
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", json!({ "returned": self.returned, "documents": self.documents }))
    }
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes in Base64, with padding.
pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|at| u32::from(chunk.get(at).copied().unwrap_or(0)));
        let group = a << 16 | b << 8 | c;
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let digit = DIGITS[(group >> shift & 63) as usize];
            text.push(if at <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        let cases = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (bytes, text) in cases {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_request_that_is_none_is_refused() {
        let read =
            |payload: &str| Input::read("fill".into(), "k".into(), "2008-03-11T18:00:00Z".into(), payload);
        assert!(read("{}").is_err());
        let input = read(r#"{"fields":{"a":{"cents":5}},"settings":{"name":"x"}}"#).expect("a request");
        assert_eq!((input.cents("a"), input.cents("b"), input.today()), (Some(5), None, "2008-03-11"));
        assert_eq!(input.needed("name"), Ok("x"));
        assert!(input.needed("template").is_err());
    }
}
