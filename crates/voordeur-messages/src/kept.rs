//! A message that is kept, and told later in the language of who reads it then.
//!
//! What a program writes down (why something stands still, why a letter did not arrive) is read by somebody else, on another
//! day, perhaps in another language. So it is kept as the message and its values, and not as a sentence.

use std::cell::Cell;
use std::fmt::Display;
use std::str::Chars;

use crate::catalogue;
use crate::lang::Lang;
use crate::said::{filled, language};

/// Before a message, between its parts, and after it. No text has these characters.
const BEGIN: char = '\u{2}';
const NEXT: char = '\u{1f}';
const END: char = '\u{3}';

/// How deep messages may stand in each other: what is read from a database is not trusted.
const DEEPEST: u32 = 8;

thread_local! {
    static KEEPING: Cell<bool> = const { Cell::new(false) };
}

/// What is said in the closure, in the form in which it is kept: [`retold`] tells it.
///
/// ```
/// use voordeur_messages::{Lang, kept, retold, say, speaking};
/// let why = kept(|| say!("the case is in `{stage}`", stage = "x"));
/// assert_eq!(retold(&why), "the case is in `x`");
/// assert_eq!(speaking(Lang::Nl, || retold(&why)), "het dossier is in `x`");
/// ```
pub fn kept<T: Display>(say: impl FnOnce() -> T) -> String {
    /// Ends it, also when the closure panics.
    struct Back(bool);
    impl Drop for Back {
        fn drop(&mut self) {
            KEEPING.set(self.0);
        }
    }
    let _back = Back(KEEPING.replace(true));
    say().to_string()
}

/// A text with the messages in it told in the language that is spoken. A text that was not kept is given back as it is.
#[must_use]
pub fn retold(text: &str) -> String {
    // In a message that is kept itself it stays as it is.
    if KEEPING.get() { text.to_owned() } else { told(&mut text.chars(), DEEPEST, None) }
}

pub(crate) fn is_keeping() -> bool {
    KEEPING.get()
}

pub(crate) fn written(template: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut out = format!("{BEGIN}{template}");
    for (name, value) in values {
        out.push_str(&format!("{NEXT}{name}{NEXT}{value}"));
    }
    out.push(END);
    out
}

/// What comes until this character, or until the end.
fn told(rest: &mut Chars<'_>, depth: u32, until: Option<&[char]>) -> String {
    let mut out = String::new();
    while let Some(next) = rest.clone().next() {
        if until.is_some_and(|until| until.contains(&next)) {
            break;
        }
        rest.next();
        match next {
            BEGIN if depth > 0 => out.push_str(&message(rest, depth.saturating_sub(1))),
            BEGIN | NEXT | END => {}
            other => out.push(other),
        }
    }
    out
}

/// A message whose beginning has been read.
fn message(rest: &mut Chars<'_>, depth: u32) -> String {
    let mut parts = Vec::new();
    loop {
        parts.push(told(rest, depth, Some(&[NEXT, END])));
        if rest.next() != Some(NEXT) {
            break;
        }
    }
    let mut parts = parts.into_iter();
    let template = parts.next().unwrap_or_default();
    let mut values = Vec::new();
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        values.push((name, value));
    }
    let values: Vec<(&str, &dyn Display)> =
        values.iter().map(|(name, value)| (name.as_str(), value as &dyn Display)).collect();
    let text = match language() {
        Lang::En => None,
        Lang::Nl => catalogue::dutch(&template),
    };
    filled(text.unwrap_or(&template), &values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{mark, say, speaking, translated};

    #[test]
    fn what_stands_in_each_other_is_told_in_the_language_of_the_reader() {
        let inner = kept(|| say!("the case is in `{stage}`", stage = "{x} y"));
        let outer = kept(|| {
            say!(
                "the database holds a {what} that cannot be read: {why}",
                what = translated(mark!("case")),
                why = retold(&inner)
            )
        });
        assert_eq!(retold(&outer), "the database holds a case that cannot be read: the case is in `{x} y`");
        assert_eq!(
            speaking(Lang::Nl, || retold(&outer)),
            "de database bevat een dossier die niet gelezen kan worden: het dossier is in `{x} y`"
        );
    }

    #[test]
    fn other_texts_stay_as_they_are_and_broken_ones_are_told_as_far_as_they_go() {
        for text in ["", "busy", "50 % of {all}", "ë\n"] {
            assert_eq!(retold(text), text);
        }
        assert_eq!(retold("\u{2}in `{name}`\u{1f}name\u{1f}a"), "in `a`");
        assert_eq!(retold("\u{2}in `{name}`\u{1f}name"), "in ``");
        assert_eq!(retold("a\u{3}b\u{1f}c"), "abc");
        assert_eq!(retold(&"\u{2}".repeat(100_000)), "");
        let unknown = "\u{2}what a later program says: {n}\u{1f}n\u{1f}7\u{3}";
        assert_eq!(speaking(Lang::Nl, || retold(unknown)), "what a later program says: 7");
    }
}
