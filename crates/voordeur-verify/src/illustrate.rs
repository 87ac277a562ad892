//! Case histories for what the checks find without one: each is looked for over the state space of the faulty
//! pathway, and played on the engine with real dates before it is shown.

use std::collections::BTreeSet;

use voordeur_diagnostics::{Diagnostic, Rule as Finding, Span};
use voordeur_engine::{Case, Data, Entry, Event, Rejection};
use voordeur_messages::say;
use voordeur_protocol::guard::{Expr, Facts};
use voordeur_protocol::{
    Cause, Faulty, FieldId, Happening, ObligationId, OpeningId, Protocol, RuleId, Scope, Spans, StageId,
    TriggerId, Value,
};

use crate::collect::waits_for_ever;
use crate::explore::{Budget, Edge, Search};
use crate::inert::Watched;
use crate::observe::{Observer, Seen, Watch};
use crate::replay::{History, refused_after, replay, way_to};

/// Adds to each error a case history that shows it, where there is one within the budget.
pub fn illustrate(faulty: &Faulty, problems: &mut [Diagnostic], budget: Budget) {
    let Faulty { protocol, spans } = faulty;
    let wanted = |problem: &Diagnostic| problem.is_error().then(|| shows(protocol, spans, problem)).flatten();
    let wanted = problems.iter().enumerate().filter_map(|(at, problem)| Some((at, wanted(problem)?)));
    let mut looking =
        Looking { protocol, wanted: wanted.map(|(at, shows)| Wanted { at, shows, step: None }).collect() };
    if looking.wanted.is_empty() {
        return;
    }
    let mut search = Search::new(protocol, budget, &looking.watched());
    search.run(&mut looking);
    for wanted in &looking.wanted {
        let history = wanted.step.as_ref().and_then(|step| wanted.history(&search, step));
        if let (Some(history), Some(problem)) = (history, problems.get_mut(wanted.at)) {
            *problem = with_history(problem.clone(), protocol, &history);
        }
    }
}

/// The finding with a case history behind its help.
pub(crate) fn with_history(problem: Diagnostic, protocol: &Protocol, history: &History) -> Diagnostic {
    let lines = history.lines(protocol).join("\n  ");
    let help = problem.help.clone().unwrap_or_default();
    let said = say!("{help}\nthis is how it can come about:\n  {lines}", help, lines);
    problem.help(said)
}

impl Looking<'_> {
    /// What the findings are about may else be left out as inert.
    fn watched(&self) -> Watched {
        let mut watched = Watched::default();
        for wanted in &self.wanted {
            match &wanted.shows {
                Shows::Lies(opening, _) | Shows::Missed(opening) => {
                    watched.obligations.insert(self.protocol.openings.row(*opening).obligation);
                }
                Shows::None(rule) | Shows::Both(rule, _) => {
                    if let Cause::Obligation(of, _) = self.protocol.rules.row(*rule).cause {
                        watched.obligations.insert(of);
                    }
                }
                _ => {}
            }
        }
        watched
    }
}

/// What shows a finding.
enum Shows {
    /// A rule applies, and another one would have as well.
    Both(RuleId, RuleId),
    /// A report takes one branch of a trigger, and could have taken another.
    Branches(TriggerId, u16, u16),
    /// What a rule answers happens, and no rule answers it.
    None(RuleId),
    /// A report through a trigger leads nowhere.
    Nowhere(TriggerId),
    /// One of these happens to something opened here, and the case lies where it is.
    Lies(OpeningId, Vec<Happening>),
    /// A term of something opened here is missed, and nothing follows.
    Missed(OpeningId),
    /// A rule needs what nobody has recorded.
    Unrecorded(RuleId),
    /// A case is in a stage.
    Reached(StageId),
}

struct Wanted {
    /// Which of the findings.
    at: usize,
    shows: Shows,
    /// The state before the first step that shows it, and the step.
    step: Option<(Option<usize>, Edge)>,
}

