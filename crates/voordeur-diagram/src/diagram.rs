//! What a picture shows: boxes, arrows with their words, notes beside them.

use std::collections::BTreeMap;

use petgraph::visit::EdgeRef as _;
use voordeur_messages::say;
use voordeur_protocol::model::{Edge as Way, EndKind, PartyKind};
use voordeur_protocol::{Cause, EndId, Kind, Node, Protocol, Scope, StageId, Target, TriggerId};

use crate::words::{Words, wrap};

/// How many characters stand on a line.
const LINE: usize = 46;

/// What a box stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Where cases come in.
    Trigger,
    /// A stage.
    Stage,
    /// An aftercare.
    Aftercare,
    /// An end of this kind.
    End(EndKind),
}

/// What an overlay says about a box or an arrow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mark {
    /// Nothing: there is no overlay.
    #[default]
    None,
    /// A scenario has been there.
    Shown,
    /// No scenario has been there.
    Missed,
    /// The other version has it otherwise.
    Changed,
}

/// A box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vertex {
    /// Its name, unique in the picture.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it stands for.
    pub shape: Shape,
    /// What is done there.
    pub lines: Vec<String>,
    /// What the overlay says of it.
    pub mark: Mark,
}

/// An arrow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// From this box, by its position.
    pub from: usize,
    /// To this one.
    pub to: usize,
    /// When: all ways between the two boxes together.
    pub lines: Vec<String>,
    /// What the overlay says of it.
    pub mark: Mark,
    /// The ways that it stands for.
    pub ways: Vec<Way>,
}

/// A box beside the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its title.
    pub title: String,
    /// What it says.
    pub lines: Vec<String>,
}

/// A picture of a pathway, before it is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagram {
    /// The title of the pathway.
    pub title: String,
    /// Its name and version.
    pub subtitle: String,
    /// The boxes.
    pub vertices: Vec<Vertex>,
    /// The arrows.
    pub edges: Vec<Edge>,
    /// Escalations, and the rules that apply in every stage.
    pub notes: Vec<Note>,
}

impl Diagram {
    /// What a picture of this protocol shows. Ways that leave every stage stand in a note, not on arrows.
    #[must_use]
    pub fn of(protocol: &Protocol) -> Self {
        let vertices = protocol.graph.node_weights().map(|node| vertex(protocol, *node)).collect();
        Self {
            title: protocol.title.clone(),
            subtitle: format!("{} {}", protocol.name, protocol.version),
            vertices,
            edges: edges(protocol),
            notes: notes(protocol),
        }
    }

    /// Lays what scenarios have shown over the picture: an arrow is shown when one of its ways is.
    pub fn overlay(
        &mut self,
        protocol: &Protocol,
        box_shown: impl Fn(Node) -> bool,
        way_shown: impl Fn(Way) -> bool,
    ) {
        let mark = |shown: bool| if shown { Mark::Shown } else { Mark::Missed };
        for (vertex, node) in self.vertices.iter_mut().zip(protocol.graph.node_weights()) {
            vertex.mark = mark(box_shown(*node));
        }
        for edge in &mut self.edges {
            edge.mark = mark(edge.ways.iter().any(|way| way_shown(*way)));
        }
    }
}

fn vertex(protocol: &Protocol, node: Node) -> Vertex {
    match node {
        Node::Trigger(id) => trigger(protocol, id),
        Node::Stage(id) => stage(protocol, id),
        Node::End(id) => end(protocol, id),
    }
}

fn trigger(protocol: &Protocol, id: TriggerId) -> Vertex {
    let row = protocol.triggers.row(id);
    let from: Vec<&str> = row.from.iter().map(|party| protocol.parties.row(*party).name.as_str()).collect();
    let asks: Vec<&str> = row.asks.iter().map(|field| protocol.fields.row(*field).name.as_str()).collect();
    let mut lines = wrap(&say!("reported by {parties}", parties = from.join(", ")), LINE);
    if !asks.is_empty() {
        lines.extend(wrap(&say!("asks {fields}", fields = asks.join(", ")), LINE));
    }
    Vertex {
        name: row.name.clone(),
        title: row.title.clone(),
        shape: Shape::Trigger,
        lines,
        mark: Mark::None,
    }
}

