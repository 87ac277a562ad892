//! Nanoseconds per term.
#![expect(clippy::unwrap_used, reason = "a benchmark may fail loudly")]

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use voordeur_calendar::{Calendar, Length, Regime, Unit};

fn terms(c: &mut Criterion) {
    let nl = Calendar::dutch();
    let anchor = nl.resolve("2026-04-02T10:00".parse().unwrap()).unwrap();
    let lengths = [
        ("24 hours", Length::new(24, Unit::Hours), Regime::OwnNorm),
        ("5 working days", Length::new(5, Unit::WorkingDays), Regime::OwnNorm),
        ("2 weeks", Length::new(2, Unit::Weeks), Regime::OwnNorm),
        ("18 months", Length::new(18, Unit::Months), Regime::OwnNorm),
        ("6 weeks statutory", Length::new(6, Unit::Weeks), Regime::Statutory),
    ];
    for (name, length, regime) in lengths {
        c.bench_function(name, |b| b.iter(|| nl.deadline(black_box(anchor), black_box(length), regime)));
    }
}

criterion_group!(benches, terms);
criterion_main!(benches);