fn shows(protocol: &Protocol, spans: &Spans, problem: &Diagnostic) -> Option<Shows> {
    let rule = |span: Span| spans.rules.iter().find(|(_, own)| **own == span).map(|(id, _)| id);
    let opening = || spans.openings.iter().find(|(_, own)| **own == problem.span).map(|(id, _)| id);
    let stage = || spans.stages.iter().find(|(_, own)| **own == problem.span).map(|(id, _)| id);
    let shows = match problem.rule {
        Finding::OverlappingGuards => {
            let first = problem.labels.first()?.span;
            match (rule(first), rule(problem.span)) {
                (Some(first), Some(second)) => Shows::Both(first, second),
                _ => {
                    let (trigger, one) = branch(spans, first)?;
                    Shows::Branches(trigger, one, branch(spans, problem.span)?.1)
                }
            }
        }
        Finding::GapInGuards => match rule(problem.span) {
            Some(rule) => Shows::None(rule),
            None => Shows::Nowhere(branch(spans, problem.span)?.0),
        },
        Finding::UnhandledOutcome | Finding::ReferralWithoutFallback => {
            let opening = opening()?;
            Shows::Lies(opening, told(protocol, opening, &problem.message))
        }
        Finding::DeadlineWithoutAnswer => Shows::Missed(opening()?),
        Finding::MayBeUnrecorded => Shows::Unrecorded(rule(problem.span)?),
        Finding::NoWayOut => Shows::Reached(stage()?),
        _ => return None,
    };
    Some(shows)
}

/// What a message says that happens.
fn told(protocol: &Protocol, opening: OpeningId, message: &str) -> Vec<Happening> {
    let row = protocol.obligations.row(protocol.openings.row(opening).obligation);
    let named = (0..row.named.len()).filter_map(|at| u8::try_from(at).ok()).map(Happening::Named);
    let words: Vec<&str> = message.split([' ', '`', ',']).collect();
    let is_told = |on: &Happening| words.contains(&row.happening_name(*on, protocol.spelling).as_str());
    Happening::all().chain(named).filter(is_told).collect()
}

fn branch(spans: &Spans, span: Span) -> Option<(TriggerId, u16)> {
    spans.branches.iter().find_map(|(id, row)| {
        let at = row.iter().position(|own| *own == span)?;
        Some((id, u16::try_from(at).ok()?))
    })
}

struct Looking<'a> {
    protocol: &'a Protocol,
    wanted: Vec<Wanted>,
}

impl Observer for Looking<'_> {
    fn look(&mut self, seen: &Seen<'_>) -> Watch {
        for wanted in self.wanted.iter_mut().filter(|wanted| wanted.step.is_none()) {
            if wanted.shows.is_shown(self.protocol, seen) {
                wanted.step = Some((seen.from, seen.edge.clone()));
            }
        }
        Watch::default()
    }

    fn refused(&mut self, from: usize, edge: &Edge, why: &Rejection) {
        let protocol = self.protocol;
        for wanted in self.wanted.iter_mut().filter(|wanted| wanted.step.is_none()) {
            if wanted.shows.is_refusal(protocol, why) {
                wanted.step = Some((Some(from), edge.clone()));
            }
        }
    }

    fn is_done(&self) -> bool {
        self.wanted.iter().all(|wanted| wanted.step.is_some())
    }
}

impl Shows {
    fn is_shown(&self, protocol: &Protocol, seen: &Seen<'_>) -> bool {
        let fired = |rule: RuleId| seen.entries.contains(&Entry::RuleFired { rule });
        match self {
            Self::Both(first, second) => {
                let holds = |rule: RuleId| known(protocol, seen).holds(&protocol.rules.row(rule).guard);
                fired(*first) && holds(*second) || fired(*second) && holds(*first)
            }
            Self::Branches(trigger, one, other) => {
                let took = |number: u16| {
                    let took = |entry: &Entry| {
                        matches!(entry, Entry::Reported { trigger: own, branch, .. } if own == trigger && *branch == number)
                    };
                    seen.entries.iter().any(took)
                };
                let holds = |number: u16| {
                    let row = protocol.triggers.row(*trigger).branches.get(usize::from(number));
                    row.is_some_and(|row| known(protocol, seen).holds(&row.guard))
                };
                took(*one) && holds(*other) || took(*other) && holds(*one)
            }
            Self::None(rule) => is_unanswered(protocol, *rule, seen),
            Self::Nowhere(trigger) => seen.entries.iter().any(|entry| {
                matches!(entry, Entry::Reported { trigger: own, branch: u16::MAX, .. } if own == trigger)
            }),
            Self::Lies(opening, told) => {
                moved(seen, *opening, |on| told.contains(&on)) && !any_fired(seen) && waits_for_ever(protocol, seen.after)
            }
            Self::Missed(opening) => moved(seen, *opening, |on| on == Happening::Overdue) && !any_fired(seen),
            Self::Reached(stage) => {
                seen.entries.iter().any(|entry| matches!(entry, Entry::StageEntered { stage: own, .. } if own == stage))
            }
            Self::Unrecorded(_) => false,
        }
    }

