//! When a term ends, and which timers guard it.

use jiff::Timestamp;
use smallvec::SmallVec;
use voordeur_calendar::{Calendar, Due, Length};
use voordeur_protocol::guard::Facts;
use voordeur_protocol::model::Referral;
use voordeur_protocol::{Anchor, Cause, Happening, Kind, Opening, RuleId, Scope, Spec, StateId, Term, Value};

use super::Work;
use crate::case::{Case, Instance, Serial};
use crate::entry::Entry;
use crate::secret::tells_value;
use crate::timer::{Timer, TimerId, TimerKind};

impl Work<'_> {
    pub(super) fn set_timer(&mut self, kind: TimerKind, due: Due) {
        let id = TimerId(self.case.timer_ids.saturating_add(1));
        let owner = kind.serial().and_then(|serial| self.case.instance(serial));
        // What keeps running is not held when the stage in which it was opened is interrupted.
        let stay = match owner {
            Some(instance) if instance.keeps_running(self.protocol) => 0,
            Some(instance) => instance.stay,
            None if self.is_of_always(kind) => 0,
            None => self.opening_stay(),
        };
        let paused = owner.is_some_and(|instance| instance.paused_since.is_some());
        let held = self.case.suspended.as_ref().is_some_and(|suspended| suspended.number == stay);
        let due = if tells_value(self.protocol, self.case, kind) { due.personal() } else { due };
        self.log(Entry::TimerSet(Timer { id, kind, due, stay, held, paused }));
    }

    pub(super) fn clear_timers(&mut self, which: impl Fn(&Timer) -> bool) {
        let ids: SmallVec<[TimerId; 4]> =
            self.case.timers.iter().filter(|timer| which(timer)).map(|timer| timer.id).collect();
        if !ids.is_empty() {
            self.log(Entry::TimersCleared(ids));
        }
    }

    pub(super) fn clear_timers_of(&mut self, serial: Serial) {
        self.clear_timers(|timer| timer.kind.serial() == Some(serial));
    }

    /// The end of a term; `None` while what it counts from has not happened.
    fn end_of(&self, term: &Term) -> Option<Due> {
        let anchor = self.moment(term.anchor, self.now)?;
        let calendar = &self.protocol.calendar;
        if let (Some(back), Some(length)) = (term.back, term.length) {
            return Some(calendar.before_day(calendar.date(anchor), length, back.or_earlier));
        }
        Some(match term.length {
            Some(length) => calendar.deadline(anchor, length, term.regime),
            None => calendar.same_day(anchor),
        })
    }

    /// The moment that a term or a delay counts from.
    fn moment(&self, anchor: Anchor, opening: Timestamp) -> Option<Timestamp> {
        match anchor {
            Anchor::Opening => Some(opening),
            later => moment_of(&self.protocol.calendar, self.case, later),
        }
    }

    /// The timers of an opening: preferred term, term, and the reminders before it.
    pub(super) fn term_timers(&mut self, serial: Serial, row: &Opening) {
        if let Some(due) = row.preferred.as_ref().and_then(|term| self.end_of(term)) {
            self.set_timer(TimerKind::Slipped(serial), due);
        }
        if let Some(due) = row.term.as_ref().and_then(|term| self.end_of(term)) {
            self.set_timer(TimerKind::Overdue(serial), due);
            self.reminders(serial, row, due);
        }
    }

    /// Reminders count back from the preferred term when there is one, else from the term.
    fn reminders(&mut self, serial: Serial, row: &Opening, due: Due) {
        let target = row.preferred.as_ref().and_then(|term| self.end_of(term)).unwrap_or(due);
        for (position, reminder) in row.reminders.iter().enumerate() {
            let at = self.reminder_at(target.at, reminder.before);
            if at.at > self.now {
                let reminder = u8::try_from(position).unwrap_or(u8::MAX);
                self.set_timer(TimerKind::Remind { of: serial, reminder }, at);
            }
        }
    }

    /// So long before the end of a term, and within office hours where the pathway has them.
    fn reminder_at(&self, end: Timestamp, before: Length) -> Due {
        let calendar = &self.protocol.calendar;
        let due = calendar.before(end, before);
        Due { at: calendar.reminder_time(due.at, end), ..due }
    }

    /// The terms of a referral, each with its reminder.
    pub(super) fn referral_timers(&mut self, serial: Serial, referral: &Referral) {
        for (term, kind, reminder, _) in terms_of(serial, referral) {
            if let Some(due) = term.and_then(|term| self.end_of(&term)) {
                self.referral_timer(referral, kind, reminder, due);
            }
        }
    }

    fn referral_timer(&mut self, referral: &Referral, kind: TimerKind, reminder: TimerKind, due: Due) {
        if self.case.timers.iter().any(|timer| timer.kind == kind) {
            return;
        }
        self.set_timer(kind, due);
        let Some((_, before)) = referral.remind else { return };
        let at = self.reminder_at(due.at, before);
        if at.at > self.now {
            self.set_timer(reminder, at);
        }
    }

    /// A referral whose terms count from something later gets them as soon as that is known.
    fn rearm_referrals(&mut self) {
        let protocol = self.protocol;
        let open: SmallVec<[(Serial, &Referral, StateId); 4]> = (self.case.open.iter())
            .filter_map(|instance| match &instance.obligation(protocol).spec {
                Spec::Referral(referral) => Some((instance.serial, referral, instance.state)),
                _ => None,
            })
            .collect();
        for (serial, referral, state) in open {
            for (term, kind, reminder, on) in terms_of(serial, referral) {
                let Some(term) = term.filter(|term| is_later(term.anchor)) else { continue };
                if Kind::Referral.lifecycle().next(state, on).is_none() {
                    continue;
                }
                let due = self.end_of(&term).filter(|due| due.at > self.now);
                due.into_iter().for_each(|due| self.referral_timer(referral, kind, reminder, due));
            }
        }
    }

    /// Sets the timer of an `after` or `every` rule of the stage that was just entered.
    pub(super) fn set_rule_timer(&mut self, rule: RuleId) {
        let calendar = &self.protocol.calendar;
        match &self.protocol.rules.row(rule).cause {
            Cause::After(length, anchor) => {
                if let Some(moment) = self.moment(*anchor, self.now) {
                    let due = calendar.delay(moment, *length);
                    self.set_timer(TimerKind::After(rule), due);
                }
            }
            Cause::Birthday { of, .. } => {
                let Some(Value::Date(born)) = self.case.value(*of) else { return };
                let born = *born;
                self.set_birthday(rule, born, self.is_first_day());
            }
            Cause::Every(length) => {
                let due = calendar.delay(self.now, *length);
                self.set_timer(TimerKind::Every { rule, times: 1 }, due);
            }
            _ => {}
        }
    }

    /// Who is listed on the day itself is not passed over.
    pub(super) fn is_first_day(&self) -> bool {
        let calendar = &self.protocol.calendar;
        calendar.date(self.case.opened_at) == calendar.date(self.now)
    }

    /// Whether the timer of a next birthday is set.
    pub(super) fn has_round(&self, rule: RuleId) -> bool {
        let waits = |timer: &Timer| matches!(timer.kind, TimerKind::Every { rule: of, .. } if of == rule);
        self.case.timers.iter().any(waits)
    }

    pub(super) fn value(&self, field: voordeur_protocol::FieldId) -> Option<Value> {
        self.case.value(field).cloned()
    }

    fn is_of_always(&self, kind: TimerKind) -> bool {
        match kind {
            TimerKind::After(rule) | TimerKind::Every { rule, .. } => {
                self.protocol.rules.row(rule).scope == Scope::Always
            }
            _ => false,
        }
    }

    /// The timer of the next birthday that a rule waits for; none when the last one is over.
    pub(super) fn set_birthday(&mut self, rule: RuleId, born: jiff::civil::Date, today_counts: bool) {
        let Cause::Birthday { ages, every, .. } = &self.protocol.rules.row(rule).cause else { return };
        let calendar = &self.protocol.calendar;
        let today = calendar.date(self.now);
        let from = if today_counts { today } else { today.tomorrow().unwrap_or(today) };
        let last = ages.last().copied().unwrap_or(0);
        let later = every
            .iter()
            .flat_map(|every| (1..=200u32).map(move |n| last.saturating_add(every.saturating_mul(n))));
        let next = ages
            .iter()
            .copied()
            .chain(later)
            .map(|age| calendar.birthday(born, age))
            .find(|day| *day >= from);
        if let Some(day) = next {
            let due = calendar.on_day(day, calendar.start_of_day(born));
            // The same birthday has its turn once.
            if self.case.reached(rule) != Some(due.at) {
                self.set_timer(TimerKind::Every { rule, times: 0 }, due);
            }
        }
    }

    /// Terms that count from something later: sets their timers as soon as it is known.
    pub(super) fn rearm(&mut self) {
        let protocol = self.protocol;
        self.rearm_always();
        if let Some(stay) = &self.case.stay {
            let waiting: SmallVec<[RuleId; 4]> = protocol
                .stages
                .row(stay.stage)
                .timed
                .iter()
                .copied()
                .filter(|rule| self.is_unarmed(*rule))
                .collect();
            for rule in waiting {
                self.set_rule_timer(rule);
            }
        }
        let waiting: SmallVec<[(Serial, &Opening); 4]> = (self.case.open.iter())
            .filter(|instance| self.waits_for_anchor(instance))
            .map(|instance| (instance.serial, instance.opening(protocol)))
            .collect();
        for (serial, opening) in waiting {
            self.term_timers(serial, opening);
        }
        self.rearm_referrals();
    }

    fn is_unarmed(&self, rule: RuleId) -> bool {
        let Some(stay) = &self.case.stay else { return false };
        let anchor = match &self.protocol.rules.row(rule).cause {
            Cause::After(_, anchor) => *anchor,
            Cause::Birthday { of, .. } => {
                return self.case.value(*of).is_some() && !self.has_round(rule);
            }
            _ => return false,
        };
        let set = self.case.timers.iter().any(|timer| timer.kind == TimerKind::After(rule));
        is_later(anchor) && !set && !stay.fired.contains(&rule)
    }

    fn waits_for_anchor(&self, instance: &Instance) -> bool {
        let term = instance.opening(self.protocol).term;
        term.is_some_and(|term| is_later(term.anchor)) && !instance.armed
    }

    /// The first moment at which a next attempt counts: for days the start of that day.
    pub(super) fn next_attempt_from(&self, after: Length) -> Due {
        self.starting_the_day(self.protocol.calendar.delay(self.now, after))
    }

    /// From when a visit may come that is announced, or prepared, so long before.
    pub(super) fn lead(&self, before: Length) -> Due {
        self.starting_the_day(self.protocol.calendar.lead(self.now, before))
    }

    fn starting_the_day(&self, due: Due) -> Due {
        let calendar = &self.protocol.calendar;
        if due.why.length.unit.is_elapsed() {
            due
        } else {
            Due { at: calendar.start_of_day(calendar.date(due.at)), ..due }
        }
    }

    pub(super) fn visit_of(&self, serial: Serial) -> Option<&voordeur_protocol::model::Visit> {
        match &self.case.instance(serial)?.obligation(self.protocol).spec {
            Spec::Visit(visit) => Some(visit),
            Spec::Series(series) => Some(&series.visit),
            _ => None,
        }
    }
}

