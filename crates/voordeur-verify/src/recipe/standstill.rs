//! Clocks that stand still: a clock that runs on is due as long after that moment as it had left when it stopped, and the more
//! days later than it was. Days on which it stood still are whole ones, from midnight to midnight.

use smallvec::SmallVec;
use voordeur_calendar::{Length, Method, Regime, Unit};
use voordeur_engine::{Case, Serial, Timer, TimerKind};

use super::work::Work;
use super::{Added, At};
use crate::extent::Extents;
use crate::points::{Points, running_series};
use crate::zone::{FREE, NOW, Zone};

/// Of longer terms than so many working days it is not worked out by how much a standstill can change them.
const MOST_WORKING_DAYS: u32 = 120;

/// Where a term that a rule of law moves stood still in its midst, working days and free ones may lie otherwise around it.
const AROUND: i32 = 4;

/// A clock that ran on: since when it had stood still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Stood {
    /// The point at which it stopped.
    since: usize,
    /// So many ticks it may have become longer or shorter, as free days lie.
    doubt: i32,
}

impl Stood {
    /// Puts the moment at which the clock runs out now into a zone; `from` is where it would have.
    pub(super) fn place(self, zone: &mut Zone, (point, from): (usize, usize), at: At<'_>, midnight: bool) {
        let (since, doubt) = (at(self.since), self.doubt);
        let days = i32::from(!zone.is_midnight(since)) - i32::from(!zone.is_midnight(NOW));
        let between = |one: usize, other: usize| {
            let (least, most) = (zone.bound(other, one), zone.bound(one, other));
            let least = if least >= FREE { -FREE } else { days - least - doubt };
            (least, if most >= FREE { FREE } else { days + most + doubt })
        };
        let (lost, left) = (between(NOW, since), between(from, since));
        // What was over when it stopped is due on the day after at the latest.
        let over = zone.bound(since, from) > 0;
        zone.place(point, from, (lost.0.max(0), if over { FREE } else { lost.1 }), midnight);
        let left = if over { (left.0, left.1.max(2)) } else { (left.0.max(0), left.1) };
        zone.tie(point, (NOW, left));
    }
}

/// The clocks of an obligation that stand still.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Stopped {
    /// The point at which they stopped.
    since: usize,
    clocks: SmallVec<[usize; 2]>,
}

impl Stopped {
    /// All that stand still in a case in its normal form.
    pub(super) fn all(points: &Points, normal: &Case) -> Vec<Self> {
        let clocks = |of: Serial| {
            let own =
                normal.timers.iter().filter(move |timer| timer.paused && timer.kind.serial() == Some(of));
            own.filter_map(|timer| points.timer(timer.id)).collect()
        };
        let stopped = points.stopped_ones().iter();
        stopped.filter_map(|of| Some(Self { since: points.stopped(*of)?, clocks: clocks(*of) })).collect()
    }

    /// When all its clocks would be over by now, only how long each has left is kept: none runs out before a moment after this
    /// one, and for how long it stood still says nothing more.
    pub(super) fn let_go(&self, zone: &mut Zone, map: At<'_>) {
        let since = map(self.since);
        let own: SmallVec<[usize; 4]> = self.clocks.iter().map(|clock| map(*clock)).collect();
        let is_over = |clock: &usize| zone.bound(*clock, NOW) <= -2 || zone.bound(*clock, since) >= FREE;
        if zone.bound(since, NOW) <= -2 && own.iter().all(is_over) {
            zone.forget_together(&own.into_iter().chain([since]).collect::<SmallVec<[usize; 4]>>(), 2);
        }
    }
}

