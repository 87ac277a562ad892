//! Ages in both versions: a day of birth that is asked in both is one and the same, and stands for the same ages in both.

use voordeur_protocol::{FieldId, FieldType, Protocol};

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
