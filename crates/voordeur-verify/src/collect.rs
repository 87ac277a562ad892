//! What is seen while the states are explored: which rules apply, which stages and ends are reached.

use std::collections::BTreeMap;

use voordeur_engine::{Case, Entry, Instance, Rejection, Serial, Status};
use voordeur_protocol::{
    Cause, Effect, EndId, Happening, Kind, Mode, ObligationId, Protocol, RuleId, Spec, StageId, TriggerId,
};

use crate::explore::{Edge, Search};
use crate::observe::{Observer, Seen, Watch};
use crate::zone::NOW;

/// A step: the state before it, and what happened.
pub(crate) type Step = (Option<usize>, Edge);

/// What was seen, with the first step that showed it.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) rules: BTreeMap<RuleId, Step>,
    pub(crate) branches: BTreeMap<(TriggerId, u16), Step>,
    pub(crate) stages: BTreeMap<StageId, Step>,
    pub(crate) ends: BTreeMap<EndId, Step>,
    /// A field that a rule needs and that nobody has recorded, with the line of the rule.
    pub(crate) unrecorded: BTreeMap<(String, u32), Step>,
    /// What must be done and falls away with the end of the case.
    pub(crate) dropped: BTreeMap<(voordeur_protocol::OpeningId, EndId), Step>,
    /// Stop as soon as this rule has applied.
    pub(crate) until: Option<RuleId>,
}

impl Observer for (&Protocol, &mut Collected) {
    fn look(&mut self, seen: &Seen<'_>) -> Watch {
        let step = || (seen.from, seen.edge.clone());
        for entry in seen.entries {
            match entry {
                Entry::RuleFired { rule } => {
                    self.1.rules.entry(*rule).or_insert_with(step);
                }
                Entry::Reported { trigger, branch, .. } => {
                    self.1.branches.entry((*trigger, *branch)).or_insert_with(step);
                }
                Entry::StageEntered { stage, .. } => {
                    self.1.stages.entry(*stage).or_insert_with(step);
                }
                Entry::Ended { end } => {
                    self.1.ends.entry(*end).or_insert_with(step);
                    self.dropped(*end, seen);
                }
                _ => {}
            }
        }
        Watch::default()
    }

    fn refused(&mut self, from: usize, edge: &Edge, why: &Rejection) {
        let step = || (Some(from), edge.clone());
        if let Rejection::Unrecorded { field, line } = why {
            self.1.unrecorded.entry((field.clone(), *line)).or_insert_with(step);
        }
    }

    fn is_done(&self) -> bool {
        self.1.until.is_some_and(|rule| self.1.rules.contains_key(&rule))
    }
}

