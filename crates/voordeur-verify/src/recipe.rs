//! What a step does to the moments of a case: worked out once for a situation, done to each of its zones.

mod birthdays;
mod periods;

use jiff::Timestamp;
use smallvec::{SmallVec, smallvec};
use voordeur_calendar::{Due, Length, Method, Reasoning, Regime, Unit};
use voordeur_engine::{Case, Entry, Serial, TimerId, TimerKind};
use voordeur_protocol::model::Contact;
use voordeur_protocol::{Cause, Protocol, Spec};

use crate::extent::Extents;
use crate::looks::Looks;
use crate::normal::stand_in;
use crate::observe::Term;
use crate::points::{Birthday, DEADLINE, Kept, Points, running_series};
use crate::zone::{FREE, NOW, Zone};

/// How long the time since the report is kept when that is what is asked for: ten years, in ticks.
const LONGEST_SINCE_REPORT: i32 = 10 * 2 * 366;

/// A new point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Added {
    from: usize,
    /// So much later than that one.
    ticks: (i32, i32),
    midnight: bool,
    /// So many seconds later, where it is counted in hours.
    seconds: Option<i32>,
}

impl Added {
    /// Puts it into a zone.
    fn place(&self, zone: &mut Zone, point: usize, from: usize) {
        zone.place(point, from, self.ticks, self.midnight);
        if let Some(seconds) = self.seconds {
            zone.place_on_the_clock(point, from, seconds);
        }
    }
}

/// The points that are cut off.
pub(crate) type Cut = SmallVec<[usize; 2]>;

/// The zones after a step: nearly always one.
pub(crate) type Zones = SmallVec<[Zone; 1]>;

/// A point, and how many ticks later another one is at least and at most.
pub(crate) type Tie = (usize, (i32, i32));

/// The end of a term that started in a step.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) point: usize,
    from: usize,
    pub(crate) term: (Length, Regime),
}

/// What becomes of the observer's deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deadline {
    /// It stays when it was; new points are so much later than it.
    Same(Vec<(usize, (i32, i32))>),
    /// There is none.
    Gone,
    /// It is set; and how much later it is than other new points.
    New(Added, Vec<Tie>),
}

/// A deadline that is set in a step; it stands to the ends of terms that start in the same step as they do to each other.
pub(crate) fn deadline_of(
    extents: &mut Extents,
    term: Term,
    recipe: &Recipe,
    from_midnight: bool,
) -> Deadline {
    let (ticks, midnight) = extents.deadline(term.length, term.regime, from_midnight);
    let own = (term.length, term.regime);
    let ties = recipe.started.iter().filter_map(|one| Some((one.point, extents.between(own, one.term)?)));
    let seconds = seconds(term.length);
    Deadline::New(Added { from: NOW, ticks, midnight, seconds }, ties.collect())
}

/// A deadline that stays, and counts from the report: terms that count from there as well stand to it as if both had been
/// set at that moment.
pub(crate) fn kept_deadline(extents: &mut Extents, of_report: Option<Term>, recipe: &Recipe) -> Deadline {
    let own = of_report.map(|term| (term.length, term.regime));
    let ties = recipe.of_report.iter().filter_map(|one| Some((one.point, extents.between(one.term, own?)?)));
    Deadline::Same(ties.collect())
}

/// What a step does to a zone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Recipe {
    /// How many points the zone has before it.
    before: usize,
    added: Vec<Added>,
    /// How new points stand to each other.
    ties: Vec<(usize, Tie)>,
    /// New points, and the one at which each is at the latest.
    clipped: Vec<(usize, usize)>,
    /// The ends of terms that start with this step.
    pub(crate) started: Vec<Counted>,
    /// The ends of terms that come with this step and count from the report.
    of_report: Vec<Counted>,
    /// For each point of the case after the step where it is by then.
    places: Vec<usize>,
    /// What is longer ago than any term is not told apart: the point, and how long.
    forgotten: Vec<(usize, i32)>,
    /// Clocks that stand still.
    held: Vec<usize>,
    /// Clocks of which the time has come already, or is still to come.
    unsure: Vec<usize>,
    /// Whether the points after the step are midnights; now is the first, the deadline is left out.
    pub(crate) midnight: Vec<bool>,
}

