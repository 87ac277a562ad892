//! What is reported to both versions in the course of a day, and what comes of it in each.

use std::rc::Rc;

use voordeur_engine::{Case, Event};
use voordeur_protocol::{Happening, ObligationId, Occurrence, Protocol};

use super::ask::{Asking, Report};
use super::search::{Beside, By, Here};
use crate::explore::Incomplete;
use crate::moves::Move;
use crate::situation::{Step, Steps};
use crate::zone::Zone;

/// What comes in both of something that is reported to them.
pub(super) struct Answered {
    by: By,
    before: Steps,
    after: Steps,
    /// Whether it is the same, step by step.
    is_same: bool,
}

impl Beside<'_> {
    fn asked(&mut self, here: &[Here; 2]) -> Vec<Rc<Report>> {
        let [old, new] = here;
        let [before, after] = &self.sides;
        let asking = Asking {
            known: Some(&self.known_answers),
            names: self.reader.names,
            old: (self.reader.old, &before.cells),
            new: (self.reader.new, &after.cells),
        };
        let all = match (old.at, new.at) {
            (None, None) => asking.triggers(),
            _ => asking.reports(&old.case, &new.case),
        };
        if all.is_err() {
            self.incomplete = Some(Incomplete::Answers);
        }
        let all = all.into_iter().flatten();
        all.filter(|report| !self.is_passed_over(report)).map(Rc::new).collect()
    }

    /// Whether it is about a referral that is not looked at: of one that a case waits for it is looked at that it is taken up.
    fn is_passed_over(&self, report: &Report) -> bool {
        let events = [&report.old, &report.new];
        self.sides.iter().zip(events).any(|(search, event)| {
            event.as_ref().is_some_and(|event| search.looks.holders.is_passed_over(event))
        })
    }

    /// Something is reported to both, in the course of a day.
    pub(super) fn report(&mut self, at: Option<usize>, here: &[Here; 2], zone: &Zone) {
        let shared = at.and_then(|at| self.states.get(at)).is_some_and(|state| state.shared);
        let all = self.tried(here, shared);
        for Answered { by, before, after, is_same } in all.iter() {
            if *is_same {
                for (one, other) in before.iter().zip(after.iter()) {
                    self.land(at, here, [Some(one), Some(other)], zone, by);
                }
                continue;
            }
            for one in each(before) {
                for other in each(after) {
                    self.land(at, here, [one, other], zone, by);
                }
            }
        }
    }

    /// What comes of all that can be reported in two situations: the same at all their moments.
    fn tried(&mut self, here: &[Here; 2], shared: bool) -> Rc<[Answered]> {
        let [old, new] = here;
        let key = ([old.at, new.at], shared);
        if let Some(known) = self.answered.get(&key) {
            return Rc::clone(known);
        }
        let mut reports = self.asked(here);
        reports.retain(|report| !(shared && self.ends_alike.has(report)));
        let mut all = Vec::new();
        for report in &reports {
            for moment in 0..self.moments(report) {
                let before = self.steps_of(old, report.old.as_ref(), moment);
                let after = self.steps_of(new, report.new.as_ref(), moment);
                let is_same = self.are_same_steps(here, (&before, &after));
                all.push(Answered { by: By::Reported(Rc::clone(report)), before, after, is_same });
            }
        }
        let all: Rc<[Answered]> = all.into();
        self.answered.insert(key, Rc::clone(&all));
        all
    }

    /// At how many moments a report is tried: at one, unless something looks at the hour or the day.
    fn moments(&self, report: &Report) -> usize {
        let looks = |event: &Event| {
            matches!(event, Event::Occurred { what: Occurrence::Obligation(_, Happening::NotHome), .. })
        };
        let all = self.sides.iter().any(|side| side.looks_at_days)
            || report.old.iter().chain(&report.new).any(|event| looks(event));
        let many = self.sides.first().map_or(0, |side| side.moments.len());
        if all { many } else { many.min(1) }
    }

    fn steps_of(&mut self, here: &Here, event: Option<&Rc<Event>>, moment: usize) -> Steps {
        let Some(event) = event else { return Rc::from([]) };
        let known = self.reports.entry((here.side, here.at)).or_default();
        if let Some((.., steps)) = known.iter().find(|(own, at, _)| *at == moment && own == event) {
            return Rc::clone(steps);
        }
        let about = about(self.reader.protocol(here.side), &here.case, event);
        let one = Move { event: Rc::clone(event), about };
        let search = self.side(here.side);
        let steps = match search.moments.get(moment).copied() {
            Some(at) => search.reported_at(here.at, &one, at),
            None => Rc::from([]),
        };
        let known = self.reports.entry((here.side, here.at)).or_default();
        known.push((Rc::clone(event), moment, Rc::clone(&steps)));
        steps
    }
}

/// The steps, or nothing at all where there are none.
fn each(steps: &Steps) -> Vec<Option<&Rc<Step>>> {
    if steps.is_empty() { vec![None] } else { steps.iter().map(Some).collect() }
}

/// The obligation that a report is about.
fn about(protocol: &Protocol, case: &Case, event: &Event) -> Option<ObligationId> {
    match event {
        Event::Occurred { what: Occurrence::Obligation(of, _), .. } => Some(*of),
        Event::ActionAnswered { serial, .. } | Event::ChildEnded { serial, .. } => {
            Some(case.instance(*serial)?.opening(protocol).obligation)
        }
        _ => None,
    }
}
