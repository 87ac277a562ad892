//! What is done because of an answer, in one step.

use std::collections::BTreeSet;

use smallvec::SmallVec;
use voordeur_engine::{Case, Data, Entry};
use voordeur_protocol::guard::Facts;
use voordeur_protocol::model::{Derived, EndKind, Start};
use voordeur_protocol::{
    Anchor, Cause, Effect, EndId, FieldId, Happening, ObligationId, Occurrence, Opening, OpeningId, Protocol,
    Rule, RuleId, Scope, Spec, Target, Value,
};

use super::{Question, Stepped, given};
use crate::cells::Cells;
use crate::classes::fields;
use crate::looks::Looks;

/// So many ways to answer everything that a condition reads are tried; where there are more it is taken to read the field.
const MOST_WAYS: usize = 4_096;

/// A field, and what follows from it.
pub(crate) fn follows_from(protocol: &Protocol, field: FieldId) -> SmallVec<[FieldId; 2]> {
    let derived = protocol.fields.iter().filter(|(_, row)| match row.derived {
        Some(Derived::Age(of) | Derived::Sum { of, .. }) => of == field,
        Some(Derived::Since(Start::From(Anchor::Field(of)), _)) => of == field,
        Some(Derived::Tally { of: Occurrence::Event(event), .. }) => {
            protocol.events.row(event).asks.contains(&field)
        }
        _ => false,
    });
    std::iter::once(field).chain(derived.map(|(id, _)| id)).collect()
}

/// What is done because of answers.
pub(super) struct Responds<'a> {
    protocol: &'a Protocol,
    cells: &'a Cells,
    looks: &'a Looks,
    /// What something looks at, or the file says why it is kept.
    looked_at: BTreeSet<FieldId>,
}

impl<'a> Responds<'a> {
    pub(super) fn new(protocol: &'a Protocol, cells: &'a Cells, looks: &'a Looks) -> Self {
        Self { protocol, cells, looks, looked_at: protocol.fields_looked_at() }
    }

    /// Whether somebody has something to do, or is told something, with a step.
    pub(super) fn is_done(&self, entries: &[Entry]) -> bool {
        entries.iter().any(|entry| match entry {
            Entry::Opened { .. } => true,
            Entry::RuleFired { rule } => {
                self.protocol.rules.row(*rule).effects.iter().any(|one| self.counts(one))
            }
            _ => false,
        })
    }

    /// What is recorded and never looked at is nothing that is done.
    fn counts(&self, effect: &Effect) -> bool {
        !matches!(effect, Effect::Record { field, .. } if !self.looked_at.contains(field))
    }

    /// Whether something is done in a step because of the answer to a question; `lively` says whether anything is done in some
    /// case from a state on.
    pub(super) fn to(
        &self,
        question: &Question,
        before: Option<(usize, &Case)>,
        step: &Stepped<'_>,
        lively: &dyn Fn(usize) -> bool,
    ) -> bool {
        let read = follows_from(self.protocol, question.field);
        let open = |serial| before.and_then(|(_, case)| Some(case.instance(serial)?.opening));
        let answered = || step.edge.is_some_and(|edge| question.is_answered(edge));
        let waits = |case: &Case| case.open.iter().any(|one| self.counts_from(one.opening, &read));
        if before.is_some_and(|(_, case)| waits(case)) && answered() {
            return true;
        }
        step.entries.iter().any(|entry| match entry {
            Entry::Opened { opening, .. } => self.takes(*opening, &read),
            // Whoever was asked before, and does something now, hears what was found meanwhile.
            Entry::Moved { opening, on, .. } => on.is_reported() && self.carries(*opening, &read),
            // A clock that runs already stands still or goes on because of it.
            Entry::ClockPaused { serial } | Entry::ClockRuns { serial, .. } => {
                let clock = open(*serial);
                clock.is_some_and(|opening| Self::is_paused(self.protocol.openings.row(opening), &read))
            }
            Entry::RuleFired { rule } => {
                let place = (before.map_or(&*EMPTY, |(_, case)| case), step);
                let waits = || before.is_some_and(|(at, _)| lively(at));
                self.answers(*rule, (question, &read), place, &waits, &|| lively(step.to))
            }
            _ => false,
        })
    }

    /// Whether what is opened takes the answer along, or its clock counts from it or stands still because of it.
    fn takes(&self, opening: OpeningId, read: &[FieldId]) -> bool {
        let row = self.protocol.openings.row(opening);
        Self::is_paused(row, read) || self.carries(opening, read) || self.counts_from(opening, read)
    }

    fn is_paused(row: &Opening, read: &[FieldId]) -> bool {
        let paused = row.paused.as_ref();
        paused.is_some_and(|(guard, _)| fields(guard).iter().any(|own| read.contains(own)))
    }

