//! `check` of the largest example, and all examples compiled with their scenarios played, each beside a baseline that
//! is measured in the same run: reading the same files, and nothing more. With `EXAMPLE=NAME` before it only the check of that one.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints, and a mistake in it may stop it"
)]

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use voordeur_protocol::{CheckedProtocol, Compiled, beside};
use voordeur_scenario::play;
use voordeur_syntax::parse;
use voordeur_verify::{Budget, Verdict, compile_with, promises, verify_with};

/// As the command has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the examples are there");
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.expect("it can be read").path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "pathway") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The name and the text of every example.
fn examples() -> Vec<(String, String)> {
    let files = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dsl-examples"));
    files.into_iter().map(|file| (file.display().to_string(), read(&file))).collect()
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).expect("it can be read")
}

/// A file with what it imports, compiled.
fn compiled(name: &str, text: &str) -> Compiled {
    let mut load = |from: &str, path: &str| {
        let name = beside(from, path);
        Ok((name.clone(), read(Path::new(&name))))
    };
    compile_with(name, text, &mut load, Budget::default())
}

/// How much `voordeur check` finds in a file that has been opened, without the proofs.
fn found(compiled: &Compiled) -> usize {
    let (_, problems) = voordeur_scenario::compile(&compiled.scenarios, &compiled.protocols);
    compiled.problems.len() + problems.len()
}

/// What `voordeur check` does with it: also everything that is looked at over all cases.
fn check(name: &str, text: &str) -> usize {
    let compiled = compiled(name, text);
    let (promises, _) = promises(&compiled.promises, &compiled.protocols, &compiled.sources);
    let looked = compiled.own().iter().flat_map(CheckedProtocol::editions).map(|pathway| {
        let own: Vec<_> = promises.iter().filter(|promise| promise.is_about(pathway)).collect();
        let (report, kept) = verify_with(pathway, &own, Budget::default(), false);
        let told = kept.iter().flat_map(|kept| &kept.statements);
        report.findings.len() + told.filter(|told| !matches!(told.verdict, Verdict::Kept(_))).count()
    });
    found(&compiled) + looked.sum::<usize>()
}

/// What `voordeur test` does with it: how many examples went as they say.
fn test(name: &str, text: &str) -> usize {
    let compiled = compiled(name, text);
    let (scenarios, _) = voordeur_scenario::compile(&compiled.scenarios, &compiled.protocols);
    let played = scenarios
        .iter()
        .flat_map(|scenario| scenario.examples.iter().map(|example| play(&scenario.protocol, example)));
    played.filter(|played| played.failure.is_none()).count()
}

/// The quickest of some runs, in milliseconds.
fn quickest<T>(work: impl Fn() -> T) -> f64 {
    let timed = |_| {
        let start = Instant::now();
        black_box(work());
        start.elapsed().as_secs_f64() * 1e3
    };
    (0..20).map(timed).fold(f64::MAX, f64::min)
}

/// One example again and again, for whoever looks where the time goes.
fn only(name: &str) -> bool {
    let Some((file, text)) =
        examples().into_iter().find(|(file, _)| file.ends_with(&format!("{name}.pathway")))
    else {
        return false;
    };
    println!("{:9.1} ms  {name}", (0..5).map(|_| quickest(|| check(&file, &text))).fold(f64::MAX, f64::min));
    true
}

fn benches(criterion: &mut Criterion) {
    if std::env::var("EXAMPLE").is_ok_and(|name| only(&name)) {
        return;
    }
    let all = examples();
    let (name, largest) = all.iter().max_by_key(|(_, text)| text.len()).expect("there are examples");
    assert_eq!(check(name, largest), 0, "the largest example is clean");
    let short = Path::new(name).file_name().expect("a file").to_string_lossy();
    let parsing = quickest(|| parse(black_box(largest)));
    let checking = quickest(|| check(name, black_box(largest)));
    let compiling = quickest(|| found(&compiled(name, black_box(largest))));
    let lines = largest.lines().count();
    println!(
        "check {short} ({lines} lines): {checking:.2} ms, {compiling:.2} ms of it without the proofs; parse alone {parsing:.2} ms; ratio {:.2}",
        checking / parsing
    );
    let mut each: Vec<_> =
        all.iter().map(|(name, text)| (quickest(|| check(name, black_box(text))), name)).collect();
    each.sort_by(|one, other| other.0.total_cmp(&one.0));
    println!("check with all proofs, each example:");
    for (time, name) in each {
        println!("{time:9.1} ms  {}", Path::new(name).file_name().unwrap_or_default().to_string_lossy());
    }
    let played: usize = all.iter().map(|(name, text)| test(name, text)).sum();
    let parsing = quickest(|| all.iter().map(|(_, text)| parse(black_box(text))).collect::<Vec<_>>());
    let testing = quickest(|| all.iter().map(|(name, text)| test(name, black_box(text))).sum::<usize>());
    let files = all.len();
    println!(
        "test {files} files, {played} scenarios: {testing:.1} ms; parse alone {parsing:.1} ms; ratio {:.2}",
        testing / parsing
    );
    let mut group = criterion.benchmark_group("examples");
    group.sample_size(20);
    group.bench_function("check the largest", |bench| bench.iter(|| check(black_box(name), largest)));
    group.bench_function("test all", |bench| {
        bench.iter(|| all.iter().map(|(name, text)| test(name, black_box(text))).sum::<usize>());
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
