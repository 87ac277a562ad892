//! `voordeur diff` of two folders: file by file, each with the one of the same path.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use voordeur_diagnostics::{Report, github, junit, sarif};
use voordeur_diff::{Comparison, annotate, text};
use voordeur_messages::say;
use voordeur_verify::{Budget, both};

use crate::args::{DiffArgs, DiffFormat};
use crate::diff::{accepted, as_json, compared_sources, outcome, readable};
use crate::failure::{Outcome, unless_closed};
use crate::progress::Progress;
use crate::revision::in_folder;
use crate::source::{Source, pathways_below, read_text, read_within};

/// A file of one of the folders, or of both.
struct Pair {
    /// Its path in the new folder.
    name: String,
    /// Both versions, with what is different; nothing where one of them is no pathway.
    compared: Option<([Source; 2], Comparison)>,
}

pub(crate) fn folders(args: &DiffArgs) -> Result<Outcome> {
    if matches!(args.format, DiffFormat::Markdown | DiffFormat::Html | DiffFormat::Json) {
        bail!(
            "{}",
            say!("this report is about one file; for folders choose `text`, `sarif`, `github` or `junit`")
        );
    }
    if args.accepted.is_some() {
        bail!("{}", say!("of folders each file has what was accepted beside it; leave `--accepted` out"));
    }
    // That there are none is no difference that was found.
    let below = |folder| pathways_below(folder).map_err(|error| anyhow!("{error:#}"));
    let sides = [below(&args.old)?, below(&args.new)?];
    let pairs = pairs(args, &sides.map(|all| all.into_iter().collect()))?;
    unless_closed(write(args.format, &pairs))?;
    let outcomes = pairs.iter().map(|pair| match &pair.compared {
        Some((_, comparison)) => outcome(comparison, args.fail_on),
        None => Outcome::NotComparable,
    });
    Ok(outcomes.fold(Outcome::Clean, Outcome::and))
}

fn pairs(args: &DiffArgs, [old, new]: &[BTreeSet<PathBuf>; 2]) -> Result<Vec<Pair>> {
    let names: BTreeSet<&PathBuf> = old.union(new).collect();
    let progress = Progress::of_files(names.len());
    let mut done = Vec::new();
    for (number, name) in (1..).zip(names) {
        done.push(pair(args, name, [old.contains(name), new.contains(name)])?);
        progress.at(number);
    }
    told_elsewhere(&mut done);
    Ok(done)
}

/// What a fragment means is told by the pathways of the folder that import it.
fn told_elsewhere(pairs: &mut [Pair]) {
    let both = pairs.iter().filter_map(|pair| pair.compared.as_ref());
    let imports = both.flat_map(|(sources, _)| sources.iter().flat_map(|source| source.imports.clone()));
    let imported: BTreeSet<String> = imports.collect();
    for (sources, comparison) in pairs.iter_mut().filter_map(|pair| pair.compared.as_mut()) {
        comparison.is_told_elsewhere = sources.iter().any(|source| imported.contains(&source.name));
    }
}

fn pair(args: &DiffArgs, name: &Path, [was, is]: [bool; 2]) -> Result<Pair> {
    let budget = Budget { states: args.budget };
    let new = in_folder(&args.new, name);
    let (before, after) = both(|| side(&in_folder(&args.old, name), was, budget), || side(&new, is, budget));
    let sides = (readable(before?)?, readable(after?)?);
    let name = new.display().to_string();
    let (Some(before), Some(after)) = sides else { return Ok(Pair { name, compared: None }) };
    let mut comparison = compared_sources(&before, &after, budget);
    let accepted = accepted(None, &new)?;
    (comparison.acceptances, comparison.expired) = (accepted.valid, accepted.expired);
    Ok(Pair { name, compared: Some(([before, after], comparison)) })
}

/// A version of a file; where there is none, one without pathways.
fn side(path: &Path, is_there: bool, budget: Budget) -> Result<Source> {
    if is_there {
        return read_within(path, budget);
    }
    let mut nothing = read_text(path, String::new(), budget);
    nothing.compiled.problems.clear();
    Ok(nothing)
}

fn write(format: DiffFormat, pairs: &[Pair]) -> Result<()> {
    let mut out = io::stdout().lock();
    match format {
        DiffFormat::Sarif => as_json(&mut out, &sarif(&report(pairs), env!("CARGO_PKG_VERSION")))?,
        DiffFormat::Github => write!(out, "{}", github(&report(pairs)))?,
        DiffFormat::Junit => write!(out, "{}", junit(&report(pairs)))?,
        _ => write!(out, "{}", in_words(pairs))?,
    }
    Ok(())
}

fn report(pairs: &[Pair]) -> Report<'_> {
    let mut report = Report::default();
    for Pair { name, compared } in pairs {
        if let Some(([old, new], comparison)) = compared {
            annotate(&mut report, comparison, &old.compiled.sources, &new.compiled.sources);
        } else {
            report.file(name);
            report.undecided(name, not_compared(name));
        }
    }
    report
}

/// Each file that is not the same, and how many are.
fn in_words(pairs: &[Pair]) -> String {
    let (mut told, mut same) = (String::new(), 0_usize);
    for Pair { name, compared } in pairs {
        match compared {
            Some((_, comparison)) if comparison.is_empty() => same += 1,
            Some((_, comparison)) => told += &format!("{name}\n{}\n", text(comparison)),
            None => told += &format!("{}\n\n", not_compared(name)),
        }
    }
    let all = pairs.len();
    told + &say!("files: {all}, of which without any difference: {same}", all, same) + "\n"
}

fn not_compared(name: &str) -> String {
    say!("{name}: could not be compared: see what is wrong with its versions", name)
}
