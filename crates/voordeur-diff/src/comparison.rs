//! Two versions of the pathways of a file: what has changed, and for whom.

use voordeur_diagnostics::Sources;
use voordeur_protocol::CheckedProtocol;
use voordeur_syntax::ast;
use voordeur_verify::{Budget, Compared, compare};

use crate::acceptance::Acceptance;
use crate::cause::{files, to_declaration};
use crate::level::Level;
use crate::promise::{Promised, promised};
use crate::structure::{Change, Kind, structure};

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
    let changes = changes(old.texts, new.texts);
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
                let olds: Vec<&CheckedProtocol> = before.editions().collect();
                // Where a setting has another value from a day on, each edition with the one that it follows.
                let news: Vec<&CheckedProtocol> = pathway.editions().collect();
                for number in 0..olds.len().max(news.len()) {
                    let then = olds.get(number).or_else(|| olds.last());
                    let now = news.get(number).or_else(|| news.last());
                    let (Some(then), Some(edition)) = (then, now) else { continue };
                    let mut compared =
                        if is_identical { Compared::same() } else { compare(then, edition, budget) };
                    compared.differences.iter_mut().for_each(|one| to_declaration(one, &changes));
                    let files = compared.differences.iter().map(|one| files(old.sources, new.sources, one));
                    pathways.push(Pathway {
                        name: edition.name.clone(),
                        versions: [then.version.clone(), edition.version.clone()],
                        is_identical,
                        files: files.collect(),
                        compared,
                    });
                }
            }
            None => added.push(pathway.name.clone()),
        }
    }
    let gone: Vec<String> = gone.into_iter().map(|one| one.name.clone()).collect();
    let is_same = gone.is_empty() && pathways.iter().all(|one: &Pathway| one.compared.is_proven_same());
    let promises = promised(old, new, is_same, budget);
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

/// File by file: the first with the first, what is imported by its name.
fn changes(old: &[(String, String)], new: &[(String, String)]) -> Vec<Change> {
    let base = |name: &str| name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned();
    let mut changes = Vec::new();
    for (number, (name, text)) in new.iter().enumerate() {
        let same = |(own, _): &&(String, String)| base(own) == base(name);
        let before = if number == 0 { old.first() } else { old.iter().skip(1).find(same) };
        let own = structure(before.map_or("", |(_, text)| text.as_str()), text);
        changes.extend(own.into_iter().map(|change| of_file(change, name, number == 0)));
    }
    let is_gone = |(own, _): &&(String, String)| new.iter().skip(1).all(|(name, _)| base(name) != base(own));
    for (name, text) in old.iter().skip(1).filter(is_gone) {
        changes.extend(structure(text, "").into_iter().map(|change| of_file(change, name, false)));
    }
    changes
}

fn of_file(change: Change, name: &str, is_main: bool) -> Change {
    Change { file: (!is_main).then(|| name.to_owned()), ..change }
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
            && self.changes.iter().all(is_said)
            && self.pathways.iter().all(|one| one.compared.is_proven_same())
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
