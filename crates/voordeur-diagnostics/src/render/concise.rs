//! One line per finding: `file:line:column: error[rule]: message`, and in parentheses that it is not confirmed.

use std::fmt::Write as _;

use super::{printable, word};
use crate::report::Report;
use crate::source::LineIndex;

/// The findings, one line each.
#[must_use]
pub fn concise(report: &Report<'_>) -> String {
    let mut out = String::new();
    for located in report.told() {
        let (file, finding) = (located.file, &located.finding);
        let place = LineIndex::new(file.text).place(file.text, finding.span.start);
        let level = word(finding.severity);
        let (name, message) = (printable(file.name), one_line(&finding.message));
        let doubt = finding.in_doubt().map(|doubt| format!(" ({})", one_line(&doubt))).unwrap_or_default();
        writeln!(out, "{name}:{}:{}: {level}[{}]: {message}{doubt}", place.line, place.column, finding.rule)
            .unwrap_or_default();
    }
    for (file, what) in report.open_questions() {
        writeln!(out, "{}: {}", printable(file), one_line(what)).unwrap_or_default();
    }
    out
}

/// On one line, and without what would steer a terminal.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
