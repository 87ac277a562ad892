//! A comparison for a comment on a pull request: what it comes to first, the most severe first, details folded.

use std::fmt::Write as _;

use voordeur_messages::say;
use voordeur_verify::Example;

use crate::comparison::Comparison;
use crate::finding::{Finding, Subject};
use crate::publication::Publication;
use crate::structure::Edit;
use crate::summary::{closing, headline};
use crate::text::{caption, for_whom, of_acceptances, of_kind, of_module, place};
use crate::timeline::timeline;

/// A comment holds 64 kB; this leaves room for what is put around it.
const MOST: usize = 60_000;

/// So much of it is for the table.
const MOST_TABLE: usize = 24_000;

/// A comparison in Markdown, of at most 60 kB: what does not fit is counted.
#[must_use]
pub fn markdown(comparison: &Comparison) -> String {
    let findings = comparison.findings();
    let mut out = format!("### {}\n\n", cell(&headline(comparison)));
    for pathway in &comparison.pathways {
        let [old, new] = &pathway.versions;
        let line = say!("{name}: version {old} and version {new}", name = pathway.name, old, new);
        writeln!(out, "{}  ", cell(&line)).unwrap_or_default();
    }
    writeln!(out, "{}\n", cell(&closing(comparison))).unwrap_or_default();
    if let Some(line) = Publication::of(comparison).in_words() {
        writeln!(out, "{}\n", cell(&line)).unwrap_or_default();
    }
    if comparison.is_module() && !comparison.is_proven_same() {
        writeln!(out, "{}\n", cell(&of_module())).unwrap_or_default();
    }
    table(&mut out, &findings);
    for line in of_acceptances(comparison) {
        writeln!(out, "* {}", cell(&line)).unwrap_or_default();
    }
    let mut left = 0;
    let details = findings.iter().filter(|one| !one.examples.is_empty()).map(details);
    for block in details.chain(changes(comparison)) {
        if left == 0 && out.len() + block.len() + 200 <= MOST {
            out.push_str(&block);
        } else {
            left += 1;
        }
    }
    if left > 0 {
        let line = say!("{number} more do not fit here; see the report in HTML", number = left);
        writeln!(out, "\n{}", cell(&line)).unwrap_or_default();
    }
    out
}

/// A text in which no sign means anything to Markdown or HTML.
#[must_use]
pub fn markdown_text(text: &str) -> String {
    cell(text)
}

fn table(out: &mut String, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    let heads = [say!("level"), say!("what"), say!("lines, old and new"), say!("fingerprint")];
    writeln!(out, "| {} |\n| --- | --- | --- | --- |", heads.join(" | ")).unwrap_or_default();
    let start = out.len();
    for (number, one) in findings.iter().enumerate() {
        if out.len() - start > MOST_TABLE {
            let left = say!("{number} more", number = findings.len() - number);
            writeln!(out, "| … | {left} | | |").unwrap_or_default();
            break;
        }
        let level = cell(&one.level.in_words());
        let level = if one.accepted.is_some() { level } else { format!("**{level}**") };
        let mut what = cell(&one.title);
        if let Some(accepted) = &one.accepted {
            write!(what, " – {}", cell(&accepted.in_words())).unwrap_or_default();
        }
        let [old, new] = one.lines();
        let mark = if one.fingerprint.is_empty() { String::new() } else { format!("`{}`", one.fingerprint) };
        writeln!(out, "| {level} | {what} | {} → {} | {mark} |", cell(&old), cell(&new)).unwrap_or_default();
    }
    out.push('\n');
}

/// The households that show it, folded.
fn details(one: &Finding) -> String {
    let title = say!("An example: {what}", what = one.title);
    let mut out = format!("<details><summary>{}</summary>\n\n", cell(&title));
    if one.subject != Subject::Promise {
        writeln!(out, "{}\n", cell(&place(one))).unwrap_or_default();
    }
    for example in &one.examples {
        if let Some(whom) = for_whom(example) {
            writeln!(out, "{}\n", cell(&whom)).unwrap_or_default();
        }
        writeln!(out, "{}\n", cell(&caption(one, example))).unwrap_or_default();
        of_example(&mut out, example);
    }
    out.push_str("</details>\n\n");
    out
}

fn of_example(out: &mut String, example: &Example) {
    let heads = [say!("when"), say!("old version"), say!("new version")];
    writeln!(out, "| {} |\n| --- | --- | --- |", heads.join(" | ")).unwrap_or_default();
    for row in timeline(example) {
        let lines = |all: &[String]| all.iter().map(|line| cell(line)).collect::<Vec<_>>().join("<br>");
        let (old, new) = (lines(&row.old), lines(&row.new));
        let when = if row.differs() { format!("**{}**", cell(&row.when)) } else { cell(&row.when) };
        writeln!(out, "| {when} | {old} | {new} |").unwrap_or_default();
    }
    out.push('\n');
}

/// What has changed in the text, folded together.
fn changes(comparison: &Comparison) -> Option<String> {
    if comparison.changes.is_empty() {
        return None;
    }
    let mut out = format!("<details><summary>{}</summary>\n\n", cell(&say!("Changes in the text")));
    for change in &comparison.changes {
        let (_, what) = of_kind(change);
        writeln!(out, "* {}", cell(&what)).unwrap_or_default();
        for [old, new] in change.edits.iter().map(Edit::shown) {
            for (mark, side) in [("−", old), ("+", new)] {
                if let Some((line, text)) = side {
                    writeln!(out, "  * {mark} {line}: {}", cell(&text)).unwrap_or_default();
                }
            }
        }
    }
    out.push_str("\n</details>\n");
    Some(out)
}

/// Text as it may stand in a table and between tags: no sign of it means anything to Markdown or HTML, and what stands
/// between backticks is code.
fn cell(text: &str) -> String {
    let (mut out, mut in_code) = (String::with_capacity(text.len()), false);
    let is_paired = text.matches('`').count().is_multiple_of(2);
    for c in text.chars() {
        match c {
            '`' if is_paired => {
                out.push_str(if in_code { "</code>" } else { "<code>" });
                in_code = !in_code;
            }
            // A name of somebody is not called by `@`.
            '<' | '>' | '&' | '|' | '*' | '_' | '[' | ']' | '\\' | '#' | '~' | '@' | '`' => {
                write!(out, "&#{};", u32::from(c)).unwrap_or_default();
            }
            c if c.is_whitespace() || c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_text_does_not_steer_the_page() {
        assert_eq!(cell("a|b <script> @x *y\nz"), "a&#124;b &#60;script&#62; &#64;x &#42;y z");
        assert_eq!(cell("in `a_b` [q](r)"), "in <code>a&#95;b</code> &#91;q&#93;(r)");
        assert_eq!(cell("`"), "&#96;");
    }
}
