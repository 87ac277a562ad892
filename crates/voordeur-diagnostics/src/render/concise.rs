//! One line per finding: `file:line:column: error[rule]: message`.

use std::fmt::Write as _;

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{LineIndex, SourceFile};

/// The findings, one line each.
#[must_use]
pub fn concise(source: SourceFile<'_>, findings: &[Diagnostic]) -> String {
    let index = LineIndex::new(source.text);
    let mut out = String::new();
    for finding in findings {
        let place = index.place(source.text, finding.span.start);
        let word = if finding.severity == Severity::Error { "error" } else { "warning" };
        let _ = writeln!(
            out,
            "{}:{}:{}: {word}[{}]: {}",
            source.name, place.line, place.column, finding.rule, finding.message
        );
    }
    out
}
