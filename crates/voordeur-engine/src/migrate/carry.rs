//! What a case is in the new version.

use jiff::Timestamp;
use smallvec::SmallVec;
use voordeur_calendar::Due;
use voordeur_protocol::model::{Deadlines, Derived};
use voordeur_protocol::{
    Cause, Effect, Happening, Kind, ObligationId, OpeningId, Protocol, RuleId, Scope, Spec, StageId, Target,
    Value,
};

use super::counterparts::Counterparts;
use super::obstacle::Obstacle;
use super::terms::{Counting, counting, due, part_of, parts, rule_due};
use super::unasked::unasked;
use crate::case::{Case, Deferred, Instance, Last, Left, Postponed, Serial, Stay};
use crate::entry::{Arrival, Edition, Entry};
use crate::recount::is_reminder;
use crate::step::{Arriving, arrive};
use crate::tie::Succession;
use crate::timer::{Timer, TimerId, TimerKind};

/// A case as it is in the new version.
#[derive(Debug, Clone, PartialEq)]
pub struct CarriedOver {
    /// The case after it came over.
    pub case: Case,
    /// What to write in the journal, in order.
    pub entries: Vec<Entry>,
    /// What is due at another moment than before. Reminders are not told.
    pub shifts: Vec<Shift>,
    /// What was open and has no place any more, as the new version says, in the numbers of the old one.
    pub dropped: Vec<ObligationId>,
    /// What was opened on arrival.
    pub opened: Vec<ObligationId>,
    /// Whether it has come in another stage, apart from its name.
    pub other_stage: bool,
}

/// Something that is due at another moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// What it is for.
    pub kind: TimerKind,
    /// When it was due; nothing when it was not.
    pub before: Option<Timestamp>,
    /// When it is due; nothing when it is not any more.
    pub now: Option<Timestamp>,
}

impl CarriedOver {
    /// Whether something that is due now was due earlier than it is, or is not due any more.
    #[must_use]
    pub fn is_later(&self) -> bool {
        let later = |shift: &Shift| match (shift.before, shift.now) {
            (Some(before), Some(now)) => now > before,
            (before, now) => before.is_some() && now.is_none(),
        };
        self.shifts.iter().any(later)
    }

    /// Whether something is due earlier than it was, or was not due before.
    #[must_use]
    pub fn is_earlier(&self) -> bool {
        let earlier = |shift: &Shift| match (shift.before, shift.now) {
            (Some(before), Some(now)) => now < before,
            (before, now) => before.is_none() && now.is_some(),
        };
        self.shifts.iter().any(earlier) || !self.opened.is_empty()
    }

    /// Whether something has moved to a moment that is over when it comes.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        let arrived = self.case.touched_at;
        self.shifts.iter().any(|shift| shift.now.is_some_and(|now| now <= arrived))
    }
}

/// Where a stay comes in the new version.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// The number of the stay.
    stay: u32,
    old: StageId,
    new: StageId,
    /// Whether the new version says so itself.
    said: bool,
    /// Whether it is another stage, and not only one of another name.
    moved: bool,
}

/// One case under way.
pub(super) struct Carrying<'a> {
    c: &'a Counterparts<'a>,
    case: &'a Case,
    now: Timestamp,
    obstacles: Vec<Obstacle>,
    dropped: Vec<Serial>,
    shifts: Vec<Shift>,
}

impl<'a> Carrying<'a> {
    pub(super) fn new(c: &'a Counterparts<'a>, case: &'a Case, now: Timestamp) -> Self {
        // It comes after everything that has happened to it: what was before and what comes after are told apart by the moment.
        let least = case.touched_at.saturating_add(jiff::SignedDuration::from_micros(1)).unwrap_or(now);
        let now = now.max(least);
        Self { c, case, now, obstacles: Vec::new(), dropped: Vec::new(), shifts: Vec::new() }
    }

    pub(super) fn carry(mut self, from: &Edition, to: &Edition) -> Result<CarriedOver, Vec<Obstacle>> {
        let places = self.places();
        let mut base = self.base(&places, from);
        let Some(here) = places.first().copied().filter(|_| self.obstacles.is_empty()) else {
            return Err(self.obstacles);
        };
        let stages: Vec<StageId> = places.iter().map(|place| place.new).collect();
        for field in unasked(self.c.new, &base, &stages) {
            let field = self.c.new.fields.row(field).name.clone();
            self.obstacles.push(Obstacle::NeverAsked { field });
        }
        self.timers(&mut base, &places);
        let arriving = self.arriving(here, &base);
        if base.open.is_empty()
            && base.timers.is_empty()
            && arriving.opens.is_empty()
            && arriving.timed.is_empty()
        {
            self.obstacles.push(Obstacle::NothingWaits);
        }
        if !self.obstacles.is_empty() {
            return Err(self.obstacles);
        }
        let mut case = self.case.clone();
        let mut entries = vec![Entry::Migrated(Box::new(Arrival::of(base, from.clone(), to.clone(), false)))];
        arrive(self.c.new, &mut case, self.now, &mut entries, &arriving)
            .map_err(|why| vec![Obstacle::Refused(Box::new(why))])?;
        Ok(self.told(case, entries, here))
    }

