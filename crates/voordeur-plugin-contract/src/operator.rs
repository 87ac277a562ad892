//! The operator file: which plugins may do what, within which limits, signed by whom.
//!
//! ```toml
//! [plugins]
//! keys = ["RWQ…"]                      # with keys: every plugin must be signed by one of them
//! authorities = ["own-ca.pem"]         # with authorities: only servers with a certificate of theirs are trusted
//!
//! [plugin.referral-http]
//! http = ["https://zaken.example.nl/api", { to = "https://zaken.intern", private = true }]
//! config = { base = "https://zaken.example.nl/api" }
//! secrets = { token = { env = "ZAKEN_TOKEN" } }
//! limits = { fuel = 500_000_000, seconds = 10 }
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use url::Url;
use voordeur_messages::say;

use crate::error::OperatorError;
use crate::pattern::Pattern;

/// What an operator lets plugins do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// What holds for all plugins.
    #[serde(default)]
    pub plugins: General,
    /// What each plugin gets.
    #[serde(default)]
    plugin: BTreeMap<String, Grant>,
}

/// What holds for all plugins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct General {
    /// Public keys in the format of minisign. When there are any, a plugin must be signed by one of them.
    #[serde(default)]
    pub keys: Vec<String>,
    /// Files (PEM) with the certificates of authorities. When there are any, a server must have a certificate of one
    /// of them, and no others are trusted.
    #[serde(default)]
    pub authorities: Vec<PathBuf>,
    /// The limits of a plugin for which no others are given.
    #[serde(default)]
    pub limits: Limits,
}

/// What one plugin gets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The addresses that it may reach.
    #[serde(default)]
    pub http: Vec<Reachable>,
    /// Settings that it may read: nothing secret.
    #[serde(default)]
    pub config: BTreeMap<String, String>,
    /// Where its secrets are found.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretSource>,
    /// Its limits, where they differ.
    #[serde(default)]
    pub limits: Limits,
}

/// An address that may be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reachable {
    /// Which.
    pub to: Pattern,
    /// Whether it may lie in a private network, or be reached without encryption.
    pub private: bool,
}

/// With `private`, it is a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    to: Pattern,
    #[serde(default)]
    private: bool,
}

struct AddressOrTable;

impl<'de> Visitor<'de> for AddressOrTable {
    type Value = Reachable;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address, or `to` and `private`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Reachable, E> {
        Ok(Reachable { to: Pattern::parse(text).map_err(E::custom)?, private: false })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Reachable, A::Error> {
        let Table { to, private } = Table::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Reachable { to, private })
    }
}

impl<'de> Deserialize<'de> for Reachable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AddressOrTable)
    }
}

/// Where a secret is found. The file itself holds none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file; a line end at its end does not belong to it.
    File(PathBuf),
}

/// Limits on one call; what is not given is as for all plugins, or as the program has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Units of work of the virtual machine; about one per instruction.
    pub fuel: Option<u64>,
    /// Seconds on the clock.
    pub seconds: Option<u32>,
    /// Bytes of memory, all memories and tables together.
    pub memory: Option<usize>,
    /// Bytes of the answer.
    pub output: Option<usize>,
    /// Bytes of log lines.
    pub log: Option<usize>,
    /// How many requests over the network.
    pub requests: Option<u32>,
    /// Bytes of all requests and replies together.
    pub traffic: Option<usize>,
}

impl Limits {
    /// These limits, and the others where these say nothing.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            fuel: self.fuel.or(other.fuel),
            seconds: self.seconds.or(other.seconds),
            memory: self.memory.or(other.memory),
            output: self.output.or(other.output),
            log: self.log.or(other.log),
            requests: self.requests.or(other.requests),
            traffic: self.traffic.or(other.traffic),
        }
    }

    /// The time as a duration.
    #[must_use]
    pub fn time(self) -> Option<Duration> {
        self.seconds.map(|seconds| Duration::from_secs(seconds.into()))
    }
}

