//! What has changed by declaration: each change once, with its lines in both files.

use std::collections::{BTreeMap, BTreeSet};

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::canonical::Canonical;
use crate::declaration::{Clause, Declaration, Renaming, declarations};

/// How a declaration differs between two versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else.
    Changed,
    /// It has another name, as the file says with `was`; it may say something else as well.
    Renamed {
        /// Its name before.
        from: String,
    },
    /// It stands elsewhere, and says the same.
    Moved,
}

/// A clause that is not the same in both versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Its line and its text before; `None` when it is new.
    pub old: Option<(u32, String)>,
    /// Its line and its text now; `None` when it is gone.
    pub new: Option<(u32, String)>,
    /// Whether only texts for people differ.
    pub wording: bool,
    /// Both texts as the files spell them, where that is not English.
    pub spelled: [Option<String>; 2],
}

impl Edit {
    /// The lines and the texts of both versions, as people read them in their files.
    #[must_use]
    pub fn shown(&self) -> [Option<(u32, String)>; 2] {
        let [then, now] = &self.spelled;
        let side = |told: &Option<(u32, String)>, spelled: &Option<String>| {
            let (line, text) = told.as_ref()?;
            Some((*line, spelled.as_ref().unwrap_or(text).clone()))
        };
        [side(&self.old, then), side(&self.new, now)]
    }
}

/// A declaration that is not the same in both versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// How it differs.
    pub kind: Kind,
    /// What it is: the English word that it begins with.
    pub what: String,
    /// The same word as the file spells it, where that is not English.
    pub spelled_what: Option<String>,
    /// Its name, as it is now.
    pub name: String,
    /// Its line in the old file, counted from 1.
    pub old_line: Option<u32>,
    /// Its line in the new file, counted from 1.
    pub new_line: Option<u32>,
    /// The clauses that differ.
    pub edits: Vec<Edit>,
    /// The file that is imported in which it stands; `None` for the file itself.
    pub file: Option<String>,
}

impl Change {
    /// Whether only texts for people differ, or the place.
    #[must_use]
    pub fn is_wording(&self) -> bool {
        match self.kind {
            Kind::Moved | Kind::Renamed { .. } => self.edits.iter().all(|edit| edit.wording),
            Kind::Changed => self.edits.iter().all(|edit| edit.wording),
            Kind::Added | Kind::Removed => false,
        }
    }
}

/// What has changed between two texts that can both be read.
#[must_use]
pub fn structure(old: &str, new: &str) -> Vec<Change> {
    between(&Canonical::of(old), &Canonical::of(new))
}

/// What has changed between two texts in the one layout.
pub(crate) fn between(old: &Canonical, new: &Canonical) -> Vec<Change> {
    let ((old, _), (new, renamings)) = (declarations(old), declarations(new));
    let renames = renames(&new, &renamings);
    let pairs = pairs(&old, &new);
    let still = still(&pairs);
    let mut changes = Vec::new();
    for (at, one) in new.iter().enumerate() {
        let before =
            pairs.iter().find(|(_, own)| *own == at).and_then(|(place, _)| Some((*place, old.get(*place)?)));
        match before {
            None => changes.push(whole(Kind::Added, one)),
            Some((place, before)) => {
                changes.extend(changed(before, one, &renames, still.contains(&place)));
            }
        }
    }
    let gone = old.iter().enumerate().filter(|(at, _)| pairs.iter().all(|(own, _)| own != at));
    changes.extend(gone.map(|(_, one)| whole(Kind::Removed, one)));
    changes.extend(within(&old, &new, &renamings));
    changes
}

/// The names then, and what they are now.
fn renames(new: &[Declaration], renamings: &[Renaming]) -> BTreeMap<String, String> {
    let declared = new.iter().filter_map(|one| Some((one.was.clone()?, one.name.clone())));
    renamings.iter().map(|one| (one.then.clone(), one.now.clone())).chain(declared).collect()
}

/// What has another name within a declaration, such as an obligation of a stage: told once, as the name of a declaration is.
fn within(old: &[Declaration], new: &[Declaration], renamings: &[Renaming]) -> Vec<Change> {
    let is_declared = |one: &&Renaming| new.iter().any(|own| own.was.as_ref() == Some(&one.then));
    let line = |then: &String| {
        let mut clauses = old.iter().flat_map(|one| &one.clauses);
        clauses.find(|clause| clause.words.contains(then)).map(|clause| clause.line)
    };
    let inner = renamings.iter().filter(|one| !is_declared(one));
    let known = inner.filter_map(|one| Some((one, line(&one.then)?)));
    known
        .map(|(one, old_line)| Change {
            kind: Kind::Renamed { from: one.then.clone() },
            what: one.what.clone(),
            spelled_what: one.spelled_what.clone(),
            name: one.now.clone(),
            old_line: Some(old_line),
            new_line: Some(one.line),
            edits: Vec::new(),
            file: None,
        })
        .collect()
}

