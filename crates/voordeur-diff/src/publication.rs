//! How a change may be published, as the catalogue of the ZGW standards has it: what is published does not change. A correction of
//! a published version is allowed when it only adds, nothing is taken away, and every running case stays valid; anything else is
//! a new version, that begins on a day of its own.

use voordeur_messages::say;

use crate::comparison::Comparison;
use crate::level::Level;
use crate::structure::{Change, Kind};

/// So many reasons are told; the rest is counted.
const TOLD: usize = 3;

/// What is no part of what is published: the version itself, what tries it, and what becomes of open cases.
const APART: [&str; 6] = ["version", "scenario", "promise", "allow", "open", "facts"];

/// How a change may be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Publication {
    /// Nothing has changed of what is published.
    Nothing,
    /// It may go out as a correction of the version that is published.
    Correction,
    /// It needs a new version.
    NewVersion {
        /// Why, one reason each.
        because: Vec<String>,
        /// The label that both versions have: the new one needs another.
        same_label: Option<String>,
    },
}

impl Publication {
    /// Of a comparison.
    #[must_use]
    pub fn of(comparison: &Comparison) -> Self {
        let changes = || comparison.changes.iter().filter(|change| !APART.contains(&change.what.as_str()));
        let mut because: Vec<String> =
            comparison.gone.iter().map(|name| say!("the pathway `{name}` is gone", name)).collect();
        because.extend(changes().filter_map(|change| taken_away(comparison, change)));
        let levels: Vec<Level> = comparison.findings().iter().map(|one| one.level).collect();
        let worst = levels.iter().min().copied();
        if because.is_empty() && worst.is_some_and(|worst| worst <= Level::Shifts) {
            because.push(match worst {
                Some(Level::Undecided) => say!("not everything could be compared"),
                _ => say!("households are treated differently"),
            });
        }
        if !because.is_empty() {
            let same = comparison.pathways.iter().find(|one| one.versions[0] == one.versions[1]);
            return Self::NewVersion { because, same_label: same.map(|one| one.versions[0].clone()) };
        }
        if changes().next().is_none() && comparison.added.is_empty() {
            Self::Nothing
        } else {
            Self::Correction
        }
    }

    /// The word for programs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Correction => "correction",
            Self::NewVersion { .. } => "new_version",
        }
    }

    /// In one sentence; nothing when there is nothing to publish.
    #[must_use]
    pub fn in_words(&self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Correction => Some(say!(
                "Publication: a correction of the published version will do: nothing is taken away, and every open case stays valid."
            )),
            Self::NewVersion { because, same_label } => {
                let mut why = because.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; ");
                if because.len() > TOLD {
                    why = say!("{why}; and {number} more", why, number = because.len() - TOLD);
                }
                Some(match same_label {
                    None => say!("Publication: this needs a new version: {why}.", why),
                    Some(label) => say!(
                        "Publication: this needs a new version, and both are called {label}: {why}.",
                        label,
                        why
                    ),
                })
            }
        }
    }
}

/// Why a change takes something away from a version that is published; nothing when it only adds, or nobody notices.
fn taken_away(comparison: &Comparison, change: &Change) -> Option<String> {
    let name = if change.name.is_empty() { &change.what } else { &change.name };
    match &change.kind {
        Kind::Removed => Some(say!("`{name}` is gone", name)),
        Kind::Renamed { from } => Some(say!("`{from}` has another name", from)),
        Kind::Changed if !only_adds(change) && !comparison.is_proven_same() => {
            Some(say!("`{name}` says something else", name))
        }
        Kind::Changed | Kind::Moved | Kind::Added => None,
    }
}

fn only_adds(change: &Change) -> bool {
    change.edits.iter().all(|edit| edit.wording || edit.old.is_none())
}
