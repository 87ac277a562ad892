//! For programs: JSON as `docs/schemas/diagnostics.schema.json` describes it. Fields are only ever added.

use serde::Serialize;

use crate::diagnostic::{Diagnostic, Fix, Scene, Severity};
use crate::report::{Located, Report};
use crate::source::{LineIndex, SourceFile};
use crate::span::Span;

/// The version of the form. It grows only when a program that reads it would have to change.
pub const JSON_VERSION: u32 = 1;

#[derive(Serialize)]
struct Whole<'a> {
    version: u32,
    files: &'a [&'a str],
    errors: usize,
    warnings: usize,
    findings: Vec<Finding<'a>>,
    allowed: Vec<AllowedFinding<'a>>,
    undecided: Vec<Undecided<'a>>,
}

#[derive(Serialize)]
struct Undecided<'a> {
    file: &'a str,
    what: &'a str,
}

#[derive(Serialize)]
struct AllowedFinding<'a> {
    #[serde(flatten)]
    finding: Finding<'a>,
    because: &'a str,
    until: &'a str,
}

#[derive(Serialize)]
struct Finding<'a> {
    file: &'a str,
    rule: &'static str,
    since: &'static str,
    page: String,
    severity: Severity,
    message: &'a str,
    #[serde(flatten)]
    place: Range,
    labels: Vec<OtherPlace<'a>>,
    help: Option<&'a str>,
    history: &'a [Scene],
    doubt: Option<&'a str>,
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
    applicability: &'static str,
    edits: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
struct Replacement<'a> {
    replacement: &'a str,
    #[serde(flatten)]
    place: Range,
}

/// All that was found.
#[must_use]
pub fn json(report: &Report<'_>) -> serde_json::Value {
    let whole = Whole {
        version: JSON_VERSION,
        files: report.files(),
        errors: report.count(Severity::Error),
        warnings: report.count(Severity::Warning),
        findings: report.told().map(|located| finding(located.file, &located.finding)).collect(),
        allowed: report.all().iter().filter_map(allowed).collect(),
        undecided: report.open_questions().iter().map(|(file, what)| Undecided { file, what }).collect(),
    };
    serde_json::to_value(whole).unwrap_or_default()
}

/// One finding in the same form, for the answers of other commands.
#[must_use]
pub fn finding_json(source: SourceFile<'_>, found: &Diagnostic) -> serde_json::Value {
    serde_json::to_value(finding(source, found)).unwrap_or_default()
}

fn allowed<'a>(located: &'a Located<'_>) -> Option<AllowedFinding<'a>> {
    let excuse = located.excuse.as_ref()?;
    let finding = finding(located.file, &located.finding);
    Some(AllowedFinding { finding, because: &excuse.because, until: &excuse.until })
}

fn finding<'a>(source: SourceFile<'a>, found: &'a Diagnostic) -> Finding<'a> {
    let index = LineIndex::new(source.text);
    let range = |span: Span| range(&index, source.text, span);
    let labels = found.labels.iter().map(|label| OtherPlace { text: &label.text, place: range(label.span) });
    let change = |fix: &'a Fix| Change {
        applicability: fix.applicability.word(),
        edits: (fix.edits.iter())
            .map(|edit| Replacement { replacement: &edit.replacement, place: range(edit.span) })
            .collect(),
    };
    Finding {
        file: source.name,
        rule: found.rule.name(),
        since: found.rule.since(),
        page: found.rule.page(),
        severity: found.severity,
        message: &found.message,
        place: range(found.span),
        labels: labels.collect(),
        help: found.help.as_deref(),
        history: &found.history,
        doubt: found.doubt.as_deref(),
        fix: found.fix.as_ref().map(change),
    }
}

fn range(index: &LineIndex, text: &str, span: Span) -> Range {
    let (start, end) = (index.place(text, span.start), index.place(text, span.end));
    Range {
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        start: span.start,
        end: span.end,
    }
}
