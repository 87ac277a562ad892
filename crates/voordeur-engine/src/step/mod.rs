//! The step function: one event, run to completion.
//!
//! | file | decides |
//! | --- | --- |
//! | `report.rs` | whether an event from outside is accepted, and what it records |
//! | `rules.rs` | which rule applies, and what becomes true because of it |
//! | `stages.rs` | leaving, entering, interrupting and ending |
//! | `effects.rs` | notices, records, openings |
//! | `opening.rs` | what the opening of an obligation sets in motion |
//! | `moving.rs` | what follows when something happens to an obligation |
//! | `actions.rs` | what becomes of the calls of plugins |
//! | `series.rs` | series of visits |
//! | `pausing.rs` | clocks that stand still |
//! | `always.rs` | rules of `always` on conditions and on time, and those that wait for their turn |
//! | `terms.rs` | when a term ends and which timers guard it |
//! | `firing.rs` | what a timer does |
//! | `deviating.rs` | departures from the protocol |
//! | `deciding.rs` | who decides about what does not go on by itself, and for what reason |
//! | `ties.rs` | households, relapses, versions that are retired |
//! | `children.rs` | cases of another pathway |
//! | `arriving.rs` | coming over to another version |
//! | `derived.rs` | fields that follow from others, from the calendar or from what happened |

mod actions;
mod always;
mod arriving;
mod children;
mod dates;
mod deciding;
mod derived;
mod deviating;
mod effects;
mod firing;
mod moving;
mod opening;
mod pausing;
mod report;
mod rules;
mod series;
mod stages;
mod terms;
mod ties;

pub use arriving::told_on_return;
pub(crate) use arriving::{Arriving, Begins, arrive};
pub use deciding::{check_decides, check_reason};
use derived::DerivedValues;
pub use derived::known;
pub use moving::counts_at;
pub(crate) use series::end_of_period;
pub(crate) use terms::{is_later, moment_of};

use std::cell::OnceCell;
use std::sync::Arc;

use jiff::Timestamp;
use smallvec::SmallVec;
use voordeur_protocol::{Happening, ObligationId, OpeningId, PartyId, Protocol};

use crate::apply::apply;
use crate::case::{Case, Serial};
use crate::entry::Entry;
use crate::event::Event;
use crate::message::Message;
use crate::rejection::Rejection;

/// How many rules one event may set off. A checked protocol stays far below it.
const BUDGET: u32 = 10_000;

/// Few steps write more in the journal.
const USUAL_ENTRIES: usize = 16;

/// What a step did.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    /// The case after it.
    pub case: Case,
    /// What to write in the journal, in order.
    pub entries: Vec<Entry>,
}

/// Takes one case through one event at one moment (UTC).
///
/// The same arguments always give the same result.
///
/// # Errors
/// [`Rejection`] says why the event is refused; then nothing has happened.
pub fn step(
    protocol: &Protocol,
    case: &Case,
    event: &Event,
    now: Timestamp,
) -> Result<Transition, Rejection> {
    let mut case = case.clone();
    let mut entries = Vec::with_capacity(USUAL_ENTRIES);
    run(protocol, &mut case, event, now, &mut entries)?;
    Ok(Transition { case, entries })
}

/// [`step`] for many events: it keeps its buffers, so that a step hardly allocates.
#[derive(Debug, Default)]
pub struct Stepper {
    scratch: Case,
    entries: Vec<Entry>,
}

impl Stepper {
    /// Takes a case through one event in place and gives the journal entries.
    ///
    /// # Errors
    /// As [`step`]; the case is then as it was.
    pub fn step(
        &mut self,
        protocol: &Protocol,
        case: &mut Case,
        event: &Event,
        now: Timestamp,
    ) -> Result<&[Entry], Rejection> {
        self.scratch.clone_from(case);
        self.entries.clear();
        run(protocol, &mut self.scratch, event, now, &mut self.entries)?;
        std::mem::swap(case, &mut self.scratch);
        Ok(&self.entries)
    }
}

