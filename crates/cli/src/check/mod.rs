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

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use voordeur_messages::{mark, said, say};

use anyhow::{Result, bail};
use serde_json::Value;
use voordeur_diagnostics::{Excuse, Report, concise, github, json, junit, sarif};
use voordeur_syntax::names_around;
use voordeur_verify::Budget;

use crate::args::{CheckArgs, CheckFormat};
use crate::colour::colour;
use crate::failure::{Outcome, in_words, unless_closed};
use crate::source::{self, Source, read_within};
use crate::today::today;
use crate::verify;

pub(crate) fn check(args: &CheckArgs) -> Result<Outcome> {
    let changes = args.fix || args.unsafe_fixes || args.watch;
    if changes && args.files.iter().any(|path| source::is_stdin(path)) {
        bail!("{}", say!("`-` is no file: `--fix`, `--unsafe-fixes` and `--watch` need one"));
    }
    if args.watch {
        return watch::watch(args);
    }
    let budget = Budget { states: args.budget };
    let mut read = Read::of_paths(&args.files, budget)?;
    if let Some(most) = fix::wanted(args) {
        fix::fix(&mut read.sources, most, budget)?;
    }
    plugins::compare(sources_of(&mut read.sources), &args.plugins)?;
    let colour = colour(&io::stdout());
    unless_closed(write(&mut io::stdout().lock(), &read, args.format, colour))?;
    for line in read.undecided() {
        unless_closed(writeln!(io::stderr(), "{line}").map_err(Into::into))?;
    }
    Ok(read.outcome())
}

/// The files that are checked.
struct Read {
    sources: Vec<(PathBuf, Source)>,
    /// Those that could not be read, and why.
    failed: Vec<(String, String)>,
}

fn sources_of(sources: &mut [(PathBuf, Source)]) -> impl Iterator<Item = &mut Source> {
    sources.iter_mut().map(|(_, source)| source)
}

impl Read {
    /// Reads files and folders. A folder without pathways does not keep the others from being checked.
    fn of_paths(paths: &[PathBuf], budget: Budget) -> Result<Self> {
        let (mut good, mut failed) = (Vec::new(), Vec::new());
        for path in paths {
            match source::files(std::slice::from_ref(path)) {
                Ok(_) => good.push(path.clone()),
                Err(error) => failed.push((path.display().to_string(), in_words(&error))),
            }
        }
        let mut read = Self::of(source::files(&good)?, budget)?;
        read.failed.splice(0..0, failed);
        Ok(read)
    }

    /// Reads them and looks at everything that can happen to their cases. One that cannot be read does not keep the
    /// others from being checked.
    fn of(files: Vec<PathBuf>, budget: Budget) -> Result<Self> {
        let mut read = Self { sources: Vec::new(), failed: Vec::new() };
        for path in files {
            match looked_at(&path, budget) {
                Ok(source) => read.sources.push((path, source)),
                Err(error) => read.failed.push((path.display().to_string(), in_words(&error))),
            }
        }
        today().map(|_| read)
    }

    /// What was left undecided, and what could not be read at all.
    fn undecided(&self) -> impl Iterator<Item = &String> {
        let left = self.sources.iter().flat_map(|(_, source)| &source.undecided);
        left.chain(self.failed.iter().map(|(_, why)| why))
    }

    fn outcome(&self) -> Outcome {
        let of = |(_, source): &(PathBuf, Source)| {
            let open = if source.undecided.is_empty() { Outcome::Clean } else { Outcome::Undecided };
            open.and(Outcome::of_findings(&source.compiled.problems))
        };
        let open = if self.failed.is_empty() { Outcome::Clean } else { Outcome::Failed };
        self.sources.iter().map(of).fold(open, Outcome::and)
    }
}

fn looked_at(path: &Path, budget: Budget) -> Result<Source> {
    look(read_within(path, budget)?, budget)
}

/// Looks at everything that can happen to a case of the pathways of a file; what was left undecided is kept with it.
fn look(source: Source, budget: Budget) -> Result<Source> {
    let mut source = source.expired_today()?;
    let looked = verify::look(&mut source, budget, false);
    source.undecided = in_doubt(&source).into_iter().chain(verify::undecided(&looked)).collect();
    Ok(source)
}

/// What is said of findings that are not confirmed.
fn in_doubt(source: &Source) -> Option<String> {
    let number = source.compiled.problems.iter().filter(|one| one.doubt.is_some()).count();
    let name = &source.name;
    (number > 0).then(|| say!("{name}: undecided: {number} of the findings are not confirmed", name, number))
}

/// Writes what was found, in a format.
fn write(out: &mut impl Write, read: &Read, format: CheckFormat, colour: bool) -> Result<()> {
    let report = || report(read);
    match format {
        CheckFormat::Text => as_text(out, &read.sources, colour),
        CheckFormat::Concise => Ok(out.write_all(concise(&report()).as_bytes())?),
        CheckFormat::Json => as_json(out, &json(&report())),
        CheckFormat::Sarif => as_json(out, &sarif(&report(), env!("CARGO_PKG_VERSION"))),
        CheckFormat::Github => Ok(out.write_all(github(&report()).as_bytes())?),
        CheckFormat::Junit => Ok(out.write_all(junit(&report()).as_bytes())?),
    }
}

fn report(read: &Read) -> Report<'_> {
    let mut report = Report::default();
    for (name, why) in &read.failed {
        report.file(name);
        report.undecided(name, why);
    }
    for (_, source) in &read.sources {
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

fn as_text(out: &mut impl Write, sources: &[(PathBuf, Source)], colour: bool) -> Result<()> {
    for (_, source) in sources {
        write!(out, "{}", source.show(colour))?;
        writeln!(out, "{}", summary(source))?;
        if let Some(line) = verify::not_looked_at(source) {
            writeln!(out, "{line}")?;
        }
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
