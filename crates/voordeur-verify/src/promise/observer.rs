//! What a statement makes of a step: a small machine for each form, the same in the search and on real dates.

use voordeur_engine::{Case, Entry};
use voordeur_protocol::guard::Expr;
use voordeur_protocol::{EventId, Happening, ObligationId, StageId};

use super::model::{Deed, Ending, Form, Goal, Start};
use super::sight::Sight;
use crate::observe::{Clock, Term};

/// What a machine remembers once it has nothing left to see in this case.
const SETTLED: u32 = u32::MAX;

/// It is to happen, and still can.
const PENDING: u32 = 1;

/// It is to happen, and what could bring it has ended otherwise.
const LOST: u32 = 2;

/// What it makes of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    /// What it remembers.
    pub(super) state: u32,
    pub(super) clock: Clock,
    /// Whether the step shows what is promised at work.
    pub(super) exercised: bool,
    /// Whether the step breaks the promise.
    pub(super) broken: bool,
}

/// What a form makes of a step; `state` is what it remembers, 0 before the report.
pub(super) fn turn(form: &Form, state: u32, sight: &Sight<'_>) -> Turn {
    let mut turn = Turn { state, clock: Clock::Keep, exercised: false, broken: false };
    for entry in sight.entries {
        turn.entry(form, entry, sight);
    }
    turn.afterwards(form, sight);
    turn
}

impl Turn {
    fn entry(&mut self, form: &Form, entry: &Entry, sight: &Sight<'_>) {
        match form {
            Form::Response { of, outcomes, term, when } => {
                self.response(*of, outcomes, *term, when, entry, sight);
            }
            Form::Before { ending, deeds, when } => self.before(*ending, deeds, when, entry, sight),
            Form::While { ending, open, when } => self.while_open(*ending, *open, when, entry, sight),
            Form::Absence { never, after } => self.absence(never, after, entry, sight),
            Form::Bounded { most, counted, anew, before } => {
                self.count(*most, counted, *anew, before, entry, sight);
            }
            Form::Existence { deeds, from, term, when } => {
                self.existence(deeds, *from, *term, when, entry, sight);
            }
            Form::Possible(goal) => self.exercised |= reaches(goal, entry, sight),
            Form::Recurrence { .. } | Form::NeverTwo(_) => {}
        }
    }

    fn response(
        &mut self,
        of: ObligationId,
        outcomes: &[Happening],
        term: Term,
        when: &Expr,
        entry: &Entry,
        sight: &Sight<'_>,
    ) {
        let is_opened = sight.is_one(entry, &[Deed::Opened(of)]);
        let is_answer = outcomes.iter().any(|on| sight.is_one(entry, &[Deed::Happened(of, *on)]));
        match self.state {
            0 if is_opened && sight.holds(when) => self.start(term),
            // It is tried once more; the term stays when it was.
            LOST if is_opened => self.state = PENDING,
            PENDING | LOST if is_answer => self.stop(0),
            PENDING if sight.closes(entry, of) => self.state = LOST,
            _ => {}
        }
        self.ends(entry, sight);
    }

    fn before(&mut self, ending: Ending, deeds: &[Deed], when: &Expr, entry: &Entry, sight: &Sight<'_>) {
        if is_meant(entry, ending, when, sight) {
            self.exercised |= self.state == 1;
            self.broken |= self.state == 0;
        } else if sight.is_one(entry, deeds) {
            self.state = 1;
        }
    }

    fn while_open(
        &mut self,
        ending: Ending,
        open: ObligationId,
        when: &Expr,
        entry: &Entry,
        sight: &Sight<'_>,
    ) {
        if is_meant(entry, ending, when, sight) {
            self.broken |= sight.falls_away(open);
            self.exercised |= !self.broken;
        }
    }

    fn absence(&mut self, never: &[Deed], after: &[Deed], entry: &Entry, sight: &Sight<'_>) {
        self.broken |= self.state == 1 && sight.is_one(entry, never);
        if sight.is_one(entry, after) {
            self.state = 1;
            self.exercised = true;
        } else if is_undone(entry, after) {
            self.state = 0;
        }
    }

