//! What a case is in the new version.

use jiff::Timestamp;
use smallvec::SmallVec;
use voordeur_protocol::model::Derived;
use voordeur_protocol::{Cause, Kind, Mode, ObligationId, OpeningId, Protocol, RuleId, StageId, Value};

use super::counterparts::Counterparts;
use super::lives::{counts_from_what_never_comes, lives_in};
use super::obstacle::Obstacle;
use super::places::{Place, Places};
use super::stranded::{returned, stranded};
use super::unasked::unasked;
use crate::arrival::{Arrival, Edition};
use crate::case::{Case, Deferred, Instance, Last, Left, Postponed, Serial, Stay};
use crate::entry::Entry;
use crate::message::{Message, Reason};
use crate::recount::is_reminder;
use crate::step::arrive;
use crate::tie::Succession;
use crate::timer::{TimerId, TimerKind};
use crate::unseen::waits_for_ever;

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
    /// What somebody does from there on who did not do it before.
    pub handed: Vec<ObligationId>,
    /// The answers that the client was asked for, and that the new version does not take: with the question, in its numbers.
    pub unanswerable: Vec<(ObligationId, String)>,
    /// Whether it has come in another stage, apart from its name, or goes back to another one.
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
    /// Whether its clock stood still, or was held, and runs on from here.
    pub runs_on: bool,
}

impl CarriedOver {
    /// When something was due of which the time has come, and from which nothing has followed yet, where it would be due later now or not
    /// at all.
    fn put_off(&self, before: &Case, at: Timestamp) -> Option<Timestamp> {
        let runs =
            |due: Timestamp| before.timers.iter().any(|one| one.due.at == due && !one.held && !one.paused);
        let is_put_off = |shift: &Shift| {
            let due = shift.before.filter(|due| *due < at && runs(*due))?;
            shift.now.is_none_or(|now| now > at).then_some(due)
        };
        self.shifts.iter().find_map(is_put_off)
    }

    /// Whether something that is due now was due earlier than it is, or is not due any more.
    #[must_use]
    pub fn is_later(&self) -> bool {
        let later = |shift: &Shift| match (shift.before, shift.now) {
            (Some(before), Some(now)) => now > before && !self.has_run_on(shift.kind),
            (before, now) => before.is_some() && now.is_none(),
        };
        self.shifts.iter().any(later)
    }

    /// Whether something is due earlier than it was, or was not due before. A clock that stood still would not have come due
    /// for as long as it does: where it runs on, that is earlier, whatever moment was written down for it.
    #[must_use]
    pub fn is_earlier(&self) -> bool {
        let earlier = |shift: &Shift| match (shift.before, shift.now) {
            (Some(before), Some(now)) => now < before || now > before && self.has_run_on(shift.kind),
            (before, now) => before.is_none() && now.is_some(),
        };
        self.shifts.iter().any(earlier) || !self.opened.is_empty()
    }

    /// Whether a rule of the new version tells somebody something as soon as it comes.
    #[must_use]
    pub fn tells(&self) -> bool {
        let is_told = |entry: &Entry| {
            matches!(
                entry,
                Entry::Sent(Message::Notify { reason: Reason::Rule { .. } | Reason::Step { .. }, .. })
            )
        };
        self.entries.iter().any(is_told)
    }

    /// Whether a clock stood still in the old version and runs on in the new one.
    fn has_run_on(&self, kind: TimerKind) -> bool {
        self.shifts.iter().any(|shift| shift.runs_on && shift.kind == kind)
    }

    /// Whether a clock is held: its moment counts when the case goes back to the stage that is interrupted, and not before.
    #[must_use]
    pub fn is_held(&self, kind: TimerKind) -> bool {
        self.case.timers.iter().any(|timer| timer.kind == kind && timer.held)
    }

    /// Whether something has moved to a moment that is over when it comes. A window that has opened by then is not late, and what is
    /// held does not come.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        let arrived = self.case.touched_at;
        let is_late = |shift: &Shift| !matches!(shift.kind, TimerKind::WindowOpens(_));
        self.shifts
            .iter()
            .filter(|shift| is_late(shift) && !self.is_held(shift.kind))
            .any(|shift| shift.now.is_some_and(|now| now <= arrived))
    }
}

/// One case under way.
pub(super) struct Carrying<'a> {
    pub(super) c: &'a Counterparts<'a>,
    pub(super) case: &'a Case,
    pub(super) now: Timestamp,
    pub(super) obstacles: Vec<Obstacle>,
    dropped: Vec<Serial>,
    pub(super) shifts: Vec<Shift>,
}