fn stage(protocol: &Protocol, id: StageId) -> Vertex {
    let (row, words) = (protocol.stages.row(id), Words(protocol));
    let mut lines: Vec<String> = Vec::new();
    if let Some(offers) = row.offers {
        let per = voordeur_calendar::Length::new(1, offers.per).to_string();
        let per = per.trim_start_matches("1 ").to_owned();
        lines.push(say!("offers {amount} per {per}", amount = offers.amount, per));
    }
    lines.extend(row.opens.iter().map(|opening| words.opening(*opening)));
    let stays = protocol
        .rules
        .rows()
        .filter(|rule| rule.scope == Scope::Stage(id) && matches!(rule.target, None | Some(Target::Back)));
    lines.extend(stays.map(|rule| rule.text.clone()));
    if let Some(limit) = row.limit {
        lines.push(match limit.times {
            1 => say!("at most 1 time"),
            times => say!("at most {times} times", times),
        });
    }
    let lines = lines.iter().flat_map(|line| wrap(line, LINE)).collect();
    let shape = if row.aftercare { Shape::Aftercare } else { Shape::Stage };
    Vertex { name: row.name.clone(), title: row.title.clone(), shape, lines, mark: Mark::None }
}

fn end(protocol: &Protocol, id: EndId) -> Vertex {
    let row = protocol.ends.row(id);
    let shape = Shape::End(row.kind);
    Vertex {
        name: row.name.clone(),
        title: row.title.clone(),
        shape,
        lines: vec![say!("end: {kind}", kind = row.kind.word_in(voordeur_messages::language()))],
        mark: Mark::None,
    }
}

fn edges(protocol: &Protocol) -> Vec<Edge> {
    let mut merged: BTreeMap<(usize, usize), (Vec<String>, Vec<Way>)> = BTreeMap::new();
    for edge in protocol.graph.edge_references() {
        let Some(lines) = way(protocol, *edge.weight()) else { continue };
        let (place, ways) = merged.entry((edge.source().index(), edge.target().index())).or_default();
        ways.push(*edge.weight());
        if !lines.iter().all(|line| place.contains(line)) {
            place.extend(lines);
        }
    }
    let edge = |((from, to), (lines, ways)): ((usize, usize), (Vec<String>, Vec<Way>))| {
        let lines = lines.iter().flat_map(|line| wrap(line, 34)).collect();
        Edge { from, to, lines, mark: Mark::None, ways }
    };
    merged.into_iter().map(edge).collect()
}

fn way(protocol: &Protocol, way: Way) -> Option<Vec<String>> {
    let words = Words(protocol);
    match way {
        Way::Branch(trigger, position) => {
            let branch = protocol.triggers.row(trigger).branches.get(usize::from(position))?;
            let text = branch.text.split("->").next().unwrap_or_default().trim().to_owned();
            Some(if text.is_empty() { Vec::new() } else { vec![text] })
        }
        Way::Rule(rule) => {
            let row = protocol.rules.row(rule);
            let Scope::Stage(stage) = row.scope else { return None };
            let stage = protocol.stages.row(stage);
            Some(if row.cause == Cause::ContactsOver {
                vec![say!("when every contact is over")]
            } else {
                words.way(Some(stage), row)
            })
        }
        Way::Limit(stage) => {
            let limit = protocol.stages.row(stage).limit?;
            Some(vec![match limit.times {
                1 => say!("after 1 time"),
                times => say!("after {times} times", times),
            }])
        }
        Way::Always(_) | Way::Back(_) => None,
    }
}

fn notes(protocol: &Protocol) -> Vec<Note> {
    let words = Words(protocol);
    let always: Vec<&voordeur_protocol::Rule> =
        protocol.rules.rows().filter(|rule| rule.scope == Scope::Always).collect();
    let mut notes = Vec::new();
    if !always.is_empty() {
        let lines = always.iter().flat_map(|rule| wrap(&rule.text, LINE)).collect();
        notes.push(Note { title: say!("In every stage"), lines });
    }
    for (id, row) in protocol.obligations.iter().filter(|(_, row)| row.kind == Kind::Escalation) {
        let lines = words.steps(id).iter().flat_map(|step| wrap(step, LINE)).collect();
        notes.push(Note {
            title: say!("escalation {name} – {title}", name = row.name, title = row.title),
            lines,
        });
    }
    notes.push(parties(protocol));
    notes
}

fn parties(protocol: &Protocol) -> Note {
    let line = |party: &voordeur_protocol::model::Party| match party.kind {
        PartyKind::Role { of } => {
            let (name, title, of) = (&party.name, &party.title, &protocol.parties.row(of).name);
            Some(say!("{name} ({title}) of {of}", name, title, of))
        }
        PartyKind::Agency => Some(format!("{} ({})", party.name, party.title)),
        PartyKind::Client | PartyKind::Anyone => None,
    };
    let lead = say!("lead: {name}", name = protocol.parties.row(protocol.lead).name);
    let lines = std::iter::once(lead).chain(protocol.parties.rows().filter_map(line));
    Note { title: say!("Who"), lines: lines.flat_map(|line| wrap(&line, LINE)).collect() }
}