trait AtTheEnd {
    fn dropped(&mut self, end: EndId, seen: &Seen<'_>);
}

impl AtTheEnd for (&Protocol, &mut Collected) {
    /// What keeps running must be closed before a case ends well.
    fn dropped(&mut self, end: EndId, seen: &Seen<'_>) {
        let good = self.0.ends.row(end).kind == voordeur_protocol::model::EndKind::Success;
        if !good || !matches!(seen.after.status, Status::Ended { .. }) {
            return;
        }
        let closed = |own: Serial| {
            let moved = |entry: &Entry| {
                matches!(entry, Entry::Moved { serial, on, .. }
                if *serial == own && *on != Happening::Cancelled)
            };
            seen.entries.iter().any(moved)
        };
        let before = seen.before.open.iter().map(|instance| (instance.serial, instance.opening));
        // What the step that ends the case has itself opened is dropped with it.
        let now = seen.entries.iter().filter_map(|entry| match entry {
            Entry::Opened { serial, opening, .. } => Some((*serial, *opening)),
            _ => None,
        });
        for (serial, opening) in before.chain(now) {
            let row = self.0.openings.row(opening);
            // What is measured after closing is opened at the end, and meant to be.
            let measure = self.0.obligations.row(row.obligation).kind == Kind::Contact;
            if row.keeps_running && !measure && row.mode == Mode::Must && !closed(serial) {
                let step = (seen.from, seen.edge.clone());
                self.1.dropped.entry((opening, end)).or_insert(step);
            }
        }
    }
}

/// Whether nothing but people's goodwill takes a case on: no clock runs that leads anywhere, nothing that is open
/// has a term, and time brings nothing back.
pub(crate) fn waits_for_ever(protocol: &Protocol, case: &Case) -> bool {
    let Some(stay) = case.stay.as_ref().filter(|_| case.is_running()) else { return false };
    let running = case.timers.iter().any(|timer| !timer.held && !timer.paused);
    let timed = protocol.stages.row(stay.stage).timed.iter();
    let again = timed.map(|rule| protocol.rules.row(*rule)).any(|rule| matches!(rule.cause, Cause::Every(_)));
    let guarded = case.open.iter().any(|one| has_a_term(protocol, one) && one.paused_since.is_none());
    !(running || again || guarded)
}

/// Whether somebody is told when it is not done. A referral or a series that is only offered has no term yet, and a
/// term that counts from what may never happen has not started.
fn has_a_term(protocol: &Protocol, one: &Instance) -> bool {
    let (row, obligation) = (one.opening(protocol), one.obligation(protocol));
    let offered = obligation.kind.lifecycle().state(one.state).name == "offered";
    match &obligation.spec {
        Spec::Escalation(_) => true,
        // The cases that it waits for have clocks of their own; their pathway is looked at by itself.
        Spec::Sub(_) => true,
        Spec::Referral(_) | Spec::Series(_) => !offered && row.term.is_some() && one.armed,
        _ => {
            (row.term.is_some() && one.armed || row.preferred.is_some())
                && somebody_is_told(protocol, row.obligation)
        }
    }
}

/// Whether anybody hears of it when a term is missed: the engine tells the lead where no rule answers it.
fn somebody_is_told(protocol: &Protocol, obligation: ObligationId) -> bool {
    let missed = Cause::Obligation(obligation, Happening::Overdue);
    let mut rules = protocol.rules.rows().filter(|rule| rule.cause == missed).peekable();
    rules.peek().is_none()
        || rules.all(|rule| {
            rule.target.is_some()
                || rule.effects.iter().any(|effect| match effect {
                    Effect::Notify { .. } => true,
                    // What is open already is not opened once more.
                    Effect::Open(opening) => protocol.openings.row(*opening).obligation != obligation,
                    _ => false,
                })
        })
}

/// The states from which no end is reached by what the pathway does.
pub(crate) fn without_end(search: &Search<'_>) -> Vec<usize> {
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); search.states.len()];
    for (at, state) in search.states.iter().enumerate() {
        for (to, counts) in &state.next {
            if let Some(list) = before.get_mut(*to).filter(|_| *counts) {
                list.push(at);
            }
        }
    }
    let mut leads = vec![false; search.states.len()];
    let mut open: Vec<usize> =
        (0..search.states.len()).filter(|at| search.states.get(*at).is_some_and(|s| s.ended)).collect();
    while let Some(at) = open.pop() {
        let Some(slot) = leads.get_mut(at).filter(|slot| !**slot) else { continue };
        *slot = true;
        open.extend(before.get(at).into_iter().flatten());
    }
    let lost = leads.iter().enumerate().filter(|(_, leads)| !**leads).map(|(at, _)| at);
    lost.filter(|at| !is_momentary(search, *at)).collect()
}

/// Whether a clock runs out at the very moment of a state: it is no situation that anybody meets.
fn is_momentary(search: &Search<'_>, at: usize) -> bool {
    let Some(state) = search.states.get(at) else { return false };
    let Some(situation) = search.situations.get(state.situation) else { return false };
    let running = situation.case.timers.iter().filter(|timer| !timer.held && !timer.paused);
    let due = |point: usize| {
        let bound = state.zone.bound(point, NOW);
        bound < 0 || bound == 0 && state.zone.is_midnight(NOW)
    };
    running.filter_map(|timer| situation.points.timer(timer.id)).any(due)
}
