//! From the old version to the new one, one change at a time: what has changed in one line, or in lines that belong together.
//!
//! ```text
//!   old ── what is new ──▶ · ── what says something else ──▶ · ── what is gone ──▶ new
//! ```
//!
//! Two versions are followed no further where they part, and a second change behind that would be told by nobody. Between two steps
//! there is one change, and nothing that it could hide.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use voordeur_protocol::{CheckedProtocol, Shows, Suspicion, beside, compile_bundle, compile_judged};

use crate::canonical::Canonical;
use crate::comparison::Files;
use crate::lines::{Edit, edits, unaligned, without_stories};

/// With more changes than so many each step takes several of them.
const MOST_STEPS: usize = 24;

/// Versions of which more than so many lines differ are not the same pathway any more.
const MOST_EDITS: usize = 96;

/// What lies between two versions.
pub(crate) struct Steps {
    /// The pathway on its way from the old version to the new one, without both of them.
    pub(crate) pathways: Vec<CheckedProtocol>,
    /// The file itself at each of them, and in both versions.
    pub(crate) texts: Vec<Canonical>,
    /// Whether each step takes one change, or what cannot stand without each other.
    pub(crate) is_one_by_one: bool,
    /// Whether they were made from the new version to the old one.
    pub(crate) is_turned: bool,
}

/// A file as it is in both versions.
struct File {
    name: String,
    lines: [Vec<String>; 2],
}