/// Which declaration of the old version is which of the new one, by their places.
fn pairs(old: &[Declaration], new: &[Declaration]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (at, one) in new.iter().enumerate() {
        let name = one.was.as_ref().unwrap_or(&one.name);
        let is_it = |(place, before): &(usize, &Declaration)| {
            before.kind == one.kind && before.name == *name && pairs.iter().all(|(own, _)| own != place)
        };
        let same_home = |(_, before): &(usize, &Declaration)| before.within == one.within;
        let all = || old.iter().enumerate().filter(|pair| is_it(pair));
        if let Some((place, _)) = all().find(same_home).or_else(|| all().next()) {
            pairs.push((place, at));
        }
    }
    pairs
}

/// The places, in the old version, of what stands in the same order in both: the longest rising sequence.
fn still(pairs: &[(usize, usize)]) -> BTreeSet<usize> {
    let olds: Vec<usize> = pairs.iter().map(|(old, _)| *old).collect();
    let mut sorted = olds.clone();
    sorted.sort_unstable();
    let mut still = BTreeSet::new();
    for op in capture_diff_slices(Algorithm::Myers, &sorted, &olds) {
        if let DiffOp::Equal { old_index, len, .. } = op {
            still.extend(sorted.iter().skip(old_index).take(len));
        }
    }
    still
}

fn whole(kind: Kind, one: &Declaration) -> Change {
    let gone = kind == Kind::Removed;
    let line = Some(one.line);
    let edit = |clause: &Clause| {
        let own = Some((clause.line, clause.text()));
        let (old, new) = if gone { (own, None) } else { (None, own) };
        let own = clause.spelled.clone();
        Edit { old, new, wording: false, spelled: if gone { [own, None] } else { [None, own] } }
    };
    Change {
        what: one.kind.clone(),
        spelled_what: one.spelled_kind.clone(),
        name: one.name.clone(),
        old_line: line.filter(|_| gone),
        new_line: line.filter(|_| !gone),
        edits: one.clauses.iter().map(edit).collect(),
        kind,
        file: None,
    }
}

fn changed(
    old: &Declaration,
    new: &Declaration,
    renames: &BTreeMap<String, String>,
    stays: bool,
) -> Option<Change> {
    let edits = edits(&renamed(&old.clauses, &new.clauses, renames), &new.clauses, &old.clauses);
    let kind = match (&new.was, edits.is_empty()) {
        (Some(from), _) if old.name != new.name => Kind::Renamed { from: from.clone() },
        (_, false) => Kind::Changed,
        (_, true) if !stays => Kind::Moved,
        _ => return None,
    };
    Some(Change {
        kind,
        what: new.kind.clone(),
        spelled_what: new.spelled_kind.clone(),
        name: new.name.clone(),
        old_line: Some(old.line),
        new_line: Some(new.line),
        edits,
        file: None,
    })
}

/// The clauses with the names of today. What something was called may be a word of the language as well: where a clause of today
/// says the same with that word as it is, it is none of the names.
fn renamed(clauses: &[Clause], today: &[Clause], renames: &BTreeMap<String, String>) -> Vec<Clause> {
    let now = |word: &String| renames.get(word).unwrap_or(word).clone();
    let may_be = |(word, there): (&String, &String)| word == there || now(word) == *there;
    let says = |one: &Clause, there: &&Clause| {
        one.words.len() == there.words.len() && one.words.iter().zip(&there.words).all(may_be)
    };
    let words = |one: &Clause| match today.iter().find(|there| says(one, there)) {
        Some(there) => there.words.clone(),
        None => one.words.iter().map(now).collect(),
    };
    clauses.iter().map(|one| Clause { words: words(one), ..one.clone() }).collect()
}

fn in_one_number(clauses: &[Clause]) -> Vec<Vec<&str>> {
    clauses.iter().map(Clause::in_one_number).collect()
}

fn edits(old: &[Clause], new: &[Clause], written: &[Clause]) -> Vec<Edit> {
    let (before, after) = (in_one_number(old), in_one_number(new));
    let mut edits = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &before, &after) {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let (olds, news) = (op.old_range(), op.new_range());
        for n in 0..olds.len().max(news.len()) {
            let place =
                |range: &std::ops::Range<usize>| Some(range.start + n).filter(|at| range.contains(at));
            let (was, is) = (place(&olds), place(&news));
            let (then, now) = (was.and_then(|at| old.get(at)), is.and_then(|at| new.get(at)));
            let wording = then.zip(now).is_some_and(|(then, now)| then.is_as(now));
            let told = |one: &Clause| (one.line, one.text());
            let was = was.and_then(|at| written.get(at));
            let spelled = [was, now].map(|one| one.and_then(|one| one.spelled.clone()));
            edits.push(Edit { old: was.map(told), new: now.map(told), wording, spelled });
        }
    }
    edits
}
