//! Visits: how often they are made, by how many, and what is written down.

use std::collections::{BTreeMap, BTreeSet};

use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_messages::say;

use super::waits::waited_for;
use super::{Context, opened_by, visit_of};
use crate::checks::play::with_escalations;
use crate::checks::suspicion::Shows;
use crate::guard::Expr;
use crate::lifecycle::Happening;
use crate::model::{Cause, Mode, Rule, Scope, Spec, Stage, Target};
use crate::table::{EndId, ObligationId, OpeningId, StageId};

/// A longer questionnaire asks for somebody who writes while the other talks.
const LONG: usize = 8;

impl Context<'_> {
    pub(super) fn visiting(&mut self) {
        self.rounds_without_end();
        self.repeated_without_end();
        self.brought_back_without_end();
        self.attempts_without_end();
        if self.protocol.version_from.is_some() {
            self.visited_alone();
            self.nothing_written_down();
        }
    }

    fn visits_in(&self, stage: StageId) -> Vec<(OpeningId, ObligationId)> {
        let opened = self.opened_in(stage).into_iter().map(|opening| (opening, self.obligation(opening)));
        let visits = opened.filter(|(_, (_, row))| matches!(row.spec, Spec::Visit(_)));
        visits.map(|(opening, (id, _))| (opening, id)).collect()
    }

    /// Stages that lead round to each other with a visit among them, and nothing that makes it stop.
    fn rounds_without_end(&mut self) {
        let rounds = self.ways.rounds().to_vec();
        let endless = rounds.iter().filter(|round| !round.iter().any(|stage| self.is_bounded(*stage, round)));
        for round in endless.collect::<Vec<_>>() {
            let visit = round.iter().find_map(|stage| self.visits_in(*stage).first().copied());
            if let (Some((opening, visit)), Some(first)) = (visit, round.first()) {
                self.round_without_end(opening, visit, *first);
            }
        }
    }

    fn round_without_end(&mut self, opening: OpeningId, visit: ObligationId, stage: StageId) {
        let (name, stage) =
            (&self.protocol.obligations.row(visit).name, &self.protocol.stages.row(stage).name);
        let message = say!(
            "`{name}` can be made again and again, because the case comes back to `{stage}` without a limit: one visit becomes help without an end",
            name,
            stage
        );
        let help = say!(
            "write `stage {stage} at most 3 times, else -> …`, or let a task decide whether to go on",
            stage
        );
        self.comes_again(opening, message, help);
    }

    /// Whether it really comes again, all cases say.
    fn comes_again(&mut self, opening: OpeningId, message: String, help: String) {
        let span = *self.spans.openings.row(opening);
        let problem = Diagnostic::new(Finding::VisitsWithoutEnd, span, message).help(help);
        self.suspect(problem, Shows::Again(opening));
    }

    /// A limit, a way out by time, or a task after which somebody decides to stop.
    fn is_bounded(&self, stage: StageId, round: &BTreeSet<StageId>) -> bool {
        let row = self.protocol.stages.row(stage);
        let mut rules = self.protocol.rules.rows().filter(|rule| rule.scope == Scope::Stage(stage));
        row.limit.is_some()
            || rules.any(|rule| {
                let leaves = match rule.target {
                    Some(Target::Stage(to)) => !round.contains(&to),
                    Some(Target::End(_)) => true,
                    _ => false,
                };
                leaves && (matches!(rule.cause, Cause::After(..)) || self.is_evaluation(rule))
            })
    }

    /// Whether somebody decides in a task whether to go on.
    fn is_evaluation(&self, rule: &Rule) -> bool {
        let Cause::Obligation(id, Happening::Done) = rule.cause else { return false };
        self.protocol.obligations.row(id).spec == Spec::Task && rule.guard != Expr::True
    }

    /// A visit that is offered anew each time, or that time brings again and again, in a stage that no time ends.
    fn repeated_without_end(&mut self) {
        for (stage, row) in self.protocol.stages.iter() {
            let time = |rule: &Rule| rule.target.is_some() && matches!(rule.cause, Cause::After(..));
            if row.timed.iter().map(|id| self.protocol.rules.row(*id)).any(time) {
                continue;
            }
            let mut rules = self.protocol.rules.rows().filter(|rule| rule.scope == Scope::Stage(stage));
            let evaluated = rules.any(|rule| rule.target.is_some() && self.is_evaluation(rule));
            let every: BTreeSet<OpeningId> = if evaluated { BTreeSet::new() } else { self.again(row) };
            for (opening, visit) in self.visits_in(stage) {
                if self.protocol.openings.row(opening).repeatable || every.contains(&opening) {
                    let name = &self.protocol.obligations.row(visit).name;
                    let message = say!(
                        "`{name}` can be made again and again in `{stage}`, and no time ends it: one visit becomes help without an end",
                        name,
                        stage = row.name
                    );
                    let help = say!("add `after 3 months -> …` to `{stage}`", stage = row.name);
                    self.comes_again(opening, message, help);
                }
            }
        }
    }

    /// What a stage opens each time that so much time has gone by.
    fn again(&self, stage: &Stage) -> BTreeSet<OpeningId> {
        let rules = stage.timed.iter().map(|id| self.protocol.rules.row(*id));
        let every = rules.filter(|rule| matches!(rule.cause, Cause::Every(_)));
        every.flat_map(|rule| opened_by(&rule.effects)).collect()
    }

    /// A visit that is opened once more by what comes of it: by a rule, or by an escalation that a rule begins.
    fn brought_back_without_end(&mut self) {
        let after = self.opened_after();
        let mut told: BTreeSet<ObligationId> = BTreeSet::new();
        let openings: Vec<OpeningId> = self.protocol.openings.iter().map(|(id, _)| id).collect();
        for opening in openings {
            let (visit, row) = self.obligation(opening);
            let is_visit = matches!(row.spec, Spec::Visit(_)) && follows(&after, visit);
            if !is_visit || !self.may_go_on(visit) || !told.insert(visit) {
                continue;
            }
            let message = say!(
                "`{name}` can be made again and again, because what comes of it opens it once more: one visit becomes help without an end",
                name = row.name
            );
            let help = say!("let a task decide whether to go on, or lead to a stage with a limit");
            self.comes_again(opening, message, help);
        }
    }

    /// What each obligation opens by what comes of it, without anybody who decides whether to go on.
    fn opened_after(&self) -> BTreeMap<ObligationId, BTreeSet<ObligationId>> {
        let mut after: BTreeMap<ObligationId, BTreeSet<ObligationId>> = BTreeMap::new();
        for rule in self.protocol.rules.rows().filter(|rule| !self.is_evaluation(rule)) {
            let opened = with_escalations(self.protocol, opened_by(&rule.effects).collect());
            for (of, _) in rule.occasions() {
                after.entry(of).or_default().extend(opened.iter().map(|one| self.obligation(*one).0));
            }
        }
        after
    }

    /// Whether it may be open in a stage that no time ends.
    fn may_go_on(&self, visit: ObligationId) -> bool {
        let ends = |stage: &Stage| {
            let mut rules = stage.timed.iter().map(|id| self.protocol.rules.row(*id));
            rules.any(|rule| rule.target.is_some() && matches!(rule.cause, Cause::After(..)))
        };
        let mut stages = self.protocol.stages.iter();
        stages.any(|(id, row)| self.in_play.has(self.protocol, id, visit) && !ends(row))
    }

    /// It has to be made, and nothing says how often it is tried or until when.
    fn attempts_without_end(&mut self) {
        let mut told: BTreeSet<OpeningId> = BTreeSet::new();
        for (opening, stage) in self.opened_in_stages() {
            let row = self.protocol.openings.row(opening);
            let name = &self.obligation(opening).1.name;
            let Spec::Visit(visit) = &self.obligation(opening).1.spec else { continue };
            let timed = self.protocol.stages.row(stage).timed.iter().map(|id| self.protocol.rules.row(*id));
            let ends = timed.into_iter().any(|rule| rule.target.is_some());
            let bounded = visit.attempts.is_some() || row.term.is_some() || ends;
            if row.mode == Mode::Must && !bounded && told.insert(opening) {
                let message = say!(
                    "nothing says how often `{name}` is tried: somebody may ring for ever, or stop after once",
                    name
                );
                let help = say!(
                    "add `attempts 3, 2 to 7 days apart` and `on {name} {word} -> …`",
                    name,
                    word = Happening::Exhausted.word_in(self.protocol.spelling).unwrap_or_default()
                );
                self.found(Finding::AttemptsWithoutEnd, *self.spans.openings.row(opening), message, help);
            }
        }
    }

    /// One person at a door where it may become unsafe, or with more questions than one can ask and write down.
    fn visited_alone(&mut self) {
        for (id, row) in self.protocol.obligations.iter() {
            let Some(visit) = visit_of(&row.spec).filter(|_| row.people == 1) else { continue };
            let span = *self.spans.obligations.row(id);
            if row.asks.len() > LONG {
                let message = say!(
                    "one person asks and writes down {count} things in `{name}`: then the problems below do not come to light",
                    count = row.asks.len(),
                    name = row.name
                );
                self.found(Finding::VisitorAlone, span, message, say!("write `by … x 2`, or ask less"));
            } else if visit.unannounced.is_some() && !visit.may_break_off {
                let message = say!(
                    "one person goes to `{name}` unannounced, and nothing says what to do when it becomes unsafe",
                    name = row.name
                );
                self.found(
                    Finding::VisitorAlone,
                    span,
                    message,
                    say!("write `by … x 2`, or `may break off`"),
                );
            }
        }
    }

    fn nothing_written_down(&mut self) {
        for (id, row) in self.protocol.obligations.iter() {
            if visit_of(&row.spec).is_none() {
                continue;
            }
            let span = *self.spans.obligations.row(id);
            if row.asks.is_empty() && !self.is_asked_afterwards(id) {
                let message = say!(
                    "nothing that is seen in `{name}` is written down: what was gathered is lost with the visitor",
                    name = row.name
                );
                let help = say!("add `records …` with fields of `data`, or a task after it that `asks …`");
                self.found(Finding::VisitWithoutRecord, span, message, help);
            } else if !row.asks.is_empty() && self.goes_straight_out(id) {
                let message = say!(
                    "after `{name}` every case ends, whatever was found: nothing says what follows from the visit",
                    name = row.name
                );
                let help = say!(
                    "lead to a stage with `must task report_it \"Report with follow-up\" by … within 1 week`, or tell cases apart with `when`"
                );
                self.found(Finding::VisitWithoutReport, span, message, help);
            }
        }
    }

    fn rules_on_done(&self, id: ObligationId) -> impl Iterator<Item = &Rule> {
        let is_done = |on| matches!(on, Happening::Done | Happening::AllDone);
        self.protocol.rules.rows().filter(move |rule| waited_for(rule, is_done).contains(&id))
    }

    /// Whether what follows asks something, or an event tells it.
    fn is_asked_afterwards(&self, id: ObligationId) -> bool {
        let asks = |opening: OpeningId| !self.obligation(opening).1.asks.is_empty();
        let follows = self.rules_on_done(id).any(|rule| {
            let stage = match rule.target {
                Some(Target::Stage(stage)) => self.opened_in(stage),
                _ => Vec::new(),
            };
            opened_by(&rule.effects).chain(stage).any(asks)
        });
        follows || self.protocol.events.rows().any(|event| !event.asks.is_empty())
    }

    /// Whether every rule on it leads to one end, whatever was found.
    fn goes_straight_out(&self, id: ObligationId) -> bool {
        let mut ends: BTreeSet<EndId> = BTreeSet::new();
        let all = self.rules_on_done(id).all(|rule| {
            let end = rule.target.and_then(|target| self.ends_by_itself(target));
            ends.extend(end);
            end.is_some() && rule.effects.is_empty()
        });
        all && ends.len() == 1
    }
}

/// Whether an obligation comes of itself in the end.
fn follows(after: &BTreeMap<ObligationId, BTreeSet<ObligationId>>, of: ObligationId) -> bool {
    let mut known: BTreeSet<ObligationId> = BTreeSet::new();
    let mut waiting: Vec<ObligationId> = vec![of];
    while let Some(one) = waiting.pop() {
        for next in after.get(&one).into_iter().flatten() {
            if *next == of {
                return true;
            }
            if known.insert(*next) {
                waiting.push(*next);
            }
        }
    }
    false
}
