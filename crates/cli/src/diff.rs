//! `voordeur diff`: what is different between two versions of a pathway, and for which households.

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use voordeur_diagnostics::{LineIndex, Located, Report, Severity, github, junit, sarif};
use voordeur_diff::{
    Acceptances, Comparison, Level, Version, acceptances, annotations, compared, html, html_text, json,
    markdown, markdown_text, text,
};
use voordeur_messages::say;
use voordeur_verify::{Budget, both};

use crate::args::{DIFF_BUDGET, DiffArgs, DiffFormat, FailOn};
use crate::failure::{Outcome, unless_closed};
use crate::folders::folders;
use crate::revision::is_folder;
use crate::source::{Source, bytes, named, read_both, read_text};
use crate::today::today;

pub(crate) fn diff(args: &DiffArgs) -> Result<Outcome> {
    match (is_folder(&args.old), is_folder(&args.new)) {
        (true, true) => return folders(args),
        // That the other one is not there is said before that one is a folder.
        (true, false) => drop(named(&args.new)?),
        (false, true) => drop(named(&args.old)?),
        (false, false) => {}
    }
    let budget = Budget { states: args.budget };
    let (old, new) = read_both(&args.old, &args.new, budget)?;
    if [&old, &new].iter().any(|source| source.compiled.has_errors()) {
        return not_comparable(args, [&old, &new]);
    }
    let (before, after) = (texts(&old), texts(&new));
    let both = (version(&old, &before), version(&new, &after));
    let mut comparison = compared(both.0, both.1, budget);
    let accepted = accepted(args.accepted.as_deref(), &args.new)?;
    (comparison.acceptances, comparison.expired) = (accepted.valid, accepted.expired);
    unless_closed(write(&mut io::stdout().lock(), args.format, &comparison, both))?;
    Ok(outcome(&comparison, args.fail_on))
}

/// What is different between two texts of one file; nothing where one of them is no pathway. What they import is taken
/// from beside that file.
pub(crate) fn between(path: &Path, old: &str, new: &str) -> Option<String> {
    let budget = Budget { states: DIFF_BUDGET };
    let (old, new) =
        both(|| read_text(path, old.to_owned(), budget), || read_text(path, new.to_owned(), budget));
    let is_pathway = |one: &Source| !one.compiled.has_errors() && !one.compiled.own().is_empty();
    if !is_pathway(&old) || !is_pathway(&new) {
        return None;
    }
    Some(text(&compared_sources(&old, &new, budget)))
}

pub(crate) fn compared_sources(old: &Source, new: &Source, budget: Budget) -> Comparison {
    let (before, after) = (texts(old), texts(new));
    compared(version(old, &before), version(new, &after), budget)
}

fn write(
    out: &mut impl Write,
    format: DiffFormat,
    comparison: &Comparison,
    (old, new): (Version<'_>, Version<'_>),
) -> Result<()> {
    let report = || annotations(comparison, old.sources, new.sources);
    match format {
        DiffFormat::Text => write!(out, "{}", text(comparison))?,
        DiffFormat::Markdown => write!(out, "{}", markdown(comparison))?,
        DiffFormat::Html => write!(out, "{}", html(comparison, old, new))?,
        DiffFormat::Json => as_json(out, &json(comparison))?,
        DiffFormat::Sarif => as_json(out, &sarif(&report(), env!("CARGO_PKG_VERSION")))?,
        DiffFormat::Github => write!(out, "{}", github(&report()))?,
        DiffFormat::Junit => write!(out, "{}", junit(&report()))?,
    }
    Ok(())
}

pub(crate) fn as_json(out: &mut impl Write, value: &Value) -> Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)?;
    Ok(())
}

