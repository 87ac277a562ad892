//! Rules of `always` that wait for a condition, for time, or for their turn.

use smallvec::SmallVec;
use voordeur_protocol::{Anchor, Cause, RuleId, Scope, Target, Value};

use super::Work;
use super::rules::Found;
use super::terms::moment_of;
use crate::entry::Entry;
use crate::rejection::Rejection;
use crate::timer::TimerKind;

impl Work<'_> {
    /// Where a rule stands.
    pub(super) fn found(&self, rule: RuleId) -> Found {
        match self.protocol.rules.row(rule).scope {
            Scope::Always => Found::InAlways(rule),
            Scope::Stage(_) => Found::InStage(rule),
        }
    }

    /// The conditions of `always` that have become true.
    pub(super) fn due_in_always(&self) -> impl Iterator<Item = RuleId> {
        let rules = self.protocol.always_conditions.iter().copied();
        rules.filter(|rule| !self.case.met.contains(rule) && self.may_fire(*rule))
    }

    /// What held before and does not hold now may become true anew. Looked at once a step: within a step
    /// rules cannot set each other off without end.
    pub(super) fn forget_unmet(&mut self) {
        if self.case.met.is_empty() {
            return;
        }
        let known = self.known();
        let holds = |rule: &RuleId| self.protocol.rules.row(*rule).guard.holds(&known) == Ok(true);
        let unmet: SmallVec<[RuleId; 4]> =
            self.case.met.iter().copied().filter(|rule| !holds(rule)).collect();
        unmet.into_iter().for_each(|rule| self.log(Entry::NoLongerTrue { rule }));
    }

    /// Whether a rule leads to the interrupting stage in which the case is: going there anew would throw away
    /// what is being done about the first report.
    pub(super) fn is_there_already(&self, target: Option<Target>) -> bool {
        let Some(Target::Stage(stage)) = target else { return false };
        let here = self.case.stay.as_ref().is_some_and(|stay| stay.stage == stage);
        here && self.protocol.stages.row(stage).interrupts
    }

    /// The first rule that waits has its turn as soon as the stage has been left. It comes before all else,
    /// so that no report is lost when the case would end by what was kept meanwhile.
    pub(super) fn postponed_fires(&mut self) -> Result<bool, Rejection> {
        let Some(waiting) = self.case.postponed.first().copied() else { return Ok(false) };
        let target = self.protocol.rules.row(waiting.rule).target;
        if !self.case.is_running() || self.is_there_already(target) {
            return Ok(false);
        }
        self.apply_rule(Found::InAlways(waiting.rule), waiting.about)?;
        Ok(true)
    }

    /// Sets the timers of `always` whose moment has become known.
    pub(super) fn rearm_always(&mut self) {
        let protocol = self.protocol;
        for rule in protocol.always_timed.iter().copied() {
            match &protocol.rules.row(rule).cause {
                Cause::After(length, anchor) => self.set_delay(rule, *length, *anchor),
                Cause::Birthday { of, .. } if !self.has_round(rule) => {
                    if let Some(Value::Date(born)) = self.value(*of) {
                        self.set_birthday(rule, born, self.is_first_day());
                    }
                }
                _ => {}
            }
        }
    }

    /// So long after each time that it happens. A day that was corrected takes the place of the day before.
    fn set_delay(&mut self, rule: RuleId, length: voordeur_calendar::Length, anchor: Anchor) {
        let calendar = &self.protocol.calendar;
        let Some(moment) = moment_of(calendar, self.case, anchor) else { return };
        if self.case.reached(rule) == Some(moment) {
            return;
        }
        let due = calendar.delay(moment, length);
        if matches!(anchor, Anchor::Field(_)) {
            self.clear_timers(|timer| timer.kind == TimerKind::After(rule));
        }
        self.set_timer(TimerKind::After(rule), due);
    }
}
