//! Exchanges that were recorded, and playing them back: a cassette, as JSON.

use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use voordeur_messages::say;

use crate::http::{Bounds, Failure, Request, Response, Transport};

/// A request and what came of it, as the plugin saw it: with placeholders for secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The address.
    pub url: String,
    /// The header fields of the request; when played back, they are compared only where they stand here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The body of the request; when played back, it is compared only when it stands here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// The response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Reply>,
    /// Or why there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// A response in a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// Such as 200.
    pub status: u16,
    /// Its header fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

/// A body: JSON, a text, or bytes in Base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// JSON; compared as JSON, so that the order of members and spaces make no difference.
    Json(serde_json::Value),
    /// A text.
    Text(String),
    /// Bytes in Base64.
    Base64(String),
}

impl Body {
    /// The readable form of these bytes; nothing for no bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return None;
        }
        Some(match std::str::from_utf8(bytes) {
            Ok(text) => serde_json::from_str(text)
                .ok()
                .filter(|json: &serde_json::Value| json.is_object() || json.is_array())
                .map_or_else(|| Self::Text(text.to_owned()), Self::Json),
            Err(_) => Self::Base64(STANDARD.encode(bytes)),
        })
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Json(json) => json.to_string().into_bytes(),
            Self::Text(text) => text.clone().into_bytes(),
            Self::Base64(text) => STANDARD.decode(text).unwrap_or_default(),
        }
    }

    fn is(&self, bytes: &[u8]) -> bool {
        match self {
            Self::Json(json) => {
                serde_json::from_slice::<serde_json::Value>(bytes).is_ok_and(|given| given == *json)
            }
            other => other.bytes() == bytes,
        }
    }
}

impl Exchange {
    pub(crate) fn of(request: &Request, result: &Result<Response, Failure>) -> Self {
        let (response, failure) = match result {
            Ok(response) => {
                let body = Body::of(&response.body);
                (Some(Reply { status: response.status, headers: response.headers.clone(), body }), None)
            }
            Err(failure) => (None, Some(failure.clone())),
        };
        Self {
            method: request.method.clone(),
            url: request.url.to_string(),
            headers: request.headers.clone(),
            body: Body::of(&request.body),
            response,
            failure,
        }
    }

    fn is(&self, request: &Request) -> bool {
        self.method == request.method
            && self.url == request.url.as_str()
            && self.headers.iter().all(|header| request.headers.contains(header))
            && self.body.as_ref().is_none_or(|body| body.is(&request.body))
    }

    fn result(&self) -> Result<Response, Failure> {
        match (&self.response, &self.failure) {
            (Some(reply), _) => Ok(Response {
                status: reply.status,
                headers: reply.headers.clone(),
                body: reply.body.as_ref().map(Body::bytes).unwrap_or_default(),
            }),
            (None, Some(failure)) => Err(failure.clone()),
            (None, None) => Err(Failure::TimedOut),
        }
    }
}

/// Plays exchanges back, each once, in their order.
#[derive(Debug, Default)]
pub struct Recording {
    left: Mutex<Vec<Exchange>>,
}

impl Recording {
    /// Plays these exchanges back.
    #[must_use]
    pub fn new(exchanges: Vec<Exchange>) -> Self {
        Self { left: Mutex::new(exchanges) }
    }

    /// Those that nobody asked for.
    #[must_use]
    pub fn left(&self) -> Vec<Exchange> {
        self.left.lock().map(|left| left.clone()).unwrap_or_default()
    }
}

impl Transport for Recording {
    fn send(&self, request: &Request, _: Bounds) -> Result<Response, Failure> {
        let unknown = || {
            Failure::Unreachable(say!(
                "the recording has no such request next: {method} {url}",
                method = request.method,
                url = request.url
            ))
        };
        let mut left = self.left.lock().map_err(|_| unknown())?;
        match left.first() {
            Some(next) if next.is(request) => left.remove(0).result(),
            _ => Err(unknown()),
        }
    }
}