    fn told(self, case: Case, entries: Vec<Entry>, here: Place) -> CarriedOver {
        let opened = entries.iter().filter_map(|entry| match entry {
            Entry::Opened { opening, .. } => Some(self.c.new.openings.row(*opening).obligation),
            _ => None,
        });
        let set = entries.iter().filter_map(|entry| match entry {
            Entry::TimerSet(timer) if timer.kind.serial().is_none() => {
                Some(Shift { kind: timer.kind, before: None, now: Some(timer.due.at) })
            }
            _ => None,
        });
        let of = |serial: &Serial| {
            let instance = self.case.instance(*serial)?;
            Some(instance.opening(self.c.old).obligation)
        };
        CarriedOver {
            opened: opened.collect(),
            dropped: self.dropped.iter().filter_map(of).collect(),
            shifts: self.shifts.iter().copied().chain(set).collect(),
            other_stage: here.moved,
            case,
            entries,
        }
    }

    /// Where the stay comes, and the interrupted one.
    fn places(&mut self) -> Vec<Place> {
        let (c, case) = (self.c, self.case);
        let stays: SmallVec<[&Stay; 2]> = case.stay.iter().chain(&case.suspended).collect();
        let mut places = Vec::new();
        for stay in stays {
            let row = c.old.stages.row(stay.stage);
            let said = c.new.open_cases.as_ref().and_then(|open| open.stage(&row.name));
            match said.or_else(|| c.stage(stay.stage)) {
                Some(new) => places.push(Place {
                    stay: stay.number,
                    old: stay.stage,
                    new,
                    said: said.is_some(),
                    moved: c.stage(stay.stage) != Some(new),
                }),
                None => self.obstacles.push(Obstacle::NoStage { stage: row.name.clone() }),
            }
        }
        places
    }

    /// The case in the numbers of the new version, with its timers still to come.
    fn base(&mut self, places: &[Place], from: &Edition) -> Case {
        let (c, case) = (self.c, self.case);
        let mut base = case.clone();
        if let Some(trigger) = case.trigger {
            base.trigger = c.trigger(trigger);
            if base.trigger.is_none() {
                let trigger = c.old.triggers.row(trigger).name.clone();
                self.obstacles.push(Obstacle::NoTrigger { trigger });
            }
        }
        base.stay = case.stay.as_ref().and_then(|stay| self.stay(stay, places));
        base.suspended = case.suspended.as_ref().and_then(|stay| self.stay(stay, places));
        base.data = self.data();
        base.windows = case.windows.iter().filter_map(|(field, all)| self.window(*field, all)).collect();
        base.open = self.open(places);
        base.last = case.last.iter().filter_map(|last| self.last(last)).collect();
        let waiting = |waiting: &Postponed| {
            Some(Postponed {
                rule: c.rule(waiting.rule)?,
                about: waiting.about.filter(|of| !self.dropped.contains(of)),
            })
        };
        base.postponed = case.postponed.iter().filter_map(waiting).collect();
        base.met = case.met.iter().filter_map(|rule| c.rule(*rule)).collect();
        base.reached = case.reached.iter().filter_map(|(rule, at)| Some((c.rule(*rule)?, *at))).collect();
        base.occurred =
            case.occurred.iter().filter_map(|(event, at)| Some((c.event(*event)?, *at))).collect();
        base.entered = self.entered(places);
        base.ties.retired = case.ties.retired.as_ref().and_then(|heir| match heir {
            Succession::Version(_) => None,
            Succession::Owner(owner) => c.party(*owner).map(Succession::Owner),
        });
        base.timers.clear();
        base.ran_on.push(Left { at: self.now, digest: from.digest.clone() });
        base
    }

