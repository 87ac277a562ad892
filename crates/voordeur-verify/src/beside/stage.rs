//! In which stage something is: the one that a reader of the file thinks of.

use voordeur_engine::Entry;
use voordeur_protocol::{Effect, OpeningId, Protocol, Scope, StageId};

use super::answer::Side;
use super::play::Witness;
use super::search::Beside;
use crate::replay::Moment;

/// The stages of a case in a state, in the old version and in the new one.
pub(super) fn stages(beside: &Beside<'_>, at: Option<usize>) -> [Option<String>; 2] {
    let places = at.and_then(|at| beside.states.get(at)).map_or([None, None], |state| state.places);
    let [old, new] = places;
    let name = |place: Option<usize>, number: usize| {
        let search = beside.sides.get(number)?;
        let stage = search.situations.get(place?)?.case.stay.as_ref()?.stage;
        Some(search.protocol.stages.row(stage).name.clone())
    };
    [name(old, 0), name(new, 1)]
}

/// The name of the stage that opens something.
pub(super) fn opened_in(protocol: &Protocol, opening: OpeningId) -> Option<String> {
    opener(protocol, opening).map(|stage| protocol.stages.row(stage).name.clone())
}

/// The stage that opens something, or of which a rule does; `None` where it is opened wherever a case is.
pub(super) fn opener(protocol: &Protocol, opening: OpeningId) -> Option<StageId> {
    let by_stage = protocol.stages.iter().find(|(_, row)| row.opens.contains(&opening));
    let mut rules = protocol.rules.rows().filter_map(|rule| match rule.scope {
        Scope::Stage(stage) if rule.effects.contains(&Effect::Open(opening)) => Some(stage),
        _ => None,
    });
    by_stage.map(|(stage, _)| stage).or_else(|| rules.next())
}

/// The stages of a case before versions part: one that it enters at that very moment, on its way to another one, is not named, unless it
/// is the first one.
pub(super) fn before_it(
    beside: &Beside<'_>,
    played: &Witness,
    first: [Option<String>; 2],
) -> [Option<String>; 2] {
    let [old, new] = first;
    let [before, after] = &played.moments;
    let one = |side: Side, first: Option<String>, moments: &[Moment]| {
        let earlier = moments.iter().rev().filter(|moment| moment.at < played.at);
        let mut entered =
            earlier.flat_map(|moment| moment.entries.iter().rev()).filter_map(|entry| match entry {
                Entry::StageEntered { stage, .. } | Entry::Resumed { stage, .. } => Some(*stage),
                _ => None,
            });
        let name = |stage: StageId| beside.reader.protocol(side).stages.row(stage).name.clone();
        entered.next().map(name).or(first)
    };
    [one(Side::Old, old, before), one(Side::New, new, after)]
}
