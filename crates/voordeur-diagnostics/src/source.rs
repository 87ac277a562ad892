//! A source with its name, and where its lines are.

use crate::diagnostic::{Diagnostic, Edit, Label};
use crate::span::Span;

/// A source with the name that messages give it.
#[derive(Debug, Clone, Copy)]
pub struct SourceFile<'a> {
    /// The name, as the user wrote it.
    pub name: &'a str,
    /// The text.
    pub text: &'a str,
}

/// Several files as one text, so that a span says which file it is in. The first is the one that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    text: String,
    /// The name of each file, where its text starts, and where it ends.
    files: Vec<(String, u32, u32)>,
}

impl Sources {
    /// One file.
    #[must_use]
    pub fn one(name: &str, text: &str) -> Self {
        let mut sources = Self::default();
        sources.add(name, text);
        sources
    }

    /// Adds a file and gives the offset at which its text starts.
    pub fn add(&mut self, name: &str, text: &str) -> usize {
        let start = self.text.len();
        self.text.push_str(text);
        let (from, to) = (Span::new(0, start).end, Span::new(0, self.text.len()).end);
        self.files.push((name.to_owned(), from, to));
        self.text.push('\n');
        start
    }

    /// All files, one after the other.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The files with their names.
    pub fn files(&self) -> impl Iterator<Item = SourceFile<'_>> {
        self.files.iter().map(|(name, start, end)| self.slice(name, *start, *end))
    }

    fn slice<'a>(&'a self, name: &'a str, start: u32, end: u32) -> SourceFile<'a> {
        SourceFile { name, text: Span { start, end }.of(&self.text) }
    }

    fn position(&self, offset: u32) -> usize {
        self.files.partition_point(|(_, start, _)| *start <= offset).saturating_sub(1)
    }

    /// The file that a finding is in, and the finding as seen from there. What it says about another file
    /// is told in words.
    #[must_use]
    pub fn locate(&self, finding: &Diagnostic) -> (SourceFile<'_>, Diagnostic) {
        let home = self.position(finding.span.start);
        let Some((name, start, end)) = self.files.get(home) else {
            return (SourceFile { name: "", text: "" }, finding.clone());
        };
        let shift = |span: Span| Span {
            start: span.start.saturating_sub(*start),
            end: span.end.min(*end).saturating_sub(*start),
        };
        let mut local = finding.clone();
        local.span = shift(finding.span);
        local.labels = Vec::new();
        for label in &finding.labels {
            if self.position(label.span.start) == home {
                local.labels.push(Label { span: shift(label.span), text: label.text.clone() });
            } else {
                let there = self.place_in_words(label.span.start);
                let said = format!("{} ({there})", label.text);
                local.help = Some(local.help.map_or(said.clone(), |help| format!("{help}; {said}")));
            }
        }
        let here = |edit: &Edit| self.position(edit.span.start) == home;
        local.fix = local.fix.take().filter(|fix| fix.edits.iter().all(here));
        let edits = local.fix.iter_mut().flat_map(|fix| &mut fix.edits);
        edits.for_each(|edit| edit.span = shift(edit.span));
        (self.slice(name, *start, *end), local)
    }

    /// The file that a byte is in, and the line there, counted from 1.
    #[must_use]
    pub fn line(&self, offset: u32) -> (SourceFile<'_>, u32) {
        let Some((name, start, end)) = self.files.get(self.position(offset)) else {
            return (SourceFile { name: "", text: "" }, 1);
        };
        let file = self.slice(name, *start, *end);
        (file, LineIndex::new(file.text).line(offset.saturating_sub(*start)))
    }

    /// `shared/agencies.pathway:3`
    fn place_in_words(&self, offset: u32) -> String {
        let (file, line) = self.line(offset);
        format!("{}:{line}", file.name)
    }
}

/// Where the lines of a source start.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// Where files start, when there are several: their lines are counted from there.
    files: Vec<u32>,
}

/// A place for people: line and column, both counted from 1. Columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl LineIndex {
    /// Finds the lines of a source.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let after = |(at, _): (usize, u8)| u32::try_from(at + 1).unwrap_or(u32::MAX);
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(after);
        Self { starts: std::iter::once(0).chain(newlines).collect(), files: Vec::new() }
    }

    /// Finds the lines of several files; each file has lines of its own.
    #[must_use]
    pub fn of(sources: &Sources) -> Self {
        let files = sources.files.iter().map(|(_, start, _)| *start).collect();
        Self { files, ..Self::new(&sources.text) }
    }

    /// The line of a byte, counted from 1.
    #[must_use]
    pub fn line(&self, offset: u32) -> u32 {
        let file = self.files.iter().rev().find(|start| **start <= offset);
        let before = file.map_or(0, |start| self.whole(*start).saturating_sub(1));
        self.whole(offset).saturating_sub(before)
    }

    fn whole(&self, offset: u32) -> u32 {
        u32::try_from(self.starts.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX)
    }

    /// The line and column of a byte of `text`.
    #[must_use]
    pub fn place(&self, text: &str, offset: u32) -> Place {
        let line = self.line(offset);
        let index = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
        let start = self.starts.get(index).copied().unwrap_or(0);
        let before = Span { start, end: offset }.of(text);
        Place { line, column: u32::try_from(before.chars().count()).unwrap_or(u32::MAX).saturating_add(1) }
    }
}
