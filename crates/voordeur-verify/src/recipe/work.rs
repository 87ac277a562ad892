//! Works out the recipe of a step from what the engine did: which dates are new, what each counts from, and where it is in the
//! zone of the case after it.

use jiff::Timestamp;
use voordeur_calendar::{Due, Length, Method, Reasoning, Regime, Unit};
use voordeur_engine::{Case, Entry, Serial, Timer, TimerId, TimerKind};
use voordeur_protocol::model::{Contact, Plan};
use voordeur_protocol::{Cause, Protocol, Spec};

use super::standstill::Stopped;
use super::{Added, Counted, Delayed, Earliest, Recipe, Tie, seconds, working_days};
use crate::chain::Link;
use crate::extent::Extents;
use crate::looks::Looks;
use crate::normal::stand_in;
use crate::periods::months;
use crate::points::{Birthday, Kept, Points, running_series};
use crate::sliding::kept;
use crate::zone::{FREE, NOW};

/// How long the time since the report is kept when that is what is asked for: ten years, in ticks.
const LONGEST_SINCE_REPORT: i32 = 10 * 2 * 366;

/// A clock that is held and was over so many ticks ago is over.
const OVER: i32 = 2;

/// How long ago a period was over that is held is told apart for so many ticks.
const MOST_HELD: i32 = 2 * 32;

/// A step of the engine, on stand-ins for dates.
pub(crate) struct Done<'s> {
    pub(crate) before: &'s Case,
    pub(crate) points: &'s Points,
    /// Whether each point of the zone before it is a midnight.
    pub(crate) midnight: Vec<bool>,
    /// The case after it, bare, and in its normal form.
    pub(crate) after: &'s Case,
    pub(crate) normal: &'s Case,
    pub(crate) entries: &'s [Entry],
    /// Dates that were put for points of the zone before it.
    pub(crate) stands: &'s [(Timestamp, usize)],
    pub(crate) now: Timestamp,
}

/// Works out what a step does to the zones.
pub(crate) fn recipe(
    protocol: &Protocol,
    looks: &Looks,
    extents: &mut Extents,
    kept: Kept,
    done: Done<'_>,
) -> Recipe {
    let new = Points::of(looks, done.normal, kept);
    let before = done.midnight.len();
    let mut work = Work {
        protocol,
        looks,
        extents,
        midnight: done.midnight.clone(),
        done,
        added: Vec::new(),
        ties: Vec::new(),
        counted: Vec::new(),
        delayed: Vec::new(),
        earliest: Vec::new(),
        found: Vec::new(),
        bounds: Vec::new(),
        birthdays: Vec::new(),
        wholes: Vec::new(),
        clipped: Vec::new(),
    };
    for entry in work.done.entries {
        work.entry(entry);
    }
    let places = work.places(&new);
    let midnight = std::iter::once(NOW).chain(places.iter().copied());
    let midnight = midnight.map(|at| work.midnight.get(at).copied().unwrap_or(false)).collect();
    let forgotten = forgotten(looks, kept, &new);
    let held = work.held(&new);
    let held_wholes = held_wholes(&new, work.done.normal).into();
    let stopped = Stopped::all(&new, work.done.normal).into();
    let unsure = work.unsure(&new).into();
    let (held, forgotten, places) = (held.into(), forgotten.into(), places.into());
    let report = work.done.points.report();
    let (started, others): (Vec<_>, Vec<_>) = work.counted.into_iter().partition(|one| one.from == NOW);
    let of_report = others.into_iter().filter(|one| Some(one.from) == report).collect();
    let (delayed, others): (Vec<_>, Vec<_>) =
        work.delayed.into_iter().partition(|one| one.counted.from == NOW);
    let delayed_of_report = others.into_iter().filter(|one| Some(one.counted.from) == report).collect();
    let (added, ties) = (work.added, work.ties);
    let (clipped, earliest) = (work.clipped.into(), work.earliest.into());
    Recipe {
        clipped,
        before,
        added,
        ties,
        started,
        earliest,
        of_report,
        delayed: delayed.into(),
        delayed_of_report,
        places,
        forgotten,
        held,
        held_wholes,
        stopped,
        unsure,
        midnight,
    }
}

