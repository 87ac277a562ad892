//! What is said, in the language that is spoken.
//!
//! A message is written in English where it is said, with [`say!`](crate::say). The catalogue `nl.po` holds the
//! Dutch. Which language is spoken is a setting of the process, or of a closure: a server speaks to each of its
//! users in their own.

use std::cell::Cell;
use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::lang::Lang;
use crate::{catalogue, kept};

static DUTCH: AtomicBool = AtomicBool::new(false);

thread_local! {
    static HERE: Cell<Option<Lang>> = const { Cell::new(None) };
}

/// The language that is spoken: English unless something else was set.
#[must_use]
pub fn language() -> Lang {
    HERE.get().unwrap_or_else(|| if DUTCH.load(Ordering::Relaxed) { Lang::Nl } else { Lang::En })
}

/// Sets the language of the process.
pub fn set_language(lang: Lang) {
    DUTCH.store(lang == Lang::Nl, Ordering::Relaxed);
}

/// Speaks a language while a closure runs, on this thread only.
///
/// ```
/// use voordeur_messages::{Lang, language, speaking};
/// assert_eq!(speaking(Lang::Nl, language), Lang::Nl);
/// assert_eq!(language(), Lang::En);
/// ```
pub fn speaking<T>(lang: Lang, speak: impl FnOnce() -> T) -> T {
    /// Puts the language back, also when the closure panics.
    struct Back(Option<Lang>);
    impl Drop for Back {
        fn drop(&mut self) {
            HERE.set(self.0);
        }
    }
    let _back = Back(HERE.replace(Some(lang)));
    speak()
}

/// A message in the language that is spoken. The values are named in the text: `{name}`. A value that has the
/// name of a variable is written once.
///
/// ```
/// use voordeur_messages::{Lang, say, speaking};
/// let name = "intake";
/// assert_eq!(say!("in `{name}`", name), "in `intake`");
/// assert_eq!(speaking(Lang::Nl, || say!("the case is in `{stage}`", stage = "x")), "het dossier is in `x`");
/// ```
///
/// A name in the text without a value, or the other way around, does not compile:
///
/// ```compile_fail
/// voordeur_messages::say!("in `{name}`", nam = 1);
/// ```
#[macro_export]
macro_rules! say {
    ($template:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {{
        const {
            assert!($crate::fits($template, &[$(stringify!($name)),*]), "the names in the text are not those of the values");
        }
        $crate::said($template, &[$((stringify!($name), &$crate::value!($name $(= $value)?) as &dyn ::core::fmt::Display)),*])
    }};
}

/// Marks a text as one of the catalogue, for a table of texts; [`translated`](crate::translated) says it later.
#[macro_export]
macro_rules! mark {
    ($template:literal) => {
        $template
    };
}

/// A marked text in the language that is spoken.
///
/// ```
/// use voordeur_messages::{mark, translated};
/// const WORDS: [&str; 1] = [mark!("in a weekend")];
/// assert_eq!(WORDS.map(translated), ["in a weekend"]);
/// ```
#[must_use]
pub fn translated(marked: &'static str) -> String {
    said(marked, &[])
}

/// What stands for a name in [`say!`](crate::say).
#[doc(hidden)]
#[macro_export]
macro_rules! value {
    ($name:ident) => {
        $name
    };
    ($name:ident = $value:expr) => {
        $value
    };
}

/// Puts the values into the text, in the language that is spoken. [`say!`](crate::say) is the way to it.
#[doc(hidden)]
#[must_use]
pub fn said(template: &'static str, values: &[(&str, &dyn Display)]) -> String {
    if kept::is_keeping() {
        return kept::written(template, values);
    }
    let text = match language() {
        Lang::En => template,
        Lang::Nl => catalogue::dutch(template).unwrap_or(template),
    };
    filled(text, values)
}

pub(crate) fn filled(text: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, name, after)) = next_name(rest) {
        out.push_str(before);
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            out.push_str(&value.to_string());
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What stands before the next `{name}`, the name, and what comes after it.
pub(crate) fn next_name(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let open = from + text.get(from..)?.find('{')?;
        let inner = text.get(open + 1..)?;
        let end = inner.find(|c: char| !is_of_name(c)).unwrap_or(inner.len());
        if end > 0 && inner.get(end..)?.starts_with('}') {
            return Some((text.get(..open)?, inner.get(..end)?, inner.get(end + 1..)?));
        }
        from = open + 1;
    }
}

const fn is_of_name(c: char) -> bool {
    c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()
}

/// Whether the names in a text are the given ones, each at least once.
#[doc(hidden)]
#[must_use]
#[expect(
    clippy::indexing_slicing,
    reason = "it runs while compiling, where a wrong index is an error of the compiler"
)]
pub const fn fits(template: &str, names: &[&str]) -> bool {
    let text = template.as_bytes();
    let mut used = [false; 16];
    let mut at = 0;
    while at < text.len() {
        if text[at] == b'{' {
            let mut end = at + 1;
            while end < text.len() && is_of_name(text[end] as char) {
                end += 1;
            }
            if end > at + 1 && end < text.len() && text[end] == b'}' {
                let mut name = 0;
                while name < names.len() && !same(text, at + 1, end, names[name].as_bytes()) {
                    name += 1;
                }
                if name == names.len() {
                    return false;
                }
                used[name] = true;
                at = end;
            }
        }
        at += 1;
    }
    let mut name = 0;
    while name < names.len() {
        if !used[name] {
            return false;
        }
        name += 1;
    }
    true
}

#[expect(
    clippy::indexing_slicing,
    reason = "it runs while compiling, where a wrong index is an error of the compiler"
)]
const fn same(text: &[u8], from: usize, to: usize, name: &[u8]) -> bool {
    if to - from != name.len() {
        return false;
    }
    let mut at = 0;
    while at < name.len() {
        if text[from + at] != name[at] {
            return false;
        }
        at += 1;
    }
    true
}
