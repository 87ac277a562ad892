//! What the engine refuses at the end of a way, for a reason that is looked for, with real dates.

use jiff::Timestamp;
use jiff::ToSpan as _;
use voordeur_engine::{Case, Event, Rejection, TimerId, apply, step};
use voordeur_messages::say;
use voordeur_protocol::{Occurrence, Protocol};

use super::player::Player;
use super::{History, MOST_STEPS, Moment, Way, first_day};
use crate::edge::Edge;
use crate::explore::Search;

/// The days of two years: where the day itself is looked at some holidays fall in a weekend in one of them only.
const DAYS: i64 = 731;

/// So many steps from each of them.
const MOST_EACH: u32 = 60;

/// What is refused, and what happens while that is waited for.
struct Refused {
    waiting: Vec<Moment>,
    at: Timestamp,
    why: String,
}

/// A way at the end of which the engine refuses something, for a reason that is looked for.
pub(crate) fn refused_after(
    search: &Search<'_>,
    way: &Way,
    edge: &Edge,
    is_it: impl Fn(&Rejection) -> bool,
) -> Option<History> {
    let seeking = Seeking { search, edge, is_it: &is_it };
    if way.is_empty() {
        return seeking.at_the_report();
    }
    let shows = |moments: &[Moment]| seeking.after(moments).is_some();
    let player = || Player::new(search, &shows);
    let soon = player().on_days(&(0..8).collect::<Vec<i64>>(), way);
    // Another day of the year is another answer only where the day itself is looked at.
    let days: Vec<i64> = if search.looks_at_days { (0..DAYS).collect() } else { Vec::new() };
    let any = || Player { most: MOST_EACH, ..player() }.on_days(&days, way);
    let (_, mut history) = soon.or_else(any)?;
    let refused = seeking.after(&history.moments)?;
    history.moments.extend(refused.waiting);
    history.refused = Some((refused.at, refused.why));
    Some(history)
}

struct Seeking<'s, 'a> {
    search: &'s Search<'a>,
    edge: &'s Edge,
    is_it: &'s dyn Fn(&Rejection) -> bool,
}

impl Seeking<'_, '_> {
    /// Whether it is refused after what has happened.
    fn after(&self, moments: &[Moment]) -> Option<Refused> {
        let protocol = self.search.protocol;
        let mut case = Case::default();
        for moment in moments {
            moment.entries.iter().for_each(|entry| apply(protocol, &mut case, moment.at, entry));
        }
        match self.edge {
            Edge::Reported(event) => self.reported(&case, event, protocol.calendar.date(case.touched_at)),
            Edge::Fired(number) => self.fired(&case, *number),
        }
    }

    /// What is not looked at may run out before the clock that is refused.
    fn fired(&self, case: &Case, number: TimerId) -> Option<Refused> {
        let mut player = Player { steps: MOST_STEPS, ..Player::new(self.search, &|_| true) };
        let mut waiting = Vec::new();
        let (case, timer) = player.until_due(case, number, &mut waiting)?;
        let at = timer.due.at.max(case.touched_at);
        let why = self.refusal(&case, &Event::TimerDue(timer.id), at)?;
        Some(Refused { waiting, at, why: why.to_string() })
    }

    /// The report itself is refused.
    fn at_the_report(&self) -> Option<History> {
        let Edge::Reported(event) = self.edge else { return None };
        let first = first_day(self.search.protocol);
        (0..DAYS).find_map(|n| {
            let refused = self.reported(&Case::default(), event, first.checked_add(n.days()).ok()?)?;
            Some(History { moments: refused.waiting, refused: Some((refused.at, refused.why)) })
        })
    }

    fn reported(&self, case: &Case, event: &Event, start: jiff::civil::Date) -> Option<Refused> {
        let mut player = Player { steps: MOST_STEPS, ..Player::new(self.search, &|_| true) };
        player.candidates(case, start).into_iter().find_map(|at| {
            let mut waiting = Vec::new();
            let case = player.wait(case, at, &mut waiting)?;
            let real = player.real(&case, event, at);
            let why = self.refusal(&case, &real, at)?;
            let why = format!("{}: {why}", attempted(self.search.protocol, &real));
            Some(Refused { waiting, at, why })
        })
    }

    fn refusal(&self, case: &Case, event: &Event, at: Timestamp) -> Option<Rejection> {
        step(self.search.protocol, case, event, at).err().filter(|why| (self.is_it)(why))
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
