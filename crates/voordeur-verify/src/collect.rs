//! What is seen while the states are explored: which rules apply, which stages and ends are reached.

use std::collections::{BTreeMap, BTreeSet};

use voordeur_engine::{Case, Entry, Rejection, Serial, Status, TimerKind};
use voordeur_protocol::model::EndKind;
use voordeur_protocol::{
    Cause, EndId, Happening, Mode, ObligationId, OpeningId, Protocol, RuleId, Scope, Spec, StageId, Target,
    TriggerId,
};

use crate::edge::{Edge, is_by_itself};
use crate::explore::Search;
use crate::normal::is_rate;
use crate::observe::{Observer, Seen, Watch};
use crate::referred::{holds_back, is_referred, is_taken_up_elsewhere};
use crate::ways::Ways;
use crate::zone::NOW;

/// So many steps that show the same are kept: where the first has no real dates, another may.
const MOST_STEPS_OF_ONE: usize = 12;

/// A step: the state before it, and what happened.
pub(crate) type Step = (Option<usize>, Edge);

/// What every pathway is to get to in some case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reached {
    Rule(RuleId),
    Stage(StageId),
    End(EndId),
}

/// What was seen, with the first step that showed it; rather one at moments that there really are.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub(crate) rules: BTreeMap<RuleId, Step>,
    pub(crate) branches: BTreeMap<(TriggerId, u16), Step>,
    pub(crate) stages: BTreeMap<StageId, Step>,
    pub(crate) ends: BTreeMap<EndId, Step>,
    /// A field that a rule needs and that nobody has recorded, with the line of the rule.
    pub(crate) unrecorded: BTreeMap<(String, u32), Step>,
    /// What must be done and falls away with the end of the case.
    pub(crate) dropped: BTreeMap<(OpeningId, EndId), Vec<Step>>,
    /// A referral that is not closed and falls away when its stage is left.
    pub(crate) let_go: BTreeMap<OpeningId, Vec<Step>>,
    /// What was done before its term had passed.
    pub(crate) in_time: BTreeMap<OpeningId, Step>,
    /// What was not done when its term had passed.
    pub(crate) late: BTreeMap<OpeningId, Step>,
    /// The clocks of rules that ran out.
    pub(crate) clocks: BTreeSet<RuleId>,
    /// What was opened.
    pub(crate) opened: BTreeSet<ObligationId>,
    /// What happened to obligations in which stages.
    pub(crate) happened: BTreeSet<(StageId, ObligationId, Happening)>,
    /// The steps of escalations that were reached, by their numbers.
    pub(crate) steps: BTreeSet<(ObligationId, u8)>,
    /// What was seen at moments of which none were taken together with others: that it is reached is certain.
    pub(crate) certain: BTreeSet<Reached>,
    /// Stop as soon as all of this was seen.
    pub(crate) until: BTreeSet<Reached>,
    /// And these steps of escalations, by their numbers.
    pub(crate) until_steps: BTreeSet<(ObligationId, u8)>,
    /// What was looked at already of the steps of the search, by their numbers.
    pub(crate) looked_at: Vec<LookedAt>,
}

/// How a step was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LookedAt {
    #[default]
    Never,
    /// At moments some of which were taken together.
    Roughly,
    /// At moments that there really are.
    Exactly,
}

impl Observer for (&Protocol, &mut Collected) {
    fn look(&mut self, seen: &Seen<'_>) -> Watch {
        if !self.1.was_looked_at(seen) {
            self.look_at(seen);
        }
        Watch::default()
    }

    fn refused(&mut self, from: Option<usize>, edge: &Edge, why: &Rejection) {
        let step = || (from, edge.clone());
        if let Rejection::Unrecorded { field, line } = why {
            self.1.unrecorded.entry((field.clone(), *line)).or_insert_with(step);
        }
    }

    fn is_done(&self) -> bool {
        let Collected { until, until_steps, steps, .. } = &*self.1;
        let waits = !until.is_empty() || !until_steps.is_empty();
        waits && until.iter().all(|what| self.1.step_to(*what).is_some()) && until_steps.is_subset(steps)
    }
}

