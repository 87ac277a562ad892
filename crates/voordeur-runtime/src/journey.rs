//! The way from one version of a pathway to another: which editions there are, and what the new one says of open cases. Nothing here
//! reads a database.

use jiff::civil::Date;
use voordeur_engine::{Case, ChangedTerm, Edition, Passage};
use voordeur_protocol::CheckedProtocol;

use crate::error::RuntimeError;
use crate::library::digest;

/// The way from one version of a pathway to another, in a database.
#[derive(Debug)]
pub struct Journey {
    /// The old version, each edition with its number in the database.
    pub(crate) old: Vec<(i64, CheckedProtocol)>,
    /// The new version, each edition.
    pub(crate) new: Vec<CheckedProtocol>,
}

/// What was looked at along the way.
#[derive(Debug)]
pub struct Way<'a> {
    pub(crate) passages: Vec<(usize, usize, Passage<'a>)>,
    pub(crate) journey: &'a Journey,
}

impl Journey {
    /// The terms that differ, with what the new version says of the deadlines that run by them.
    #[must_use]
    pub fn changed_terms(&self) -> Vec<ChangedTerm> {
        let way = Way::of(self);
        let mut all: Vec<ChangedTerm> = Vec::new();
        for (.., passage) in
            way.passages.iter().filter(|(old, new, _)| self.have_reports_in_common(*old, *new))
        {
            for term in passage.changed_terms() {
                if !all.contains(term) {
                    all.push(term.clone());
                }
            }
        }
        all
    }

    /// Whether there can be a case of one edition of the old version that comes to one of the new one: it keeps the values of the day of its
    /// report.
    fn have_reports_in_common(&self, old: usize, new: usize) -> bool {
        let olds: Vec<&CheckedProtocol> = self.old.iter().map(|(_, one)| one).collect();
        let news: Vec<&CheckedProtocol> = self.new.iter().collect();
        let (Some((from, until)), Some((since, before))) = (days_of(&olds, old), days_of(&news, new)) else {
            return false;
        };
        let is_before = |from: Option<Date>, until: Option<Date>| {
            from.is_none_or(|from| until.is_none_or(|until| from < until))
        };
        is_before(from, before) && is_before(since, until)
    }

    /// Whether both are one version, by its label: its cases are on it already.
    #[must_use]
    pub fn is_one_version(&self) -> bool {
        let labels =
            (self.old.first().map(|(_, one)| &one.version), self.new.first().map(|one| &one.version));
        matches!(labels, (Some(old), Some(new)) if old == new)
    }

    /// The stages of the old version, by name.
    #[must_use]
    pub fn old_stages(&self) -> Vec<String> {
        let old = self.old.first().map(|(_, one)| one);
        old.map_or_else(Vec::new, |one| one.stages.rows().map(|row| row.name.clone()).collect())
    }

    /// The line of `open cases` in the file of the new version, counted from 1; 0 where it has none.
    #[must_use]
    pub fn open_cases_line(&self) -> u32 {
        self.new.first().and_then(|one| one.open_cases.as_ref()).map_or(0, |open| open.line)
    }

    /// The stages that `open cases` of the new version names, and that the old one does not have.
    #[must_use]
    pub fn unknown_stages(&self) -> Vec<String> {
        let way = Way::of(self);
        let first = way.passages.first();
        first.map_or_else(Vec::new, |(.., passage)| {
            passage.unknown_stages().into_iter().map(str::to_owned).collect()
        })
    }

    pub(crate) fn check_said(&self) -> Result<(), RuntimeError> {
        let terms = self.changed_terms().into_iter().filter(|term| term.said.is_none());
        let mut terms: Vec<String> = terms.map(|term| format!("`{}`", term.name)).collect();
        terms.dedup();
        if terms.is_empty() { Ok(()) } else { Err(RuntimeError::Unsaid { terms }) }
    }

    pub(crate) fn place_of(&self, protocol: i64) -> Option<usize> {
        self.old.iter().position(|(id, _)| *id == protocol)
    }
}

impl<'a> Way<'a> {
    pub(crate) fn of(journey: &'a Journey) -> Self {
        let pairs = journey.old.iter().enumerate().flat_map(|(old, (_, before))| {
            journey.new.iter().enumerate().map(move |(new, after)| {
                (old, new, Passage::new((before, edition(before)), (after, edition(after))))
            })
        });
        Self { passages: pairs.collect(), journey }
    }

    /// The passage of a case, and the edition that it comes to: it keeps the values of the day of its report.
    pub(crate) fn of_case(&self, old: usize, case: &Case) -> Option<(&Passage<'a>, &'a CheckedProtocol)> {
        let day = self.journey.new.first()?.calendar.date(case.opened_at);
        let holds = |edition: &&CheckedProtocol| edition.edition().is_none_or(|from| from <= day);
        let new = self.journey.new.iter().rposition(|edition| holds(&edition)).unwrap_or(0);
        let own = self.passages.iter().find(|(a, b, _)| (*a, *b) == (old, new))?;
        Some((&own.2, self.journey.new.get(new)?))
    }
}

/// For the reports of which days an edition is among others: from the first of them until the day after the last.
fn days_of(all: &[&CheckedProtocol], at: usize) -> Option<(Option<Date>, Option<Date>)> {
    let from = all.get(at)?.edition();
    let later = all.iter().filter_map(|one| one.edition()).filter(|day| from.is_none_or(|from| *day > from));
    Some((from, later.min()))
}

/// By what a case knows the version that it comes from, or comes to.
pub(crate) fn edition(protocol: &CheckedProtocol) -> Edition {
    Edition { version: protocol.version.as_str().into(), digest: digest(protocol).into() }
}