/// What a recipe is worked out with.
pub(super) struct Work<'s> {
    pub(super) protocol: &'s Protocol,
    pub(super) looks: &'s Looks,
    pub(super) extents: &'s mut Extents,
    pub(super) done: Done<'s>,
    pub(super) midnight: Vec<bool>,
    pub(super) added: Vec<Added>,
    pub(super) ties: Vec<(usize, Tie)>,
    pub(super) counted: Vec<Counted>,
    pub(super) delayed: Vec<Delayed>,
    pub(super) earliest: Vec<Earliest>,
    /// New points, by the timer that has them.
    pub(super) found: Vec<(TimerId, usize)>,
    /// New points, by the obligation that may not be done before them, and the date that they have in this step.
    pub(super) bounds: Vec<(Serial, usize, Timestamp)>,
    /// The points of birthdays that are to come.
    pub(super) birthdays: Vec<(Birthday, usize)>,
    /// New points at which a whole series is over.
    pub(super) wholes: Vec<(Serial, usize)>,
    /// Periods that are cut off where the whole is over.
    pub(super) clipped: Vec<(usize, usize)>,
}

impl Work<'_> {
    fn entry(&mut self, entry: &Entry) {
        match entry {
            Entry::TimerSet(timer) if self.done.after.timer(timer.id).is_some() => {
                let point = self.timer(timer.kind, &timer.due);
                self.found.push((timer.id, point));
            }
            Entry::NotBefore { serial, at, due } => {
                let point = self.not_before(*serial, due);
                self.bounds.retain(|(of, ..)| of != serial);
                self.bounds.push((*serial, point, *at));
            }
            Entry::ClockRuns { serial, .. } => self.run_on(*serial),
            _ => {}
        }
    }

    pub(super) fn add(&mut self, from: usize, ticks: (i32, i32), midnight: bool) -> usize {
        self.added.push(Added {
            from,
            ticks,
            midnight,
            seconds: None,
            working: None,
            link: None,
            stood: None,
        });
        self.midnight.push(midnight);
        self.midnight.len() - 1
    }

    /// Says how many seconds later than the other one the last point is.
    fn on_the_clock(&mut self, seconds: Option<i32>) {
        if let Some(added) = self.added.last_mut() {
            added.seconds = seconds;
        }
    }

    /// A point that is now.
    fn now(&mut self) -> usize {
        let midnight = self.is_midnight(NOW);
        let point = self.add(NOW, (0, 0), midnight);
        self.on_the_clock(Some(0));
        point
    }

    pub(super) fn is_midnight(&self, point: usize) -> bool {
        self.midnight.get(point).copied().unwrap_or(false)
    }

    fn timer(&mut self, kind: TimerKind, due: &Due) -> usize {
        match kind {
            TimerKind::Every { rule, .. } => {
                let length = match self.protocol.rules.row(rule).cause {
                    Cause::Every(length) => length,
                    Cause::Birthday { of, .. } => return self.birthday_of(of, due.at),
                    _ => return self.some_time(),
                };
                let why = Reasoning { method: Method::Delay, length, ..due.why };
                self.counted(NOW, &why)
            }
            TimerKind::Missed(serial) => match self.contact(serial) {
                Some((contact, planned)) => {
                    let why = Reasoning { method: Method::Deadline, length: contact.after, ..due.why };
                    self.counted(planned, &why)
                }
                None => self.some_time(),
            },
            TimerKind::Period { of, number } => self.period(of, number),
            _ => match self.anchor(due.why.anchor) {
                Some(anchor) => {
                    let stopped = self.set_while_stopped(kind.serial(), anchor);
                    self.counted(stopped.unwrap_or(anchor), &due.why)
                }
                None => self.any_time(),
            },
        }
    }

    fn not_before(&mut self, serial: Serial, due: &Due) -> usize {
        if let Some((contact, planned)) = self.contact(serial) {
            let why = Reasoning { method: Method::Delay, length: contact.before, ..due.why };
            let ((least, most), _) = self.extents.ticks(&why, false);
            let most = if most >= FREE { FREE } else { most + 1 };
            return self.add(planned, (-most, -least), true);
        }
        let from_midnight = self.is_midnight(NOW);
        let ((least, most), midnight) = self.extents.ticks(&due.why, from_midnight);
        let is_lead = due.why.length.unit == Unit::WorkingDays && self.comes_after_a_letter(serial);
        let most = if is_lead { most.max(2 * self.extents.lead(due.why.length)) } else { most };
        // Counted in days it is the start of the day, not the hour.
        let by_day = due.why.method == Method::Delay && !due.why.length.unit.is_elapsed();
        let early = i32::from(by_day && !midnight);
        let point = self.add(NOW, (least - early, most - early), midnight || early == 1);
        self.on_the_clock(seconds(due.why.length).filter(|_| due.why.method == Method::Delay));
        if by_day {
            let term = (due.why.length, due.why.regime);
            self.tie_to_terms(point, term, is_lead);
            self.earliest.push(Earliest { point, term, is_lead });
        }
        point
    }

    /// Whether it may be done so long after a letter, or after what prepares it: a day off on which that came does not count.
    fn comes_after_a_letter(&self, serial: Serial) -> bool {
        let instance = self.done.after.instance(serial);
        let spec =
            instance.map(|one| &self.protocol.obligations.row(one.opening(self.protocol).obligation).spec);
        matches!(spec, Some(Spec::Visit(visit)) if visit.announced.is_some() || visit.prepared.is_some())
    }

    /// The start of a day stands to the ends of terms that begin with it as the end of that day does, a day earlier. Of a lead in
    /// working days it may be one working day later.
    fn tie_to_terms(&mut self, point: usize, term: (Length, Regime), is_lead: bool) {
        let later = (Length { amount: term.0.amount.saturating_add(u32::from(is_lead)), ..term.0 }, term.1);
        for other in self.counted.iter().filter(|other| other.from == NOW) {
            let both = self.extents.between(term, other.term).zip(self.extents.between(later, other.term));
            if let Some(((least, _), (_, most))) = both {
                self.ties.push((point, (other.point, (least - 2, most - 2))));
            }
        }
    }

    /// A contact, with the point of the day for which it is planned.
    fn contact(&mut self, serial: Serial) -> Option<(Contact, usize)> {
        let protocol = self.protocol;
        let instance = self.done.after.instance(serial)?;
        let row = instance.opening(protocol);
        let Spec::Contact(contact) = &protocol.obligations.row(row.obligation).spec else { return None };
        let length = row.planned_after?;
        let why = from_now(Method::Delay, self.done.now, length);
        let contact = contact.clone();
        Some((contact, self.counted(NOW, &why)))
    }

    pub(super) fn counted(&mut self, anchor: usize, why: &Reasoning) -> usize {
        let (ticks, midnight) = self.extents.ticks(why, self.is_midnight(anchor));
        let point = self.add(anchor, ticks, midnight);
        if matches!(why.method, Method::Deadline | Method::Delay) {
            self.on_the_clock(seconds(why.length));
        }
        if matches!(why.method, Method::Deadline | Method::Delay)
            && let Some(added) = self.added.last_mut()
        {
            let amount = working_days(why.length, why.regime);
            let is_deadline = why.method == Method::Deadline;
            added.working = amount.map(|amount| (amount, is_deadline));
            added.link = Some(Link { length: why.length, regime: why.regime, is_deadline });
        }
        if why.method == Method::Deadline {
            self.tie(point, anchor, (why.length, why.regime));
        } else if why.method == Method::Delay && months(why.length).is_some() {
            let counted = Counted { point, from: anchor, term: (why.length, why.regime) };
            let sooner = if self.is_midnight(anchor) { 2 } else { 1 };
            self.delayed.push(Delayed { counted, sooner });
        }
        point
    }

    /// Terms that start together and are counted alike end as far apart as they differ.
    fn tie(&mut self, point: usize, from: usize, term: (Length, Regime)) {
        for other in self.counted.iter().filter(|other| other.from == from) {
            if let Some(apart) = self.extents.between(term, other.term) {
                self.ties.push((point, (other.point, apart)));
            }
        }
        self.counted.push(Counted { point, from, term });
    }

    /// Some day, from now on.
    pub(super) fn some_time(&mut self) -> usize {
        let least = i32::from(!self.is_midnight(NOW));
        self.add(NOW, (least, FREE), true)
    }

    /// Some day, which may have gone by: what counts from a day that was answered is due at once when that is long ago.
    pub(super) fn any_time(&mut self) -> usize {
        self.add(NOW, (-FREE, FREE), true)
    }

    /// The point that a date of this step stands for.
    fn anchor(&self, at: Timestamp) -> Option<usize> {
        let (before, old) = (self.done.before, self.done.points);
        if let Some((_, point)) = self.done.stands.iter().find(|(own, _)| *own == at) {
            return Some(*point);
        }
        if at == self.done.now {
            return Some(NOW);
        }
        if at == stand_in::report() {
            return old.report();
        }
        if let Some((_, point, _)) = self.bounds.iter().find(|(_, _, own)| *own == at) {
            return Some(*point);
        }
        if let Some((event, _)) = before.occurred.iter().find(|(_, own)| *own == at) {
            return old.event(*event);
        }
        let last = before.last.iter().find(|last| last.at == at && last.at != stand_in::past());
        last.and_then(|last| old.anchor(last.obligation))
    }

    /// For each point of the case after the step where it is in this zone.
    fn places(&mut self, new: &Points) -> Vec<usize> {
        let mut places = Vec::with_capacity(new.len());
        let (before, after, now) = (self.done.before, self.done.after, self.done.now);
        let old = self.done.points;
        // The normal form has the same timers and obligations in the same order.
        for timer in after.timers.iter().take(new.timers().len()) {
            let own = self.found.iter().find(|(id, _)| *id == timer.id).map(|(_, point)| *point);
            places.push(own.or_else(|| old.timer(timer.id)).unwrap_or(NOW));
        }
        for one in after.open.iter().filter(|one| one.not_before.is_some()).take(new.bounds().len()) {
            let own =
                self.bounds.iter().find(|(serial, ..)| *serial == one.serial).map(|(_, point, _)| *point);
            places.push(own.or_else(|| old.not_before(one.serial)).unwrap_or(NOW));
        }
        if new.report().is_some() {
            let known = if before.trigger.is_none() { None } else { old.report() };
            places.push(known.unwrap_or_else(|| self.now()));
        }
        for obligation in new.anchors() {
            let is_now = after.last(*obligation).is_some_and(|last| last.at == now);
            let known = if is_now { None } else { old.anchor(*obligation) };
            places.push(known.unwrap_or_else(|| self.now()));
        }
        for event in new.events() {
            let known = if after.occurred(*event) == Some(now) { None } else { old.event(*event) };
            places.push(known.unwrap_or_else(|| self.now()));
        }
        for stay in after.stay.iter().chain(&after.suspended).take(new.stays().len()) {
            places.push(old.entry(stay.number).unwrap_or_else(|| self.now()));
        }
        for of in running_series(after).take(new.wholes().len()) {
            let own = self.wholes.iter().rfind(|(serial, _)| *serial == of).map(|(_, point)| *point);
            places.push(own.or_else(|| old.whole(of)).unwrap_or(NOW));
        }
        for one in after.open.iter().filter(|one| one.paused_since.is_some()).take(new.stopped_ones().len()) {
            places.push(old.stopped(one.serial).unwrap_or_else(|| self.now()));
        }
        let looks = self.looks;
        for (field, number) in new.birthdays() {
            let ages = looks.ages.iter().find(|ages| ages.field == *field);
            places.push(ages.map_or(NOW, |ages| self.birthday(ages, *number)));
        }
        let counted = kept(&looks.windows, &self.protocol.calendar, after);
        let counted = counted.iter().flat_map(|(_, counted)| counted).take(new.counted_ones().len());
        for (at, _) in counted {
            let known = self.done.stands.iter().find(|(own, _)| own == at).map(|(_, point)| *point);
            places.push(known.unwrap_or_else(|| self.now()));
        }
        places
    }

    /// The clocks that are held. A clock whose time has come is due as soon as it runs again, however long ago; but from the end of a period
    /// the next one counts, and its time may have come as well.
    fn held(&mut self, points: &Points) -> Vec<(usize, i32)> {
        let normal = self.done.normal;
        let held = normal.timers.iter().filter(|timer| timer.held && !timer.paused);
        let held = held.filter_map(|timer| Some((timer, points.timer(timer.id)?)));
        held.map(|(timer, point)| (point, self.lasts(timer).unwrap_or(OVER))).collect()
    }

    /// So many ticks a period of a series lasts at most, where that is not long.
    fn lasts(&mut self, timer: &Timer) -> Option<i32> {
        let TimerKind::Period { of, .. } = timer.kind else { return None };
        let Spec::Series(series) = &self.done.normal.instance(of)?.obligation(self.protocol).spec else {
            return None;
        };
        let days = match series.plan {
            Plan::Rate { per, .. } => self.extents.days(per, Default::default()).1,
            Plan::Number { count, within } => {
                let days = self.extents.days(within, Default::default()).1;
                days / i32::try_from(count).unwrap_or(i32::MAX).max(1) + 1
            }
        };
        Some(2 * days + OVER).filter(|ticks| *ticks <= MOST_HELD)
    }

    /// Clocks that were held and run again, and clocks that count from something earlier: the time of each has come
    /// meanwhile, or is still to come.
    fn unsure(&self, new: &Points) -> Vec<usize> {
        let resumed = self.done.entries.iter().any(|entry| matches!(entry, Entry::Resumed { .. }));
        let held =
            |id: TimerId| resumed && self.done.before.timers.iter().any(|timer| timer.id == id && timer.held);
        let set = |id: TimerId| self.found.iter().any(|(of, _)| *of == id);
        let running = self
            .done
            .after
            .timers
            .iter()
            .zip(new.first()..)
            .filter(|(timer, _)| !timer.held && !timer.paused);
        running.filter(|(timer, _)| held(timer.id) || set(timer.id)).map(|(_, at)| at).collect()
    }
}

