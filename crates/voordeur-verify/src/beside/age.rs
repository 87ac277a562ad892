//! Ages in both versions: a day of birth that is asked in both is one and the same, and stands for the same ages in both.

use std::collections::BTreeSet;

use voordeur_protocol::{Cause, FieldId, FieldType, Protocol, Rule, Scope, Target};

use super::names::Names;
use crate::ages::{Ages, ages};

/// The ages that either version tells apart, in the fields of the old one and of the new one.
pub(super) fn joint_ages(names: &Names, old: &Protocol, new: &Protocol) -> [Vec<Ages>; 2] {
    let is_birth = |protocol: &Protocol, field| protocol.fields.row(field).ty == FieldType::Birthdate;
    let in_new =
        |field: FieldId| names.field_in_new(field).filter(|now| is_birth(old, field) && is_birth(new, *now));
    let (mut first, mut second) = (ages(old), ages(new));
    for (field, _) in old.fields.iter() {
        let Some(now) = in_new(field) else { continue };
        let own = first.iter().find(|one| one.field == field).cloned();
        let other = second.iter().find(|one| one.field == now).cloned();
        let joint = match (own, other) {
            (Some(own), Some(other)) => own.joined(&other),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => continue,
        };
        for (all, field) in [(&mut first, field), (&mut second, now)] {
            all.retain(|one| one.field != field);
            all.push(joint.of_field(field));
        }
    }
    for all in [&mut first, &mut second] {
        all.sort_by_key(|one| one.field);
    }
    [first, second]
}

/// The days of birth of which several rules wait for one birthday, at the same time or one after the other on that day: in which
/// order they have their turn, where one of them leads to another, the search does not tell.
pub(super) fn in_doubt(protocol: &Protocol) -> BTreeSet<FieldId> {
    let rules: Vec<Waiting<'_>> = protocol.rules.rows().filter_map(Waiting::of).collect();
    let pairs = rules.iter().enumerate().flat_map(|(number, one)| {
        let others = rules.iter().skip(number + 1);
        others.map(move |other| (one, other))
    });
    let doubtful = pairs.filter(|(one, other)| one.waits_with(other) && one.meets(other, protocol));
    doubtful.map(|(one, _)| one.of).collect()
}

/// A rule that waits for birthdays.
struct Waiting<'a> {
    of: FieldId,
    ages: &'a [u32],
    again: bool,
    rule: &'a Rule,
}

impl<'a> Waiting<'a> {
    fn of(rule: &'a Rule) -> Option<Self> {
        match &rule.cause {
            Cause::Birthday { of, ages, every } => {
                Some(Self { of: *of, ages: ages.as_slice(), again: every.is_some(), rule })
            }
            _ => None,
        }
    }

    /// Whether both wait for one birthday.
    fn waits_with(&self, other: &Self) -> bool {
        let same_age = || self.ages.iter().any(|age| other.ages.contains(age));
        self.of == other.of && (self.again || other.again || same_age())
    }

    /// Whether both may have their turn on one day.
    fn meets(&self, other: &Self, protocol: &Protocol) -> bool {
        let (one, its) = (self.rule.scope, other.rule.scope);
        let interrupts = |scope: &Scope| {
            protocol.rules.rows().any(|rule| rule.scope == *scope && rule.target == Some(Target::Back))
        };
        one == its
            || [one, its].iter().any(|scope| *scope == Scope::Always || interrupts(scope))
            || self.leads_to(its, protocol)
            || other.leads_to(one, protocol)
    }

    /// Whether it leads to a stage at once, or to one from which something else may lead on at once.
    fn leads_to(&self, scope: Scope, protocol: &Protocol) -> bool {
        let Some(Target::Stage(stage)) = self.rule.target else { return false };
        let leads_on = |rule: &Rule| {
            rule.scope == Scope::Stage(stage)
                && matches!(rule.cause, Cause::Condition | Cause::Entry)
                && rule.target.is_some()
        };
        scope == Scope::Stage(stage) || protocol.rules.rows().any(leads_on)
    }
}
