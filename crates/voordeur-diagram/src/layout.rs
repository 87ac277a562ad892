//! Where everything stands: layers from top to bottom, the words of an arrow in a place of their own.
//!
//! The words of an arrow take part in the layout as if they were a box, so nothing overlaps.

use petgraph::stable_graph::{NodeIndex, StableDiGraph};
use rust_sugiyama::configure::{Config, CrossingMinimization, RankingType};

use crate::diagram::{Diagram, Note, Shape};

/// The width of a character and the height of a line, in pixels, at 13 pixels to the letter.
const CHARACTER: f64 = 7.4;
const BOLD: f64 = 8.8;
pub(crate) const LINE_HEIGHT: f64 = 18.0;
pub(crate) const PADDING: f64 = 10.0;
const MARGIN: f64 = 40.0;
/// Room for the title above the graph.
pub(crate) const HEADER: f64 = 80.0;
const GAP: f64 = 28.0;

/// A rectangle: its upper left corner and its size, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rect {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl Rect {
    /// Whether two rectangles share room.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }

    pub(crate) fn middle(&self) -> f64 {
        self.x + self.width / 2.0
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

/// Where everything stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The boxes, in the order of the diagram.
    pub vertices: Vec<Rect>,
    /// The words of the arrows, in the order of the diagram; without size when there are none.
    pub labels: Vec<Rect>,
    /// The notes, in the order of the diagram.
    pub notes: Vec<Rect>,
    /// The width of the whole.
    pub width: f64,
    /// The height of the whole.
    pub height: f64,
}

impl Layout {
    /// Lays out a diagram. The same diagram gives the same layout.
    #[must_use]
    pub fn of(diagram: &Diagram) -> Self {
        let sizes = sizes(diagram);
        let places = places(diagram, &sizes);
        let boxes: Vec<Rect> = sizes.iter().zip(&places).map(|(size, place)| at(*size, *place)).collect();
        let boxes = normalised(apart(boxes));
        let split = diagram.vertices.len();
        let (vertices, labels) = boxes.split_at(split.min(boxes.len()));
        let (vertices, labels) = (vertices.to_vec(), labels.to_vec());
        let right = boxes.iter().map(|b| b.x + b.width).fold(0.0, f64::max);
        let notes = notes(&diagram.notes, right + MARGIN * 1.5);
        let all = boxes.iter().chain(&notes);
        let width = all.clone().map(|b| b.x + b.width).fold(0.0, f64::max) + MARGIN;
        let height = all.map(Rect::bottom).fold(0.0, f64::max) + MARGIN;
        Self { vertices, labels, notes, width, height }
    }
}

/// The sizes of boxes and then of the words of arrows.
fn sizes(diagram: &Diagram) -> Vec<(f64, f64)> {
    let vertices = diagram.vertices.iter().map(|vertex| {
        let heads = [vertex.title.as_str(), vertex.name.as_str()];
        sized(&heads, &vertex.lines)
    });
    let labels = diagram
        .edges
        .iter()
        .map(|edge| if edge.lines.is_empty() { (12.0, 12.0) } else { sized(&[], &edge.lines) });
    vertices.chain(labels).collect()
}

/// Heads are bold, and so a little wider.
fn sized(heads: &[&str], lines: &[String]) -> (f64, f64) {
    let length = |text: &str| f64::from(u32::try_from(text.chars().count()).unwrap_or(u32::MAX));
    let heads = heads.iter().map(|head| length(head) * BOLD);
    let widths = heads.chain(lines.iter().map(|line| length(line) * CHARACTER));
    let (widest, count) =
        widths.fold((0.0, 0.0), |(widest, count), width| (f64::max(widest, width), count + 1.0));
    (widest + 2.0 * PADDING, count * LINE_HEIGHT + 2.0 * PADDING)
}

/// The middles of all boxes.
fn places(diagram: &Diagram, sizes: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut graph: StableDiGraph<usize, ()> = StableDiGraph::new();
    let nodes: Vec<NodeIndex> = (0..sizes.len()).map(|index| graph.add_node(index)).collect();
    let backward = backward(diagram);
    for (position, edge) in diagram.edges.iter().enumerate() {
        // A way back is laid out as if it led forward, so that cases come in at the top.
        let back = backward.get(position).copied().unwrap_or(false);
        let (from, to) = if back { (edge.to, edge.from) } else { (edge.from, edge.to) };
        let ends = (nodes.get(from), nodes.get(diagram.vertices.len() + position), nodes.get(to));
        // A way from a stage to itself would be a circle; its words stand below the box.
        if let (Some(from), Some(label), Some(to)) = ends {
            graph.add_edge(*from, *label, ());
            if from != to {
                graph.add_edge(*label, *to, ());
            }
        }
    }
    let config = Config {
        minimum_length: 1,
        vertex_spacing: 44.0,
        c_minimization: CrossingMinimization::Barycenter,
        ranking_type: RankingType::MinimizeEdgeLength,
        ..Config::default()
    };
    let size = |_: NodeIndex, index: &usize| sizes.get(*index).copied().unwrap_or((0.0, 0.0));
    let mut places = vec![(0.0, 0.0); sizes.len()];
    let mut left = 0.0;
    let mut parts = rust_sugiyama::from_graph(&graph, &size, &config);
    parts.sort_by_key(|(part, ..)| part.iter().map(|(node, _)| node.index()).min());
    for (part, width, _) in parts {
        for (node, (x, y)) in part {
            if let Some(place) = places.get_mut(node.index()) {
                *place = (x + left, y);
            }
        }
        left += width + 2.0 * MARGIN;
    }
    places
}

