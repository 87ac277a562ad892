//! What stands between two tokens: comments, and line ends.

/// A comment, and how many line ends stand before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Remark<'a> {
    pub(super) line_ends: usize,
    pub(super) text: &'a str,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Gap<'a> {
    pub(super) remarks: Vec<Remark<'a>>,
    /// How many line ends stand after the last comment, or in the gap when there is none.
    pub(super) line_ends: usize,
    /// What is neither blank nor comment: a token that the grammar gives no name, with its place in the gap.
    pub(super) other: Option<(usize, &'a str)>,
}

impl<'a> Gap<'a> {
    pub(super) fn read(gap: &'a str) -> Self {
        let mut read = Self::default();
        let mut at = 0;
        while let Some(rest) = gap.get(at..).filter(|rest| !rest.is_empty()) {
            let blank = rest.find(|c: char| !is_blank(c)).unwrap_or(rest.len());
            read.line_ends += rest.get(..blank).unwrap_or_default().matches('\n').count();
            let rest = rest.get(blank..).unwrap_or_default();
            at += blank;
            if rest.starts_with('#') {
                let text = rest.split('\n').next().unwrap_or_default();
                read.remarks.push(Remark { line_ends: read.line_ends, text: text.trim_end() });
                read.line_ends = 0;
                at += text.len();
            } else if !rest.is_empty() {
                let end = rest.find(|c: char| is_blank(c) || c == '#').unwrap_or(rest.len());
                read.other = read.other.or(Some((at, rest.get(..end).unwrap_or_default())));
                at += end;
            }
        }
        read
    }
}

/// What the grammar passes over.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{FEFF}')
}
