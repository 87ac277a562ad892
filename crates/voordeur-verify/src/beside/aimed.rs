//! Real dates for a moment that comes later in one version only where it is counted from certain days. The calendar says which ones:
//! a history is looked for that begins so that it is counted from one of them.
//!
//! ```text
//!   a history in which its clock runs ──▶ it is counted so long after the report ──▶ reports so long before the days that matter
//! ```
//!
//! What is aimed at is only tried first: what counts is what is played.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use voordeur_calendar::{Calendar, Length};
use voordeur_protocol::{Anchor, Obligation, Opening, OpeningId, Protocol, Spec, Term};

use super::clock::{Clock, Later, Openings};
use super::play::{A_YEAR, FEW_DAYS, FEW_STEPS, MOST_STEPS, Shows, Witness, first_of_all, on_days, witness};
use super::search::Beside;
use crate::replay::BIRTHDAYS;

/// So many days are aimed at.
const MOST_AIMED: usize = 48;

/// So many steps are made from each of them.
const STEPS_AIMED: u32 = 400;

/// The days that are tried where its clock has not been seen to run.
const FIRST_DAYS: [i64; 8] = [0, 1, 2, 3, 4, 5, 6, 7];

/// So many days later than where nobody waits something may be done as well: these are tried by whoever looks for dates.
const LATER_ON: [i64; 6] = [0, 1, 2, 3, 4, 7];

/// A moment that is later in one version.
type Sought = (Openings, Clock, Later);

/// A history in which a moment of what both open is later in one version, on one of the ways on which its clock runs.
pub(super) fn shown_later(beside: &Beside<'_>, ways: &[usize], sought: Sought) -> Option<Witness> {
    let (openings, clock, later) = sought;
    let shows = Shows::Later(openings, clock, later);
    let first = *ways.first()?;
    let at_once = on_days(beside, first, &shows, (&[0], &[], FEW_STEPS));
    if at_once.is_some() {
        return at_once;
    }
    let runs = |at: &usize| Some((*at, where_it_is_seen(beside, *at, sought)?));
    let runs: Vec<(usize, Witness)> = ways.iter().filter_map(runs).collect();
    let aimed = runs.iter().find_map(|(at, runs)| aimed(beside, *at, runs, sought));
    // What cannot even be seen to run is not looked for on every day of the year.
    aimed.or_else(|| match runs.first() {
        Some((at, _)) => witness(beside, *at, &shows),
        None => on_days(beside, first, &shows, (&FIRST_DAYS, &BIRTHDAYS, MOST_STEPS)),
    })
}

/// The same where both count from different things: from which days it is later is a matter of what happens on each way.
pub(super) fn shown_later_on_any_way(beside: &Beside<'_>, ways: &[usize], sought: Sought) -> Option<Witness> {
    let (openings, clock, later) = sought;
    let shows = Shows::Later(openings, clock, later);
    let soon = |at: &usize| on_days(beside, *at, &shows, (&FEW_DAYS, &[], FEW_STEPS));
    ways.iter().find_map(soon).or_else(|| shown_later(beside, ways, sought))
}

/// A history in which its clock runs.
fn where_it_is_seen(beside: &Beside<'_>, at: usize, (openings, clock, _): Sought) -> Option<Witness> {
    on_days(beside, at, &Shows::Runs(openings, clock), (&FEW_DAYS, &[], FEW_STEPS))
}

/// The same on one way, from the days from which it can be expected.
fn aimed(beside: &Beside<'_>, at: usize, runs: &Witness, sought: Sought) -> Option<Witness> {
    let (openings, clock, later) = sought;
    let days = days_to_begin(beside, sought, days_after_the_report(beside, runs, sought)?)?;
    on_days(beside, at, &Shows::Later(openings, clock, later), (&days, &[], STEPS_AIMED))
}

/// So many days after the report a moment is counted; none where both versions count it from the report.
fn days_after_the_report(beside: &Beside<'_>, runs: &Witness, (pair, clock, _): Sought) -> Option<i64> {
    let calendar = &beside.reader.old.calendar;
    let term = |protocol: &Protocol, of: OpeningId| term(protocol.openings.row(of), clock);
    let both = [term(beside.reader.old, pair.0), term(beside.reader.new, pair.1)];
    if both.iter().all(|term| term.is_some_and(|term| term.anchor == Anchor::Report)) {
        return Some(0);
    }
    let (reported, _) = runs.told.first()?;
    Some(calendar.days_between(calendar.date(*reported), calendar.date(runs.at)))
}

