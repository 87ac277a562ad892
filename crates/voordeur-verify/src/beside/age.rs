//! Ages in both versions: a day of birth that is asked in both is one and the same, and stands for the same ages in both.

use std::collections::BTreeSet;

use voordeur_protocol::{Cause, FieldId, FieldType, Protocol};

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

/// The days of birth of which several rules wait for one birthday: in which order they have their turn on that day, where one of
/// them leads to another, the search does not tell.
pub(super) fn in_doubt(protocol: &Protocol) -> BTreeSet<FieldId> {
    let rules = protocol.rules.rows().filter_map(|rule| match &rule.cause {
        Cause::Birthday { of, ages, every } => Some((*of, ages, *every)),
        _ => None,
    });
    let rules: Vec<_> = rules.collect();
    let mut all = BTreeSet::new();
    for (number, (of, ages, every)) in rules.iter().enumerate() {
        let others = rules.iter().skip(number + 1).filter(|(own, ..)| own == of);
        let same = |(_, own, again): &(FieldId, &Vec<u32>, Option<u32>)| {
            every.is_some() || again.is_some() || ages.iter().any(|age| own.contains(age))
        };
        if others.into_iter().any(same) {
            all.insert(*of);
        }
    }
    all
}