/// Clocks that ran on at the same moment stand to each other as before, but for what one of them lost more; `all` are their
/// points, those at which they would have run out, and since when they stood still.
pub(super) fn tie_together(zone: &mut Zone, all: &[(usize, usize, Stood)], at: At<'_>) {
    for (number, (point, from, stood)) in all.iter().enumerate() {
        for (other, its, still) in all.iter().take(number) {
            let (since, earlier) = (at(stood.since), at(still.since));
            let days = i32::from(!zone.is_midnight(since)) - i32::from(!zone.is_midnight(earlier));
            let doubt = stood.doubt + still.doubt;
            let most = |one: usize, another: usize, first: usize, second: usize| {
                let (ends, starts) = (zone.bound(one, another), zone.bound(second, first));
                (ends < FREE && starts < FREE).then(|| ends + starts + doubt)
            };
            let (later, earlier) = (most(*from, *its, since, earlier), most(*its, *from, earlier, since));
            let most = later.map_or(FREE, |ticks| ticks + days);
            let least = earlier.map_or(-FREE, |ticks| days - ticks);
            zone.tie(*point, (*other, (least, most)));
        }
    }
}

impl Work<'_> {
    /// The clocks of an obligation run on after they stood still.
    pub(super) fn run_on(&mut self, serial: Serial) {
        let own = |timer: &&Timer| timer.kind.serial() == Some(serial);
        let timers: Vec<Timer> = self.done.after.timers.iter().filter(own).copied().collect();
        for timer in timers {
            let point = self.later(serial, &timer).unwrap_or_else(|| self.some_time());
            self.found.retain(|(of, _)| *of != timer.id);
            self.found.push((timer.id, point));
        }
        if running_series(self.done.after).any(|own| own == serial) {
            // The periods that follow count from the start, however long it stood still.
            let whole = self.any_time();
            self.wholes.push((serial, whole));
        }
    }

    /// The moment at which a clock runs out that stood still; `None` where nothing follows from when it was set.
    fn later(&mut self, serial: Serial, timer: &Timer) -> Option<usize> {
        let why = timer.due.why;
        let counts = matches!(why.method, Method::Deadline | Method::Delay | Method::SameDay);
        if !counts || matches!(timer.kind, TimerKind::Period { .. }) {
            return None;
        }
        let found = self.found.iter().find(|(id, _)| *id == timer.id).map(|(_, point)| *point);
        let from = found.or_else(|| self.done.points.timer(timer.id))?;
        let since = self.done.points.stopped(serial)?;
        let doubt = doubt(self.extents, why.length, why.regime)?;
        let midnight = self.is_midnight(from);
        let stood = Some(Stood { since, doubt });
        self.added.push(Added {
            from,
            ticks: (0, FREE),
            midnight,
            seconds: None,
            working: None,
            link: None,
            stood,
        });
        self.midnight.push(midnight);
        Some(self.midnight.len() - 1)
    }

    /// What the term of a clock counts from that is set while its obligation stands still: from then on it would have to run.
    /// `None` where that is as before.
    pub(super) fn set_while_stopped(&self, serial: Option<Serial>, anchor: usize) -> Option<usize> {
        self.done.points.stopped(serial?).filter(|_| anchor == NOW)
    }
}

/// By how many ticks a term can become longer or shorter when its clock stands still; `None` where that is not worked out.
fn doubt(extents: &mut Extents, length: Length, regime: Regime) -> Option<i32> {
    let spread = |(least, most): (i32, i32)| most - least;
    let own = match length.unit {
        Unit::WorkingDays if length.amount <= MOST_WORKING_DAYS => {
            let each = |amount| spread(extents.days(Length { amount, ..length }, Regime::OwnNorm));
            (1..=length.amount).map(each).max().unwrap_or(0)
        }
        Unit::WorkingDays | Unit::TeachingWeeks => return None,
        _ => 0,
    };
    if regime == Regime::OwnNorm || length.unit.is_elapsed() {
        return Some(2 * own);
    }
    let (least, most) = (extents.days(length, Regime::OwnNorm).0, extents.days(length, regime).1);
    (most < FREE / 4).then_some(2 * (own + most - least + AROUND))
}
