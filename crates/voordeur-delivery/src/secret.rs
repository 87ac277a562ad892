//! Passwords and keys. They come from a file or the environment, never from the command line, and are never shown.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use voordeur_messages::say;
use zeroize::Zeroizing;

/// Where a secret is: `{ env = "NAME" }` or `{ file = "/run/secrets/name" }`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    /// In a variable of the environment.
    Env(String),
    /// In a file, without the end of its last line. A path that is not whole begins at the folder of the configuration.
    File(PathBuf),
}

/// A secret. Its text is wiped when it is dropped.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<String>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl Source {
    /// Reads it; what is wrong names the place and never what stands there.
    pub(crate) fn read(&self, folder: &Path) -> Result<Secret, String> {
        let text = Zeroizing::new(match self {
            Self::Env(name) => of_environment(name)?,
            Self::File(file) => {
                let path = folder.join(file);
                std::fs::read_to_string(&path).map_err(|error| {
                    say!("the secret in {path} cannot be read: {error}", path = path.display(), error)
                })?
            }
        });
        let trimmed = text.trim_end_matches(['\r', '\n']);
        if trimmed.is_empty() {
            return Err(say!("the secret in {place} is empty", place = self.place()));
        }
        Ok(Secret(Zeroizing::new(trimmed.to_owned())))
    }

    fn place(&self) -> String {
        match self {
            Self::Env(name) => format!("${name}"),
            Self::File(file) => file.display().to_string(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the operator gives secrets by the environment")]
fn of_environment(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|_| say!("the environment has no variable `{name}`", name))
}
