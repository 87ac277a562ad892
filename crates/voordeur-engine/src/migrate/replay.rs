//! The history of a case, played on the new version: what people and agencies reported, at the moments at which they did.

use jiff::Timestamp;
use voordeur_protocol::{Happening, Kind, ObligationId, Occurrence, Protocol};

use super::counterparts::Counterparts;
use super::obstacle::Obstacle;
use crate::apply::apply;
use crate::case::{Case, Serial};
use crate::entry::Entry;
use crate::entry::Mended;
use crate::event::{ActionAnswer, Data, Event, Mending};
use crate::step::Stepper;
use crate::timer::{Timer, TimerId, TimerKind};

/// A step of a journal: its number, its moment, what it says.
pub type HistoryStep = (i64, Timestamp, Vec<Entry>);

/// How many timers of the new version may fire between two reports.
const MOST_TIMERS: usize = 10_000;

/// Whose clocks run when a history is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clocks {
    /// What time brought came when it came, whatever the new version says of terms. What only the new version has open runs on its own
    /// clocks.
    AsTheyWere,
    /// Those of the new version.
    OfTheNew,
}

/// A history as it would have been.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// The case at the end, in the numbers of the new version.
    pub case: Case,
    /// What happened, step by step.
    pub steps: Vec<(Timestamp, Vec<Entry>)>,
    /// What the new version would have refused. It is passed over.
    pub refused: Vec<Obstacle>,
}

/// One history under way.
pub(super) struct Player<'a> {
    c: &'a Counterparts<'a>,
    /// The new version, for reports of any day, and without what nobody was asked.
    new: &'a Protocol,
    /// The case on the old version.
    before: Case,
    stepper: Stepper,
    replayed: Replayed,
}

/// The new version as histories are played on it: for reports of any day; what the old one did not ask may stay unknown.
pub(super) fn timeless(c: &Counterparts<'_>) -> Protocol {
    let mut new = c.new.clone();
    (new.version_from, new.version_until) = (None, None);
    let added: Vec<_> =
        new.fields.iter().map(|(id, _)| id).filter(|id| c.field_before(*id).is_none()).collect();
    added.into_iter().for_each(|field| new.fields.row_mut(field).optional = true);
    new
}

impl<'a> Player<'a> {
    pub(super) fn new(c: &'a Counterparts<'a>, new: &'a Protocol) -> Self {
        let replayed = Replayed { case: Case::default(), steps: Vec::new(), refused: Vec::new() };
        Self { c, new, before: Case::default(), stepper: Stepper::default(), replayed }
    }

    /// From there on, in both versions.
    pub(super) fn from(c: &'a Counterparts<'a>, new: &'a Protocol, (before, case): (Case, Case)) -> Self {
        let replayed = Replayed { case, steps: Vec::new(), refused: Vec::new() };
        Self { c, new, before, stepper: Stepper::default(), replayed }
    }

    pub(super) fn play(mut self, history: &[HistoryStep], clocks: Clocks, until: Timestamp) -> Replayed {
        for (number, at, entries) in history {
            if entries.iter().any(|entry| matches!(entry, Entry::Migrated(_) | Entry::Erased { .. })) {
                break;
            }
            match clocks {
                Clocks::OfTheNew => self.let_pass(*at),
                Clocks::AsTheyWere => {
                    self.let_pass_alone(*at);
                    self.fire_as_it_was(entries, *at);
                }
            }
            if let Some(reported) = reported(self.c.old, &self.before, entries) {
                match self.translated(&reported) {
                    Some(event) => self.step(&event, *at, *number),
                    None => self.replayed.refused.push(Obstacle::NothingLike { step: *number }),
                }
            }
            for entry in entries {
                apply(self.c.old, &mut self.before, *at, entry);
            }
        }
        match clocks {
            Clocks::OfTheNew => self.let_pass(until),
            Clocks::AsTheyWere => self.let_pass_alone(until),
        }
        self.replayed
    }

    fn step(&mut self, event: &Event, at: Timestamp, number: i64) {
        match self.stepper.step(self.new, &mut self.replayed.case, event, at) {
            Ok(entries) => self.replayed.steps.push((at, entries.to_vec())),
            Err(why) => self.replayed.refused.push(Obstacle::History { step: number, why: Box::new(why) }),
        }
    }

