//! `voordeur check`.
//!
//! | file | does |
//! | --- | --- |
//! | `mod.rs` | checks, and says in which format what was found |
//! | `fix.rs` | mends files |
//! | `plugins.rs` | holds actions against the plugins that carry them out |
//! | `watch.rs` | checks again when a file changes |

mod fix;
mod plugins;
mod watch;

use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;
use voordeur_messages::{mark, said, say};

use anyhow::Result;
use serde_json::Value;
use voordeur_diagnostics::{Excuse, Report, concise, github, json, junit, sarif};
use voordeur_syntax::names_around;
use voordeur_verify::Budget;

use crate::args::{CheckArgs, CheckFormat};
use crate::failure::Outcome;
use crate::source::{self, Source, read_within};
use crate::verify;

pub(crate) fn check(args: &CheckArgs) -> Result<Outcome> {
    if args.watch {
        return watch::watch(args);
    }
    let files = source::files(&args.files)?;
    let budget = Budget { states: args.budget };
    let sources = sources(&files, budget)?;
    let sources = match fix::wanted(args) {
        Some(most) => fix::fix(sources, &files, most, budget)?,
        None => sources,
    };
    let (mut sources, undecided) = looked_at(sources, budget);
    plugins::compare(&mut sources, &args.plugins)?;
    let mut out = io::stdout().lock();
    let colour = out.is_terminal();
    write(&mut out, &sources, args.format, colour)?;
    drop(out);
    for line in &undecided {
        writeln!(io::stderr(), "{line}")?;
    }
    let open = if undecided.is_empty() { Outcome::Clean } else { Outcome::Undecided };
    let found = sources.iter().map(|source| Outcome::of_findings(&source.compiled.problems));
    Ok(found.fold(open, Outcome::and))
}

/// Looks at everything that can happen to a case of the pathways, and says what was left undecided.
fn looked_at(mut sources: Vec<Source>, budget: Budget) -> (Vec<Source>, Vec<String>) {
    let mut undecided = Vec::new();
    for source in &mut sources {
        let looked = verify::look(source, budget, false);
        source.undecided = in_doubt(source).into_iter().chain(verify::undecided(&looked)).collect();
        undecided.extend(source.undecided.iter().cloned());
    }
    (sources, undecided)
}

/// What is said of findings that are not confirmed.
fn in_doubt(source: &Source) -> Option<String> {
    let number = source.compiled.problems.iter().filter(|one| one.doubt.is_some()).count();
    let name = &source.name;
    (number > 0).then(|| say!("{name}: undecided: {number} of the findings are not confirmed", name, number))
}

fn sources(files: &[PathBuf], budget: Budget) -> Result<Vec<Source>> {
    files.iter().map(|path| read_within(path, budget)?.expired_today()).collect()
}

/// Writes what was found, in a format.
fn write(out: &mut impl Write, sources: &[Source], format: CheckFormat, colour: bool) -> Result<()> {
    let report = || report(sources);
    match format {
        CheckFormat::Text => as_text(out, sources, colour),
        CheckFormat::Concise => Ok(out.write_all(concise(&report()).as_bytes())?),
        CheckFormat::Json => as_json(out, &json(&report())),
        CheckFormat::Sarif => as_json(out, &sarif(&report(), env!("CARGO_PKG_VERSION"))),
        CheckFormat::Github => Ok(out.write_all(github(&report()).as_bytes())?),
        CheckFormat::Junit => Ok(out.write_all(junit(&report()).as_bytes())?),
    }
}

fn report(sources: &[Source]) -> Report<'_> {
    let mut report = Report::default();
    for source in sources {
        let compiled = &source.compiled;
        report.file(&source.name);
        source.undecided.iter().for_each(|what| report.undecided(&source.name, what));
        for problem in &compiled.problems {
            report.finding(&compiled.sources, problem, None, names_around);
        }
        for allowed in &compiled.allowed {
            let excuse = Excuse { because: allowed.because.clone(), until: allowed.until.to_string() };
            report.finding(&compiled.sources, &allowed.warning, Some(excuse), names_around);
        }
    }
    report
}

fn as_text(out: &mut impl Write, sources: &[Source], colour: bool) -> Result<()> {
    for source in sources {
        write!(out, "{}", source.show(colour))?;
        writeln!(out, "{}", summary(source))?;
    }
    Ok(())
}

fn summary(source: &Source) -> String {
    let problems = &source.compiled.problems;
    if problems.is_empty() && !source.undecided.is_empty() {
        return say!("{name}: undecided, nothing found so far", name = source.name) + &allowed(source);
    }
    if problems.is_empty() {
        let pathways = source.compiled.own().iter();
        let said = pathways.map(|p| {
            let (stages, ends) = (p.stages.len(), p.ends.len());
            let (obligations, rules) = (p.obligations.len(), p.rules.len());
            say!("{name}: clean ({name_2} {version}: {stages} stages, {ends} ends, {obligations} obligations, {rules} rules)", name = source.name, name_2 = p.name, version = p.version, stages, ends, obligations, rules)
        });
        let said: Vec<String> = said.collect();
        // A file may hold a module alone.
        let clean = || say!("{name}: clean", name = source.name);
        return if said.is_empty() { clean() } else { said.join("\n") } + &allowed(source);
    }
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    format!(
        "{}: {}, {}{}",
        source.name,
        count(errors, mark!("1 error"), mark!("{number} errors")),
        count(problems.len() - errors, mark!("1 warning"), mark!("{number} warnings")),
        allowed(source)
    )
}

/// How many warnings the file allows itself; nothing when there are none.
fn allowed(source: &Source) -> String {
    match source.compiled.allowed.len() {
        0 => String::new(),
        number => format!(", {}", say!("{number} allowed", number)),
    }
}

pub(crate) fn count(number: usize, one: &'static str, many: &'static str) -> String {
    said(if number == 1 { one } else { many }, &[("number", &number)])
}

fn as_json(out: &mut impl Write, value: &Value) -> Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)?;
    Ok(())
}
