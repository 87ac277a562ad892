//! The lock file: which component a version of a pathway runs, by its digest.
//!
//! ```toml
//! [[pathway]]
//! name = "eropaf"
//! version = "2008.1"
//!
//! [pathway.plugins]
//! letter = "sha256:…"
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use voordeur_messages::say;

use crate::digest::Digest;
use crate::error::LockError;
use crate::operator::at;

/// The pins of every version of a pathway, in the order of names and versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock(BTreeMap<(String, String), BTreeMap<String, Digest>>);

/// What a lock says of a plugin in a version of a pathway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    /// It is the component with this digest.
    Digest(Digest),
    /// The version is in the lock, and this plugin is not.
    NotPinned,
    /// The version is not in the lock.
    NoSuchVersion,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    pathway: Vec<WrittenPathway>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPathway {
    name: String,
    version: String,
    #[serde(default)]
    plugins: BTreeMap<String, String>,
}

impl Lock {
    /// Reads a lock file; `name` stands in messages.
    ///
    /// # Errors
    /// [`LockError`] names the file and what is wrong.
    pub fn read(name: &str, text: &str) -> Result<Self, LockError> {
        let written: Written = toml::from_str(text).map_err(|error| LockError(at(name, text, &error)))?;
        let mut lock = Self::default();
        for pathway in written.pathway {
            let mut pins = BTreeMap::new();
            for (plugin, digest) in pathway.plugins {
                let known = Digest::parse(&digest).ok_or_else(|| {
                    LockError(say!(
                        "{name}: the digest of `{plugin}` is not `sha256:` and 64 hexadecimal digits",
                        name,
                        plugin
                    ))
                })?;
                pins.insert(plugin, known);
            }
            let key = (pathway.name, pathway.version);
            if lock.0.contains_key(&key) {
                return Err(LockError(say!(
                    "{name}: pathway `{pathway}` version `{version}` is there twice",
                    name,
                    pathway = key.0,
                    version = key.1
                )));
            }
            lock.0.insert(key, pins);
        }
        Ok(lock)
    }

    /// What it says of a plugin in a version of a pathway.
    #[must_use]
    pub fn pin(&self, pathway: &str, version: &str, plugin: &str) -> Pin {
        match self.0.get(&(pathway.to_owned(), version.to_owned())) {
            None => Pin::NoSuchVersion,
            Some(pins) => pins.get(plugin).map_or(Pin::NotPinned, |digest| Pin::Digest(*digest)),
        }
    }

    /// Pins a plugin, and gives what was pinned before.
    pub fn set(&mut self, pathway: &str, version: &str, plugin: &str, digest: Digest) -> Option<Digest> {
        let pins = self.0.entry((pathway.to_owned(), version.to_owned())).or_default();
        pins.insert(plugin.to_owned(), digest)
    }

    /// Every pin: pathway, version, plugin, digest.
    pub fn pins(&self) -> impl Iterator<Item = (&str, &str, &str, Digest)> {
        self.0.iter().flat_map(|((pathway, version), pins)| {
            pins.iter()
                .map(move |(plugin, digest)| (pathway.as_str(), version.as_str(), plugin.as_str(), *digest))
        })
    }

    /// The file, the same for the same pins.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text = String::from(
            "# Written by `voordeur plugin lock`: which component each version of a pathway runs.\n",
        );
        for ((pathway, version), pins) in &self.0 {
            let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
            write!(
                text,
                "\n[[pathway]]\nname = {}\nversion = {}\n\n[pathway.plugins]\n",
                quoted(pathway),
                quoted(version)
            )
            .unwrap_or_default();
            for (plugin, digest) in pins {
                writeln!(text, "{plugin} = \"{digest}\"").unwrap_or_default();
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_read_as_it_is_written() {
        let mut lock = Lock::default();
        assert_eq!(lock.set("eropaf", "2008.1", "letter", Digest::of(b"a")), None);
        assert_eq!(lock.set("eropaf", "2009 \"b\"", "letter", Digest::of(b"b")), None);
        lock.set("eropaf", "2009 \"b\"", "e-mail", Digest::of(b"c"));
        let again = Lock::read("voordeur.lock", &lock.write()).expect("a lock");
        assert_eq!(again, lock);
        assert_eq!(again.pin("eropaf", "2008.1", "letter"), Pin::Digest(Digest::of(b"a")));
        assert_eq!(again.pin("eropaf", "2008.1", "e-mail"), Pin::NotPinned);
        assert_eq!(again.pin("eropaf", "2010", "letter"), Pin::NoSuchVersion);
        assert_eq!(lock.set("eropaf", "2008.1", "letter", Digest::of(b"z")), Some(Digest::of(b"a")));
    }

    #[test]
    fn a_lock_that_cannot_be_trusted_is_refused() {
        let wrong = |text: &str| Lock::read("voordeur.lock", text).expect_err("an error").to_string();
        let twice = "[[pathway]]\nname = \"a\"\nversion = \"1\"\n".repeat(2);
        insta::assert_snapshot!(
            [
                wrong("[[pathway]]\nname = \"a\"\nversion = \"1\"\nplugins = { letter = \"sha256:12\" }"),
                wrong(&twice),
                wrong("[[pathway]]\nname = \"a\"\n"),
                wrong("\nnonsense"),
            ]
            .join("\n")
        );
    }
}
