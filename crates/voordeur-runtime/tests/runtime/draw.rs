//! Random numbers from a seed, and random events that a case may meet.

use voordeur_engine::{Case, Event};
use voordeur_protocol::{
    CheckedProtocol, EventId, FieldId, FieldType, Happening, Id as _, Kind, Occurrence, TriggerId, Value,
};

pub(crate) const SOURCES: [&str; 4] = [
    include_str!("../../../../dsl-examples/families-first/families-first.pathway"),
    include_str!("../../../../dsl-examples/school-absence/school-absence.pathway"),
    include_str!("../../../../dsl-examples/early-signals/early-signals.pathway"),
    include_str!("../../../../dsl-examples/wielwijk/wielwijk.pathway"),
];

/// SplitMix64: the same seed gives the same numbers on every machine.
#[derive(Debug, Clone)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(end.max(1)).expect("small")).expect("small")
    }

    /// Once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// The report of a new case.
pub(crate) fn report(protocol: &CheckedProtocol, dice: &mut Dice) -> Event {
    let trigger = TriggerId::from_index(dice.below(protocol.triggers.len()));
    let data = answers(protocol, &protocol.triggers.row(trigger).asks, dice);
    Event::Reported { trigger, data, by: None }
}

/// Something that people may report about a case as it is now.
pub(crate) fn event(protocol: &CheckedProtocol, case: &Case, dice: &mut Dice) -> Option<Event> {
    if dice.once_in(16) {
        let event = EventId::from_index(dice.below(protocol.events.len()));
        let data = answers(protocol, &protocol.events.row(event).asks, dice);
        return Some(Event::Occurred { what: Occurrence::Event(event), data, by: None });
    }
    let mut possible = Vec::new();
    for instance in &case.open {
        let row = instance.obligation(protocol);
        let obligation = instance.opening(protocol).obligation;
        if matches!(row.kind, Kind::Action) {
            continue;
        }
        for on in Happening::all().filter(|on| on.is_reported()) {
            if row.kind.lifecycle().next(instance.state, on).is_some() {
                possible.push((Occurrence::Obligation(obligation, on), row.asks.clone()));
            }
        }
    }
    if possible.is_empty() {
        return None;
    }
    let (what, asks) = possible.swap_remove(dice.below(possible.len()));
    Some(Event::Occurred { what, data: answers(protocol, &asks, dice), by: None })
}

fn answers(protocol: &CheckedProtocol, asks: &[FieldId], dice: &mut Dice) -> Vec<(FieldId, Value)> {
    let value = |field: &FieldId| {
        let value = match &protocol.fields.row(*field).ty {
            FieldType::YesNo => Value::YesNo(dice.once_in(2)),
            FieldType::Count { low, high } => {
                Value::Count(low + i64::try_from(dice.below(1000)).expect("small") % (high - low + 1))
            }
            FieldType::Money => Value::Cents(i64::try_from(dice.below(1_000_000)).expect("small")),
            FieldType::OneOf(words) => Value::Choice(u16::try_from(dice.below(words.len())).expect("small")),
            FieldType::Date | FieldType::Birthdate => Value::Date(jiff::civil::date(2008, 1, 1)),
            FieldType::Text => Value::Text("words".into()),
        };
        (*field, value)
    };
    asks.iter().map(value).collect()
}
