//! From a way through the states to a case history with real dates, played on the engine.
//!
//! A way says what comes after what; the zones say that there is a time for it. Here that time is looked for, day
//! by day in the real calendar, and the engine has the last word: what it does not confirm is not shown.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time, date};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use voordeur_calendar::{Regime, Unit};
use voordeur_diagnostics::Scene;
use voordeur_engine::{
    ActionAnswer, Case, Data, Entry, Event, Rejection, Serial, TimerId, Weight, describe, step,
};
use voordeur_messages::say;
use voordeur_protocol::{FieldId, Occurrence, Protocol, Value};

use crate::ages::birthdays_of;
use crate::cells::TODAY;
use crate::explore::{Edge, Search};
use crate::key::key;
use crate::normal::{bare, normal};
use crate::since::turning_days;

/// So many steps are tried from one day on before a history is given up.
const MOST_STEPS: u32 = 5_000;

/// For so many terms the days are looked for from which they take longest, and so many days for each.
const MOST_TERMS: usize = 8;
const MOST_LONGEST: usize = 6;

/// So many where the days are many.
const MOST_LATE: u32 = 250;

/// In so many days the next birthday comes, when it comes soon.
pub(crate) const BIRTHDAYS: [i64; 19] =
    [1, 2, 3, 4, 5, 6, 8, 11, 15, 22, 29, 36, 43, 60, 75, 90, 120, 240, 330];

/// So many clocks run out before nobody waits any longer.
const MOST_WAITING: usize = 60;

/// What happened at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// When (UTC).
    pub at: Timestamp,
    /// What the engine wrote in the journal.
    pub entries: Vec<Entry>,
}

/// A case history that was played on the engine.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History {
    /// What happened, in order of time.
    pub moments: Vec<Moment>,
    /// What the engine refuses after that: when, and in words.
    pub refused: Option<(Timestamp, String)>,
}

impl History {
    /// The history as scenes, with days in the zone of the pathway. Values of fields stand in it: they are
    /// examples, not of any household.
    #[must_use]
    pub fn scenes(&self, protocol: &Protocol) -> Vec<Scene> {
        let told =
            self.moments.iter().map(|moment| scene(protocol, moment.at, told(protocol, &moment.entries)));
        let refused = self.refused.iter().map(|(at, why)| scene(protocol, *at, vec![why.clone()]));
        told.chain(refused).filter(|scene| !scene.lines.is_empty()).collect()
    }

    /// The history as lines.
    #[must_use]
    pub fn lines(&self, protocol: &Protocol) -> Vec<String> {
        self.scenes(protocol).iter().flat_map(Scene::told).collect()
    }
}

/// What happened at a moment (UTC).
pub(crate) fn scene(protocol: &Protocol, at: Timestamp, lines: Vec<String>) -> Scene {
    let local = protocol.calendar.local(at);
    let stamp = local.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    Scene { at: stamp, when: voordeur_calendar::moment_in_words(local), lines }
}

/// What people are told of entries; the first of them says what was recorded.
fn told(protocol: &Protocol, entries: &[Entry]) -> Vec<String> {
    let data = recorded(protocol, entries);
    let mut lines: Vec<String> = Vec::new();
    for entry in entries {
        let line = describe(protocol, entry);
        if line.weight < Weight::Detail {
            let happened =
                matches!(entry, Entry::Reported { .. } | Entry::Occurred { .. } | Entry::Moved { .. });
            let given = if happened && lines.is_empty() { data.as_str() } else { "" };
            lines.push(format!("{}{given}", line.text));
        }
    }
    lines
}

/// ` (months = 3, urgent = no)`
fn recorded(protocol: &Protocol, entries: &[Entry]) -> String {
    let all = entries.iter().filter_map(|entry| match entry {
        Entry::Recorded { field, value } => {
            let row = protocol.fields.row(*field);
            Some(format!("{} = {}", row.name, row.ty.show(value)))
        }
        _ => None,
    });
    let all: Vec<String> = all.collect();
    if all.is_empty() { String::new() } else { format!(" ({})", all.join(", ")) }
}