impl Recipe {
    /// The zones after the step. There are several where a clock that was held runs again: what fell due meanwhile
    /// is due at once.
    pub(crate) fn apply(&self, zone: &Zone, deadline: Option<&Deadline>) -> Zones {
        debug_assert_eq!(zone.len(), self.before);
        let new = matches!(deadline, Some(Deadline::New(..)));
        let mut zone = zone.wider(self.added.len() + usize::from(new));
        for (added, point) in self.added.iter().zip(self.before..) {
            added.place(&mut zone, point, added.from);
        }
        for (point, tie) in &self.ties {
            zone.tie(*point, *tie);
        }
        let place = deadline.map(|deadline| match deadline {
            Deadline::Same(ties) => {
                ties.iter().for_each(|(point, apart)| zone.tie(*point, (DEADLINE, *apart)));
                DEADLINE
            }
            Deadline::Gone => NOW,
            Deadline::New(added, ties) => {
                let point = self.before + self.added.len();
                added.place(&mut zone, point, NOW);
                ties.iter().for_each(|tie| zone.tie(point, *tie));
                point
            }
        });
        let cut = self.cuts(&zone, &|own| own);
        let zones = cut.into_iter().map(|(zone, cut)| {
            let at = |own: usize| if cut.contains(&own) { self.end_of(own) } else { own };
            self.settled(zone.keep(place.into_iter().chain(self.places.iter().map(|own| at(*own)))))
        });
        zones.flat_map(|zone| self.split(zone)).collect()
    }

    /// A zone in which each of these points is where it would be of itself, or where it is cut off; and which are cut off.
    fn cuts(&self, zone: &Zone, map: &dyn Fn(usize) -> usize) -> Vec<(Zone, Cut)> {
        let mut all = vec![(zone.clone(), Cut::new())];
        for (own, end) in &self.clipped {
            let (point, last) = (map(*own), map(*end));
            all = (all.into_iter())
                .flat_map(|(zone, cut)| {
                    let mut whole = zone.clone();
                    let whole = whole.constrain(point, last, 0).then(|| (whole, cut.clone()));
                    let mut short = zone;
                    let is_cut = short.precede(last, point);
                    let is_cut = is_cut.then(|| (short, cut.into_iter().chain([*own]).collect()));
                    whole.into_iter().chain(is_cut)
                })
                .collect();
        }
        all
    }

    /// Where a point is that is cut off.
    fn end_of(&self, point: usize) -> usize {
        self.clipped.iter().find(|(own, _)| *own == point).map_or(point, |(_, end)| *end)
    }

    fn settled(&self, mut zone: Zone) -> Zone {
        self.let_go(&mut zone, &|own| own);
        zone
    }

    /// Puts the new points into a zone that has other points as well; `map` says where each point of the case before the
    /// step is. Gives where each point of the case after it is: in one zone, or in one for each way in which it can be.
    pub(crate) fn place_in(&self, mut zone: Zone, map: &dyn Fn(usize) -> usize) -> Vec<(Zone, Placed)> {
        let (first, before) = (zone.len(), self.before);
        let at = |own: usize| if own < before { map(own) } else { first + own - before };
        zone = zone.wider(self.added.len());
        for (added, point) in self.added.iter().zip(first..) {
            added.place(&mut zone, point, at(added.from));
        }
        for (point, (other, ticks)) in &self.ties {
            zone.tie(at(*point), (at(*other), *ticks));
        }
        let placed = |cut: &Cut| {
            let end = |own: usize| if cut.contains(&own) { self.end_of(own) } else { own };
            Placed {
                points: self.places.iter().map(|own| at(end(*own))).collect(),
                new: self.places.iter().map(|own| end(*own) >= before).collect(),
                started: self.started.iter().map(|one| (at(one.point), one.term)).collect(),
            }
        };
        let cuts = self.cuts(&zone, &at);
        cuts.into_iter().map(|(zone, cut)| (zone, placed(&cut))).collect()
    }

