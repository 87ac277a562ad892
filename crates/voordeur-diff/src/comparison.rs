//! Two versions of the pathways of a file: what has changed, and for whom.

use voordeur_diagnostics::Sources;
use voordeur_protocol::{CheckedProtocol, Spec};
use voordeur_syntax::ast;
use voordeur_verify::{Budget, Compared, Days, Difference, Unconfirmed, both};

use crate::acceptance::Acceptance;
use crate::behind::behind;
use crate::canonical::Canonical;
use crate::cause::{as_spelled, files_of, to_declaration};
use crate::declared::{Declared, declared};
use crate::editions;
use crate::grouped::grouped;
use crate::level::Level;
use crate::promise::{Promised, promised};
use crate::structure::{Change, Kind, between};

/// A file that could be compiled.
#[derive(Debug, Clone, Copy)]
pub struct Version<'a> {
    /// Its texts with their names: the file itself first, then what it imports.
    pub texts: &'a [(String, String)],
    /// Its pathways.
    pub pathways: &'a [CheckedProtocol],
    /// Its promises, as written.
    pub promises: &'a [ast::Promise],
    /// What it was compiled from.
    pub sources: &'a Sources,
}

/// A pathway in both versions.
#[derive(Debug, Clone)]
pub struct Pathway {
    /// Its name, as it is now.
    pub name: String,
    /// The labels of both versions.
    pub versions: [String; 2],
    /// Whether both are the same machine, because only texts for people differ: then nothing has to be compared.
    pub is_identical: bool,
    /// What its households meet.
    pub compared: Compared,
    /// For each difference the files of its causes, where that is one that is imported.
    pub files: Vec<[Option<String>; 2]>,
    /// For each difference the days of the reports for which it is so.
    pub days: Vec<Days>,
    /// What is declared around the machine, and differs.
    pub declared: Vec<Declared>,
    /// The parts that do not say the same in both, as a program that runs the pathway sees it.
    pub parts: Vec<Meant>,
    /// The pathways that it starts, or that those start, of which it is not proven that they are the same: what they end in comes back to
    /// it.
    pub starts: Vec<String>,
}

/// A part of a pathway that does not say the same in both versions: for programs, the same in every layout, spelling and language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    /// What it is called.
    pub name: String,
    /// What it says in the old version and in the new one; nothing where there is no such part.
    pub says: [Vec<String>; 2],
}

/// What is different between two versions of a file.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// What has changed by declaration.
    pub changes: Vec<Change>,
    /// Each pathway that both have.
    pub pathways: Vec<Pathway>,
    /// The pathways that only the old version has.
    pub gone: Vec<String>,
    /// The pathways that only the new version has.
    pub added: Vec<String>,
    /// The promises that are not the same in both.
    pub promises: Vec<Promised>,
    /// What somebody has accepted: it is told, and counts no more.
    pub acceptances: Vec<Acceptance>,
    /// What somebody has accepted until a day that has passed.
    pub expired: Vec<Acceptance>,
    /// Whether the pathways that import this one are compared as well: then they tell what it means.
    pub is_told_elsewhere: bool,
}

/// Compares two versions.
#[must_use]
pub fn compared(old: Version<'_>, new: Version<'_>, budget: Budget) -> Comparison {
    let (first, second) = both(|| laid_out(old.texts), || laid_out(new.texts));
    let files = [Files { texts: old.texts, laid_out: &first }, Files { texts: new.texts, laid_out: &second }];
    let changes = changes(files);
    let is_identical = changes.iter().all(|change| change.kind == Kind::Changed && change.is_wording());
    let mut pathways = Vec::new();
    let mut added = Vec::new();
    let mut gone: Vec<&CheckedProtocol> = old.pathways.iter().collect();
    for pathway in new.pathways {
        let was = gone.iter().position(|one| one.name == pathway.name);
        // A file with one pathway each is about the same one, whatever it is called.
        let was = was.or_else(|| (old.pathways.len() == 1 && new.pathways.len() == 1).then_some(0));
        match was {
            Some(at) => {
                let before = gone.remove(at);
                pathways.push(one([before, pathway], (&changes, is_identical), ([old, new], files), budget));
            }
            None => added.push(pathway.name.clone()),
        }
    }
    let gone: Vec<String> = gone.into_iter().map(|one| one.name.clone()).collect();
    started(&mut pathways, new.pathways);
    let is_same = gone.is_empty() && pathways.iter().all(Pathway::is_proven_same);
    let promises = promised([old, new], files, is_same, budget);
    Comparison {
        promises,
        changes,
        pathways,
        gone,
        added,
        acceptances: Vec::new(),
        expired: Vec::new(),
        is_told_elsewhere: false,
    }
}

