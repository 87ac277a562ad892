//! Two versions side by side: of every example, of a pathway of 200 stages, and both engines on the same small pairs. Each stands
//! beside a baseline of the same run: reading both texts with the grammar, or the engine that goes day by day. With `EXAMPLE=NAME` before
//! it only the changes of that one.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and a mistake in it may stop it"
)]

#[path = "../../voordeur-verify/tests/changed/mod.rs"]
mod changed;
mod edits;
#[path = "../tests/examples/mod.rs"]
mod examples;
#[path = "../../voordeur-verify/tests/large/mod.rs"]
mod large;
#[path = "../../voordeur-verify/tests/random/mod.rs"]
mod random;

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use voordeur_diff::{Comparison, Pathway, Version, compared, text};
use voordeur_protocol::{Compiled, Protocol, beside, unchecked};
use voordeur_syntax::parse;
use voordeur_verify::{Budget, answers_apart, answers_apart_day_by_day, both, compile_with};

use crate::changed::changed;
use crate::edits::{Edit, edited, rules, terms};
use crate::random::{Dice, pathway};

/// As the command has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As the command has it.
const BUDGET: Budget = Budget { states: 40_000 };

/// No comparison is to take longer.
const AIM: Duration = Duration::from_millis(200);

fn read(file: &Path) -> String {
    fs::read_to_string(file).expect("it can be read")
}

fn compiled(name: &str, text: &str) -> Compiled {
    let mut load = |from: &str, path: &str| {
        let name = beside(from, path);
        Ok((name.clone(), read(Path::new(&name))))
    };
    compile_with(name, text, &mut load, BUDGET)
}

/// All that `voordeur diff` does with two texts that were read.
fn diff(name: &str, old: &str, new: &str) -> (Comparison, String) {
    let (old, new) = both(|| compiled(name, old), || compiled(name, new));
    let texts = |one: &Compiled| -> Vec<(String, String)> {
        one.sources.files().map(|file| (file.name.to_owned(), file.text.to_owned())).collect()
    };
    let (before, after) = (texts(&old), texts(&new));
    let comparison = compared(version(&old, &before), version(&new, &after), BUDGET);
    let told = text(&comparison);
    (comparison, told)
}

fn version<'a>(one: &'a Compiled, texts: &'a [(String, String)]) -> Version<'a> {
    Version { texts, pathways: one.own(), promises: &one.promises, sources: &one.sources }
}

/// Which of these changes can be compiled.
fn compiling(name: &str, text: &str, all: Vec<Edit>) -> Vec<Edit> {
    let compiles = |one: &Edit| !compiled(name, &edited(text, std::slice::from_ref(one))).has_errors();
    all.into_iter().filter(compiles).collect()
}

/// The quickest of some runs.
fn quickest<T>(times: usize, mut run: impl FnMut() -> T) -> Duration {
    let one = |_| {
        let start = Instant::now();
        black_box(run());
        start.elapsed()
    };
    (0..times).map(one).min().unwrap_or_default()
}

/// How long comparisons take, and how many of them leave nothing open.
#[derive(Default)]
struct Taken {
    all: usize,
    decided: usize,
    slow: usize,
    worst: (Duration, usize, String),
}

impl Taken {
    fn add(&mut self, name: &str, old: &str, new: String) {
        let took = quickest(2, || diff(name, old, &new));
        let (comparison, _) = diff(name, old, &new);
        self.all += 1;
        let is_open =
            |one: &Pathway| one.compared.incomplete.is_some() || !one.compared.unconfirmed.is_empty();
        self.decided += usize::from(!comparison.pathways.iter().any(is_open));
        self.slow += usize::from(took > AIM);
        if took > self.worst.0 {
            self.worst = (took, comparison.situations(), new);
        }
    }

    fn join(&mut self, other: Self) {
        (self.all, self.decided) = (self.all + other.all, self.decided + other.decided);
        self.slow += other.slow;
        if other.worst.0 > self.worst.0 {
            self.worst = other.worst;
        }
    }

    fn tell(&self, what: &str) {
        let Self { all, decided, slow, worst: (took, ..) } = self;
        println!(
            "{all} changes of {what}, of which everything was compared in {decided}, and {slow} took longer than {AIM:?}; the slowest {took:.1?}"
        );
    }
}