    fn is_refusal(&self, protocol: &Protocol, why: &Rejection) -> bool {
        match (self, why) {
            (Self::Unrecorded(rule), Rejection::Unrecorded { line, .. }) => {
                protocol.rules.row(*rule).line == *line
            }
            (Self::Both(one, other), Rejection::Ambiguous { first, second }) => {
                let lines = [one, other].map(|rule| protocol.rules.row(*rule).line);
                lines.contains(first) && lines.contains(second)
            }
            (Self::None(rule), Rejection::Unanswered { event, .. }) => {
                match protocol.rules.row(*rule).cause {
                    Cause::Event(id) => protocol.events.row(id).name == *event,
                    _ => false,
                }
            }
            _ => false,
        }
    }
}

fn any_fired(seen: &Seen<'_>) -> bool {
    seen.entries.iter().any(|entry| matches!(entry, Entry::RuleFired { .. }))
}

fn moved(seen: &Seen<'_>, opening: OpeningId, wanted: impl Fn(Happening) -> bool) -> bool {
    seen.entries
        .iter()
        .any(|entry| matches!(entry, Entry::Moved { opening: own, on, .. } if *own == opening && wanted(*on)))
}

/// Whether what the rule answers happens where it stands, and nothing answers it.
fn is_unanswered(protocol: &Protocol, rule: RuleId, seen: &Seen<'_>) -> bool {
    let rule = protocol.rules.row(rule);
    let here = match rule.scope {
        Scope::Always => true,
        Scope::Stage(stage) => seen.before.stay.as_ref().is_some_and(|stay| stay.stage == stage),
    };
    let Cause::Obligation(of, on) = rule.cause else { return false };
    let happened = |entry: &Entry| {
        matches!(entry, Entry::Moved { opening, on: own, .. }
            if *own == on && protocol.openings.row(*opening).obligation == of)
    };
    here && seen.entries.iter().any(happened) && !any_fired(seen)
}

/// What conditions could read in a step.
struct Known<'s> {
    before: &'s Case,
    given: Option<&'s Data>,
    happened: BTreeSet<(ObligationId, Happening)>,
}

fn known<'s>(protocol: &Protocol, seen: &'s Seen<'_>) -> Known<'s> {
    let given = match seen.edge {
        Edge::Reported(Event::Reported { data, .. } | Event::Occurred { data, .. }) => Some(data),
        _ => None,
    };
    let moved = seen.entries.iter().filter_map(|entry| match entry {
        Entry::Moved { opening, on, .. } => Some((protocol.openings.row(*opening).obligation, *on)),
        _ => None,
    });
    Known { before: seen.before, given, happened: moved.collect() }
}

impl Known<'_> {
    fn holds(&self, guard: &Expr) -> bool {
        guard.holds(self) == Ok(true)
    }
}

impl Facts for Known<'_> {
    fn value(&self, field: FieldId) -> Option<&Value> {
        let given = self.given.and_then(|data| data.iter().find(|(own, _)| *own == field));
        given.map(|(_, value)| value).or_else(|| self.before.value(field))
    }

    fn happened(&self, obligation: ObligationId, happening: Happening) -> bool {
        self.happened.contains(&(obligation, happening)) || self.before.happened(obligation, happening)
    }
}

impl Wanted {
    fn history(&self, search: &Search<'_>, (from, edge): &(Option<usize>, Edge)) -> Option<History> {
        let mut way = from.map_or_else(Vec::new, |from| way_to(search, from));
        let cause = |rule: RuleId| &search.protocol.rules.row(rule).cause;
        let refusal = match &self.shows {
            Shows::Unrecorded(_) => true,
            Shows::None(rule) => matches!(cause(*rule), Cause::Event(_)),
            Shows::Both(rule, _) => matches!(cause(*rule), Cause::Event(_) | Cause::Obligation(..)),
            _ => false,
        };
        if refusal {
            return refused_after(search, &way, edge, |why| self.shows.is_refusal(search.protocol, why));
        }
        way.push((edge.clone(), None));
        replay(search, &way)
    }
}