    /// Lets go of what is longer ago than anything that counts from it, in a zone that has other points as well.
    pub(crate) fn let_go(&self, zone: &mut Zone, map: &dyn Fn(usize) -> usize) {
        let held: Vec<usize> = self.held.iter().map(|own| map(*own)).collect();
        for point in &held {
            zone.forget_beyond(*point, 2, &held);
        }
        for (point, longest) in &self.forgotten {
            zone.forget_beyond(map(*point), *longest, &[]);
        }
    }

    /// The points of clocks of which the time has come already, or is still to come.
    pub(crate) fn unsure(&self) -> &[usize] {
        &self.unsure
    }

    fn split(&self, zone: Zone) -> Zones {
        split(zone, &self.unsure)
    }
}

/// The moments at which each of these points is over, and those at which it is still to come.
pub(crate) fn split(zone: Zone, unsure: &[usize]) -> Zones {
    let mut zones: Zones = smallvec![zone];
    for point in unsure {
        let mut split = Zones::new();
        for zone in zones {
            if zone.bound(NOW, *point) <= 0 && !zone.may_be_on_the_clock(NOW, *point, 1) {
                split.push(zone);
                continue;
            }
            let mut to_come = zone.clone();
            if to_come.constrain(NOW, *point, 0) && to_come.constrain_on_the_clock(NOW, *point, 0) {
                split.push(to_come);
            }
            // Over since earlier on the day.
            if zone.may_be_on_the_clock(NOW, *point, 1) {
                let mut today = zone.clone();
                let same_day = today.constrain(NOW, *point, 0) && today.constrain(*point, NOW, 0);
                if same_day && today.constrain_on_the_clock(*point, NOW, -1) {
                    split.push(today);
                }
            }
            let mut over = zone;
            if over.constrain(*point, NOW, -1) && over.constrain_on_the_clock(*point, NOW, -1) {
                split.push(over);
            }
        }
        zones = split;
    }
    zones
}

/// Where the points of a case are after a step, in a zone that has other points as well.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) points: Vec<usize>,
    /// Whether each came with the step.
    pub(crate) new: Vec<bool>,
    /// The ends of terms that start with the step.
    pub(crate) started: Vec<(usize, (Length, Regime))>,
}

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
    let (held, forgotten) = forgotten(looks, kept, &new, work.done.normal);
    let unsure = work.unsure(&new);
    let report = work.done.points.report();
    let (started, others): (Vec<_>, Vec<_>) = work.counted.into_iter().partition(|one| one.from == NOW);
    let of_report = others.into_iter().filter(|one| Some(one.from) == report).collect();
    let (added, ties, clipped) = (work.added, work.ties, work.clipped);
    Recipe { clipped, before, added, ties, started, of_report, places, forgotten, held, unsure, midnight }
}

