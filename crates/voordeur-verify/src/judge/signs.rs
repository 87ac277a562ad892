//! What is looked for in a search: the first steps that show each suspicion.

use voordeur_engine::{Case, Entry, Event, Rejection, TimerKind, apply};
use voordeur_protocol::guard::Facts as _;
use voordeur_protocol::{
    Cause, FieldId, Happening, Kind, ObligationId, OpeningId, Protocol, Rule, RuleId, Scope, Shows, StageId,
    Suspicion,
};

use super::again::again;
use super::helped::Helped;
use super::probes::{Probe, Probed};
use super::unheard::Unheard;
use super::{Verdict, is_decided};
use crate::collect::Step;
use crate::edge::Edge;
use crate::explore::Search;
use crate::inert::Watched;
use crate::normal::bare;
use crate::observe::{Observer, Seen, Watch};
use crate::replay::{Effort, History, Moment, refused_after, replay_where, way_to};
use crate::shelf::Question;
use voordeur_engine::waits_for_ever;

/// What is looked for.
pub(super) struct Looking<'a> {
    protocol: &'a Protocol,
    pub(super) wanted: Vec<Wanted<'a>>,
    /// The stages that help, where it is looked for whom nobody looks back to.
    helping: &'a [StageId],
}

/// So many steps that show a suspicion are played on real dates: where moments are taken together the first one may be none.
pub(super) const MOST_STEPS: usize = 8;

/// A step that shows a suspicion.
struct Found {
    step: Step,
    /// Its number in the search.
    number: Option<u32>,
    /// Whether the engine refuses it.
    refused: bool,
}

/// A suspicion, and the first steps that show it.
pub(super) struct Wanted<'a> {
    shows: &'a Shows,
    probe: &'a Probe,
    stage: Option<StageId>,
    /// What is looked for where something may not be heard.
    unheard: Option<Unheard<'a>>,
    found: Vec<Found>,
    /// So many are looked for.
    most: usize,
}

impl<'a> Looking<'a> {
    /// Looks for these of the suspicions, by number.
    pub(super) fn new(probed: &'a Probed, suspicions: &'a [Suspicion], of: &[usize], most: usize) -> Self {
        let these = of.iter().filter_map(|at| suspicions.get(*at).zip(probed.probes.get(*at)));
        let wanted = these.map(|(suspicion, probe)| {
            let (shows, stage) = (&suspicion.shows, suspicion.stage);
            let unheard = Unheard::of(&probed.protocol, suspicion, probe);
            Wanted { shows, probe, stage, unheard, found: Vec::new(), most }
        });
        let helping = suspicions.iter().find_map(|suspicion| match &suspicion.shows {
            Shows::LetGo(helping, _) => Some(helping.as_slice()),
            _ => None,
        });
        Self { protocol: &probed.protocol, wanted: wanted.collect(), helping: helping.unwrap_or_default() }
    }

    /// What the suspicions are about may else be left out as inert.
    pub(super) fn watched(&self) -> Watched {
        let mut watched = Watched::default();
        for wanted in &self.wanted {
            match wanted.probe {
                Probe::Rules(probes) => watched.rules.extend(probes),
                Probe::Unheard { answers, .. } => watched.rules.extend(answers.iter().flatten()),
                _ => {}
            }
            match wanted.shows {
                Shows::Lies(opening, _)
                | Shows::Happens(opening, _)
                | Shows::HandedOver(opening, _)
                | Shows::WithoutConsent(opening)
                | Shows::Again(opening) => {
                    watched.obligations.insert(self.protocol.openings.row(*opening).obligation);
                }
                Shows::Both(rule, _) | Shows::Unrecorded(rule, _) | Shows::Applies(rule) => {
                    self.watch(&mut watched, *rule);
                }
                Shows::None { rules, .. } => rules.iter().for_each(|rule| self.watch(&mut watched, *rule)),
                Shows::Awaited { obligation, .. } => drop(watched.obligations.insert(*obligation)),
                Shows::Answered(field) => {
                    watched.obligations.extend(Question::of(self.protocol, *field).obligations());
                }
                Shows::LetGo(..)
                | Shows::Branches(..)
                | Shows::Nowhere(_)
                | Shows::Reached(_)
                | Shows::Waits(_)
                | Shows::Endless => {}
            }
            // Whatever has a term may hold somebody to something, and of what only tells somebody later a clock runs until then.
            if matches!(wanted.shows, Shows::Lies(..) | Shows::Waits(_)) {
                let timed = |row: &Rule| matches!(row.cause, Cause::After(..) | Cause::Birthday { .. });
                let all = self.protocol.rules.iter().filter(|(_, row)| timed(row));
                watched.rules.extend(all.map(|(id, _)| id));
                let termed = self.protocol.openings.rows().filter(|row| row.term.is_some());
                watched.obligations.extend(termed.map(|row| row.obligation));
            }
        }
        watched
    }

