//! Versions that differ in whom one rule of a stage tells, or in how long it waits before it does, and in nothing else: wherever that
//! rule applies that is all that differs, and the case goes on alike. The first difference is enough.

use voordeur_protocol::guard::Expr;
use voordeur_protocol::{Anchor, Cause, Effect, Protocol, Rule, RuleId, Scope, Stage, StageId};

use super::answer::{Reader, Side};
use super::meaning::{Meaning, Meanings, Said};
use super::names::Names;
use super::report::Difference;

/// The stage, in each version, of which one rule that does nothing but tell somebody is there in one version only, or tells others in the
/// other one; `None` where that is not all that differs.
pub(super) fn one_notice(old: &Protocol, new: &Protocol) -> Option<[StageId; 2]> {
    let names = Names::of(old, new);
    let reader = Reader { names: &names, old, new };
    let mut meanings = Meanings::default();
    let [first, second] = [Side::Old, Side::New].map(|side| Said::of(reader, side, &mut meanings));
    let rules =
        |said: &Said, other: &Said| -> Vec<RuleId> { alone(&said.rules, &other.rules).map(RuleId).collect() };
    let (gone, come) = (rules(&first, &second), rules(&second, &first));
    let gone: Vec<&Rule> = gone.iter().map(|id| old.rules.row(*id)).collect();
    let come: Vec<&Rule> = come.iter().map(|id| new.rules.row(*id)).collect();
    let is_one = match (gone.as_slice(), come.as_slice()) {
        ([one], []) | ([], [one]) => only_tells(one),
        ([one], [other]) => {
            let silent = |rule: &Rule| Rule { effects: Vec::new(), ..rule.clone() };
            let waits_for_the_same = reader.do_the_same_but_for_notices(&silent(one), &silent(other));
            let waits_longer = waits_longer(one, other) && reader.do_the_same(one, other);
            only_tells(one) && only_tells(other) && (waits_for_the_same || waits_longer)
        }
        _ => false,
    };
    let stage = one_stage(reader, [&first, &second]);
    stage.filter(|_| is_one && is_same_but_for_rules(&first, &second))
}

/// The one notice is that of its stage, wherever a case comes from to it.
pub(super) fn in_its_stage(
    differences: &mut [Difference],
    [there, here]: [StageId; 2],
    [old, new]: [&Protocol; 2],
) {
    let stages =
        [(old, there), (new, here)].map(|(protocol, stage)| Some(protocol.stages.row(stage).name.clone()));
    for one in differences.iter_mut().filter(|one| !one.follows && one.also.is_empty()) {
        one.stages.clone_from(&stages);
    }
}

/// The numbers of what only the first one says.
fn alone(own: &[Meaning], other: &[Meaning]) -> impl Iterator<Item = u16> {
    let mut left: Vec<Meaning> = other.to_vec();
    let mut found = Vec::new();
    for (number, one) in own.iter().enumerate() {
        match left.iter().position(|there| there == one) {
            Some(at) => drop(left.swap_remove(at)),
            None => found.extend(u16::try_from(number)),
        }
    }
    found.into_iter()
}

fn is_same_but_for_rules(old: &Said, new: &Said) -> bool {
    let is_same = |one: &[Meaning], other: &[Meaning]| {
        alone(one, other).next().is_none() && alone(other, one).next().is_none()
    };
    is_same(&old.fields, &new.fields)
        && is_same(&old.events, &new.events)
        && is_same(&old.obligations, &new.obligations)
        && is_same(&old.openings, &new.openings)
        && is_same(&old.ends, &new.ends)
        && old.heard == new.heard
        && old.whole == new.whole
}

/// The one stage that says something else, where that is nothing of itself but of its rules.
fn one_stage(reader: Reader<'_>, [first, second]: [&Said; 2]) -> Option<[StageId; 2]> {
    let there: Vec<u16> = alone(&first.stages, &second.stages).collect();
    let here: Vec<u16> = alone(&second.stages, &first.stages).collect();
    let ([there], [here]) = (there.as_slice(), here.as_slice()) else { return None };
    let (was, is) = (reader.old.stages.row(StageId(*there)), reader.new.stages.row(StageId(*here)));
    let is_one = reader.names.stages.now(*there) == Some(*here) && is_same_stage(was, is);
    is_one.then_some([StageId(*there), StageId(*here)])
}

fn is_same_stage(one: &Stage, other: &Stage) -> bool {
    (one.limit, one.interrupts, &one.opens, one.offers)
        == (other.limit, other.interrupts, &other.opens, other.offers)
}

/// Whether both wait for nothing but for time to pass, one of them always longer than the other. Under a condition each may have its
/// turn where the other has none.
fn waits_longer(one: &Rule, other: &Rule) -> bool {
    use Anchor::{Opening, Report};
    let is_longer = match (&one.cause, &other.cause) {
        (Cause::After(length, Opening), Cause::After(longer, Opening))
        | (Cause::After(length, Report), Cause::After(longer, Report))
        | (Cause::Every(length), Cause::Every(longer)) => length.unit == longer.unit,
        _ => false,
    };
    is_longer && one.guard == Expr::True && other.guard == Expr::True
}

fn only_tells(rule: &Rule) -> bool {
    let tells = |effect: &Effect| matches!(effect, Effect::Notify { .. });
    rule.target.is_none() && matches!(rule.scope, Scope::Stage(_)) && rule.effects.iter().all(tells)
}
