//! The one layout of pathway files.
//!
//! It is driven by the tokens of the grammar, so that a statement it knows nothing about is laid out like
//! any other. Three places know more: `entry.rs` says what stands in columns, `read.rs` where a line may end.
//!
//! | file | what it does |
//! | --- | --- |
//! | `read.rs` | from the pairs of the grammar to tokens that know where a line may end |
//! | `entry.rs` | which entries stand in columns together, and where their columns start |
//! | `gap.rs` | comments and line ends between two tokens |
//! | `verbatim.rs` | the lines that cannot be read: they stay as they are |
//! | `measure.rs` | how wide what follows is |
//! | `write.rs` | from tokens to lines |
//! | `align.rs` | the columns of lines that follow each other |
//! | `same.rs` | whether two texts mean the same and hold the same comments |

mod align;
mod entry;
mod gap;
mod line;
mod measure;
mod read;
mod same;
mod token;
mod verbatim;
mod write;

use std::borrow::Cow;

use pest::iterators::Pairs;
use voordeur_diagnostics::Diagnostic;
use voordeur_messages::Lang;

use crate::parse::{Rule, by_grammar, first_look, parse};
use crate::spelling;

/// Lines are not made longer than this; a single text can be.
pub const LINE_LENGTH: usize = 120;

/// A text in the one layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formatted {
    /// The text.
    pub text: String,
    /// Whether some lines could not be read; they stayed as they were.
    pub has_unread: bool,
    /// In which spelling it is written.
    pub spelling: Lang,
}

/// Why a text is left as it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Unformattable {
    /// Its braces do not match, or nothing in it can be read: nobody can say what belongs where.
    NoStructure(Vec<Diagnostic>),
    /// The new text would not mean the same, or would have lost a comment. This is a mistake of the formatter.
    WouldChange,
}

/// A text in the one layout. Formatting twice changes nothing more.
///
/// Line ends become those of the first line. What stands on a line that cannot be read stays as it is.
///
/// # Errors
/// [`Unformattable`]: then the text has to stay as it is.
///
/// ```
/// let text = voordeur_syntax::format("pathway p{lead a\nagency a # one\n\n\n}").unwrap().text;
/// assert_eq!(text, "pathway p {\n  lead a\n  agency a  # one\n}\n");
/// ```
pub fn format(text: &str) -> Result<Formatted, Unformattable> {
    let ends_in_crlf = text.split_once('\n').is_some_and(|(first, _)| first.ends_with('\r'));
    let plain = with_plain_line_ends(text);
    let before = pairs(&plain).ok_or_else(|| Unformattable::NoStructure(parse(text).problems))?;
    let done = laid_out(&plain, before.clone());
    if !pairs(&done.text).is_some_and(|after| same::same((&plain, before), (&done.text, after))) {
        // Next to what cannot be read, the same words on another place may be read as something else.
        let problems = if done.has_unread { parse(&plain).problems } else { Vec::new() };
        return Err(if done.has_unread {
            Unformattable::NoStructure(problems)
        } else {
            Unformattable::WouldChange
        });
    }
    let text = if ends_in_crlf { done.text.replace('\n', "\r\n") } else { done.text };
    Ok(Formatted { text, ..done })
}

/// A text in the one layout, for whoever only reads it: nobody looks whether it still means the same, and its lines end in `\n`.
/// `None` when its braces do not match.
///
/// ```
/// let done = voordeur_syntax::layout("traject p{regie a\ninstantie a}").unwrap();
/// assert_eq!(done.text, voordeur_syntax::format("traject p{regie a\ninstantie a}").unwrap().text);
/// assert_eq!(done.spelling, voordeur_messages::Lang::Nl);
/// ```
#[must_use]
pub fn layout(text: &str) -> Option<Formatted> {
    let plain = with_plain_line_ends(text);
    Some(laid_out(&plain, pairs(&plain)?))
}

fn with_plain_line_ends(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) }
}

fn laid_out(text: &str, pairs: Pairs<'_, Rule>) -> Formatted {
    let spelling = spelling::of_first_word(pairs.clone());
    let tokens = read::tokens(text, pairs);
    let has_unread = tokens.iter().any(token::Token::is_unread);
    Formatted { text: align::text_of(write::lines(text, &tokens)), has_unread, spelling }
}

/// What the grammar makes of a text, when its braces match.
fn pairs(text: &str) -> Option<Pairs<'_, Rule>> {
    let first = first_look(text);
    if first.too_deep || !first.mends.is_empty() || first.missing_at_end > 0 {
        return None;
    }
    by_grammar(Rule::file, text).ok()
}