    fn watch(&self, watched: &mut Watched, rule: RuleId) {
        match self.protocol.rules.row(rule).cause {
            Cause::Obligation(of, _) => drop(watched.obligations.insert(of)),
            _ => drop(watched.rules.insert(rule)),
        }
    }
}

impl Observer for Looking<'_> {
    fn look(&mut self, seen: &Seen<'_>) -> Watch {
        let helped = Helped::of_memory(seen.watch).after(self.protocol, self.helping, seen.entries);
        for wanted in self.wanted.iter_mut().filter(|wanted| wanted.looks_for(seen.step)) {
            let let_go = matches!(wanted.shows, Shows::LetGo(_, end) if helped.let_go == Some(*end));
            if let_go || wanted.is_shown(self.protocol, seen) {
                let step = (seen.from, seen.edge.clone());
                wanted.found.push(Found { step, number: seen.step, refused: false });
            }
        }
        Watch { state: helped.memory(), ..Watch::default() }
    }

    fn refused(&mut self, from: Option<usize>, edge: &Edge, why: &Rejection) {
        for wanted in self.wanted.iter_mut().filter(|wanted| wanted.looks_for(None)) {
            if wanted.is_refusal(self.protocol, why) {
                wanted.found.push(Found { step: (from, edge.clone()), number: None, refused: true });
            }
        }
    }

    fn is_done(&self) -> bool {
        self.wanted.iter().all(|wanted| wanted.found.len() >= wanted.most)
    }
}

