//! `voordeur diff`: what is different between two versions of a pathway, and for which households.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::Result;
use serde_json::json;
use voordeur_diff::{Comparison, Level, Version, compared, json, text};
use voordeur_messages::say;
use voordeur_verify::Budget;

use crate::args::{DiffArgs, FailOn, Format};
use crate::failure::Outcome;
use crate::source::{Source, read_within};

pub(crate) fn diff(args: &DiffArgs) -> Result<Outcome> {
    let budget = Budget { states: args.budget };
    let (Some(old), Some(new)) = (readable(&args.old, budget)?, readable(&args.new, budget)?) else {
        return not_comparable(args);
    };
    let (before, after) = (texts(&old), texts(&new));
    let comparison = compared(version(&old, &before), version(&new, &after), budget);
    let mut out = io::stdout().lock();
    match args.format {
        Format::Text => write!(out, "{}", text(&comparison))?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &json(&comparison))?;
            writeln!(out)?;
        }
    }
    Ok(outcome(&comparison, args.fail_on))
}

/// A version that is a pathway; what is wrong with another one is told.
fn readable(path: &Path, budget: Budget) -> Result<Option<Source>> {
    let source = read_within(path, budget)?;
    if !source.compiled.has_errors() {
        return Ok(Some(source));
    }
    let mut err = io::stderr().lock();
    write!(err, "{}", source.show(err.is_terminal()))?;
    Ok(None)
}

/// Nobody takes a comparison that failed for one that found nothing.
fn not_comparable(args: &DiffArgs) -> Result<Outcome> {
    let mut out = io::stdout().lock();
    let (old, new) = (args.old.display(), args.new.display());
    match args.format {
        Format::Text => {
            writeln!(
                out,
                "{}",
                say!("could not compare {old} and {new}: see what is wrong with them", old, new)
            )?;
        }
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &json!({ "could_not_compare": true }))?;
            writeln!(out)?;
        }
    }
    Ok(Outcome::NotComparable)
}

fn texts(source: &Source) -> Vec<(String, String)> {
    let files = source.compiled.sources.files();
    files.map(|file| (file.name.to_owned(), file.text.to_owned())).collect()
}

fn version<'s>(source: &'s Source, texts: &'s [(String, String)]) -> Version<'s> {
    Version { texts, pathways: source.compiled.own() }
}

fn outcome(comparison: &Comparison, fail_on: FailOn) -> Outcome {
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
