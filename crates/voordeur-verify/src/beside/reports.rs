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

impl Beside<'_> {
    fn asked(&mut self, here: &[Here; 2]) -> Rc<[Report]> {
        let [old, new] = here;
        if let Some(known) = self.asked.get(&[old.at, new.at]) {
            return Rc::clone(known);
        }
        let [before, after] = &self.sides;
        let asking = Asking {
            names: self.reader.names,
            old: (self.reader.old, &before.cells),
            new: (self.reader.new, &after.cells),
        };
        let all = match (old.at, new.at) {
            (None, None) => asking.triggers(),
            _ => asking.reports(&old.case, &new.case),
        };
        let all: Rc<[Report]> = match all {
            Ok(mut all) => {
                all.retain(|report| !self.is_passed_over(report));
                all.into()
            }
            Err(_) => {
                self.incomplete = Some(Incomplete::Answers);
                Rc::from([])
            }
        };
        self.asked.insert([old.at, new.at], Rc::clone(&all));
        all
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
        let reports = self.asked(here);
        let [old, new] = here;
        for report in reports.iter() {
            for moment in 0..self.moments(report) {
                let none: Steps = Rc::from([]);
                let before =
                    report.old.as_ref().map_or(Rc::clone(&none), |event| self.steps_of(old, event, moment));
                let after =
                    report.new.as_ref().map_or(Rc::clone(&none), |event| self.steps_of(new, event, moment));
                let by = By::Reported(report.clone());
                if self.are_same_steps(here, (&before, &after)) {
                    for (one, other) in before.iter().zip(after.iter()) {
                        self.land(at, here, [Some(one), Some(other)], zone, &by);
                    }
                    continue;
                }
                for one in each(&before) {
                    for other in each(&after) {
                        self.land(at, here, [one, other], zone, &by);
                    }
                }
            }
        }
    }

    /// At how many moments a report is tried: at one, unless something looks at the hour or the day.
    fn moments(&self, report: &Report) -> usize {
        let looks = |event: &Event| {
            matches!(event, Event::Occurred { what: Occurrence::Obligation(_, Happening::NotHome), .. })
        };
        let all = self.sides.iter().any(|side| side.looks_at_days)
            || report.old.iter().chain(&report.new).any(looks);
        let many = self.sides.first().map_or(0, |side| side.moments.len());
        if all { many } else { many.min(1) }
    }

    fn steps_of(&mut self, here: &Here, event: &Event, moment: usize) -> Steps {
        let known = self.reports.entry((here.side, here.at)).or_default();
        if let Some((.., steps)) = known.iter().find(|(own, at, _)| *at == moment && own == event) {
            return Rc::clone(steps);
        }
        let about = about(self.reader.protocol(here.side), &here.case, event);
        let one = Move { event: event.clone(), about };
        let search = self.side(here.side);
        let steps = match search.moments.get(moment).copied() {
            Some(at) => search.reported_at(here.at, &one, at),
            None => Rc::from([]),
        };
        let known = self.reports.entry((here.side, here.at)).or_default();
        known.push((event.clone(), moment, Rc::clone(&steps)));
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
