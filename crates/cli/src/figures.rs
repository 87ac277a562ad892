//! `voordeur figures`: what a project counts of itself.

use std::io::{self, Write};

use anyhow::Result;
use serde_json::{Map, Value, json};
use voordeur_messages::say;
use voordeur_runtime::{Figures, Referred, Spans, Worked};

use crate::args::{FiguresArgs, Format};
use crate::failure::{Outcome, Refused, unless_closed};
use crate::progress::Progress;
use crate::runtime::{explain, looking};
use crate::trouble::LeftOut;

pub(crate) async fn figures(args: &FiguresArgs) -> Result<Outcome> {
    let runtime = looking(&args.common.db).await?;
    let mut left_out = LeftOut::default();
    let mut all = {
        let bar = Progress::of_cases(Some(runtime.store().counts().await?.cases));
        runtime.figures(&mut left_out, |seen| bar.at(seen)).await.map_err(explain)?
    };
    runtime.store().close().await;
    if let Some(name) = &args.pathway {
        all.retain(|pathway, _| pathway == name);
        if all.is_empty() {
            return Err(Refused(say!("the database has no cases of `{name}`", name)).into());
        }
    }
    let mut out = io::stdout().lock();
    unless_closed(match args.common.format {
        Format::Json => {
            let all: Map<String, Value> =
                all.iter().map(|(name, one)| (name.clone(), as_json(one))).collect();
            crate::diff::as_json(&mut out, &Value::Object(all))
        }
        Format::Text => all.iter().try_for_each(|(name, one)| write(&mut out, name, one)),
    })?;
    Ok(left_out.outcome())
}

fn as_json(figures: &Figures) -> Value {
    let partner = |one: &Referred| {
        json!({
            "capacity": one.capacity, "asked": one.asked, "accepted": one.accepted, "in_time": one.in_time,
            "declined": one.declined, "taken_up": one.taken_up, "waiting": one.waiting,
            "days_until_accepted": spans(&one.until_accepted),
        })
    };
    let work =
        |one: &Worked| json!({ "asked": one.asked, "done": one.done, "days_until_done": spans(&one.took) });
    let partners: Map<String, Value> =
        figures.partners.iter().map(|(name, one)| (name.clone(), partner(one))).collect();
    let work: Map<String, Value> = figures.work.iter().map(|(name, one)| (name.clone(), work(one))).collect();
    json!({
        "cases": figures.cases, "open": figures.open, "known_households": figures.known, "partners": partners,
        "work": work,
    })
}

fn spans(spans: &Spans) -> Value {
    json!({ "median": spans.median(), "longest": spans.longest() })
}

fn write(out: &mut impl Write, name: &str, figures: &Figures) -> Result<()> {
    let Figures { cases, open, known, .. } = figures;
    let text = say!(
        "{name}: {cases} cases, {open} of them open; {known} for a household that has another case, or had one",
        name,
        cases,
        open,
        known
    );
    writeln!(out, "{text}")?;
    let head = [
        say!("referred to"),
        say!("asked"),
        say!("accepted"),
        say!("in time"),
        say!("declined"),
        say!("taken up"),
        say!("waiting"),
        say!("days"),
        say!("longest"),
    ];
    let row = |(name, one): (&String, &Referred)| {
        let numbers = [one.asked, one.accepted, one.in_time, one.declined, one.taken_up, one.waiting];
        cells(name, &numbers, &one.until_accepted)
    };
    table(out, &head, &figures.partners.iter().map(row).collect::<Vec<_>>())?;
    let head = [say!("to be done"), say!("asked"), say!("done"), say!("days"), say!("longest")];
    let row = |(name, one): (&String, &Worked)| cells(name, &[one.asked, one.done], &one.took);
    table(out, &head, &figures.work.iter().map(row).collect::<Vec<_>>())
}

fn cells(name: &str, numbers: &[u64], spans: &Spans) -> Vec<String> {
    let days = |days: Option<f64>| days.map_or_else(|| "–".to_owned(), |days| format!("{days:.1}"));
    let numbers = numbers.iter().map(u64::to_string);
    let days = [days(spans.median()), days(spans.longest())];
    std::iter::once(name.to_owned()).chain(numbers).chain(days).collect()
}

/// The first column to the left, numbers to the right.
fn table(out: &mut impl Write, head: &[String], rows: &[Vec<String>]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let all = || std::iter::once(head).chain(rows.iter().map(Vec::as_slice));
    let width = |column: usize| {
        all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    for row in all() {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        writeln!(out, "  {}", cells.collect::<Vec<_>>().join("  "))?;
    }
    Ok(())
}
