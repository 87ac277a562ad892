//! Probes: rules without effects, put into the pathway so that the engine itself says when what is suspected comes about.
//!
//! Two conditions that hold at one moment set off a probe that stands before both; where no rule of a place applies, a
//! probe does that holds exactly then. So nothing is said twice about which rule has its turn when.

use voordeur_protocol::guard::Expr;
use voordeur_protocol::model::TriggerBranch;
use voordeur_protocol::{
    Cause, CauseKey, EventId, Happening, ObligationId, Protocol, Rule, RuleId, Scope, Shows, StageId,
    Suspicion, TriggerId,
};

use super::certain::{both, none_of};

/// A pathway with probes.
pub(super) struct Probed {
    pub(super) protocol: Protocol,
    /// For each suspicion the probe that shows it, if one does.
    pub(super) probes: Vec<Probe>,
}

/// What shows a suspicion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Probe {
    /// One of these rules applies.
    Rules(Vec<RuleId>),
    /// A report takes this branch.
    Branch(TriggerId, u16),
    /// The first of these rules applies where something happens to a household that is looked for; each of the conditions
    /// answers it when all of its rules apply at once.
    Unheard { happens: RuleId, answers: Vec<[RuleId; 2]> },
    /// What the engine does, or refuses, shows it without a probe.
    Engine,
    /// Nothing shows it for certain: it is told as it is.
    Nothing,
}

impl Probed {
    pub(super) fn of(protocol: &Protocol, suspicions: &[Suspicion]) -> Self {
        let mut probed = Self { protocol: protocol.clone(), probes: Vec::new() };
        for suspicion in suspicions {
            // Two probes of the same would be refused together.
            let same = |one: &&Suspicion| one.shows == suspicion.shows && one.stage == suspicion.stage;
            let known = suspicions.iter().take(probed.probes.len()).zip(&probed.probes);
            let known = known.filter(|(one, _)| same(one)).map(|(_, probe)| probe.clone()).next();
            let probe = known.unwrap_or_else(|| probed.probe(protocol, suspicion));
            probed.probes.push(probe);
        }
        probed
    }

    fn probe(&mut self, plain: &Protocol, suspicion: &Suspicion) -> Probe {
        match &suspicion.shows {
            Shows::Both(one, other) => self.both(plain, *one, *other),
            Shows::Branches(trigger, one, other) => self.branches(plain, *trigger, *one, *other),
            Shows::None { rules, behind } => self.none(plain, rules, behind),
            Shows::Awaited { obligation, on, rules, guards } => {
                let Some(stage) = suspicion.stage else { return Probe::Nothing };
                let cause = Cause::Obligation(*obligation, *on);
                let happens = self.answer(Scope::Stage(stage), &cause, none_of(guards.iter()));
                let answers = rules.iter().map(|rule| self.because_of(plain, *rule, *obligation, *on));
                Probe::Unheard { happens, answers: answers.collect() }
            }
            Shows::HandedOver(_, field) => {
                // It is followed like what conditions read.
                let known = Expr::Known(*field);
                self.protocol.rules.push(silent(Scope::Always, Cause::Event(EventId::NEVER), known));
                Probe::Engine
            }
            _ => Probe::Engine,
        }
    }

    /// Rules on what happens are refused together; of conditions and clocks the first one leads away.
    fn both(&mut self, plain: &Protocol, one: RuleId, other: RuleId) -> Probe {
        let [first, second] = [one, other].map(|rule| plain.rules.row(rule));
        if matches!(first.cause, Cause::Obligation(..) | Cause::Event(_)) {
            return Probe::Engine;
        }
        let Some(cause) = shared(&first.cause, &second.cause) else { return Probe::Nothing };
        let guard = both(&first.guard, &second.guard);
        Probe::Rules(vec![self.before(silent(first.scope, cause, guard))])
    }

    /// A condition, and the one before it that holds only where it holds because of this.
    fn because_of(&mut self, plain: &Protocol, rule: RuleId, of: ObligationId, on: Happening) -> [RuleId; 2] {
        let row = plain.rules.row(rule);
        let guard = row.guard.because_of(of, on);
        if guard == row.guard {
            return [rule, rule];
        }
        [rule, self.before(silent(row.scope, Cause::Condition, guard))]
    }