impl Wanted<'_> {
    /// Whether a step with this number is not yet known to show it, and one more is looked for.
    fn looks_for(&self, number: Option<u32>) -> bool {
        let is_known = number.is_some() && self.found.iter().any(|one| one.number == number);
        self.found.len() < self.most && !is_known
    }

    fn is_shown(&self, protocol: &Protocol, seen: &Seen<'_>) -> bool {
        match (self.shows, self.probe) {
            (_, Probe::Nothing) => false,
            (_, Probe::Branch(trigger, number)) => seen.entries.iter().any(|entry| {
                matches!(entry, Entry::Reported { trigger: own, branch, .. } if own == trigger && branch == number)
            }),
            (_, Probe::Unheard { .. }) => {
                self.unheard.as_ref().is_some_and(|unheard| unheard.is_shown(seen.entries, seen.after))
            }
            (Shows::Both(one, other), Probe::Rules(probes)) => at_once(seen, probes, [*one, *other]),
            (_, Probe::Rules(probes)) => probes.iter().any(|probe| fired(seen, *probe)),
            (shows, Probe::Engine) => self.is_seen(protocol, shows, seen),
        }
    }

    fn is_seen(&self, protocol: &Protocol, shows: &Shows, seen: &Seen<'_>) -> bool {
        match shows {
            Shows::Nowhere(trigger) => seen.entries.iter().any(|entry| {
                matches!(entry, Entry::Reported { trigger: own, branch: u16::MAX, .. } if own == trigger)
            }),
            Shows::Happens(opening, on) => {
                let of = protocol.openings.row(*opening).obligation;
                happens(protocol, seen, of, *on) && self.is_here(protocol, seen, *opening)
            }
            Shows::Lies(opening, on) => {
                let of = protocol.openings.row(*opening).obligation;
                happens(protocol, seen, of, *on)
                    && stage_of(seen.after) == self.stage
                    && waits_for_ever(protocol, seen.after)
            }
            Shows::Applies(rule) => fired(seen, *rule),
            Shows::Unrecorded(rule, field) => is_unknown(seen, *field) && has_its_turn(protocol, seen, *rule),
            Shows::HandedOver(opening, field) => opened_without(seen, *opening, *field),
            Shows::WithoutConsent(opening) => seen.entries.contains(&Entry::NotOpened { opening: *opening }),
            Shows::Reached(stage) => seen.entries.iter().any(
                |entry| matches!(entry, Entry::StageEntered { stage: own, .. } if own == stage),
            ),
            Shows::Waits(stage) => {
                stage_of(seen.after) == Some(*stage) && waits_for_ever(protocol, seen.after)
            }
            Shows::Answered(field) => {
                Question::of(protocol, *field).is_answered(seen.edge)
            }
            // What was seen before decides it.
            Shows::LetGo(..) => false,
            Shows::Both(..)
            | Shows::Branches(..)
            | Shows::None { .. }
            | Shows::Awaited { .. }
            | Shows::Again(_)
            | Shows::Endless => false,
        }
    }

    /// Whether a case is in the stage of the suspicion. What keeps running is answered where the case is by then, or on the way
    /// back to where it was interrupted.
    fn is_here(&self, protocol: &Protocol, seen: &Seen<'_>, opening: OpeningId) -> bool {
        let row = protocol.openings.row(opening);
        if row.keeps_running {
            let waits = |entry: &Entry| matches!(entry, Entry::Deferred { obligation, .. } if *obligation == row.obligation);
            return stage_of(seen.before) == self.stage && !seen.entries.iter().any(waits);
        }
        self.stage.is_none_or(|stage| stages(seen).any(|own| own == stage))
    }

    fn is_refusal(&self, protocol: &Protocol, why: &Rejection) -> bool {
        let line = |rule: &RuleId| protocol.rules.row(*rule).line;
        match (self.shows, why) {
            (Shows::Unrecorded(rule, field), Rejection::Unrecorded { field: name, line: own }) => {
                line(rule) == *own && protocol.fields.row(*field).name == *name
            }
            (Shows::Both(one, other), Rejection::Ambiguous { first, second }) => {
                let lines = [one, other].map(line);
                lines.contains(first) && lines.contains(second)
            }
            (Shows::None { rules, .. }, Rejection::Unanswered { event, stage }) => {
                let rule = rules.first().map(|rule| protocol.rules.row(*rule));
                rule.is_some_and(|rule| match (&rule.cause, rule.scope) {
                    (Cause::Event(id), Scope::Always) => protocol.events.row(*id).name == *event,
                    (Cause::Event(id), Scope::Stage(of)) => {
                        protocol.events.row(*id).name == *event && protocol.stages.row(of).name == *stage
                    }
                    _ => false,
                })
            }
            (Shows::Endless, Rejection::DoesNotSettle) => true,
            _ => false,
        }
    }

    pub(super) const fn is_seen_at_all(&self) -> bool {
        !self.found.is_empty()
    }

    /// What is decided, when `all` cases were looked at.
    pub(super) fn verdict(&self, search: &Search<'_>, all: bool) -> Verdict {
        if let Shows::Again(opening) = self.shows {
            let of = search.protocol.openings.row(*opening).obligation;
            return match again(search, of) {
                Some(history) => Verdict::Shown(history, true),
                None if all => Verdict::Never,
                None => Verdict::Open,
            };
        }
        match self.found.first() {
            Some(first) => {
                let mut all = self.found.iter();
                let played = all.find_map(|one| Some((self.history(search, one)?, one)));
                let (history, shown) = played.map_or((None, first), |(history, one)| (Some(history), one));
                let stage = shown.step.0.and_then(|from| search.stage(from));
                Verdict::Shown(history, self.stage.is_none() || self.stage == stage)
            }
            None if *self.probe == Probe::Nothing => Verdict::Untried,
            None if all && is_decided(search.protocol, self.shows) => Verdict::Never,
            None => Verdict::Open,
        }
    }

    fn history(&self, search: &Search<'_>, Found { step, refused, .. }: &Found) -> Option<History> {
        let (from, edge) = step;
        let mut way = from.map_or_else(Vec::new, |from| way_to(search, from));
        if *refused {
            return refused_after(search, &way, edge, |why| self.is_refusal(search.protocol, why));
        }
        way.push((edge.clone(), None));
        replay_where(search, &way, &|moments| self.is_confirmed(search, step, moments), Effort::Full)
    }

    /// Whether what happened last on real dates shows it too.
    fn is_confirmed(&self, search: &Search<'_>, (from, edge): &Step, moments: &[Moment]) -> bool {
        let Some((last, earlier)) = moments.split_last() else { return false };
        let protocol = search.protocol;
        let seen = |look: &dyn Fn(&Seen<'_>) -> bool| played(protocol, (*from, edge), earlier, last, look);
        match (self.probe, self.shows) {
            (Probe::Rules(probes), _) => {
                let fired =
                    |entry: &Entry| matches!(entry, Entry::RuleFired { rule } if probes.contains(rule));
                last.entries.iter().any(fired)
            }
            // Which timer it was only the search knows.
            (_, Shows::Unrecorded(..)) => true,
            (_, Shows::LetGo(helping, end)) => {
                Helped::in_history(protocol, helping, moments).let_go == Some(*end)
            }
            // A birthday that the search saw go by may be still to come for the household of a history.
            (_, Shows::Waits(stage)) => seen(&|seen| {
                let after = bare(protocol, &search.looks, seen.after.clone());
                stage_of(&after) == Some(*stage) && waits_for_ever(protocol, &after)
            }),
            (_, Shows::Lies(opening, on)) => {
                let happens = Shows::Happens(*opening, *on);
                seen(&|seen| self.is_seen(protocol, &happens, seen))
            }
            _ => seen(&|seen| self.is_shown(protocol, seen)),
        }
    }
}