trait Looker {
    fn look_at(&mut self, seen: &Seen<'_>);
}

impl Looker for (&Protocol, &mut Collected) {
    fn look_at(&mut self, seen: &Seen<'_>) {
        let step = || (seen.from, seen.edge.clone());
        for entry in seen.entries {
            match entry {
                Entry::RuleFired { rule } => {
                    let anew = self.1.is_certain(Reached::Rule(*rule), seen);
                    see(&mut self.1.rules, *rule, anew, step);
                }
                Entry::Reported { trigger, branch, .. } => {
                    self.1.branches.entry((*trigger, *branch)).or_insert_with(step);
                }
                Entry::StageEntered { stage, .. } => {
                    let anew = self.1.is_certain(Reached::Stage(*stage), seen);
                    see(&mut self.1.stages, *stage, anew, step);
                }
                Entry::Ended { end } => {
                    let anew = self.1.is_certain(Reached::End(*end), seen);
                    see(&mut self.1.ends, *end, anew, step);
                    self.dropped(*end, seen);
                }
                Entry::Opened { opening, .. } => {
                    self.1.opened.insert(self.0.openings.row(*opening).obligation);
                }
                Entry::Moved { serial, opening, on, .. } => {
                    if *on == Happening::Cancelled {
                        self.let_go(seen, *serial, *opening);
                    }
                    self.1.moved(seen, *serial, *opening, *on);
                    self.happened(seen, *opening, *on);
                }
                _ => {}
            }
        }
        self.ran_out(seen);
    }
}

/// Keeps the first step that shows something, or the first that shows it for certain.
fn see<K: Ord>(known: &mut BTreeMap<K, Step>, what: K, anew: bool, step: impl Fn() -> Step) {
    if anew {
        known.insert(what, step());
    } else {
        known.entry(what).or_insert_with(step);
    }
}

/// One more step that shows it.
fn add(steps: &mut Vec<Step>, seen: &Seen<'_>) {
    if steps.len() < MOST_STEPS_OF_ONE {
        steps.push((seen.from, seen.edge.clone()));
    }
}

impl Collected {
    /// The step that shows it.
    pub(crate) fn step_to(&self, what: Reached) -> Option<&Step> {
        match what {
            Reached::Rule(id) => self.rules.get(&id),
            Reached::Stage(id) => self.stages.get(&id),
            Reached::End(id) => self.ends.get(&id),
        }
    }

    /// What was seen only where moments were taken together: it may only seem so.
    pub(crate) fn uncertain(&self) -> impl Iterator<Item = Reached> {
        let rules = self.rules.keys().copied().map(Reached::Rule);
        let stages = self.stages.keys().copied().map(Reached::Stage);
        let ends = self.ends.keys().copied().map(Reached::End);
        rules.chain(stages).chain(ends).filter(|what| !self.certain.contains(what))
    }

    /// It is not reached after all, nor does its clock run out.
    pub(crate) fn forget(&mut self, what: Reached) {
        match what {
            Reached::Rule(id) => {
                self.rules.remove(&id);
                self.clocks.remove(&id);
            }
            Reached::Stage(id) => drop(self.stages.remove(&id)),
            Reached::End(id) => drop(self.ends.remove(&id)),
        }
    }

    /// Whether all that a step shows was seen already, from another state of its situation.
    fn was_looked_at(&mut self, seen: &Seen<'_>) -> bool {
        let how = if seen.exact { LookedAt::Exactly } else { LookedAt::Roughly };
        let Some(slot) = self.slot(seen) else { return false };
        let known = *slot >= how;
        *slot = how.max(*slot);
        known
    }

    /// Another state from which the same step is taken may have real dates where this one has none.
    fn look_again(&mut self, seen: &Seen<'_>) {
        if let Some(slot) = self.slot(seen) {
            *slot = LookedAt::Never;
        }
    }

    fn slot(&mut self, seen: &Seen<'_>) -> Option<&mut LookedAt> {
        let number = usize::try_from(seen.step?).ok()?;
        if self.looked_at.len() <= number {
            self.looked_at.resize(number + 1, LookedAt::Never);
        }
        self.looked_at.get_mut(number)
    }

    /// Whether this is the first step that shows it for certain.
    fn is_certain(&mut self, what: Reached, seen: &Seen<'_>) -> bool {
        seen.exact && self.certain.insert(what)
    }

    /// Whether something is done while its term still runs, or has passed.
    fn moved(&mut self, seen: &Seen<'_>, serial: Serial, opening: OpeningId, on: Happening) {
        match on {
            // A series that is planned by the week is over when its time is.
            Happening::AllDone if matches!(seen.edge, Edge::Reported(_)) => self.was_in_time(opening, seen),
            on if is_done(on) && in_first_term(seen.before, serial) => self.was_in_time(opening, seen),
            Happening::Overdue | Happening::Over => {
                self.was_late(opening, seen);
            }
            _ => {}
        }
    }

    fn was_in_time(&mut self, opening: OpeningId, seen: &Seen<'_>) {
        self.in_time.entry(opening).or_insert_with(|| (seen.from, seen.edge.clone()));
    }

