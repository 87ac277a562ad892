//! A comparison as one page on its own: no script, nothing from elsewhere, readable on paper.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use voordeur_diagram::{Diagram, Mark, to_svg};
use voordeur_messages::{language, say};
use voordeur_protocol::CheckedProtocol;
use voordeur_verify::Example;

use crate::comparison::{Comparison, Version};
use crate::finding::{Finding, Subject};
use crate::picture::picture;
use crate::publication::Publication;
use crate::summary::{closing, headline};
use crate::text::{caption, for_whom, of_acceptances, of_kind, of_module, place};
use crate::timeline::timeline;

/// A comparison in HTML, with the machines of both versions drawn.
#[must_use]
pub fn html(comparison: &Comparison, old: Version<'_>, new: Version<'_>) -> String {
    let title = say!("Two versions side by side");
    let mut page =
        Page { out: HEAD.replace("LANGUAGE", language().code()).replace("TITLE", &escape(&title)) };
    page.line(format_args!("<h1>{}</h1>", escape(&headline(comparison))));
    for pathway in &comparison.pathways {
        let [then, now] = &pathway.versions;
        let line =
            say!("{name}: version {old} and version {new}", name = pathway.name, old = then, new = now);
        page.line(format_args!("<p>{}</p>", escape(&line)));
    }
    page.line(format_args!("<p>{}</p>", escape(&closing(comparison))));
    if let Some(line) = Publication::of(comparison).in_words() {
        page.line(format_args!("<p>{}</p>", escape(&line)));
    }
    if comparison.is_module() && !comparison.is_proven_same() {
        page.line(format_args!("<p>{}</p>", escape(&of_module())));
    }
    let findings = comparison.findings();
    page.table(&findings);
    for line in of_acceptances(comparison) {
        page.line(format_args!("<p>{}</p>", escape(&line)));
    }
    for one in findings.iter().filter(|one| !one.examples.is_empty()) {
        page.line(format_args!("<section><h2>{}</h2>", escape(&one.title)));
        if one.subject != Subject::Promise {
            page.line(format_args!("<p>{}</p>", escape(&place(one))));
        }
        for example in &one.examples {
            if let Some(whom) = for_whom(example) {
                page.line(format_args!("<p>{}</p>", escape(&whom)));
            }
            page.example(&caption(one, example), example);
        }
        page.line(format_args!("</section>"));
    }
    page.changes(comparison);
    page.pictures(comparison, old, new);
    page.out.push_str("</body>\n</html>\n");
    page.out
}

/// A page on its own with this title and these elements, for reports of another kind.
#[must_use]
pub fn html_page(title: &str, body: &str) -> String {
    let head = HEAD.replace("LANGUAGE", language().code()).replace("TITLE", &escape(title));
    format!("{head}{body}</body>\n</html>\n")
}

/// A page that says one thing: that the versions could not be compared.
#[must_use]
pub fn html_text(text: &str) -> String {
    let title = escape(&say!("Two versions side by side"));
    let head = HEAD.replace("LANGUAGE", language().code()).replace("TITLE", &title);
    format!("{head}<h1>{}</h1>\n</body>\n</html>", escape(text))
}

struct Page {
    out: String,
}