/// Shows the last moment of a history to somebody.
fn played(
    protocol: &Protocol,
    (from, edge): (Option<usize>, &Edge),
    earlier: &[Moment],
    last: &Moment,
    look: &dyn Fn(&Seen<'_>) -> bool,
) -> bool {
    let mut before = Case::default();
    for moment in earlier {
        moment.entries.iter().for_each(|entry| apply(protocol, &mut before, moment.at, entry));
    }
    let mut after = before.clone();
    last.entries.iter().for_each(|entry| apply(protocol, &mut after, last.at, entry));
    look(&Seen::really((from, edge), &before, &after, &last.entries))
}

fn stage_of(case: &Case) -> Option<StageId> {
    Some(case.stay.as_ref()?.stage)
}

/// The stages in which a case is in the course of a step, and the one that was interrupted.
fn stages<'s>(seen: &'s Seen<'_>) -> impl Iterator<Item = StageId> + 's {
    let stays = [&seen.before.stay, &seen.before.suspended, &seen.after.stay].into_iter().flatten();
    let entered = seen.entries.iter().filter_map(|entry| match entry {
        Entry::StageEntered { stage, .. } => Some(*stage),
        _ => None,
    });
    stays.map(|stay| stay.stage).chain(entered)
}

fn fired(seen: &Seen<'_>, rule: RuleId) -> bool {
    seen.entries.contains(&Entry::RuleFired { rule })
}

/// Whether a probe applies, and neither of the two rules has had its turn before.
fn at_once(seen: &Seen<'_>, probes: &[RuleId], rules: [RuleId; 2]) -> bool {
    let mut had = rules.iter().any(|rule| seen.before.met.contains(rule));
    for entry in seen.entries {
        let Entry::RuleFired { rule } = entry else { continue };
        if probes.contains(rule) && !had {
            return true;
        }
        had |= rules.contains(rule);
    }
    false
}

fn happens(protocol: &Protocol, seen: &Seen<'_>, of: ObligationId, on: Happening) -> bool {
    seen.entries.iter().any(|entry| {
        matches!(entry, Entry::Moved { opening, on: own, .. }
            if *own == on && protocol.openings.row(*opening).obligation == of)
    })
}

/// Whether it is opened before anybody has recorded the field.
fn opened_without(seen: &Seen<'_>, opening: OpeningId, field: FieldId) -> bool {
    let mut known = seen.before.value(field).is_some();
    for entry in seen.entries {
        match entry {
            Entry::Recorded { field: own, .. } => known |= *own == field,
            Entry::Opened { opening: own, .. } if *own == opening && !known => return true,
            _ => {}
        }
    }
    false
}

/// Whether a field is unknown before a step, and not given with it.
fn is_unknown(seen: &Seen<'_>, field: FieldId) -> bool {
    let given = match seen.edge.reported() {
        Some(Event::Reported { data, .. } | Event::Occurred { data, .. }) => {
            data.iter().any(|(own, _)| *own == field)
        }
        _ => false,
    };
    !given && seen.before.value(field).is_none()
}

/// Whether time brings what a rule answers: there nothing is refused, and the rule only seems not to fit.
fn has_its_turn(protocol: &Protocol, seen: &Seen<'_>, rule: RuleId) -> bool {
    let row = protocol.rules.row(rule);
    let here = match row.scope {
        Scope::Always => true,
        Scope::Stage(stage) => stages(seen).any(|own| own == stage),
    };
    let Edge::Fired(timer) = seen.edge else { return false };
    here && match row.cause {
        Cause::Obligation(of, on) => happens(protocol, seen, of, on),
        _ => seen.before.timers.iter().filter(|own| own.id == *timer).any(|timer| match timer.kind {
            TimerKind::After(own) | TimerKind::Every { rule: own, .. } => own == rule,
            _ => false,
        }),
    }
}

/// What only another case sets off is not tried in full.
pub(super) fn is_foreign(protocol: &Protocol, of: ObligationId) -> bool {
    protocol.obligations.row(of).kind == Kind::Sub
}
