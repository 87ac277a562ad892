//! Plays a way on the engine, with the dates that the real calendar has.

use std::cmp::Reverse;

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use voordeur_engine::{ActionAnswer, Case, Event, Timer, TimerId, step};

use super::{BIRTHDAYS, DAYS, History, Leg, MOST_STEPS, Moment, dated, first_day, key_of, real};
use crate::ages::birthdays_of;
use crate::edge::Edge;
use crate::explore::Search;
use crate::key::without_windows;
use crate::looks::Looks;
use crate::normal::bare;
use crate::since::turning_days;

/// Of the days from which terms take longest so many are tried for each report.
const MOST_ANCHORS: usize = 8;

/// So many periods of a series may go by that are alike.
const MOST_PERIODS: usize = 60;

/// From so many days other days are tried for what terms count from.
const MOST_DAYS: usize = 2;

/// Times of the day at which a case is reported: where hours are counted also late, so that the first of them end the next day; and so that
/// some of the longest of them, one after the other, just do.
pub(super) fn starts(looks: &Looks) -> impl Iterator<Item = Time> + use<> {
    let hours = i64::from(looks.hours);
    let just = move |row: i64| Time::midnight().wrapping_sub(SignedDuration::from_secs(row * hours - 60));
    let late = std::iter::once(NIGHT).chain((1..=IN_A_ROW).map(just));
    std::iter::once(MORNING).chain(late.take(if hours > 0 { usize::MAX } else { 0 }))
}

/// So many terms in hours, one after the other, are tried to end the next day.
const IN_A_ROW: i64 = 3;

pub(super) const MORNING: Time = Time::constant(10, 0, 0, 0);

const NIGHT: Time = Time::constant(22, 30, 0, 0);

#[derive(Clone)]
pub(super) struct Player<'s, 'a> {
    pub(super) search: &'s Search<'a>,
    pub(super) steps: u32,
    /// So many steps from one day on.
    pub(super) most: u32,
    /// Whether what people report is reported as late as it can be.
    pub(super) late: bool,
    /// Whether everything is reported at once, as soon as it may be, or just in time.
    pub(super) corners: bool,
    /// Days from which terms take longest: they are tried first.
    pub(super) anchors: Vec<Date>,
    /// In so many days the next birthday comes; as far away as can be when it is `None`.
    pub(super) ahead: Option<i64>,
    /// So many days away is what terms count from; as far as stands for all when it is `None`.
    pub(super) away: Option<i64>,
    /// What the history has to show.
    pub(super) shows: &'s dyn Fn(&[Moment]) -> bool,
}

impl<'s, 'a> Player<'s, 'a> {
    pub(super) fn new(search: &'s Search<'a>, shows: &'s dyn Fn(&[Moment]) -> bool) -> Self {
        Self {
            search,
            steps: 0,
            most: MOST_STEPS,
            late: false,
            corners: false,
            anchors: Vec::new(),
            ahead: None,
            away: None,
            shows,
        }
    }

    /// Looks from each of these days on, counted from the first day of the version.
    pub(super) fn on_days(mut self, days: &[i64], way: &[Leg]) -> Option<(Case, History)> {
        let found = self.on_each_day(days, way);
        let soon: &[i64] = if self.search.looks.ages.is_empty() { &[] } else { &BIRTHDAYS };
        let away: &[i64] = if self.search.looks.fields.is_empty() { &[] } else { &DAYS };
        let few = days.get(..MOST_DAYS.min(days.len())).unwrap_or_default();
        found
            .or_else(|| {
                soon.iter().find_map(|n| Self { ahead: Some(*n), ..self.clone() }.on_each_day(days, way))
            })
            .or_else(|| {
                away.iter().find_map(|n| Self { away: Some(*n), ..self.clone() }.on_each_day(few, way))
            })
    }

    fn on_each_day(&mut self, days: &[i64], way: &[Leg]) -> Option<(Case, History)> {
        let first = first_day(self.search.protocol);
        days.iter().find_map(|n| {
            let day = first.checked_add(n.days()).ok()?;
            self.steps = self.most;
            let mut moments = Vec::new();
            let case = self.play(&Case::default(), way, &mut moments, day)?;
            Some((case, History { moments, ..History::default() }))
        })
    }

