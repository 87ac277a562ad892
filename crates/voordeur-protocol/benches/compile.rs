//! Nanoseconds per line of reading and checking, on a generated pathway of 5,000 lines.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and a mistake in it may stop it"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use voordeur_protocol::compile;
use voordeur_syntax::parse;

/// A long chain of stages, each with a visit, a task and an escalation of its own, as real ones have.
fn generated() -> String {
    let stages = 5_000 / 12;
    let mut text = String::from(
        "pathway long \"Long\" {\n  version \"1\"\n  lead house\n  agency house\n  role worker of house\n  data { urgent yes_no  months count 0..120 }\n  trigger knock from anyone { asks urgent, months -> stage_0 }\n",
    );
    for n in 0..stages {
        let next = if n + 1 == stages { "good".to_owned() } else { format!("stage_{}", n + 1) };
        write!(
            text,
            "  escalation late_{n} \"Late\" {{ after 1 day notify house }}
  stage stage_{n} \"Stage {n}\" {{
    must visit visit_{n} \"Visit\" by worker within 3 working days attempts 3 asks urgent
    remind worker 1 working day before visit_{n} is due
    on visit_{n} overdue   escalate late_{n}
    on visit_{n} done when urgent and months <= {months} -> {next}
    on visit_{n} done when not urgent and months <= {months} notify house -> {next}
    on visit_{n} done otherwise -> bad
    on visit_{n} refused   -> bad
    on visit_{n} exhausted -> bad
  }}
  # a line that explains the next stage
",
            months = n % 100
        )
        .expect("written");
    }
    text.push_str("  end good success\n  end bad failure\n}\n");
    text
}

fn benches(criterion: &mut Criterion) {
    let source = generated();
    let lines = u64::try_from(source.lines().count()).expect("few");
    assert!(compile(&source).problems.is_empty(), "{:?}", compile(&source).problems.first());
    ratio(&source, lines);
    let mut group = criterion.benchmark_group("5000 lines");
    group.throughput(Throughput::Elements(lines)).sample_size(20);
    group.bench_function("parse", |bench| bench.iter(|| parse(black_box(&source))));
    group.bench_function("parse and check", |bench| bench.iter(|| compile(black_box(&source))));
    group.finish();
}

fn ratio(source: &str, lines: u64) {
    let timed = |work: &dyn Fn()| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64() * 1e9 / f64::from(u32::try_from(lines).expect("few"))
    };
    let (mut reading, mut all) = (f64::MAX, f64::MAX);
    for _ in 0..10 {
        reading = reading.min(timed(&|| drop(black_box(parse(source)))));
        all = all.min(timed(&|| drop(black_box(compile(source)))));
    }
    println!(
        "{lines} lines: parse {reading:.0} ns per line, parse and check {all:.0} ns per line; ratio {:.2}",
        all / reading
    );
}

criterion_group!(all, benches);
criterion_main!(all);
