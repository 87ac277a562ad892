//! Which point of a zone is which date of a case, and what a step does to them.

use jiff::Timestamp;
use voordeur_calendar::{Due, Method};
use voordeur_engine::{Case, Entry, Serial, TimerId, TimerKind};
use voordeur_protocol::model::{Contact, Plan};
use voordeur_protocol::{Cause, EventId, ObligationId, Protocol, Spec};

use crate::explore::Search;
use crate::normal::{Looks, stand_in};
use crate::zone::{FREE, NOW, Zone};

/// How long the time since the report is kept when that is what is asked for: ten years, in ticks.
const LONGEST_SINCE_REPORT: i32 = 10 * 2 * 366;

/// The points of a case in its normal form, in the order of its zone.
#[derive(Debug, Default)]
pub(crate) struct Points {
    timers: Vec<TimerId>,
    bounds: Vec<Serial>,
    report: bool,
    anchors: Vec<ObligationId>,
    events: Vec<EventId>,
}

impl Points {
    pub(crate) fn of(looks: &Looks, case: &Case, report: bool) -> Self {
        if !case.is_running() {
            return Self { report, ..Self::default() };
        }
        let last = case.last.iter().filter(|last| looks.is_anchor(last.obligation));
        Self {
            timers: case.timers.iter().map(|timer| timer.id).collect(),
            bounds: case.open.iter().filter(|one| one.not_before.is_some()).map(|one| one.serial).collect(),
            report: report || looks.report,
            anchors: last.map(|last| last.obligation).collect(),
            events: case.occurred.iter().map(|(event, _)| *event).filter(|of| looks.is_event(*of)).collect(),
        }
    }

    pub(crate) fn timer(&self, id: TimerId) -> Option<usize> {
        self.timers.iter().position(|timer| *timer == id).map(|at| at + 1)
    }

    pub(crate) fn not_before(&self, serial: Serial) -> Option<usize> {
        self.bounds.iter().position(|bound| *bound == serial).map(|at| 1 + self.timers.len() + at)
    }

    pub(crate) fn report(&self) -> Option<usize> {
        self.report.then(|| 1 + self.timers.len() + self.bounds.len())
    }

    fn anchor(&self, obligation: ObligationId) -> Option<usize> {
        let before = 1 + self.timers.len() + self.bounds.len() + usize::from(self.report);
        self.anchors.iter().position(|anchor| *anchor == obligation).map(|at| before + at)
    }

    fn event(&self, event: EventId) -> Option<usize> {
        let before =
            1 + self.timers.len() + self.bounds.len() + usize::from(self.report) + self.anchors.len();
        self.events.iter().position(|of| *of == event).map(|at| before + at)
    }

    /// The moment before which an obligation may not be done, or does not count.
    pub(crate) fn not_before_of(
        &self,
        protocol: &Protocol,
        case: &Case,
        about: Option<ObligationId>,
    ) -> Option<usize> {
        let of_it = |one: &&voordeur_engine::Instance| Some(one.opening(protocol).obligation) == about;
        case.open.iter().find(of_it).and_then(|one| self.not_before(one.serial))
    }
}

/// The zones of the case after a step, which is bare. There are several where an interrupted stage comes back: what fell due
/// meanwhile is due at once.
pub(crate) fn after_step(
    search: &mut Search<'_>,
    before: &Case,
    after: &Case,
    normal: &Case,
    entries: &[Entry],
    zone: Zone,
    now: Timestamp,
) -> Vec<Zone> {
    let old = Points::of(&search.looks, before, search.keeps_report);
    let new = Points::of(&search.looks, normal, search.keeps_report);
    let mut step = Step {
        search,
        before,
        after,
        old,
        zone,
        now,
        found: Vec::new(),
        bounds: Vec::new(),
        late: Vec::new(),
    };
    for entry in entries {
        step.entry(entry);
    }
    let places = step.places(&new, normal);
    let Step { search, zone, late, .. } = step;
    let mut zone = zone.keep(&places);
    search.forget(&new, normal, &mut zone);
    returned(before, after, entries, &late, zone)
}

struct Step<'s, 'a> {
    search: &'s mut Search<'a>,
    before: &'s Case,
    after: &'s Case,
    old: Points,
    zone: Zone,
    now: Timestamp,
    /// New points, by the timer that has them.
    found: Vec<(TimerId, usize)>,
    /// New timers of which the time may have come already: they count from something earlier.
    late: Vec<TimerId>,
    /// New points, by the obligation that may not be done before them, and the date that they have in this step.
    bounds: Vec<(Serial, usize, Timestamp)>,
}