/// A pathway that both have.
fn one(
    [before, after]: [&CheckedProtocol; 2],
    (changes, is_identical): (&[Change], bool),
    ([old, new], files): ([Version<'_>; 2], [Files<'_>; 2]),
    budget: Budget,
) -> Pathway {
    let (mut compared, days) = if is_identical {
        (Compared::same(), Vec::new())
    } else {
        behind(files, ([before, after], changes), editions::compare(before, after, budget), budget)
    };
    compared.differences.iter_mut().for_each(|one| to_declaration(one, changes));
    let (differences, days) =
        grouped(compared.differences.into_iter().zip(days).collect(), changes).into_iter().unzip();
    compared.differences = differences;
    let is_told = |one: &Unconfirmed| compared.differences.iter().any(|known| known.what.key() == one.key);
    let open = std::mem::take(&mut compared.unconfirmed);
    compared.unconfirmed = open.into_iter().filter(|one| !is_told(one)).collect();
    compared.differences.iter_mut().for_each(|one| as_spelled(one, changes));
    let files = compared.differences.iter().map(|one| files_of(old.sources, new.sources, one));
    Pathway {
        name: after.name.clone(),
        versions: [before.version.clone(), after.version.clone()],
        is_identical,
        files: files.collect(),
        declared: declared((before, after), changes, compared.is_proven_same()),
        parts: parts(before, after),
        days,
        compared,
        starts: Vec::new(),
    }
}

/// Says of each pathway which ones it starts of which it is not proven that they are the same.
fn started(all: &mut [Pathway], now: &[CheckedProtocol]) {
    let changed: Vec<String> =
        all.iter().filter(|one| !one.is_proven_same()).map(|one| one.name.clone()).collect();
    let starts = |name: &str| {
        let rows = now.iter().find(|one| one.name == name).into_iter().flat_map(|one| one.obligations.rows());
        rows.filter_map(|row| if let Spec::Sub(sub) = &row.spec { Some(sub.pathway.clone()) } else { None })
    };
    for one in all {
        let (mut found, mut open) = (Vec::new(), vec![one.name.clone()]);
        while let Some(name) = open.pop() {
            let new = starts(&name).filter(|name| !found.contains(name)).collect::<Vec<_>>();
            found.extend(new.iter().cloned());
            open.extend(new);
        }
        found.retain(|name| changed.contains(name) && *name != one.name);
        one.starts = found;
    }
}

fn parts(before: &CheckedProtocol, after: &CheckedProtocol) -> Vec<Meant> {
    let (old, new) = (before.meaning(), after.meaning());
    let says = |name: &str| [old.says(name), new.says(name)].map(<[String]>::to_vec);
    let names = old.differences(&new).into_iter();
    names.map(|name| Meant { name: name.to_owned(), says: says(name) }).collect()
}

/// Each file in the one layout.
fn laid_out(texts: &[(String, String)]) -> Vec<Canonical> {
    texts.iter().map(|(_, text)| Canonical::of(text)).collect()
}

/// The files of a version: with their names, and in the one layout.
#[derive(Clone, Copy)]
pub(crate) struct Files<'a> {
    texts: &'a [(String, String)],
    pub(crate) laid_out: &'a [Canonical],
}

