//! `check --fix`: mends files, and never makes one worse.
//!
//! Each round applies the fixes that are there and checks again: what was mended may show what comes next. A
//! round after which a file would have more errors is not kept; then its fixes are tried one by one.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Result;
use voordeur_diagnostics::{Applicability, Diagnostic, LineIndex, Mended, mend};
use voordeur_messages::say;
use voordeur_verify::Budget;

use super::{look, looked_at};
use crate::args::CheckArgs;
use crate::replace::replace_keeping_mark;
use crate::source::{Source, read_text};

/// After so many rounds nothing new comes.
const ROUNDS: usize = 8;

/// How far the fixes go that are asked for.
pub(super) fn wanted(args: &CheckArgs) -> Option<Applicability> {
    match (args.fix, args.unsafe_fixes) {
        (_, true) => Some(Applicability::Unsafe),
        (true, false) => Some(Applicability::Safe),
        (false, false) => None,
    }
}

/// Mends every file and says on the error stream what was done; those that were changed are checked again.
pub(super) fn fix(sources: &mut [(PathBuf, Source)], most: Applicability, budget: Budget) -> Result<()> {
    let mut changed = false;
    for (path, source) in sources.iter() {
        let mended = rounds(source, &Looking { path, budget }, most)?;
        if mended.text != source.text {
            replace_keeping_mark(path, &mended.text)?;
            changed = true;
        }
        tell(source, &mended)?;
    }
    // Also the others: they may import what was changed.
    for (path, source) in sources.iter_mut().filter(|_| changed) {
        *source = looked_at(path, budget)?;
    }
    Ok(())
}

/// What has become of a file.
struct Outcome {
    text: String,
    /// What was mended: the rule, and the line at that moment.
    done: Vec<(String, u32)>,
    /// How many fixes would have made it worse.
    refused: usize,
}

fn rounds(source: &Source, looking: &Looking<'_>, most: Applicability) -> Result<Outcome> {
    let mut outcome = Outcome { text: source.text.clone(), done: Vec::new(), refused: 0 };
    let mut findings = own(source);
    for _ in 0..ROUNDS {
        let Some(all) = mend(&outcome.text, &findings, most) else { break };
        let step = match looking.tried(&findings, &all.text)? {
            Some(after) => Some((all, after)),
            None => one_by_one(looking, &outcome.text, &findings, most, &mut outcome.refused)?,
        };
        let Some((mended, after)) = step else { break };
        outcome.keep(mended);
        findings = after;
    }
    Ok(outcome)
}

/// The first fix that makes the file no worse by itself.
fn one_by_one(
    looking: &Looking<'_>,
    text: &str,
    findings: &[Diagnostic],
    most: Applicability,
    refused: &mut usize,
) -> Result<Option<(Mended, Vec<Diagnostic>)>> {
    *refused = 0;
    for finding in findings {
        let Some(mended) = mend(text, std::slice::from_ref(finding), most) else { continue };
        match looking.tried(findings, &mended.text)? {
            Some(after) => return Ok(Some((mended, after))),
            None => *refused += 1,
        }
    }
    Ok(None)
}

/// What a text is looked at as.
struct Looking<'p> {
    path: &'p Path,
    budget: Budget,
}

impl Looking<'_> {
    /// What is found in the text; `None` when it has more errors than before, or as much is wrong with it.
    fn tried(&self, before: &[Diagnostic], text: &str) -> Result<Option<Vec<Diagnostic>>> {
        let after = own(&look(read_text(self.path, text.to_owned(), self.budget), self.budget)?);
        let errors = |findings: &[Diagnostic]| findings.iter().filter(|finding| finding.is_error()).count();
        let better = errors(&after) <= errors(before) && after.len() < before.len();
        Ok(better.then_some(after))
    }
}

/// What is found in the file itself, and not in one that it imports.
fn own(source: &Source) -> Vec<Diagnostic> {
    let located = source.compiled.problems.iter().map(|problem| source.compiled.sources.locate(problem));
    located.filter(|(file, _)| file.name == source.name).map(|(_, finding)| finding).collect()
}

impl Outcome {
    fn keep(&mut self, mended: Mended) {
        let lines = LineIndex::new(&self.text);
        self.done.extend(mended.mended.iter().map(|(rule, at)| (rule.name().to_owned(), lines.line(*at))));
        self.text = with_line_ends_of(&self.text, mended.text);
    }
}

/// What is put in ends its lines as the others do.
fn with_line_ends_of(before: &str, text: String) -> String {
    let windows = before.split_inclusive('\n').all(|line| line.ends_with("\r\n") || !line.ends_with('\n'));
    if windows && before.contains('\n') { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text }
}

fn tell(source: &Source, outcome: &Outcome) -> Result<()> {
    let mut err = io::stderr().lock();
    for (rule, line) in &outcome.done {
        writeln!(err, "{}", say!("{name}:{line}: mended [{rule}]", name = source.name, line, rule))?;
    }
    if outcome.refused > 0 {
        let (name, number) = (&source.name, outcome.refused);
        writeln!(
            err,
            "{}",
            say!("{name}: {number} fixes left alone: with them it would be no better", name, number)
        )?;
    }
    if outcome.done.is_empty() && outcome.refused == 0 {
        writeln!(err, "{}", say!("{name}: nothing to mend", name = source.name))?;
    }
    Ok(())
}
