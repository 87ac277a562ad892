//! Nanoseconds per line of parsing alone, on a pathway of 5,000 lines.
#![expect(clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

fn parse(c: &mut Criterion) {
    let example = include_str!("../../../dsl-examples/eropaf/eropaf.pathway");
    let copies = 5_000_usize.div_ceil(example.lines().count());
    let source = example.repeat(copies);
    let mut group = c.benchmark_group("parse");
    group.throughput(Throughput::Elements(u64::try_from(source.lines().count()).unwrap()));
    group.bench_function("5000 lines", |b| b.iter(|| voordeur_syntax::parse(black_box(&source))));
}

criterion_group!(benches, parse);
criterion_main!(benches);
