//! From a way through both machines to a case history with real dates, played on the engine in both versions. What the
//! engine does not confirm is not shown.

use std::rc::Rc;

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use voordeur_engine::{Case, Entry, Event, step};
use voordeur_protocol::{Protocol, StageId, Value};

use super::answer::{Answer, Said, Side, apart, seen};
use super::ask::{Report, data_of};
use super::clock::{Clock, Later, Openings, is_later, running};
use super::legs::{Leg, for_the_older, legs};
use super::parted::Parted;
use super::search::Beside;
use super::wait::Waiting;
use crate::ages::birthdays_of;
use crate::explore::Search;
use crate::key::without_windows;
use crate::replay::{BIRTHDAYS, Moment, dated, first_day, key_of, real};
use crate::since::turning_days;

/// So many steps of the engine are made from one day on before a history is given up.
pub(super) const MOST_STEPS: u32 = 6_000;

/// The days, and so many steps from each, where one of several ways is looked for.
pub(super) const FEW_DAYS: [i64; 2] = [0, 3];
pub(super) const FEW_STEPS: u32 = 1_200;

/// So many are made for all histories of a comparison together: what is not shown by then stays undecided.
pub(super) const MOST_OF_ALL: u32 = 120_000;

/// From so many days on histories are looked for.
pub(super) const A_YEAR: i64 = 366;

/// So many moments are waited for when nobody reports anything.
pub(super) const MOST_WAITING: usize = 60;

/// What a history is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shows {
    /// At one moment the old version alone says this, and the new one alone that.
    Apart(Vec<Answer>, Vec<Answer>),
    /// Something else is said, and each case is in this stage after it.
    Onward([Option<StageId>; 2]),
    /// Both open the same, each at this place.
    Opened(Openings),
    /// The same, where at that moment they differ in something else as well.
    OpenedApart(Openings),
    /// A clock of what both have opened runs in both.
    Runs(Openings, Clock),
    /// A moment of what both have opened comes later in one of them.
    Later(Openings, Clock, Later),
}

/// A history in both versions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Witness {
    /// What the engine writes in the old version and in the new one.
    pub(crate) moments: [Vec<Moment>; 2],
    /// The moment at which they differ.
    pub(crate) at: Timestamp,
    /// What was reported, and when.
    pub(super) told: Vec<(Timestamp, Report)>,
    /// In so many days the next birthday came.
    pub(super) ahead: Option<i64>,
}

/// A real case in both versions.
#[derive(Debug, Clone, Default)]
pub(super) struct Two {
    pub(super) cases: [Case; 2],
    pub(super) moments: [Vec<Moment>; 2],
    told: Vec<(Timestamp, Report)>,
}

impl Witness {
    pub(super) const fn moments_of(&self, side: Side) -> &Vec<Moment> {
        let [old, new] = &self.moments;
        match side {
            Side::Old => old,
            Side::New => new,
        }
    }

    /// How long it takes from the report to the moment at which they differ.
    fn lasts(&self) -> SignedDuration {
        self.told.first().map_or(SignedDuration::ZERO, |(reported, _)| self.at.duration_since(*reported))
    }
}

pub(super) struct Player<'s, 'a> {
    pub(super) beside: &'s Beside<'a>,
    pub(super) shows: &'s Shows,
    pub(super) steps: u32,
    /// In so many days the next birthday comes; as far away as can be when it is `None`.
    pub(super) ahead: Option<i64>,
}

/// What was said at one moment.
pub(super) type AtOnce = [Vec<Said>; 2];

/// Looks for real dates for the way to a state.
pub(crate) fn witness(beside: &Beside<'_>, at: usize, shows: &Shows) -> Option<Witness> {
    // A term that differs only around holidays needs a day before one.
    let many = matches!(shows, Shows::Later(..)) || !beside.reader.names.same_calendar;
    let any = (0..8).chain((14..A_YEAR).step_by(if many { 1 } else { 44 }));
    let days: Vec<i64> = before_other_days(beside).into_iter().chain(any).collect();
    on_days(beside, at, shows, (&days, &BIRTHDAYS, MOST_STEPS))
}