impl Operator {
    /// Reads an operator file; `name` stands in messages.
    ///
    /// # Errors
    /// [`OperatorError`] names the file, the line and what is wrong.
    pub fn read(name: &str, text: &str) -> Result<Self, OperatorError> {
        let operator: Self = toml::from_str(text).map_err(|error| OperatorError(at(name, text, &error)))?;
        for (plugin, grant) in &operator.plugin {
            if let Some(open) = grant.http.iter().find(|reach| !reach.to.is_encrypted() && !reach.private) {
                return Err(OperatorError(say!(
                    "{name}: `{plugin}` would reach {address} without encryption: write `https`, or grant it with `private = true` when it lies in your own network",
                    name,
                    plugin,
                    address = open.to
                )));
            }
        }
        Ok(operator)
    }

    /// What a plugin gets: nothing, when the file does not name it.
    #[must_use]
    pub fn grant(&self, plugin: &str) -> Grant {
        let mut grant = self.plugin.get(plugin).cloned().unwrap_or_default();
        grant.limits = grant.limits.or(self.plugins.limits);
        grant
    }

    /// The plugins that it names.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.plugin.keys().map(String::as_str)
    }

    /// Grants a plugin something, as the test kit does for its cases.
    #[must_use]
    pub fn with(mut self, plugin: &str, grant: Grant) -> Self {
        self.plugin.insert(plugin.to_owned(), grant);
        self
    }
}

impl Grant {
    /// What allows this address.
    #[must_use]
    pub fn allows(&self, url: &Url) -> Option<&Reachable> {
        self.http.iter().find(|reach| reach.to.matches(url))
    }
}

/// The message of the parser with the place, on one line.
pub(crate) fn at(name: &str, text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    let why = error.message().lines().next().unwrap_or_default();
    say!("{name}: line {line}: {why}", name, line, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
[plugins]
limits = { seconds = 20 }

[plugin.referral-http]
http = ["https://zaken.example.nl/api", { to = "http://127.0.0.1:8080", private = true }]
config = { base = "https://zaken.example.nl/api" }
secrets = { token = { env = "ZAKEN_TOKEN" }, other = { file = "/run/secrets/other" } }
limits = { fuel = 5_000_000 }
"#;

    #[test]
    fn what_is_not_named_gets_nothing() {
        let operator = Operator::read("voordeur.toml", FILE).expect("a file");
        let grant = operator.grant("letter");
        assert!(grant.http.is_empty() && grant.config.is_empty() && grant.secrets.is_empty());
        assert_eq!(grant.limits.seconds, Some(20));
    }

    #[test]
    fn what_is_named_gets_what_stands_there() {
        let grant = Operator::read("voordeur.toml", FILE).expect("a file").grant("referral-http");
        assert_eq!((grant.limits.fuel, grant.limits.seconds), (Some(5_000_000), Some(20)));
        let url = |text: &str| Url::parse(text).expect("an address");
        assert!(grant.allows(&url("https://zaken.example.nl/api/zaken")).is_some_and(|reach| !reach.private));
        assert!(grant.allows(&url("http://127.0.0.1:8080/x")).is_some_and(|reach| reach.private));
        assert!(grant.allows(&url("https://elsewhere.example.nl/")).is_none());
        assert_eq!(grant.secrets.get("token"), Some(&SecretSource::Env("ZAKEN_TOKEN".to_owned())));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let wrong = |text: &str| Operator::read("voordeur.toml", text).expect_err("an error").to_string();
        insta::assert_snapshot!(
            [
                wrong("[plugin.x]\nhttp = [\"http://example.nl\"]"),
                wrong("[plugin.x]\nhtpp = []"),
                wrong("[plugin.x]\n\nhttp = [\"example.nl\"]"),
                wrong("[plugin.x]\nsecrets = { a = { value = \"s3cret\" } }"),
                wrong("[plugin"),
            ]
            .join("\n")
        );
    }
}
