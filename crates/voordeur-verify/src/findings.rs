//! What is wrong with a pathway, as far as its state space shows it: each finding with a case history that was
//! played on the engine.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use voordeur_diagnostics::{Diagnostic, Rule as Finding, Span};
use voordeur_engine::Case;
use voordeur_messages::say;
use voordeur_protocol::guard::Expr;
use voordeur_protocol::model::EndKind;
use voordeur_protocol::{
    Anchor, Cause, CheckedProtocol, EndId, Happening, ObligationId, OpeningId, Protocol, Rule, RuleId, Scope,
    Spec, StageId,
};

mod certain;
mod fallen;
pub(crate) mod rounds;
mod shelf;
mod steps;
mod terms;
mod unrecorded;

use self::terms::Doubt;
use crate::collect::{Collected, Falls, Reached, Step, falls_away, may_end_well, without_end};
use crate::comes::may_come_again;
use crate::explore::{Budget, Incomplete, Search};
use crate::facts::all_watched;
use crate::inert::Watched;
use crate::promise::{Kept, Promise, keep_beside};
use crate::replay::{Effort, History, Moment, replay, replay_soon, replay_where, way_to, way_with};
use crate::waiting::shown_by_waiting;
use voordeur_engine::{rounds_of, waits_for_ever};

/// For so many steps that show the same fault dates are looked for all over the year.
const MOST_WITH_EFFORT: usize = 3;

/// So many states of a stage in which a case waits are tried on real dates.
const MOST_WAITS: usize = 24;

/// What the state space of a pathway shows.
#[derive(Debug)]
pub struct Report {
    /// What is wrong.
    pub findings: Vec<Diagnostic>,
    /// How many situations were looked at.
    pub situations: usize,
    /// Why not all of them were, when that is so.
    pub incomplete: Option<Incomplete>,
    /// How many findings there are in doubt: no history with real dates was found for them.
    pub unconfirmed: usize,
}

/// Looks at the whole state space of a pathway.
#[must_use]
pub fn verify(protocol: &CheckedProtocol, budget: Budget) -> Report {
    verify_with(protocol, &[], budget, false).0
}

/// Looks at the whole state space of a pathway, and whether these promises about it are kept: what can happen in a
/// situation is asked once for both. With `witness` also for the histories that show what is kept, as [`keep`] does.
///
/// [`keep`]: crate::keep()
#[must_use]
pub fn verify_with(
    protocol: &CheckedProtocol,
    promises: &[&Promise],
    budget: Budget,
    witness: bool,
) -> (Report, Vec<Kept>) {
    let world = dated(protocol);
    let doubts = terms::doubts(protocol);
    let mut watched = may_be_forgotten(protocol);
    watched.obligations.extend(terms::watched(protocol, &doubts));
    watched.obligations.extend(may_come_again(protocol));
    let timed = promises.iter().any(|promise| promise.has_terms());
    let mut search = Search::new(&world, budget, &watched).with_deadline(timed).in_chains_where_asked();
    let mut seen = Collected::default();
    let mut observer = (&*world, &mut seen);
    if promises.is_empty() {
        search.run(&mut observer);
    } else {
        search.run_keeping_steps(&mut observer);
    }
    let undecided = certain::look(&search, &mut seen, &watched, budget);
    let report = report(protocol, &search, &seen, &watched, budget, &doubts, undecided);
    share_what_is_left(&mut search, promises);
    let kept = promises.iter().map(|promise| keep_beside(promise, &mut search, witness)).collect();
    (report, kept)
}

/// Where the pathway alone takes more than the budget, so does each of its promises: they have it together. A case that
/// breaks one in few steps is found all the same.
fn share_what_is_left(search: &mut Search<'_>, promises: &[&Promise]) {
    let statements: usize = promises.iter().map(|promise| promise.statements.len()).sum();
    if search.incomplete.is_some() {
        let states = search.budget().states / statements.max(1);
        search.set_budget(Budget { states });
    }
}