/// The only example that is asked for, where one is.
#[expect(clippy::disallowed_methods, reason = "a benchmark has no other arguments")]
fn only() -> Option<String> {
    std::env::var("EXAMPLE").ok()
}

fn examples(c: &mut Criterion) {
    let (mut ones, mut pairs, mut others) = (Taken::default(), Taken::default(), Taken::default());
    let only = only();
    let is_meant =
        |file: &Path| only.as_deref().is_none_or(|only| file.file_stem().is_some_and(|stem| stem == only));
    for file in examples::examples().into_iter().filter(|file| is_meant(file)) {
        let (name, old) = (file.display().to_string(), read(&file));
        let edits = compiling(&name, &old, terms(&old));
        let mut own = Taken::default();
        edits.iter().for_each(|one| own.add(&name, &old, edited(&old, std::slice::from_ref(one))));
        for one in compiling(&name, &old, rules(&old)) {
            others.add(&name, &old, edited(&old, &[one]));
        }
        edits.windows(2).for_each(|two| pairs.add(&name, &old, edited(&old, two)));
        let (took, situations, new) = &own.worst;
        let baseline = quickest(3, || (parse(&old).file.pathways.len(), parse(new).file.pathways.len()));
        let short = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let ratio = took.as_secs_f64() / baseline.as_secs_f64().max(f64::EPSILON);
        println!(
            "diff of {short}: {took:.1?}, {situations} situations; parse alone {baseline:.2?}; ratio {ratio:.1}"
        );
        ones.join(own);
    }
    ones.tell("one term");
    pairs.tell("two terms");
    others.tell("one rule");
    if only.is_some() {
        return;
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dsl-examples/eropaf/eropaf.pathway");
    let (name, old) = (file.display().to_string(), read(&file));
    if let Some(last) = compiling(&name, &old, terms(&old)).pop() {
        let new = edited(&old, &[last]);
        c.bench_function("diff of eropaf", |bench| bench.iter(|| diff(&name, &old, &new).1.len()));
    }
}

/// 200 stages, more than 400 rules, 60 terms: a term in the middle of it is longer.
fn stages(c: &mut Criterion) {
    if only().is_some() {
        return;
    }
    let old = large::pathway();
    let new = old.replacen("task a100 by worker within 3", "task a100 by worker within 4", 1);
    let took = quickest(3, || diff("large", &old, &new));
    let baseline = quickest(3, || (parse(&old).file.pathways.len(), parse(&new).file.pathways.len()));
    let (comparison, _) = diff("large", &old, &new);
    let ratio = took.as_secs_f64() / baseline.as_secs_f64().max(f64::EPSILON);
    println!(
        "diff of {} stages: {took:.1?}, {} situations; parse alone {baseline:.2?}; ratio {ratio:.1}",
        large::STAGES,
        comparison.situations()
    );
    c.bench_function("diff of 200 stages", |bench| bench.iter(|| diff("large", &old, &new).1.len()));
}

/// The two engines over the same pairs, in one run.
fn engines(_: &mut Criterion) {
    if only().is_some() {
        return;
    }
    let (mut naive, mut fast) = (Duration::ZERO, Duration::ZERO);
    let (mut pairs, mut states) = (0, 0);
    for seed in 0..2_000 {
        let text = pathway(seed);
        let mut dice = Dice(seed + 7);
        dice.roll(2);
        let other = changed(&text, &mut dice);
        let one = |text: &str| -> Option<Protocol> { unchecked(text).into_iter().next() };
        let (Some(old), Some(new)) = (one(&text), one(&other)) else { continue };
        let start = Instant::now();
        if answers_apart_day_by_day(&old, &new, 400).is_none() {
            continue;
        }
        naive += start.elapsed();
        let start = Instant::now();
        states += answers_apart(&old, &new, BUDGET).1;
        fast += start.elapsed();
        pairs += 1;
    }
    let ratio = naive.as_secs_f64() / fast.as_secs_f64().max(f64::EPSILON);
    println!(
        "{pairs} pairs, {states} situations: day by day {naive:.1?}, symbolic {fast:.1?}; time naive / fast = {ratio:.1}"
    );
}

criterion_group!(benches, examples, stages, engines);
criterion_main!(benches);
