//! Which point of a zone is which date of a case.

use voordeur_engine::{Case, Serial, TimerId, TimerKind};
use voordeur_protocol::model::Start;
use voordeur_protocol::{Anchor, EventId, FieldId, ObligationId, Protocol};

use crate::looks::Looks;
use crate::since::Began;

/// What is kept in a zone beside the dates of the case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// The time since the report, for as long as ten years.
    pub(crate) report: bool,
    /// The deadline of the observer: the first point after now.
    pub(crate) deadline: bool,
}

/// The point of the observer's deadline, where there is one.
pub(crate) const DEADLINE: usize = 1;

/// The points of a case in its normal form, in the order of its zone.
#[derive(Debug, Default)]
pub(crate) struct Points {
    /// So many points come before those of the case.
    first: usize,
    timers: Vec<TimerId>,
    bounds: Vec<Serial>,
    report: bool,
    anchors: Vec<ObligationId>,
    events: Vec<EventId>,
    /// The stays of which it counts when they began.
    stays: Vec<u32>,
    /// The series that run: the moment at which each is over.
    wholes: Vec<Serial>,
    /// What stands still: the moment at which its clocks stopped.
    stopped: Vec<Serial>,
    birthdays: Vec<Birthday>,
    /// What windows hold: of which field, and its number in it.
    counted: Vec<(FieldId, usize)>,
}

/// A birthday that is to come: of which field, and its number among those that are told apart.
pub(crate) type Birthday = (FieldId, usize);

impl Points {
    pub(crate) fn of(looks: &Looks, case: &Case, kept: Kept) -> Self {
        let first = 1 + usize::from(kept.deadline);
        if !case.is_running() {
            return Self { first, report: kept.report, ..Self::default() };
        }
        let last = case.last.iter().filter(|last| looks.is_anchor(last.obligation));
        let stays = case.stay.iter().chain(&case.suspended).filter(|_| looks.entry());
        Self {
            first,
            timers: case.timers.iter().map(|timer| timer.id).collect(),
            bounds: case.open.iter().filter(|one| one.not_before.is_some()).map(|one| one.serial).collect(),
            report: kept.report || looks.report,
            anchors: last.map(|last| last.obligation).collect(),
            events: case.occurred.iter().map(|(event, _)| *event).filter(|of| looks.is_event(*of)).collect(),
            stays: stays.map(|stay| stay.number).collect(),
            wholes: running_series(case).collect(),
            stopped: case
                .open
                .iter()
                .filter(|one| one.paused_since.is_some())
                .map(|one| one.serial)
                .collect(),
            birthdays: (looks.ages.iter())
                .flat_map(|ages| ages.to_come(case).map(|number| (ages.field, number)))
                .collect(),
            counted: (case.windows.iter())
                .flat_map(|(field, counted)| (0..counted.len()).map(|at| (*field, at)))
                .collect(),
        }
    }

    /// How many points a zone has, with now.
    pub(crate) fn len(&self) -> usize {
        self.before_counted() + self.counted.len()
    }

    fn before_counted(&self) -> usize {
        self.before_birthdays() + self.birthdays.len()
    }

    fn before_birthdays(&self) -> usize {
        self.before_stopped() + self.stopped.len()
    }

    fn before_stopped(&self) -> usize {
        self.before_wholes() + self.wholes.len()
    }

    fn before_wholes(&self) -> usize {
        self.before_stays() + self.stays.len()
    }

    fn before_stays(&self) -> usize {
        self.before_anchors() + self.anchors.len() + self.events.len()
    }

    fn before_anchors(&self) -> usize {
        self.first + self.timers.len() + self.bounds.len() + usize::from(self.report)
    }

    pub(crate) const fn first(&self) -> usize {
        self.first
    }

    pub(crate) fn timers(&self) -> &[TimerId] {
        &self.timers
    }

    pub(crate) fn bounds(&self) -> &[Serial] {
        &self.bounds
    }

