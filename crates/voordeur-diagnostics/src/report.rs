//! What a check has found in one file or in several: what every format for programs is made from.

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{SourceFile, Sources};
use crate::span::Span;

/// Why a warning is not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excuse {
    /// The reason that the file gives.
    pub because: String,
    /// The last day on which it holds: `2027-01-01`.
    pub until: String,
}

/// A finding in the file that it is about.
#[derive(Debug, Clone)]
pub struct Located<'a> {
    /// The file.
    pub file: SourceFile<'a>,
    /// The finding; its places count from the start of that file.
    pub finding: Diagnostic,
    /// Why it is not told, when the file allows it.
    pub excuse: Option<Excuse>,
    /// The names of what it is about, from the outside to the inside. They stay the same when the message is
    /// said otherwise, and when lines move.
    pub about: Vec<String>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Report<'a> {
    files: Vec<&'a str>,
    findings: Vec<Located<'a>>,
    undecided: Vec<(&'a str, String)>,
}

impl<'a> Report<'a> {
    /// Adds a file that was checked, even when nothing was found in it; one that is named twice is one file.
    pub fn file(&mut self, name: &'a str) {
        if !self.files.contains(&name) {
            self.files.push(name);
        }
    }

    /// Adds what was left undecided of a file: what was not looked at, and why.
    pub fn undecided(&mut self, file: &'a str, what: impl Into<String>) {
        self.undecided.push((file, what.into()));
    }

    /// What was left undecided: the file, and what and why.
    #[must_use]
    pub fn open_questions(&self) -> &[(&'a str, String)] {
        &self.undecided
    }

    /// Adds a finding, allowed or not; `about` names what stands at a place of a text.
    pub fn finding(
        &mut self,
        sources: &'a Sources,
        finding: &Diagnostic,
        excuse: Option<Excuse>,
        about: impl FnOnce(&str, Span) -> Vec<String>,
    ) {
        let (file, finding) = sources.locate(finding);
        let about = about(file.text, finding.span);
        self.findings.push(Located { file, finding, excuse, about });
    }

    /// The files that were checked.
    #[must_use]
    pub fn files(&self) -> &[&'a str] {
        &self.files
    }

    /// Everything that was found, allowed or not, in the order in which it was added.
    #[must_use]
    pub fn all(&self) -> &[Located<'a>] {
        &self.findings
    }

    /// What is told.
    pub fn told(&self) -> impl Iterator<Item = &Located<'a>> {
        self.findings.iter().filter(|located| located.excuse.is_none())
    }

    /// How many findings of a severity are told.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.told().filter(|located| located.finding.severity == severity).count()
    }
}