    fn stay(&self, stay: &Stay, places: &[Place]) -> Option<Stay> {
        let place = places.iter().find(|place| place.stay == stay.number)?;
        let rules = |rules: &[RuleId]| {
            let own = rules.iter().filter_map(|rule| self.c.rule(*rule));
            own.filter(|_| !place.moved).collect()
        };
        let deferred = |waiting: &Deferred| {
            Some(Deferred {
                serial: waiting.serial,
                opening: self.c.opening(waiting.opening, Some(place.new))?,
                obligation: self.c.obligation(waiting.obligation)?,
                on: self.c.happening(waiting.obligation, waiting.on)?,
                number: waiting.number,
            })
        };
        Some(Stay {
            stage: place.new,
            number: stay.number,
            entered_at: stay.entered_at,
            fired: rules(&stay.fired),
            withheld: rules(&stay.withheld),
            deferred: stay.deferred.iter().filter_map(deferred).collect(),
        })
    }

    /// What was recorded. What the new version does not ask any more is left behind.
    fn data(&mut self) -> Vec<(voordeur_protocol::FieldId, Value)> {
        let mut data = Vec::new();
        for (field, value) in &self.case.data {
            let Some(there) = self.c.field(*field) else { continue };
            match self.c.value(*field, value) {
                Some(value) => data.push((there, value)),
                None => {
                    let field = self.c.old.fields.row(*field).name.clone();
                    self.obstacles.push(Obstacle::Value { field });
                }
            }
        }
        data.sort_by_key(|(field, _)| *field);
        data
    }

    fn window(
        &self,
        field: voordeur_protocol::FieldId,
        counted: &[(Timestamp, i64)],
    ) -> Option<(voordeur_protocol::FieldId, Vec<(Timestamp, i64)>)> {
        let there = self.c.field(field)?;
        let counts =
            matches!(self.c.new.fields.row(there).derived, Some(Derived::Sum { .. } | Derived::Tally { .. }));
        counts.then(|| (there, counted.to_vec()))
    }

    fn last(&self, last: &Last) -> Option<Last> {
        let obligation = self.c.obligation(last.obligation)?;
        let on = match last.on {
            Some(on) => Some(self.c.happening(last.obligation, on)?),
            None => None,
        };
        Some(Last { obligation, on, ..*last })
    }

    /// How often each stage was entered. Who comes in another stage has entered it.
    fn entered(&self, places: &[Place]) -> Vec<(StageId, u32)> {
        let mut entered: Vec<(StageId, u32)> = Vec::new();
        let mut add = |stage: StageId, times: u32| match entered.iter_mut().find(|(id, _)| *id == stage) {
            Some((_, known)) => *known = known.saturating_add(times),
            None => entered.push((stage, times)),
        };
        for (stage, times) in &self.case.entered {
            if let Some(there) = self.c.stage(*stage) {
                add(there, *times);
            }
        }
        for place in places.iter().filter(|place| place.moved) {
            add(place.new, 1);
        }
        entered
    }

    /// The open obligations. What has no counterpart is dropped where the new version names its stage; else it keeps the case
    /// from coming over.
    fn open(&mut self, places: &[Place]) -> Vec<Instance> {
        let mut open = Vec::new();
        for instance in &self.case.open {
            let place = places.iter().find(|place| place.stay == instance.stay).copied();
            if instance.parent.is_some_and(|parent| self.dropped.contains(&parent)) {
                self.dropped.push(instance.serial);
                continue;
            }
            match self.opening(instance, place) {
                Some(opening) => open.push(Instance { opening, ..instance.clone() }),
                None if place.is_some_and(|place| place.said) => self.dropped.push(instance.serial),
                None => {
                    let stage = place.map(|place| self.c.old.stages.row(place.old).name.clone());
                    let obligation = instance.obligation(self.c.old).name.clone();
                    self.obstacles.push(Obstacle::NoCounterpart { obligation, stage });
                }
            }
        }
        open
    }

    /// Where an open obligation is opened in the new version, when something follows from it there.
    fn opening(&self, instance: &Instance, place: Option<Place>) -> Option<OpeningId> {
        let opening = self.c.opening(instance.opening, place.map(|place| place.new))?;
        let row = self.c.new.openings.row(opening);
        let own = instance.keeps_running(self.c.old) || row.keeps_running || instance.parent.is_some();
        let lives = |place: Place| lives_in(self.c.new, place.new, row.obligation);
        (own || place.is_none_or(lives)).then_some(opening)
    }

