//! What an address means, and how it is shown: a password in it is told to nobody.

use std::path::Path;

use voordeur_messages::say;

use crate::error::StoreError;

/// Where a database is.
pub(crate) enum Address<'a> {
    /// In a file.
    File(&'a Path),
    /// On a server; as the driver reads it.
    Server(String),
}

/// An address in parts: `scheme`, and what comes after its colon.
struct Parts<'a> {
    scheme: &'a str,
    rest: &'a str,
}

impl<'a> Parts<'a> {
    /// Whatever looks like an address. A file may have a colon in its name.
    fn of(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once(':')?;
        let parts = Self { scheme, rest };
        let is_address = rest.starts_with("//")
            || parts.is_close_to_ours()
            || scheme.eq_ignore_ascii_case("file")
            || (is_word(scheme) && rest.contains('@'));
        is_address.then_some(parts)
    }

    fn is_ours(&self) -> bool {
        ["postgres", "postgresql"].iter().any(|ours| self.scheme.eq_ignore_ascii_case(ours))
    }

    /// `postgresq`, or `postgres//USER`: mistyped.
    fn is_close_to_ours(&self) -> bool {
        let begins = self.scheme.to_lowercase().starts_with("postgres");
        begins && (is_word(self.scheme) || self.scheme.contains("//"))
    }

    /// Without its password and its settings. Where nobody can tell what the password is, without all of it.
    fn shown(&self) -> String {
        let scheme = self.scheme.split("//").next().unwrap_or_default();
        let Some(rest) = self.rest.strip_prefix("//") else { return format!("{scheme}:…") };
        let (place, settings) = rest.split_once(['?', '#']).unwrap_or((rest, ""));
        match place.rsplit_once('@') {
            _ if settings.contains('@') => format!("{scheme}://…"),
            Some((who, place)) => format!("{scheme}://{}@{}", who.split(':').next().unwrap_or(who), place),
            None => format!("{scheme}://{}", without_word(place)),
        }
    }

    fn refused(&self) -> StoreError {
        let scheme = self.scheme.split("//").next().unwrap_or_default();
        let why = if self.is_close_to_ours() && !self.rest.starts_with("//") {
            say!("two slashes come after the colon")
        } else {
            say!("`{scheme}` is no kind of database; a SQLite file is named by its path", scheme)
        };
        StoreError::Address { path: self.shown(), why }
    }
}

/// Letters and figures, more than a drive (`C:`) has.
fn is_word(scheme: &str) -> bool {
    let mut letters = scheme.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && scheme.len() > 1
        && letters.all(|c| c.is_ascii_alphanumeric() || "+-_".contains(c))
}

/// Where a port should be and no number is, somebody has left out the server after the password.
fn without_word(place: &str) -> String {
    let (host, path) = place.split_once('/').map_or((place, None), |(host, path)| (host, Some(path)));
    let host = match host.split_once(':') {
        Some((name, port)) if !host.starts_with('[') && !port.chars().all(|c| c.is_ascii_digit()) => {
            format!("{name}:…")
        }
        _ => host.to_owned(),
    };
    path.map_or_else(|| host.clone(), |path| format!("{host}/{path}"))
}

impl<'a> Address<'a> {
    /// Which database an address means. One of a kind that there is not is refused: it is not the name of a file.
    pub(crate) fn of(address: &'a Path) -> Result<Self, StoreError> {
        let text = address.to_string_lossy();
        match Parts::of(&text) {
            None => Ok(Self::File(address)),
            Some(parts) if parts.is_ours() && parts.rest.starts_with("//") => {
                Ok(Self::Server(format!("{}:{}", parts.scheme.to_lowercase(), parts.rest)))
            }
            Some(parts) => Err(parts.refused()),
        }
    }
}

/// An address or a path as messages show it: an address without its password.
#[must_use]
pub fn shown(address: &Path) -> String {
    let text = address.to_string_lossy();
    Parts::of(&text).map_or_else(|| text.to_string(), |parts| parts.shown())
}
