//! The whole state space of the example pathways, and the fast engine next to the naive one on random pathways.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a benchmark")]

#[path = "../tests/large/mod.rs"]
mod large;
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
    for name in ["eropaf", "school-absence", "acacia", "wielwijk", "op-de-rails", "families-first"] {
        let protocol = example(name);
        c.bench_function(&format!("verify {name}"), |bench| {
            bench.iter(|| verify(&protocol, Budget::default()).situations);
        });
    }
}

/// 200 stages, more than 400 rules, 60 terms: all that `check` does, and the most memory that it took.
fn large(c: &mut Criterion) {
    let text = large::pathway();
    c.bench_function("check of 200 stages", |bench| {
        bench.iter(|| {
            let compiled = compile(&text);
            compiled.protocols.iter().map(|one| verify(one, Budget::default()).situations).sum::<usize>()
        });
    });
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(line) = status.lines().find(|line| line.starts_with("VmHWM")) {
        println!("most memory of the whole run: {}", line.trim_start_matches("VmHWM:").trim());
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

criterion_group!(benches, examples, large, engines);
criterion_main!(benches);
