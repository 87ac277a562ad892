//! Mermaid, for Markdown pages that draw it themselves.

use std::fmt::Write as _;

use petgraph::visit::EdgeRef as _;
use voordeur_protocol::Kind;

use crate::diagram::{Diagram, Shape};

/// Writes a diagram as a Mermaid flowchart.
#[must_use]
pub fn to_mermaid(diagram: &Diagram) -> String {
    let mut out = String::new();
    write(diagram, &mut out).unwrap_or_default();
    out
}

fn write(diagram: &Diagram, out: &mut String) -> std::fmt::Result {
    writeln!(out, "---\ntitle: \"{}\"\n---\nflowchart TD", words(&diagram.title))?;
    for (position, vertex) in diagram.vertices.iter().enumerate() {
        let (open, close) = match vertex.shape {
            Shape::Trigger => (">", "]"),
            Shape::Stage => ("[", "]"),
            Shape::Aftercare => ("([", "])"),
            Shape::End(_) => ("[[", "]]"),
        };
        let mut lines = vec![format!("<b>{}</b>", words(&vertex.title)), words(&vertex.name)];
        lines.extend(vertex.lines.iter().map(|line| words(line)));
        writeln!(out, "  n{position}{open}\"{}\"{close}", lines.join("<br/>"))?;
    }
    for edge in &diagram.edges {
        let lines: Vec<String> = edge.lines.iter().map(|line| words(line)).collect();
        let label = if lines.is_empty() { String::new() } else { format!("|\"{}\"|", lines.join("<br/>")) };
        writeln!(out, "  n{} -->{label} n{}", edge.from, edge.to)?;
    }
    for (position, note) in diagram.notes.iter().enumerate() {
        let mut lines = vec![format!("<b>{}</b>", words(&note.title))];
        lines.extend(note.lines.iter().map(|line| words(line)));
        writeln!(out, "  note{position}[/\"{}\"/]", lines.join("<br/>"))?;
    }
    Ok(())
}

fn words(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\n', " ")
}

/// The lifecycle of a kind of obligation as a Mermaid state diagram.
#[must_use]
pub fn lifecycle_mermaid(kind: Kind) -> String {
    let mut out = String::from("stateDiagram-v2\n");
    let graph = kind.lifecycle().graph();
    let state = |index: petgraph::graph::NodeIndex| graph.node_weight(index).map_or("", |state| state.name);
    if let Some(first) = graph.node_indices().next() {
        writeln!(out, "  [*] --> {}", state(first)).unwrap_or_default();
    }
    for edge in graph.edge_references() {
        let on = edge.weight().word().unwrap_or("an outcome that the file names");
        writeln!(out, "  {} --> {}: {on}", state(edge.source()), state(edge.target())).unwrap_or_default();
    }
    for index in
        graph.node_indices().filter(|index| graph.node_weight(*index).is_some_and(|state| state.closed))
    {
        writeln!(out, "  {} --> [*]", state(index)).unwrap_or_default();
    }
    out
}