    fn let_pass(&mut self, until: Timestamp) {
        for _ in 0..MOST_TIMERS {
            let next = self.replayed.case.next_timer().map(|timer| (timer.id, timer.due.at));
            let Some((id, due)) = next.filter(|(_, due)| *due <= until) else { return };
            if !self.fire(id, due) {
                return;
            }
        }
    }

    fn fire(&mut self, id: TimerId, due: Timestamp) -> bool {
        let at = due.max(self.replayed.case.touched_at);
        let done = self.stepper.step(self.new, &mut self.replayed.case, &Event::TimerDue(id), at);
        let Ok(entries) = done else { return false };
        self.replayed.steps.push((at, entries.to_vec()));
        true
    }

    /// Lets the clocks run out of what is open in the new version alone: the old one says nothing of when those come.
    fn let_pass_alone(&mut self, until: Timestamp) {
        for _ in 0..MOST_TIMERS {
            let running = self.replayed.case.timers.iter().filter(|timer| !timer.held && !timer.paused);
            let alone = running.filter(|timer| timer.due.at <= until && self.is_alone(timer));
            let first = alone.min_by_key(|timer| timer.order());
            let Some((id, due)) = first.map(|timer| (timer.id, timer.due.at)) else { return };
            if !self.fire(id, due) {
                return;
            }
        }
    }

    /// Whether a clock of the new version is of something that the old one has not open: an obligation, or the stage in which the case is.
    fn is_alone(&self, timer: &Timer) -> bool {
        let Some(of) = timer.kind.serial() else {
            let stage = self.before.stay.as_ref().and_then(|stay| self.c.stage(stay.stage));
            return self.replayed.case.stay.as_ref().map(|stay| stay.stage) != stage;
        };
        let there = self.replayed.case.instance(of).map(|one| one.opening(self.new).obligation);
        let mut open = self.before.open.iter().map(|one| one.opening(self.c.old).obligation);
        !open.any(|own| there.is_some() && self.c.obligation(own) == there)
    }

    /// What a timer did on the old version its counterpart does at the same moment.
    fn fire_as_it_was(&mut self, entries: &[Entry], at: Timestamp) {
        let fired = entries.iter().find_map(|entry| match entry {
            Entry::TimerFired(timer) => Some(*timer),
            _ => None,
        });
        let Some(kind) = fired.and_then(|timer| self.kind(timer)) else { return };
        let Some(own) = self.replayed.case.timers.iter_mut().find(|timer| timer.kind == kind) else { return };
        (own.due.at, own.held, own.paused) = (own.due.at.min(at), false, false);
        let event = Event::TimerDue(own.id);
        if let Ok(entries) = self.stepper.step(self.new, &mut self.replayed.case, &event, at) {
            self.replayed.steps.push((at, entries.to_vec()));
        }
    }

    fn kind(&self, timer: Timer) -> Option<TimerKind> {
        let serial = |serial| self.serial(serial);
        Some(match timer.kind {
            TimerKind::Remind { of, reminder } => TimerKind::Remind { of: serial(of)?, reminder },
            TimerKind::RemindAccept(of) => TimerKind::RemindAccept(serial(of)?),
            TimerKind::RemindContact(of) => TimerKind::RemindContact(serial(of)?),
            TimerKind::WindowOpens(of) => TimerKind::WindowOpens(serial(of)?),
            TimerKind::Slipped(of) => TimerKind::Slipped(serial(of)?),
            TimerKind::Overdue(of) => TimerKind::Overdue(serial(of)?),
            TimerKind::NoContact(of) => TimerKind::NoContact(serial(of)?),
            TimerKind::Silent(of) => TimerKind::Silent(serial(of)?),
            TimerKind::Step { of, step } => TimerKind::Step { of: serial(of)?, step },
            TimerKind::After(rule) => TimerKind::After(self.c.rule(rule)?),
            TimerKind::Every { rule, times } => TimerKind::Every { rule: self.c.rule(rule)?, times },
            TimerKind::Missed(of) => TimerKind::Missed(serial(of)?),
            TimerKind::Retry(of) => TimerKind::Retry(serial(of)?),
            TimerKind::Period { of, number } => TimerKind::Period { of: serial(of)?, number },
        })
    }

