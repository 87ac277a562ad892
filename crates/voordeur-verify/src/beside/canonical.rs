//! The same whichever version is the old one: both are compared in one order, which their texts decide, and what is found is turned
//! around where that is the other way round.
//!
//! Which of two things at one moment comes first, and from which days a history is looked for, has to be the same then.

use std::collections::BTreeSet;

use voordeur_protocol::{Protocol, Table};

use super::answer::{Reader, Side};
use super::meaning::{Meanings, Said};
use super::names::Names;
use super::report::{Compared, Difference, What};
use super::verdict::Verdict;

/// Whether the new version goes first. Only where the names are the same both ways: what was renamed has an old name and a new one.
pub(super) fn is_flipped(old: &Protocol, new: &Protocol) -> bool {
    let (there, back) = (Names::of(old, new), Names::of(new, old));
    there.is_mirrored_by(&back) && key(new) < key(old)
}

/// What a version says, without its lines and its texts for people.
fn key(protocol: &Protocol) -> (BTreeSet<String>, Vec<String>) {
    let names = Names::of(protocol, protocol);
    let mut meanings = Meanings::default();
    let _ = Said::of(Reader { names: &names, old: protocol, new: protocol }, Side::Old, &mut meanings);
    let mut named = vec![format!("{} {:?}", protocol.calendar.name(), protocol.calendar.school())];
    named.extend(of(&protocol.stages, |row| &row.name));
    named.extend(of(&protocol.obligations, |row| &row.name));
    named.extend(of(&protocol.events, |row| &row.name));
    named.extend(of(&protocol.triggers, |row| &row.name));
    named.extend(of(&protocol.fields, |row| &row.name));
    named.extend(of(&protocol.parties, |row| &row.name));
    named.extend(of(&protocol.ends, |row| &row.name));
    (meanings.into_said(), named)
}

fn of<I: voordeur_protocol::Id, T>(table: &Table<I, T>, name: impl Fn(&T) -> &String) -> Vec<String> {
    table.rows().map(|row| name(row).clone()).collect()
}

/// What was found, with the versions the other way round.
pub(super) fn mirrored(mut compared: Compared) -> Compared {
    compared.differences.iter_mut().for_each(turn_around);
    compared.free.reverse();
    compared.differences.sort_by_key(|one| (one.follows, one.verdict));
    compared
}

fn turn_around(one: &mut Difference) {
    one.verdict = one.verdict.mirrored();
    match &mut one.what {
        What::Aspect { aspect, .. } => {
            std::mem::swap(&mut aspect.old, &mut aspect.new);
            aspect.plain.reverse();
            aspect.verdict = aspect.verdict.mirrored();
        }
        What::Answers { old, new } => std::mem::swap(old, new),
    }
    one.stages.reverse();
    one.also.iter_mut().for_each(|stages| stages.reverse());
    one.causes.reverse();
    one.met.reverse();
    one.apart.reverse();
    one.onward.turn_around();
    one.really_onward.turn_around();
    // Of two examples the first one is that of a household that is worse off.
    one.examples.reverse();
    for example in &mut one.examples {
        example.scenes.reverse();
        example.effect = example.effect.map(Verdict::mirrored);
    }
}
