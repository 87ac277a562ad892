//! Where a promise is broken by days: all that is reported after its term has begun comes just in time.
//!
//! A term that begins later ends no sooner. So of all histories of one way from one day on this one takes longest, and a day from
//! which terms take longest together need only be looked for among the days, one history for each.

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use voordeur_engine::{Case, Event};
use voordeur_protocol::Occurrence;

use super::player::{Player, starts};
use super::{History, Leg, Moment, Way, first_day, way_with};
use crate::collect::Step;
use crate::edge::Edge;
use crate::explore::Search;
use crate::normal::bare;

/// From the days of eight years: each day of the year, and each day of the week with it.
pub(crate) const ANY_DAY: i64 = 8 * 366;

/// From the days of one year.
const A_YEAR: i64 = 366;

/// From few days: where it does not matter much which one it is.
pub(crate) const FEW_DAYS: i64 = 8;

/// The history of a way that takes longest, from the first of so many days from which it shows something; what is reported comes at once
/// until `at_once` has been, and just in time after that.
pub(crate) fn just_in_time(
    search: &Search<'_>,
    way: &Way,
    (at_once, days): (usize, i64),
    shows: &dyn Fn(&[Moment]) -> bool,
) -> Option<History> {
    let first = first_day(search.protocol);
    let calendar = &search.protocol.calendar;
    let mut player = Player::new(search, shows);
    (0..days).find_map(|n| {
        let day = first.checked_add(n.days()).ok()?;
        starts(&search.looks).find_map(|time| {
            let start = calendar.resolve(day.to_datetime(time)).ok()?;
            player.steps = u32::MAX;
            let moments = player.straight(way, start, at_once)?;
            shows(&moments).then(|| History { moments, refused: None })
        })
    })
}

/// The least that is found in the histories of a step in which all that is reported is reported at once, from each day of a year on.
pub(crate) fn soonest(
    search: &Search<'_>,
    (from, edge): &Step,
    found: &dyn Fn(&[Moment]) -> Option<i32>,
) -> Option<i32> {
    let way = way_with(search, *from, edge);
    let first = first_day(search.protocol);
    let calendar = &search.protocol.calendar;
    let mut player = Player::new(search, &|_| true);
    player.steps = u32::MAX;
    let days = (0..A_YEAR).filter_map(|n| first.checked_add(n.days()).ok());
    let starts = days.filter_map(|day| calendar.resolve(day.to_datetime(starts(&search.looks).next()?)).ok());
    starts.filter_map(|start| found(&player.straight(&way, start, usize::MAX)?)).min()
}

impl Player<'_, '_> {
    /// Plays a way without going back; `None` where it cannot be played so.
    fn straight(&mut self, way: &Way, start: Timestamp, at_once: usize) -> Option<Vec<Moment>> {
        let (mut moments, mut reported) = (Vec::new(), 0);
        let mut when = |player: &Self, case: &Case| {
            reported += 1;
            match reported - 1 {
                0 => Some(start),
                before if before < at_once => player.at_once(case),
                _ => player.in_time(case),
            }
        };
        self.goes_on(Case::default(), way, &mut moments, &mut when)?;
        Some(moments)
    }

    /// Plays a way on from a case, with what is reported at the moments that `when` gives; `None` where it cannot be played so.
    pub(super) fn goes_on(
        &mut self,
        mut case: Case,
        way: &[Leg],
        moments: &mut Vec<Moment>,
        when: &mut dyn FnMut(&Self, &Case) -> Option<Timestamp>,
    ) -> Option<Case> {
        for (edge, wanted) in way {
            case = match edge {
                Edge::Reported(event) => {
                    let at = when(self, &case)?;
                    let at = self.not_too_early(&case, (event, wanted.as_ref()), at).unwrap_or(at);
                    self.report(&case, event, at, moments)?
                }
                Edge::Fired(number) => self.runs_out(&case, *number, moments)?,
            };
        }
        Some(case)
    }

    /// The moment from which it may be done, where it would be too early and the way does not say so.
    fn not_too_early(
        &mut self,
        case: &Case,
        (event, wanted): (&Event, Option<&Vec<u32>>),
        at: Timestamp,
    ) -> Option<Timestamp> {
        let Event::Occurred { what: Occurrence::Obligation(of, _), .. } = event else { return None };
        let protocol = self.search.protocol;
        let mut open = case.open.iter().filter(|one| one.opening(protocol).obligation == *of);
        let from = open.find_map(|one| one.not_before).filter(|from| *from > at)?;
        let is_meant = self.report(case, event, at, &mut Vec::new());
        if is_meant.is_some_and(|after| self.is_wanted(&after, wanted)) {
            return None;
        }
        self.by_day(from)
    }

    fn report(
        &mut self,
        case: &Case,
        event: &Event,
        at: Timestamp,
        moments: &mut Vec<Moment>,
    ) -> Option<Case> {
        let case = self.wait(case, at, moments)?;
        let event = self.real(&case, event, at);
        self.step(&case, &event, at, moments)
    }

    /// Half an hour later, or the next morning.
    pub(super) fn at_once(&self, case: &Case) -> Option<Timestamp> {
        self.by_day(case.touched_at.checked_add(SignedDuration::from_mins(30)).ok()?)
    }

    /// A moment, or the morning after it where nobody comes by.
    fn by_day(&self, soon: Timestamp) -> Option<Timestamp> {
        let calendar = &self.search.protocol.calendar;
        let local = calendar.local(soon);
        if (8..20).contains(&local.hour()) {
            return Some(soon);
        }
        let day = if local.hour() < 8 { local.date() } else { local.date().tomorrow().ok()? };
        calendar.resolve(day.at(10, 0, 0, 0)).ok()
    }

    /// The last evening before something comes by itself; at once where nothing does.
    fn in_time(&self, case: &Case) -> Option<Timestamp> {
        let calendar = &self.search.protocol.calendar;
        let bare = bare(self.search.protocol, &self.search.looks, case.clone());
        let Some(limit) = bare.next_timer().map(|timer| timer.due.at) else { return self.at_once(case) };
        let evening = |back: i64| {
            let day = calendar.date(limit).checked_sub(back.days()).ok()?;
            calendar.resolve(day.to_datetime(Time::constant(19, 0, 0, 0))).ok()
        };
        let fits = |at: &Timestamp| *at < limit && *at > case.touched_at;
        // Of what takes hours it may be the middle of the night, and something else may still have to come after it.
        let just_before = || {
            let left = limit.duration_since(case.touched_at);
            [SignedDuration::from_mins(1), left / 2]
                .iter()
                .find_map(|back| limit.checked_sub(*back).ok().filter(fits))
        };
        let mut evenings = [evening(0), evening(1)].into_iter().flatten();
        evenings.find(fits).or_else(|| self.at_once(case).filter(fits)).or_else(just_before)
    }
}
