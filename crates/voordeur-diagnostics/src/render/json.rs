//! A JSON array of findings, for programs. Fields are only ever added.

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{LineIndex, SourceFile};
use crate::span::Span;

#[derive(Serialize)]
struct Finding<'a> {
    file: &'a str,
    rule: &'static str,
    page: String,
    severity: Severity,
    message: &'a str,
    #[serde(flatten)]
    place: Range,
    labels: Vec<OtherPlace<'a>>,
    help: Option<&'a str>,
    fix: Option<Change<'a>>,
}

#[derive(Serialize)]
struct Range {
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    start: u32,
    end: u32,
}

#[derive(Serialize)]
struct OtherPlace<'a> {
    text: &'a str,
    #[serde(flatten)]
    place: Range,
}

#[derive(Serialize)]
struct Change<'a> {
    replacement: &'a str,
    #[serde(flatten)]
    place: Range,
}

/// The findings of one file as JSON values.
#[must_use]
pub fn json(source: SourceFile<'_>, findings: &[Diagnostic]) -> Vec<serde_json::Value> {
    let index = LineIndex::new(source.text);
    let range = |span: Span| {
        let (start, end) = (index.place(source.text, span.start), index.place(source.text, span.end));
        Range {
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            start: span.start,
            end: span.end,
        }
    };
    let finding = |finding: &Diagnostic| {
        serde_json::to_value(Finding {
            file: source.name,
            rule: finding.rule.name(),
            page: finding.rule.page(),
            severity: finding.severity,
            message: &finding.message,
            place: range(finding.span),
            labels: (finding.labels.iter())
                .map(|label| OtherPlace { text: &label.text, place: range(label.span) })
                .collect(),
            help: finding.help.as_deref(),
            fix: (finding.fix.as_ref())
                .map(|fix| Change { replacement: &fix.replacement, place: range(fix.span) }),
        })
        .unwrap_or_default()
    };
    findings.iter().map(finding).collect()
}