/// Where days are free in one version only, days some time before those.
fn before_other_days(beside: &Beside<'_>) -> Vec<i64> {
    let days = &beside.reader.names.days;
    let is_earlier = beside.sides.iter().all(|side| side.protocol.version_from.is_none());
    first_of_all(beside).map_or_else(Vec::new, |first| days.some_time_before(first, is_earlier))
}

/// Looks for real dates for the way to a state, with little effort.
pub(super) fn soon(beside: &Beside<'_>, at: usize, shows: &Shows) -> Option<Witness> {
    let days: Vec<i64> = FEW_DAYS.into_iter().chain(before_other_days(beside)).collect();
    on_days(beside, at, shows, (&days, &[], FEW_STEPS))
}

/// Looks for real dates from each of these days on; where ages are looked at, with the next birthday in so many days as well.
pub(super) fn on_days(
    beside: &Beside<'_>,
    at: usize,
    shows: &Shows,
    (days, birthdays, most): (&[i64], &[i64], u32),
) -> Option<Witness> {
    let legs = legs(beside, at);
    let is_aging = beside.sides.iter().any(|side| !side.looks.ages.is_empty());
    let older = if is_aging { for_the_older(beside, at, &legs) } else { Vec::new() };
    let first = days.get(..1).unwrap_or_default();
    let soon = older.iter().filter_map(|older| on_a_way(beside, older, shows, (first, &[], FEW_STEPS), None));
    let birthdays = if is_aging { birthdays } else { &[] };
    soon.min_by_key(Witness::lasts).or_else(|| on_a_way(beside, &legs, shows, (days, birthdays, most), None))
}

/// Looks for real dates for a way. Of its reports so many as `most_late` says come later than they could; where it says nothing all may.
pub(super) fn on_a_way(
    beside: &Beside<'_>,
    legs: &[Leg],
    shows: &Shows,
    (days, birthdays, most): (&[i64], &[i64], u32),
    most_late: Option<u32>,
) -> Option<Witness> {
    let first = first_of_all(beside)?;
    std::iter::once(None).chain(birthdays.iter().copied().map(Some)).find_map(|ahead| {
        // Around which holiday a birthday comes does not matter.
        days.iter().take(if ahead.is_none() { usize::MAX } else { 2 }).find_map(|n| {
            let day = first.checked_add(n.days()).ok().filter(|day| beside.days.has(*day))?;
            let most = most.min(beside.patience.get());
            let mut player = Player { beside, shows, steps: most, ahead };
            let played = player.play(Two::default(), legs, day, most_late);
            beside.patience.set(beside.patience.get().saturating_sub(most - player.steps));
            let (two, at) = played?;
            Some(player.waited(two, at))
        })
    })
}

/// The day on which the first history begins.
pub(super) fn first_of_all(beside: &Beside<'_>) -> Option<Date> {
    let firsts = beside.sides.iter().map(|side| first_day(side.protocol));
    Some(beside.days.first(firsts.max()?))
}