impl Page {
    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        writeln!(self.out, "{text}").unwrap_or_default();
    }

    fn heads(&mut self, heads: &[String]) {
        let cells: String =
            heads.iter().map(|head| format!("<th scope=\"col\">{}</th>", escape(head))).collect();
        self.line(format_args!("<table>\n<tr>{cells}</tr>"));
    }

    fn table(&mut self, findings: &[Finding]) {
        if findings.is_empty() {
            return;
        }
        self.heads(&[say!("level"), say!("what"), say!("lines, old and new"), say!("fingerprint")]);
        for one in findings {
            let class = if one.accepted.is_some() { "accepted" } else { one.level.word() };
            let mut what = escape(&one.title);
            if let Some(accepted) = &one.accepted {
                write!(what, "<br>{}", escape(&accepted.in_words())).unwrap_or_default();
            }
            let [old, new] = one.lines();
            let level = escape(&one.level.in_words());
            self.line(format_args!(
                "<tr class=\"{class}\"><td>{level}</td><td>{what}</td><td>{} → {}</td><td><code>{}</code></td></tr>",
                escape(&old),
                escape(&new),
                one.fingerprint
            ));
        }
        self.line(format_args!("</table>"));
    }

    fn example(&mut self, caption: &str, example: &Example) {
        self.line(format_args!("<p>{}</p>\n<figure>\n{}</figure>", escape(caption), picture(example)));
        self.heads(&[say!("when"), say!("old version"), say!("new version")]);
        for (number, row) in (1..).zip(timeline(example)) {
            let lines = |all: &[String]| all.iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br>");
            let class = if row.differs() { " class=\"differs\"" } else { "" };
            let (when, old, new) =
                (format!("{number}. {}", escape(&row.when)), lines(&row.old), lines(&row.new));
            self.line(format_args!("<tr{class}><td>{when}</td><td>{old}</td><td>{new}</td></tr>"));
        }
        self.line(format_args!("</table>"));
    }

    fn changes(&mut self, comparison: &Comparison) {
        if comparison.changes.is_empty() {
            return;
        }
        self.line(format_args!("<h2>{}</h2>\n<ul>", escape(&say!("Changes in the text"))));
        for change in &comparison.changes {
            let (_, what) = of_kind(change);
            self.line(format_args!("<li>{}", escape(&what)));
            for edit in &change.edits {
                let [old, new] = edit.shown();
                for (word, side) in [("del", old), ("ins", new)] {
                    if let Some((line, text)) = side {
                        let text = escape(&text);
                        self.line(format_args!("<br><code>{line}</code> <{word}>{text}</{word}>"));
                    }
                }
            }
            self.line(format_args!("</li>"));
        }
        self.line(format_args!("</ul>"));
    }

    /// Both machines, with what has changed marked. What they show stands in the tables as well.
    fn pictures(&mut self, comparison: &Comparison, old: Version<'_>, new: Version<'_>) {
        let named = |pathways: &'_ [CheckedProtocol], name: &str| {
            let by_name = pathways.iter().find(|one| one.name == name);
            by_name.or_else(|| pathways.first().filter(|_| pathways.len() == 1)).map(|one| Diagram::of(one))
        };
        let mut number = 0;
        for pathway in &comparison.pathways {
            let (Some(mut before), Some(mut after)) =
                (named(old.pathways, &pathway.name), named(new.pathways, &pathway.name))
            else {
                continue;
            };
            mark(comparison, &mut before, &mut after);
            for (diagram, which) in [(before, say!("old version")), (after, say!("new version"))] {
                number += 1;
                let svg = numbered(&to_svg(&diagram), number);
                let title = format!("{}: {which}", pathway.name);
                let title = escape(&title);
                self.line(format_args!("<h2>{title}</h2>\n<figure>\n{svg}</figure>"));
                self.ways(&diagram);
            }
        }
        if number > 0 {
            let text = say!("What has changed is drawn with a thick dashed line, and marked in the table.");
            self.line(format_args!("<p>{}</p>", escape(&text)));
        }
    }
}

impl Page {
    /// What a picture of a machine shows, as a table.
    fn ways(&mut self, diagram: &Diagram) {
        let name = |at: usize| diagram.vertices.get(at).map_or("", |vertex| vertex.name.as_str());
        let marked = |mark: Mark| if mark == Mark::Changed { " class=\"differs\"" } else { "" };
        self.heads(&[say!("stage"), say!("what is done there")]);
        for one in &diagram.vertices {
            let what = one.lines.iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br>");
            let (class, title) = (marked(one.mark), escape(&one.title));
            self.line(format_args!(
                "<tr{class}><td><code>{}</code> {title}</td><td>{what}</td></tr>",
                escape(&one.name)
            ));
        }
        self.line(format_args!("</table>"));
        self.heads(&[say!("from"), say!("when"), say!("to")]);
        for one in &diagram.edges {
            let (class, when) = (marked(one.mark), escape(&one.lines.join(" ")));
            let (from, to) = (escape(name(one.from)), escape(name(one.to)));
            self.line(format_args!("<tr{class}><td>{from}</td><td>{when}</td><td>{to}</td></tr>"));
        }
        self.line(format_args!("</table>"));
    }
}