/// A way through the states: what happens, and after each the key of the state that it leads to.
pub(crate) type Way = Vec<(Edge, Option<Vec<u32>>)>;

/// The way by itself from one state to another, when for each state on it the one before it is known.
pub(crate) fn between(
    search: &Search<'_>,
    before: &BTreeMap<usize, usize>,
    (start, end): (usize, usize),
) -> Option<Way> {
    let mut way = Way::new();
    let mut at = end;
    while at != start {
        let earlier = *before.get(&at)?;
        way.push((search.by_itself(earlier, at)?, search.key(at).cloned()));
        at = earlier;
    }
    way.reverse();
    Some(way)
}

/// The way on which a state was reached first.
pub(crate) fn way_to(search: &Search<'_>, state: usize) -> Way {
    let mut way = Vec::new();
    let mut at = Some(state);
    while let Some((own, state)) = at.and_then(|at| Some((at, search.states.get(at)?))) {
        way.push((state.by.edge.clone(), search.key(own).cloned()));
        at = state.from;
    }
    way.reverse();
    way
}

/// Looks for real dates for a way. The last step need not lead to a known state.
pub(crate) fn replay(search: &Search<'_>, way: &[(Edge, Option<Vec<u32>>)]) -> Option<History> {
    Some(played(search, way)?.1)
}

/// What people report on a way, with real dates, and after it nothing but time: everything that the engine writes.
pub(crate) fn wait_after(search: &Search<'_>, way: &[(Edge, Option<Vec<u32>>)]) -> Option<History> {
    let (mut case, mut history) = played(search, way)?;
    for _ in 0..MOST_WAITING {
        let Some(timer) = case.next_timer().copied().filter(|_| case.is_running()) else { break };
        let at = timer.due.at.max(case.touched_at);
        let Ok(done) = step(search.protocol, &case, &Event::TimerDue(timer.id), at) else { break };
        case = done.case;
        history.moments.push(Moment { at, entries: done.entries });
    }
    Some(history)
}

/// A way at the end of which the engine refuses something, for a reason that is looked for.
pub(crate) fn refused_after(
    search: &Search<'_>,
    way: &[(Edge, Option<Vec<u32>>)],
    edge: &Edge,
    is_it: impl Fn(&Rejection) -> bool,
) -> Option<History> {
    let (case, mut history) = played(search, way)?;
    let mut player = Player { steps: MOST_STEPS, ..Player::new(search, &|_| true) };
    let refused = |case: &Case, event: &Event, at: Timestamp| {
        step(search.protocol, case, event, at).err().filter(|why| is_it(why))
    };
    match edge {
        Edge::Reported(event) => {
            let length = history.moments.len();
            let first = if case.is_running() {
                search.protocol.calendar.date(case.touched_at)
            } else {
                search.protocol.version_from.unwrap_or(TODAY)
            };
            for at in player.candidates(&case, first) {
                history.moments.truncate(length);
                let Some(case) = player.wait(&case, at, &mut history.moments) else { continue };
                let real = player.real(&case, event, at);
                if let Some(why) = refused(&case, &real, at) {
                    history.refused = Some((at, format!("{}: {why}", attempted(search.protocol, &real))));
                    return Some(history);
                }
            }
            None
        }
        Edge::Fired(_) => {
            let timer = case.next_timer()?;
            let at = timer.due.at.max(case.touched_at);
            let why = refused(&case, &Event::TimerDue(timer.id), at)?;
            history.refused = Some((at, why.to_string()));
            Some(history)
        }
    }
}

/// `talk done (urgent = yes)`
fn attempted(protocol: &Protocol, event: &Event) -> String {
    let (what, data) = match event {
        Event::Occurred { what: Occurrence::Obligation(of, on), data, .. } => {
            let row = protocol.obligations.row(*of);
            (format!("{} {}", row.name, row.happening_name(*on, protocol.spelling)), data)
        }
        Event::Occurred { what: Occurrence::Event(event), data, .. } => {
            (protocol.events.row(*event).name.clone(), data)
        }
        Event::Reported { trigger, data, .. } => (protocol.triggers.row(*trigger).name.clone(), data),
        _ => return say!("a report"),
    };
    let given = data.iter().map(|(field, value)| {
        let row = protocol.fields.row(*field);
        format!("{} = {}", row.name, row.ty.show(value))
    });
    let given: Vec<String> = given.collect();
    if given.is_empty() { format!("`{what}`") } else { format!("`{what}` ({})", given.join(", ")) }
}

