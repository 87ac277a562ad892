//! The network, by way of the library `ureq`. A name is looked up once: the addresses that were found are judged, and
//! only those are connected to.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};
use voordeur_messages::say;

use crate::http::address::is_private;
use crate::http::{Bounds, Failure, Request, Response, Transport};

/// The most bytes of the header of a response.
const MOST_HEADER: usize = 64 << 10;

/// What stands in the error when every address of a name was refused.
const PRIVATE: &str = "voordeur: private network";

/// Looks names up; a test may give its own answers.
pub type LookUp = Arc<dyn Fn(&str, u16) -> std::io::Result<Vec<SocketAddr>> + Send + Sync>;

/// The network.
#[derive(Clone)]
pub struct Live {
    look_up: LookUp,
    roots: RootCerts,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            look_up: Arc::new(|host, port| Ok((host, port).to_socket_addrs()?.collect())),
            roots: RootCerts::WebPki,
        }
    }
}

impl Live {
    /// Looks names up in another way.
    #[must_use]
    pub fn with_look_up(mut self, look_up: LookUp) -> Self {
        self.look_up = look_up;
        self
    }

    /// Trusts only these certificates (PEM), for servers of an operator's own.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn with_roots(mut self, pem: &[u8]) -> Result<Self, String> {
        let items = ureq::tls::parse_pem(pem);
        let mut certificates: Vec<Certificate<'static>> = Vec::new();
        for item in items {
            if let ureq::tls::PemItem::Certificate(certificate) = item.map_err(|error| error.to_string())? {
                certificates.push(certificate);
            }
        }
        if certificates.is_empty() {
            return Err(say!("there is no certificate in it"));
        }
        self.roots = RootCerts::Specific(Arc::new(certificates));
        Ok(self)
    }

    fn agent(&self, bounds: Bounds) -> Agent {
        let config = Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .max_idle_connections(0)
            .max_response_header_size(MOST_HEADER)
            .user_agent(concat!("voordeur/", env!("CARGO_PKG_VERSION")))
            .accept("")
            .accept_encoding("")
            .timeout_global(Some(bounds.time))
            .tls_config(TlsConfig::builder().root_certs(self.roots.clone()).build())
            .build();
        let resolver = Judged { look_up: self.look_up.clone(), private: bounds.private };
        Agent::with_parts(config, DefaultConnector::default(), resolver)
    }
}

/// Gives only the addresses that may be connected to.
struct Judged {
    look_up: LookUp,
    private: bool,
}

impl std::fmt::Debug for Judged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judged").field("private", &self.private).finish_non_exhaustive()
    }
}

impl Resolver for Judged {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &ureq::config::Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
        let found = (self.look_up)(host, port).map_err(Error::Io)?;
        let known = !found.is_empty();
        let mut allowed = self.empty();
        for address in found.into_iter().filter(|address| self.private || !is_private(address.ip())).take(16)
        {
            allowed.push(address);
        }
        match (allowed.is_empty(), known) {
            (false, _) => Ok(allowed),
            (true, true) => Err(Error::Io(std::io::Error::other(PRIVATE))),
            (true, false) => Err(Error::HostNotFound),
        }
    }
}

impl Transport for Live {
    fn send(&self, request: &Request, bounds: Bounds) -> Result<Response, Failure> {
        let mut built =
            ureq::http::Request::builder().method(request.method.as_str()).uri(request.url.as_str());
        for (name, value) in &request.headers {
            built = built.header(name.as_str(), value.as_str());
        }
        let built = built.body(request.body.clone()).map_err(|error| Failure::Invalid(error.to_string()))?;
        let sent = self.agent(bounds).run(built).map_err(|error| failure(&error, bounds.time))?;
        let (parts, mut body) = sent.into_parts();
        let limit = u64::try_from(bounds.bytes).unwrap_or(u64::MAX);
        let body = body.with_config().limit(limit).read_to_vec();
        Ok(Response {
            status: parts.status.as_u16(),
            headers: parts
                .headers
                .iter()
                .map(|(name, value)| {
                    (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
                })
                .collect(),
            body: body.map_err(|error| failure(&error, bounds.time))?,
        })
    }
}

fn failure(error: &Error, time: Duration) -> Failure {
    match error {
        Error::Timeout(_) => Failure::TimedOut,
        Error::BodyExceedsLimit(most) => {
            Failure::TooMuch(say!("the response is larger than {most} bytes", most))
        }
        Error::LargeResponseHeader(_, most) => {
            Failure::TooMuch(say!("the response is larger than {most} bytes", most))
        }
        Error::HostNotFound => Failure::Unreachable(say!("there is no such host")),
        Error::Io(io) if io.to_string() == PRIVATE => Failure::Denied(say!(
            "it lies in a private network, which the operator does not grant with `private = true`"
        )),
        Error::Io(io) if io.kind() == std::io::ErrorKind::TimedOut && !time.is_zero() => Failure::TimedOut,
        error => Failure::Unreachable(error.to_string()),
    }
}
