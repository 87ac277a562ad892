//! From which state which others are come to: close together in memory, because searches have many. What petgraph knows of graphs
//! works on it.

use std::ops::Range;

use petgraph::algo::tarjan_scc;
use petgraph::visit::{GraphBase, IntoNeighbors, IntoNodeIdentifiers, NodeIndexable};

/// The ways between so many points, ordered by the point from which they lead.
pub(crate) struct Ways {
    /// Where the ways from each point begin, and where those from the last one end.
    starts: Vec<u32>,
    to: Vec<u32>,
}

impl Ways {
    /// `pairs` gives the ways twice: from where, and to where. What leads from or to a point that is none is left out.
    pub(crate) fn of<I: Iterator<Item = (usize, usize)>>(points: usize, pairs: impl Fn() -> I) -> Self {
        let known = || pairs().filter(|(from, to)| *from < points && *to < points);
        let mut starts = vec![0_u32; points + 1];
        known().for_each(|(from, _)| starts.get_mut(from + 1).into_iter().for_each(|slot| *slot += 1));
        let mut sum = 0;
        for slot in &mut starts {
            sum += *slot;
            *slot = sum;
        }
        let mut free = starts.clone();
        let mut to = vec![0; usize::try_from(sum).unwrap_or(0)];
        for (from, end) in known() {
            let Some(place) = free.get_mut(from) else { continue };
            if let Some(slot) = to.get_mut(index(*place)) {
                *slot = number(end);
            }
            *place += 1;
        }
        Self { starts, to }
    }

    /// The points that one leads to.
    pub(crate) fn from(&self, point: usize) -> impl Iterator<Item = usize> + '_ {
        self.slice(point).iter().map(|to| index(*to))
    }

    fn slice(&self, point: usize) -> &[u32] {
        let (Some(start), Some(end)) = (self.starts.get(point), self.starts.get(point + 1)) else {
            return &[];
        };
        self.to.get(index(*start)..index(*end)).unwrap_or_default()
    }

    /// The parts within which every point leads to every other one.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Vec<usize>> {
        tarjan_scc(self).into_iter().map(|part| part.into_iter().map(index).collect())
    }
}

const fn index(number: u32) -> usize {
    number as usize
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

impl GraphBase for Ways {
    type NodeId = u32;
    type EdgeId = ();
}

impl NodeIndexable for Ways {
    fn node_bound(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    fn to_index(&self, at: u32) -> usize {
        index(at)
    }

    fn from_index(&self, at: usize) -> u32 {
        number(at)
    }
}

impl<'a> IntoNeighbors for &'a Ways {
    type Neighbors = std::iter::Copied<std::slice::Iter<'a, u32>>;

    fn neighbors(self, at: u32) -> Self::Neighbors {
        self.slice(index(at)).iter().copied()
    }
}

impl IntoNodeIdentifiers for &Ways {
    type NodeIdentifiers = Range<u32>;

    fn node_identifiers(self) -> Range<u32> {
        0..number(self.node_bound())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_lead_where_they_were_said_to_lead() {
        let pairs = [(2, 0), (0, 1), (1, 2), (3, 3), (0, 3), (9, 1), (1, 9)];
        let ways = Ways::of(4, || pairs.into_iter());
        let all: Vec<Vec<usize>> = (0..5).map(|at| ways.from(at).collect()).collect();
        assert_eq!(all, [vec![1, 3], vec![2], vec![0], vec![3], vec![]]);
        let mut parts: Vec<Vec<usize>> = ways.parts().collect();
        parts.iter_mut().for_each(|part| part.sort_unstable());
        parts.sort();
        assert_eq!(parts, [vec![0, 1, 2], vec![3]]);
        assert_eq!(Ways::of(0, std::iter::empty).parts().count(), 0);
    }
}