    /// The open obligation of the new version: of several of the same the one with the same place among them, of contacts the one
    /// of the same moment.
    fn serial(&self, old: Serial) -> Option<Serial> {
        let instance = self.before.instance(old)?;
        let own = instance.opening(self.c.old).obligation;
        let there = self.c.obligation(own)?;
        if self.c.old.obligations.row(own).kind == Kind::Contact {
            let home = self.c.home(instance.opening).and_then(|stage| self.c.stage(stage));
            let moment = self.c.opening(instance.opening, home)?;
            let mut open = self.replayed.case.open.iter();
            return open.find(|one| one.opening == moment).map(|one| one.serial);
        }
        let mine = self.before.open.iter().filter(|one| one.opening(self.c.old).obligation == own);
        let nth = mine.take_while(|one| one.serial != old).count();
        let open = self.replayed.case.open.iter();
        let mut theirs = open.filter(|one| one.opening(self.new).obligation == there);
        theirs.nth(nth).map(|one| one.serial)
    }

    /// What was reported, in the numbers of the new version. Who reported it is left out: a party may have another agency.
    fn translated(&self, event: &Event) -> Option<Event> {
        Some(match event {
            Event::Reported { trigger, data, .. } => {
                let trigger = self.c.trigger(*trigger)?;
                let asks = &self.new.triggers.row(trigger).asks;
                Event::Reported { trigger, data: self.data(data, asks), by: None }
            }
            Event::Started { parent, trigger, data } => {
                let trigger = self.c.trigger(*trigger)?;
                let data = self.data(data, &self.new.triggers.row(trigger).asks);
                Event::Started { parent: parent.clone(), trigger, data }
            }
            Event::Occurred { what: Occurrence::Event(event), data, .. } => {
                let event = self.c.event(*event)?;
                let data = self.data(data, &self.new.events.row(event).asks);
                Event::Occurred { what: Occurrence::Event(event), data, by: None }
            }
            Event::Occurred { what: Occurrence::Obligation(of, on), data, .. } => {
                let there = self.c.obligation(*of)?;
                let what = Occurrence::Obligation(there, self.c.happening(*of, *on)?);
                Event::Occurred {
                    what,
                    data: self.data(data, &self.new.obligations.row(there).asks),
                    by: None,
                }
            }
            Event::ActionAnswered { serial, answer } => {
                let serial = self.serial(*serial)?;
                let answer = match answer {
                    ActionAnswer::Returned(data) => ActionAnswer::Returned(self.returned(serial, data)?),
                    other => other.clone(),
                };
                Event::ActionAnswered { serial, answer }
            }
            Event::ActionMended { serial, how, because, .. } => Event::ActionMended {
                serial: self.serial(*serial)?,
                how: self.mending(*serial, how)?,
                because: because.clone(),
                by: None,
            },
            Event::ChildEnded { serial, outcome } => {
                let own = self.before.instance(*serial)?.opening(self.c.old).obligation;
                let Happening::Named(outcome) = self.c.happening(own, Happening::Named(*outcome))? else {
                    return None;
                };
                Event::ChildEnded { serial: self.serial(*serial)?, outcome }
            }
            Event::Deviated { what, because, by } => {
                use voordeur_protocol::model::Deviation;
                let what = match what {
                    Deviation::Skip(of) => Deviation::Skip(self.c.obligation(*of)?),
                    Deviation::Repeat(of) => Deviation::Repeat(self.c.obligation(*of)?),
                    Deviation::MoveTo(to) => Deviation::MoveTo(self.c.stage(*to)?),
                };
                let by = by.and_then(|by| self.c.party(by));
                Event::Deviated { what, because: because.clone(), by }
            }
            _ => return None,
        })
    }

    /// What an action returned, as far as it returns that in the new version.
    fn returned(&self, there: Serial, data: &Data) -> Option<Data> {
        let own = self.replayed.case.instance(there)?.obligation(self.new);
        let asks = match &own.spec {
            voordeur_protocol::Spec::Action(action) => action.returns.as_slice(),
            _ => own.asks.as_slice(),
        };
        Some(self.data(data, asks))
    }

    fn mending(&self, serial: Serial, how: &Mending) -> Option<Mending> {
        Some(match how {
            Mending::ByHand(data) => Mending::ByHand(self.returned(self.serial(serial)?, data)?),
            other => other.clone(),
        })
    }