impl<'a> Carrying<'a> {
    pub(super) fn new(c: &'a Counterparts<'a>, case: &'a Case, now: Timestamp) -> Self {
        // It comes after everything that has happened to it: what was before and what comes after are told apart by the moment.
        let least = case.touched_at.saturating_add(jiff::SignedDuration::from_micros(1)).unwrap_or(now);
        let now = now.max(least);
        Self { c, case, now, obstacles: Vec::new(), dropped: Vec::new(), shifts: Vec::new() }
    }

    pub(super) fn carry(mut self, from: &Edition, to: &Edition) -> Result<CarriedOver, Vec<Obstacle>> {
        let Some(places) = self.places() else { return Err(self.obstacles) };
        let mut base = self.base(&places, from);
        if !self.obstacles.is_empty() {
            return Err(self.obstacles);
        }
        let stages: Vec<StageId> = places.all().map(|place| place.new).collect();
        for field in unasked(self.c.new, &base, &stages) {
            let field = self.c.new.fields.row(field).name.clone();
            self.obstacles.push(Obstacle::NeverAsked { field });
        }
        for place in places.all().filter(|place| place.moved) {
            if counts_from_what_never_comes(self.c.new, place.new, &base) {
                let stage = self.c.new.stages.row(place.new).name.clone();
                self.obstacles.push(Obstacle::NothingLeads { stage });
            }
        }
        self.timers(&mut base, &places);
        let arriving = self.arriving(&places, &mut base);
        if !self.obstacles.is_empty() {
            return Err(self.obstacles);
        }
        let mut case = self.case.clone();
        let dropped = self.let_go_of().map(|of| self.c.old.obligations.row(of).name.clone()).collect();
        let arrival = Arrival { dropped, ..Arrival::of(base, from.clone(), to.clone(), false) };
        let mut entries = vec![Entry::Migrated(Box::new(arrival))];
        arrive(self.c.new, &mut case, self.now, &mut entries, &arriving)
            .map_err(|why| vec![Obstacle::Refused(Box::new(why))])?;
        if let Some(obstacle) = self.waits_for_nothing(&case) {
            return Err(vec![obstacle]);
        }
        let (at, before, calendar) = (self.now, self.case, &self.c.old.calendar);
        let over = self.told(case, entries, &places);
        match over.put_off(before, at) {
            Some(due) => {
                let due = voordeur_calendar::moment_in_words(calendar.local(due));
                Err(vec![Obstacle::NotToldYet { due }])
            }
            None => Ok(over),
        }
    }

    /// What was open and has no place any more.
    fn let_go_of(&self) -> impl Iterator<Item = ObligationId> {
        let open = self.dropped.iter().filter_map(|serial| self.case.instance(*serial));
        open.map(|instance| instance.opening(self.c.old).obligation)
    }

    /// When a stay of the case began.
    pub(super) fn entered_at(&self, stay: u32) -> Option<Timestamp> {
        let mut stays = self.case.stay.iter().chain(&self.case.suspended);
        stays.find(|one| one.number == stay).map(|one| one.entered_at)
    }

    /// What keeps it when nothing would take it on, there or after the return to the interrupted stage.
    fn waits_for_nothing(&self, case: &Case) -> Option<Obstacle> {
        let (old, new) = (self.c.old, self.c.new);
        if case.is_running() && case.open.is_empty() && case.timers.is_empty() {
            return Some(Obstacle::NothingWaits);
        }
        if waits_for_ever(new, case) && !waits_for_ever(old, self.case) {
            return Some(Obstacle::NothingLeads { stage: stage_of(new, case.stay.as_ref()) });
        }
        if returned(new, case).is_some_and(|back| waits_for_ever(new, &back))
            && returned(old, self.case).is_some_and(|back| !waits_for_ever(old, &back))
        {
            return Some(Obstacle::NothingLeads { stage: stage_of(new, case.suspended.as_ref()) });
        }
        let stranded = stranded(new, case).into_iter().find(|_| stranded(old, self.case).is_empty());
        stranded.map(Obstacle::Stranded)
    }

    fn told(self, case: Case, entries: Vec<Entry>, places: &Places) -> CarriedOver {
        let opened = entries.iter().filter_map(|entry| match entry {
            Entry::Opened { opening, .. } => Some(self.c.new.openings.row(*opening).obligation),
            _ => None,
        });
        let set = entries.iter().filter_map(|entry| match entry {
            Entry::TimerSet(timer) if !is_reminder(timer.kind) && case.timer(timer.id).is_some() => {
                Some(Shift { kind: timer.kind, before: None, now: Some(timer.due.at), runs_on: false })
            }
            _ => None,
        });
        CarriedOver {
            opened: opened.collect(),
            dropped: self.let_go_of().collect(),
            shifts: (self.shifts.iter().copied())
                .chain(set)
                .chain(run_on(&entries))
                .chain(self.stands_still(&case))
                .collect(),
            handed: self.handed(&case),
            unanswerable: self.unanswerable(&case),
            other_stage: places.all().any(|place| place.moved)
                || places.resumed
                || !is_in(&case, &places.here),
            case,
            entries,
        }
    }

