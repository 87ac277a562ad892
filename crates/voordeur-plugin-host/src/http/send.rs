//! What is allowed to go out, redirections, secrets, and the limits on it all.

use std::sync::Arc;
use std::time::{Duration, Instant};

use url::Url;
use voordeur_messages::say;

use crate::access::Access;
use crate::http::{Bounds, Exchange, Failure, Request, Response, Transport};

/// How often a request is sent on to another address.
const MOST_REDIRECTIONS: u32 = 5;

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

/// Header fields that belong to the connection and not to the plugin.
const NOT_OF_A_PLUGIN: [&str; 8] =
    ["host", "connection", "content-length", "transfer-encoding", "upgrade", "te", "trailer", "expect"];

/// The network of one call.
pub(crate) struct Net {
    transport: Arc<dyn Transport>,
    requests: u32,
    traffic: usize,
    until: Instant,
    exchanges: Vec<Exchange>,
}

impl Net {
    pub(crate) fn new(transport: Arc<dyn Transport>, requests: u32, traffic: usize, time: Duration) -> Self {
        Self { transport, requests, traffic, until: Instant::now() + time, exchanges: Vec::new() }
    }

    /// What went to and fro.
    pub(crate) fn exchanges(&mut self) -> Vec<Exchange> {
        std::mem::take(&mut self.exchanges)
    }

    pub(crate) async fn send(
        &mut self,
        access: &Access,
        key: &str,
        mut request: Request,
    ) -> Result<Response, Failure> {
        check(&request)?;
        let mut hops = 0;
        loop {
            let result = self.once(access, key, &request).await;
            self.exchanges.push(Exchange::of(&request, &result));
            let response = result?;
            let Some(next) = redirection(&request, &response)? else { return Ok(response) };
            hops += 1;
            if hops > MOST_REDIRECTIONS {
                return Err(Failure::TooMuch(say!(
                    "more than {most} redirections",
                    most = MOST_REDIRECTIONS
                )));
            }
            if next.origin() != request.url.origin() {
                // What was meant for the one host is not for the other.
                request.headers.retain(|(name, _)| name != "authorization" && name != "cookie");
            }
            request.url = next;
        }
    }

    async fn once(&mut self, access: &Access, key: &str, request: &Request) -> Result<Response, Failure> {
        let private = access.allows(&request.url).map_err(Failure::Denied)?;
        self.spend(request)?;
        let secret = access.filled(key, request);
        let time = self.until.saturating_duration_since(Instant::now());
        let bounds = Bounds { private, time, bytes: self.traffic };
        let transport = self.transport.clone();
        let sent = tokio::task::spawn_blocking(move || transport.send(&secret, bounds)).await;
        let mut response =
            sent.unwrap_or_else(|_| Err(Failure::Unreachable(say!("the request broke off"))))?;
        self.traffic = self.traffic.saturating_sub(response.body.len());
        access.blank(key, &mut response);
        Ok(response)
    }

    fn spend(&mut self, request: &Request) -> Result<(), Failure> {
        self.requests = self
            .requests
            .checked_sub(1)
            .ok_or_else(|| Failure::TooMuch(say!("more requests than the limit")))?;
        let head: usize = request.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        let bytes = request.body.len() + head + request.url.as_str().len();
        self.traffic = self
            .traffic
            .checked_sub(bytes)
            .ok_or_else(|| Failure::TooMuch(say!("more bytes than the limit")))?;
        Ok(())
    }
}

fn check(request: &Request) -> Result<(), Failure> {
    if !METHODS.contains(&request.method.as_str()) {
        return Err(Failure::Invalid(say!("the method is none of {methods}", methods = METHODS.join(", "))));
    }
    for (name, value) in &request.headers {
        let fits = !name.is_empty()
            && name.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
            })
            && value.bytes().all(|byte| (0x20..0x7f).contains(&byte) || byte == b'\t');
        if !fits || NOT_OF_A_PLUGIN.contains(&name.as_str()) {
            let name: String = name.chars().filter(char::is_ascii_graphic).take(40).collect();
            return Err(Failure::Invalid(say!("the header field `{name}` cannot be sent", name)));
        }
    }
    Ok(())
}

/// Where a response sends on to. Only what changes nothing is sent on.
fn redirection(request: &Request, response: &Response) -> Result<Option<Url>, Failure> {
    let moved = matches!(response.status, 301 | 302 | 303 | 307 | 308);
    if !moved || !matches!(request.method.as_str(), "GET" | "HEAD") {
        return Ok(None);
    }
    let Some((_, to)) = response.headers.iter().find(|(name, _)| name == "location") else { return Ok(None) };
    let next = request.url.join(to);
    next.map(Some).map_err(|_| Failure::Invalid(say!("it is redirected to what is no address")))
}
