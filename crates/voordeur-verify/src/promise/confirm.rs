//! Whether a history with real dates shows what the search says: the machine of the statement looks at it once more,
//! with the terms counted by the calendar.

use jiff::Timestamp;
use voordeur_engine::{Case, Entry, Event, apply, step};
use voordeur_protocol::Protocol;

use super::model::Form;
use super::observer::{Turn, turn};
use super::sight::Sight;
use crate::observe::Clock;
use crate::replay::{History, Moment};

/// So many clocks may run out while a term is waited for.
const MOST_WAITING: usize = 200;

/// A case on real dates, with what the machine remembers of it.
struct Player<'a> {
    protocol: &'a Protocol,
    form: &'a Form,
    case: Case,
    state: u32,
    due: Option<Timestamp>,
}

/// The moment at which the promise is broken in a history, or by the time that goes by after it; the history is made
/// as long as that takes.
pub(super) fn broken_at(protocol: &Protocol, form: &Form, history: &mut History) -> Option<Timestamp> {
    let mut player = Player { protocol, form, case: Case::default(), state: 0, due: None };
    for at in 0..history.moments.len() {
        let moment = history.moments.get(at)?;
        if let Some(due) = player.due.filter(|due| *due < moment.at) {
            history.moments.truncate(at);
            return Some(due);
        }
        if player.sees(moment).broken {
            let at = moment.at;
            history
                .moments
                .truncate(history.moments.iter().position(|one| one.at > at).unwrap_or(usize::MAX));
            return Some(at);
        }
    }
    player.waits(history)
}

/// Whether a history shows the promise at work.
pub(super) fn exercised_in(protocol: &Protocol, form: &Form, history: &History) -> bool {
    let mut player = Player { protocol, form, case: Case::default(), state: 0, due: None };
    history.moments.iter().any(|moment| player.sees(moment).exercised)
}

/// How many reports come until the term begins that is still running when a history is over.
pub(super) fn reports_until_it_runs(protocol: &Protocol, form: &Form, history: &History) -> Option<usize> {
    let mut player = Player { protocol, form, case: Case::default(), state: 0, due: None };
    let (mut reports, mut until) = (0, None);
    for moment in &history.moments {
        reports += usize::from(!matches!(moment.event, Event::TimerDue(_)));
        let before = player.due;
        player.sees(moment);
        if player.due != before {
            until = player.due.map(|_| reports);
        }
    }
    until
}

impl Player<'_> {
    fn sees(&mut self, moment: &Moment) -> Turn {
        let before = self.case.clone();
        for entry in &moment.entries {
            apply(self.protocol, &mut self.case, moment.at, entry);
        }
        self.turns(&before, &moment.entries, moment.at)
    }

    fn turns(&mut self, before: &Case, entries: &[Entry], at: Timestamp) -> Turn {
        let today = self.protocol.calendar.date(at);
        let sight = Sight { protocol: self.protocol, before, after: &self.case, entries, today };
        let turn = turn(self.form, self.state, &sight);
        self.state = turn.state;
        match turn.clock {
            Clock::Keep => {}
            Clock::Off => self.due = None,
            Clock::Start(term) => {
                self.due = Some(self.protocol.calendar.deadline(at, term.length, term.regime).at);
            }
        }
        turn
    }

    /// Lets nothing but time go by until the term is over.
    fn waits(&mut self, history: &mut History) -> Option<Timestamp> {
        for _ in 0..MOST_WAITING {
            let due = self.due?;
            let Some(timer) = self.case.next_timer().copied().filter(|_| self.case.is_running()) else {
                return Some(due);
            };
            let at = timer.due.at.max(self.case.touched_at);
            if at > due {
                return Some(due);
            }
            let event = Event::TimerDue(timer.id);
            let done = step(self.protocol, &self.case, &event, at).ok()?;
            let before = std::mem::replace(&mut self.case, done.case);
            let turn = self.turns(&before, &done.entries, at);
            history.moments.push(Moment { at, event, entries: done.entries });
            if turn.broken {
                return Some(at);
            }
        }
        None
    }
}