    fn was_late(&mut self, opening: OpeningId, seen: &Seen<'_>) {
        self.late.entry(opening).or_insert_with(|| (seen.from, seen.edge.clone()));
    }
}

impl Collected {
    /// Whether what a rule waits for comes where the rule stands, whether or not the rule applies then.
    pub(crate) fn comes(&self, protocol: &Protocol, id: RuleId) -> bool {
        let rule = protocol.rules.row(id);
        match rule.cause {
            Cause::Obligation(of, on) => self.happened.iter().any(|(stage, own, happened)| {
                (*own, *happened) == (of, on) && [Scope::Always, Scope::Stage(*stage)].contains(&rule.scope)
            }),
            _ => self.clocks.contains(&id),
        }
    }
}

/// When it is a fault that something falls away with a case that ends well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Falls {
    /// Whatever ends the case: it was to go on when its stage is left.
    Always,
    /// When the pathway ends it; whoever reports an event from outside ends it as it is.
    ByItself,
}

/// Whether an opening must be closed before a case ends well.
pub(crate) fn falls_away(protocol: &Protocol, id: OpeningId) -> Option<Falls> {
    let row = protocol.openings.row(id);
    if row.mode != Mode::Must {
        return None;
    }
    match &protocol.obligations.row(row.obligation).spec {
        // What is measured after closing is opened at the end, and meant to be.
        Spec::Contact(_) => None,
        _ if row.keeps_running => Some(Falls::Always),
        // A case that ends well waits for it by itself.
        Spec::Referral(_) => None,
        // Whoever has to answer is not the project, or has a case of their own.
        Spec::Question(_) | Spec::Sub(_) => None,
        // It goes with what it is about.
        Spec::Escalation(_) => None,
        // It ends when its goals are met.
        Spec::Series(_) => None,
        _ => is_of_a_stage(protocol, id).then_some(Falls::ByItself),
    }
}

/// Whether a stage opens it when it is entered.
fn is_of_a_stage(protocol: &Protocol, id: OpeningId) -> bool {
    protocol.stages.rows().any(|stage| stage.opens.contains(&id))
}

/// Whether it can be the good end of a case: also by way of a stage that has been entered as often as it may be.
pub(crate) fn may_end_well(protocol: &Protocol, target: Target) -> bool {
    let mut target = target;
    // Limits that lead to each other lead nowhere.
    for _ in 0..=protocol.stages.len() {
        target = match target {
            Target::End(end) => return protocol.ends.row(end).kind == EndKind::Success,
            Target::Back => return false,
            Target::Stage(stage) => match protocol.stages.row(stage).limit {
                Some(limit) => limit.otherwise,
                None => return false,
            },
        };
    }
    false
}

/// Whether somebody is to do it from now on. An escalation has told what it tells at once.
fn is_begun_for_somebody(protocol: &Protocol, opening: OpeningId) -> bool {
    let row = protocol.openings.row(opening);
    let spec = &protocol.obligations.row(row.obligation).spec;
    row.mode == Mode::Must
        && !matches!(spec, Spec::Contact(_) | Spec::Escalation(_) | Spec::Sub(_) | Spec::Question(_))
}

/// Whether somebody did what a term is for.
pub(crate) const fn is_done(on: Happening) -> bool {
    matches!(
        on,
        Happening::Done
            | Happening::Named(_)
            | Happening::Accepted
            | Happening::TakenUp
            | Happening::Returned
    )
}

/// Whether the term still runs with which it was opened: a next attempt has a term of its own.
fn in_first_term(case: &Case, serial: Serial) -> bool {
    let first = case.instance(serial).is_some_and(|one| one.count == 0);
    first && case.timers.iter().any(|timer| timer.kind == TimerKind::Overdue(serial))
}

