//! From a way through the states to a case history with real dates, played on the engine.
//!
//! A way says what comes after what; the zones say that there is a time for it. Here that time is looked for, day
//! by day in the real calendar, and the engine has the last word: what it does not confirm is not shown.

mod days;
mod in_time;
mod player;
mod refused;
mod rounds;
mod shrink;

use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::{Timestamp, ToSpan as _};
use voordeur_diagnostics::Scene;
use voordeur_engine::{Case, Data, Entry, Event, Serial, Weight, apply, describe, step};
use voordeur_messages::language;
use voordeur_protocol::{FieldId, Protocol, Value};

use crate::cells::TODAY;
use crate::edge::Edge;
use crate::explore::Search;
use crate::key::key;
use crate::normal::{bare, normal};
use crate::observe::Seen;

use self::days::{before_holidays, longest_days};
pub(crate) use self::days::{first_day, weekday};
pub(crate) use self::in_time::{ANY_DAY, FEW_DAYS, just_in_time, soonest};
use self::player::Player;
pub(crate) use self::refused::refused_after;
pub(crate) use self::rounds::{after_rounds, goes_round_for_ever, ways_with_rounds};
pub(crate) use self::shrink::shortened;

/// So many steps are tried from one day on before a history is given up.
const MOST_STEPS: u32 = 5_000;

/// So many where the days are many.
const MOST_LATE: u32 = 700;

/// In so many days the next birthday comes, when it comes soon.
pub(crate) const BIRTHDAYS: [i64; 22] =
    [1, 2, 3, 4, 5, 6, 8, 11, 15, 22, 29, 36, 43, 60, 75, 90, 120, 240, 330, 500, 1_000, 2_000];

/// So many to see whether it shows at once.
const MOST_AT_A_GLANCE: u32 = 150;

/// So many where each report has few moments.
const MOST_CORNERS: u32 = 500;

/// So many days from the report a day lies that terms count from, when the one that stands for all of them does not do.
pub(crate) const DAYS: [i64; 17] = [-60, -8, -3, -1, 0, 1, 2, 4, 7, 10, 14, 21, 60, 120, 400, 1_000, 4_000];

/// So many clocks run out before nobody waits any longer.
const MOST_WAITING: usize = 60;