fn played(search: &Search<'_>, way: &[(Edge, Option<Vec<u32>>)]) -> Option<(Case, History)> {
    Player::new(search, &|_| true).on_days(&(0..8).collect::<Vec<i64>>(), way)
}

/// How hard dates are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    Full,
    /// From few days, and not for long.
    Little,
}

/// Real dates for a way, such that the history shows something: with all that people report as soon as it can be, or
/// else as late, from days all over a year and from those on which terms take longest.
pub(crate) fn replay_where(
    search: &Search<'_>,
    way: &[(Edge, Option<Vec<u32>>)],
    shows: &dyn Fn(&[Moment]) -> bool,
    effort: Effort,
) -> Option<History> {
    let (days, most) = match effort {
        Effort::Full => (8, MOST_STEPS),
        Effort::Little => (2, MOST_LATE),
    };
    let soon = Player { most, ..Player::new(search, shows) }.on_days(&(0..days).collect::<Vec<i64>>(), way);
    let late = || {
        let player = Player { late: true, most: MOST_LATE, ..Player::new(search, shows) };
        let days = (0..if effort == Effort::Full { 366 } else { 0 }).step_by(6);
        let days: Vec<i64> = days.chain(before_holidays(search)).chain(longest_days(search)).collect();
        player.on_days(&days, way)
    };
    Some(soon.or_else(late)?.1)
}

