//! Workflow commands: GitHub shows them at the lines of a pull request.
//!
//! GitHub keeps ten errors and ten warnings of a step and drops the rest, so the most severe go first and a last
//! line says how many there are.

use std::fmt::Write as _;

use super::word;
use crate::diagnostic::Severity;
use crate::report::{Located, Report};
use crate::source::LineIndex;

/// How many of each severity are shown.
const MOST: usize = 10;

/// The findings as workflow commands.
#[must_use]
pub fn github(report: &Report<'_>) -> String {
    let mut out = String::new();
    for severity in [Severity::Error, Severity::Warning] {
        for located in report.told().filter(|located| located.finding.severity == severity).take(MOST) {
            command(&mut out, located);
        }
    }
    for (file, what) in report.open_questions().iter().take(MOST) {
        writeln!(out, "::warning file={}::{}", property(file), data(what)).unwrap_or_default();
    }
    let (errors, warnings) = (report.count(Severity::Error), report.count(Severity::Warning));
    let cut = if errors.max(warnings) > MOST { " (the first 10 of each are shown)" } else { "" };
    let (errors, warnings) = (counted(errors, "error"), counted(warnings, "warning"));
    let open = match report.open_questions().len() {
        0 => String::new(),
        number if number > MOST => format!(", {number} undecided (the first 10 are shown)"),
        number => format!(", {number} undecided"),
    };
    writeln!(out, "{errors}, {warnings}{cut}{open}").unwrap_or_default();
    out
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn command(out: &mut String, located: &Located<'_>) {
    let (file, finding) = (located.file, &located.finding);
    let index = LineIndex::new(file.text);
    let (start, end) = (index.place(file.text, finding.span.start), index.place(file.text, finding.span.end));
    let message = match &finding.explained() {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    };
    writeln!(
        out,
        "::{} file={},line={},endLine={},col={},endColumn={},title={}::{}",
        word(finding.severity),
        property(file.name),
        start.line,
        end.line,
        start.column,
        end.column,
        property(finding.rule.name()),
        data(&message),
    )
    .unwrap_or_default();
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
