//! How much stands from one token to another, on one line, and where what starts at a token ends.

use std::ops::Range;

use super::token::{Brace, LineEnd, Token};

pub(super) struct Measure {
    /// The width of all tokens before each.
    before: Vec<usize>,
    /// For each token and each kind of line end: the next token before which a line may end so, or better.
    ends: Vec<[usize; 3]>,
}

/// From the weakest to the strongest.
const KINDS: [LineEnd; 3] = [LineEnd::InParens, LineEnd::WhenTooLong, LineEnd::Clause];

impl Measure {
    pub(super) fn of(tokens: &[Token<'_>]) -> Self {
        let sums = tokens.iter().scan(0, |sum, token| {
            *sum += token.blanks + token.width;
            Some(*sum)
        });
        let before = std::iter::once(0).chain(sums).collect();
        let mut next = [tokens.len(); 3];
        let mut ends = Vec::with_capacity(tokens.len());
        for (at, token) in tokens.iter().enumerate().rev() {
            // After the brace of a block, or of a list, something new starts.
            let after = match token.brace {
                Brace::OpenBlock { .. } => Some(LineEnd::Clause),
                Brace::OpenList => Some(LineEnd::WhenTooLong),
                _ => None,
            };
            mark(&mut next, after, at + 1);
            ends.push(next);
            let before = match token.brace {
                Brace::CloseBlock => Some(LineEnd::Clause),
                Brace::CloseList => Some(LineEnd::WhenTooLong),
                _ if token.entry.is_some() => Some(LineEnd::Clause),
                _ => Some(token.line_end),
            };
            mark(&mut next, before, at);
        }
        ends.reverse();
        Self { before, ends }
    }

    /// The width of these tokens, with the blanks before the first.
    pub(super) fn width(&self, range: Range<usize>) -> usize {
        let before = |at: usize| self.before.get(at).or(self.before.last()).copied().unwrap_or(0);
        before(range.end).saturating_sub(before(range.start))
    }

    /// Where the clause that starts at a token ends.
    pub(super) fn clause_end(&self, at: usize) -> usize {
        self.end(at, 2)
    }

    /// Where the part of a clause that starts at a token ends. Parentheses belong together, unless the token
    /// stands in them.
    pub(super) fn part_end(&self, at: usize, line_end: LineEnd) -> usize {
        self.end(at, usize::from(line_end != LineEnd::InParens))
    }

    fn end(&self, at: usize, kind: usize) -> usize {
        self.ends.get(at).and_then(|ends| ends.get(kind)).copied().unwrap_or(at + 1)
    }
}

/// From here on the next line end of these kinds is at this token.
fn mark(next: &mut [usize; 3], found: Option<LineEnd>, at: usize) {
    let found = found.unwrap_or(LineEnd::Never);
    next.iter_mut().zip(KINDS).filter(|(_, kind)| found >= *kind).for_each(|(next, _)| *next = at);
}
