//! SVG that is readable on its own: in a browser, on paper, in a dark window.

use std::fmt::Write as _;

use voordeur_messages::say;
use voordeur_protocol::model::EndKind;

use crate::diagram::{Diagram, Mark, Shape, Vertex};
use crate::layout::{LINE_HEIGHT, Layout, PADDING, Rect};

/// Colours have a contrast of at least 7 to 1 with the words on them; each kind also has a word or a form.
const STYLE: &str = "
  text { font: 13px ui-sans-serif, system-ui, 'Liberation Sans', Arial, sans-serif; fill: #16181d; }
  .head { font-weight: 700; font-size: 14px; } .name, .note text { fill: #333a45; } .h1 { font-size: 22px; font-weight: 700; }
  .vertex rect { stroke: #3a4250; stroke-width: 1.4; fill: #eef4ff; }
  .trigger rect { fill: #fff6d6; } .aftercare rect { fill: #efe8fb; stroke-dasharray: 7 3; }
  .success rect { fill: #dcf5e0; stroke-width: 3; } .withdrawn rect { fill: #f0f0f0; stroke-width: 3; }
  .failure rect { fill: #fde2df; stroke-width: 3; } .other rect { fill: #f4f4ee; stroke-width: 3; }
  .note rect { fill: #ffffff; stroke: #9aa3b0; } .label rect { fill: #ffffff; fill-opacity: .92; stroke: none; }
  .edge { fill: none; stroke: #4a5568; stroke-width: 1.5; }
  .shown rect { stroke: #17692f; stroke-width: 3; } .missed rect { stroke: #b3261e; stroke-width: 3; stroke-dasharray: 4 4; }
  .edge.shown { stroke: #17692f; stroke-width: 2.5; } .edge.missed { stroke: #b3261e; stroke-width: 2; stroke-dasharray: 4 4; }
";

/// Draws a diagram as SVG.
#[must_use]
pub fn to_svg(diagram: &Diagram) -> String {
    let mut svg = Svg { out: String::new(), layout: Layout::of(diagram) };
    svg.header(diagram);
    for (position, _) in diagram.edges.iter().enumerate() {
        svg.edge(diagram, position);
    }
    for (edge, rect) in diagram.edges.iter().zip(svg.layout.labels.clone()) {
        if !edge.lines.is_empty() {
            svg.group("label", rect, &[], &edge.lines);
        }
    }
    for (vertex, rect) in diagram.vertices.iter().zip(svg.layout.vertices.clone()) {
        let heads = [vertex.title.as_str(), vertex.name.as_str()];
        svg.group(
            &format!("vertex {}{}", class(vertex), mark_class(vertex.mark)),
            rect,
            &heads,
            &vertex.lines,
        );
    }
    for (note, rect) in diagram.notes.iter().zip(svg.layout.notes.clone()) {
        svg.group("note", rect, &[&note.title], &note.lines);
    }
    svg.out.push_str("</svg>\n");
    svg.out
}

const fn class(vertex: &Vertex) -> &'static str {
    match vertex.shape {
        Shape::Trigger => "trigger",
        Shape::Stage => "stage",
        Shape::Aftercare => "aftercare",
        Shape::End(EndKind::Success) => "success",
        Shape::End(EndKind::Withdrawn) => "withdrawn",
        Shape::End(EndKind::Failure) => "failure",
        Shape::End(EndKind::Other) => "other",
    }
}

const fn mark_class(mark: Mark) -> &'static str {
    match mark {
        Mark::None => "",
        Mark::Shown => " shown",
        Mark::Missed => " missed",
        Mark::Changed => " changed",
    }
}

struct Svg {
    out: String,
    layout: Layout,
}

impl Svg {
    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        self.out.write_fmt(text).unwrap_or_default();
    }

    fn header(&mut self, diagram: &Diagram) {
        let (width, height) = (self.layout.width.ceil(), self.layout.height.ceil());
        self.push(format_args!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="title desc">
<title id="title">{}</title>
<desc id="desc">{}</desc>
<style>{STYLE}</style>
<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="#4a5568"/></marker></defs>
<rect width="100%" height="100%" fill="#fbfbfd"/>
<text class="h1" x="40" y="52">{}</text>
<text class="name" x="40" y="76">{}</text>
"##,
            escape(&diagram.title),
            escape(&description(diagram)),
            escape(&diagram.title),
            escape(&diagram.subtitle)
        ));
    }

    fn group(&mut self, class: &str, rect: Rect, heads: &[&str], lines: &[String]) {
        let Rect { x, y, width, height } = rect;
        self.push(format_args!("<g class=\"{class}\"><rect x=\"{x}\" y=\"{y}\" width=\"{width:.0}\" height=\"{height:.0}\" rx=\"6\"/>"));
        let mut at = y + PADDING + LINE_HEIGHT * 0.75;
        for (position, head) in heads.iter().enumerate() {
            let class = if position == 0 { "head" } else { "name" };
            self.push(format_args!(
                "<text class=\"{class}\" x=\"{}\" y=\"{at}\">{}</text>",
                x + PADDING,
                escape(head)
            ));
            at += LINE_HEIGHT;
        }
        for line in lines {
            self.push(format_args!("<text x=\"{}\" y=\"{at}\">{}</text>", x + PADDING, escape(line)));
            at += LINE_HEIGHT;
        }
        self.out.push_str("</g>\n");
    }

    /// From a box to the words, and from the words to the other box.
    fn edge(&mut self, diagram: &Diagram, position: usize) {
        let Some(edge) = diagram.edges.get(position) else { return };
        let places = (
            self.layout.vertices.get(edge.from),
            self.layout.labels.get(position),
            self.layout.vertices.get(edge.to),
        );
        let (Some(from), Some(label), Some(to)) = places else { return };
        let (from, label, to) = (*from, *label, *to);
        let mark = mark_class(edge.mark);
        let first = curve(from, label);
        let second = if edge.from == edge.to { around(label, to) } else { curve(label, to) };
        self.push(format_args!("<path class=\"edge{mark}\" d=\"{first}\"/><path class=\"edge{mark}\" d=\"{second}\" marker-end=\"url(#arrow)\"/>\n"));
    }
}

/// Down from one to the other, or up when it lies higher.
fn curve(from: Rect, to: Rect) -> String {
    let (start, end) = if from.bottom() <= to.y {
        (from.bottom(), to.y)
    } else if to.bottom() <= from.y {
        (from.y, to.bottom())
    } else {
        return beside(from, to);
    };
    let bend = (end - start) / 2.0;
    let (x1, x2) = (from.middle(), to.middle());
    format!("M{x1:.0} {start:.0} C{x1:.0} {:.0} {x2:.0} {:.0} {x2:.0} {end:.0}", start + bend, end - bend)
}

/// Two boxes on one height.
fn beside(from: Rect, to: Rect) -> String {
    let (x1, x2) = if from.x < to.x { (from.x + from.width, to.x) } else { (from.x, to.x + to.width) };
    let (y1, y2) = (from.y + from.height / 2.0, to.y + to.height / 2.0);
    format!("M{x1:.0} {y1:.0} L{x2:.0} {y2:.0}")
}

/// Back to the box that it came from.
fn around(label: Rect, to: Rect) -> String {
    let (x, side) = (label.x + label.width, to.x + to.width);
    let (y1, y2) = (label.y + label.height / 2.0, to.y + to.height / 2.0);
    let out = x.max(side) + 30.0;
    format!("M{x:.0} {y1:.0} C{out:.0} {y1:.0} {out:.0} {y2:.0} {side:.0} {y2:.0}")
}

/// Every way in words, for those who do not see the picture.
fn description(diagram: &Diagram) -> String {
    let name = |index: usize| diagram.vertices.get(index).map_or("", |vertex| vertex.name.as_str());
    let ways = diagram.edges.iter().map(|edge| {
        let when = edge.lines.join(" ");
        let way = say!("{from} to {to}", from = name(edge.from), to = name(edge.to));
        if when.is_empty() { way } else { format!("{way}: {when}") }
    });
    let ways = ways.collect::<Vec<_>>().join("; ");
    say!("State machine {name}. {ways}.", name = diagram.subtitle, ways)
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // XML has no place for other control characters, not even escaped.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
