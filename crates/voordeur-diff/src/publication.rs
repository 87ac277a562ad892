//! How a change may be published. What is published does not change; so the catalogue of the ZGW standards has it, and so does this
//! program: under one label it takes texts that mean the same, part by part, and no other one. Layout, spelling, titles and what
//! notices say do not count, and the last day of a version may be set. Anything else is a new version, that begins on a day of its own.

use voordeur_messages::say;

use crate::comparison::{Comparison, Meant, Pathway};
use crate::declared::Declared;
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
    /// Only its last day for new reports is another one: that may be set on what is published.
    LastDay,
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
        let because = because(comparison);
        if !because.is_empty() {
            let same = comparison.pathways.iter().find(|one| one.has_one_label());
            return Self::NewVersion { because, same_label: same.map(|one| one.versions[0].clone()) };
        }
        let is_said = |change: &Change| !APART.contains(&change.what.as_str());
        let is_last_day = |one: &Declared| one.aspect == "last-day";
        // Of what was not there nothing is published that could be corrected.
        if comparison.pathways.is_empty() {
            return Self::Nothing;
        }
        if comparison.changes.iter().any(is_said) || !comparison.added.is_empty() {
            Self::Correction
        } else if comparison.pathways.iter().flat_map(|one| &one.declared).any(is_last_day) {
            Self::LastDay
        } else {
            Self::Nothing
        }
    }

    /// The word for programs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::LastDay => "last_day",
            Self::Correction => "correction",
            Self::NewVersion { .. } => "new_version",
        }
    }

    /// In one sentence; nothing when there is nothing to publish.
    #[must_use]
    pub fn in_words(&self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::LastDay => Some(say!(
                "Publication: only the last day for new reports is another one; that may be set on the published version."
            )),
            Self::Correction => Some(say!(
                "Publication: a correction of the published version will do: it means the same, part by part, and is taken under the same label."
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

/// Why it cannot be the version that is published; nothing when it means the same.
fn because(comparison: &Comparison) -> Vec<String> {
    let gone = comparison.gone.iter().map(|name| say!("the pathway `{name}` is gone", name));
    let mut all: Vec<String> = gone.collect();
    for pathway in &comparison.pathways {
        let parts = pathway.parts.iter().filter(|one| one.name != "version" || pathway.has_one_label());
        all.extend(parts.filter_map(|one| reason(comparison, one)));
        if pathway.compared.free.iter().any(|days| !days.is_empty()) {
            all.push(say!("other days are free in its calendar"));
        }
    }
    // What pathways import has no meaning by itself: there it is what is declared.
    if comparison.is_module() {
        all.extend(comparison.changes.iter().filter(|change| !change.is_wording()).map(declared));
    }
    let has_one_label = comparison.pathways.iter().any(Pathway::has_one_label);
    if !all.is_empty() && has_one_label && comparison.is_proven_same() {
        all.push(say!(
            "no household is treated differently, and still only what means the same, part by part, is taken under one label"
        ));
    }
    all
}

fn declared(change: &Change) -> String {
    let name = if change.name.is_empty() { &change.what } else { &change.name };
    match &change.kind {
        Kind::Removed => say!("`{name}` is gone", name),
        Kind::Added => say!("`{name}` is new", name),
        Kind::Renamed { from } => say!("`{from}` has another name", from),
        Kind::Changed | Kind::Moved => say!("`{name}` says something else", name),
    }
}

/// What is said of a part that does not mean the same; nothing for the new name of what is told under its old one.
fn reason(comparison: &Comparison, part: &Meant) -> Option<String> {
    let name = &part.name;
    let [old, new] = &part.says;
    let mut names = comparison.changes.iter().filter_map(|change| match &change.kind {
        Kind::Renamed { from } => Some((from, &change.name)),
        _ => None,
    });
    match (old.is_empty(), new.is_empty()) {
        (false, true) if names.any(|(from, _)| from == name) => {
            Some(say!("`{from}` has another name", from = name))
        }
        (true, false) if names.any(|(_, now)| now == name) => None,
        (false, true) => Some(of_whole(name).unwrap_or_else(|| say!("`{name}` is gone", name))),
        (true, false) => Some(of_whole(name).unwrap_or_else(|| say!("`{name}` is new", name))),
        _ => Some(of_whole(name).unwrap_or_else(|| say!("`{name}` says something else", name))),
    }
}

/// Of what is said of the pathway itself, and has no name in the file.
fn of_whole(name: &str) -> Option<String> {
    Some(match name {
        "pathway" => say!("the pathway itself is called something else, or belongs to another project"),
        "version" => say!("it begins on another day"),
        "lead" => say!("somebody else leads"),
        "calendar" => say!("it has another calendar, or other office hours"),
        "keep" => say!("a closed case is kept for another time"),
        "aftercare" => say!("the contacts after the end are others"),
        "always" => say!("what always holds is something else"),
        "basis" => say!("data are processed on another ground"),
        "deviation" => say!("who may depart from it, or how, is something else"),
        _ => return None,
    })
}