    fn counts_from(&self, opening: OpeningId, read: &[FieldId]) -> bool {
        let row = self.protocol.openings.row(opening);
        let spec = &self.protocol.obligations.row(row.obligation).spec;
        anchors(row, spec).any(|field| read.contains(&field))
    }

    fn carries(&self, opening: OpeningId, read: &[FieldId]) -> bool {
        let of = self.protocol.openings.row(opening).obligation;
        self.protocol.obligations.row(of).spec.goes_along().iter().any(|field| read.contains(field))
    }

    /// Whether a rule applies because of the answer, and what it does is not what is done with another one.
    fn answers(
        &self,
        id: RuleId,
        (question, read): (&Question, &[FieldId]),
        (before, step): (&Case, &Stepped<'_>),
        waits: &dyn Fn() -> bool,
        goes_on: &dyn Fn() -> bool,
    ) -> bool {
        let rule = self.protocol.rules.row(id);
        match &rule.cause {
            Cause::Birthday { of, .. } | Cause::After(_, Anchor::Field(of)) if read.contains(of) => {
                return true;
            }
            _ => {}
        }
        let asked = fields(&rule.guard);
        if !asked.iter().any(|field| read.contains(field)) {
            return false;
        }
        let does = || self.is_done(step.entries) || goes_on();
        let differs = |other: Option<&Rule>| match other {
            Some(other) => self.is_otherwise(rule, other, &does),
            // With another answer nothing happens then.
            None => rule.target.is_some() || does() || waits(),
        };
        let mut case = Otherwise {
            protocol: self.protocol,
            case: before,
            given: step.edge.map(given).unwrap_or_default(),
            entries: step.entries,
            instead: Vec::new(),
        };
        let others = self.beside(id);
        let free = self.free(question, read, &others, &case);
        let Some(ways) = self.ways(&free) else { return true };
        ways.into_iter().any(|way| {
            read.iter().any(|field| {
                self.cells.values(*field).iter().any(|one| {
                    case.instead = with(&way, *field, one);
                    rule.guard.holds(&case) == Ok(true)
                        && self.cells.values(*field).iter().filter(|other| *other != one).any(|other| {
                            case.instead = with(&way, *field, other);
                            rule.guard.holds(&case) != Ok(true) && differs(self.instead(&others, &case))
                        })
                })
            })
        })
    }

    /// The rules on the same cause: those of its place, and behind them those of `always`.
    fn beside(&self, id: RuleId) -> SmallVec<[&'a Rule; 4]> {
        let rule = self.protocol.rules.row(id);
        let mut all: SmallVec<[&Rule; 4]> = SmallVec::new();
        if !matches!(rule.cause, Cause::Obligation(..) | Cause::Event(_) | Cause::Condition) {
            all.push(rule);
            return all;
        }
        let same = |scope: Scope| {
            self.protocol.rules.rows().filter(move |other| other.scope == scope && other.cause == rule.cause)
        };
        all.extend(same(rule.scope));
        if rule.scope != Scope::Always {
            all.extend(same(Scope::Always));
        }
        all
    }

    /// The rule that applies instead.
    fn instead(&self, others: &[&'a Rule], case: &Otherwise<'_>) -> Option<&'a Rule> {
        others.iter().copied().find(|rule| rule.guard.holds(case) == Ok(true))
    }

    /// What else these rules read and may have any value: what is answered together with it, what follows from other things, and
    /// what is not known.
    fn free(
        &self,
        question: &Question,
        read: &[FieldId],
        rules: &[&Rule],
        case: &Otherwise<'_>,
    ) -> Vec<FieldId> {
        let all: BTreeSet<FieldId> = rules.iter().flat_map(|rule| fields(&rule.guard)).collect();
        let open = |field: &FieldId| {
            self.protocol.fields.row(*field).derived.is_some()
                || question.is_asked_with(self.protocol, *field)
                || case.value(*field).is_none()
        };
        all.into_iter().filter(|field| !read.contains(field)).filter(open).collect()
    }

    /// Every way in which these fields can be answered; `None` when there are too many.
    fn ways(&self, free: &[FieldId]) -> Option<Vec<Vec<(FieldId, Value)>>> {
        let mut all = vec![Vec::new()];
        for field in free {
            let values = self.cells.values(*field);
            if values.is_empty() {
                continue;
            }
            if all.len().saturating_mul(values.len()) > MOST_WAYS {
                return None;
            }
            all = all.iter().flat_map(|way| values.iter().map(|value| with(way, *field, value))).collect();
        }
        Some(all)
    }

    /// Whether two rules do different things: two ends are the same that are of one kind, and after which the same is measured.
    fn is_otherwise(&self, one: &Rule, other: &Rule, does: &dyn Fn() -> bool) -> bool {
        let end = |rule: &Rule| match rule.target {
            Some(Target::End(end)) => Some(self.kind(end)),
            _ => None,
        };
        let ends = end(one).zip(end(other));
        let effects = |rule: &Rule| {
            let counting = rule.effects.iter().filter(|effect| self.counts(effect));
            counting.map(|effect| self.plain(effect)).collect::<Vec<Effect>>()
        };
        match ends {
            Some((first, second)) if first != second => true,
            Some(_) => effects(one) != effects(other) && does(),
            None if one.target == other.target => effects(one) != effects(other) && does(),
            None => does() || self.ends_after(one) != self.ends_after(other),
        }
    }

    /// What an end comes to: its kind, and what is measured afterwards.
    fn kind(&self, end: EndId) -> (EndKind, Vec<OpeningId>) {
        let measures = self.protocol.measures.iter().filter(|(_, ends)| ends.contains(&end));
        (self.protocol.ends.row(end).kind, measures.map(|(opening, _)| *opening).collect())
    }

    /// What the ends come to that rules lead to from where a rule leads; nothing, where that is the stage that was interrupted.
    fn ends_after(&self, rule: &Rule) -> Option<Vec<(EndKind, Vec<OpeningId>)>> {
        let start = match (rule.target, rule.scope) {
            (Some(target), _) => target,
            (None, Scope::Stage(stage)) => Target::Stage(stage),
            (None, Scope::Always) => return None,
        };
        let (mut open, mut stages, mut ends) = (vec![start], BTreeSet::new(), BTreeSet::new());
        while let Some(target) = open.pop() {
            match target {
                Target::Back => return None,
                Target::End(end) => drop(ends.insert(end)),
                Target::Stage(stage) if stages.insert(stage) => {
                    let rules = self.protocol.rules.rows().filter(|rule| rule.scope == Scope::Stage(stage));
                    open.extend(rules.filter_map(|rule| rule.target));
                    open.extend(self.protocol.stages.row(stage).limit.map(|limit| limit.otherwise));
                }
                Target::Stage(_) => {}
            }
        }
        let mut kinds: Vec<_> = ends.into_iter().map(|end| self.kind(end)).collect();
        kinds.sort();
        kinds.dedup();
        Some(kinds)
    }

    fn plain(&self, effect: &Effect) -> Effect {
        match effect {
            Effect::Open(opening) => Effect::Open(self.looks.same_opening(*opening)),
            other => other.clone(),
        }
    }
}

static EMPTY: std::sync::LazyLock<Case> = std::sync::LazyLock::new(Case::default);

fn with(way: &[(FieldId, Value)], field: FieldId, value: &Value) -> Vec<(FieldId, Value)> {
    way.iter().cloned().chain([(field, value.clone())]).collect()
}

/// The fields from which its clocks count.
fn anchors<'p>(row: &'p Opening, spec: &'p Spec) -> impl Iterator<Item = FieldId> + 'p {
    let referral = if let Spec::Referral(referral) = spec { Some(referral) } else { None };
    let of_referral = referral.into_iter().flat_map(|referral| [referral.accept, referral.contact]);
    let terms = [row.term, row.preferred].into_iter().chain(of_referral).flatten();
    terms.filter_map(|term| match term.anchor {
        Anchor::Field(field) => Some(field),
        _ => None,
    })
}

/// A case as it is when a rule is looked at: with what was just answered, and with some other answers.
struct Otherwise<'a> {
    protocol: &'a Protocol,
    case: &'a Case,
    given: &'a [(FieldId, Value)],
    entries: &'a [Entry],
    instead: Data,
}

impl Facts for Otherwise<'_> {
    fn value(&self, field: FieldId) -> Option<&Value> {
        let of = |data: &'_ [(FieldId, Value)]| data.iter().position(|(own, _)| *own == field);
        if let Some(at) = of(&self.instead) {
            return self.instead.get(at).map(|(_, value)| value);
        }
        let given = of(self.given).and_then(|at| self.given.get(at)).map(|(_, value)| value);
        given.or_else(|| self.case.value(field))
    }

    fn happened(&self, obligation: ObligationId, happening: Happening) -> bool {
        moved(self.protocol, self.entries, obligation, happening) || self.case.happened(obligation, happening)
    }
}

/// What happened with this step counts as well.
fn moved(protocol: &Protocol, entries: &[Entry], of: ObligationId, on: Happening) -> bool {
    entries.iter().any(|entry| {
        matches!(entry, Entry::Moved { opening, on: own, .. }
            if *own == on && protocol.openings.row(*opening).obligation == of)
    })
}
