//! `voordeur verify`: what every case of a pathway can come to. `voordeur check` asks the same of each file.

use std::io::{self, Write as _};

use anyhow::Result;
use serde_json::{Value, json};
use voordeur_messages::say;
use voordeur_protocol::{CheckedProtocol, Protocol, of_editions};
use voordeur_verify::{Bounds, Budget, Incomplete, Milestone, Promise, Report, bounds, keep, verify_with};

use crate::args::{Format, VerifyArgs};
use crate::colour::colour;
use crate::failure::{Outcome, unless_closed};
use crate::promises::{Answer, settle_editions};
use crate::source::{Source, read_within};

/// What was looked at of a file.
pub(crate) struct Looked {
    pathways: Vec<Pathway>,
    promises: Vec<Answer>,
}

/// What was looked at of one pathway.
struct Pathway {
    pathway: CheckedProtocol,
    report: Report,
}

/// Looks at every case of the pathways of a file, and whether its promises are kept, and adds what is found to its
/// findings. With `witness` kept promises are shown at work.
pub(crate) fn look(source: &mut Source, budget: Budget, witness: bool) -> Looked {
    let pathways: Vec<CheckedProtocol> = source.compiled.own().to_vec();
    let mut open = source.promises.clone();
    let (mut looked, mut answers) = (Vec::new(), Vec::new());
    for pathway in &pathways {
        let mut each = Vec::new();
        for edition in pathway.editions_in_force() {
            let own: Vec<Promise> = open.extract_if(.., |promise| promise.is_about(edition)).collect();
            let (mut report, kept) = verify_with(edition, &own.iter().collect::<Vec<_>>(), budget, witness);
            each.push(std::mem::take(&mut report.findings));
            answers.extend(own.into_iter().zip(kept).map(|(promise, kept)| Answer { promise, kept }));
            looked.push(Pathway { pathway: edition.clone(), report });
        }
        source.compiled.admit(&pathway.name, of_editions(&each));
    }
    // What is promised of a pathway that another file declares.
    answers.extend(open.into_iter().map(|promise| Answer { kept: keep(&promise, budget, witness), promise }));
    answers.sort_by_key(|answer| answer.promise.span);
    settle_editions(&mut answers);
    answers.iter().for_each(|answer| answer.admit(&mut source.compiled));
    let looked = Looked { pathways: looked, promises: answers };
    if !is_undecided(&looked) && !source.compiled.has_errors() {
        looked.pathways.iter().for_each(|one| source.compiled.settle(&one.pathway.name));
    }
    looked
}

/// Whether something was left undecided.
pub(crate) fn is_undecided(looked: &Looked) -> bool {
    looked.pathways.iter().any(|one| one.report.incomplete.is_some() || one.report.unconfirmed > 0)
        || looked.promises.iter().any(Answer::is_undecided)
}

/// What was left undecided, and how much was looked at.
pub(crate) fn undecided(looked: &Looked) -> Vec<String> {
    let mut lines = Vec::new();
    for Pathway { pathway, report } in &looked.pathways {
        let (name, situations) = (&pathway.name, report.situations);
        if let Some(why) = report.incomplete {
            lines.push(say!(
                "{name}: undecided: {situations} situations were looked at, and {why}; what stands here is true, and more may be found",
                name,
                situations,
                why = in_words(why)
            ));
        }
    }
    lines.extend(looked.promises.iter().flat_map(Answer::undecided));
    lines
}

/// The tables of which not every day is decided, and why.
fn undecided_days(looked: &Looked, tables: &[Table]) -> Vec<String> {
    let open = looked.pathways.iter().zip(tables).filter_map(|(one, (_, why))| {
        // Of one of which not everything was looked at that is said already.
        Some((one, why.filter(|_| one.report.incomplete.is_none())?))
    });
    let line = |(one, why): (&Pathway, Incomplete)| {
        let (name, why) = (&one.pathway.name, in_words(why));
        say!(
            "{name}: undecided: of not every stage and end it is decided how soon or how late a case gets there, because {why}",
            name,
            why
        )
    };
    open.map(line).collect()
}

pub(crate) fn in_words(why: Incomplete) -> String {
    match why {
        Incomplete::Budget => say!("there are more than the budget allows (`--budget`)"),
        Incomplete::Answers => say!("one report can be answered in too many ways"),
        Incomplete::Clocks => {
            say!(
                "an event that comes again and again sets a clock each time, without number: see `after … of` an event"
            )
        }
        Incomplete::Engine => say!("rules set each other off without end"),
        Incomplete::Birthdays => say!("several rules wait for the same birthday"),
    }
}

pub(crate) fn run(args: &VerifyArgs) -> Result<Outcome> {
    let budget = Budget { states: args.budget };
    let mut outcome = Outcome::Clean;
    let mut pages = Vec::new();
    for path in &args.files {
        let mut source = read_within(path, budget)?;
        let looked = look(&mut source, budget, args.witness);
        let tables: Vec<_> = looked.pathways.iter().map(|one| bounds(&one.pathway, budget)).collect();
        match args.format {
            Format::Text => unless_closed(as_text(&source, &looked, &tables))?,
            Format::Json => pages.push(as_json(&source, &looked, &tables)),
        }
        let found = Outcome::of_findings(&source.compiled.problems);
        let open = is_undecided(&looked) || tables.iter().any(|(_, why)| why.is_some());
        outcome = outcome.and(found).and(if open { Outcome::Undecided } else { Outcome::Clean });
    }
    if args.format == Format::Json {
        unless_closed(crate::diff::as_json(&mut io::stdout().lock(), &json!(pages)))?;
    }
    Ok(outcome)
}

