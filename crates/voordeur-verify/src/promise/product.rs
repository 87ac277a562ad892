//! A statement without a term over the states of a search that is over: which states come after which is known, and
//! so is what happens between them, so that no clock has to be looked at again.
//!
//! A state stands for all moments that are among its own, so that more may come after it here than comes after it
//! really. What nothing breaks here nothing breaks; all else is believed when it has been played on real dates, or is
//! looked at by itself.

use std::collections::VecDeque;
use std::rc::Rc;

use rustc_hash::FxHashSet;
use voordeur_engine::Case;

use super::confirm::exercised_in;
use super::model::Form;
use super::observer::turn;
use super::sight::Sight;
use super::together::Found;
use super::verdict::Verdict;
use crate::cells::TODAY;
use crate::edge::Edge;
use crate::explore::Search;
use crate::replay::replay;
use crate::situation::{Outcome, Step};

/// A state of the search together with what the machine of the statement remembers.
struct Node {
    state: usize,
    watch: u32,
    /// The node from which it was reached first; `None` for a report.
    from: Option<usize>,
    by: Rc<Step>,
}

struct Product<'s> {
    search: &'s Search<'s>,
    form: &'s Form,
    nodes: Vec<Node>,
    known: FxHashSet<(usize, u32)>,
    queue: VecDeque<usize>,
    /// The first step that shows the statement at work: the node before it, and the step.
    exercised: Option<(Option<usize>, Rc<Step>)>,
}

/// The verdict of a form that nothing breaks; `None` where that is not as plain as that.
pub(super) fn kept_in(search: &Search<'_>, form: &Form) -> Option<Found> {
    if form.term().is_some() || !search.keeps_steps() || search.incomplete.is_some() {
        return None;
    }
    let mut product = Product {
        search,
        form,
        nodes: Vec::new(),
        known: FxHashSet::default(),
        queue: VecDeque::new(),
        exercised: None,
    };
    product.follow(None)?;
    while let Some(at) = product.queue.pop_front() {
        product.follow(Some(at))?;
    }
    let verdict = match (&product.exercised, form) {
        (Some((before, step)), _) => product.shows(*before, step).then_some(Verdict::Kept(None))?,
        (None, Form::Possible(_)) => Verdict::Impossible,
        (None, _) => Verdict::Vacuous,
    };
    Some((verdict, product.nodes.len()))
}

impl Product<'_> {
    /// Follows every step from a node; `None` when one of them breaks the promise.
    fn follow(&mut self, at: Option<usize>) -> Option<()> {
        let before = at.and_then(|at| self.nodes.get(at)).map(|node| (node.state, node.watch));
        let (state, watch) = (before.map(|(state, _)| state), before.map_or(0, |(_, watch)| watch));
        let reported = Case::default();
        let case = state.map_or(Some(&reported), |state| self.search.case(state))?;
        for (to, step) in self.search.taken(state) {
            let Outcome::Done { entries, .. } = &step.outcome else { continue };
            let after = self.search.case(*to)?;
            let sight = Sight { protocol: self.search.protocol, before: case, after, entries, today: TODAY };
            let turn = turn(self.form, watch, &sight);
            if turn.broken {
                return None;
            }
            if turn.exercised && self.exercised.is_none() {
                self.exercised = Some((at, Rc::clone(step)));
            }
            if self.known.insert((*to, turn.state)) {
                self.queue.push_back(self.nodes.len());
                let by = Rc::clone(step);
                self.nodes.push(Node { state: *to, watch: turn.state, from: at, by });
            }
        }
        Some(())
    }

    /// Whether the first step that shows the statement at work can be played on real dates.
    fn shows(&self, before: Option<usize>, step: &Step) -> bool {
        let mut way: Vec<(Edge, Option<Vec<u32>>)> = vec![(step.edge.clone(), None)];
        let mut at = before;
        while let Some(node) = at.and_then(|at| self.nodes.get(at)) {
            way.push((node.by.edge.clone(), self.search.key(node.state).cloned()));
            at = node.from;
        }
        way.reverse();
        let history = replay(self.search, &way);
        history.is_some_and(|history| exercised_in(self.search.protocol, self.form, &history))
    }
}
