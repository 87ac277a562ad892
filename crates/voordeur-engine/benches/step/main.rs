//! What one event costs: nanoseconds and allocations, next to a machine that is written by hand for the same
//! protocol, with the same calendar, in the same run.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and a mistake in it may stop it"
)]

use std::alloc::System;
use std::hint::black_box;
use std::time::Instant;

use criterion::{BatchSize, Criterion};
use jiff::Timestamp;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use voordeur_engine::{Case, Event, Stepper, step};
use voordeur_protocol::{CheckedProtocol, compile};

mod by_hand;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn allocations() -> u64 {
    u64::try_from(ALLOCATOR.stats().allocations).expect("few")
}

const EROPAF: &str = include_str!("../../../../dsl-examples/eropaf/eropaf.pathway");

/// A moment, what is reported, and the answers.
type Reported = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// The reported events of one household, from the report to debt help. Timers do not fall in between.
const STORY: [Reported; 6] = [
    ("2008-03-03T09:00:00Z", "self_report", &[("bailiff_involved", "no")]),
    (
        "2008-03-03T14:00:00Z",
        "take_in done",
        &[
            ("visit_needed", "yes"),
            ("bailiff_involved", "no"),
            ("months_in_arrears", "4"),
            ("arrears", "€900.00"),
        ],
    ),
    (
        "2008-03-04T18:00:00Z",
        "first_visit done",
        &[("neglect", "no"), ("income_management", "agreed"), ("social_work_needed", "no")],
    ),
    ("2008-03-05T10:00:00Z", "agree done", &[("eviction", "averted")]),
    ("2008-03-06T10:00:00Z", "look_further done", &[("social_work_needed", "no")]),
    ("2008-03-07T10:00:00Z", "to_debt_help accepted", &[]),
];

fn story(protocol: &CheckedProtocol) -> Vec<(Timestamp, Event)> {
    STORY
        .iter()
        .map(|(at, name, data)| (at.parse().expect("a moment"), event(protocol, name, data)))
        .collect()
}

fn event(protocol: &CheckedProtocol, name: &str, data: &[(&str, &str)]) -> Event {
    let data = data.iter().map(|(field, text)| {
        let field = protocol.field_named(field).expect("a field");
        let number = text.parse::<i64>().map(Into::into);
        let json: serde_json::Value = number.unwrap_or_else(|_| (*text).into());
        (field, protocol.value_from_json(field, &json).expect("a value"))
    });
    let data = data.collect();
    match protocol.trigger_named(name) {
        Ok(trigger) => Event::Reported { trigger, data, by: None },
        Err(_) => {
            Event::Occurred { what: protocol.occurrence_named(name).expect("an event"), data, by: None }
        }
    }
}

fn engine(protocol: &CheckedProtocol, stepper: &mut Stepper, case: &mut Case, events: &[(Timestamp, Event)]) {
    for (at, event) in events {
        black_box(stepper.step(protocol, case, event, *at).expect("it fits"));
    }
}

fn by_hand(protocol: &CheckedProtocol, case: &mut by_hand::Case, events: &[(Timestamp, by_hand::Event)]) {
    for (at, event) in events {
        black_box(case.step(&protocol.calendar, event, *at));
    }
}

fn main() {
    let protocol = compile(EROPAF).protocols.into_iter().next().expect("a pathway");
    let events = story(&protocol);
    let hand = by_hand::story(&events.iter().map(|(at, _)| *at).collect::<Vec<_>>());
    side_by_side(&protocol, &events, &hand);
    let mut criterion = Criterion::default().configure_from_args();
    let mut stepper = Stepper::default();
    criterion.bench_function("step/6 events, reused buffers", |bench| {
        bench.iter_batched_ref(
            Case::default,
            |case| engine(&protocol, &mut stepper, case, &events),
            BatchSize::SmallInput,
        );
    });
    criterion.bench_function("step/6 events, fresh", |bench| {
        bench.iter(|| {
            let mut case = Case::default();
            for (at, event) in &events {
                case = step(&protocol, &case, event, *at).expect("it fits").case;
            }
            case
        });
    });
    criterion.bench_function("step/6 events, written by hand", |bench| {
        bench.iter_batched_ref(
            by_hand::Case::default,
            |case| by_hand(&protocol, case, &hand),
            BatchSize::SmallInput,
        );
    });
    criterion.final_summary();
}

/// Both in turns, so that the machine's moods meet both alike.
fn side_by_side(
    protocol: &CheckedProtocol,
    events: &[(Timestamp, Event)],
    hand: &[(Timestamp, by_hand::Event)],
) {
    const ROUNDS: u32 = 2000;
    let mut stepper = Stepper::default();
    let (mut engine_time, mut hand_time, mut engine_allocations, mut hand_allocations) =
        (0_u128, 0_u128, 0, 0);
    for _ in 0..ROUNDS {
        let (mut case, mut other) = (Case::default(), by_hand::Case::default());
        let (start, before) = (Instant::now(), allocations());
        engine(protocol, &mut stepper, &mut case, events);
        engine_time += start.elapsed().as_nanos();
        engine_allocations += allocations() - before;
        let (start, before) = (Instant::now(), allocations());
        by_hand(protocol, &mut other, hand);
        hand_time += start.elapsed().as_nanos();
        hand_allocations += allocations() - before;
    }
    let count = f64::from(ROUNDS) * f64::from(u32::try_from(events.len()).expect("few"));
    let each = |total: u128| f64::from(u32::try_from(total / 1000).expect("short")) * 1000.0 / count;
    let allocated = |total: u64| f64::from(u32::try_from(total).expect("few")) / count;
    println!(
        "step: {:.0} ns and {:.1} allocations per event; by hand: {:.0} ns and {:.1}; ratio {:.2} (at most 5)",
        each(engine_time),
        allocated(engine_allocations),
        each(hand_time),
        allocated(hand_allocations),
        each(engine_time) / each(hand_time)
    );
}