    /// The answers that the new version asks.
    fn data(&self, data: &Data, asks: &[voordeur_protocol::FieldId]) -> Data {
        let one = |(field, value): &(voordeur_protocol::FieldId, voordeur_protocol::Value)| {
            let there = self.c.field(*field).filter(|there| asks.contains(there))?;
            Some((there, self.c.value(*field, value)?))
        };
        let mut given: Data = data.iter().filter_map(one).collect();
        // What was known already was not written down anew.
        for (field, value) in &self.replayed.case.data {
            if asks.contains(field) && given.iter().all(|(known, _)| known != field) {
                given.push((*field, value.clone()));
            }
        }
        given
    }
}

/// What somebody reported in a step of a journal; nothing when time or the engine did it.
fn reported(old: &Protocol, before: &Case, entries: &[Entry]) -> Option<Event> {
    let mut data: Data = Vec::new();
    let mut rest = entries.iter();
    loop {
        match rest.next()? {
            Entry::Recorded { field, value } => data.push((*field, value.clone())),
            Entry::Reported { trigger, .. } => {
                let parent = rest.find_map(|entry| match entry {
                    Entry::BelongsTo { parent } => Some(parent.clone()),
                    _ => None,
                });
                return Some(match parent {
                    Some(parent) => Event::Started { parent, trigger: *trigger, data },
                    None => Event::Reported { trigger: *trigger, data, by: None },
                });
            }
            Entry::Occurred { event, by } => {
                data.extend(rest.map_while(recorded));
                return Some(Event::Occurred { what: Occurrence::Event(*event), data, by: *by });
            }
            Entry::ActionMended { serial, how, because, by } => {
                data.extend(rest.map_while(recorded));
                let how = match how {
                    Mended::Retried => Mending::Retried,
                    Mended::GivenUp => Mending::GivenUp,
                    Mended::ByHand => Mending::ByHand(data),
                };
                let (serial, because, by) = (*serial, because.clone(), *by);
                return Some(Event::ActionMended { serial, how, because, by });
            }
            Entry::Deviated { what, because, by } => {
                return Some(Event::Deviated { what: *what, because: because.clone(), by: *by });
            }
            Entry::Moved { serial, opening, on, .. } => {
                let of = old.openings.row(*opening).obligation;
                return happened(old, before, (*serial, of), *on, data);
            }
            Entry::AttemptNotCounted { serial, .. } => {
                let of = before.instance(*serial)?.opening(old).obligation;
                let on = if old.obligations.row(of).kind == Kind::Series {
                    Happening::Done
                } else {
                    Happening::NotHome
                };
                return happened(old, before, (*serial, of), on, data);
            }
            // What was looked at before the report, and what is counted with it.
            Entry::NoLongerTrue { .. } | Entry::Counted { .. } | Entry::TimersCleared(_) => {}
            _ => return None,
        }
    }
}

fn recorded(entry: &Entry) -> Option<(voordeur_protocol::FieldId, voordeur_protocol::Value)> {
    match entry {
        Entry::Recorded { field, value } => Some((*field, value.clone())),
        _ => None,
    }
}

fn happened(
    old: &Protocol,
    before: &Case,
    (serial, of): (Serial, ObligationId),
    on: Happening,
    data: Data,
) -> Option<Event> {
    before.instance(serial)?;
    let kind = old.obligations.row(of).kind;
    Some(match (kind, on) {
        (Kind::Action, Happening::Begun) => Event::ActionAnswered { serial, answer: ActionAnswer::Begun },
        (Kind::Action, Happening::Returned) => {
            Event::ActionAnswered { serial, answer: ActionAnswer::Returned(data) }
        }
        (Kind::Action, Happening::Failed) => {
            Event::ActionAnswered { serial, answer: ActionAnswer::Failed { wait: None } }
        }
        (Kind::Action, Happening::GaveUp) => Event::ActionAnswered { serial, answer: ActionAnswer::GaveUp },
        (Kind::Sub, Happening::Named(outcome)) => Event::ChildEnded { serial, outcome },
        (_, on) if on.is_reported() || matches!(on, Happening::Named(_)) => {
            Event::Occurred { what: Occurrence::Obligation(of, on), data, by: None }
        }
        _ => return None,
    })
}
