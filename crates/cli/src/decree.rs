//! `voordeur decree`: what moves when a holiday is decreed.

use std::io::{self, Write as _};

use anyhow::Result;
use jiff::civil::Date;
use serde_json::{Value, json};
use voordeur_calendar::moment_in_words;
use voordeur_messages::{say, shown};
use voordeur_runtime::{Recounted, micros};
use voordeur_store::DecreeRow;

use crate::args::{DecreeArgs, Format};
use crate::case::moment_of;
use crate::clock::moment_to_write;
use crate::failure::{Outcome, Refused};
use crate::progress::Progress;
use crate::runtime::{deciding, explain, somebody};
use crate::trouble::LeftOut;

pub(crate) async fn decree(args: &DecreeArgs) -> Result<Outcome> {
    if args.apply {
        somebody(args.by.as_deref())?;
    }
    let mut runtime = deciding(&args.common.db, args.by.as_deref()).await?;
    let at = args.at.as_deref();
    let now = if args.apply { moment_to_write(&runtime, at) } else { moment_of(&runtime, at) }?;
    let mut rows = rows(args, micros(now))?;
    if args.take_back {
        rows = runtime.taken_back(rows).await.map_err(explain)?;
    }
    let (mut moved, mut left_out) = (Vec::new(), LeftOut::default());
    {
        let bar = Progress::of_cases(None);
        let found = |case| moved.push(case);
        let preview = runtime.recount_preview(&rows, &mut left_out, found, |seen| bar.at(seen)).await;
        preview.map_err(explain)?;
    }
    if args.apply {
        let bar = Progress::of_cases(None);
        runtime.decree(rows, now, &mut left_out, |seen| bar.at(seen)).await.map_err(explain)?;
    }
    runtime.store().close().await;
    match args.common.format {
        Format::Json => show_json(&moved, args.apply)?,
        Format::Text => show(&moved, args.apply)?,
    }
    Ok(left_out.outcome())
}

/// Days and years as they are stored.
fn rows(args: &DecreeArgs, added_at: i64) -> Result<Vec<DecreeRow>> {
    let row = |what: String| DecreeRow { what, because: args.because.clone(), added_at };
    let day = |text: &String| match text.parse::<Date>() {
        Ok(day) if text.len() == 10 => Ok(row(day.to_string())),
        _ => Err(Refused(say!("`{day}` is no day; write `2029-05-11`", day = shown(text))).into()),
    };
    let year = |text: &String| match text.parse::<i16>() {
        Ok(year) if (1950..=2150).contains(&year) => Ok(row(year.to_string())),
        _ => Err(Refused(say!("`{year}` is no year; write `2029`", year = shown(text))).into()),
    };
    args.days.iter().map(day).chain(args.years.iter().map(year)).collect()
}

fn show(moved: &[Recounted], applied: bool) -> Result<()> {
    let mut out = io::stdout().lock();
    for case in moved {
        writeln!(out, "{} ({} {}):", case.label, case.protocol.name, case.protocol.version)?;
        for (what, before, now) in &case.timers {
            let [before, now] = [before, now].map(|at| moment_in_words(case.protocol.calendar.local(*at)));
            writeln!(out, "  {}", say!("{what}: {before} becomes {now}", what, before, now))?;
        }
    }
    let timers: usize = moved.iter().map(|case| case.timers.len()).sum();
    let cases = moved.len();
    let end = if applied {
        say!("{timers} timers of {cases} cases moved; each journal says so", timers, cases)
    } else {
        say!(
            "{timers} timers of {cases} cases would move; nothing was changed, `--apply` does it",
            timers,
            cases
        )
    };
    Ok(writeln!(out, "{end}")?)
}

fn show_json(moved: &[Recounted], applied: bool) -> Result<()> {
    let timer = |(what, before, now): &(String, jiff::Timestamp, jiff::Timestamp)| json!({ "what": what, "before": before, "now": now });
    let case = |case: &Recounted| json!({ "case": case.label, "pathway": case.protocol.name, "timers": case.timers.iter().map(timer).collect::<Vec<Value>>() });
    let all = json!({ "applied": applied, "cases": moved.iter().map(case).collect::<Vec<Value>>() });
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &all)?;
    Ok(writeln!(out)?)
}
