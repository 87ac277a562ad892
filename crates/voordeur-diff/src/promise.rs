//! What is promised in both versions: which promise was kept and is broken now, and which one is no longer made.
//!
//! A statement that the new version no longer makes is held against the new version all the same: that tells a promise that
//! nobody keeps any more from one that is only no longer written down.

use std::collections::BTreeMap;

use voordeur_diagnostics::Scene;
use voordeur_protocol::CheckedProtocol;
use voordeur_verify::{Budget, Verdict, both, keep, promises};

use crate::comparison::{Files, Version};
use crate::level::Level;
use crate::token::tokens;

/// What has become of something that was promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was kept, and is broken now.
    Broken,
    /// It was broken, and is kept now.
    Mended,
    /// It is no longer promised.
    Dropped,
    /// It is newly promised.
    Added,
    /// Whether it is kept was not decided in the new version; or it is broken there, and was not decided in the old one.
    Open,
}

/// A promise that is not the same in both versions.
#[derive(Debug, Clone)]
pub struct Promised {
    /// What has become of it.
    pub fate: Fate,
    /// What that asks.
    pub level: Level,
    /// The pathway.
    pub pathway: String,
    /// What the promise is about, in words.
    pub title: String,
    /// What is promised, as it is written.
    pub text: String,
    /// The same in English and in the one layout.
    pub plain: String,
    /// Whether the old version keeps it, where that makes it; `None` when that was not decided.
    pub was_kept: Option<bool>,
    /// Whether the new version keeps it; `None` when that was not decided, or it has not what it is about.
    pub is_kept: Option<bool>,
    /// Whether the new version has not what it is about.
    pub is_about_nothing: bool,
    /// Its line in the old file and in the new one, counted from 1.
    pub lines: [Option<u32>; 2],
    /// A case of the new version that breaks it.
    pub history: Vec<Scene>,
}

/// A statement of a version, and how it fares there.
struct Told {
    text: String,
    line: u32,
    kept: Option<bool>,
    history: Vec<Scene>,
}

/// By pathway, by the title of the promise, by the statement in English and in the one layout.
type Key = (String, String, String);

/// A statement as a version has it.
struct Written {
    /// What it is known by in both versions.
    key: Key,
    /// The title that it has in its own version.
    title: String,
    line: u32,
}