/// The terms of a referral: the timer of each, that of its reminder, and what it waits for.
fn terms_of(serial: Serial, referral: &Referral) -> [(Option<Term>, TimerKind, TimerKind, Happening); 2] {
    [
        (referral.accept, TimerKind::Overdue(serial), TimerKind::RemindAccept(serial), Happening::Accepted),
        (
            referral.contact,
            TimerKind::NoContact(serial),
            TimerKind::RemindContact(serial),
            Happening::TakenUp,
        ),
    ]
}

/// Whether it may not be known yet when the waiting starts.
pub(crate) const fn is_later(anchor: Anchor) -> bool {
    matches!(anchor, Anchor::Happened(..) | Anchor::Field(_) | Anchor::Event(_))
}

/// The moment of what a case knows by itself; `None` while it has not happened.
pub(crate) fn moment_of(calendar: &Calendar, case: &Case, anchor: Anchor) -> Option<Timestamp> {
    match anchor {
        Anchor::Opening => None,
        Anchor::Report => Some(case.opened_at),
        Anchor::Happened(obligation, on) => {
            case.last(obligation).filter(|last| last.on == Some(on)).map(|last| last.at)
        }
        Anchor::Event(event) => case.occurred(event),
        Anchor::Field(field) => match case.value(field)? {
            Value::Date(date) => Some(calendar.start_of_day(*date)),
            _ => None,
        },
    }
}