    /// The case in the numbers of the new version, with its timers still to come.
    fn base(&mut self, places: &Places, from: &Edition) -> Case {
        let (c, case) = (self.c, self.case);
        let mut base = case.clone();
        if let Some(trigger) = case.trigger {
            base.trigger = c.trigger(trigger);
            if base.trigger.is_none() {
                let trigger = c.old.triggers.row(trigger).name.clone();
                self.obstacles.push(Obstacle::NoTrigger { trigger });
            }
        }
        let stays: SmallVec<[&Stay; 2]> = case.stay.iter().chain(&case.suspended).collect();
        let in_place = |place: &Place| stays.iter().find(|stay| stay.number == place.stay).copied();
        base.stay = in_place(&places.here).and_then(|stay| self.stay(stay, &places.here));
        let interrupted = places.interrupted.as_ref();
        base.suspended = interrupted.and_then(|place| self.stay(in_place(place)?, place));
        base.data = self.data();
        base.windows = case.windows.iter().filter_map(|(field, all)| self.window(*field, all)).collect();
        base.open = self.open(places);
        base.last = case.last.iter().filter_map(|last| self.last(last)).collect();
        base.postponed =
            case.postponed.iter().filter_map(|waiting| self.postponed(waiting, places)).collect();
        base.met = case.met.iter().filter_map(|rule| c.rule(*rule)).collect();
        let rules = |all: &[(RuleId, Timestamp)]| -> Vec<_> {
            all.iter().filter_map(|(rule, at)| Some((c.rule(*rule)?, *at))).collect()
        };
        (base.reached, base.turns) = (rules(&case.reached), rules(&case.turns));
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

    fn stay(&mut self, stay: &Stay, place: &Place) -> Option<Stay> {
        let rules = |rules: &[RuleId]| {
            let own = rules.iter().filter_map(|rule| self.c.rule(*rule));
            own.filter(|_| !place.moved).collect()
        };
        let (fired, withheld) = (rules(&stay.fired), rules(&stay.withheld));
        let mut waits = Vec::new();
        for waiting in &stay.deferred {
            match self.deferred(waiting, place) {
                Some(there) => waits.push(there),
                None if place.said => {}
                None => {
                    let obligation = self.c.old.obligations.row(waiting.obligation).name.clone();
                    self.obstacles.push(Obstacle::WaitsForReturn { obligation });
                }
            }
        }
        Some(Stay {
            stage: place.new,
            number: stay.number,
            // Who comes in another stage enters it when it comes.
            entered_at: if place.moved { self.now } else { stay.entered_at },
            fired,
            withheld,
            deferred: waits,
        })
    }

    /// What happened while its stage was interrupted, when something follows from it there.
    fn deferred(&self, waiting: &Deferred, place: &Place) -> Option<Deferred> {
        let there = Deferred {
            serial: waiting.serial,
            opening: self.c.opening(waiting.opening, Some(place.new))?,
            obligation: self.c.obligation(waiting.obligation)?,
            on: self.c.happening(waiting.obligation, waiting.on)?,
            number: waiting.number,
        };
        let cause = Cause::Obligation(there.obligation, there.on);
        let stage = self.c.new.stages.row(place.new);
        let answered = stage.dispatch.iter().chain(&self.c.new.always);
        let mut answered = answered.map(|(_, rule)| &self.c.new.rules.row(*rule).cause);
        answered.any(|own| *own == cause).then_some(there)
    }

    /// A report that waits until the stage to which it leads has been left.
    fn postponed(&mut self, waiting: &Postponed, places: &Places) -> Option<Postponed> {
        let about = waiting.about.filter(|of| !self.dropped.contains(of));
        let rule = self.c.rule(waiting.rule);
        if rule.is_none() && !places.said_of_case() {
            let rule = self.c.old.rules.row(waiting.rule).text.clone();
            self.obstacles.push(Obstacle::Postponed { rule });
        }
        rule.map(|rule| Postponed { rule, about })
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
    fn entered(&self, places: &Places) -> Vec<(StageId, u32)> {
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
        for place in places.all().filter(|place| place.moved) {
            add(place.new, 1);
        }
        entered
    }

    /// The open obligations. What has no counterpart is dropped where the new version names its stage; else, and when somebody was
    /// asked to help, it keeps the case from coming over.
    fn open(&mut self, places: &Places) -> Vec<Instance> {
        let mut open = Vec::new();
        for instance in &self.case.open {
            let place = places.of(instance.stay).copied();
            let is_over = places.over == Some(instance.stay) && !instance.keeps_running(self.c.old);
            if is_over || instance.parent.is_some_and(|parent| self.dropped.contains(&parent)) {
                self.drop_or_keep(instance, place);
                continue;
            }
            if place.is_some_and(|place| self.must_be_made_there(instance, place)) {
                continue;
            }
            match self.opening(instance, place) {
                Some(opening) => open.push(Instance { opening, ..instance.clone() }),
                None if place.is_some_and(|place| place.said) => self.drop_or_keep(instance, place),
                None => self.keep_for(instance, place),
            }
        }
        open
    }

    /// What is dropped, but for what keeps the case.
    fn drop_or_keep(&mut self, instance: &Instance, place: Option<Place>) {
        if self.is_with_a_receiver(instance) {
            self.keep_for(instance, place);
        } else {
            self.dropped.push(instance.serial);
        }
    }

    fn keep_for(&mut self, instance: &Instance, place: Option<Place>) {
        let gone = instance.opening(self.c.old).planned_after;
        if let (Some(place), Some(after)) = (place, gone)
            && self.c.obligation(instance.opening(self.c.old).obligation).is_some()
        {
            self.obstacles.push(Obstacle::NoMoment {
                contact: instance.obligation(self.c.old).name.clone(),
                after,
                stage: self.c.old.stages.row(place.old).name.clone(),
                there: self.c.new.stages.row(place.new).name.clone(),
            });
            return;
        }
        let stage = place.map(|place| self.c.old.stages.row(place.old).name.clone());
        let obligation = instance.obligation(self.c.old).name.clone();
        self.obstacles.push(Obstacle::NoCounterpart { obligation, stage });
    }

    /// Whether somebody was asked to help, and believes so until told otherwise: that is answered, or skipped with a reason, before
    /// the case comes over.
    fn is_with_a_receiver(&self, instance: &Instance) -> bool {
        instance.obligation(self.c.old).kind == Kind::Referral && !instance.is_offered(self.c.old)
    }

    /// Whether it is only offered, and has to be done where the case comes: there it is opened for that. Else whoever waives the
    /// offer would leave a stage in which nothing waits.
    pub(super) fn must_be_made_there(&self, instance: &Instance, place: Place) -> bool {
        let there = self.c.obligation(instance.opening(self.c.old).obligation);
        let must = |opening: &OpeningId| {
            let row = self.c.new.openings.row(*opening);
            row.mode == Mode::Must && Some(row.obligation) == there
        };
        instance.is_offered(self.c.old) && self.c.new.stages.row(place.new).opens.iter().any(must)
    }

    /// Where an open obligation is opened in the new version, when something follows from it there.
    fn opening(&self, instance: &Instance, place: Option<Place>) -> Option<OpeningId> {
        let opening = self.c.opening(instance.opening, place.map(|place| place.new))?;
        let row = self.c.new.openings.row(opening);
        let own = instance.keeps_running(self.c.old) || row.keeps_running || instance.parent.is_some();
        let lives = |place: Place| lives_in(self.c.new, place.new, row.obligation);
        (own || place.is_none_or(lives)).then_some(opening)
    }
}

/// Whether it is in the stage in which it came.
fn is_in(case: &Case, place: &Place) -> bool {
    case.is_running() && case.stay.as_ref().is_some_and(|stay| stay.stage == place.new)
}

fn stage_of(protocol: &Protocol, stay: Option<&Stay>) -> String {
    stay.map_or_else(String::new, |stay| protocol.stages.row(stay.stage).name.clone())
}

/// What runs on, after it stood still in the old version.
fn run_on(entries: &[Entry]) -> impl Iterator<Item = Shift> {
    let timers = |id: &TimerId| {
        entries.iter().find_map(|entry| match entry {
            Entry::Migrated(arrival) => arrival.case.timer(*id).copied(),
            _ => None,
        })
    };
    let moved = entries.iter().filter_map(|entry| match entry {
        Entry::ClockRuns { moved, .. } => Some(moved),
        _ => None,
    });
    moved.flatten().filter_map(move |(id, due)| {
        let timer = timers(id).filter(|timer| !is_reminder(timer.kind))?;
        Some(Shift { kind: timer.kind, before: Some(timer.due.at), now: Some(due.at), runs_on: true })
    })
}