    fn existence(
        &mut self,
        deeds: &[Deed],
        from: Start,
        term: Term,
        when: &Expr,
        entry: &Entry,
        sight: &Sight<'_>,
    ) {
        if sight.is_one(entry, deeds) {
            if self.state == PENDING {
                self.stop(SETTLED);
            }
            self.state = SETTLED;
        } else if self.state == 0 && is_start(from, entry, sight) && sight.holds(when) {
            self.start(term);
        }
        self.ends(entry, sight);
    }

    /// What shows only when the step is over.
    fn afterwards(&mut self, form: &Form, sight: &Sight<'_>) {
        match form {
            Form::Recurrence { stage, deeds, term } => self.recurrence(*stage, deeds, *term, sight),
            Form::NeverTwo(obligations) => {
                let open = sight.open(obligations);
                self.exercised = open == 1;
                self.broken = open > 1;
            }
            _ => {}
        }
    }

    fn recurrence(&mut self, stage: StageId, deeds: &[Deed], term: Term, sight: &Sight<'_>) {
        let inside =
            |case: &Case| case.is_running() && case.stay.as_ref().is_some_and(|stay| stay.stage == stage);
        let entered =
            |entry: &Entry| matches!(entry, Entry::StageEntered { stage: own, .. } if *own == stage);
        let done = sight.entries.iter().any(|entry| sight.is_one(entry, deeds));
        self.exercised = inside(sight.before) && done;
        if !inside(sight.after) {
            self.clock = Clock::Off;
        } else if !inside(sight.before) || done || sight.entries.iter().any(entered) {
            self.clock = Clock::Start(term);
        }
    }

    fn start(&mut self, term: Term) {
        self.state = PENDING;
        self.clock = Clock::Start(term);
    }

    fn stop(&mut self, state: u32) {
        self.state = state;
        self.clock = Clock::Off;
        self.exercised = true;
    }

    /// What the pathway closes before it was answered will not be answered; where the household itself ends the case
    /// nobody owes it anything any more.
    fn ends(&mut self, entry: &Entry, sight: &Sight<'_>) {
        if let Entry::Ended { end } = entry {
            self.broken |= matches!(self.state, PENDING | LOST) && sight.is_meant(Ending::Closed, *end);
            self.clock = Clock::Off;
        }
    }

    fn count(
        &mut self,
        most: u32,
        counted: &[Deed],
        anew: Option<ObligationId>,
        before: &[Deed],
        entry: &Entry,
        sight: &Sight<'_>,
    ) {
        if self.state == SETTLED {
            return;
        }
        if sight.is_one(entry, before) {
            self.state = SETTLED;
        } else if anew.is_some_and(|of| sight.begins(entry, of)) {
            self.state = 0;
        } else if sight.is_one(entry, counted) && !(anew.is_some() && sight.is_in_vain(entry)) {
            self.state = self.state.saturating_add(1).min(most.saturating_add(1));
            self.exercised = true;
            self.broken |= self.state > most;
        }
    }
}

/// Whether a case ends as is meant, under the condition.
fn is_meant(entry: &Entry, ending: Ending, when: &Expr, sight: &Sight<'_>) -> bool {
    matches!(entry, Entry::Ended { end } if sight.is_meant(ending, *end)) && sight.holds(when)
}

/// Consent that is given again undoes its withdrawal, and the other way round.
fn is_undone(entry: &Entry, after: &[Deed]) -> bool {
    let Entry::Occurred { event, .. } = entry else { return false };
    match *event {
        EventId::CONSENT_GIVEN => after == [Deed::Event(EventId::CONSENT_WITHDRAWN)],
        EventId::CONSENT_WITHDRAWN => after == [Deed::Event(EventId::CONSENT_GIVEN)],
        _ => false,
    }
}

fn is_start(from: Start, entry: &Entry, sight: &Sight<'_>) -> bool {
    match from {
        Start::Report => matches!(entry, Entry::Reported { .. }),
        Start::Trigger(of) => matches!(entry, Entry::Reported { trigger, .. } if *trigger == of),
        Start::Deed(deed) => sight.is_one(entry, &[deed]),
    }
}

fn reaches(goal: &Goal, entry: &Entry, sight: &Sight<'_>) -> bool {
    match (goal, entry) {
        (Goal::End(of), Entry::Ended { end }) => of == end,
        (Goal::Stage(of), Entry::StageEntered { stage, .. }) => of == stage,
        (Goal::Deeds(deeds), _) => sight.is_one(entry, deeds),
        _ => false,
    }
}
