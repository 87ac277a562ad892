//! The observer of a statement in the search over all cases.

use voordeur_protocol::Protocol;

use super::model::{Form, Start};
use super::observer::turn;
use super::sight::Sight;
use crate::cells::TODAY;
use crate::collect::Step;
use crate::edge::Edge;
use crate::observe::{Clock, Observer, Seen, Term, Watch};

/// So many ways to break a promise, or to come to what is to be possible, are tried on real dates: the shortest may need days that no calendar has.
const MOST_BREAKS: usize = 24;

/// How a promise can be broken, as far as the search knows.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Break {
    /// By a step: the state before it, and what happens.
    Step(Option<usize>, Edge),
    /// By a term that passes in a state.
    Overdue(usize),
}

/// What was seen of a form.
pub(super) struct Looker<'a> {
    protocol: &'a Protocol,
    form: &'a Form,
    /// The ways in which it is broken, the shortest first.
    pub(super) breaks: Vec<Break>,
    /// The first steps that show it at work.
    pub(super) exercised: Vec<Step>,
    /// So many of them are looked for.
    most: usize,
    /// Whether it was ever to be kept.
    pub(super) started: Option<Step>,
}

impl<'a> Looker<'a> {
    pub(super) const fn new(protocol: &'a Protocol, form: &'a Form) -> Self {
        Self { protocol, form, breaks: Vec::new(), exercised: Vec::new(), most: 1, started: None }
    }

    /// The same, where dates were not found for the first step that shows it at work.
    pub(super) fn again(protocol: &'a Protocol, form: &'a Form) -> Self {
        Self { most: MOST_BREAKS, ..Self::new(protocol, form) }
    }
}

impl Observer for Looker<'_> {
    fn term(&self) -> Option<Term> {
        self.form.term()
    }

    fn term_of_report(&self) -> Option<Term> {
        match self.form {
            Form::Existence { from: Start::Report | Start::Trigger(_), term, .. } => Some(*term),
            _ => None,
        }
    }

    fn look(&mut self, seen: &Seen<'_>) -> Watch {
        let (before, after, entries) = (seen.before, seen.after, seen.entries);
        let sight = Sight { protocol: self.protocol, before, after, entries, today: TODAY };
        let turn = turn(self.form, seen.watch, &sight);
        let step = || (seen.from, seen.edge.clone());
        if turn.exercised && self.exercised.len() < self.most {
            self.exercised.push(step());
        }
        if matches!(turn.clock, Clock::Start(_)) && self.started.is_none() {
            self.started = Some(step());
        }
        if turn.broken && self.breaks.len() < MOST_BREAKS {
            self.breaks.push(Break::Step(seen.from, seen.edge.clone()));
        }
        Watch { state: turn.state, clock: turn.clock }
    }

    fn overdue(&mut self, at: usize) {
        if self.breaks.len() < MOST_BREAKS {
            self.breaks.push(Break::Overdue(at));
        }
    }

    fn is_done(&self) -> bool {
        let reached = matches!(self.form, Form::Possible(_)) && self.exercised.len() >= self.most;
        reached || self.breaks.len() >= MOST_BREAKS
    }
}
