//! DOT, for Graphviz and everything that reads it.

use std::fmt::Write as _;

use crate::diagram::{Diagram, Shape};

/// Writes a diagram as DOT.
#[must_use]
pub fn to_dot(diagram: &Diagram) -> String {
    let mut out = String::new();
    write(diagram, &mut out).unwrap_or_default();
    out
}

fn write(diagram: &Diagram, out: &mut String) -> std::fmt::Result {
    writeln!(out, "digraph \"{}\" {{", quoted(&diagram.subtitle))?;
    writeln!(
        out,
        "  label=\"{}\"; labelloc=t; rankdir=TB; node [shape=box, fontname=sans]; edge [fontname=sans];",
        quoted(&diagram.title)
    )?;
    for vertex in &diagram.vertices {
        let look = match vertex.shape {
            Shape::Trigger => "shape=cds",
            Shape::Stage => "style=rounded",
            Shape::Aftercare => "style=\"rounded,dashed\"",
            Shape::End(_) => "peripheries=2",
        };
        let lines: Vec<&str> = [vertex.title.as_str(), vertex.name.as_str()]
            .into_iter()
            .chain(vertex.lines.iter().map(String::as_str))
            .collect();
        writeln!(out, "  \"{}\" [{look}, label=\"{}\"];", quoted(&vertex.name), label(&lines))?;
    }
    let name =
        |index: usize| diagram.vertices.get(index).map_or(String::new(), |vertex| quoted(&vertex.name));
    for edge in &diagram.edges {
        let lines: Vec<&str> = edge.lines.iter().map(String::as_str).collect();
        writeln!(out, "  \"{}\" -> \"{}\" [label=\"{}\"];", name(edge.from), name(edge.to), label(&lines))?;
    }
    for (position, note) in diagram.notes.iter().enumerate() {
        let lines: Vec<&str> =
            std::iter::once(note.title.as_str()).chain(note.lines.iter().map(String::as_str)).collect();
        writeln!(out, "  \"note {position}\" [shape=note, label=\"{}\"];", label(&lines))?;
    }
    writeln!(out, "}}")
}

/// Lines that end at the left.
fn label(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{}\\l", quoted(line))).collect()
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ")
}