    pub(crate) fn anchors(&self) -> &[ObligationId] {
        &self.anchors
    }

    pub(crate) fn events(&self) -> &[EventId] {
        &self.events
    }

    pub(crate) fn timer(&self, id: TimerId) -> Option<usize> {
        self.timers.iter().position(|timer| *timer == id).map(|at| self.first + at)
    }

    pub(crate) fn not_before(&self, serial: Serial) -> Option<usize> {
        self.bounds.iter().position(|bound| *bound == serial).map(|at| self.first + self.timers.len() + at)
    }

    pub(crate) fn report(&self) -> Option<usize> {
        self.report.then(|| self.first + self.timers.len() + self.bounds.len())
    }

    pub(crate) fn anchor(&self, obligation: ObligationId) -> Option<usize> {
        self.anchors.iter().position(|anchor| *anchor == obligation).map(|at| self.before_anchors() + at)
    }

    pub(crate) fn event(&self, event: EventId) -> Option<usize> {
        let before = self.before_anchors() + self.anchors.len();
        self.events.iter().position(|of| *of == event).map(|at| before + at)
    }

    pub(crate) fn stays(&self) -> &[u32] {
        &self.stays
    }

    pub(crate) fn entry(&self, stay: u32) -> Option<usize> {
        self.stays.iter().position(|own| *own == stay).map(|at| self.before_stays() + at)
    }

    pub(crate) fn wholes(&self) -> &[Serial] {
        &self.wholes
    }

    /// The moment at which a series is over.
    pub(crate) fn whole(&self, of: Serial) -> Option<usize> {
        self.wholes.iter().position(|own| *own == of).map(|at| self.before_wholes() + at)
    }

    pub(crate) fn stopped_ones(&self) -> &[Serial] {
        &self.stopped
    }

    /// The moment at which the clocks of an obligation stopped.
    pub(crate) fn stopped(&self, of: Serial) -> Option<usize> {
        self.stopped.iter().position(|own| *own == of).map(|at| self.before_stopped() + at)
    }

    pub(crate) fn birthdays(&self) -> &[Birthday] {
        &self.birthdays
    }

    pub(crate) fn birthday(&self, of: Birthday) -> Option<usize> {
        self.birthdays.iter().position(|own| *own == of).map(|at| self.before_birthdays() + at)
    }

    pub(crate) fn counted_ones(&self) -> &[(FieldId, usize)] {
        &self.counted
    }

    /// The moment of something that a window holds.
    pub(crate) fn counted(&self, of: FieldId, at: usize) -> Option<usize> {
        self.counted.iter().position(|own| *own == (of, at)).map(|at| self.before_counted() + at)
    }

    /// The moment from which a condition counts; `None` for one that is no point of the zone.
    pub(crate) fn of_start(&self, case: &Case, began: Began) -> Option<usize> {
        match began.start {
            Start::Report => self.report(),
            Start::Entry if began.interrupted => self.entry(case.suspended.as_ref()?.number),
            Start::Entry => self.entry(case.stay.as_ref()?.number),
            Start::From(Anchor::Happened(of, _)) => self.anchor(of),
            Start::From(Anchor::Event(of)) => self.event(of),
            Start::From(_) => None,
        }
    }

    /// The moment before which an obligation may not be done, or does not count.
    pub(crate) fn not_before_of(
        &self,
        protocol: &Protocol,
        case: &Case,
        about: Option<ObligationId>,
    ) -> Option<usize> {
        let of_it = |one: &&voordeur_engine::Instance| Some(one.opening(protocol).obligation) == about;
        case.open.iter().find(of_it).and_then(|one| self.not_before(one.serial))
    }
}

/// The series of which a period runs, in the order of their clocks.
pub(crate) fn running_series(case: &Case) -> impl Iterator<Item = Serial> {
    case.timers.iter().filter_map(|timer| match timer.kind {
        TimerKind::Period { of, .. } => Some(of),
        _ => None,
    })
}
