//! How long it takes to lay out a pathway of 5,000 lines, and how often the same file could be parsed meanwhile.
//!
//! Laying out reads the text, and reads the result again to compare the two: two times parsing is the least.
#![expect(clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use std::hint::black_box;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn source() -> String {
    let example = include_str!("../../../dsl-examples/eropaf/eropaf.pathway");
    example.repeat(5_000_usize.div_ceil(example.lines().count()))
}

fn format(c: &mut Criterion) {
    let source = source();
    let mut group = c.benchmark_group("format");
    group.throughput(Throughput::Elements(u64::try_from(source.lines().count()).unwrap()));
    group.bench_function("5000 lines", |b| b.iter(|| voordeur_syntax::format(black_box(&source)).unwrap()));
    group.bench_function("5000 lines, parsed", |b| b.iter(|| voordeur_syntax::parse(black_box(&source))));
    group.finish();
    ratio(&source);
}

/// The two in turn, so that what else the machine does meanwhile slows down both.
fn ratio(source: &str) {
    let (mut formatting, mut parsing) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..20 {
        let start = Instant::now();
        black_box(voordeur_syntax::format(black_box(source)).unwrap());
        let between = Instant::now();
        black_box(voordeur_syntax::parse(black_box(source)));
        formatting += between - start;
        parsing += between.elapsed();
    }
    let ratio = formatting.as_secs_f64() / parsing.as_secs_f64();
    let mut out = io::stdout().lock();
    writeln!(out, "laying out takes {ratio:.1} times as long as parsing").unwrap();
}

criterion_group!(benches, format);
criterion_main!(benches);
