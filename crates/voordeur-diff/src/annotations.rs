//! A comparison as findings in files: for the formats that `check` has as well (SARIF, GitHub, JUnit).

use voordeur_diagnostics::{Diagnostic, Excuse, Report, Rule, Sources, Span};
use voordeur_messages::say;

use crate::comparison::Comparison;
use crate::finding::{Finding, Subject};
use crate::level::Level;
use crate::text::{as_if, for_whom, place};

/// What is told of each file: in the new one, or in the old one where the new one has no line for it. What no household
/// notices is left out.
#[must_use]
pub fn annotations<'a>(comparison: &Comparison, old: &'a Sources, new: &'a Sources) -> Report<'a> {
    let mut report = Report::default();
    annotate(&mut report, comparison, old, new);
    report
}

/// The same, behind what a report has of other files.
pub fn annotate<'a>(report: &mut Report<'a>, comparison: &Comparison, old: &'a Sources, new: &'a Sources) {
    let mut main = "";
    if let Some(file) = new.files().next() {
        main = file.name;
        report.file(main);
    }
    for one in comparison.findings() {
        let Some(rule) = rule(one.level) else {
            if one.level == Level::Undecided && one.accepted.is_none() {
                report.undecided(main, one.title.clone());
            }
            continue;
        };
        let [before, after] = &one.causes;
        let [there, here] = &one.files;
        let (sources, file, line) = match (before, after) {
            (Some((line, _)), None) => (old, there, *line),
            (_, Some((line, _))) => (new, here, *line),
            (None, None) => (new, &None, 1),
        };
        let excuse = one.accepted.as_ref().map(|accepted| Excuse {
            because: accepted.because.clone(),
            until: accepted.until.clone().unwrap_or_else(|| "9999-12-31".to_owned()),
        });
        let mark = one.fingerprint.clone();
        report.finding(
            sources,
            &diagnostic(rule, &one, span(sources, file.as_deref(), line)),
            excuse,
            |_, _| vec![mark],
        );
    }
}

const fn rule(level: Level) -> Option<Rule> {
    match level {
        Level::Breaks => Some(Rule::DiffBreaks),
        Level::Weakens => Some(Rule::DiffWeakens),
        Level::Shifts => Some(Rule::DiffShifts),
        Level::Strengthens => Some(Rule::DiffStrengthens),
        Level::Undecided | Level::Editorial => None,
    }
}

fn diagnostic(rule: Rule, one: &Finding, span: Span) -> Diagnostic {
    let mark = say!("fingerprint {mark}", mark = one.fingerprint);
    let mut problem = Diagnostic::new(rule, span, one.title.clone());
    let Some(example) = one.examples.first() else { return problem.help(mark) };
    let (place, when) = (place(one), &example.when);
    let parts = match one.subject {
        Subject::Promise => place,
        _ => by_example(one, &place)
            .unwrap_or_else(|| say!("{place}; an example shows it: the versions part {when}", place, when)),
    };
    let parts = as_if(example, parts);
    let [_, new] = &example.scenes;
    let mut told = vec![parts];
    told.extend(for_whom(example));
    told.push(mark);
    problem = problem.help(told.join("; "));
    problem.history(new.clone())
}

/// Of what is mixed both households are named; the history that is told is that of the first one.
fn by_example(one: &Finding, place: &str) -> Option<String> {
    let [worse, better] = one.examples.as_slice() else { return None };
    worse.effect.zip(better.effect)?;
    let (first, second) = (&worse.when, &better.when);
    Some(say!(
        "{place}; for a household that is worse off the versions part {first}, as told here; for one that is better off {second}",
        place,
        first,
        second
    ))
}

/// A line of a file, without the blanks before it; of the first file where no other is named.
fn span(sources: &Sources, name: Option<&str>, line: u32) -> Span {
    let mut before = 0;
    for file in sources.files() {
        if name.is_none_or(|name| file.name == name) {
            return in_file(file.text, before, line);
        }
        before += file.text.len();
    }
    Span::new(0, 0)
}

fn in_file(text: &str, before: usize, line: u32) -> Span {
    let mut start = before;
    for (row, number) in text.split_inclusive('\n').zip(1_u32..) {
        if number == line {
            let inner = row.trim();
            let from = start + (row.len() - row.trim_start().len());
            return Span::new(from, from + inner.len());
        }
        start += row.len();
    }
    Span::new(before, before)
}
