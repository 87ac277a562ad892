//! How soon and how late cases get to each stage and end, counted day by day along every way that the naive explorer finds.

use std::collections::BTreeMap;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef as _;
use voordeur_engine::Entry;
use voordeur_protocol::Protocol;

use super::{Naive, Node};
use crate::bounds::Milestone;
use crate::observe::{Observer, Seen, Watch};

/// The first and the last day on which a case gets somewhere, counted from the day of the report; `None` for a last day that
/// there is not.
pub type FirstAndLast = BTreeMap<Milestone, (i32, Option<i32>)>;

/// The days on which cases get to each stage and end; `None` when there are more situations than so many.
#[must_use]
pub fn bounds_day_by_day(protocol: &Protocol, most: usize) -> Option<FirstAndLast> {
    let mut arrivals = Arrivals::default();
    let mut naive = Naive::of(protocol, &mut arrivals);
    naive.explore(most)?;
    let nodes = std::mem::take(&mut naive.nodes);
    let ways = ways(&nodes, &naive.first);
    let mut days = FirstAndLast::new();
    for (from, milestone) in arrivals.0 {
        let (least, most) = from.map_or(Some((0, Some(0))), |from| *ways.get(from)?)?;
        let slot = days.entry(milestone).or_insert((least, most));
        *slot = (slot.0.min(least), later(slot.1, most));
    }
    Some(days)
}

fn later(one: Option<i32>, other: Option<i32>) -> Option<i32> {
    Some(one?.max(other?))
}

/// From which situation a step leads somewhere.
#[derive(Default)]
struct Arrivals(Vec<(Option<usize>, Milestone)>);

impl Observer for Arrivals {
    fn look(&mut self, seen: &Seen<'_>) -> Watch {
        let milestones = seen.entries.iter().filter_map(|entry| match entry {
            Entry::StageEntered { stage, .. } => Some(Milestone::Stage(*stage)),
            Entry::Ended { end } => Some(Milestone::End(*end)),
            _ => None,
        });
        self.0.extend(milestones.map(|milestone| (seen.from, milestone)));
        Watch::default()
    }
}

/// For each situation how many days after the report it comes, at least and at most.
fn ways(nodes: &[Node], first: &[usize]) -> Vec<Option<(i32, Option<i32>)>> {
    let graph = graph(nodes);
    let mut ways = vec![None; nodes.len()];
    first.iter().for_each(|at| meet(&mut ways, *at, (0, Some(0))));
    // What leads on comes before what it leads to.
    for together in tarjan_scc(&graph).into_iter().rev() {
        around(&graph, &together, &mut ways);
        for from in &together {
            let Some(Some((least, most))) = ways.get(from.index()).copied() else { continue };
            for edge in graph.edges(*from).filter(|edge| !together.contains(&edge.target())) {
                let days = *edge.weight();
                meet(&mut ways, edge.target().index(), (least + days, most.map(|most| most + days)));
            }
        }
    }
    ways
}

/// Days go by from the course of one day to the midnight after it.
fn graph(nodes: &[Node]) -> DiGraph<(), i32> {
    let mut graph = DiGraph::new();
    nodes.iter().for_each(|_| {
        graph.add_node(());
    });
    for (from, node) in nodes.iter().enumerate() {
        for next in &node.next {
            let is_midnight = nodes.get(next.to).is_some_and(|node| node.midnight);
            let days = i32::from(is_midnight && !node.midnight);
            graph.add_edge(NodeIndex::new(from), NodeIndex::new(next.to), days);
        }
    }
    graph
}

/// What leads back to itself: as late as one likes when days go by meanwhile, and else all at once.
fn around(graph: &DiGraph<(), i32>, together: &[NodeIndex], ways: &mut [Option<(i32, Option<i32>)>]) {
    let inner = |from: NodeIndex| graph.edges(from).filter(|edge| together.contains(&edge.target()));
    let endless = together.iter().any(|from| inner(*from).any(|edge| *edge.weight() > 0));
    let known = together.iter().filter_map(|at| *ways.get(at.index())?).map(|(_, most)| most);
    let most = if endless { None } else { known.reduce(later).flatten() };
    // As often as there are situations: no shortest way is longer.
    for _ in together {
        for from in together {
            let Some(Some((least, _))) = ways.get(from.index()).copied() else { continue };
            for edge in inner(*from) {
                meet(ways, edge.target().index(), (least + edge.weight(), most));
            }
        }
    }
    for at in together {
        if let Some(Some(way)) = ways.get_mut(at.index()) {
            way.1 = most;
        }
    }
}

fn meet(ways: &mut [Option<(i32, Option<i32>)>], at: usize, (least, most): (i32, Option<i32>)) {
    if let Some(slot) = ways.get_mut(at) {
        *slot = Some(slot.map_or((least, most), |(old, older)| (old.min(least), later(older, most))));
    }
}