/// The days, by number, on which a case has to be reported so that a moment is counted from a day from which it is later in one
/// version: first those for which nobody has to wait.
fn days_to_begin(beside: &Beside<'_>, sought: Sought, after: i64) -> Option<Vec<i64>> {
    let first = first_of_all(beside)?;
    let is_meant = |n: i64| first.checked_add(n.days()).is_ok_and(|day| is_later_from(beside, day, sought));
    let meant: Vec<bool> = (0..A_YEAR + 8).map(|n| is_meant(n + after)).collect();
    let is_meant = |n: i64| usize::try_from(n).is_ok_and(|n| meant.get(n).copied().unwrap_or(false));
    let mut days: Vec<i64> = Vec::new();
    for later_on in LATER_ON {
        let more = (0..A_YEAR).filter(|n| is_meant(n + later_on));
        days.extend(more.take(MOST_AIMED / LATER_ON.len()));
    }
    let mut known = std::collections::BTreeSet::new();
    days.retain(|day| known.insert(*day));
    Some(days)
}

/// Whether a moment that is counted from a day is later in one version.
fn is_later_from(beside: &Beside<'_>, day: Date, ((first, second), clock, later): Sought) -> bool {
    let (old, new) = (beside.reader.old, beside.reader.new);
    let moments = |protocol: &Protocol, of| {
        let noon = protocol.calendar.resolve(day.at(12, 0, 0, 0)).ok();
        noon.map(|noon| counted_from(protocol, of, clock, noon)).unwrap_or_default()
    };
    let both = moments(old, first).into_iter().zip(moments(new, second));
    both.filter_map(|(before, after)| before.zip(after)).any(|both| later.is(both))
}

/// The moments that are counted from a moment.
fn counted_from(protocol: &Protocol, of: OpeningId, clock: Clock, from: Timestamp) -> Vec<Option<Timestamp>> {
    let (opening, calendar) = (protocol.openings.row(of), &protocol.calendar);
    let row = protocol.obligations.row(opening.obligation);
    let delay = |length: Option<Length>| length.map(|length| calendar.delay(from, length).at);
    let ends = |term: Option<Term>| {
        let length = term.and_then(|term| term.length.filter(|_| term.back.is_none()));
        term.zip(length).map(|(term, length)| calendar.deadline(from, length, term.regime).at)
    };
    match clock {
        Clock::Term | Clock::Preferred | Clock::Contact => {
            vec![ends(term(opening, clock)), ends(promised(row, clock))]
        }
        Clock::Silent => vec![delay(silent(row))],
        Clock::Step(number) => vec![delay(step(row, number))],
        Clock::Window | Clock::NotBefore => window(calendar, opening, row, from),
        Clock::Again => again(row).into_iter().map(delay).collect(),
    }
}

/// The term of what is opened.
const fn term(opening: &Opening, clock: Clock) -> Option<Term> {
    match clock {
        Clock::Term => opening.term,
        Clock::Preferred => opening.preferred,
        _ => None,
    }
}

/// The terms that a referral has.
fn promised(row: &Obligation, clock: Clock) -> Option<Term> {
    let Spec::Referral(referral) = &row.spec else { return None };
    if clock == Clock::Contact { referral.contact } else { referral.accept }
}

const fn silent(row: &Obligation) -> Option<Length> {
    match &row.spec {
        Spec::Question(question) => Some(question.silent_after),
        _ => None,
    }
}

fn step(row: &Obligation, number: u8) -> Option<Length> {
    let Spec::Escalation(escalation) = &row.spec else { return None };
    escalation.steps.get(usize::from(number))?.after
}

/// When the window of a contact opens, and when it is over.
fn window(
    calendar: &Calendar,
    opening: &Opening,
    row: &Obligation,
    from: Timestamp,
) -> Vec<Option<Timestamp>> {
    let Spec::Contact(contact) = &row.spec else { return Vec::new() };
    let planned = opening.planned_after.map_or(from, |after| calendar.delay(from, after).at);
    let opens = calendar.before(planned, contact.before).at;
    vec![Some(opens), Some(calendar.deadline(planned, contact.after, Default::default()).at)]
}

/// So long after an attempt the next one may, and has to be made.
fn again(row: &Obligation) -> Vec<Option<Length>> {
    let visit = match &row.spec {
        Spec::Visit(visit) => visit,
        Spec::Series(series) => &series.visit,
        _ => return Vec::new(),
    };
    let (least, most) = visit.apart.unzip();
    let spaced = if let Spec::Series(series) = &row.spec { series.spaced } else { None };
    vec![least, most, visit.announce.as_ref().map(|(_, after)| *after), spaced]
}