    /// What is opened and set on arrival: what the stage has in the new version and had not in the old one.
    fn arriving(&self, here: Place, base: &Case) -> Arriving {
        let row = self.c.new.stages.row(here.new);
        let is_open =
            |obligation| base.open.iter().any(|one| one.opening(self.c.new).obligation == obligation);
        let was_here = |obligation| {
            let before = self.c.obligation_before(obligation);
            before.is_some_and(|before| lives_in(self.c.old, here.old, before))
        };
        let new = |opening: &OpeningId| {
            let obligation = self.c.new.openings.row(*opening).obligation;
            !is_open(obligation) && (here.moved || !was_here(obligation))
        };
        let timed = |rule: &RuleId| here.moved || self.c.rule_before(*rule).is_none();
        Arriving {
            opens: row.opens.iter().copied().filter(new).collect(),
            timed: row.timed.iter().copied().filter(timed).collect(),
            entry: row.entry.iter().copied().filter(|_| here.moved).collect(),
            told: self.told_anew(base),
        }
    }
}

impl Carrying<'_> {
    /// What somebody has to do by another moment than he was told.
    fn told_anew(&self, base: &Case) -> SmallVec<[Serial; 4]> {
        let ends = |shift: &&Shift| matches!(shift.kind, TimerKind::Overdue(_) | TimerKind::Missed(_));
        let moved = self.shifts.iter().filter(ends).filter_map(|shift| shift.kind.serial());
        let done_by_people = |serial: &Serial| {
            base.instance(*serial).is_some_and(|instance| {
                matches!(instance.obligation(self.c.new).kind, Kind::Task | Kind::Visit | Kind::Contact)
            })
        };
        moved.filter(done_by_people).collect()
    }
}

/// Whether something follows from an obligation in a stage: it is opened there, or a rule there or everywhere speaks of it.
fn lives_in(protocol: &Protocol, stage: StageId, obligation: ObligationId) -> bool {
    let own = |opening: &OpeningId| protocol.openings.row(*opening).obligation == obligation;
    let row = protocol.stages.row(stage);
    let answered = row.dispatch.iter().chain(&protocol.always).any(
        |(_, rule)| matches!(protocol.rules.row(*rule).cause, Cause::Obligation(of, _) if of == obligation),
    );
    let opened = protocol.rules.rows().any(|rule| {
        let here = rule.scope == Scope::Stage(stage)
            || rule.scope == Scope::Always
            || rule.target == Some(Target::Stage(stage));
        here && rule.effects.iter().any(|effect| matches!(effect, Effect::Open(opening) if own(opening)))
    });
    row.opens.iter().any(own) || answered || opened
}

// ---- timers

