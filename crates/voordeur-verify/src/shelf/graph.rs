//! States and the steps between them, of whichever engine.

use voordeur_engine::{Case, Entry};

use crate::edge::Edge;
use crate::explore::Search;
use crate::situation::{Outcome, Situation};
use crate::ways::Ways;

/// One step to a state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stepped<'a> {
    pub(crate) to: usize,
    /// What happens; nothing where time only goes by.
    pub(crate) edge: Option<&'a Edge>,
    pub(crate) entries: &'a [Entry],
}

/// All states of a pathway.
pub(crate) trait Graph {
    fn count(&self) -> usize;
    /// The case of a state.
    fn case(&self, at: usize) -> Option<&Case>;
    /// What can happen in it; from `None` the reports.
    fn steps(&self, at: Option<usize>) -> Vec<Stepped<'_>>;
}

impl Graph for Search<'_> {
    fn count(&self) -> usize {
        self.states.len()
    }

    fn case(&self, at: usize) -> Option<&Case> {
        Self::case(self, at)
    }

    fn steps(&self, at: Option<usize>) -> Vec<Stepped<'_>> {
        let Some(at) = at else { return reports(self) };
        let Some(state) = self.states.get(at) else { return Vec::new() };
        let all = self.situations.get(state.situation).into_iter().flat_map(Situation::steps);
        let all = all.flat_map(|(_, steps)| steps.iter());
        let mut found = Vec::new();
        for step in all {
            let Outcome::Done { to, entries, .. } = &step.outcome else { continue };
            let led = state.next.iter().map(|(next, _)| *next);
            let led = led.filter(|next| self.states.get(*next).is_some_and(|next| next.situation == *to));
            found.extend(led.map(|to| Stepped { to, edge: Some(&step.edge), entries }));
        }
        found
    }
}

/// For each state to which a report leads the first that does.
fn reports<'s>(search: &'s Search<'_>) -> Vec<Stepped<'s>> {
    let first = search.states.iter().enumerate().filter(|(_, state)| state.from.is_none());
    let steps = first.filter_map(|(to, state)| match &state.by.outcome {
        Outcome::Done { entries, .. } => Some(Stepped { to, edge: Some(&state.by.edge), entries }),
        Outcome::Refused(_) => None,
    });
    steps.collect()
}

/// The states from which a step can come that is looked for.
pub(super) fn leading_to<'s, 'g: 's>(
    count: usize,
    steps: &dyn Fn(usize) -> &'s [Stepped<'g>],
    is_it: &dyn Fn(&Stepped<'_>) -> bool,
) -> Vec<bool> {
    let before =
        Ways::of(count, || (0..count).flat_map(|at| steps(at).iter().map(move |step| (step.to, at))));
    let mut open: Vec<usize> = (0..count).filter(|at| steps(*at).iter().any(is_it)).collect();
    let mut leads = vec![false; count];
    while let Some(at) = open.pop() {
        let Some(slot) = leads.get_mut(at).filter(|slot| !**slot) else { continue };
        *slot = true;
        open.extend(before.from(at));
    }
    leads
}
