//! Case histories at random: real cases on real days, at any time of the day, on the engine itself. Whatever they come to the
//! search must have found; what a history does not come to says nothing.

use std::rc::Rc;

use jiff::civil::{Date, Time, date};
use jiff::{Timestamp, ToSpan as _};
use voordeur_engine::{Case, Event, Rejection, Transition, step};
use voordeur_protocol::Protocol;

use crate::cells::Cells;
use crate::collect::Collected;
use crate::edge::Edge;
use crate::facts::{Facts, all_watched};
use crate::looks::Looks;
use crate::moves::{moves, reports};
use crate::observe::{Observer, Seen};

/// The first day on which a case is reported; a version that begins later has its own.
const FIRST: Date = date(2023, 1, 1);

/// On so many days a case can be reported: four years, with every way in which holidays fall.
const DAYS: u64 = 4 * 365;

/// So much can happen in one history.
const MOST_STEPS: u32 = 40;

/// What so many case histories came to, always the same for the same seed; what they show of waiting and of rounds is left out.
#[must_use]
pub fn facts_of_walks(protocol: &Protocol, seed: u64, walks: u32) -> Facts {
    let mut seen = Collected::default();
    let cells = Cells::of(protocol);
    let mut walker = Walker { protocol, cells, chance: Chance(seed.wrapping_add(1)), seen: &mut seen };
    for _ in 0..walks {
        walker.walk();
    }
    Facts::of(&Looks::of(protocol, &all_watched(protocol)), &seen)
}

/// Numbers that look random.
struct Chance(u64);

impl Chance {
    /// A number below another one.
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most.max(1)
    }

    fn one_of<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        all.get(usize::try_from(self.below(all.len() as u64)).ok()?)
    }
}

struct Walker<'a> {
    protocol: &'a Protocol,
    cells: Cells,
    chance: Chance,
    seen: &'a mut Collected,
}

impl Walker<'_> {
    /// One case from its report on; it goes on until it ends, or until enough has happened.
    fn walk(&mut self) -> Option<()> {
        let first = self.chance.one_of(&reports(self.protocol, &self.cells).ok()?)?.event.clone();
        let mut at = self.first_moment()?;
        let mut case = self.happens(None, &Case::default(), &first, at)?;
        for _ in 0..MOST_STEPS {
            if !case.is_running() {
                break;
            }
            at = self.later(at)?;
            case = self.until(case, at)?;
            let all = moves(self.protocol, &self.cells, &case).ok()?;
            if let Some(one) = self.chance.one_of(&all).filter(|_| case.is_running()) {
                let next = self.happens(Some(0), &case, &one.event, at.max(case.touched_at));
                case = next.unwrap_or(case);
            }
        }
        Some(())
    }

    fn first_moment(&mut self) -> Option<Timestamp> {
        let from = self.protocol.version_from.unwrap_or(FIRST).max(FIRST);
        let day = from.checked_add(i64::try_from(self.chance.below(DAYS)).ok()?.days()).ok()?;
        self.on(day)
    }

    /// Some moment of a day.
    fn on(&mut self, day: Date) -> Option<Timestamp> {
        let (hour, minute) = (self.chance.below(24), self.chance.below(60));
        let time = Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()?;
        self.protocol.calendar.resolve(day.to_datetime(time)).ok()
    }

    /// Soon, or some days later.
    fn later(&mut self, at: Timestamp) -> Option<Timestamp> {
        let most = *self.chance.one_of(&[1, 1, 4, 15, 60])?;
        let days = i64::try_from(self.chance.below(most)).ok()?;
        let day = self.protocol.calendar.date(at).checked_add(days.days()).ok()?;
        Some(self.on(day)?.max(at))
    }

    /// Lets time go by until a moment.
    fn until(&mut self, mut case: Case, at: Timestamp) -> Option<Case> {
        while let Some(timer) = case.next_timer().copied().filter(|timer| timer.due.at <= at) {
            let due = timer.due.at.max(case.touched_at);
            case = self.happens(Some(0), &case, &Event::TimerDue(timer.id), due)?;
        }
        Some(case)
    }

    fn happens(&mut self, from: Option<usize>, case: &Case, event: &Event, at: Timestamp) -> Option<Case> {
        let edge = match event {
            Event::TimerDue(timer) => Edge::Fired(*timer),
            other => Edge::Reported(Rc::new(other.clone())),
        };
        let mut observer = (self.protocol, &mut *self.seen);
        match step(self.protocol, case, event, at) {
            Ok(done) => {
                look(&mut observer, (from, &edge), case, &done);
                Some(done.case)
            }
            Err(why) => {
                refused(&mut observer, from, &edge, &why);
                None
            }
        }
    }
}

fn look(
    observer: &mut impl Observer,
    (from, edge): (Option<usize>, &Edge),
    before: &Case,
    done: &Transition,
) {
    observer.look(&Seen::really((from, edge), before, &done.case, &done.entries));
}

fn refused(observer: &mut impl Observer, from: Option<usize>, edge: &Edge, why: &Rejection) {
    observer.refused(from, edge, why);
}