impl Step<'_, '_> {
    fn entry(&mut self, entry: &Entry) {
        match entry {
            Entry::TimerSet(timer) if self.after.timer(timer.id).is_some() => {
                let point = self.timer(timer.kind, &timer.due);
                if self.zone.bound(NOW, point) > 0 {
                    self.late.push(timer.id);
                }
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

    fn timer(&mut self, kind: TimerKind, due: &Due) -> usize {
        match kind {
            TimerKind::Every { rule, .. } => {
                let Cause::Every(length) = self.search.protocol.rules.row(rule).cause else {
                    return self.some_time();
                };
                let why = voordeur_calendar::Reasoning { method: Method::Delay, length, ..due.why };
                self.counted(NOW, &why)
            }
            TimerKind::Missed(serial) => match self.contact(serial) {
                Some((contact, planned)) => {
                    let why = voordeur_calendar::Reasoning {
                        method: Method::Deadline,
                        length: contact.after,
                        ..due.why
                    };
                    self.counted(planned, &why)
                }
                None => self.some_time(),
            },
            TimerKind::Period { of, number } => self.period(of, number, due),
            _ => match self.anchor(due.why.anchor) {
                Some(anchor) => self.counted(anchor, &due.why),
                None => self.some_time(),
            },
        }
    }

    fn not_before(&mut self, serial: Serial, due: &Due) -> usize {
        if let Some((contact, planned)) = self.contact(serial) {
            let why =
                voordeur_calendar::Reasoning { method: Method::Delay, length: contact.before, ..due.why };
            let ((least, most), _) = self.search.extents().ticks(&why, false);
            let most = if most >= FREE { FREE } else { most + 1 };
            return self.zone.add(planned, (-most, -least), true);
        }
        let from_midnight = self.zone.is_midnight(NOW);
        let ((least, most), midnight) = self.search.extents().ticks(&due.why, from_midnight);
        // Counted in days it is the start of the day, not the hour.
        let early =
            i32::from(due.why.method == Method::Delay && !due.why.length.unit.is_elapsed() && !midnight);
        self.zone.add(NOW, (least - early, most - early), midnight || early == 1)
    }

    /// A contact, with the point of the day for which it is planned.
    fn contact(&mut self, serial: Serial) -> Option<(Contact, usize)> {
        let protocol = self.search.protocol;
        let instance = self.after.instance(serial)?;
        let row = instance.opening(protocol);
        let Spec::Contact(contact) = &protocol.obligations.row(row.obligation).spec else { return None };
        let length = row.planned_after?;
        let why = voordeur_calendar::Reasoning {
            method: Method::Delay,
            anchor: self.now,
            at: self.now,
            length,
            regime: Default::default(),
            doubt: Default::default(),
            paused: 0,
        };
        let contact = contact.clone();
        Some((contact, self.counted(NOW, &why)))
    }

    fn counted(&mut self, anchor: usize, why: &voordeur_calendar::Reasoning) -> usize {
        let (ticks, midnight) = self.search.extents().ticks(why, self.zone.is_midnight(anchor));
        self.zone.add(anchor, ticks, midnight)
    }

    /// The end of a period of a series. The periods of a number of visits are as long as each other but for the
    /// rounding to days; the last one of a rate may be shorter.
    fn period(&mut self, of: Serial, number: u32, due: &Due) -> usize {
        let plan = self.after.instance(of).and_then(|one| match &one.obligation(self.search.protocol).spec {
            Spec::Series(series) => Some(series.plan),
            _ => None,
        });
        let ((least, most), rounding) = match plan {
            Some(Plan::Number { count, within }) => {
                let (least, most) = self.search.extents().days(within, Default::default());
                let count = i32::try_from(count).unwrap_or(i32::MAX).max(1);
                ((least / count, most / count), i32::from(number > 1))
            }
            Some(Plan::Rate { per, lasting, .. }) => {
                let (least, most) = self.search.extents().days(per, Default::default());
                let last = due.why.length == lasting;
                ((if last { 0 } else { least }, most), 0)
            }
            None => return self.some_time(),
        };
        let end = i32::from(!self.zone.is_midnight(NOW));
        let least = (least - rounding).max(0);
        let most = most.saturating_add(rounding).min(FREE / 4);
        self.zone.add(NOW, (2 * least + end, 2 * most + end), true)
    }

    /// Some day, from now on.
    fn some_time(&mut self) -> usize {
        let least = i32::from(!self.zone.is_midnight(NOW));
        self.zone.add(NOW, (least, FREE), true)
    }

    /// The clock of an obligation runs on after it stood still: as long as it was to run at the most.
    fn run_on(&mut self, serial: Serial) {
        let ids: Vec<TimerId> = (self.after.timers.iter())
            .filter(|timer| timer.kind.serial() == Some(serial))
            .map(|timer| timer.id)
            .collect();
        for id in ids {
            let point = self.some_time();
            self.found.retain(|(of, _)| *of != id);
            self.found.push((id, point));
        }
    }

    /// The point that a date of this step stands for.
    fn anchor(&self, at: Timestamp) -> Option<usize> {
        if at == self.now {
            return Some(NOW);
        }
        if at == stand_in::report() {
            return self.old.report();
        }
        if let Some((_, point, _)) = self.bounds.iter().find(|(_, _, own)| *own == at) {
            return Some(*point);
        }
        if let Some((event, _)) = self.before.occurred.iter().find(|(_, own)| *own == at) {
            return self.old.event(*event);
        }
        let last = self.before.last.iter().find(|last| last.at == at && last.at != stand_in::past());
        last.and_then(|last| self.old.anchor(last.obligation))
    }

    /// For each point of the case after the step where it is in this zone.
    fn places(&mut self, new: &Points, normal: &Case) -> Vec<usize> {
        let mut places = Vec::with_capacity(new.timers.len() + new.bounds.len() + 2);
        // The normal form has the same timers and obligations in the same order.
        let after = self.after;
        for timer in after.timers.iter().take(new.timers.len()) {
            let own = self.found.iter().find(|(id, _)| *id == timer.id).map(|(_, point)| *point);
            places.push(own.or_else(|| self.old.timer(timer.id)).unwrap_or(NOW));
        }
        for one in after.open.iter().filter(|one| one.not_before.is_some()).take(new.bounds.len()) {
            let own =
                self.bounds.iter().find(|(serial, ..)| *serial == one.serial).map(|(_, point, _)| *point);
            let place = own.or_else(|| self.old.not_before(one.serial));
            places.push(place.unwrap_or(NOW));
        }
        if new.report {
            let reported_now = self.before.trigger.is_none();
            let place = if reported_now { None } else { self.old.report() };
            let place = place.unwrap_or_else(|| self.zone.add(NOW, (0, 0), false));
            places.push(place);
        }
        for obligation in &new.anchors {
            let is_now = after.last(*obligation).is_some_and(|last| last.at == self.now);
            let place = if is_now { None } else { self.old.anchor(*obligation) };
            let midnight = self.zone.is_midnight(NOW);
            places.push(place.unwrap_or_else(|| self.zone.add(NOW, (0, 0), midnight)));
        }
        for event in &new.events {
            let is_now = self.after.occurred(*event) == Some(self.now);
            let place = if is_now { None } else { self.old.event(*event) };
            let midnight = self.zone.is_midnight(NOW);
            places.push(place.unwrap_or_else(|| self.zone.add(NOW, (0, 0), midnight)));
        }
        debug_assert_eq!(places.len(), normal_len(new), "{normal:?}");
        places
    }
}

fn normal_len(points: &Points) -> usize {
    points.timers.len()
        + points.bounds.len()
        + usize::from(points.report)
        + points.anchors.len()
        + points.events.len()
}

impl Search<'_> {
    /// What is longer ago than any term is not told apart.
    fn forget(&self, points: &Points, normal: &Case, zone: &mut Zone) {
        // A clock that stands still and whose time has come is due as soon as it runs again, however long ago.
        let held = normal.timers.iter().filter(|timer| timer.held || timer.paused);
        let held: Vec<usize> = held.filter_map(|timer| points.timer(timer.id)).collect();
        for point in &held {
            zone.forget_beyond(*point, 2, &held);
        }
        if let Some(report) = points.report() {
            let longest = if self.keeps_report { LONGEST_SINCE_REPORT } else { self.looks.longest };
            zone.forget_beyond(report, longest, &[]);
        }
        for anchor in &points.anchors {
            if let Some(point) = points.anchor(*anchor) {
                zone.forget_beyond(point, self.looks.longest, &[]);
            }
        }
        for event in &points.events {
            if let Some(point) = points.event(*event) {
                zone.forget_beyond(point, self.looks.longest, &[]);
            }
        }
        for serial in &points.bounds {
            if let Some(point) = points.not_before(*serial) {
                zone.forget_beyond(point, 2, &[]);
            }
        }
    }
}

/// Clocks that were held and run again, and clocks that count from something earlier: the time of each has come
/// meanwhile, or is still to come.
fn returned(before: &Case, after: &Case, entries: &[Entry], late: &[TimerId], zone: Zone) -> Vec<Zone> {
    let resumed = entries.iter().any(|entry| matches!(entry, Entry::Resumed { .. }));
    let held = |id: TimerId| resumed && before.timers.iter().any(|timer| timer.id == id && timer.held);
    let running = after.timers.iter().zip(1..).filter(|(timer, _)| !timer.held && !timer.paused);
    let unsure = running.filter(|(timer, _)| held(timer.id) || late.contains(&timer.id)).map(|(_, at)| at);
    let mut zones = vec![zone];
    for point in unsure {
        let mut split = Vec::new();
        for zone in zones {
            let (mut to_come, mut over) = (zone.clone(), zone);
            if to_come.constrain(NOW, point, 0) {
                split.push(to_come);
            }
            if over.constrain(point, NOW, -1) {
                split.push(over);
            }
        }
        zones = split;
    }
    zones
}
