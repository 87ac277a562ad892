//! Effects of rules and of the steps of escalations.

use smallvec::SmallVec;
use voordeur_protocol::{Cause, Effect, EventId, ObligationId, RuleId};

use super::Work;
use crate::case::Serial;
use crate::entry::Entry;
use crate::message::Reason;
use crate::rejection::Rejection;
use crate::timer::TimerKind;

/// What carries out effects.
#[derive(Debug, Clone, Copy)]
enum Source {
    Rule(RuleId),
    Step(ObligationId, u8),
}

impl Work<'_> {
    pub(super) fn rule_effects(&mut self, rule: RuleId, about: Option<Serial>) -> Result<(), Rejection> {
        let protocol = self.protocol;
        self.carry_out(&protocol.rules.row(rule).effects, Source::Rule(rule), about)
    }

    pub(super) fn step_effects(
        &mut self,
        obligation: ObligationId,
        step: u8,
        effects: &[Effect],
        escalation: Serial,
    ) -> Result<(), Rejection> {
        self.carry_out(effects, Source::Step(obligation, step), Some(escalation))
    }

    fn carry_out(
        &mut self,
        effects: &[Effect],
        source: Source,
        about: Option<Serial>,
    ) -> Result<(), Rejection> {
        for (position, effect) in effects.iter().enumerate() {
            match effect {
                Effect::Notify { who, .. } => {
                    let effect = u8::try_from(position).unwrap_or(u8::MAX);
                    self.tell(*who, source.reason(effect));
                }
                Effect::Consent(given) => self.consent(*given),
                Effect::Record { field, value } => self.record(*field, value.clone()),
                Effect::Open(opening) => self.open(*opening, about)?,
            }
        }
        Ok(())
    }

    fn consent(&mut self, given: bool) {
        if self.case.consent != given {
            let event = if given { EventId::CONSENT_GIVEN } else { EventId::CONSENT_WITHDRAWN };
            self.log(Entry::Occurred { event, by: None });
            self.consent_changed();
            self.rearm();
        }
    }

    /// What needs consent ends with it.
    pub(super) fn consent_changed(&mut self) {
        if self.case.consent {
            return;
        }
        let needing =
            self.case.open.iter().filter(|instance| instance.obligation(self.protocol).needs_consent);
        let serials: SmallVec<[Serial; 4]> = needing.map(|instance| instance.serial).collect();
        self.cancel_all(&serials);
    }

    /// Records a value; a value that stands there already is not written again.
    pub(super) fn record(&mut self, field: voordeur_protocol::FieldId, value: voordeur_protocol::Value) {
        use voordeur_protocol::guard::Facts;
        // What is summed counts as often as it is recorded.
        if self.case.value(field) != Some(&value) || self.protocol.is_summed(field) {
            let corrected = self.case.value(field).is_some_and(|before| *before != value);
            self.log(Entry::Recorded { field, value });
            if corrected {
                self.forget_birthdays(field);
            }
            self.rearm();
        }
    }
}

impl Work<'_> {
    /// The day of birth was corrected: what waits for a birthday waits for another day.
    fn forget_birthdays(&mut self, field: voordeur_protocol::FieldId) {
        let protocol = self.protocol;
        let of_it = |rule: RuleId| matches!(protocol.rules.row(rule).cause, Cause::Birthday { of, .. } if of == field);
        self.clear_timers(|timer| matches!(timer.kind, TimerKind::Every { rule, .. } if of_it(rule)));
    }
}

impl Source {
    const fn reason(self, effect: u8) -> Reason {
        match self {
            Self::Rule(rule) => Reason::Rule { rule, effect },
            Self::Step(obligation, step) => Reason::Step { obligation, step, effect },
        }
    }
}