    fn play(&mut self, case: &Case, way: &[Leg], so_far: &mut Vec<Moment>, start: Date) -> Option<Case> {
        let Some(((edge, wanted), rest)) = way.split_first() else {
            return (self.shows)(so_far).then(|| case.clone());
        };
        match edge {
            Edge::Reported(event) => {
                for at in self.candidates(case, start) {
                    let length = so_far.len();
                    if let Some(found) = self.reported(case, event, at, wanted.as_ref(), rest, so_far, start)
                    {
                        return Some(found);
                    }
                    so_far.truncate(length);
                    if self.steps == 0 {
                        return None;
                    }
                }
                None
            }
            Edge::Fired(number) => {
                let length = so_far.len();
                let found = self.fired(case, *number, wanted.as_ref(), rest, so_far, start);
                if found.is_none() {
                    so_far.truncate(length);
                }
                found
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the state of a search")]
    fn reported(
        &mut self,
        case: &Case,
        event: &Event,
        at: Timestamp,
        wanted: Option<&Vec<u32>>,
        rest: &[Leg],
        so_far: &mut Vec<Moment>,
        start: Date,
    ) -> Option<Case> {
        let case = self.wait(case, at, so_far)?;
        let event = self.real(&case, event, at);
        let after = self.step(&case, &event, at, so_far)?;
        self.is_wanted(&after, wanted).then(|| self.play(&after, rest, so_far, start)).flatten()
    }

    fn fired(
        &mut self,
        case: &Case,
        number: TimerId,
        wanted: Option<&Vec<u32>>,
        rest: &[Leg],
        so_far: &mut Vec<Moment>,
        start: Date,
    ) -> Option<Case> {
        let mut case = case.clone();
        for _ in 0..MOST_PERIODS {
            let after = self.runs_out(&case, number, so_far)?;
            let length = so_far.len();
            if self.is_wanted(&after, wanted) {
                if let Some(found) = self.play(&after, rest, so_far, start) {
                    return Some(found);
                }
                so_far.truncate(length);
            }
            // A week of a series in which nobody comes is like the next one: on a way it stands for as many as there are.
            if !self.is_wanted(&after, Some(&key_of(self.search, &case))) {
                return None;
            }
            case = after;
        }
        None
    }

    /// Lets time go by until a clock runs out; only what changes nothing may come before it.
    pub(super) fn runs_out(
        &mut self,
        case: &Case,
        number: TimerId,
        so_far: &mut Vec<Moment>,
    ) -> Option<Case> {
        let (case, timer) = self.until_due(case, number, so_far)?;
        self.step(&case, &Event::TimerDue(timer.id), timer.due.at.max(case.touched_at), so_far)
    }

    /// Lets time go by until a clock is the next one to run out; only what changes nothing may come before it.
    pub(super) fn until_due(
        &mut self,
        case: &Case,
        number: TimerId,
        so_far: &mut Vec<Moment>,
    ) -> Option<(Case, Timer)> {
        let protocol = self.search.protocol;
        let bare = bare(protocol, &self.search.looks, case.clone());
        let target = bare.timers.get(usize::try_from(number.0).ok()?.checked_sub(1)?)?.id;
        let mut case = case.clone();
        loop {
            let next = *case.next_timer()?;
            if next.id == target {
                return Some((case, next));
            }
            let inert = self.search.looks.inert.timer(protocol, &case, next.kind)
                || !bare.timers.iter().any(|timer| timer.id == next.id);
            if !inert {
                return None;
            }
            let at = next.due.at.max(case.touched_at);
            case = self.step(&case, &Event::TimerDue(next.id), at, so_far)?;
        }
    }

    /// Lets time go by until a moment; only what changes nothing may come before it.
    pub(super) fn wait(&mut self, case: &Case, until: Timestamp, so_far: &mut Vec<Moment>) -> Option<Case> {
        let mut case = case.clone();
        while let Some(next) = case.next_timer().copied().filter(|timer| timer.due.at <= until) {
            let bare = bare(self.search.protocol, &self.search.looks, case.clone());
            if bare.timers.iter().any(|timer| timer.id == next.id) {
                return None;
            }
            let at = next.due.at.max(case.touched_at);
            case = self.step(&case, &Event::TimerDue(next.id), at, so_far)?;
        }
        Some(case)
    }

    pub(super) fn step(
        &mut self,
        case: &Case,
        event: &Event,
        at: Timestamp,
        so_far: &mut Vec<Moment>,
    ) -> Option<Case> {
        self.steps = self.steps.checked_sub(1)?;
        let patience = &self.search.patience;
        patience.set(patience.get().checked_sub(1)?);
        let done = step(self.search.protocol, case, event, at).ok()?;
        so_far.push(Moment { at, event: event.clone(), entries: done.entries });
        Some(done.case)
    }

    pub(super) fn is_wanted(&self, case: &Case, wanted: Option<&Vec<u32>>) -> bool {
        wanted.is_none_or(|wanted| without_windows(&key_of(self.search, case)) == without_windows(wanted))
    }

    /// The same event with the numbers of the real case.
    pub(super) fn real(&self, case: &Case, event: &Event, at: Timestamp) -> Event {
        let mut event = real(self.search, case, event);
        match &mut event {
            Event::Reported { data, .. }
            | Event::Occurred { data, .. }
            | Event::ActionAnswered { answer: ActionAnswer::Returned(data), .. } => {
                dated(self.search, data, at, (self.ahead, self.away));
            }
            _ => {}
        }
        event
    }

    /// Moments at which somebody could report something: soon first, then later, then just in time.
    pub(super) fn candidates(&self, case: &Case, start: Date) -> Vec<Timestamp> {
        let calendar = &self.search.protocol.calendar;
        let on = |day: Date, time: Time| calendar.resolve(day.to_datetime(time)).ok();
        if case.trigger.is_none() {
            return starts(&self.search.looks).filter_map(|time| on(start, time)).collect();
        }
        let last = case.touched_at;
        let bare = bare(self.search.protocol, &self.search.looks, case.clone());
        let limit = bare.next_timer().map(|timer| timer.due.at);
        let today = calendar.date(last);
        let bounds = case.open.iter().filter_map(|one| one.not_before).filter(|at| *at > last);
        let mut days: Vec<Date> = bounds.map(|at| calendar.date(at)).collect();
        let on_the_way: &[i64] = if self.corners { &[1] } else { &[0, 1, 2, 3, 4, 7, 14, 28] };
        days.extend(on_the_way.iter().filter_map(|n| today.checked_add((*n).days()).ok()));
        let looks = &self.search.looks;
        days.extend(turning_days(looks, calendar, case).filter(|day| *day >= today));
        days.extend(birthdays_of(&looks.ages, calendar, case).filter(|day| *day >= today));
        let until = limit.map_or(Date::MAX, |limit| calendar.date(limit));
        let anchors = self.anchors.iter().copied().filter(|day| (today..=until).contains(day));
        days.extend(anchors.take(MOST_ANCHORS));
        days.extend(limit.and_then(|limit| calendar.date(limit).checked_sub(1.days()).ok()));
        days.extend(limit.map(|limit| calendar.date(limit)));
        let soon = last.checked_add(SignedDuration::from_mins(30)).ok();
        let soon = soon.filter(|at| (8..20).contains(&calendar.local(*at).hour()));
        // What comes late comes in the evening.
        let late = [Time::constant(19, 0, 0, 0)];
        let hours: &[Time] = if self.late || self.corners { &late } else { &self.search.times };
        let times = days.into_iter().flat_map(|day| hours.iter().filter_map(move |time| on(day, *time)));
        let mut all: Vec<Timestamp> = Vec::new();
        for at in soon.into_iter().chain(times) {
            if at > last && limit.is_none_or(|limit| at < limit) && !all.contains(&at) {
                all.push(at);
            }
        }
        if self.late {
            let is_anchor = |at: &Timestamp| self.anchors.contains(&calendar.date(*at));
            all.sort_unstable_by_key(|at| Reverse((is_anchor(at), *at)));
        }
        // A delay ends at the hour at which it began, and a day begins at midnight: what is so in between only. The next try of an
        // action comes within minutes.
        let just_before = limit.and_then(|limit| {
            let left = limit.duration_since(last);
            limit.checked_sub((left / 2).min(SignedDuration::from_hours(1))).ok()
        });
        all.extend(just_before.filter(|at| *at > last && !all.contains(at)));
        all
    }
}