/// What was accepted: in the file that is named, or in the one beside the new version, where there is one.
pub(crate) fn accepted(named: Option<&Path>, new: &Path) -> Result<Acceptances> {
    let beside = new.with_extension("accepted");
    let path = named.unwrap_or(&beside);
    let name = path.display();
    let bytes = match bytes(path) {
        Ok(bytes) => bytes,
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {
            return Ok(Acceptances::default());
        }
        Err(error) => return Err(error).with_context(|| say!("{name}: cannot be read", name)),
    };
    let text = String::from_utf8(bytes).with_context(|| say!("{name}: is no text in UTF-8", name))?;
    acceptances(&text, &today()?.to_string()).with_context(|| say!("{name}: says what was accepted", name))
}

/// A version that is a pathway; what is wrong with another one is told.
pub(crate) fn readable(source: Source) -> Result<Option<Source>> {
    tell_errors(&source)?;
    Ok(Some(source).filter(|source| !source.compiled.has_errors()))
}

/// What is wrong with a version that is no pathway.
fn tell_errors(source: &Source) -> Result<()> {
    if !source.compiled.has_errors() {
        return Ok(());
    }
    let mut err = io::stderr().lock();
    let told = write!(err, "{}", source.show(err.is_terminal()));
    unless_closed(told.map_err(Into::into))
}

/// An error for programs: the file, the line counted from 1, and the message.
fn error_of(one: &Located<'_>) -> Value {
    let line = LineIndex::new(one.file.text).line(one.finding.span.start);
    json!({ "file": one.file.name, "line": line, "message": one.finding.message })
}

/// Nobody takes a comparison that failed for one that found nothing.
fn not_comparable(args: &DiffArgs, both: [&Source; 2]) -> Result<Outcome> {
    for source in both {
        tell_errors(source)?;
    }
    unless_closed(tell_not_comparable(args, both))?;
    Ok(Outcome::NotComparable)
}

fn tell_not_comparable(args: &DiffArgs, both: [&Source; 2]) -> Result<()> {
    let mut out = io::stdout().lock();
    let (old, new) = (args.old.display().to_string(), args.new.display());
    let told = say!("could not compare {old} and {new}: see what is wrong with them", old, new);
    let mut report = Report::default();
    report.file(&old);
    report.undecided(&old, told.clone());
    for compiled in both.map(|source| &source.compiled) {
        for problem in compiled.problems.iter().filter(|one| one.severity == Severity::Error) {
            report.finding(&compiled.sources, problem, None, |_, _| Vec::new());
        }
    }
    match args.format {
        DiffFormat::Text => writeln!(out, "{told}")?,
        DiffFormat::Markdown => writeln!(out, "### {}", markdown_text(&told))?,
        DiffFormat::Html => writeln!(out, "{}", html_text(&told))?,
        DiffFormat::Json => {
            let errors: Vec<Value> = report.told().map(error_of).collect();
            as_json(&mut out, &json!({ "could_not_compare": true, "errors": errors }))?;
        }
        DiffFormat::Sarif => as_json(&mut out, &sarif(&report, env!("CARGO_PKG_VERSION")))?,
        DiffFormat::Github => writeln!(out, "{}", github(&report))?,
        DiffFormat::Junit => write!(out, "{}", junit(&report))?,
    }
    Ok(())
}

fn texts(source: &Source) -> Vec<(String, String)> {
    let files = source.compiled.sources.files();
    files.map(|file| (file.name.to_owned(), file.text.to_owned())).collect()
}

fn version<'s>(source: &'s Source, texts: &'s [(String, String)]) -> Version<'s> {
    let compiled = &source.compiled;
    Version { texts, pathways: compiled.own(), promises: &compiled.promises, sources: &compiled.sources }
}

pub(crate) fn outcome(comparison: &Comparison, fail_on: FailOn) -> Outcome {
    let levels = comparison.levels();
    let most = match fail_on {
        FailOn::Breaks => Level::Breaks,
        FailOn::Weakens => Level::Weakens,
        FailOn::Shifts => Level::Shifts,
        FailOn::Strengthens => Level::Strengthens,
        FailOn::Editorial => Level::Editorial,
    };
    if levels.iter().any(|level| *level <= most && *level != Level::Undecided) {
        Outcome::Findings
    } else if levels.contains(&Level::Undecided) {
        Outcome::Undecided
    } else {
        Outcome::Clean
    }
}