/// A history is dated where the settings have the values of this edition.
fn dated(protocol: &CheckedProtocol) -> Cow<'_, Protocol> {
    let from = protocol.version_from.max(protocol.edition());
    if from == protocol.version_from {
        return Cow::Borrowed(protocol);
    }
    Cow::Owned(Protocol { version_from: from, ..Protocol::clone(protocol) })
}

fn report(
    protocol: &CheckedProtocol,
    search: &Search<'_>,
    seen: &Collected,
    watched: &Watched,
    budget: Budget,
    doubts: &[Doubt],
    undecided: Option<Incomplete>,
) -> Report {
    let incomplete = search.incomplete.or(undecided);
    let waiting = BTreeSet::new();
    let mut found = Found { protocol, search, findings: Vec::new(), unconfirmed: 0, incomplete, waiting };
    found.waits(budget);
    found.fallen(seen, watched, budget);
    found.unrecorded(seen);
    found.loops();
    if search.incomplete.is_none() {
        found.contradictions(doubts, seen, budget);
        found.no_end();
        // What follows from a term that cannot be kept is told when that is mended.
        let cannot = |one: &Diagnostic| one.rule == Finding::ContradictoryTerms && one.doubt.is_none();
        if !found.findings.iter().any(cannot) {
            found.unreached(seen, budget);
            found.steps(seen, budget);
            found.on_the_shelf(budget);
        }
    }
    Report {
        findings: found.findings,
        situations: search.looked_at(),
        incomplete: found.incomplete,
        unconfirmed: found.unconfirmed,
    }
}

/// The history of a step.
fn after(search: &Search<'_>, (from, edge): &Step) -> Option<History> {
    replay(search, &way_with(search, *from, edge))
}

/// The history of the first of some steps for which there are real dates that show something: rather one that is found soon.
fn after_one(search: &Search<'_>, steps: &[Step], shows: &dyn Fn(&[Moment]) -> bool) -> Option<History> {
    let way = |(from, edge): &Step| way_with(search, *from, edge);
    let soon = steps.iter().find_map(|step| replay_soon(search, &way(step), shows));
    let with_effort = |step| replay_where(search, &way(step), shows, Effort::Full);
    soon.or_else(|| steps.iter().take(MOST_WITH_EFFORT).find_map(with_effort))
}

/// What must be done and could be forgotten at the end; referrals are looked at one by one.
fn may_be_forgotten(protocol: &Protocol) -> Watched {
    let of = |opening: OpeningId| protocol.openings.row(opening).obligation;
    let kept = protocol.openings.iter().map(|(id, _)| id);
    let kept = kept.filter(|id| falls_away(protocol, *id) == Some(Falls::Always));
    let anywhere = protocol.rules.rows().any(|rule| rule.scope == Scope::Always && ends_well(protocol, rule));
    let ends = |stage: &StageId| {
        let here = |rule: &Rule| rule.scope == Scope::Stage(*stage) && ends_well(protocol, rule);
        anywhere || protocol.rules.rows().any(here)
    };
    let stages = protocol.stages.iter().filter(|(id, _)| ends(id));
    let own = stages.flat_map(|(_, stage)| stage.opens.iter().copied());
    let own = own.filter(|id| falls_away(protocol, *id).is_some());
    let beside = |id: &ObligationId| {
        !matches!(protocol.obligations.row(*id).spec, Spec::Referral(_) | Spec::Escalation(_))
    };
    Watched { obligations: kept.chain(own).map(of).filter(beside).collect(), ..Watched::default() }
}

fn ends_well(protocol: &Protocol, rule: &Rule) -> bool {
    rule.target.is_some_and(|target| may_end_well(protocol, target)) && !matches!(rule.cause, Cause::Event(_))
}

struct Found<'s, 'a> {
    protocol: &'a CheckedProtocol,
    search: &'s Search<'a>,
    findings: Vec<Diagnostic>,
    unconfirmed: usize,
    incomplete: Option<Incomplete>,
    /// The stages in which a case can wait for ever.
    waiting: BTreeSet<StageId>,
}

