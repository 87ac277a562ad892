//! What looks on while the states are explored, remembers something, and may set itself a deadline.

use voordeur_calendar::{Length, Regime};
use voordeur_engine::{Case, Entry, Rejection};

use crate::cells::Cells;
use crate::edge::Edge;
use crate::interned::Told;

/// What an observer remembers in a state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Memory {
    pub(crate) state: u32,
    /// Whether its deadline is running.
    pub(crate) running: bool,
}

/// A term that an observer sets, from the moment of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) length: Length,
    pub(crate) regime: Regime,
}

/// What an observer does with its deadline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Clock {
    /// It stays as it is.
    #[default]
    Keep,
    /// There is none any more.
    Off,
    /// It is set anew, from the moment of this step.
    Start(Term),
}

/// What an observer makes of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Watch {
    /// What it remembers.
    pub(crate) state: u32,
    pub(crate) clock: Clock,
}

/// What looks on while the states are explored.
pub(crate) trait Observer {
    /// The term of the deadlines that it sets.
    fn term(&self) -> Option<Term> {
        None
    }
    /// The term that its deadline counts from the report, where it is never set otherwise.
    fn term_of_report(&self) -> Option<Term> {
        None
    }
    /// Looks at a step.
    fn look(&mut self, seen: &Seen<'_>) -> Watch {
        Watch { state: seen.watch, clock: Clock::Keep }
    }
    /// A report was refused.
    fn refused(&mut self, _from: Option<usize>, _edge: &Edge, _why: &Rejection) {}
    /// Its deadline can pass in a state.
    fn overdue(&mut self, _at: usize) {}
    /// Whether it has seen enough.
    fn is_done(&self) -> bool {
        false
    }
}

/// An observer that wants to see nothing.
pub(crate) struct Nobody;

impl Observer for Nobody {}

/// A step, as an observer sees it.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    /// The state before it; `None` for a report through a trigger.
    pub(crate) from: Option<usize>,
    pub(crate) edge: &'a Edge,
    pub(crate) before: &'a Case,
    /// The case after it, in its normal form.
    pub(crate) after: &'a Case,
    /// What the journal says, without the clocks and without who is told what.
    pub(crate) entries: &'a [Entry],
    /// What the observer remembers; 0 before the report.
    pub(crate) watch: u32,
    /// Whether a case really gets there: no moments were taken together on the way.
    pub(crate) exact: bool,
    /// The fewest and the most ticks since the report, where that is looked at.
    pub(crate) since_report: (i32, i32),
    /// The number of the step in the search, where it is one of many: the same step is seen from each state of a situation.
    pub(crate) step: Option<u32>,
}

impl<'a> Seen<'a> {
    /// A step of a case with real dates, which is like no other one.
    pub(crate) const fn really(
        (from, edge): (Option<usize>, &'a Edge),
        before: &'a Case,
        after: &'a Case,
        entries: &'a [Entry],
    ) -> Self {
        Self { from, edge, before, after, entries, watch: 0, exact: true, since_report: (0, 0), step: None }
    }
}

/// What an observer looks at: not when clocks run out, and not who is told what unless it looks at `all`.
pub(crate) fn told(entries: Vec<Entry>, cells: &Cells, all: bool) -> Told {
    let told = |entry: &Entry| {
        all && matches!(entry, Entry::Sent(_) | Entry::Suspended { .. } | Entry::Resumed { .. })
            || matches!(entry, Entry::Recorded { field, .. } if cells.is_promised(*field))
            || matches!(
                entry,
                Entry::Reported { .. }
                    | Entry::Occurred { .. }
                    | Entry::Deviated { .. }
                    | Entry::RuleFired { .. }
                    | Entry::StageEntered { .. }
                    | Entry::StageLeft { .. }
                    | Entry::Opened { .. }
                    | Entry::NotOpened { .. }
                    | Entry::Moved { .. }
                    | Entry::AttemptNotCounted { .. }
                    | Entry::Deferred { .. }
                    | Entry::ClockPaused { .. }
                    | Entry::ClockRuns { .. }
                    | Entry::Ended { .. }
            )
    };
    entries.into_iter().filter(told).collect()
}
