//! Requests of plugins: what is allowed, how much, and what is remembered of it.
//!
//! ```text
//!   plugin ──▶ Net::send ── wants and grant? limits? ──▶ secrets in ──▶ Transport ──▶ network or recording
//!          ◀── secrets out ◀── redirect? once more from the start ◀──
//! ```
//!
//! A [`Transport`] only carries: everything that may not happen is refused before it.

mod address;
mod live;
mod recorded;
mod send;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

pub use address::is_private;
pub use live::{Live, LookUp};
pub use recorded::{Exchange, Recording};
pub(crate) use send::Net;

/// A request of a plugin, after it was allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// Where.
    pub url: Url,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// Such as 200.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "why")]
pub enum Failure {
    /// Not asked for, not granted, or in a private network.
    Denied(String),
    /// No request.
    Invalid(String),
    /// Nobody answers there.
    Unreachable(String),
    /// The answer did not come in time.
    TimedOut,
    /// More than the limit.
    TooMuch(String),
}

/// How far a request may go.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Whether the address may lie in a private network.
    pub private: bool,
    /// How long it may take.
    pub time: Duration,
    /// The most bytes of the body of the response.
    pub bytes: usize,
}

/// Carries one request; it follows no redirection.
pub trait Transport: Send + Sync {
    /// Sends a request and waits for the response.
    ///
    /// # Errors
    /// [`Failure`] says why there is none.
    fn send(&self, request: &Request, bounds: Bounds) -> Result<Response, Failure>;
}

/// Carries nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoNetwork;

impl Transport for NoNetwork {
    fn send(&self, _: &Request, _: Bounds) -> Result<Response, Failure> {
        Err(Failure::Denied(voordeur_messages::say!("there is no network here")))
    }
}
