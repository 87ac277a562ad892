//! From text to tree: the entry to the grammar.

use std::num::NonZeroUsize;
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use pest::Parser as _;
use pest::error::Error;
use pest::iterators::{Pair, Pairs};
use voordeur_diagnostics::{Diagnostic, Rule as Finding, Span};
use voordeur_messages::{Lang, say};

use crate::ast::File;
use crate::tree::Builder;
use crate::{scan, spelling};

/// How many problems are shown; more do not help anybody.
pub const MAX_PROBLEMS: usize = 20;

/// Files are not often larger.
const ORDINARY_BYTES: usize = 64 * 1024;

/// The grammar.
#[derive(pest_derive::Parser)]
#[grammar = "pathway.pest"]
#[grammar = "words.pest"]
pub(crate) struct Grammar;

/// What was read.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// The tree of everything that could be read.
    pub file: File,
    /// The comments, in order; the tree does not hold them.
    pub comments: Vec<Comment>,
    /// In which spelling the file is written.
    pub spelling: Lang,
    /// What could not be read, in order of place.
    pub problems: Vec<Diagnostic>,
    /// What was read beside it, on the same line: it may mean something else than it seems to.
    pub unsure: Vec<Span>,
}

/// A comment, from its `#` to the end of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Where it stands.
    pub span: Span,
    /// Its text, with the `#`.
    pub text: String,
}

/// Reads a pathway file. It never fails: what cannot be read is a problem and is left out of the tree.
///
/// ```
/// let parsed = voordeur_syntax::parse("pathway p { lead a  agency a }");
/// assert_eq!(parsed.file.pathways.len(), 1);
/// assert!(parsed.problems.is_empty());
/// ```
#[must_use]
pub fn parse(text: &str) -> Parsed {
    parse_at(text, 0)
}

/// Reads a file whose text starts at an offset in a larger one: all places are counted from there.
#[must_use]
pub fn parse_at(text: &str, offset: usize) -> Parsed {
    if offset == 0 {
        return whole(text);
    }
    // Blanks before it, and a line end so that its first line starts where lines start.
    whole(&format!("{}\n{text}", " ".repeat(offset.saturating_sub(1))))
}

fn whole(text: &str) -> Parsed {
    let first = first_look(text);
    let comments = first.comments.iter().map(|span| Comment { span: *span, text: span.of(text).to_owned() });
    let comments = comments.collect();
    if first.too_deep {
        return Parsed { comments, problems: first.problems, ..Parsed::default() };
    }
    let mended = (!first.mends.is_empty() || first.missing_at_end > 0).then(|| scan::mend(text, &first));
    let Parsed { file, spelling, mut problems, unsure, .. } = read(mended.as_deref().unwrap_or(text));
    problems.retain(|problem| !first.problems.iter().any(|known| same_line(text, known.span, problem.span)));
    problems.extend(first.problems);
    Parsed { file, comments, spelling, problems: limit(text, problems), unsure }
}

/// Where the indentation says that a brace is missing, and all of them have a partner, and no less can be read as they
/// stand: there the indentation is wrong and not the braces.
pub(crate) fn first_look(text: &str) -> scan::Scan {
    let mut first = scan::scan(text);
    if !first.mends.is_empty() && first.is_balanced && !first.too_deep {
        let as_it_stands = unread(text);
        if as_it_stands == 0 || as_it_stands <= unread(&scan::mend(text, &first)) {
            first.trust_braces();
        }
    }
    first
}

/// How many regions of a text cannot be read.
fn unread(text: &str) -> usize {
    let is_unread = |pair: &Pair<'_, Rule>| pair.as_rule() == Rule::bad_line;
    by_grammar(Rule::file, text).map_or(usize::MAX, |pairs| pairs.flatten().filter(is_unread).count())
}

/// What the grammar makes of a text, read as that.
///
/// A grammar can be made to try for ever; so many calls are far more than any file needs. That limit is one for the whole process, so
/// texts are read side by side only where it is the same for them: what comes of a text never hangs on what else is read.
pub(crate) fn by_grammar(rule: Rule, text: &str) -> Result<Pairs<'_, Rule>, Error<Rule>> {
    static LIMIT: RwLock<usize> = RwLock::new(0);
    let most = most_calls(text);
    let shared = LIMIT.read().unwrap_or_else(PoisonError::into_inner);
    if *shared == most {
        return Grammar::parse(rule, text);
    }
    drop(shared);
    let mut alone = LIMIT.write().unwrap_or_else(PoisonError::into_inner);
    *alone = most;
    pest::set_call_limit(NonZeroUsize::new(most));
    let _shared = RwLockWriteGuard::downgrade(alone);
    Grammar::parse(rule, text)
}

/// The same for all files of an ordinary size.
fn most_calls(text: &str) -> usize {
    let size = text.len().next_power_of_two().max(ORDINARY_BYTES);
    size.saturating_mul(400).saturating_add(1_000_000)
}

fn read(text: &str) -> Parsed {
    let mut builder = Builder::new(text);
    match by_grammar(Rule::file, text) {
        Ok(mut pairs) => {
            let (spelling, mixed) = spelling::of(text, pairs.clone());
            let mut file = pairs.next().map(|file| builder.file(file)).unwrap_or_default();
            file.pathways.iter_mut().for_each(|pathway| pathway.spelling = spelling);
            // A list without parentheses is read as something else, and the rest of its line as nothing.
            let lists = mixed.iter().filter(|one| one.rule == Finding::SyntaxError).map(|one| one.span);
            let lists: Vec<Span> = lists.collect();
            builder.problems.retain(|one| !lists.iter().any(|list| same_line(text, *list, one.span)));
            builder.problems.extend(mixed);
            let unsure = builder.unsure.into_iter().chain(lists).collect();
            Parsed { file, spelling, problems: builder.problems, unsure, ..Parsed::default() }
        }
        Err(error) => {
            builder.not_readable(&error);
            Parsed { problems: builder.problems, ..Parsed::default() }
        }
    }
}

/// Whether a problem stands where the first look found one already: it is the same mistake.
fn same_line(text: &str, known: Span, problem: Span) -> bool {
    let (low, high) = if known.start <= problem.start { (known, problem) } else { (problem, known) };
    !Span { start: low.start, end: high.start }.of(text).contains('\n')
}

fn limit(text: &str, mut problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    problems.sort_by_key(|problem| (problem.span, problem.rule));
    for problem in &mut problems {
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        problem.span = Span { start: problem.span.start.min(end), end: problem.span.end.min(end) };
    }
    let more = problems.len().saturating_sub(MAX_PROBLEMS);
    if more > 0 {
        problems.truncate(MAX_PROBLEMS);
        let last = problems.last().map(|problem| problem.span).unwrap_or_default();
        let message = say!("there are {more} more problems; mend these first", more);
        problems.push(Diagnostic::error(Finding::TooManyProblems, last, message));
    }
    problems
}
