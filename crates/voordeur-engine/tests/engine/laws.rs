//! Laws of the engine, tried on the example pathways with events in any order at any time.

use crate::play::{Play, protocol};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use voordeur_engine::{ActionAnswer, Case, Event, Serial, Stepper, step, stranded, waiting};
use voordeur_protocol::{
    CheckedProtocol, EventId, FieldId, FieldType, Happening, Id as _, Kind, Occurrence, TriggerId, Value,
};

pub(crate) const SOURCES: [&str; 5] = [
    include_str!("../../../../dsl-examples/eropaf/eropaf.pathway"),
    include_str!("../../../../dsl-examples/families-first/families-first.pathway"),
    include_str!("../../../../dsl-examples/school-absence/school-absence.pathway"),
    include_str!("../../../voordeur-scenario/tests/constructs/always.pathway"),
    include_str!("../../../voordeur-scenario/tests/constructs/moments.pathway"),
];

/// One random move: which of the possible events, with which answers, after how long.
#[derive(Debug, Clone)]
pub(crate) struct Draw {
    pub(crate) pick: u16,
    pub(crate) answers: u64,
    pub(crate) hours: u16,
}

impl Draw {
    pub(crate) fn hours(&self) -> i64 {
        self.hours.into()
    }
}

pub(crate) fn draws() -> impl Strategy<Value = Vec<Draw>> {
    let draw = (any::<u16>(), any::<u64>(), 0_u16..200).prop_map(|(pick, answers, hours)| Draw {
        pick,
        answers,
        hours,
    });
    prop::collection::vec(draw, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_keeps_its_laws(which in 0..5_usize, draws in draws()) {
        let mut play = Play::new(protocol(SOURCES[which]));
        let mut stepper = Stepper::default();
        let mut now: Timestamp = "2008-03-03T09:00:00Z".parse().expect("a moment");
        for draw in draws {
            now += SignedDuration::from_hours(draw.hours.into());
            play.let_pass(now);
            let Some(event) = event(&play.protocol, &play.case, &draw) else { break };
            same_again(&play, &mut stepper, &event, now);
            play.step(&event, now);
            nothing_on_the_shelf(&play);
        }
        play.check_fold();
        survives_storage(&play.case);
    }
}

/// The same arguments give the same result, also through a reused [`Stepper`].
fn same_again(play: &Play, stepper: &mut Stepper, event: &Event, now: Timestamp) {
    let first = step(&play.protocol, &play.case, event, now);
    let second = step(&play.protocol, &play.case, event, now);
    assert_eq!(first, second);
    let mut case = play.case.clone();
    match (first, stepper.step(&play.protocol, &mut case, event, now)) {
        (Ok(transition), Ok(entries)) => {
            assert_eq!((transition.entries.as_slice(), &transition.case), (entries, &case));
        }
        (Err(one), Err(other)) => assert_eq!((one, &case), (other, &play.case)),
        (one, other) => panic!("{one:?} but {other:?}"),
    }
}

/// Every running case waits for something that somebody is told about or that time brings.
fn nothing_on_the_shelf(play: &Play) {
    if play.case.is_running() {
        assert!(!waiting(&play.protocol, &play.case).is_empty(), "on the shelf: {:#?}", play.shown);
        assert_eq!(stranded(&play.protocol, &play.case), [], "left lying: {:#?}", play.shown);
    }
}

fn survives_storage(case: &Case) {
    let json = serde_json::to_string(case).expect("a case can be stored");
    assert_eq!(&serde_json::from_str::<Case>(&json).expect("and read back"), case);
}

pub(crate) fn event(protocol: &CheckedProtocol, case: &Case, draw: &Draw) -> Option<Event> {
    if case.trigger.is_none() {
        let trigger = TriggerId::from_index(usize::from(draw.pick) % protocol.triggers.len());
        let data = answers(protocol, &protocol.triggers.row(trigger).asks, draw.answers);
        return Some(Event::Reported { trigger, data, by: None });
    }
    let mut possible: Vec<Event> = Vec::new();
    for instance in &case.open {
        let row = instance.obligation(protocol);
        let obligation = instance.opening(protocol).obligation;
        if row.kind == Kind::Action {
            possible.extend(plugin_answers(instance.serial));
            continue;
        }
        let named = (0..row.named.len()).filter_map(|index| u8::try_from(index).ok()).map(Happening::Named);
        for on in Happening::all().chain(named).filter(|on| on.is_reported()) {
            if row.kind.lifecycle().next(instance.state, on).is_some() {
                let data = answers(protocol, &row.asks, draw.answers);
                possible.push(Event::Occurred {
                    what: Occurrence::Obligation(obligation, on),
                    data,
                    by: None,
                });
            }
        }
    }
    if draw.pick.is_multiple_of(16) {
        let event = EventId::from_index(usize::from(draw.pick / 16) % protocol.events.len());
        let data = answers(protocol, &protocol.events.row(event).asks, draw.answers);
        possible = vec![Event::Occurred { what: Occurrence::Event(event), data, by: None }];
    }
    let count = possible.len();
    (count > 0).then(|| possible.swap_remove(usize::from(draw.pick) % count))
}

fn plugin_answers(serial: Serial) -> [Event; 3] {
    [ActionAnswer::Returned(Vec::new()), ActionAnswer::Failed { wait: None }, ActionAnswer::GaveUp]
        .map(|answer| Event::ActionAnswered { serial, answer })
}

fn answers(protocol: &CheckedProtocol, asks: &[FieldId], seed: u64) -> Vec<(FieldId, Value)> {
    let value = |(at, field): (usize, &FieldId)| {
        let seed = seed.rotate_left(u32::try_from(at * 7).expect("small"));
        let value = match &protocol.fields.row(*field).ty {
            FieldType::YesNo => Value::YesNo(seed % 2 == 0),
            FieldType::Count { low, high } => {
                Value::Count(low + i64::try_from(seed % 1000).expect("small") % (high - low + 1))
            }
            FieldType::Money => Value::Cents(i64::try_from(seed % 1_000_000).expect("small")),
            FieldType::OneOf(words) => Value::Choice(
                u16::try_from(seed % u64::try_from(words.len()).expect("small")).expect("small"),
            ),
            FieldType::Date | FieldType::Birthdate => Value::Date(jiff::civil::date(2008, 1, 1)),
            FieldType::Text => Value::Text("words".into()),
        };
        (*field, value)
    };
    asks.iter().enumerate().map(value).collect()
}