trait Closer {
    fn let_go(&mut self, seen: &Seen<'_>, serial: Serial, opening: OpeningId);
    fn dropped(&mut self, end: EndId, seen: &Seen<'_>);
    fn is_made_for_somebody(&self, opening: OpeningId) -> bool;
    fn happened(&mut self, seen: &Seen<'_>, opening: OpeningId, on: Happening);
    fn ran_out(&mut self, seen: &Seen<'_>);
    fn period(&mut self, seen: &Seen<'_>, of: Serial);
}

impl Closer for (&Protocol, &mut Collected) {
    /// A referral is let go of by the pathway itself, and the case goes on: nobody looks any more whether the household arrives.
    fn let_go(&mut self, seen: &Seen<'_>, serial: Serial, opening: OpeningId) {
        let protocol = self.0;
        let mut moved = seen.entries.iter().filter_map(|entry| match entry {
            Entry::Moved { serial: own, on, to, .. } if *own == serial && *on != Happening::Cancelled => {
                Some(*to)
            }
            _ => None,
        });
        let state = moved.next_back().or_else(|| seen.before.instance(serial).map(|one| one.state));
        let open = state.is_some_and(|state| holds_back(protocol, opening, state));
        let of = protocol.openings.row(opening).obligation;
        let goes_on = open && seen.after.is_running() && is_by_itself(protocol, seen.edge, seen.entries);
        if goes_on && !is_taken_up_elsewhere(protocol, seen, of) {
            add(self.1.let_go.entry(opening).or_default(), seen);
            self.1.look_again(seen);
        }
    }

    /// What must be done is closed before a case ends well.
    fn dropped(&mut self, end: EndId, seen: &Seen<'_>) {
        let good = self.0.ends.row(end).kind == EndKind::Success;
        if !matches!(seen.after.status, Status::Ended { .. }) {
            return;
        }
        let closed = |own: Serial| {
            let moved = |entry: &Entry| {
                matches!(entry, Entry::Moved { serial, on, .. }
                if *serial == own && *on != Happening::Cancelled)
            };
            seen.entries.iter().any(moved)
        };
        let before = seen.before.open.iter().map(|instance| (instance.serial, instance.opening, false));
        // What the step that ends the case has itself opened is dropped with it.
        let now = seen.entries.iter().filter_map(|entry| match entry {
            Entry::Opened { serial, opening, .. } => Some((*serial, *opening, true)),
            _ => None,
        });
        let by_itself = is_by_itself(self.0, seen.edge, seen.entries);
        // What was let go of before the last rule applied falls away with a stage that was left before the end came.
        let last =
            seen.entries.iter().rposition(|entry| matches!(entry, Entry::RuleFired { .. })).unwrap_or(0);
        let left = |own: Serial| {
            let earlier = seen.entries.iter().take(last);
            earlier.into_iter().any(|entry| matches!(entry, Entry::Moved { serial, .. } if *serial == own))
        };
        for (serial, opening, anew) in before.chain(now) {
            let binds = match falls_away(self.0, opening) {
                // Whoever ends a case otherwise gives up what is open; nobody opens something to give it up at once.
                Some(Falls::Always) if good => true,
                Some(Falls::ByItself) if good => by_itself,
                // The end waits for a referral that is open, and not for one that is made with the end itself.
                _ => anew && self.is_made_for_somebody(opening),
            };
            if binds && !closed(serial) && !left(serial) {
                add(self.1.dropped.entry((opening, end)).or_default(), seen);
                self.1.look_again(seen);
            }
        }
    }

    fn is_made_for_somebody(&self, opening: OpeningId) -> bool {
        let is_made = is_referred(self.0, opening) || !is_of_a_stage(self.0, opening);
        is_made && is_begun_for_somebody(self.0, opening)
    }

    fn happened(&mut self, seen: &Seen<'_>, opening: OpeningId, on: Happening) {
        let obligation = self.0.openings.row(opening).obligation;
        let stays = seen.before.stay.iter().chain(&seen.before.suspended);
        self.1.happened.extend(stays.map(|stay| (stay.stage, obligation, on)));
    }

    fn ran_out(&mut self, seen: &Seen<'_>) {
        let Edge::Fired(timer) = seen.edge else { return };
        let fired = seen.before.timers.iter().find(|own| own.id == *timer);
        match fired.map(|timer| timer.kind) {
            Some(TimerKind::Period { of, .. }) => self.period(seen, of),
            Some(TimerKind::Step { of, step }) => {
                let one = seen.before.instance(of);
                self.1.steps.extend(one.map(|one| (one.opening(self.0).obligation, step)));
            }
            Some(TimerKind::After(rule) | TimerKind::Every { rule, .. }) => {
                self.1.clocks.insert(rule);
            }
            _ => {}
        }
    }

    /// A period of a series that ends with enough visits.
    fn period(&mut self, seen: &Seen<'_>, of: Serial) {
        let Some(one) = seen.before.instance(of).filter(|one| is_rate(self.0, one)) else { return };
        let missed = |entry: &Entry| matches!(entry, Entry::Moved { serial, on: Happening::Missed | Happening::Over, .. } if *serial == of);
        if seen.entries.iter().any(missed) {
            self.1.was_late(one.opening, seen);
        } else {
            self.1.was_in_time(one.opening, seen);
        }
    }
}

/// The states from which no end is reached by what the pathway does.
pub(crate) fn without_end(search: &Search<'_>) -> Vec<usize> {
    let before = Ways::of(search.states.len(), || {
        search.states.iter().enumerate().flat_map(|(at, state)| {
            state.next.iter().filter(|(_, counts)| *counts).map(move |(to, _)| (*to, at))
        })
    });
    let mut leads = vec![false; search.states.len()];
    let mut open: Vec<usize> =
        (0..search.states.len()).filter(|at| search.states.get(*at).is_some_and(|s| s.ended)).collect();
    while let Some(at) = open.pop() {
        let Some(slot) = leads.get_mut(at).filter(|slot| !**slot) else { continue };
        *slot = true;
        open.extend(before.from(at));
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