/// For each arrow whether it leads back to a box that a case has been in on the way, going from the triggers.
fn backward(diagram: &Diagram) -> Vec<bool> {
    let mut leaving: Vec<Vec<(usize, usize)>> = vec![Vec::new(); diagram.vertices.len()];
    for (position, edge) in diagram.edges.iter().enumerate() {
        if let Some(list) = leaving.get_mut(edge.from) {
            list.push((position, edge.to));
        }
    }
    let mut walk = Walk {
        leaving,
        seen: vec![false; diagram.vertices.len()],
        backward: vec![false; diagram.edges.len()],
    };
    let is_trigger = |index: &usize| diagram.vertices.get(*index).is_some_and(|v| v.shape == Shape::Trigger);
    let (first, rest): (Vec<usize>, Vec<usize>) = (0..diagram.vertices.len()).partition(is_trigger);
    first.into_iter().chain(rest).for_each(|root| walk.from(root));
    walk.backward
}

struct Walk {
    leaving: Vec<Vec<(usize, usize)>>,
    seen: Vec<bool>,
    backward: Vec<bool>,
}

impl Walk {
    /// Depth first, with the way in hand as a list: a pathway may be long.
    fn from(&mut self, root: usize) {
        let mut way: Vec<(usize, usize)> = Vec::new();
        if self.enter(root) {
            way.push((root, 0));
        }
        while let Some((node, next)) = way.last().copied() {
            let Some((edge, to)) = self.leaving.get(node).and_then(|list| list.get(next)).copied() else {
                way.pop();
                continue;
            };
            if let Some(last) = way.last_mut() {
                last.1 += 1;
            }
            if self.enter(to) {
                way.push((to, 0));
            } else if let Some(slot) = self.backward.get_mut(edge) {
                *slot = way.iter().any(|(open, _)| *open == to);
            }
        }
    }

    fn enter(&mut self, node: usize) -> bool {
        self.seen.get_mut(node).is_some_and(|seen| !std::mem::replace(seen, true))
    }
}

fn at((width, height): (f64, f64), (x, y): (f64, f64)) -> Rect {
    Rect { x: x - width / 2.0, y: y - height / 2.0, width, height }
}

/// Pushes boxes that share room to the right, row by row.
fn apart(mut boxes: Vec<Rect>) -> Vec<Rect> {
    let mut order: Vec<usize> = (0..boxes.len()).collect();
    order.sort_by(|a, b| {
        let key = |index: &usize| boxes.get(*index).map_or((0.0, 0.0), |b| (b.x, b.y));
        key(a).partial_cmp(&key(b)).unwrap_or(std::cmp::Ordering::Equal).then(a.cmp(b))
    });
    let mut placed: Vec<Rect> = Vec::new();
    for index in order {
        let Some(mut rect) = boxes.get(index).copied() else { continue };
        while let Some(other) = placed.iter().find(|other| widened(other).overlaps(&rect)) {
            rect.x = other.x + other.width + 12.0;
        }
        placed.push(rect);
        if let Some(slot) = boxes.get_mut(index) {
            *slot = rect;
        }
    }
    boxes
}

fn widened(rect: &Rect) -> Rect {
    Rect { x: rect.x - 6.0, y: rect.y - 4.0, width: rect.width + 12.0, height: rect.height + 8.0 }
}

/// Moves everything so that it begins at the margin, in whole pixels.
fn normalised(boxes: Vec<Rect>) -> Vec<Rect> {
    let left = boxes.iter().map(|b| b.x).fold(f64::MAX, f64::min);
    let top = boxes.iter().map(|b| b.y).fold(f64::MAX, f64::min);
    let moved =
        |b: Rect| Rect { x: (b.x - left + MARGIN).round(), y: (b.y - top + MARGIN + HEADER).round(), ..b };
    boxes.into_iter().map(moved).collect()
}

fn notes(notes: &[Note], x: f64) -> Vec<Rect> {
    let mut y = MARGIN + HEADER;
    let place = |note: &Note| {
        let (width, height) = sized(&[&note.title], &note.lines);
        let rect = Rect { x, y, width, height };
        y += height + GAP;
        rect
    };
    notes.iter().map(place).collect()
}