    /// A condition or a rule on time that comes before all others of its place.
    fn before(&mut self, rule: Rule) -> RuleId {
        let condition = rule.cause == Cause::Condition;
        let listed = match rule.scope {
            Scope::Stage(stage) if condition => &mut self.protocol.stages.row_mut(stage).conditions,
            Scope::Stage(stage) => &mut self.protocol.stages.row_mut(stage).timed,
            Scope::Always if condition => &mut self.protocol.always_conditions,
            Scope::Always => &mut self.protocol.always_timed,
        };
        let id = self.protocol.rules.push(rule);
        listed.insert(0, id);
        id
    }

    /// The first branch that fits is taken, so the probe comes before them.
    fn branches(&mut self, plain: &Protocol, trigger: TriggerId, one: u16, other: u16) -> Probe {
        let branch = |number: u16| plain.triggers.row(trigger).branches.get(usize::from(number));
        let (Some(first), Some(second)) = (branch(one), branch(other)) else { return Probe::Nothing };
        let made = TriggerBranch { guard: both(&first.guard, &second.guard), ..first.clone() };
        self.protocol.triggers.row_mut(trigger).branches.insert(0, made);
        Probe::Branch(trigger, 0)
    }

    fn none(&mut self, plain: &Protocol, rules: &[RuleId], behind: &[Expr]) -> Probe {
        let Some(first) = rules.first().map(|rule| plain.rules.row(*rule)) else { return Probe::Nothing };
        let guards = || rules.iter().map(|rule| &plain.rules.row(*rule).guard).chain(behind);
        match (&first.cause, first.scope) {
            // The engine refuses an event that no rule answers, unless something counts it.
            (Cause::Event(event), _) if !plain.events.row(*event).is_counted => Probe::Engine,
            (_, Scope::Stage(stage)) => {
                Probe::Rules(vec![self.answer(Scope::Stage(stage), &first.cause, none_of(guards()))])
            }
            (Cause::Event(_), Scope::Always) => {
                Probe::Rules(vec![self.answer(Scope::Always, &first.cause, none_of(guards()))])
            }
            // What happens to an interrupted stage waits for its return: a probe would answer it.
            (_, Scope::Always) if plain.stages.rows().any(|stage| stage.interrupts) => Probe::Nothing,
            (cause, Scope::Always) => {
                let stages: Vec<StageId> = plain.stages.iter().map(|(id, _)| id).collect();
                let probes = stages.into_iter().map(|stage| {
                    let own = plain
                        .rules
                        .rows()
                        .filter(|rule| rule.scope == Scope::Stage(stage) && rule.cause == *cause);
                    let guard = none_of(guards().chain(own.map(|rule| &rule.guard)));
                    self.answer(Scope::Stage(stage), cause, guard)
                });
                Probe::Rules(probes.collect())
            }
        }
    }

    /// A rule on what happens.
    fn answer(&mut self, scope: Scope, cause: &Cause, guard: Expr) -> RuleId {
        let rule = self.protocol.rules.push(silent(scope, cause.clone(), guard));
        let key = match cause {
            Cause::Event(event) => Some(CauseKey::event(*event)),
            Cause::Obligation(of, on) => Some(CauseKey::obligation(*of, *on)),
            _ => None,
        };
        let dispatch = match scope {
            Scope::Stage(stage) => &mut self.protocol.stages.row_mut(stage).dispatch,
            Scope::Always => &mut self.protocol.always,
        };
        if let Some(key) = key {
            let at = dispatch.partition_point(|(other, _)| *other < key);
            dispatch.insert(at, (key, rule));
        }
        rule
    }
}

/// What sets off both; birthdays that two rules share only through `every` are not looked for.
fn shared(one: &Cause, other: &Cause) -> Option<Cause> {
    match (one, other) {
        (Cause::Birthday { of, ages, .. }, Cause::Birthday { ages: others, .. }) => {
            let ages: Vec<u32> = ages.iter().copied().filter(|age| others.contains(age)).collect();
            (!ages.is_empty()).then_some(Cause::Birthday { of: *of, ages, every: None })
        }
        _ => Some(one.clone()),
    }
}

/// A rule that does nothing.
fn silent(scope: Scope, cause: Cause, guard: Expr) -> Rule {
    let text = String::new();
    Rule {
        scope,
        cause,
        guard,
        otherwise: false,
        nth: None,
        effects: Vec::new(),
        target: None,
        line: 0,
        text,
    }
}
