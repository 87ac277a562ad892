//! `case list`, `case show`, `case why`.

use std::io::{self, Write as _};
use voordeur_messages::say;

use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};
use voordeur_engine::{Teller, describe_timer, waiting};
use voordeur_protocol::CheckedProtocol;
use voordeur_runtime::{Runtime, RuntimeError, stored_case, timestamp};
use voordeur_store::{CaseRow, DocumentRow, Status};

use crate::args::{Common, Format};
use crate::failure::Outcome;
use crate::runtime::{explain, looking};
use crate::timeline::{self, Line, local};
use crate::trouble::LeftOut;

/// How many cases are read at a time.
const PAGE: u32 = 500;

fn protocol(runtime: &Runtime, row: &CaseRow) -> Result<CheckedProtocol> {
    Ok(runtime.protocols().usable(row.protocol)?.clone())
}

fn print_json(value: &Value) -> Result<Outcome> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    Ok(Outcome::Clean)
}

pub(super) async fn list(common: &Common) -> Result<Outcome> {
    let runtime = looking(&common.db).await?;
    let mut after = String::new();
    let (mut all, mut left_out) = (Vec::new(), LeftOut::default());
    loop {
        let page = runtime.store().cases(&after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.label);
        for row in &page {
            let one = runtime.or_left_out(&row.label, listed(&runtime, row), &mut left_out).await;
            all.extend(one.map_err(explain)?);
        }
    }
    match common.format {
        Format::Json => print_json(&json!(all.iter().map(Listed::json).collect::<Vec<_>>()))?,
        Format::Text => table(&all)?,
    };
    Ok(left_out.outcome())
}

struct Listed {
    label: String,
    pathway: String,
    place: String,
    ended: bool,
    opened: String,
    touched: String,
    next: Option<(Timestamp, String)>,
    /// Whether that moment may still change.
    provisional: bool,
}

fn listed(runtime: &Runtime, row: &CaseRow) -> Result<Listed, RuntimeError> {
    let protocol = runtime.protocols().usable(row.protocol)?;
    let at = |micros| local(&protocol.calendar, timestamp(micros));
    let provisional = stored_case(row)?.next_timer().is_some_and(|timer| timer.due.why.provisional());
    Ok(Listed {
        provisional,
        label: row.label.clone(),
        pathway: format!("{} {}", protocol.name, protocol.version),
        place: row.place.clone(),
        ended: row.status == Status::Ended,
        opened: at(row.opened_at),
        touched: at(row.touched_at),
        next: row.next_due.map(|due| (timestamp(due), at(due))),
    })
}

impl Listed {
    fn json(&self) -> Value {
        json!({
            "case": self.label, "pathway": self.pathway, "place": self.place, "ended": self.ended,
            "opened": self.opened, "last": self.touched, "next_due": self.next.as_ref().map(|(at, _)| at),
            "provisional": self.provisional,
        })
    }

    fn cells(&self) -> [String; 6] {
        let next = match &self.next {
            None => "–".to_owned(),
            Some((_, local)) if self.provisional => say!("{date} (provisional)", date = local),
            Some((_, local)) => local.clone(),
        };
        let ended = if self.ended { "ended" } else { "running" };
        [&self.label, &self.pathway, &self.place, ended, &self.touched, &next].map(str::to_owned)
    }
}

fn table(all: &[Listed]) -> Result<Outcome> {
    let head = ["CASE", "PATHWAY", "PLACE", "STATUS", "LAST", "NEXT"].map(str::to_owned);
    let rows: Vec<[String; 6]> = std::iter::once(head).chain(all.iter().map(Listed::cells)).collect();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..6).map(width).collect();
    let mut out = io::stdout().lock();
    for row in &rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(Outcome::Clean)
}