impl<'s, 'a> Player<'s, 'a> {
    fn play(
        &mut self,
        two: Two,
        legs: &[Leg],
        start: Date,
        most_late: Option<u32>,
    ) -> Option<(Two, Timestamp)> {
        let Some((leg, rest)) = legs.split_first() else { return self.until_it_shows(two) };
        let mut soon = self.candidates(&two, start);
        if rest.is_empty() {
            let before = self.just_before_they_part(&two);
            soon.splice(soon.len().min(1)..soon.len().min(1), before);
        }
        let last = soon.iter().max().copied();
        let mut waiting = Waiting::of(two);
        let mut later = None;
        let mut left = most_late;
        for number in 0.. {
            let at = match soon.get(number) {
                Some(at) => *at,
                None => {
                    let later = later.get_or_insert_with(|| self.after_waiting(&mut waiting, last));
                    match later.get(number - soon.len()) {
                        Some(at) => *at,
                        None => break,
                    }
                }
            };
            if !self.wait_until(&mut waiting, at) || !self.is_tried(&mut waiting, leg, rest.is_empty()) {
                continue;
            }
            let mut two = waiting.now().clone();
            let said = self.report(&mut two, &leg.report, at)?;
            if rest.is_empty() && self.is_shown(&two, &said) {
                return Some((two, at));
            }
            if !is_same(&said) {
                self.has_parted(stages_of(waiting.now()), two, &said, at);
            } else if self.is_wanted(&two, &leg.keys) {
                let found = self.play(two, rest, start, left);
                if found.is_some() || most_late == Some(0) {
                    return found;
                }
                left = most_late.map(|most| most.saturating_sub(1));
            }
            if self.steps == 0 {
                return None;
            }
        }
        None
    }

    pub(super) fn is_wanted(&self, two: &Two, keys: &[Option<Vec<u32>>; 2]) -> bool {
        let all = two.cases.iter().zip(keys).zip(&self.beside.sides);
        all.into_iter().all(|((case, key), side)| {
            key.as_ref().is_none_or(|key| without_windows(&key_of(side, case)) == without_windows(key))
        })
    }

    pub(super) fn is_shown(&self, two: &Two, said: &AtOnce) -> bool {
        let [old, new] = said;
        match self.shows {
            Shows::Apart(only_old, only_new) => {
                let (before, after, _) = apart(old, new);
                is_all_of(&before, only_old) && is_all_of(&after, only_new)
            }
            Shows::Onward(stages) => !is_same(said) && are_in(&two.cases, stages),
            Shows::Opened(pair) => is_same(said) && opens_both(said, *pair),
            Shows::OpenedApart(pair) => opens_both(said, *pair),
            Shows::Runs(openings, clock) => {
                is_same(said) && !running(&two.cases, *openings, *clock).is_empty()
            }
            Shows::Later(openings, clock, later) => {
                is_same(said) && is_later(&two.cases, *openings, *clock, *later)
            }
        }
    }

    /// The versions part otherwise than they are to show.
    fn has_parted(&self, stages: [Option<StageId>; 2], two: Two, [old, new]: &AtOnce, at: Timestamp) {
        let (before, after, _) = apart(old, new);
        let said = [answers(&before), answers(&after)];
        self.beside.keep_parted(Parted { said, stages, two, at, ahead: self.ahead });
    }

    /// Nobody reports anything until it shows.
    pub(super) fn until_it_shows(&mut self, mut two: Two) -> Option<(Two, Timestamp)> {
        for _ in 0..MOST_WAITING {
            let at = next(&two)?;
            let before = stages_of(&two);
            let said = self.due(&mut two, at)?;
            if self.is_shown(&two, &said) {
                return Some((two, at));
            }
            if !is_same(&said) {
                self.has_parted(before, two, &said, at);
                return None;
            }
        }
        None
    }

    /// The history of a case of which nobody reports anything any more.
    pub(super) fn waited(&mut self, mut two: Two, at: Timestamp) -> Witness {
        self.wait(&mut two);
        Witness { moments: two.moments, at, told: two.told, ahead: self.ahead }
    }

    /// Nobody reports anything any more.
    fn wait(&mut self, two: &mut Two) {
        self.steps = MOST_STEPS;
        for _ in 0..MOST_WAITING {
            let Some(at) = next(two) else { return };
            if self.due(two, at).is_none() {
                return;
            }
        }
    }

    /// Time goes by until a moment; `None` when something else is said before it.
    pub(super) fn pass(&mut self, two: &mut Two, until: Timestamp) -> Option<()> {
        while let Some(at) = next(two).filter(|at| *at <= until) {
            if !is_same(&self.due(two, at)?) {
                return None;
            }
        }
        Some(())
    }

