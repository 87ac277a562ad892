//! A term outside a pathway, as somebody asks for it: `6 weeks after 2026-04-02`.

use voordeur_diagnostics::Diagnostic;

use crate::ast::{Date, Length};
use crate::parse::{Rule, by_grammar};
use crate::recover;
use crate::tree::Builder;

/// A length of time, counted from a day or back from it.
#[derive(Debug, Clone, PartialEq)]
pub struct TermPhrase {
    /// How long.
    pub length: Length,
    /// Whether it is counted back.
    pub back: bool,
    /// Whether a last day that is no working day becomes the working day before it.
    pub or_earlier: bool,
    /// The day.
    pub day: Date,
    /// The time of day: hours and minutes.
    pub time: Option<(i8, i8)>,
    /// How many minutes its clock is ahead of UTC, where the phrase says so.
    pub offset: Option<i16>,
}

/// Reads such a phrase, in either spelling.
///
/// # Errors
/// What is wrong with it, with its place in the text.
///
/// ```
/// let phrase = voordeur_syntax::term_phrase("6 weken na 2026-04-02").unwrap();
/// assert_eq!((phrase.length.amount, phrase.back), (6, false));
/// assert!(voordeur_syntax::term_phrase("4 days before 2026-05-18 or earlier").unwrap().or_earlier);
/// ```
pub fn term_phrase(text: &str) -> Result<TermPhrase, Box<Diagnostic>> {
    let mut builder = Builder::new(text);
    match by_grammar(Rule::only_term, text) {
        Ok(mut pairs) => {
            let phrase = pairs.next().map(|pair| builder.term_phrase(&pair));
            match (builder.problems.pop(), phrase) {
                (None, Some(phrase)) => Ok(phrase),
                (problem, _) => Err(Box::new(problem.unwrap_or_else(|| recover::unreadable(text)))),
            }
        }
        Err(error) => {
            let nowhere = voordeur_diagnostics::Span::default();
            Err(Box::new(recover::from_error(text, nowhere, &error)))
        }
    }
}