pub(super) async fn show(label: &str, common: &Common) -> Result<Outcome> {
    let runtime = looking(&common.db).await?;
    let row = runtime.row(label).await.map_err(explain)?;
    let protocol = protocol(&runtime, &row)?;
    let state = stored_case(&row)?;
    let mut lines = Vec::new();
    let mut teller = Teller::default();
    for (step, entries) in runtime.history(&row).await? {
        let at = timestamp(step.at);
        let own = runtime.protocols().running(row.protocol, &state, at).unwrap_or(&protocol);
        lines.extend(timeline::lines_by(&mut teller, own, at, &entries));
    }
    let documents = runtime.documents(&row).await?;
    match common.format {
        Format::Json => print_json(&json!({
            "case": row.label, "pathway": protocol.name, "version": protocol.version, "place": row.place,
            "timeline": lines, "documents": documents.iter().map(document_json).collect::<Vec<_>>(),
        })),
        Format::Text => show_text(&row, &protocol, &lines, &documents),
    }
}

fn document_json(document: &DocumentRow) -> Value {
    json!({
        "key": document.key, "name": document.name, "media_type": document.media_type, "text": document.text,
        "made_at": timestamp(document.made_at),
    })
}

fn show_text(
    row: &CaseRow,
    protocol: &CheckedProtocol,
    lines: &[Line],
    documents: &[DocumentRow],
) -> Result<Outcome> {
    let mut out = io::stdout().lock();
    let place = if row.status == Status::Ended {
        say!("ended in `{place}`", place = row.place)
    } else {
        say!("in `{name}`", name = row.place)
    };
    writeln!(out, "{} ({} {}): {place}", row.label, protocol.name, protocol.version)?;
    write!(out, "{}", timeline::text(lines))?;
    for document in documents {
        let made = local(&protocol.calendar, timestamp(document.made_at));
        writeln!(
            out,
            "{}",
            say!(
                "\n  document {name} ({media_type}), made {made}",
                name = document.name,
                media_type = document.media_type,
                made
            )
        )?;
        for line in document.text.lines() {
            writeln!(out, "    | {line}")?;
        }
    }
    Ok(Outcome::Clean)
}

pub(super) async fn why(label: &str, common: &Common) -> Result<Outcome> {
    let runtime = looking(&common.db).await?;
    let row = runtime.row(label).await.map_err(explain)?;
    let protocol = protocol(&runtime, &row)?;
    let case = runtime.case(&row)?;
    let waits = waiting(&protocol, &case);
    let since = case.stay.as_ref().map(|stay| stay.entered_at);
    if common.format == Format::Json {
        return print_json(&json!({
            "case": row.label, "place": row.place, "ended": row.status == Status::Ended, "since": since,
            "waits_for": waits.iter().map(|waiting| timeline::waiting_json(&protocol, waiting)).collect::<Vec<_>>(),
            "next": case.next_timer().map(|timer| describe_timer(&protocol, &case, timer)),
            "next_due": case.next_timer().map(|timer| timer.due.at),
            "reasoning": case.next_timer().map(|timer| timer.due.explain(&protocol.calendar)),
        }));
    }
    let mut out = io::stdout().lock();
    if row.status == Status::Ended {
        let ended_at = match case.status {
            voordeur_engine::Status::Ended { at, .. } => at,
            _ => timestamp(row.touched_at),
        };
        let at = local(&protocol.calendar, ended_at);
        writeln!(
            out,
            "{}",
            say!(
                "{label}: ended in `{place}` on {at}; it waits for nothing",
                label = row.label,
                place = row.place,
                at
            )
        )?;
        return Ok(Outcome::Clean);
    }
    let since =
        since.map_or(String::new(), |since| say!(" since {since}", since = local(&protocol.calendar, since)));
    writeln!(
        out,
        "{}",
        say!("{label}: in `{place}`{since}; it waits for", label = row.label, place = row.place, since)
    )?;
    for waiting in &waits {
        writeln!(out, "  {}", timeline::waiting(&protocol, waiting))?;
    }
    match case.next_timer() {
        Some(timer) => {
            let what = describe_timer(&protocol, &case, timer);
            writeln!(
                out,
                "{}",
                say!("next: {what}: {calendar}", what, calendar = timer.due.explain(&protocol.calendar))
            )?;
        }
        None => writeln!(out, "{}", say!("next: nothing is due; people have to act"))?,
    }
    Ok(Outcome::Clean)
}