    /// Everything that is due by a moment happens in both.
    pub(super) fn due(&mut self, two: &mut Two, by: Timestamp) -> Option<AtOnce> {
        let mut said = AtOnce::default();
        let all = two.cases.iter_mut().zip(&mut two.moments).zip(&mut said).zip([Side::Old, Side::New]);
        for (((case, moments), said), side) in all {
            let protocol = self.protocol(side);
            while let Some(timer) = case.next_timer().copied().filter(|timer| timer.due.at <= by) {
                self.steps = self.steps.checked_sub(1)?;
                let at = by.max(case.touched_at);
                let event = Event::TimerDue(timer.id);
                let done = step(protocol, case, &event, at).ok()?;
                // What is not looked at comes in both, and where they part at that very moment in one of them alone.
                if !self.search(side).looks.inert.hides(protocol, case, timer.kind) {
                    said.extend(self.said(side, case, &done.entries));
                }
                *case = done.case;
                moments.push(Moment { at, event, entries: done.entries });
            }
        }
        Some(said)
    }

    /// What a step says of what is looked at.
    fn said(&self, side: Side, before: &Case, entries: &[Entry]) -> Vec<Said> {
        let looks = &self.search(side).looks;
        if looks.holders.waited_for(before).is_some() {
            return self.beside.reader.said(side, entries);
        }
        let is_seen = |entry: &&Entry| !looks.inert.leaves_out(self.protocol(side), before, entry);
        let seen: Vec<Entry> = entries.iter().filter(is_seen).cloned().collect();
        self.beside.reader.said(side, &seen)
    }

    pub(super) fn report(&mut self, two: &mut Two, report: &Report, at: Timestamp) -> Option<AtOnce> {
        two.told.push((at, report.clone()));
        let mut said = AtOnce::default();
        let events = self.dated(report, at);
        let all = two.cases.iter_mut().zip(&mut two.moments).zip(&mut said).zip([Side::Old, Side::New]);
        for ((((case, moments), said), side), event) in all.zip(&events) {
            let Some(event) = event else { continue };
            self.steps = self.steps.checked_sub(1)?;
            let event = real(self.search(side), case, event);
            if let Ok(done) = step(self.protocol(side), case, &event, at) {
                *said = self.said(side, case, &done.entries);
                *case = done.case;
                moments.push(Moment { at, event, entries: done.entries });
            }
        }
        Some(said)
    }

    /// A report with the days of this history: what both versions are told is the same in both.
    fn dated(&self, report: &Report, at: Timestamp) -> [Option<Rc<Event>>; 2] {
        let (mut old, mut new) = (report.old.clone(), report.new.clone());
        let names = self.beside.reader.names;
        for (side, event) in [(Side::Old, &mut old), (Side::New, &mut new)] {
            if let Some(data) = event.as_mut().and_then(data_of) {
                dated(self.search(side), data, at, (self.ahead, None));
            }
        }
        let told = old.as_mut().and_then(data_of).cloned().unwrap_or_default();
        for (field, value) in new.as_mut().and_then(data_of).into_iter().flatten() {
            let there = names.field_in_old(*field);
            let same = told.iter().find(|(own, _)| Some(*own) == there);
            if let (Value::Date(day), Some((_, Value::Date(told)))) = (&mut *value, same) {
                *day = *told;
            }
        }
        [old, new]
    }

    pub(super) const fn search(&self, side: Side) -> &'s Search<'a> {
        let beside: &'s Beside<'a> = self.beside;
        let [old, new] = &beside.sides;
        match side {
            Side::Old => old,
            Side::New => new,
        }
    }