impl<'a> Found<'_, 'a> {
    /// Tells a fault when its history can be played.
    fn tell_history(&mut self, problem: Diagnostic, history: Option<History>) {
        match history {
            Some(history) => {
                self.findings.push(problem.history(history.scenes(self.protocol)));
            }
            None => self.suspect(problem),
        }
    }

    /// Tells a fault of which no history was found: as what may be, not as what is.
    fn suspect(&mut self, problem: Diagnostic) {
        self.unconfirmed += 1;
        self.findings.push(problem.doubt(say!("no case history with real dates was found that shows it")));
    }

    /// A case that waits, and no clock runs: once for each stage, and for what it waits for.
    fn waits(&mut self, budget: Budget) {
        if self.waiting(self.search).is_empty() {
            return;
        }
        // What never changes the way of a case may still hold somebody to something: here nothing is left out.
        let world: &Protocol = self.search.protocol;
        let look = |search: Search<'a>| {
            let mut search = search;
            search.run(&mut (world, &mut Collected::default()));
            search
        };
        let whole = look(Search::new(world, budget, &all_watched(world)));
        self.incomplete = self.incomplete.or(whole.incomplete);
        let mut told = self.waits_shown(&whole);
        if told.values().any(|(_, history)| history.is_none()) {
            // Where moments are taken together a case may seem to lie where none does.
            let sharper = look(Search::new(world, budget, &all_watched(world)).precisely());
            let all = sharper.incomplete.is_none();
            let mut seen = self.waits_shown(&sharper);
            told.retain(|stage, (_, history)| history.is_some() || !all || seen.contains_key(stage));
            for (stage, wait) in told.iter_mut().filter(|(_, (_, history))| history.is_none()) {
                *wait = seen.remove(stage).unwrap_or_else(|| wait.clone());
            }
        }
        for (stage, (problem, history)) in told {
            self.tell_history(problem, history);
            self.waiting.insert(stage);
        }
    }

    /// The stages in which a case can wait for ever, with the first history that can be played.
    fn waits_shown(&self, search: &Search<'_>) -> BTreeMap<StageId, (Diagnostic, Option<History>)> {
        let shown = self.waiting(search).into_iter().filter_map(|(stage, states)| {
            let history = |at: &usize| Some((*at, replay(search, &way_to(search, *at))?));
            let (at, history) = match states.iter().take(MOST_WAITS).find_map(history) {
                Some((at, history)) => (at, Some(history)),
                None => (*states.first()?, None),
            };
            Some((stage, (self.waits_in(stage, search.case(at)?), history)))
        });
        shown.collect()
    }

    /// The stages in which a case can wait for ever, each with the states in which it does, the first reached first.
    fn waiting(&self, search: &Search<'_>) -> BTreeMap<StageId, Vec<usize>> {
        let mut waiting: BTreeMap<StageId, Vec<usize>> = BTreeMap::new();
        for at in 0..search.states.len() {
            let Some(case) = search.case(at).filter(|case| waits_for_ever(self.protocol, case)) else {
                continue;
            };
            if let Some(stay) = &case.stay {
                waiting.entry(stay.stage).or_default().push(at);
            }
        }
        waiting
    }

    fn waits_in(&self, stage: StageId, case: &Case) -> Diagnostic {
        let open = case.open.iter().map(|one| format!("`{}`", one.obligation(self.protocol).name));
        let open: Vec<String> = open.collect();
        let name = &self.protocol.stages.row(stage).name;
        let rounds = rounds_of(self.protocol, stage).next().is_some();
        let message = match open.as_slice() {
            [] if rounds => {
                say!("a case can wait in `{name}` for ever: nobody has to see to what time brings back", name)
            }
            [] => say!("a case can wait in `{name}` for ever: nobody has to act and no clock runs", name),
            [open] => say!("a case can wait in `{name}` for ever: {open} has no term that runs", name, open),
            open => say!(
                "a case can wait in `{name}` for ever: {open} have no term that runs",
                name,
                open = open.join(", ")
            ),
        };
        let help = if rounds && open.is_empty() {
            say!("give what `every` opens a term, and let somebody of the project hear that it has gone by")
        } else {
            say!("give it a term (`within 2 weeks`), or add `every 1 week notify …` to the stage")
        };
        Diagnostic::error(Finding::WaitsForEver, *self.protocol.spans().stages.row(stage), message).help(help)
    }

    fn tell_dropped(&mut self, opening: OpeningId, end: EndId, history: Option<History>) {
        let row = self.protocol.openings.row(opening);
        let name = &self.protocol.obligations.row(row.obligation).name;
        let end = &self.protocol.ends.row(end).name;
        let message = say!("a case can end in `{end}` while `{name}` is still open", end, name);
        let span = *self.protocol.spans().openings.row(opening);
        let warm = match &self.protocol.obligations.row(row.obligation).spec {
            Spec::Referral(referral) => Some(referral.warm),
            _ => None,
        };
        let help = if warm == Some(false) && row.keeps_running {
            say!(
                "call it `warm`: then the case waits for it by itself; or let the case end `when {name} …`",
                name
            )
        } else if warm.is_some() && !row.keeps_running {
            say!("go to a stage first that waits for `on {name} …`, and end the case from there", name)
        } else if row.keeps_running {
            say!("let the case end `when {name} …`, or take out `keeps running`", name)
        } else {
            say!(
                "let the case end `when all of ({name}, …) done`, or write `may` for what need not be done",
                name
            )
        };
        let problem = Diagnostic::error(Finding::OpenAtClosure, span, message).help(help);
        self.tell_history(problem, history);
    }

    /// Situations from which nothing that the pathway does leads to an end: one for each stage.
    fn no_end(&mut self) {
        let mut told: BTreeSet<StageId> = BTreeSet::new();
        for at in without_end(self.search) {
            let Some(stage) = self.search.stage(at) else { continue };
            if !told.insert(stage) || self.waiting.contains(&stage) {
                continue;
            }
            let name = &self.protocol.stages.row(stage).name;
            let message = say!(
                "a case that gets to `{name}` like this never gets to an end by what the pathway does",
                name
            );
            let problem = Diagnostic::error(
                Finding::NoWayOut,
                *self.protocol.spans().stages.row(stage),
                message,
            )
            .help(say!(
                "add a rule with `-> …` that leads on to an end; a death or a move does not count as one"
            ));
            let history = replay(self.search, &way_to(self.search, at));
            self.tell_history(problem, history);
        }
    }

    /// Stages and ends that no case gets to, and rules that never apply.
    fn unreached(&mut self, seen: &Collected, budget: Budget) {
        let protocol = self.protocol;
        let mut lost = false;
        for (id, stage) in protocol.stages.iter().filter(|(id, _)| !seen.stages.contains_key(id)) {
            lost = true;
            let message = say!("no case ever gets to `{name}`, whatever happens", name = stage.name);
            self.unreachable(*protocol.spans().stages.row(id), message);
        }
        for (id, end) in protocol.ends.iter().filter(|(id, _)| !seen.ends.contains_key(id)) {
            let misfortune = end.kind == EndKind::Other && lost;
            if !misfortune {
                let message = say!("no case ever ends in `{name}`, whatever happens", name = end.name);
                self.unreachable(*protocol.spans().ends.row(id), message);
            }
        }
        let never: Vec<RuleId> =
            protocol.rules.iter().map(|(id, _)| id).filter(|id| !seen.rules.contains_key(id)).collect();
        let shown = shown_by_waiting(self.search, &never);
        for rule in never.into_iter().filter(|rule| !shown.contains(rule)) {
            self.never_applies(rule, seen, budget);
        }
    }

    fn unreachable(&mut self, span: Span, message: String) {
        let problem = Diagnostic::error(Finding::UnreachableStage, span, message);
        self.findings
            .push(problem.help(say!("take it out, or change the conditions and terms on the way to it")));
    }

    /// A rule that did not apply: perhaps only because what sets it off was left out as inert.
    fn never_applies(&mut self, id: RuleId, seen: &Collected, budget: Budget) {
        let protocol = self.protocol;
        let rule = protocol.rules.row(id);
        let reached = match rule.scope {
            Scope::Stage(stage) => seen.stages.contains_key(&stage),
            Scope::Always => true,
        };
        if !reached || matches!(rule.cause, Cause::Entry) || self.is_foreign(&rule.cause) || is_demanded(rule)
        {
            return;
        }
        let mut watched = Watched::default();
        match &rule.cause {
            Cause::Obligation(obligation, _) => watched.obligations.insert(*obligation),
            _ => watched.rules.insert(id),
        };
        let mut search = Search::new(protocol, budget, &watched).in_chains_where_asked();
        let mut again = Collected { until: [Reached::Rule(id)].into(), ..Collected::default() };
        let plain: &Protocol = protocol;
        search.run(&mut (plain, &mut again));
        let undecided = certain::look(&search, &mut again, &watched, budget);
        if again.rules.contains_key(&id) || search.incomplete.is_some() {
            self.incomplete = self.incomplete.or(undecided);
            return;
        }
        let by_time = self.waits_for_time(rule, &again) && !again.comes(protocol, id);
        self.dead(id, by_time);
    }

    /// What only another case sets off is not tried here.
    fn is_foreign(&self, cause: &Cause) -> bool {
        let Cause::Obligation(obligation, _) = cause else { return false };
        self.protocol.obligations.row(*obligation).kind == voordeur_protocol::Kind::Sub
    }

    /// Whether a rule waits for a clock that runs in some case.
    fn waits_for_time(&self, rule: &Rule, seen: &Collected) -> bool {
        match &rule.cause {
            Cause::After(..) | Cause::Every(_) => true,
            Cause::Obligation(of, on) => {
                let late = [Happening::Overdue, Happening::Slipped, Happening::Missed, Happening::Silent];
                late.contains(on) && seen.opened.contains(of)
            }
            _ => false,
        }
    }

    /// What a clock counts from, when that was cancelled with the stage before.
    fn left_behind(&self, rule: &Rule) -> Option<&str> {
        let (Cause::After(_, Anchor::Happened(of, on)), Scope::Stage(stage)) = (&rule.cause, rule.scope)
        else {
            return None;
        };
        let opens = |stage: StageId| {
            self.protocol
                .stages
                .row(stage)
                .opens
                .iter()
                .any(|one| self.protocol.openings.row(*one).obligation == *of)
        };
        let keeps = self.protocol.openings.rows().any(|row| row.obligation == *of && row.keeps_running);
        let lasts = matches!(on, Happening::Overdue | Happening::Slipped | Happening::Accepted);
        (lasts && !keeps && !opens(stage)).then(|| self.protocol.obligations.row(*of).name.as_str())
    }

    /// A rule that never applies, because its time never comes or for another reason.
    fn dead(&mut self, id: RuleId, by_time: bool) {
        let rule = self.protocol.rules.row(id);
        let span = *self.protocol.spans().rules.row(id);
        let problem = if let Some(name) = self.left_behind(rule).filter(|_| by_time) {
            let message = say!(
                "this clock never starts: `{name}` ends with its stage, and what happened to it before with it: `{rule}`",
                name,
                rule = rule.text
            );
            Diagnostic::warning(Finding::AlwaysOvertaken, span, message).help(say!(
                "count from the stage (`after 2 weeks -> …`), or let `{name}` go on with `keeps running`",
                name
            ))
        } else if by_time {
            let message = say!(
                "the time for this never comes: something else is always earlier: `{rule}`",
                rule = rule.text
            );
            Diagnostic::warning(Finding::AlwaysOvertaken, span, message).help(
                if matches!(rule.cause, Cause::Obligation(..)) {
                    say!("make its term shorter than the others of the stage, or those longer")
                } else {
                    say!("make its term shorter than the others of the stage, or take it out")
                },
            )
        } else {
            let message = say!("this can never apply: `{branch}`", branch = rule.text);
            Diagnostic::error(Finding::DeadRule, span, message)
                .help(say!("no case history sets it off; take it out or change its condition"))
        };
        self.findings.push(problem);
    }
}

/// Whether the file has to say it all the same: what follows when a series has run its course.
fn is_demanded(rule: &Rule) -> bool {
    let closing = matches!(rule.cause, Cause::Obligation(_, Happening::AllDone | Happening::Over));
    closing && rule.guard == Expr::True
}