/// What happened at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// When (UTC).
    pub at: Timestamp,
    /// What happened; a clock that ran out, when nobody reported anything.
    pub event: Event,
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
    /// The history as scenes, with days in the zone of the pathway; what happens is called as the reader calls it, however the file
    /// spells it. Values of fields stand in it: they are examples, not of any household.
    #[must_use]
    pub fn scenes(&self, protocol: &Protocol) -> Vec<Scene> {
        let protocol = &Protocol { spelling: language(), ..protocol.clone() };
        let told = self.moments.iter().map(|moment| scene(protocol, moment.at, told(protocol, moment)));
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

/// What people are told of a moment; the first line says what was answered and recorded.
fn told(protocol: &Protocol, moment: &Moment) -> Vec<String> {
    let data = recorded(protocol, moment);
    let mut lines: Vec<String> = Vec::new();
    for entry in &moment.entries {
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

/// ` (months = 3, urgent = no)`. The journal does not write down once more what is answered as before; a reader has to see it.
fn recorded(protocol: &Protocol, moment: &Moment) -> String {
    let answered: &[(FieldId, Value)] = match &moment.event {
        Event::Reported { data, .. } | Event::Started { data, .. } | Event::Occurred { data, .. } => data,
        _ => &[],
    };
    let is_answered = |field: &FieldId| answered.iter().any(|(own, _)| own == field);
    let recorded = moment.entries.iter().filter_map(|entry| match entry {
        Entry::Recorded { field, value } if !is_answered(field) => Some((field, value)),
        _ => None,
    });
    let all = answered.iter().map(|(field, value)| (field, value)).chain(recorded);
    let all = all.map(|(field, value)| {
        let row = protocol.fields.row(*field);
        format!("{} = {}", row.name, row.ty.show(value))
    });
    let all: Vec<String> = all.collect();
    if all.is_empty() { String::new() } else { format!(" ({})", all.join(", ")) }
}

/// A way through the states: what happens, and after each the key of the state that it leads to.
pub(crate) type Way = Vec<Leg>;

/// A step of a way.
pub(crate) type Leg = (Edge, Option<Vec<u32>>);

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

/// The way to a state and one step on: what comes after it need not be a known state.
pub(crate) fn way_with(search: &Search<'_>, from: Option<usize>, edge: &Edge) -> Way {
    let mut way = from.map_or_else(Way::new, |from| way_to(search, from));
    way.push((edge.clone(), None));
    way
}

/// The first moment of a history at which something is seen, when each is looked at as a step of a search is.
pub(crate) fn first_seen(
    protocol: &Protocol,
    moments: &[Moment],
    is_seen: &mut dyn FnMut(&Seen<'_>) -> bool,
) -> Option<usize> {
    let mut before = Case::default();
    moments.iter().position(|moment| {
        let mut after = before.clone();
        moment.entries.iter().for_each(|entry| apply(protocol, &mut after, moment.at, entry));
        let edge = Edge::of(&Rc::new(moment.event.clone()));
        let seen = is_seen(&Seen::really((None, &edge), &before, &after, &moment.entries));
        before = after;
        seen
    })
}

/// Looks for real dates for a way. The last step need not lead to a known state.
pub(crate) fn replay(search: &Search<'_>, way: &[Leg]) -> Option<History> {
    replay_soon(search, way, &|_| true)
}

/// What people report on a way, with real dates, and after it nothing but time: everything that the engine writes.
pub(crate) fn wait_after(search: &Search<'_>, way: &[Leg]) -> Option<History> {
    let (mut case, mut history) = played(search, way)?;
    for _ in 0..MOST_WAITING {
        let Some(timer) = case.next_timer().copied().filter(|_| case.is_running()) else { break };
        let at = timer.due.at.max(case.touched_at);
        let event = Event::TimerDue(timer.id);
        let Ok(done) = step(search.protocol, &case, &event, at) else { break };
        case = done.case;
        history.moments.push(Moment { at, event, entries: done.entries });
    }
    Some(history)
}

/// Looks for real dates for a way, as soon as it can be, such that the history shows something.
pub(crate) fn replay_soon(
    search: &Search<'_>,
    way: &[Leg],
    shows: &dyn Fn(&[Moment]) -> bool,
) -> Option<History> {
    Some(Player::new(search, shows).on_days(&(0..8).collect::<Vec<i64>>(), way)?.1)
}

fn played(search: &Search<'_>, way: &[Leg]) -> Option<(Case, History)> {
    Player::new(search, &|_| true).on_days(&(0..8).collect::<Vec<i64>>(), way)
}

/// How hard dates are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    Full,
    /// From few days, and not for long.
    Little,
    /// As soon as it can be, from the first days.
    Glance,
}

/// Real dates for a way, such that the history shows something: with all that people report as soon as it can be, or
/// else as late, from days all over a year and from those on which terms take longest.
pub(crate) fn replay_where(
    search: &Search<'_>,
    way: &[Leg],
    shows: &dyn Fn(&[Moment]) -> bool,
    effort: Effort,
) -> Option<History> {
    let (days, most) = match effort {
        Effort::Full => (8, MOST_STEPS),
        Effort::Little => (2, MOST_LATE),
        Effort::Glance => (2, MOST_AT_A_GLANCE),
    };
    let soon = Player { most, ..Player::new(search, shows) }.on_days(&(0..days).collect::<Vec<i64>>(), way);
    if effort == Effort::Glance {
        return Some(soon?.1);
    }
    let late = || {
        let first = first_day(search.protocol);
        let from: Vec<i64> = before_holidays(search).chain(longest_days(search)).collect();
        let anchors = from.iter().filter_map(|n| first.checked_add(n.days()).ok()).collect();
        let player = Player { late: true, most: MOST_LATE, anchors, ..Player::new(search, shows) };
        let days = (0..if effort == Effort::Full { 366 } else { 0 }).step_by(6);
        let days: Vec<i64> = from.into_iter().chain(days).collect();
        player.on_days(&days, way)
    };
    Some(soon.or_else(late).or_else(|| at_the_corners(search, way, shows, effort))?.1)
}

/// Each report at once, as soon as it may be, or just in time: where two terms end close together, some of what is reported must
/// be soon and the rest late, and only from some days of the year.
fn at_the_corners(
    search: &Search<'_>,
    way: &[Leg],
    shows: &dyn Fn(&[Moment]) -> bool,
    effort: Effort,
) -> Option<(Case, History)> {
    if effort != Effort::Full {
        return None;
    }
    let days: Vec<i64> =
        (0..366).step_by(3).chain(before_holidays(search)).chain(longest_days(search)).collect();
    Player { corners: true, most: MOST_CORNERS, ..Player::new(search, shows) }.on_days(&days, way)
}

/// Days of birth, and days that terms count from, for the day on which they are recorded; the next birthday comes in so many
/// days, and what terms count from is so many days away.
pub(crate) fn dated(
    search: &Search<'_>,
    data: &mut Data,
    at: Timestamp,
    (ahead, away): (Option<i64>, Option<i64>),
) {
    let calendar = &search.protocol.calendar;
    let today = calendar.date(at);
    let (looks, cells) = (&search.looks, &search.cells);
    // Days that conditions tell apart stay as they are.
    let counted = |field: FieldId| looks.fields.contains(&field) && cells.values(field).len() <= 1;
    for (field, value) in data.iter_mut().filter(|(field, _)| counted(*field)) {
        if let Value::Date(given) = *value
            && looks.ages.iter().all(|ages| ages.field != *field)
        {
            let away = away.map_or_else(|| given - TODAY, jiff::ToSpan::days);
            *value = Value::Date(today.saturating_add(away));
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