/// The boxes that a difference or a change names, and the arrows that only one of the two has.
fn mark(comparison: &Comparison, old: &mut Diagram, new: &mut Diagram) {
    let mut names: BTreeSet<String> = comparison.changes.iter().map(|change| change.name.clone()).collect();
    for one in comparison.findings().iter().filter(|one| !one.examples.is_empty()) {
        names.extend(one.stages.iter().flatten().cloned());
    }
    let arrows = |diagram: &Diagram| -> BTreeSet<Arrow> {
        (0..diagram.edges.len()).filter_map(|at| arrow(diagram, at)).collect()
    };
    let (before, after) = (arrows(old), arrows(new));
    for (diagram, other) in [(old, &after), (new, &before)] {
        let own: Vec<bool> = (0..diagram.edges.len())
            .map(|at| arrow(diagram, at).is_some_and(|arrow| !other.contains(&arrow)))
            .collect();
        for (edge, changed) in diagram.edges.iter_mut().zip(own) {
            edge.mark = if changed { Mark::Changed } else { Mark::None };
        }
        for vertex in &mut diagram.vertices {
            vertex.mark = if names.contains(&vertex.name) { Mark::Changed } else { Mark::None };
        }
    }
}

/// Between which boxes, and with which words.
type Arrow = (String, String, Vec<String>);

fn arrow(diagram: &Diagram, at: usize) -> Option<Arrow> {
    let edge = diagram.edges.get(at)?;
    let name = |at: usize| diagram.vertices.get(at).map(|vertex| vertex.name.clone());
    Some((name(edge.from)?, name(edge.to)?, edge.lines.clone()))
}

/// Several pictures of a page have names of their own in it.
fn numbered(svg: &str, number: usize) -> String {
    let named = ["title", "desc", "arrow"];
    let svg = svg.replacen(
        "aria-labelledby=\"title desc\"",
        &format!("aria-labelledby=\"title{number} desc{number}\""),
        1,
    );
    let one = |svg: String, name: &&str| {
        let svg = svg.replace(&format!("id=\"{name}\""), &format!("id=\"{name}{number}\""));
        svg.replace(&format!("url(#{name})"), &format!("url(#{name}{number})"))
    };
    named.iter().fold(svg, one)
}

const HEAD: &str = "<!DOCTYPE html>
<html lang=\"LANGUAGE\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<title>TITLE</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem; color: #16181d; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; } td, th { padding: .25rem .75rem; text-align: left; vertical-align: top; border-bottom: 1px solid #ccd2da; }
figure { margin: 0; overflow-x: auto; } ins { color: #17692f; text-decoration: none; } del { color: #8c1d18; }
.breaks td:first-child, .weakens td:first-child { color: #8c1d18; font-weight: 700; } .undecided td:first-child, .shifts td:first-child { font-weight: 700; }
.strengthens td:first-child { color: #17692f; font-weight: 700; } .accepted { color: #4a5568; } .differs { background: #fff6d6; }
.vertex.changed rect { stroke: #8a4b00; stroke-width: 4; stroke-dasharray: 9 3; } .edge.changed { stroke: #8a4b00; stroke-width: 2.5; stroke-dasharray: 9 3; }
.times text { font-size: 14px; } .times .lane { stroke: #4a5568; stroke-width: 2; } .times circle { fill: #eef4ff; stroke: #3a4250; stroke-width: 1.5; }
.times .moment text, .times .day { text-anchor: middle; } .times .differs circle { fill: #fff6d6; stroke: #8a4b00; stroke-width: 3; } .times .parting { stroke: #8a4b00; stroke-width: 2; stroke-dasharray: 9 3; }
@media print { body { margin: 0; } section { break-inside: avoid; } }
</style>
</head>
<body>
";

/// A text as it stands in HTML. What is no sign is shown as one that is not known.
#[must_use]
pub fn escape(text: &str) -> String {
    let plain = |c: char| if c.is_control() && c != '\n' { '\u{fffd}' } else { c };
    let text: String = text.chars().map(plain).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