    /// The pathway for reports on any day: the days for which two versions are need not have one in common.
    pub(super) fn protocol(&self, side: Side) -> &'s Protocol {
        &self.search(side).on_any_day
    }

    /// Moments at which somebody could report something: soon first, then around what comes by itself.
    fn candidates(&self, two: &Two, start: Date) -> Vec<Timestamp> {
        let calendar = &self.beside.reader.old.calendar;
        let on = |day: Date, hour: i8| calendar.resolve(day.to_datetime(Time::constant(hour, 0, 0, 0))).ok();
        let Some(last) =
            two.cases.iter().filter(|case| case.trigger.is_some()).map(|case| case.touched_at).max()
        else {
            return on(start, 10).into_iter().collect();
        };
        let today = calendar.date(last);
        let mut days: Vec<Date> = [0, 1, 2, 3, 4, 7, 14, 28]
            .iter()
            .filter_map(|n: &i64| today.checked_add((*n).days()).ok())
            .collect();
        for (case, side) in two.cases.iter().zip(&self.beside.sides) {
            let bounds = case.open.iter().filter_map(|one| one.not_before).filter(|at| *at > last);
            days.extend(bounds.map(|at| calendar.date(at)));
            days.extend(turning_days(&side.looks, calendar, case).filter(|day| *day >= today));
            days.extend(birthdays_of(&side.looks.ages, calendar, case).filter(|day| *day >= today));
        }
        let mut dues: Vec<Timestamp> =
            two.cases.iter().flat_map(|case| &case.timers).map(|timer| timer.due.at).collect();
        dues.sort_unstable();
        dues.dedup();
        for due in dues.into_iter().take(8) {
            let day = calendar.date(due);
            days.extend([day.yesterday().ok(), Some(day), day.tomorrow().ok()].into_iter().flatten());
        }
        days.extend(self.beside.reader.names.days.soon(today));
        days.retain(|day| *day >= today);
        days.sort_unstable();
        days.dedup();
        let soon = last.checked_add(SignedDuration::from_mins(30)).ok();
        let soon = soon.filter(|at| (8..20).contains(&calendar.local(*at).hour()));
        let times =
            days.into_iter().flat_map(|day| [10, 14, 19].into_iter().filter_map(move |hour| on(day, hour)));
        soon.into_iter().chain(times.filter(|at| *at > last)).collect()
    }
}

/// The next moment at which something is due in either version.
pub(super) fn next(two: &Two) -> Option<Timestamp> {
    two.cases.iter().filter_map(|case| Some(case.next_timer()?.due.at.max(case.touched_at))).min()
}

fn stages_of(two: &Two) -> [Option<StageId>; 2] {
    two.cases.each_ref().map(|case| case.stay.as_ref().map(|stay| stay.stage))
}

/// Whether each case is in this stage, where there is one.
fn are_in(cases: &[Case; 2], stages: &[Option<StageId>; 2]) -> bool {
    let is_in = |case: &Case, stage: StageId| case.stay.as_ref().is_some_and(|stay| stay.stage == stage);
    cases.iter().zip(stages).all(|(case, stage)| stage.is_none_or(|stage| is_in(case, stage)))
}

/// Whether both open it, each at its place.
fn opens_both([old, new]: &AtOnce, (first, second): Openings) -> bool {
    let opens = |said: &[Said], opening| said.iter().any(|(_, own)| *own == Some(opening));
    opens(old, first) && opens(new, second)
}

pub(super) fn is_same(said: &AtOnce) -> bool {
    let [old, new] = said;
    let (before, after, _) = apart(old, new);
    before.is_empty() && after.is_empty()
}

pub(super) fn answers(said: &[Said]) -> Vec<Answer> {
    let mut all = seen(said);
    all.sort_unstable();
    all
}

/// Whether this is said, however often: what is not looked at may bring the same once more at that very moment.
fn is_all_of(said: &[Said], wanted: &[Answer]) -> bool {
    let (mut all, mut wanted) = (answers(said), wanted.to_vec());
    all.dedup();
    wanted.sort_unstable();
    wanted.dedup();
    all == wanted
}
