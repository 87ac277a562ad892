//! What leads from one state to another, as far as the search has asked: from what becomes of obligations, and from time.

use std::collections::BTreeSet;

use voordeur_protocol::ObligationId;

use crate::comes::Comes;
use crate::edge::Edge;
use crate::explore::Search;
use crate::situation::{Outcome, Situation, Step};

impl Search<'_> {
    /// What leads from one state to another without anything from outside, as far as it was asked.
    pub(crate) fn by_itself(&self, from: usize, to: usize) -> Option<Edge> {
        self.steps_between(from, to)
            .find(|step| step.is_by_itself(self.protocol))
            .map(|step| step.edge.clone())
    }

    /// The situations to which one leads without anything from outside, as far as it was asked: in order.
    pub(crate) fn led_to_by_itself(&self, situation: usize) -> Vec<usize> {
        let steps = self.situations.get(situation).into_iter().flat_map(Situation::steps);
        let steps = steps.flat_map(|(_, steps)| steps.iter()).filter(|step| step.is_by_itself(self.protocol));
        let to = steps.filter_map(|step| match &step.outcome {
            Outcome::Done { to, .. } => Some(*to),
            Outcome::Refused(_) => None,
        });
        let mut to: Vec<usize> = to.collect();
        to.sort_unstable();
        to.dedup();
        to
    }

    pub(crate) fn leads_by_itself(&self, from: usize, to: usize) -> bool {
        self.steps_between(from, to).any(|step| step.is_by_itself(self.protocol))
    }

    /// What leads from one state to another without anything from outside, and brings something.
    pub(crate) fn bringing(&self, from: usize, to: usize, what: Comes) -> Option<Edge> {
        let mut steps = self.steps_between(from, to).filter(|step| step.is_by_itself(self.protocol));
        steps
            .find(|step| step.marks(self.protocol, &self.looks).contains(&what))
            .map(|step| step.edge.clone())
    }

    /// What comes on a way between two states without anything from outside.
    pub(crate) fn comes_between(&self, from: usize, to: usize) -> BTreeSet<Comes> {
        let steps = self.steps_between(from, to).filter(|step| step.is_by_itself(self.protocol));
        steps.flat_map(|step| step.marks(self.protocol, &self.looks)).collect()
    }

    /// What leads from one state to another without anything from outside, and opens an obligation.
    pub(crate) fn opening_between(&self, from: usize, to: usize, of: ObligationId) -> Option<Edge> {
        let mut steps = self.steps_between(from, to).filter(|step| step.is_by_itself(self.protocol));
        steps.find(|step| step.opens(self.protocol, of)).map(|step| step.edge.clone())
    }

    fn steps_between(&self, from: usize, to: usize) -> impl Iterator<Item = &Step> {
        let situation = |at: usize| self.states.get(at).map(|state| state.situation);
        let wanted = situation(to);
        let steps = situation(from).and_then(|at| self.situations.get(at)).into_iter();
        let steps = steps.flat_map(Situation::steps).flat_map(|(_, steps)| steps.iter().map(|step| &**step));
        steps.filter(move |step| matches!(&step.outcome, Outcome::Done { to, .. } if Some(*to) == wanted))
    }
}
