//! A token of a pathway file, with what the layout has to know about it.

use std::borrow::Cow;

use super::entry::Entry;
use crate::parse::Rule;
use crate::vocabulary;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Brace {
    None,
    /// Of a block: what stands in it are entries. It may stay on one line when it holds one of them, or
    /// clauses only.
    OpenBlock {
        may_be_one_line: bool,
    },
    CloseBlock,
    /// Of a list, as in `one of { a, b }`.
    OpenList,
    CloseList,
}

/// Whether a line may end before a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LineEnd {
    Never,
    /// Between parentheses: only when what they hold is too long for a line.
    InParens,
    /// Only when the line would become too long.
    WhenTooLong,
    /// Before a clause: also when the writer of the file ended the line there.
    Clause,
    /// As before a clause; what follows stands under the first effect.
    Effect,
}

#[derive(Debug, Clone)]
pub(super) struct Token<'a> {
    pub(super) rule: Rule,
    pub(super) text: Cow<'a, str>,
    pub(super) start: usize,
    pub(super) end: usize,
    /// How many characters wide it is.
    pub(super) width: usize,
    /// How many blanks stand before it on a line.
    pub(super) blanks: usize,
    pub(super) brace: Brace,
    /// The other brace of the pair.
    pub(super) partner: usize,
    /// What starts here.
    pub(super) entry: Option<Entry>,
    pub(super) line_end: LineEnd,
    /// The column that starts here.
    pub(super) column: Option<u8>,
}

impl<'a> Token<'a> {
    pub(super) fn new(rule: Rule, text: &'a str, start: usize) -> Self {
        let is_keyword = vocabulary::keyword(rule).is_some();
        let shown = if is_keyword { one_blank(text) } else { Cow::Borrowed(text) };
        Self {
            rule,
            start,
            end: start + text.len(),
            width: shown.chars().count(),
            text: shown,
            blanks: 1,
            brace: Brace::None,
            partner: 0,
            entry: None,
            line_end: LineEnd::Never,
            column: None,
        }
    }

    pub(super) fn is_keyword(&self) -> bool {
        vocabulary::keyword(self.rule).is_some()
    }

    /// Whether the grammar could make nothing of it.
    pub(super) fn is_unread(&self) -> bool {
        self.rule == Rule::bad_line
    }

    pub(super) fn may_end_line(&self) -> bool {
        self.line_end != LineEnd::Never
    }

    pub(super) fn starts_clause(&self) -> bool {
        self.entry.is_some() || self.line_end >= LineEnd::Clause
    }
}

/// The words of a keyword with one blank between them.
pub(super) fn one_blank(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| !byte.is_ascii_whitespace()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
}