/// The days from which terms take longest that do not take as long from each day, and some before them.
fn longest_days(search: &Search<'_>) -> Vec<i64> {
    let first = first_day(search.protocol);
    let terms = search.protocol.openings.rows().filter_map(|row| {
        let term = row.term?;
        Some((term.length?, term.regime))
    });
    let uneven = terms.filter(|(length, regime)| {
        *regime != Regime::OwnNorm || matches!(length.unit, Unit::WorkingDays | Unit::Months)
    });
    let mut all: Vec<i64> = Vec::new();
    for (length, regime) in uneven.take(MOST_TERMS) {
        let days = search.extents.longest_from(length, regime).into_iter().filter(|day| *day >= first);
        for day in days.take(MOST_LONGEST) {
            let number = i64::from((day - first).get_days());
            all.extend([0, 1, 3, 7].map(|before| number - before).into_iter().filter(|n| *n >= 0));
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The Monday on which histories begin.
pub(crate) fn first_day(protocol: &Protocol) -> Date {
    weekday(protocol.version_from.unwrap_or(TODAY).max(date(2005, 1, 3)))
}

/// The days of two years after which holidays follow that are no weekend days, such as Christmas: from there working
/// days take longest.
fn before_holidays(search: &Search<'_>) -> impl Iterator<Item = i64> {
    let (calendar, first) = (&search.protocol.calendar, first_day(search.protocol));
    let is_holiday = move |n: &i64| {
        first
            .checked_add((*n).days())
            .is_ok_and(|day| calendar.holiday(day).is_some() && !calendar.is_weekend(day))
    };
    let free: Vec<i64> = (0..745).filter(is_holiday).collect();
    (0..731).filter(move |n| free.iter().filter(|free| (*n..*n + 14).contains(*free)).count() >= 2)
}

/// The first Monday from a day on.
pub(crate) fn weekday(day: Date) -> Date {
    let mut day = day;
    while day.weekday() != jiff::civil::Weekday::Monday {
        day = day.tomorrow().unwrap_or(Date::MAX);
        if day == Date::MAX {
            break;
        }
    }
    day
}

struct Player<'s, 'a> {
    search: &'s Search<'a>,
    steps: u32,
    /// So many steps from one day on.
    most: u32,
    /// Whether what people report is reported as late as it can be.
    late: bool,
    /// In so many days the next birthday comes; as far away as can be when it is `None`.
    ahead: Option<i64>,
    /// What the history has to show.
    shows: &'s dyn Fn(&[Moment]) -> bool,
}

impl<'s, 'a> Player<'s, 'a> {
    fn new(search: &'s Search<'a>, shows: &'s dyn Fn(&[Moment]) -> bool) -> Self {
        Self { search, steps: 0, most: MOST_STEPS, late: false, ahead: None, shows }
    }

    /// Looks from each of these days on, counted from the first day of the version.
    fn on_days(mut self, days: &[i64], way: &[(Edge, Option<Vec<u32>>)]) -> Option<(Case, History)> {
        let protocol = self.search.protocol;
        let first = first_day(protocol);
        let soon: &[i64] = if self.search.looks.ages.is_empty() { &[] } else { &BIRTHDAYS };
        std::iter::once(None).chain(soon.iter().copied().map(Some)).find_map(|ahead| {
            self.ahead = ahead;
            days.iter().find_map(|n| {
                let day = first.checked_add(n.days()).ok()?;
                self.steps = self.most;
                let mut moments = Vec::new();
                let case = self.play(&Case::default(), way, &mut moments, day)?;
                Some((case, History { moments, ..History::default() }))
            })
        })
    }

    fn play(
        &mut self,
        case: &Case,
        way: &[(Edge, Option<Vec<u32>>)],
        so_far: &mut Vec<Moment>,
        start: Date,
    ) -> Option<Case> {
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
        rest: &[(Edge, Option<Vec<u32>>)],
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
        rest: &[(Edge, Option<Vec<u32>>)],
        so_far: &mut Vec<Moment>,
        start: Date,
    ) -> Option<Case> {
        let protocol = self.search.protocol;
        let bare = bare(protocol, &self.search.looks, case.clone());
        let timer = bare.timers.get(usize::try_from(number.0).ok()?.checked_sub(1)?)?;
        let target = timer.id;
        let mut case = case.clone();
        loop {
            let next = *case.next_timer()?;
            let at = next.due.at.max(case.touched_at);
            let inert = next.id != target && self.search.looks.inert.timer(protocol, &case, next.kind)
                || !bare.timers.iter().any(|timer| timer.id == next.id);
            if next.id != target && !inert {
                return None;
            }
            case = self.step(&case, &Event::TimerDue(next.id), at, so_far)?;
            if next.id == target {
                return self
                    .is_wanted(&case, wanted)
                    .then(|| self.play(&case, rest, so_far, start))
                    .flatten();
            }
        }
    }

    /// Lets time go by until a moment; only what changes nothing may come before it.
    fn wait(&mut self, case: &Case, until: Timestamp, so_far: &mut Vec<Moment>) -> Option<Case> {
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

    fn step(&mut self, case: &Case, event: &Event, at: Timestamp, so_far: &mut Vec<Moment>) -> Option<Case> {
        self.steps = self.steps.checked_sub(1)?;
        let patience = &self.search.patience;
        patience.set(patience.get().checked_sub(1)?);
        let done = step(self.search.protocol, case, event, at).ok()?;
        so_far.push(Moment { at, entries: done.entries });
        Some(done.case)
    }

    fn is_wanted(&self, case: &Case, wanted: Option<&Vec<u32>>) -> bool {
        wanted.is_none_or(|wanted| key_of(self.search, case) == *wanted)
    }

    /// The same event with the numbers of the real case.
    fn real(&self, case: &Case, event: &Event, at: Timestamp) -> Event {
        let mut event = real(self.search, case, event);
        match &mut event {
            Event::Reported { data, .. }
            | Event::Occurred { data, .. }
            | Event::ActionAnswered { answer: ActionAnswer::Returned(data), .. } => {
                dated(self.search, data, at, self.ahead);
            }
            _ => {}
        }
        event
    }

    /// Moments at which somebody could report something: soon first, then later, then just in time.
    fn candidates(&self, case: &Case, start: Date) -> Vec<Timestamp> {
        let calendar = &self.search.protocol.calendar;
        let on = |day: Date, hour: i8| calendar.resolve(day.to_datetime(Time::constant(hour, 0, 0, 0))).ok();
        if case.trigger.is_none() {
            return on(start, 10).into_iter().collect();
        }
        let last = case.touched_at;
        let bare = bare(self.search.protocol, &self.search.looks, case.clone());
        let limit = bare.next_timer().map(|timer| timer.due.at);
        let today = calendar.date(last);
        let bounds = case.open.iter().filter_map(|one| one.not_before).filter(|at| *at > last);
        let mut days: Vec<Date> = bounds.map(|at| calendar.date(at)).collect();
        days.extend(
            [0, 1, 2, 3, 4, 7, 14, 28].iter().filter_map(|n: &i64| today.checked_add((*n).days()).ok()),
        );
        let looks = &self.search.looks;
        days.extend(turning_days(&looks.since, calendar, case).filter(|day| *day >= today));
        days.extend(birthdays_of(&looks.ages, calendar, case).filter(|day| *day >= today));
        days.extend(limit.and_then(|limit| calendar.date(limit).checked_sub(1.days()).ok()));
        days.extend(limit.map(|limit| calendar.date(limit)));
        let soon = last.checked_add(SignedDuration::from_mins(30)).ok();
        let soon = soon.filter(|at| (8..20).contains(&calendar.local(*at).hour()));
        let times =
            days.into_iter().flat_map(|day| [10, 14, 19].into_iter().filter_map(move |hour| on(day, hour)));
        let mut all: Vec<Timestamp> = Vec::new();
        for at in soon.into_iter().chain(times) {
            if at > last && limit.is_none_or(|limit| at < limit) && !all.contains(&at) {
                all.push(at);
            }
        }
        if self.late {
            all.sort_unstable();
            all.reverse();
        }
        all
    }
}

/// Days of birth, and days that terms count from, for the day on which they are recorded; the next birthday comes in so many
/// days.
pub(crate) fn dated(search: &Search<'_>, data: &mut Data, at: Timestamp, ahead: Option<i64>) {
    let calendar = &search.protocol.calendar;
    let today = calendar.date(at);
    let (looks, cells) = (&search.looks, &search.cells);
    // Days that conditions tell apart stay as they are.
    let counted = |field: FieldId| looks.fields.contains(&field) && cells.values(field).len() <= 1;
    for (field, value) in data.iter_mut().filter(|(field, _)| counted(*field)) {
        if let Value::Date(given) = *value
            && looks.ages.iter().all(|ages| ages.field != *field)
        {
            *value = Value::Date(today.saturating_add(given - TODAY));
        }
    }
    for ages in &looks.ages {
        for (_, value) in data.iter_mut().filter(|(field, _)| *field == ages.field) {
            if let Value::Date(given) = *value {
                *value = Value::Date(ages.real(calendar, given, today, ahead).unwrap_or(given));
            }
        }
    }
}

/// A real case as numbers, as a search knows it.
pub(crate) fn key_of(search: &Search<'_>, case: &Case) -> Vec<u32> {
    let bare = bare(search.protocol, &search.looks, case.clone());
    key(&search.cells, &normal(search.protocol, &search.looks, &search.cells, &bare))
}

/// The same event with the numbers of the real case.
pub(crate) fn real(search: &Search<'_>, case: &Case, event: &Event) -> Event {
    let bare = bare(search.protocol, &search.looks, case.clone());
    let serial = |normal: Serial| {
        let at = usize::try_from(normal.0).ok().and_then(|at| at.checked_sub(1));
        at.and_then(|at| bare.open.get(at)).map_or(normal, |one| one.serial)
    };
    match event {
        Event::ActionAnswered { serial: of, answer } => {
            Event::ActionAnswered { serial: serial(*of), answer: answer.clone() }
        }
        Event::ChildEnded { serial: of, outcome } => {
            Event::ChildEnded { serial: serial(*of), outcome: *outcome }
        }
        other => other.clone(),
    }
}
