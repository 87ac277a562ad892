//! The lines that cannot be read: they stay as they are, from their first blank to their end.

use std::ops::Range;

use super::token::Token;

/// The places of those lines, in order, each from the start of a line to the end of one.
pub(super) fn regions(text: &str, tokens: &[Token<'_>]) -> Vec<Range<usize>> {
    let mut found: Vec<(Range<usize>, bool)> = Vec::new();
    for token in tokens {
        let unread = token.is_unread();
        // What is read but stands on two lines, one of which cannot be read, stays as well.
        let on_more_lines = || text.get(token.start..token.end).is_some_and(|text| text.contains('\n'));
        if !unread && !on_more_lines() {
            continue;
        }
        let region = lines_of(text, token);
        match found.last_mut().filter(|(last, _)| region.start <= last.end) {
            Some((last, any_unread)) => {
                last.end = last.end.max(region.end);
                *any_unread |= unread;
            }
            None => found.push((region, unread)),
        }
    }
    found.into_iter().filter(|(_, unread)| *unread).map(|(region, _)| region).collect()
}

fn lines_of(text: &str, token: &Token<'_>) -> Range<usize> {
    let start = text.get(..token.start).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    // What is recovered may hold the end of its last line.
    let ends_line = text.get(token.start..token.end).is_some_and(|text| text.ends_with('\n'));
    let last = token.end - usize::from(ends_line);
    let end = text.get(last..).and_then(|after| after.find('\n')).map_or(text.len(), |end| last + end);
    start..end
}
