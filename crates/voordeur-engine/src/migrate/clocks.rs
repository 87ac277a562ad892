//! The clocks of a case in the new version: which run on as they were, which are counted anew, and which are new.

use jiff::Timestamp;
use voordeur_calendar::{Due, Length, Unit};
use voordeur_protocol::model::{Deadlines, Plan};
use voordeur_protocol::{Anchor, Happening, Protocol, Spec, Term};

use super::carry::{Carrying, Shift};
use super::obstacle::Obstacle;
use super::places::Places;
use super::terms::{Counting, Part, counting, due, part_of, parts, rule_due};
use crate::case::{Case, Instance, Serial};
use crate::recount::is_reminder;
use crate::secret::tells_value;
use crate::step::{end_of_period, is_later, moment_of};
use crate::timer::{Timer, TimerId, TimerKind};

/// More periods than a series has.
const MOST_PERIODS: u32 = 10_000;

impl Carrying<'_> {
    pub(super) fn timers(&mut self, base: &mut Case, places: &Places) {
        let mut moved_ends: Vec<Serial> = Vec::new();
        self.stand_still_until_now(base);
        for timer in self.case.timers.iter().filter(|timer| !is_reminder(timer.kind)) {
            let Some(after) = self.timer(timer, base, places) else {
                self.shift(timer.kind, Some(timer.due.at), None);
                moved_ends.extend(timer.kind.serial());
                continue;
            };
            if after.due.at != timer.due.at {
                self.shift(after.kind, Some(timer.due.at), Some(after.due.at));
                moved_ends.extend(timer.kind.serial());
            }
            base.timers.push(after);
        }
        self.new_terms(base, &mut moved_ends);
        self.reminders(base, &moved_ends);
        self.in_their_stays(base);
        self.mark_personal(base);
    }

    /// What ran in the old version and stands still in the new one: nobody can say when it comes.
    pub(super) fn stands_still(&self, after: &Case) -> Vec<Shift> {
        let runs = |timer: &&Timer| {
            let before = self.case.timer(timer.id);
            before.is_some_and(|before| !before.paused && before.kind == timer.kind)
                && !is_reminder(timer.kind)
        };
        let still = after.timers.iter().filter(|timer| timer.paused).filter(runs);
        let shift =
            |timer: &Timer| Shift { kind: timer.kind, before: Some(timer.due.at), now: None, runs_on: false };
        still.map(shift).collect()
    }

    /// Terms may count from a personal value in this version that did not before.
    fn mark_personal(&self, base: &mut Case) {
        let tells = |timer: &Timer| tells_value(self.c.new, base, timer.kind);
        let personal: Vec<bool> = base.timers.iter().map(tells).collect();
        for (timer, _) in base.timers.iter_mut().zip(personal).filter(|(_, personal)| *personal) {
            timer.due = timer.due.personal();
        }
    }

    fn shift(&mut self, kind: TimerKind, before: Option<Timestamp>, now: Option<Timestamp>) {
        self.shifts.push(Shift { kind, before, now, runs_on: false });
    }

    /// What is counted anew from today stands still from today: what its clocks lost before does not count any more.
    fn stand_still_until_now(&self, base: &mut Case) {
        for instance in base.open.iter_mut().filter(|instance| instance.paused_since.is_some()) {
            let obligation = instance.opening(self.c.new).obligation;
            if self.c.said(Some(obligation)) == Deadlines::FromToday {
                instance.paused_since = Some(self.now);
            }
        }
    }

    /// A timer as it is when its clock stood still until now.
    fn stood_still(&self, timer: &Timer, instance: &Instance) -> Timer {
        let Some(since) = instance.paused_since.filter(|_| timer.paused) else { return *timer };
        let calendar = &self.c.new.calendar;
        let due = calendar.stood_still(timer.due, calendar.date(since), calendar.date(self.now));
        Timer { due, ..*timer }
    }

    /// A timer in the new version; nothing when what it was for is gone.
    fn timer(&mut self, timer: &Timer, base: &mut Case, places: &Places) -> Option<Timer> {
        let Some(serial) = timer.kind.serial() else { return self.rule_timer(timer, base, places) };
        let (before, after) = (self.case.instance(serial)?, base.instance(serial)?);
        let obligation = after.opening(self.c.new).obligation;
        let how = self.c.said(Some(obligation));
        let as_it_was = if how == Deadlines::FromToday { self.stood_still(timer, before) } else { *timer };
        let Some(part) = part_of(self.c.old, before, timer.kind, timer.due.why.length) else {
            return Some(as_it_was);
        };
        if let (TimerKind::Step { step, .. }, Spec::Escalation(escalation)) =
            (timer.kind, &after.obligation(self.c.new).spec)
            && usize::from(step) >= escalation.steps.len()
        {
            return None;
        }
        let was = counting(self.c.old, before.opening(self.c.old), part);
        let is = counting(self.c.new, after.opening(self.c.new), part);
        if self.c.same_counting(was, is) || how == Deadlines::Keep {
            return Some(as_it_was);
        }
        if let (TimerKind::Period { of, .. }, Some(Counting::Series(plan))) = (timer.kind, is) {
            return self.period(timer, base, of, plan, how);
        }
        let due = self.counted_anew(timer, before, base, (part, was, is), how);
        match (due, timer.kind, is) {
            // What it counts from in this version has not happened: its clock starts when it does.
            (None, TimerKind::Overdue(_), Some(Counting::Term(_))) => {
                if let Some(instance) = base.instance_mut(serial) {
                    instance.armed = false;
                }
            }
            (Some(due), TimerKind::WindowOpens(_), _) => {
                if let Some(instance) = base.instance_mut(serial) {
                    instance.not_before = Some(due.at);
                }
            }
            _ => {}
        }
        Some(Timer { due: due?, ..*timer })
    }

    /// When a part is due by the new version.
    fn counted_anew(
        &mut self,
        timer: &Timer,
        before: &Instance,
        base: &Case,
        (part, was, is): (Part, Option<Counting>, Option<Counting>),
        how: Deadlines,
    ) -> Option<Due> {
        let after = base.instance(before.serial)?;
        let row = after.opening(self.c.new);
        // What has no part of its own any more goes by the term of the whole.
        let other = || {
            let ends = matches!(timer.kind, TimerKind::Overdue(_));
            ends.then(|| {
                [Part::Term, Part::Accept].into_iter().find_map(|part| counting(self.c.new, row, part))
            })
        };
        let counted = is.or_else(|| other().flatten());
        // A step that comes at once in this version comes on arrival.
        if let (Part::Step(_), None) = (part, counted) {
            return Some(self.c.new.calendar.delay(self.now, Length::new(0, Unit::Minutes)));
        }
        let start = match (how, counted?) {
            (Deadlines::FromToday, _) => self.now,
            (_, Counting::Window { .. }) => self.planned_from(timer, before, was),
            (_, Counting::Term(_)) if is.is_none() || !counts_from_opening(was) => before.opened_at,
            _ => timer.due.why.anchor,
        };
        let due = self.due(base, counted?, timer.kind, start, how)?;
        if how == Deadlines::FromToday || timer.due.why.paused == 0 {
            return Some(due);
        }
        if due.why.anchor != timer.due.why.anchor {
            let obligation = self.c.new.obligations.row(row.obligation).name.clone();
            self.obstacles.push(Obstacle::StoodStill { obligation });
        }
        Some(self.c.new.calendar.standing_still_like(due, &timer.due))
    }

    /// From where the moment of a contact is counted: from the start of its stay, but where it was opened anew from another day.
    fn planned_from(&self, timer: &Timer, before: &Instance, was: Option<Counting>) -> Timestamp {
        let is_due = |start: &Timestamp| {
            was.and_then(|was| due(self.c.old, self.case, was, timer.kind, *start))
                .is_some_and(|due| due.at == timer.due.at)
        };
        self.entered_at(before.stay).filter(is_due).unwrap_or(before.opened_at)
    }

    /// The period of a series that runs by the plan of the new version: the first that ends later than now, or the last.
    fn period(
        &self,
        timer: &Timer,
        base: &mut Case,
        of: Serial,
        plan: Plan,
        how: Deadlines,
    ) -> Option<Timer> {
        let (calendar, today) = (&self.c.new.calendar, how == Deadlines::FromToday);
        let start = if today { self.now } else { base.instance(of)?.opened_at };
        let end = |number| {
            let due = end_of_period(calendar, start, plan, number)?;
            Some((number, if today { due } else { calendar.standing_still_like(due, &timer.due) }))
        };
        let mut last = None;
        for (number, due) in (1..=MOST_PERIODS).map_while(end) {
            last = Some((number, due));
            if due.at > self.now {
                break;
            }
        }
        let (number, due) = last?;
        let instance = base.instance_mut(of)?;
        instance.period.1 = number.saturating_sub(1);
        if today {
            (instance.opened_at, instance.period.0) = (self.now, 0);
        }
        Some(Timer { kind: TimerKind::Period { of, number }, due, ..*timer })
    }

    fn due(
        &self,
        base: &Case,
        is: Counting,
        kind: TimerKind,
        start: Timestamp,
        how: Deadlines,
    ) -> Option<Due> {
        // From today means today, also for a term that counts from the report.
        let is = match is {
            Counting::Term(term) if how == Deadlines::FromToday && term.anchor == Anchor::Report => {
                Counting::Term(Term { anchor: Anchor::Opening, ..term })
            }
            other => other,
        };
        due(self.c.new, base, is, kind, start)
    }

    fn rule_timer(&mut self, timer: &Timer, base: &Case, places: &Places) -> Option<Timer> {
        let (old, times) = match timer.kind {
            TimerKind::After(rule) => (rule, None),
            TimerKind::Every { rule, times } => (rule, Some(times)),
            _ => return None,
        };
        let moved = places.of(timer.stay).is_some_and(|place| place.moved);
        if moved || places.over == Some(timer.stay) {
            return None;
        }
        let rule = self.c.rule(old)?;
        let kind = match times {
            Some(times) => TimerKind::Every { rule, times },
            None => TimerKind::After(rule),
        };
        let how = self.c.said(None);
        let (was, is) = (self.c.old.rules.row(old), self.c.new.rules.row(rule));
        if self.c.wait_alike(&was.cause, &is.cause) || how == Deadlines::Keep {
            return Some(Timer { kind, ..*timer });
        }
        let entered = self.entered_at(timer.stay).unwrap_or(timer.due.why.anchor);
        let today = how == Deadlines::FromToday;
        let (due, round) = rule_due(self.c.new, base, rule, (entered, self.now), today)?;
        let kind = times.map_or(kind, |_| TimerKind::Every { rule, times: round });
        Some(Timer { kind, due, ..*timer })
    }

    /// Terms that the old version did not have. They count from where the new version says, and else from today.
    fn new_terms(&mut self, base: &mut Case, moved: &mut Vec<Serial>) {
        let mut set = Vec::new();
        for after in &base.open {
            let Some(before) = self.case.instance(after.serial) else { continue };
            let row = after.opening(self.c.new);
            let had = parts(self.c.old, before.opening(self.c.old));
            let how = self.c.said(Some(row.obligation));
            for (part, counting) in parts(self.c.new, row) {
                let Some(kind) = kind_of(part, after.serial) else { continue };
                let waits = base.timers.iter().any(|timer| timer.kind == kind);
                let own = had.iter().find(|(own, _)| *own == part);
                let had = own.is_some_and(|(_, counting)| !self.is_unstarted(*counting));
                if waits || had || !self.may_still(after, kind) {
                    continue;
                }
                let start = if how == Deadlines::FromStart { before.opened_at } else { self.now };
                if let Some(due) = self.due(base, counting, kind, start, how) {
                    set.push((kind, due, after.stay));
                }
            }
            set.extend(self.steps_at_once(base, after));
        }
        for (kind, due, stay) in set {
            self.shift(kind, None, Some(due.at));
            moved.extend(kind.serial());
            self.add(base, kind, due, stay);
        }
    }

    /// Whether a term of the old version counts from what has not happened.
    fn is_unstarted(&self, counting: Counting) -> bool {
        let Counting::Term(Term { anchor, .. }) = counting else { return false };
        is_later(anchor) && moment_of(&self.c.old.calendar, self.case, anchor).is_none()
    }

    /// The steps of an escalation that come at once in this version, and that it has not had.
    fn steps_at_once(&self, base: &Case, instance: &Instance) -> Vec<(TimerKind, Due, u32)> {
        let Spec::Escalation(escalation) = &instance.obligation(self.c.new).spec else { return Vec::new() };
        let steps = (0_u8..).zip(&escalation.steps);
        let missed = steps.filter(|(at, step)| step.after.is_none() && u32::from(*at) >= instance.count);
        let kinds = missed.map(|(step, _)| TimerKind::Step { of: instance.serial, step });
        let due = self.c.new.calendar.delay(self.now, Length::new(0, Unit::Minutes));
        kinds
            .filter(|kind| base.timers.iter().all(|timer| timer.kind != *kind))
            .map(|kind| (kind, due, instance.stay))
            .collect()
    }

    /// Whether an obligation still waits for what this timer ends.
    fn may_still(&self, instance: &Instance, kind: TimerKind) -> bool {
        let lifecycle = instance.obligation(self.c.new).kind.lifecycle();
        let on = match kind {
            TimerKind::Step { step, .. } if u32::from(step) < instance.count => return false,
            TimerKind::Step { .. } => Happening::Step,
            TimerKind::NoContact(_) => Happening::TakenUp,
            TimerKind::Slipped(_) => Happening::Slipped,
            _ => Happening::Overdue,
        };
        lifecycle.next(instance.state, on).is_some()
    }

    fn add(&self, base: &mut Case, kind: TimerKind, due: Due, stay: u32) {
        base.timer_ids = base.timer_ids.saturating_add(1);
        let paused = kind
            .serial()
            .and_then(|serial| base.instance(serial))
            .is_some_and(|instance| instance.paused_since.is_some());
        base.timers.push(Timer { id: TimerId(base.timer_ids), kind, due, stay, held: false, paused });
        if let TimerKind::Overdue(serial) = kind
            && let Some(instance) = base.instance_mut(serial)
        {
            instance.armed = true;
        }
    }

    /// A timer belongs to the stay of its obligation, unless that keeps running in this version; it is held while that stay is
    /// interrupted, and runs on when it is not any more.
    fn in_their_stays(&mut self, base: &mut Case) {
        let stay_of = |timer: &Timer| {
            let Some(serial) = timer.kind.serial() else { return timer.stay };
            let instance = base.instance(serial).filter(|instance| !instance.keeps_running(self.c.new));
            instance.map_or(0, |instance| instance.stay)
        };
        let stays: Vec<u32> = base.timers.iter().map(stay_of).collect();
        let interrupted = base.suspended.as_ref().map(|stay| stay.number);
        for (timer, stay) in base.timers.iter_mut().zip(stays) {
            let was_held = std::mem::replace(&mut timer.held, interrupted == Some(stay));
            timer.stay = stay;
            if was_held && !timer.held && !is_reminder(timer.kind) {
                self.shifts.retain(|shift| shift.kind != timer.kind);
                let before = self.case.timer(timer.id).map(|timer| timer.due.at);
                let now = Some(timer.due.at);
                self.shifts.push(Shift { kind: timer.kind, before, now, runs_on: true });
            }
        }
    }

    /// Reminders follow the ends that they warn of, and what the new version says of them.
    fn reminders(&self, base: &mut Case, moved: &[Serial]) {
        for after in base.open.clone() {
            let Some(before) = self.case.instance(after.serial) else { continue };
            let (was, is) = (self.warnings(self.c.old, before), self.warnings(self.c.new, &after));
            if was == is && !moved.contains(&after.serial) {
                let own =
                    |timer: &&Timer| is_reminder(timer.kind) && timer.kind.serial() == Some(after.serial);
                base.timers.extend(self.case.timers.iter().filter(own));
                continue;
            }
            for (kind, of, length) in is {
                let end = base.timers.iter().find(|timer| timer.kind == of).map(|timer| timer.due.at);
                let Some(end) = end else { continue };
                let calendar = &self.c.new.calendar;
                let due = calendar.before(end, length);
                let due = Due { at: calendar.reminder_time(due.at, end), ..due };
                if due.at > self.now {
                    self.add(base, kind, due, after.stay);
                }
            }
        }
    }

    /// The reminders of an obligation: the timer of each, that of the end that it warns of, and how long before.
    fn warnings(&self, protocol: &Protocol, instance: &Instance) -> Vec<(TimerKind, TimerKind, Length)> {
        let (of, row) = (instance.serial, instance.opening(protocol));
        let end = if row.preferred.is_some() { TimerKind::Slipped(of) } else { TimerKind::Overdue(of) };
        let own = (0_u8..).zip(&row.reminders);
        let mut all: Vec<_> =
            own.map(|(reminder, row)| (TimerKind::Remind { of, reminder }, end, row.before)).collect();
        if let Spec::Referral(referral) = &protocol.obligations.row(row.obligation).spec
            && let Some((_, before)) = referral.remind
        {
            all.push((TimerKind::RemindAccept(of), TimerKind::Overdue(of), before));
            all.push((TimerKind::RemindContact(of), TimerKind::NoContact(of), before));
        }
        all
    }
}

const fn counts_from_opening(counting: Option<Counting>) -> bool {
    match counting {
        Some(Counting::Term(term)) => matches!(term.anchor, Anchor::Opening),
        _ => true,
    }
}

/// The timer of a part that the old version may not have had.
const fn kind_of(part: Part, serial: Serial) -> Option<TimerKind> {
    match part {
        Part::Preferred => Some(TimerKind::Slipped(serial)),
        Part::Term | Part::Accept => Some(TimerKind::Overdue(serial)),
        Part::Contact => Some(TimerKind::NoContact(serial)),
        Part::Step(step) => Some(TimerKind::Step { of: serial, step }),
        Part::Silent | Part::Window | Part::Apart | Part::Series => None,
    }
}