impl Carrying<'_> {
    fn timers(&mut self, base: &mut Case, places: &[Place]) {
        let mut moved_ends: Vec<Serial> = Vec::new();
        for timer in &self.case.timers {
            if is_reminder(timer.kind) {
                continue;
            }
            let Some(after) = self.timer(timer, base, places) else {
                self.shifts.push(Shift { kind: timer.kind, before: Some(timer.due.at), now: None });
                moved_ends.extend(timer.kind.serial());
                continue;
            };
            if after.due.at != timer.due.at {
                let now = Some(after.due.at);
                self.shifts.push(Shift { kind: after.kind, before: Some(timer.due.at), now });
                moved_ends.extend(timer.kind.serial());
            }
            base.timers.push(after);
        }
        self.new_terms(base, &mut moved_ends);
        self.reminders(base, &moved_ends);
    }

    /// A timer in the new version; nothing when what it was for is gone.
    fn timer(&mut self, timer: &Timer, base: &Case, places: &[Place]) -> Option<Timer> {
        let Some(serial) = timer.kind.serial() else { return self.rule_timer(timer, base, places) };
        let (before, after) = (self.case.instance(serial)?, base.instance(serial)?);
        let Some(part) = part_of(self.c.old, before, timer.kind, timer.due.why.length) else {
            return Some(*timer);
        };
        let was = counting(self.c.old, before.opening(self.c.old), part);
        let is = counting(self.c.new, after.opening(self.c.new), part);
        let gone = matches!(timer.kind, TimerKind::Step { .. }) && is.is_none();
        if gone {
            return None;
        }
        if self.c.same_counting(was, is) {
            return Some(*timer);
        }
        let obligation = after.opening(self.c.new).obligation;
        let how = self.c.said(Some(obligation));
        if how == Deadlines::Keep || matches!(is, Some(Counting::Series(_))) {
            return Some(*timer);
        }
        if timer.paused || timer.due.why.paused > 0 || timer.due.lost.is_some() {
            let obligation = self.c.new.obligations.row(obligation).name.clone();
            self.obstacles.push(Obstacle::StoodStill { obligation });
            return Some(*timer);
        }
        let start = match (how, is) {
            (Deadlines::FromToday, _) => self.now,
            (_, Some(Counting::Window { .. })) => before.opened_at,
            (_, Some(Counting::Term(_))) if !counts_from_opening(was) => before.opened_at,
            _ => timer.due.why.anchor,
        };
        let due = self.due(base, is?, timer.kind, start, how)?;
        Some(Timer { due, ..*timer })
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
            Counting::Term(term)
                if how == Deadlines::FromToday && term.anchor == voordeur_protocol::Anchor::Report =>
            {
                Counting::Term(voordeur_protocol::Term { anchor: voordeur_protocol::Anchor::Opening, ..term })
            }
            other => other,
        };
        due(self.c.new, base, is, kind, start)
    }

    fn rule_timer(&mut self, timer: &Timer, base: &Case, places: &[Place]) -> Option<Timer> {
        let (old, times) = match timer.kind {
            TimerKind::After(rule) => (rule, None),
            TimerKind::Every { rule, times } => (rule, Some(times)),
            _ => return None,
        };
        if places.iter().any(|place| place.stay == timer.stay && place.moved) {
            return None;
        }
        let rule = self.c.rule(old)?;
        let kind = match times {
            Some(times) => TimerKind::Every { rule, times },
            None => TimerKind::After(rule),
        };
        let length = |protocol: &Protocol, rule| match protocol.rules.row(rule).cause {
            Cause::After(length, _) | Cause::Every(length) => Some(length),
            _ => None,
        };
        let how = self.c.said(None);
        if length(self.c.old, old) == length(self.c.new, rule) || how == Deadlines::Keep {
            return Some(Timer { kind, ..*timer });
        }
        let stays = self.case.stay.iter().chain(&self.case.suspended);
        let entered = stays.filter(|stay| stay.number == timer.stay).map(|stay| stay.entered_at).next();
        let entered = entered.unwrap_or(timer.due.why.anchor);
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
                if waits || had.iter().any(|(own, _)| *own == part) || !self.may_still(after, kind) {
                    continue;
                }
                let start = if how == Deadlines::FromStart { before.opened_at } else { self.now };
                if let Some(due) = self.due(base, counting, kind, start, how) {
                    set.push((kind, due, after.stay));
                }
            }
        }
        for (kind, due, stay) in set {
            self.shifts.push(Shift { kind, before: None, now: Some(due.at) });
            moved.extend(kind.serial());
            self.add(base, kind, due, stay);
        }
    }

    /// Whether an obligation still waits for what this timer ends.
    fn may_still(&self, instance: &Instance, kind: TimerKind) -> bool {
        let lifecycle = instance.obligation(self.c.new).kind.lifecycle();
        let on = match kind {
            TimerKind::NoContact(_) => Happening::TakenUp,
            TimerKind::Slipped(_) => Happening::Slipped,
            _ => Happening::Overdue,
        };
        lifecycle.next(instance.state, on).is_some()
    }

    fn add(&self, base: &mut Case, kind: TimerKind, due: Due, stay: u32) {
        base.timer_ids = base.timer_ids.saturating_add(1);
        let keeps = kind
            .serial()
            .and_then(|serial| base.instance(serial))
            .is_some_and(|instance| instance.keeps_running(self.c.new));
        let stay = if keeps { 0 } else { stay };
        let held = base.suspended.as_ref().is_some_and(|suspended| suspended.number == stay);
        let paused = kind
            .serial()
            .and_then(|serial| base.instance(serial))
            .is_some_and(|instance| instance.paused_since.is_some());
        base.timers.push(Timer { id: TimerId(base.timer_ids), kind, due, stay, held, paused });
        if let TimerKind::Overdue(serial) = kind
            && let Some(instance) = base.instance_mut(serial)
        {
            instance.armed = true;
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
    fn warnings(
        &self,
        protocol: &Protocol,
        instance: &Instance,
    ) -> Vec<(TimerKind, TimerKind, voordeur_calendar::Length)> {
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
        Some(Counting::Term(term)) => matches!(term.anchor, voordeur_protocol::Anchor::Opening),
        _ => true,
    }
}

/// The timer of a part that the old version may not have had.
pub(super) const fn kind_of(part: super::terms::Part, serial: Serial) -> Option<TimerKind> {
    use super::terms::Part;
    match part {
        Part::Preferred => Some(TimerKind::Slipped(serial)),
        Part::Term | Part::Accept => Some(TimerKind::Overdue(serial)),
        Part::Contact => Some(TimerKind::NoContact(serial)),
        Part::Step(step) => Some(TimerKind::Step { of: serial, step }),
        Part::Silent | Part::Window | Part::Apart | Part::Series => None,
    }
}
