//! What a plugin asks of the engine. Outside WebAssembly there is no engine: nothing is set, and nothing goes out.

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// Where.
    pub url: String,
    /// Header fields.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Such as 200.
    pub status: u16,
    /// The body, as text.
    pub body: String,
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoResponse {
    /// It may not go there.
    Denied(String),
    /// It may work later.
    Later(String),
}

/// A setting of the operator.
#[cfg(target_arch = "wasm32")]
pub fn config(name: &str) -> Option<String> {
    crate::bindings::config::get(name)
}

/// What stands for a secret of the operator.
#[cfg(target_arch = "wasm32")]
pub fn secret(name: &str) -> Option<String> {
    crate::bindings::secrets::placeholder(name)
}

/// Sends a request.
#[cfg(target_arch = "wasm32")]
pub fn send(request: &Request) -> Result<Response, NoResponse> {
    use crate::bindings::http::{Failure, Header, Request as Wit, send};
    let header = |(name, value): &(&str, String)| Header { name: (*name).to_owned(), value: value.clone() };
    let sent = send(&Wit {
        method: request.method.to_owned(),
        url: request.url.clone(),
        headers: request.headers.iter().map(header).collect(),
        body: request.body.clone().into_bytes(),
    });
    match sent {
        Ok(response) => Ok(Response {
            status: response.status,
            body: String::from_utf8_lossy(&response.body).into_owned(),
        }),
        Err(Failure::Denied(why) | Failure::Invalid(why) | Failure::TooMuch(why)) => {
            Err(NoResponse::Denied(why))
        }
        Err(Failure::Unreachable(why)) => Err(NoResponse::Later(why)),
        Err(Failure::TimedOut) => Err(NoResponse::Later("the answer did not come in time".to_owned())),
    }
}

/// A setting of the operator.
#[cfg(not(target_arch = "wasm32"))]
pub fn config(_: &str) -> Option<String> {
    None
}

/// What stands for a secret of the operator.
#[cfg(not(target_arch = "wasm32"))]
pub fn secret(_: &str) -> Option<String> {
    None
}

/// Sends a request.
#[cfg(not(target_arch = "wasm32"))]
pub fn send(_: &Request) -> Result<Response, NoResponse> {
    Err(NoResponse::Denied("there is no engine here".to_owned()))
}
