//! In which of the two spellings a file is written. A file uses one of them throughout.

use pest::iterators::{Pair, Pairs};
use voordeur_diagnostics::{Applicability, Diagnostic, Fix, Rule as Finding, Span};
use voordeur_messages::{Lang, language, mark, say, translated};

use crate::parse::Rule;
use crate::slips::Place;
use crate::vocabulary::{self, Keyword};

/// The spelling of what was read, which is that of its first keyword, and a finding for each word that is
/// spelled in the other one.
pub(crate) fn of(text: &str, pairs: Pairs<'_, Rule>) -> (Lang, Vec<Diagnostic>) {
    let mut spelling = None;
    let mut problems = Vec::new();
    for token in pairs.flatten() {
        let Some(keyword) = vocabulary::keyword(token.as_rule()) else { continue };
        let Some(own) = keyword.spelling_of(token.as_str()) else { continue };
        let of_file = *spelling.get_or_insert(own);
        if own != of_file {
            let place = token.as_span();
            let span = Span::new(place.start(), place.end());
            problems.push(
                no_parentheses(text, keyword.rule, span, of_file)
                    .unwrap_or_else(|| mixed(keyword, token.as_str(), span, of_file)),
            );
        }
    }
    (spelling.unwrap_or_default(), problems)
}

/// The spelling of the first word that has one.
pub(crate) fn of_first_word(pairs: Pairs<'_, Rule>) -> Lang {
    let own = |token: Pair<'_, Rule>| vocabulary::keyword(token.as_rule())?.spelling_of(token.as_str());
    pairs.flatten().find_map(own).unwrap_or_default()
}

/// `all of a, b done`, where `of` is read as the Dutch word for `or`.
fn no_parentheses(text: &str, rule: Rule, span: Span, of_file: Lang) -> Option<Diagnostic> {
    let place = Place::new(text, span.range().start, of_file).filter(|_| rule == Rule::k_or)?;
    let (list, meant) = place.without_parentheses()?;
    let found = span.of(text);
    let problem = Diagnostic::error(Finding::SyntaxError, list, say!("`{found}` does not fit here", found))
        .help(say!("put what belongs together in parentheses: `{meant}`", meant));
    Some(problem.fix(Fix::new(Applicability::Unsafe, list, meant)))
}

fn mixed(keyword: &Keyword, found: &str, span: Span, of_file: Lang) -> Diagnostic {
    let plural = keyword.forms(of_file.other()).first().is_some_and(|singular| *singular != found);
    mixed_spelling(found, keyword.form(of_file, plural), span, of_file)
}

/// A word of the spelling that the file does not use, and the `word` that it should be.
#[must_use]
pub fn mixed_spelling(found: &str, word: &str, span: Span, of_file: Lang) -> Diagnostic {
    let of_lang = |lang: Lang| translated(lang.pick(mark!("English"), mark!("Dutch")));
    let (own, other) = (of_lang(of_file), of_lang(of_file.other()));
    Diagnostic::error(
        Finding::MixedSpelling,
        span,
        say!("`{found}` is {other}, and this file is written in {own}", found, other, own),
    )
    .help(say!("write `{word}`", word))
    .fix(Fix::new(Applicability::Safe, span, word))
}

/// The spelling of a text that cannot be read: that of the first word that only one of them knows, or else that of
/// the language that is spoken.
pub(crate) fn guess(text: &str) -> Lang {
    let words = || text.lines().flat_map(words_of_line);
    let unit = || words().filter_map(spelling_of_unit).next();
    words().filter_map(spelling_of_word).next().or_else(unit).unwrap_or_else(language)
}

/// The words of a line that are no text in quotes and no comment.
fn words_of_line(line: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    let mut over = false;
    line.split(move |c: char| {
        over |= c == '#' && !quoted;
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        over || quoted || !c.is_alphanumeric() && c != '_'
    })
    .filter(|word| !word.is_empty())
}

/// `weken` is Dutch and `weeks` is English; `week` is both.
fn spelling_of_unit(word: &str) -> Option<Lang> {
    let units = [Rule::k_unit_minutes, Rule::k_unit_hours, Rule::k_unit_days, Rule::k_unit_weeks];
    let more = [Rule::k_unit_working_days, Rule::k_unit_months, Rule::k_unit_years, Rule::k_after];
    units
        .into_iter()
        .chain(more)
        .filter_map(vocabulary::keyword)
        .find_map(|keyword| keyword.spelling_of(word))
}

fn spelling_of_word(word: &str) -> Option<Lang> {
    let declaring =
        [Rule::k_pathway, Rule::k_stage, Rule::k_trigger, Rule::k_agency, Rule::k_must, Rule::k_end];
    let more = [Rule::k_import, Rule::k_setting, Rule::k_extends, Rule::k_lead, Rule::k_data, Rule::k_role];
    declaring
        .into_iter()
        .chain(more)
        .filter_map(vocabulary::keyword)
        .find_map(|keyword| keyword.spelling_of(word))
}
