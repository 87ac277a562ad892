//! How a search is set up: what is kept, what is taken together, and how much is looked at. Nothing is looked at here.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use voordeur_protocol::Protocol;

use super::{Budget, MORE_ZONES, MOST_ZONES, Mistake, Search};
use crate::cells::Cells;
use crate::chain::Chains;
use crate::endings::Endings;
use crate::extent::Extents;
use crate::inert::Watched;
use crate::interned::Interned;
use crate::looks::Looks;
use crate::moments::{about, looks_at_days, midnights, moments, on_any_day};
use crate::moves::Answers;
use crate::observe::Observer;
use crate::points::Kept;
use crate::recipe::seconds;
use crate::situation::Situations;
use crate::zone::Zone;

/// So many working days are told apart at most.
const MOST_WORKING_DAYS: u32 = 130;

/// The same search with more and more moments told apart, and at last with each by itself: where moments are taken together
/// something may be seen that no case comes to, or only on a way that was not kept.
pub(crate) fn sharper<'a>(new: impl Fn() -> Search<'a>) -> impl Iterator<Item = Search<'a>> {
    let precise = std::iter::once(usize::MAX);
    MORE_ZONES.into_iter().chain(precise).map(move |zones| new().closer().telling_apart(zones))
}

impl<'a> Search<'a> {
    pub(crate) fn new(protocol: &'a Protocol, budget: Budget, watched: &Watched) -> Self {
        Self {
            protocol,
            on_any_day: on_any_day(protocol),
            cells: Cells::of(protocol).watching(protocol, watched),
            looks: Looks::of(protocol, watched),
            extents: Extents::of(&protocol.calendar, protocol.version_from, protocol.version_until),
            budget,
            working: None,
            agrees: false,
            chains: None,
            mistake: Mistake::None,
            left_out: Vec::new(),
            endings: Endings::of(protocol),
            answers: Answers::default(),
            tells_all: false,
            most_zones: MOST_ZONES,
            kept: Kept::default(),
            midnights: midnights(&[protocol]),
            times: about(&[protocol]),
            looks_at_days: looks_at_days(protocol),
            moments: moments(&[protocol]),
            situations: Situations::default(),
            recipes: Interned::default(),
            told: Interned::default(),
            made_so_far: 0,
            states: Vec::new(),
            known: FxHashMap::default(),
            ended: FxHashMap::default(),
            taken: None,
            looked: 0,
            queue: VecDeque::new(),
            incomplete: None,
            patience: Cell::new(u32::MAX),
        }
    }

    pub(crate) fn with_mistake(mut self, mistake: Mistake) -> Self {
        self.mistake = mistake;
        self
    }

    pub(crate) const fn budget(&self) -> Budget {
        self.budget
    }

    pub(crate) const fn set_budget(&mut self, budget: Budget) {
        self.budget = budget;
    }

    /// Keeps the time since the report.
    pub(crate) const fn since_report(mut self) -> Self {
        self.kept.report = true;
        self
    }

    /// Counts teaching weeks by the school calendar of the pathway, as the engine does.
    pub(crate) fn with_schools_as_known(mut self) -> Self {
        self.extents = self.extents.with_schools_as_known();
        self
    }

    /// Tells moments apart in working days as well, so far that three of the longest terms fit.
    pub(crate) fn in_working_days(mut self) -> Self {
        let most = self.looks.working_days.saturating_add(1).saturating_mul(3).min(MOST_WORKING_DAYS);
        self.working = (self.looks.working_days > 0).then(|| self.extents.working_days_up_to(most));
        self
    }

    /// Where hours are counted, holds what is known on the clock against what is known in days.
    pub(crate) const fn in_hours(mut self) -> Self {
        self.agrees = self.looks.hours > 0;
        self
    }

    /// Where terms do not take as long from each day: asks the calendar how long those take that follow each other from the report on.
    pub(crate) fn in_chains(self) -> Self {
        if self.looks.uneven { self.in_all_chains() } else { self }
    }

    /// The same for all terms: of two delays that come at one moment of a day it is known then which one goes first.
    pub(crate) fn in_all_chains(mut self) -> Self {
        // No case is reported after the last day of the version.
        let until = self.protocol.version_until;
        let days = self.extents.each_day().take_while(|day| until.is_none_or(|until| *day <= until));
        let chains = Chains::new(&self.protocol.calendar, days);
        self.chains = Some(Rc::new(RefCell::new(chains)));
        self
    }

    /// The same where a condition asks how long ago something was.
    pub(crate) fn in_chains_where_asked(self) -> Self {
        if self.looks.since.is_empty() { self } else { self.in_chains() }
    }

    /// Takes no moments together, however many there are.
    pub(crate) const fn precisely(self) -> Self {
        self.closer().telling_apart(usize::MAX)
    }

    /// Looks at no more than a look at each moment by itself takes where it comes to an end.
    const fn closer(mut self) -> Self {
        self.budget = self.budget.closer();
        self
    }

    /// Tells so many zones of one situation apart before more are taken together.
    pub(crate) const fn telling_apart(mut self, zones: usize) -> Self {
        self.most_zones = zones;
        self
    }

    pub(crate) const fn is_precise(&self) -> bool {
        self.most_zones == usize::MAX
    }

    /// Keeps a deadline, whether or not the first observer sets one: what can happen is then asked once for all.
    pub(crate) fn with_deadline(mut self, kept: bool) -> Self {
        self.kept.deadline = kept;
        self
    }

    /// The zone before any report. Terms of whole days alone keep the time of the day: without a clock they stand in order.
    pub(super) fn beginning(&self, observer: &impl Observer) -> Zone {
        let of_observer = observer.term().and_then(|term| seconds(term.length));
        let counts = self.looks.parts_of_days || self.looks.hours > 0 && of_observer.is_some();
        let longest = self.looks.hours.max(of_observer.unwrap_or(0));
        let zone = match (self.agrees, counts) {
            (true, _) => Zone::new().with_hours_and_days(longest),
            (false, counts) => Zone::new().with_hours(counts.then_some(longest)),
        };
        let zone = zone.with_working_days(self.working.clone()).with_chains(self.chains.clone());
        zone.wider(usize::from(self.kept.deadline))
    }
}
