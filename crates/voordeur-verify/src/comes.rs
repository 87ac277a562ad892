//! What a step brings that must not come again and again by itself: a stage that is entered, or something that a rule opens
//! because of what became of an obligation. What `every` opens is meant to come again, and where somebody is called in each
//! time it does not come again unseen.

use std::collections::BTreeSet;

use smallvec::SmallVec;
use voordeur_engine::Entry;
use voordeur_protocol::guard::Expr;
use voordeur_protocol::{Cause, Effect, Id as _, ObligationId, OpeningId, Protocol, Rule, Spec, StageId};

use crate::ways::Ways;

/// What comes with a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Comes {
    /// The stage is entered.
    Stage(StageId),
    /// It is opened.
    Opened(ObligationId),
    /// Somebody is called in, and can see that it comes again.
    Escalated,
}

/// What comes with one step.
pub(crate) type Marks = SmallVec<[Comes; 2]>;

/// What comes with the entries of a step, of what may come again.
pub(crate) fn comes(protocol: &Protocol, again: &BTreeSet<ObligationId>, entries: &[Entry]) -> Marks {
    let stage = entries.iter().rev().find_map(|entry| match entry {
        Entry::StageEntered { stage, .. } => Some(Comes::Stage(*stage)),
        _ => None,
    });
    let opened = |opening| {
        entries.iter().any(|entry| matches!(entry, Entry::Opened { opening: own, .. } if *own == opening))
    };
    let mut all: Marks = stage.into_iter().collect();
    if again.is_empty() {
        return all;
    }
    let may_come = |what: &Comes| !matches!(what, Comes::Opened(of) if !again.contains(of));
    for entry in entries {
        let Entry::RuleFired { rule } = entry else { continue };
        let rule = protocol.rules.row(*rule);
        if matches!(rule.cause, Cause::Obligation(..) | Cause::Condition) {
            let marks =
                openings(rule).filter(|opening| opened(*opening)).map(|opening| mark(protocol, opening));
            all.extend(marks.filter(may_come));
        }
    }
    all
}

fn openings(rule: &Rule) -> impl Iterator<Item = OpeningId> {
    rule.effects.iter().filter_map(|effect| match effect {
        Effect::Open(opening) => Some(*opening),
        _ => None,
    })
}

fn mark(protocol: &Protocol, opening: OpeningId) -> Comes {
    if protocol.calls_somebody_in(opening) {
        return Comes::Escalated;
    }
    Comes::Opened(protocol.openings.row(opening).obligation)
}

/// What rules may open again and again, each because of what became of another one.
pub(crate) fn may_come_again(protocol: &Protocol) -> BTreeSet<ObligationId> {
    let mut ways = Vec::new();
    for rule in protocol.rules.rows() {
        let causes: Vec<ObligationId> = match rule.cause {
            Cause::Obligation(of, _) => vec![of],
            Cause::Condition => asked_of(&rule.guard),
            _ => continue,
        };
        let marks: Vec<Comes> = openings(rule).map(|opening| mark(protocol, opening)).collect();
        for what in marks.iter().filter(|_| !marks.contains(&Comes::Escalated)) {
            if let Comes::Opened(to) = what {
                ways.extend(causes.iter().map(|from| (from.index(), to.index())));
            }
        }
    }
    ways.extend(opened_by_escalations(protocol));
    let round = |part: &Vec<usize>| ways.iter().any(|(from, to)| part.contains(from) && part.contains(to));
    let graph = Ways::of(protocol.obligations.len(), || ways.iter().copied());
    let all = graph.parts().filter(round).flatten();
    all.map(ObligationId::from_index).collect()
}

/// What escalations open in their course.
fn opened_by_escalations(protocol: &Protocol) -> impl Iterator<Item = (usize, usize)> {
    protocol.obligations.iter().flat_map(|(id, row)| {
        let steps = match &row.spec {
            Spec::Escalation(escalation) => escalation.steps.as_slice(),
            _ => &[],
        };
        let opened = steps.iter().flat_map(|step| &step.effects).filter_map(|effect| match effect {
            Effect::Open(opening) => Some(protocol.openings.row(*opening).obligation.index()),
            _ => None,
        });
        opened.map(move |to| (id.index(), to))
    })
}

/// The obligations of which a condition asks what has happened to them.
fn asked_of(guard: &Expr) -> Vec<ObligationId> {
    let mut all = Vec::new();
    guard.walk(&mut |part| {
        if let Expr::Happened { obligations, .. } = part {
            all.extend(obligations);
        }
    });
    all
}
