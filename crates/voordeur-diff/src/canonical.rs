//! A file in the one layout and the English spelling, with the line that each part has in the file itself.
//!
//! ```text
//!   as written ── format ──▶ the one layout ── translate ──▶ English ── format ──▶ canonical
//!        ▲ same tokens           ▲ same lines        ▲ same tokens
//! ```
//!
//! So a file, its formatted self and its translation have the same declarations, and still every difference is told with
//! a line that the reader finds.

use voordeur_messages::Lang;
use voordeur_syntax::ast::File;
use voordeur_syntax::{Formatted, layout, parse, translate};

use crate::token::{Token, tokens};

/// A canonical text.
#[derive(Debug)]
pub(crate) struct Canonical {
    pub(crate) text: String,
    /// What is read in it.
    pub(crate) file: File,
    /// For each token of the text its line in the file.
    pub(crate) lines: Vec<u32>,
    /// The one layout as the file spells it, where that is not English.
    dutch: Option<String>,
}

impl Canonical {
    /// A file that can be read.
    pub(crate) fn of(text: &str) -> Self {
        let Formatted { text: laid_out, spelling, .. } = of_layout(text);
        if spelling == Lang::En {
            let lines = lines(text, &laid_out, &laid_out, &laid_out);
            return Self { file: parse(&laid_out).file, text: laid_out, lines, dutch: None };
        }
        let english = translate(&laid_out, Lang::En).unwrap_or_else(|_| laid_out.clone());
        let canonical = of_layout(&english).text;
        let lines = lines(text, &laid_out, &english, &canonical);
        Self { file: parse(&canonical).file, text: canonical, lines, dutch: Some(laid_out) }
    }

    pub(crate) const fn is_english(&self) -> bool {
        self.dutch.is_none()
    }

    /// The one layout, as the file spells it.
    pub(crate) fn as_spelled(&self) -> &str {
        self.dutch.as_deref().unwrap_or(&self.text)
    }
}

/// A text in the one layout, and how it is spelled; one that has none as it is.
fn of_layout(text: &str) -> Formatted {
    let as_it_is = || Formatted { text: text.to_owned(), has_unread: true, spelling: parse(text).spelling };
    layout(text).unwrap_or_else(as_it_is)
}

fn lines(text: &str, laid_out: &str, english: &str, canonical: &str) -> Vec<u32> {
    let (written, same) = (tokens(text), tokens(laid_out));
    let (translated, own) = (tokens(english), tokens(canonical));
    let in_file = |at: usize| same_place(&same, &written, at);
    let first_on = |line: u32| Some(same.partition_point(|token| token.line < line));
    own.iter()
        .enumerate()
        .map(|(at, token)| {
            let line = same_place(&own, &translated, at).unwrap_or(token.line);
            first_on(line).and_then(in_file).unwrap_or(line)
        })
        .collect()
}

/// The line of the same token in another layout; the nearest that is known where one layout has other signs.
fn same_place(own: &[Token<'_>], other: &[Token<'_>], at: usize) -> Option<u32> {
    if own.len() == other.len() {
        return Some(other.get(at)?.line);
    }
    // The n-th of the same word: signs come and go with the layout, words do not.
    let token = own.get(at)?;
    let nth = own.iter().take(at).filter(|one| one.text == token.text).count();
    Some(other.iter().filter(|one| one.text == token.text).nth(nth)?.line)
}

#[cfg(test)]
mod tests {
    use super::Canonical;

    #[test]
    fn a_part_keeps_its_line() {
        let text = "pathway p {\n\n# why\n   lead house agency house\n\n\n   end good success }\n";
        let canonical = Canonical::of(text);
        let lines: Vec<(&str, u32)> =
            crate::token::tokens(&canonical.text).iter().map(|one| one.text).zip(canonical.lines).collect();
        assert!(lines.contains(&("agency", 4)), "{lines:?}");
        assert!(lines.contains(&("success", 7)), "{lines:?}");
    }
}
