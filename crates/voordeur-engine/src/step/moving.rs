//! What follows when something happens to an obligation.

use jiff::Timestamp;
use smallvec::SmallVec;
use voordeur_calendar::{Calendar, Due, Length, PartOfDay, Unit};
use voordeur_protocol::model::Hours;
use voordeur_protocol::{Happening, Kind, ObligationId, OpeningId, PartyId, Spec, StateId};

use super::{Happened, Work};
use crate::apply::is_cancelled;
use crate::case::{Instance, Serial};
use crate::entry::{Entry, NotCounted};
use crate::event::By;
use crate::message::{Message, Reason};
use crate::timer::TimerKind;

/// The wait before a failed call is made again: minutes at first, four times as long each time, at most a day.
const FIRST_RETRY_MINUTES: u32 = 1;
const LONGEST_RETRY_MINUTES: u32 = 24 * 60;

impl Work<'_> {
    /// Moves an obligation through its lifecycle. What its state does not allow is left out: people are
    /// told so before, and what time brings too late has no meaning any more.
    pub(super) fn happen(&mut self, serial: Serial, on: Happening, by: By) {
        let protocol = self.protocol;
        let Some(instance) = self.case.instance(serial) else { return };
        let lifecycle = instance.obligation(protocol).kind.lifecycle();
        let Some(to) = lifecycle.next(instance.state, on) else { return };
        let closing = lifecycle.state(to).closed;
        let (happened, opening, parent) = (happened(self, instance, on), instance.opening, instance.parent);
        if closing {
            self.clear_timers_of(serial);
        }
        let asked = self.called_off(serial, on);
        self.log(Entry::Moved { serial, opening, on, to, by });
        if !is_cancelled(on) {
            self.queue.push(happened);
        }
        if let Some(who) = asked {
            self.call_off(opening, who);
        }
        if closing {
            self.close_children(serial);
            self.tell_parent(parent);
        }
        self.rearm();
    }

    /// Who still thinks that it is asked for a referral, and is so no more: it has not answered, or what it has accepted is skipped.
    /// That is the receiver, or whoever has not passed the referral on to it yet.
    fn called_off(&self, serial: Serial, on: Happening) -> Option<PartyId> {
        let instance = self.case.instance(serial)?;
        let row = instance.obligation(self.protocol);
        let Spec::Referral(referral) = &row.spec else { return None };
        let state = row.kind.lifecycle().state(instance.state).name;
        let thinks_so = match on {
            Happening::Cancelled => matches!(state, "sent" | "passed_on"),
            Happening::Exhausted | Happening::Waived => matches!(state, "sent" | "passed_on" | "accepted"),
            _ => false,
        };
        let has_it = referral.via.filter(|_| state == "sent").unwrap_or(referral.to);
        thinks_so.then_some(has_it)
    }

    /// Who was asked to help hears that it is no longer asked: else somebody is at the door of a household that is gone.
    pub(super) fn call_off(&mut self, opening: OpeningId, who: PartyId) {
        let obligation = self.protocol.openings.row(opening).obligation;
        self.tell(who, Reason::CalledOff { obligation });
    }

    pub(super) fn cancel_all(&mut self, serials: &[Serial]) {
        for serial in serials {
            self.happen(*serial, Happening::Cancelled, None);
        }
    }

    /// What an escalation was about is over, or what it opened is no longer needed.
    fn close_children(&mut self, serial: Serial) {
        let protocol = self.protocol;
        let children: SmallVec<[(Serial, Kind); 4]> = (self.case.open.iter())
            .filter(|instance| instance.parent == Some(serial))
            .map(|instance| (instance.serial, instance.obligation(protocol).kind))
            .collect();
        for (child, kind) in children {
            let on = if kind == Kind::Escalation { Happening::Resolved } else { Happening::Cancelled };
            self.happen(child, on, None);
        }
    }

    fn tell_parent(&mut self, parent: Option<Serial>) {
        if let Some(parent) = parent {
            self.resolve_if_over(parent);
        }
    }

    /// An escalation that is about nothing open ends with its last step and what that opened.
    pub(super) fn resolve_if_over(&mut self, serial: Serial) {
        let Some(instance) = self.case.instance(serial) else { return };
        let Spec::Escalation(escalation) = &instance.obligation(self.protocol).spec else { return };
        let all_done = usize::try_from(instance.count).is_ok_and(|done| done >= escalation.steps.len());
        let has_children = self.case.open.iter().any(|child| child.parent == Some(serial));
        if instance.parent.is_none() && all_done && !has_children {
            self.happen(serial, Happening::Resolved, None);
        }
    }

    /// What the lifecycle itself does after the rules have had their say.
    pub(super) fn follow_up(&mut self, happened: Happened) -> Result<(), crate::rejection::Rejection> {
        let protocol = self.protocol;
        let Some(instance) = self.case.instance(happened.serial) else { return Ok(()) };
        let serial = happened.serial;
        match (&protocol.obligations.row(happened.obligation).spec, happened.on) {
            (Spec::Visit(_), Happening::NotHome) => self.attempted(serial),
            (Spec::Visit(_) | Spec::Series(_), Happening::Prepared) => self.prepared(serial),
            (Spec::Sub(_), Happening::Named(_)) => self.count_child(serial),
            (Spec::Series(_), Happening::Done) => self.after_series_visit(serial),
            (Spec::Referral(_) | Spec::Series(_), Happening::Begun) => self.taken_up(serial),
            (Spec::Referral(referral), Happening::PassedOn) => self.passed_on(serial, happened.obligation, referral.to),
            (Spec::Referral(_), Happening::Accepted) => self.clear_timers(|timer| {
                matches!(timer.kind, TimerKind::Overdue(of) | TimerKind::RemindAccept(of) if of == serial)
            }),
            (Spec::Referral(referral), Happening::Declined | Happening::Overdue) => {
                let again = instance.count < referral.ask_again;
                self.ask_again_or_exhaust(serial, happened.obligation, again);
            }
            (Spec::Action(action), Happening::Failed) => {
                let failures = instance.count;
                if failures <= action.retries && !self.for_good {
                    self.retry_later(serial, failures);
                } else if action.stops {
                    self.tell(protocol.lead, Reason::Stopped { obligation: happened.obligation });
                } else {
                    self.happen(serial, Happening::GaveUp, None);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether an overdue or declined referral has an answer of its own: it is asked again.
    pub(super) fn asks_again(&self, happened: &Happened) -> bool {
        happened.on == Happening::Overdue
            && matches!(self.protocol.obligations.row(happened.obligation).spec, Spec::Referral(_))
    }

    fn ask_again_or_exhaust(&mut self, serial: Serial, obligation: ObligationId, again: bool) {
        if !again {
            return self.happen(serial, Happening::Exhausted, None);
        }
        self.clear_timers_of(serial);
        self.happen(serial, Happening::AskedAgain, None);
        self.log(Entry::Counted { serial, part: 0 });
        let times = self.case.instance(serial).map_or(0, |instance| instance.count);
        self.refer(serial, obligation, times);
    }

    fn retry_later(&mut self, serial: Serial, failures: u32) {
        let shift = failures.saturating_sub(1).min(8).saturating_mul(2);
        let minutes = FIRST_RETRY_MINUTES.saturating_mul(1 << shift).min(LONGEST_RETRY_MINUTES);
        let asked = self.retry_wait.map_or(0, |seconds| seconds.div_ceil(60));
        let wait = Length::new(minutes.max(asked), Unit::Minutes);
        let due = self.protocol.calendar.delay(self.now, wait);
        self.set_timer(TimerKind::Retry(serial), due);
    }

    /// Nobody opened: counts the attempt if it counts, and plans what comes after it.
    fn attempted(&mut self, serial: Serial) {
        let part = part_bit(self.protocol.calendar.part_of_day(self.now));
        if let Some(why) = self.not_counted(serial, part) {
            return self.log(Entry::AttemptNotCounted { serial, why });
        }
        self.log(Entry::Counted { serial, part });
        let (Some(visit), Some(instance)) = (self.visit_of(serial), self.case.instance(serial)) else {
            return;
        };
        let Some(most) = visit.attempts else { return };
        let (apart, announce) = (visit.apart, visit.announce.as_ref().map(|(_, after)| *after));
        let (used_up, announced) = (instance.count >= most, is_announced(instance));
        // Where nothing says when the next attempt comes the term of the visit goes on.
        if used_up || apart.is_some() {
            self.clear_timers_of(serial);
        }
        match announce {
            _ if !used_up => self.plan_next(serial, apart),
            Some(after) if !announced => self.announce(serial, after, apart),
            _ => self.happen(serial, Happening::Exhausted, None),
        }
    }

    fn not_counted(&self, serial: Serial, part: u8) -> Option<NotCounted> {
        let instance = self.case.instance(serial)?;
        if let Some(not_before) = instance.not_before.filter(|from| self.now < *from) {
            return Some(NotCounted::TooSoon { not_before });
        }
        let visit = self.visit_of(serial)?;
        if !counts_at(&self.protocol.calendar, &visit.hours, self.now) {
            return Some(NotCounted::OutsideHours);
        }
        let again = visit.different_parts_of_day && instance.parts & part != 0 && !is_announced(instance);
        again.then_some(NotCounted::SamePartOfDay)
    }

    /// The visit may come so long after what prepared it.
    fn prepared(&mut self, serial: Serial) {
        let Some((_, before)) = self.visit_of(serial).and_then(|visit| visit.prepared.as_ref()) else {
            return;
        };
        let from = self.lead(*before);
        self.log(Entry::NotBefore { serial, at: from.at, due: from });
    }

    /// Who stands in between has passed it on: now the receiving agency has the term for acceptance.
    fn passed_on(&mut self, serial: Serial, obligation: ObligationId, to: PartyId) {
        self.clear_timers_of(serial);
        let protocol = self.protocol;
        let Spec::Referral(referral) = &protocol.obligations.row(obligation).spec else { return };
        let fields = self.recorded(&referral.hands_over);
        let to = self.addressee(to);
        self.send(Message::Refer { to, serial, obligation, again: 0, fields });
        self.referral_timers(serial, referral);
    }

    fn plan_next(&mut self, serial: Serial, apart: Option<(Length, Length)>) {
        let Some((least, most)) = apart else { return };
        let from = self.next_attempt_from(least);
        let until = self.protocol.calendar.deadline(self.now, most, Default::default());
        self.plan_attempt(serial, from, until);
    }

    /// The attempts are used up: the visit is announced and attempted once more.
    fn announce(&mut self, serial: Serial, after: Length, apart: Option<(Length, Length)>) {
        self.happen(serial, Happening::Announced, None);
        let Some(obligation) = self.case.instance(serial).map(|i| i.opening(self.protocol).obligation) else {
            return;
        };
        self.send(Message::Announce { serial, obligation });
        let calendar = &self.protocol.calendar;
        let from = calendar.deadline(self.now, after, Default::default());
        let within = apart.map_or(after, |(_, most)| most);
        let until = calendar.deadline(from.at, within, Default::default());
        self.plan_attempt(serial, from, until);
    }

    fn plan_attempt(&mut self, serial: Serial, from: Due, until: Due) {
        self.log(Entry::NotBefore { serial, at: from.at, due: from });
        self.set_timer(TimerKind::Overdue(serial), until);
    }
}

fn happened(work: &Work<'_>, instance: &Instance, on: Happening) -> Happened {
    let opening = instance.opening(work.protocol);
    Happened {
        serial: instance.serial,
        opening: instance.opening,
        obligation: opening.obligation,
        on,
        stay: instance.stay,
        everywhere: opening.keeps_running,
        number: instance.count,
    }
}

/// Whether an attempt at a visit counts at a moment, as far as its hours and days go.
#[must_use]
pub fn counts_at(calendar: &Calendar, hours: &Hours, at: Timestamp) -> bool {
    let local = calendar.local(at);
    let day = !hours.working_days || calendar.is_working_day(local.date());
    let hour = hours.between.is_none_or(|(from, to)| from <= local.time() && local.time() < to);
    let closed = || calendar.school().is_some_and(|school| school.closed_on(local.date()).is_some());
    day && hour && !(hours.not_in_school_holidays && closed())
}

/// Announced is the fourth state of a visit.
pub(super) fn is_announced(instance: &Instance) -> bool {
    Kind::Visit.lifecycle().next(StateId(2), Happening::Announced) == Some(instance.state)
}

const fn part_bit(part: PartOfDay) -> u8 {
    match part {
        PartOfDay::Morning => 1,
        PartOfDay::Afternoon => 2,
        PartOfDay::Evening => 4,
    }
}
