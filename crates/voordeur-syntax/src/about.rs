//! What a place of a file is about: the names there, and those of the blocks around it.
//!
//! It goes by the text alone, so that it works in a file that cannot be read. Words of the language are left out,
//! in both spellings: a file in the other spelling is about the same.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use voordeur_diagnostics::Span;
use voordeur_messages::Lang;

use crate::vocabulary;

/// The names around a place, from the outside to the inside, and then those in it.
///
/// ```
/// let text = "pathway p { stage s \"S\" { on talk done when debts <= 3 -> t } }";
/// let span = voordeur_diagnostics::Span::new(text.find("on").unwrap(), text.find(" }").unwrap());
/// assert_eq!(voordeur_syntax::names_around(text, span), ["p", "s", "talk", "debts", "3", "t"]);
/// ```
#[must_use]
pub fn names_around(text: &str, span: Span) -> Vec<String> {
    let mut around: Vec<Option<&str>> = Vec::new();
    let mut inside = Vec::new();
    // The first name since the last brace or line end: that of a block which opens next.
    let mut head = None;
    for piece in pieces(text) {
        if piece.at >= span.range().end.max(span.range().start + 1) {
            break;
        }
        let here = piece.at >= span.range().start;
        match piece.text {
            "{" if !here => around.push(head.take()),
            "}" if !here => {
                around.pop();
                head = None;
            }
            "{" | "}" | "\n" => head = None,
            name if !is_word(name) && here => inside.push(name),
            name if !is_word(name) => head = head.or(Some(name)),
            _ => {}
        }
    }
    around.into_iter().flatten().chain(inside).map(str::to_owned).collect()
}

struct Piece<'a> {
    at: usize,
    text: &'a str,
}

/// Words, numbers, braces and line ends; texts in quotes and comments are passed over.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..).unwrap_or_default();
            let first = rest.chars().next()?;
            let length = match first {
                '"' => 1 + quoted(rest),
                '#' => rest.find('\n').unwrap_or(rest.len()),
                c if is_part(c) => rest.find(|c| !is_part(c)).unwrap_or(rest.len()),
                c => c.len_utf8(),
            };
            let piece = Piece { at, text: rest.get(..length).unwrap_or_default() };
            at += length;
            if is_part(first) || matches!(first, '{' | '}' | '\n') {
                return Some(piece);
            }
        }
    })
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How long a text in quotes is after its first quote; it ends with its line.
fn quoted(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' => return at - 1,
            '"' if !escaped => return at,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    rest.len() - 1
}

/// Whether it is a word of the language, or a part of one, in either spelling.
fn is_word(text: &str) -> bool {
    static WORDS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
        let forms = |word: &'static vocabulary::Keyword| Lang::ALL.map(|lang| word.forms(lang));
        let keywords = vocabulary::KEYWORDS.iter().flat_map(forms).flatten();
        let listed = [vocabulary::HAPPENINGS, vocabulary::EVENT_WORDS, vocabulary::END_KINDS];
        let listed = listed.into_iter().flatten().flatten().copied();
        keywords.flat_map(|form| form.split(' ')).chain(listed).collect()
    });
    WORDS.contains(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, part: &str) -> Vec<String> {
        let start = text.find(part).expect("the part");
        names_around(text, Span::new(start, start + part.len()))
    }

    #[test]
    fn both_spellings_a_comment_and_an_odd_text_are_about_the_same() {
        let english = "pathway p \"{\" { # } {\n  agency a\n  stage s {\n    must task t by w\n    on t done -> e\n  }\n}";
        let dutch =
            "traject p \"anders\" {\n\n fase s {\n  moet taak t door w\n    bij t gedaan -> e\n  }\n}";
        assert_eq!(at(english, "on t done -> e"), ["p", "s", "t", "e"]);
        assert_eq!(at(dutch, "bij t gedaan -> e"), ["p", "s", "t", "e"]);
    }

    #[test]
    fn a_text_without_an_end_and_a_place_beyond_the_end_are_no_trouble() {
        assert_eq!(at("pathway p { goal \"x\\", "goal"), ["p"]);
        assert_eq!(names_around("a } } { é", Span::new(90, 99)), Vec::<String>::new());
        assert_eq!(names_around("", Span::new(0, 0)), Vec::<String>::new());
    }
}