fn run(
    protocol: &Protocol,
    case: &mut Case,
    event: &Event,
    now: Timestamp,
    entries: &mut Vec<Entry>,
) -> Result<(), Rejection> {
    let (person, event) = match event {
        Event::ByPerson { person, event } => (Some(person), &**event),
        event => (None, event),
    };
    if now < case.touched_at && case.trigger.is_some() {
        let local = |at| protocol.calendar.local(at);
        return Err(Rejection::BeforeLast { now: local(now), last: local(case.touched_at) });
    }
    let mut work = Work::new(protocol, case, now, entries);
    work.forget_unmet();
    match event {
        // Who reports is said once.
        Event::ByPerson { .. } => return Err(Rejection::TwoPersons),
        Event::Reported { trigger, data, by } => {
            work.check_valid()?;
            work.reported(*trigger, data, *by)?;
        }
        Event::Occurred { what, data, by } => work.occurred(*what, data, *by)?,
        Event::ActionAnswered { serial, answer } => work.action_answered(*serial, answer)?,
        Event::ActionMended { serial, how, because, by } => {
            work.action_mended(*serial, how, because.as_ref(), *by)?;
        }
        Event::Started { parent, trigger, data } => work.started(parent, *trigger, data)?,
        Event::ChildEnded { serial, outcome } => work.child_ended(*serial, *outcome)?,
        Event::Deviated { what, because, by } => work.deviated(*what, because, *by)?,
        Event::Tied { tie, by } => work.tied(tie, *by)?,
        Event::Erased { why } => work.erased(*why)?,
        Event::TimerDue(id) => work.timer_due(*id)?,
        Event::ReminderLate(id) => work.reminder_late(*id)?,
        Event::TimerDropped { timer, because, by } => work.timer_dropped(*timer, because, *by)?,
        Event::Recounted { because, stood_still, earliest } => {
            work.recounted(because, stood_still, earliest)?;
        }
    }
    work.settle()?;
    work.pause_and_resume();
    if let Some(person) = person {
        work.log(Entry::ByPerson { person: Arc::clone(person) });
    }
    Ok(())
}

/// A happening that rules still have to look at.
#[derive(Debug, Clone, Copy)]
struct Happened {
    serial: Serial,
    obligation: ObligationId,
    on: Happening,
    /// Where it was opened.
    opening: OpeningId,
    /// The stay in which the obligation was opened.
    stay: u32,
    /// Whether it counts in every stage.
    everywhere: bool,
    /// How many visits there had been, or steps of an escalation, with this one.
    number: u32,
}

/// One step in progress.
struct Work<'a> {
    protocol: &'a Protocol,
    case: &'a mut Case,
    now: Timestamp,
    entries: &'a mut Vec<Entry>,
    queue: SmallVec<[Happened; 4]>,
    budget: u32,
    /// Whether people wait for the answer: then what does not fit is refused. What time brings cannot be
    /// refused; it is told to the lead instead.
    by_people: bool,
    /// How many seconds a plugin asked to wait before it is called again.
    retry_wait: Option<u32>,
    /// Trying again cannot help.
    for_good: bool,
    /// The fields that follow from something else, as they are now; found when a condition asks for one.
    derived: OnceCell<DerivedValues>,
    /// While rules look at what happened to an obligation: for what time. It may be closed by now.
    numbered: Option<(ObligationId, u32)>,
    /// The stay to which belongs what is opened now, when it is not the current one.
    opens_in: Option<u32>,
    /// From where the moment of a contact that is opened now is counted, when that is not now.
    planned_from: Option<Timestamp>,
}

impl<'a> Work<'a> {
    fn new(protocol: &'a Protocol, case: &'a mut Case, now: Timestamp, entries: &'a mut Vec<Entry>) -> Self {
        Work {
            protocol,
            case,
            now,
            entries,
            queue: SmallVec::new(),
            budget: BUDGET,
            by_people: false,
            retry_wait: None,
            for_good: false,
            derived: OnceCell::new(),
            numbered: None,
            opens_in: None,
            planned_from: None,
        }
    }
}

impl Work<'_> {
    fn log(&mut self, entry: Entry) {
        apply(self.protocol, self.case, self.now, &entry);
        self.entries.push(entry);
        self.derived.take();
    }

    fn send(&mut self, message: Message) {
        self.entries.push(Entry::Sent(message));
    }

    /// An agency with a contact person is addressed through that person.
    fn addressee(&self, who: PartyId) -> PartyId {
        self.protocol.parties.row(who).contact.unwrap_or(who)
    }

    fn tell(&mut self, who: PartyId, reason: crate::message::Reason) {
        let who = self.addressee(who);
        self.send(Message::Notify { who, reason });
    }

    fn spend(&mut self) -> Result<(), Rejection> {
        self.budget = self.budget.checked_sub(1).ok_or(Rejection::DoesNotSettle)?;
        Ok(())
    }

    fn stay_number(&self) -> u32 {
        self.case.stay_number()
    }

    /// The stay to which belongs what is opened.
    fn opening_stay(&self) -> u32 {
        self.opens_in.unwrap_or_else(|| self.stay_number())
    }
}