/// What lies between two versions; nothing where they have too little in common.
pub(crate) fn between(both: [Files<'_>; 2], [before, after]: [&CheckedProtocol; 2]) -> Option<Steps> {
    let mut files = files(both);
    // The same steps whichever version is the old one.
    let text = |side: usize| files.iter().map(|file| file.lines.get(side)).collect::<Vec<_>>();
    let is_turned = text(1) < text(0);
    if is_turned {
        files.iter_mut().for_each(|file| file.lines.reverse());
    }
    let edits = in_order(&files);
    if edits.len() > MOST_EDITS {
        return None;
    }
    let first = if is_turned { after } else { before };
    let is_meant = |one: &CheckedProtocol| one.name == after.name || one.name == before.name;
    let mut steps = taken(&files, &edits, first, &is_meant);
    if is_turned {
        steps.pathways.reverse();
        steps.texts.reverse();
        steps.is_turned = true;
    }
    Some(steps)
}

/// Takes one change after the other; what cannot stand by itself is taken with what comes next.
fn taken(
    files: &[File],
    edits: &[(usize, Edit)],
    first: &CheckedProtocol,
    is_meant: &dyn Fn(&CheckedProtocol) -> bool,
) -> Steps {
    let at_once = edits.len().div_ceil(MOST_STEPS).max(1);
    let mut steps =
        Steps { pathways: Vec::new(), texts: Vec::new(), is_one_by_one: at_once == 1, is_turned: false };
    let main = |taken: &[(usize, Edit)]| {
        let all = texts(files, taken);
        Canonical::of(all.first().map_or("", |(_, text)| text))
    };
    steps.texts.push(main(&[]));
    let mut last = first.meaning();
    let of_both = || [&[], edits].into_iter().flat_map(|taken| clashes(&texts(files, taken))).collect();
    let known: LazyCell<BTreeSet<String>, _> = LazyCell::new(of_both);
    for number in (at_once..edits.len()).step_by(at_once) {
        let taken = edits.get(..number).unwrap_or_default();
        let own = texts(files, taken);
        let compiled = compile_bundle(&serde_json::to_string(&own).unwrap_or_default());
        let Some(pathway) = compiled.protocols.into_iter().find(|one| is_meant(one)) else { continue };
        let own = clashes(&own);
        if !own.is_empty() && !own.is_subset(&known) {
            continue;
        }
        let meaning = pathway.meaning();
        // Wording has nothing to hide.
        if !last.differences(&meaning).is_empty() {
            last = meaning;
            steps.pathways.push(pathway);
            steps.texts.push(main(taken));
        }
    }
    steps.texts.push(main(edits));
    steps
}

/// Where rules get in each other's way, none of them applies or answers what happens, or one reads what nobody has recorded: what is so
/// in neither version is nothing that lies between them.
fn clashes(files: &[(&str, String)]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let Some((name, text)) = files.first() else { return found };
    let mut load = |from: &str, path: &str| {
        let wanted = beside(from, path);
        let file = files.iter().find(|(name, _)| *name == wanted);
        file.map(|(name, text)| ((*name).to_owned(), text.clone())).ok_or_else(|| String::new().into())
    };
    let _ = compile_judged(name, text, &mut load, &mut |suspected| {
        let clash = |one: &&Suspicion| {
            matches!(
                one.shows,
                Shows::Both(..)
                    | Shows::Branches(..)
                    | Shows::None { .. }
                    | Shows::Unrecorded(..)
                    | Shows::Awaited { .. }
                    | Shows::Happens(..)
            )
        };
        found.extend(suspected.suspicions.iter().filter(clash).map(|one| one.problem.message.clone()));
        Vec::new()
    });
    found
}

/// The files of both versions, each with its lines in the one layout.
fn files([old, new]: [Files<'_>; 2]) -> Vec<File> {
    let all = || old.laid_out.iter().chain(new.laid_out).map(Canonical::is_english);
    let is_one_spelling = all().all(|one| Some(one) == all().next());
    let lines = |one: &Canonical| -> Vec<String> {
        let laid_out = if is_one_spelling { one.as_spelled() } else { &one.text };
        without_stories(laid_out).iter().map(|line| unaligned(line)).collect()
    };
    let base = |name: &str| name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned();
    let mut files: Vec<File> = new
        .all()
        .map(|(name, one)| File { name: name.to_owned(), lines: [Vec::new(), lines(one)] })
        .collect();
    let main = files.first().map_or_else(String::new, |file| file.name.clone());
    for (number, (name, one)) in old.all().enumerate() {
        let name = if number == 0 { main.clone() } else { base(name) };
        let there = files
            .iter()
            .position(|file| if number == 0 { file.name == name } else { base(&file.name) == name });
        match there.and_then(|at| files.get_mut(at)) {
            Some(File { lines: [own, _], .. }) => *own = lines(one),
            None => files.push(File { name: beside(&main, &name), lines: [lines(one), Vec::new()] }),
        }
    }
    files
}

/// What has changed, with the number of its file: what is new goes first, so that it is there when something else needs it, and what is
/// gone goes last.
fn in_order(files: &[File]) -> Vec<(usize, Edit)> {
    let mut all: Vec<(usize, Edit)> = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let [old, new] = &file.lines;
        all.extend(edits(old, new).into_iter().map(|edit| (number, edit)));
    }
    let (gone, stays): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, edit)| edit.new.is_empty());
    let (new, other): (Vec<_>, Vec<_>) = stays.into_iter().partition(|(_, edit)| edit.old.is_empty());
    // What stands last needs what stands before it.
    new.into_iter().chain(other).chain(gone.into_iter().rev()).collect()
}

/// The files with what has changed so far.
fn texts<'f>(files: &'f [File], taken: &[(usize, Edit)]) -> Vec<(&'f str, String)> {
    let text = |(number, file): (usize, &'f File)| {
        let own = taken.iter().filter(|(of, _)| *of == number).map(|(_, edit)| edit);
        (file.name.as_str(), changed(file, own.collect()))
    };
    files.iter().enumerate().map(text).collect()
}

fn changed(file: &File, mut taken: Vec<&Edit>) -> String {
    taken.sort_by_key(|edit| (edit.old.start, edit.new.start));
    let [old, new] = &file.lines;
    let (mut all, mut at): (Vec<&str>, usize) = (Vec::new(), 0);
    for edit in taken {
        all.extend(old.iter().take(edit.old.start).skip(at).map(String::as_str));
        all.extend(new.iter().take(edit.new.end).skip(edit.new.start).map(String::as_str));
        at = edit.old.end;
    }
    all.extend(old.iter().skip(at).map(String::as_str));
    all.join("\n") + "\n"
}