impl<'a> Files<'a> {
    /// The name of each, and what it says.
    pub(crate) fn all(self) -> impl Iterator<Item = (&'a str, &'a Canonical)> {
        self.texts.iter().map(|(name, _)| name.as_str()).zip(self.laid_out)
    }
}

/// File by file: the first with the first, what is imported by its name.
fn changes([old, new]: [Files<'_>; 2]) -> Vec<Change> {
    let base = |name: &str| name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned();
    let nothing = Canonical::of("");
    let mut changes = Vec::new();
    for (number, (name, text)) in new.all().enumerate() {
        let mut all = old.all();
        let was = match number {
            0 => all.next(),
            _ => all.skip(1).find(|(own, _)| base(own) == base(name)),
        };
        let own = between(was.map_or(&nothing, |(_, text)| text), text);
        changes.extend(own.into_iter().map(|change| of_file(change, name, number == 0)));
    }
    let is_there = |own: &str| new.all().skip(1).any(|(name, _)| base(name) == base(own));
    for (name, text) in old.all().skip(1).filter(|(own, _)| !is_there(own)) {
        changes.extend(between(text, &nothing).into_iter().map(|change| of_file(change, name, false)));
    }
    changes
}

fn of_file(change: Change, name: &str, is_main: bool) -> Change {
    Change { file: (!is_main).then(|| name.to_owned()), ..change }
}

impl Pathway {
    /// Whether both versions have the same label.
    pub(crate) fn has_one_label(&self) -> bool {
        let [old, new] = &self.versions;
        old == new
    }

    /// Whether it is proven that no household is treated differently.
    #[must_use]
    pub fn is_proven_same(&self) -> bool {
        self.compared.is_proven_same() && self.declared.is_empty()
    }

    /// What a difference asks. What is asked with a report decides as well whether that is taken.
    #[must_use]
    pub fn level_of(&self, one: &Difference) -> Level {
        let level = Level::of(one.verdict);
        let declared = self.declared.iter().find(|own| own.is_told_by(one));
        declared.map_or(level, |own| own.level.min(level))
    }
}

impl Comparison {
    /// Whether nothing at all has changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let nothing = self.changes.is_empty() && self.promises.is_empty();
        nothing && self.gone.is_empty() && self.added.is_empty() && self.is_proven_same()
    }

    /// Whether it is proven that no household is treated differently.
    #[must_use]
    pub fn is_proven_same(&self) -> bool {
        let is_said = |change: &Change| change.is_wording() || !self.is_module();
        self.gone.is_empty()
            && !self.breaks()
            && self.changes.iter().all(is_said)
            && self.pathways.iter().all(Pathway::is_proven_same)
    }

    /// Whether something is gone that open cases, or programs that report, may hold on to.
    pub(crate) fn breaks(&self) -> bool {
        self.changes.iter().any(Change::breaks)
    }

    /// Whether there is no pathway in either version, but what pathways import: what that means for households is told by
    /// those.
    #[must_use]
    pub const fn is_module(&self) -> bool {
        self.pathways.is_empty() && self.gone.is_empty() && self.added.is_empty()
    }

    /// How many situations were compared.
    #[must_use]
    pub fn situations(&self) -> usize {
        self.pathways.iter().map(|one| one.compared.situations).sum()
    }

    /// The level of a change by declaration; `None` for one that is told by what households meet.
    #[must_use]
    pub fn level_of(&self, change: &Change) -> Option<Level> {
        if change.breaks() {
            return Some(Level::Breaks);
        }
        if self.is_module() && !change.is_wording() {
            return (!self.is_told_elsewhere).then_some(Level::Undecided);
        }
        (change.is_wording() || self.is_proven_same()).then_some(Level::Editorial)
    }

    /// Every level that occurs and is not accepted, as often as it does.
    #[must_use]
    pub fn levels(&self) -> Vec<Level> {
        let open = self.findings().into_iter().filter(|one| one.accepted.is_none());
        open.map(|one| one.level).collect()
    }
}