/// A term that is counted from now.
pub(super) fn from_now(method: Method, now: Timestamp, length: Length) -> Reasoning {
    Reasoning {
        method,
        anchor: now,
        at: now,
        length,
        regime: Default::default(),
        doubt: Default::default(),
        paused: 0,
        secrecy: Default::default(),
    }
}

/// Where series are over of which a clock is held.
pub(crate) fn held_wholes(points: &Points, case: &Case) -> Vec<usize> {
    let held = case.timers.iter().filter(|timer| timer.held && !timer.paused);
    held.filter_map(|timer| points.whole(timer.kind.serial()?)).collect()
}

/// What is longer ago than any term is not told apart: the points, with how long.
fn forgotten(looks: &Looks, kept: Kept, points: &Points) -> Vec<(usize, i32)> {
    let longest = if kept.report { LONGEST_SINCE_REPORT } else { looks.longest };
    let report = points.report().map(|point| (point, longest));
    let anchors = points.anchors().iter().filter_map(|of| points.anchor(*of));
    let events = points.events().iter().filter_map(|of| points.event(*of));
    let bounds = points.bounds().iter().filter_map(|of| points.not_before(*of)).map(|point| (point, 2));
    let entries = points.stays().iter().filter_map(|of| points.entry(*of));
    let counted = points.counted_ones().iter().filter_map(|(of, at)| points.counted(*of, *at));
    let looked_back_on =
        anchors.chain(events).chain(entries).chain(counted).map(|point| (point, looks.longest));
    report.into_iter().chain(looked_back_on).chain(bounds).collect()
}
