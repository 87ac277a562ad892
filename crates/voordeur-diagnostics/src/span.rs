//! A place in a source: from one byte to another.

use serde::Serialize;

/// From `start` up to, and not including, `end`; both count bytes from the start of the source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// A span from offsets; offsets beyond 4 GiB stop there.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        let short = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: short(start), end: short(end.max(start)) }
    }

    /// From the start of this one to the end of the other.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The offsets.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        let long = |offset: u32| usize::try_from(offset).unwrap_or(usize::MAX);
        long(self.start)..long(self.end)
    }

    /// The text there; empty when the span does not fit the source.
    #[must_use]
    pub fn of(self, source: &str) -> &str {
        source.get(self.range()).unwrap_or_default()
    }
}
