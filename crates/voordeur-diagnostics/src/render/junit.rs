//! JUnit XML: each file is a suite, each finding a test that failed, each finding that is allowed one that was
//! skipped.

use std::fmt::Write as _;

use super::word;
use crate::report::{Located, Report};
use crate::source::LineIndex;

/// The findings as JUnit XML.
#[must_use]
pub fn junit(report: &Report<'_>) -> String {
    let files = in_order(report);
    let failures = report.told().count();
    let tests: usize =
        files.iter().map(|file| (of(report, file).count() + open(report, file).count()).max(1)).sum();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let head = format!(
        "<testsuites name=\"voordeur\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{}\">",
        report.open_questions().len()
    );
    out.push_str(&head);
    out.push('\n');
    for file in files {
        suite(&mut out, report, file);
    }
    out.push_str("</testsuites>\n");
    out
}

/// The files that were checked, and then those that they import and in which something was found.
fn in_order<'a>(report: &Report<'a>) -> Vec<&'a str> {
    let mut files: Vec<&str> = Vec::new();
    for file in report.files().iter().copied().chain(report.all().iter().map(|located| located.file.name)) {
        if !files.contains(&file) {
            files.push(file);
        }
    }
    files
}

fn of<'r, 'a>(report: &'r Report<'a>, file: &'r str) -> impl Iterator<Item = &'r Located<'a>> {
    report.all().iter().filter(move |located| located.file.name == file)
}

/// What was left undecided of a file.
fn open<'r>(report: &'r Report<'_>, file: &'r str) -> impl Iterator<Item = &'r str> {
    report.open_questions().iter().filter(move |(own, _)| *own == file).map(|(_, what)| what.as_str())
}

fn suite(out: &mut String, report: &Report<'_>, file: &str) {
    let (all, name) = (of(report, file).count(), escaped(file));
    let allowed = of(report, file).filter(|located| located.excuse.is_some()).count();
    let failures = all - allowed;
    let errors = open(report, file).count();
    writeln!(
        out,
        "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{allowed}\">",
        (all + errors).max(1)
    )
    .unwrap_or_default();
    for what in open(report, file) {
        let what = escaped(what);
        writeln!(
            out,
            "    <testcase classname=\"{name}\" name=\"undecided\"><error message=\"{what}\"/></testcase>"
        )
        .unwrap_or_default();
    }
    if all + errors == 0 {
        writeln!(out, "    <testcase classname=\"{name}\" name=\"check\"/>").unwrap_or_default();
    }
    of(report, file).for_each(|located| case(out, located));
    out.push_str("  </testsuite>\n");
}

fn case(out: &mut String, located: &Located<'_>) {
    let (file, finding) = (located.file, &located.finding);
    let place = LineIndex::new(file.text).place(file.text, finding.span.start);
    let (name, rule, message) = (escaped(file.name), finding.rule, escaped(&finding.message));
    let inside = match &located.excuse {
        Some(excuse) => format!("<skipped message=\"{}\"/>", escaped(&excuse.because)),
        None => format!(
            "<failure type=\"{}\" message=\"{message}\">{name}:{}:{}: {}[{rule}]: {message}{}</failure>",
            word(finding.severity),
            place.line,
            place.column,
            word(finding.severity),
            finding.explained().iter().map(|help| format!("\n{}", escaped(help))).collect::<String>(),
        ),
    };
    writeln!(
        out,
        "    <testcase classname=\"{name}\" name=\"{rule}:{}:{}\">{inside}</testcase>",
        place.line, place.column
    )
    .unwrap_or_default();
}

/// Text as it may stand in XML, also between quotes. What XML cannot hold at all becomes a question mark.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' => out.push_str(&format!("&#{};", u32::from(c))),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('?'),
            c => out.push(c),
        }
    }
    out
}
