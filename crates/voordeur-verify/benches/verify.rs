//! The whole state space of the example pathways, and the fast engine next to the naive one on random pathways.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a benchmark")]

#[path = "../tests/random/mod.rs"]
mod random;

use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use voordeur_protocol::{CheckedProtocol, Protocol, compile, unchecked};
use voordeur_verify::{Budget, Mistake, facts, facts_day_by_day, verify};

fn example(name: &str) -> CheckedProtocol {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../dsl-examples/{name}/{name}.pathway"));
    let text = std::fs::read_to_string(path).expect("the example");
    compile(&text).protocols.into_iter().next().expect("one pathway")
}

fn examples(c: &mut Criterion) {
    for name in ["eropaf", "stevig-ouderschap", "school-absence", "wielwijk"] {
        let protocol = example(name);
        c.bench_function(&format!("verify {name}"), |bench| {
            bench.iter(|| verify(&protocol, Budget::default()).situations);
        });
    }
}

/// The ratio of the two engines over the same pathways, in one run.
fn engines(c: &mut Criterion) {
    let all = (0..400).filter_map(|seed| unchecked(&random::pathway(seed)).into_iter().next());
    let small: Vec<Protocol> = all.filter(|protocol| facts_day_by_day(protocol, 1_500).is_some()).collect();
    let (mut naive, mut fast) = (Duration::ZERO, Duration::ZERO);
    let (mut days, mut states) = (0, 0);
    for protocol in &small {
        let start = Instant::now();
        days += facts_day_by_day(protocol, 1_500).map_or(0, |(_, count)| count);
        naive += start.elapsed();
        let start = Instant::now();
        states += facts(protocol, Budget::default(), Mistake::None).1;
        fast += start.elapsed();
    }
    println!(
        "{} pathways: naive {days} situations, fast {states}; time naive / fast = {:.1}",
        small.len(),
        naive.as_secs_f64() / fast.as_secs_f64()
    );
    c.bench_function("fast engine, random pathways", |bench| {
        bench.iter(|| small.iter().map(|one| facts(one, Budget::default(), Mistake::None).1).sum::<usize>());
    });
}

criterion_group!(benches, examples, engines);
criterion_main!(benches);