type Table = (Vec<Bounds>, Option<Incomplete>);

fn as_text(source: &Source, looked: &Looked, tables: &[Table]) -> Result<()> {
    let mut out = io::stdout().lock();
    write!(out, "{}", source.show(colour(&out)))?;
    for line in looked.promises.iter().flat_map(Answer::lines) {
        writeln!(out, "{line}")?;
    }
    for (one, (rows, _)) in looked.pathways.iter().zip(tables) {
        let (name, situations) = (edition_name(&one.pathway), one.report.situations);
        writeln!(out, "{}", say!("{name}: {situations} situations looked at", name, situations))?;
        for line in table(&one.pathway, rows).into_iter().chain(schools(&one.pathway)) {
            writeln!(out, "  {line}")?;
        }
    }
    for line in
        undecided(looked).into_iter().chain(undecided_days(looked, tables)).chain(not_looked_at(source))
    {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// A pathway with errors is no pathway yet: what is promised of it waits until they are mended.
pub(crate) fn not_looked_at(source: &Source) -> Option<String> {
    let waiting = source.compiled.promises.len().saturating_sub(source.promises.len());
    let name = &source.name;
    (waiting > 0 && source.compiled.has_errors())
        .then(|| say!("{name}: what is promised is looked at when these errors are mended", name))
}

/// The name of a pathway, with the day from which its settings have these values.
pub(crate) fn edition_name(pathway: &CheckedProtocol) -> String {
    let name = &pathway.name;
    match pathway.edition() {
        Some(from) => say!("{name} (from {from})", name, from),
        None => name.clone(),
    }
}

/// The bounds as a table: a row for each stage and end. Where it is not decided, others may come sooner or later.
fn table(protocol: &Protocol, rows: &[Bounds]) -> Vec<String> {
    let mut cells = vec![[say!("days since the report"), say!("earliest"), say!("latest")]];
    cells.extend(rows.iter().map(|row| {
        let earliest = match row.earliest {
            Some(days) if row.is_earliest => days.to_string(),
            Some(days) => say!("{days} or sooner", days),
            None if row.is_earliest => say!("never"),
            None => say!("undecided"),
        };
        let latest = match (row.earliest, row.latest) {
            (None, _) => String::new(),
            (_, Some(days)) if row.is_latest => days.to_string(),
            (_, Some(days)) => say!("{days} or later", days),
            (_, None) => say!("no bound"),
        };
        [milestone(protocol, row.milestone), earliest, latest]
    }));
    let width = |column: usize| {
        cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let (first, second, third) = (width(0), width(1), width(2));
    let line = |[name, earliest, latest]: &[String; 3]| {
        format!("{name:first$}  {earliest:>second$}  {latest:>third$}").trim_end().to_owned()
    };
    cells.iter().map(line).collect()
}

/// Teaching weeks are counted as far as the school calendar goes.
fn schools(protocol: &Protocol) -> Option<String> {
    let school = protocol.calendar.school()?;
    let (name, to) = (&school.name, school.to);
    Some(say!("teaching weeks are counted by the school calendar `{name}`, which ends on {to}", name, to))
}

fn milestone(protocol: &Protocol, milestone: Milestone) -> String {
    match milestone {
        Milestone::Stage(stage) => say!("stage {name}", name = protocol.stages.row(stage).name),
        Milestone::End(end) => say!("end {name}", name = protocol.ends.row(end).name),
    }
}

fn as_json(source: &Source, looked: &Looked, tables: &[Table]) -> Value {
    let pathways: Vec<Value> = looked
        .pathways
        .iter()
        .zip(tables)
        .map(|(one, (rows, why))| {
            let rows: Vec<Value> = rows
                .iter()
                .map(|row| {
                    let (kind, name) = match row.milestone {
                        Milestone::Stage(stage) => ("stage", &one.pathway.stages.row(stage).name),
                        Milestone::End(end) => ("end", &one.pathway.ends.row(end).name),
                    };
                    let reached = row.earliest.is_some();
                    json!({
                        "kind": kind,
                        "name": name,
                        "reached": (reached || row.is_earliest).then_some(reached),
                        "earliest_days": row.earliest,
                        "is_earliest": (reached || row.is_earliest).then_some(row.is_earliest),
                        "latest_days": row.latest,
                        "is_bounded": (reached && row.is_latest).then_some(row.latest.is_some()),
                    })
                })
                .collect();
            json!({
                "pathway": one.pathway.name,
                "version": one.pathway.version,
                "edition": one.pathway.edition(),
                "situations": one.report.situations,
                "undecided": one.report.incomplete.is_some() || one.report.unconfirmed > 0 || why.is_some(),
                "bounds": rows,
            })
        })
        .collect();
    let promises: Vec<Value> = looked.promises.iter().map(|one| one.json(&source.compiled.sources)).collect();
    let findings = source.compiled.problems.len();
    json!({ "file": source.name, "findings": findings, "promises": promises, "pathways": pathways })
}
