//! Which addresses may be reached: `https://zaken.example.nl/api`, `https://*.example.nl`, `https://*`, `https://*:*`.

use std::fmt;

use serde::{Deserialize, Deserializer};
use url::Url;
use voordeur_messages::say;

/// Addresses with one scheme, a host or all hosts under a name, one port or (`:*`) any, and paths that begin alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    scheme: String,
    host: Host,
    port: Option<u16>,
    path: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Host {
    Any,
    Under(String),
    Is(String),
}

impl Pattern {
    /// Reads a written pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || {
            say!(
                "`{text}` is no address: write `https://zaken.example.nl/api`, `https://*.example.nl` or `https://*`",
                text
            )
        };
        let (any_port, written) = without_port(text);
        // A star is no host to a URL: a name stands in for it.
        let (star, plain) = match written.split_once("://*") {
            Some((scheme, rest)) => (true, format!("{scheme}://any{rest}")),
            None => (false, written.clone()),
        };
        let url = Url::parse(&plain).map_err(|_| bad())?;
        let host = url.host_str().ok_or_else(bad)?;
        let host = match (star, host.strip_prefix("any")) {
            (false, _) => Host::Is(host.to_owned()),
            (true, Some("")) => Host::Any,
            (true, Some(under)) if under.starts_with('.') && under.len() > 1 => Host::Under(under.to_owned()),
            (true, _) => return Err(bad()),
        };
        let port = if any_port { None } else { Some(url.port_or_known_default().ok_or_else(bad)?) };
        if !matches!(url.scheme(), "https" | "http")
            || !is_plain(&url)
            || url.query().is_some()
            || written.matches('*').count() > usize::from(star)
        {
            return Err(bad());
        }
        Ok(Self {
            scheme: url.scheme().to_owned(),
            host,
            port,
            path: url.path().trim_end_matches('/').to_owned(),
        })
    }

    /// Whether this address is one of them.
    #[must_use]
    pub fn matches(&self, url: &Url) -> bool {
        self.scheme == url.scheme()
            && self.port.is_none_or(|port| url.port_or_known_default() == Some(port))
            && is_plain(url)
            && url.host_str().is_some_and(|host| self.host.matches(host))
            && under(&self.path, url.path())
    }

    /// Whether it is about a connection that nobody can read along with.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.scheme == "https"
    }
}

/// Whether any port will do, and the pattern without that.
fn without_port(text: &str) -> (bool, String) {
    let start = text.find("://").map_or(0, |at| at + 3);
    let end = text.get(start..).and_then(|rest| rest.find('/')).map_or(text.len(), |at| start + at);
    let (before, path) = text.split_at(end);
    match before.strip_suffix(":*") {
        Some(host) => (true, format!("{host}{path}")),
        None => (false, text.to_owned()),
    }
}

/// An address without a user, a password or a place on the page.
fn is_plain(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}

/// Whether a path is the one given, or lies under it. A path that could climb is under nothing but the top.
fn under(top: &str, path: &str) -> bool {
    let climbs = path.to_ascii_lowercase();
    if !top.is_empty() && (climbs.contains("%2e") || climbs.contains("%2f") || climbs.contains("%5c")) {
        return false;
    }
    path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Host {
    fn matches(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Under(name) => host.len() > name.len() && host.ends_with(name.as_str()),
            Self::Is(name) => host == name,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let default = if self.scheme == "https" { 443 } else { 80 };
        write!(f, "{}://", self.scheme)?;
        match &self.host {
            Host::Any => f.write_str("*")?,
            Host::Under(name) => write!(f, "*{name}")?,
            Host::Is(name) => f.write_str(name)?,
        }
        match self.port {
            None => f.write_str(":*")?,
            Some(port) if port != default => write!(f, ":{port}")?,
            Some(_) => {}
        }
        f.write_str(&self.path)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, url: &str) -> bool {
        Pattern::parse(pattern).expect("a pattern").matches(&Url::parse(url).expect("an address"))
    }

    #[test]
    fn a_pattern_is_about_a_scheme_a_host_a_port_and_a_path() {
        let zaken = "https://zaken.example.nl/api";
        for inside in [
            "https://zaken.example.nl/api",
            "https://ZAKEN.example.nl:443/api/v1?x=1",
            "https://zaken.example.nl/api/",
        ] {
            assert!(matches(zaken, inside), "{inside}");
        }
        for outside in [
            "http://zaken.example.nl/api",
            "https://zaken.example.nl/apix",
            "https://zaken.example.nl/",
            "https://zaken.example.nl:8443/api",
            "https://zaken.example.nl.evil.test/api",
            "https://evil.test/zaken.example.nl/api",
            "https://zaken.example.nl@evil.test/api",
            "https://user@zaken.example.nl/api",
            "https://zaken.example.nl/api/../admin",
            "https://zaken.example.nl/api/%2e%2e/admin",
            "https://zaken.example.nl/api/..%2fadmin",
        ] {
            assert!(!matches(zaken, outside), "{outside}");
        }
    }

    #[test]
    fn a_star_is_every_host_or_every_host_under_a_name() {
        assert!(matches("https://*.example.nl", "https://a.example.nl/x"));
        assert!(matches("https://*.example.nl", "https://a.b.example.nl/"));
        assert!(!matches("https://*.example.nl", "https://example.nl/"));
        assert!(!matches("https://*.example.nl", "https://badexample.nl/"));
        assert!(matches("https://*", "https://example.nl/"));
        assert!(!matches("https://*", "http://example.nl/"));
        assert!(matches("http://127.0.0.1:8080", "http://127.0.0.1:8080/x"));
        assert!(matches("http://*:*/x", "http://127.0.0.1:8080/x/y"));
        assert!(!matches("http://*:*/x", "http://127.0.0.1:8080/y"));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for wrong in [
            "",
            "example.nl",
            "ftp://example.nl",
            "https://",
            "https://*x.nl",
            "https://*.",
            "https://a.*.nl",
            "https://u:p@x.nl",
            "https://x.nl/#a",
            "https://x.nl/?q",
            "https://x.nl/*",
        ] {
            assert!(Pattern::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_pattern_is_written_as_it_is_read() {
        for text in [
            "https://zaken.example.nl/api",
            "https://*.example.nl",
            "https://*",
            "http://127.0.0.1:8080",
            "https://*:*/x",
        ] {
            assert_eq!(Pattern::parse(text).expect("a pattern").to_string(), text);
        }
    }
}
