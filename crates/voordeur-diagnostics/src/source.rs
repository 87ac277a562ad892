//! A source with its name, and where its lines are.

use crate::span::Span;

/// A source with the name that messages give it.
#[derive(Debug, Clone, Copy)]
pub struct SourceFile<'a> {
    /// The name, as the user wrote it.
    pub name: &'a str,
    /// The text.
    pub text: &'a str,
}

/// Where the lines of a source start.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
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
        Self { starts: std::iter::once(0).chain(newlines).collect() }
    }

    /// The line of a byte, counted from 1.
    #[must_use]
    pub fn line(&self, offset: u32) -> u32 {
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