struct Work<'s> {
    protocol: &'s Protocol,
    looks: &'s Looks,
    extents: &'s mut Extents,
    done: Done<'s>,
    midnight: Vec<bool>,
    added: Vec<Added>,
    ties: Vec<(usize, Tie)>,
    counted: Vec<Counted>,
    /// New points, by the timer that has them.
    found: Vec<(TimerId, usize)>,
    /// New points, by the obligation that may not be done before them, and the date that they have in this step.
    bounds: Vec<(Serial, usize, Timestamp)>,
    /// The points of birthdays that are to come.
    birthdays: Vec<(Birthday, usize)>,
    /// New points at which a whole series is over.
    wholes: Vec<(Serial, usize)>,
    /// Periods that are cut off where the whole is over.
    clipped: Vec<(usize, usize)>,
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

    fn add(&mut self, from: usize, ticks: (i32, i32), midnight: bool) -> usize {
        self.added.push(Added { from, ticks, midnight, seconds: None });
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

    fn is_midnight(&self, point: usize) -> bool {
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
                Some(anchor) => self.counted(anchor, &due.why),
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
        // Counted in days it is the start of the day, not the hour.
        let by_day = due.why.method == Method::Delay && !due.why.length.unit.is_elapsed();
        let early = i32::from(by_day && !midnight);
        let point = self.add(NOW, (least - early, most - early), midnight || early == 1);
        self.on_the_clock(seconds(due.why.length).filter(|_| due.why.method == Method::Delay));
        if by_day {
            self.tie_to_terms(point, (due.why.length, due.why.regime));
        }
        point
    }

    /// The start of a day stands to the ends of terms that begin with it as the end of that day does, a day earlier.
    fn tie_to_terms(&mut self, point: usize, term: (Length, Regime)) {
        for other in self.counted.iter().filter(|other| other.from == NOW) {
            if let Some((least, most)) = self.extents.between(term, other.term) {
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
        let why = Reasoning {
            method: Method::Delay,
            anchor: self.done.now,
            at: self.done.now,
            length,
            regime: Default::default(),
            doubt: Default::default(),
            paused: 0,
        };
        let contact = contact.clone();
        Some((contact, self.counted(NOW, &why)))
    }

    fn counted(&mut self, anchor: usize, why: &Reasoning) -> usize {
        let (ticks, midnight) = self.extents.ticks(why, self.is_midnight(anchor));
        let point = self.add(anchor, ticks, midnight);
        if matches!(why.method, Method::Deadline | Method::Delay) {
            self.on_the_clock(seconds(why.length));
        }
        if why.method == Method::Deadline {
            self.tie(point, anchor, (why.length, why.regime));
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
    fn some_time(&mut self) -> usize {
        let least = i32::from(!self.is_midnight(NOW));
        self.add(NOW, (least, FREE), true)
    }

    /// Some day, which may have gone by: what counts from a day that was answered is due at once when that is long ago.
    fn any_time(&mut self) -> usize {
        self.add(NOW, (-FREE, FREE), true)
    }

    /// The clock of an obligation runs on after it stood still: as long as it was to run at the most.
    fn run_on(&mut self, serial: Serial) {
        let ids: Vec<TimerId> = (self.done.after.timers.iter())
            .filter(|timer| timer.kind.serial() == Some(serial))
            .map(|timer| timer.id)
            .collect();
        for id in ids {
            let point = self.some_time();
            self.found.retain(|(of, _)| *of != id);
            self.found.push((id, point));
        }
        if running_series(self.done.after).any(|own| own == serial) {
            // The periods that follow count from the start, however long it stood still.
            let whole = self.any_time();
            self.wholes.push((serial, whole));
        }
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
        let looks = self.looks;
        for (field, number) in new.birthdays() {
            let ages = looks.ages.iter().find(|ages| ages.field == *field);
            places.push(ages.map_or(NOW, |ages| self.birthday(ages, *number)));
        }
        places
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

/// The seconds of a length that is counted in hours.
pub(crate) fn seconds(length: Length) -> Option<i32> {
    let own = match length.unit {
        Unit::Hours => 3600,
        Unit::Minutes => 60,
        _ => return None,
    };
    i32::try_from(length.amount).ok()?.checked_mul(own).filter(|seconds| *seconds < FREE / 4)
}

/// What is longer ago than any term is not told apart: the clocks that stand still, and other points with how long.
fn forgotten(looks: &Looks, kept: Kept, points: &Points, normal: &Case) -> (Vec<usize>, Vec<(usize, i32)>) {
    // A clock that stands still and whose time has come is due as soon as it runs again, however long ago.
    let held = normal.timers.iter().filter(|timer| timer.held || timer.paused);
    let held = held.filter_map(|timer| points.timer(timer.id)).collect();
    let longest = if kept.report { LONGEST_SINCE_REPORT } else { looks.longest };
    let report = points.report().map(|point| (point, longest));
    let anchors = points.anchors().iter().filter_map(|of| points.anchor(*of));
    let events = points.events().iter().filter_map(|of| points.event(*of));
    let bounds = points.bounds().iter().filter_map(|of| points.not_before(*of)).map(|point| (point, 2));
    let entries = points.stays().iter().filter_map(|of| points.entry(*of));
    let looked_back_on = anchors.chain(events).chain(entries).map(|point| (point, looks.longest));
    (held, report.into_iter().chain(looked_back_on).chain(bounds).collect())
}
