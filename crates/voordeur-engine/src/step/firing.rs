//! What a timer does when it is due.

use std::sync::Arc;

use voordeur_calendar::Due;
use voordeur_protocol::guard::Facts as _;
use voordeur_protocol::{Cause, Happening, PartyId, RuleId, Spec, Value};

use super::Work;
use super::deciding::{check_decides, check_reason};
use crate::case::Serial;
use crate::entry::Entry;
use crate::event::{By, StoodStill};
use crate::message::Message;
use crate::recount::{is_reminder, recount, recount_earliest};
use crate::rejection::Rejection;
use crate::timer::{TimerId, TimerKind, next_round, only_tells};

impl Work<'_> {
    pub(super) fn timer_due(&mut self, id: TimerId) -> Result<(), Rejection> {
        let timer = *self.case.timer(id).ok_or(Rejection::NoSuchTimer)?;
        if timer.held || timer.paused || timer.due.at > self.now {
            return Err(Rejection::NotDue);
        }
        self.log(Entry::TimerFired(timer));
        self.fire(timer.kind)
    }

    /// A reminder that makes no sense any more is told to nobody; that it was skipped stands in the journal.
    pub(super) fn reminder_late(&mut self, id: TimerId) -> Result<(), Rejection> {
        let timer = *self.case.timer(id).ok_or(Rejection::NoSuchTimer)?;
        let reminds = is_reminder(timer.kind) || only_tells(self.protocol, timer.kind);
        if timer.held || timer.paused || timer.due.at > self.now || !reminds {
            return Err(Rejection::NotDue);
        }
        self.log(Entry::ReminderSkipped(timer));
        if let Some((next, due)) = next_round(self.protocol, self.case, timer.kind) {
            self.set_timer(next, due);
        }
        Ok(())
    }

    /// A term that is taken away is a promise that is not kept: those who work with the household decide about it.
    pub(super) fn timer_dropped(&mut self, id: TimerId, because: &Arc<str>, by: By) -> Result<(), Rejection> {
        check_decides(self.protocol, by)?;
        check_reason(because)?;
        let timer = *self.case.timer(id).ok_or(Rejection::NoSuchTimer)?;
        self.log(Entry::TimerDropped { timer, because: Arc::clone(because), by });
        Ok(())
    }

    /// What is due is counted anew. Whoever asks has looked whether anything becomes different.
    pub(super) fn recounted(
        &mut self,
        because: &Arc<str>,
        stood_still: &[StoodStill],
        earliest: &[(Serial, Due)],
    ) -> Result<(), Rejection> {
        self.check_running()?;
        let moved = recount(self.protocol, self.case, stood_still);
        let earliest = recount_earliest(self.protocol, self.case, earliest);
        self.log(Entry::Recounted { because: Arc::clone(because), moved });
        for (serial, due) in earliest {
            self.log(Entry::NotBefore { serial, at: due.at, due });
        }
        Ok(())
    }

    fn fire(&mut self, kind: TimerKind) -> Result<(), Rejection> {
        match kind {
            TimerKind::Remind { of, reminder } => self.remind(of, self.reminded(of, reminder)),
            TimerKind::RemindAccept(of) | TimerKind::RemindContact(of) => {
                self.remind(of, self.referral_reminded(of));
            }
            TimerKind::WindowOpens(serial) => self.window_opened(serial),
            TimerKind::Slipped(serial) => self.happen(serial, Happening::Slipped, None),
            TimerKind::Overdue(serial) | TimerKind::NoContact(serial) => {
                self.happen(serial, Happening::Overdue, None);
            }
            TimerKind::Silent(serial) => self.happen(serial, Happening::Silent, None),
            TimerKind::Missed(serial) => self.happen(serial, Happening::Missed, None),
            TimerKind::Retry(serial) => self.retry(serial),
            TimerKind::Period { of, number } => self.period_over(of, number),
            TimerKind::Step { of, step } => return self.step_reached(of, step),
            TimerKind::After(rule) => return self.timed_rule(rule),
            TimerKind::Every { rule, .. } => {
                self.next_round(rule, kind);
                return self.timed_rule(rule);
            }
        }
        Ok(())
    }

    fn reminded(&self, of: Serial, reminder: u8) -> Option<PartyId> {
        let opening = self.case.instance(of)?.opening(self.protocol);
        opening.reminders.get(usize::from(reminder)).map(|reminder| reminder.who)
    }

    fn referral_reminded(&self, of: Serial) -> Option<PartyId> {
        match &self.case.instance(of)?.obligation(self.protocol).spec {
            Spec::Referral(referral) => referral.remind.map(|(who, _)| who),
            _ => None,
        }
    }

    fn remind(&mut self, serial: Serial, who: Option<PartyId>) {
        let (Some(who), Some(due)) = (who, self.case.due_of(serial)) else { return };
        let Some(instance) = self.case.instance(serial) else { return };
        let obligation = instance.opening(self.protocol).obligation;
        let who = self.addressee(who);
        let (provisional, personal) = (due.why.provisional(), due.is_personal());
        self.send(Message::Remind { who, serial, obligation, due: due.at, provisional, personal });
    }

    fn window_opened(&mut self, serial: Serial) {
        if let Some(instance) = self.case.instance(serial) {
            let opening = instance.opening;
            self.assign(serial, opening);
        }
    }

    /// Somebody has looked at it, and does not wait for the next try.
    pub(super) fn retry_now(&mut self, serial: Serial) {
        self.clear_timers(|timer| timer.kind == TimerKind::Retry(serial));
        self.retry(serial);
    }

    fn retry(&mut self, serial: Serial) {
        let Some(instance) = self.case.instance(serial) else { return };
        let (obligation, attempt) =
            (instance.opening(self.protocol).obligation, instance.count.saturating_add(1));
        self.happen(serial, Happening::Retried, None);
        self.call(serial, obligation, attempt);
    }

    fn step_reached(&mut self, serial: Serial, step: u8) -> Result<(), Rejection> {
        let protocol = self.protocol;
        let Some(instance) = self.case.instance(serial) else { return Ok(()) };
        let obligation = instance.opening(protocol).obligation;
        let Spec::Escalation(escalation) = &protocol.obligations.row(obligation).spec else { return Ok(()) };
        self.log(Entry::Counted { serial, part: 0 });
        self.happen(serial, Happening::Step, None);
        if let Some(row) = escalation.steps.get(usize::from(step)) {
            self.step_effects(obligation, step, &row.effects, serial)?;
        }
        self.resolve_if_over(serial);
        Ok(())
    }

    fn timed_rule(&mut self, rule: RuleId) -> Result<(), Rejection> {
        if self.protocol.rules.row(rule).guard.holds(&self.known()) == Ok(true) {
            self.apply_rule(self.found(rule), None)?;
        }
        Ok(())
    }

    fn next_round(&mut self, rule: RuleId, kind: TimerKind) {
        if let Cause::Birthday { of, .. } = self.protocol.rules.row(rule).cause {
            if let Some(Value::Date(born)) = self.case.value(of) {
                self.set_birthday(rule, *born, false);
            }
            return;
        }
        if let Some((next, due)) = next_round(self.protocol, self.case, kind) {
            self.set_timer(next, due);
        }
    }
}