/// Which promises differ.
pub(crate) fn promised(
    [old, new]: [Version<'_>; 2],
    [first, second]: [Files<'_>; 2],
    is_same: bool,
    budget: Budget,
) -> Vec<Promised> {
    if old.promises.is_empty() && new.promises.is_empty() {
        return Vec::new();
    }
    let renames = renames(second);
    let (mut before, after) = (written(old, first, &renames), written(new, second, &Renames::new()));
    retitle(&mut before, &after);
    let unchanged = before.len() == after.len() && before.iter().all(|one| is_among(&after, &one.key));
    if before.is_empty() && after.is_empty() || is_same && unchanged {
        return Vec::new();
    }
    let (then, now) =
        both(|| told(old, old.pathways, &before, budget), || told(new, new.pathways, &after, budget));
    let gone: Vec<Key> =
        before.iter().map(|one| &one.key).filter(|key| !now.contains_key(*key)).cloned().collect();
    let held = if gone.is_empty() { BTreeMap::new() } else { told(old, new.pathways, &before, budget) };
    let mut all = Vec::new();
    for ((key, was), is) in then.iter().filter_map(|(key, was)| Some(((key, was), now.get(key)?))) {
        let (fate, level) = match (was.kept, is.kept) {
            (Some(true), Some(false)) => (Fate::Broken, Level::Weakens),
            (Some(false), Some(true)) => (Fate::Mended, Level::Strengthens),
            // It may have been kept before.
            (_, None) | (None, Some(false)) => (Fate::Open, Level::Undecided),
            _ => continue,
        };
        all.push(one((fate, level), key, [Some(was), Some(is)], [Some(was.line), Some(is.line)]));
    }
    for key in &gone {
        let (Some(was), is) = (then.get(key), held.get(key)) else { continue };
        let level = match (was.kept, is.map(|is| is.kept)) {
            (Some(true), Some(Some(true))) => Level::Shifts,
            (Some(true), Some(Some(false)) | None) => Level::Weakens,
            (Some(true), Some(None)) | (None, Some(None | Some(false)) | None) => Level::Undecided,
            // What was not kept is missed by nobody.
            _ => Level::Shifts,
        };
        all.push(one((Fate::Dropped, level), key, [Some(was), is], [Some(was.line), None]));
    }
    for (key, is) in now.iter().filter(|(key, _)| !then.contains_key(key)) {
        let level = match is.kept {
            Some(true) => Level::Strengthens,
            Some(false) => Level::Shifts,
            None => Level::Undecided,
        };
        all.push(one((Fate::Added, level), key, [None, Some(is)], [None, Some(is.line)]));
    }
    all
}

fn one(
    (fate, level): (Fate, Level),
    (pathway, title, plain): &Key,
    [was, is]: [Option<&Told>; 2],
    lines: [Option<u32>; 2],
) -> Promised {
    let [_, line] = lines;
    // As the version writes it that makes it.
    let said = if line.is_some() { is } else { was };
    Promised {
        fate,
        level,
        pathway: pathway.clone(),
        title: title.clone(),
        text: said.map(|one| one.text.clone()).unwrap_or_default(),
        plain: plain.clone(),
        was_kept: was.and_then(|was| was.kept),
        is_kept: is.and_then(|is| is.kept),
        is_about_nothing: is.is_none(),
        lines,
        history: is.map(|is| is.history.clone()).unwrap_or_default(),
    }
}

/// For each pathway the names of the version before, and what they are now.
type Renames = BTreeMap<String, BTreeMap<String, String>>;

fn renames(new: Files<'_>) -> Renames {
    let mut all = Renames::new();
    for (_, one) in new.all() {
        for pathway in &one.file.pathways {
            let own = pathway.renames.iter().map(|(now, then)| (then.text.clone(), now.text.clone()));
            all.entry(pathway.name.text.clone()).or_default().extend(own);
        }
    }
    all
}

/// A statement in one line, with the names of today.
fn in_one_line(text: &str, renames: Option<&BTreeMap<String, String>>) -> String {
    let today =
        |word: &str| renames.and_then(|all| all.get(word)).cloned().unwrap_or_else(|| word.to_owned());
    tokens(text).iter().map(|one| today(one.text)).collect::<Vec<_>>().join(" ")
}

/// The statements of a version with their lines. Of a text in another spelling or layout the same.
fn written(version: Version<'_>, files: Files<'_>, renames: &Renames) -> Vec<Written> {
    let mut all = Vec::new();
    // The promises of a version stand in the file itself.
    let Some((_, canonical)) = files.all().next() else { return all };
    for (own, plain) in version.promises.iter().zip(&canonical.file.promises) {
        for (statement, plain) in own.statements.iter().zip(&plain.statements) {
            let words = in_one_line(plain.span.of(&canonical.text), renames.get(&own.pathway.text));
            let title = own.title.text.clone();
            let key = (own.pathway.text.clone(), title.clone(), words);
            let (_, line) = version.sources.line(statement.span.start);
            all.push(Written { key, title, line });
        }
    }
    all
}

fn is_among(all: &[Written], key: &Key) -> bool {
    all.iter().any(|one| one.key == *key)
}

/// A statement that stands under another title now is known by that one: a title promises nothing.
fn retitle(before: &mut [Written], after: &[Written]) {
    for at in 0..before.len() {
        let Some(one) = before.get(at).filter(|one| !is_among(after, &one.key)) else { continue };
        let (pathway, _, words) = &one.key;
        let same = |own: &&Written| own.key.0 == *pathway && own.key.2 == *words;
        let now = after.iter().filter(same).find(|own| !is_among(before, &own.key));
        let now = now.map(|own| own.key.clone());
        if let (Some(now), Some(slot)) = (now, before.get_mut(at)) {
            slot.key = now;
        }
    }
}

/// How the statements of a version fare with these pathways; of several editions the worst.
fn told(
    version: Version<'_>,
    pathways: &[CheckedProtocol],
    keys: &[Written],
    budget: Budget,
) -> BTreeMap<Key, Told> {
    let mut all = BTreeMap::new();
    let (made, _) = promises(version.promises, pathways, version.sources);
    for promise in &made {
        for said in keep(promise, budget, false).statements {
            let (_, line) = version.sources.line(said.span.start);
            let own = keys.iter().find(|own| own.line == line && own.title == promise.title);
            let Some(key) = own.map(|own| &own.key) else { continue };
            let kept = match &said.verdict {
                Verdict::Kept(_) | Verdict::Vacuous => Some(true),
                Verdict::Broken(..) | Verdict::Impossible => Some(false),
                Verdict::Undecided(_) => None,
            };
            let history = said.finding(promise).map(|finding| finding.history).unwrap_or_default();
            let told = Told { text: said.text, line, kept, history };
            let rank = |one: &Told| one.kept.map_or(1, |kept| if kept { 2 } else { 0 });
            if all.get(key).is_none_or(|known| rank(&told) < rank(known)) {
                all.insert(key.clone(), told);
            }
        }
    }
    all
}
