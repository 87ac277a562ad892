//! `voordeur run`: dated events on a virtual clock.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use voordeur_messages::{language, mark, say};

use anyhow::Result;
use jiff::Timestamp;
use serde_json::json;
use voordeur_calendar::Calendar;
use voordeur_engine::{Case, Entry, Message, Status, Teller, waiting};
use voordeur_protocol::CheckedProtocol;
use voordeur_runtime::{Happened, Notice, Runtime, RuntimeError, Trouble, Watch};

use crate::args::{Format, RunArgs};
use crate::check::count;
use crate::clock;
use crate::events::{self, Dated};
use crate::failure::{Outcome, Refused};
use crate::progress::Progress;
use crate::runtime::{created, explain, in_memory};
use crate::source;
use crate::timeline::{self, Line};
use crate::values;

/// What was seen while playing.
#[derive(Default)]
struct Seen {
    timelines: BTreeMap<String, Vec<Line>>,
    tellers: BTreeMap<String, Teller>,
    troubles: Vec<Trouble>,
    messages: BTreeMap<String, u64>,
    timers: u64,
    calls: u64,
}

impl Watch for Seen {
    fn happened(&mut self, happened: &Happened) {
        let teller = self.tellers.entry(happened.label.clone()).or_default();
        let lines = timeline::lines_by(teller, &happened.protocol, happened.at, &happened.entries);
        self.timelines.entry(happened.label.clone()).or_default().extend(lines);
        for entry in &happened.entries {
            match entry {
                Entry::TimerFired(_) => self.timers += 1,
                Entry::Sent(Message::Call { .. }) => self.calls += 1,
                _ => {}
            }
        }
    }

    fn notice(&mut self, notice: &Notice) {
        *self.messages.entry(notice.receiver(&notice.protocol).to_owned()).or_default() += 1;
    }

    fn trouble(&mut self, trouble: &Trouble) {
        self.troubles.push(trouble.clone());
    }
}

pub(crate) async fn run(args: &RunArgs) -> Result<Outcome> {
    let protocol = source::to_run(&args.file, None)?;
    let events = events::read(&args.events, &protocol)?;
    let until = until(args, &protocol.calendar)?;
    if args.db.is_some() {
        all_have_come(&events, &protocol.calendar, args)?;
    }
    let mut runtime = match &args.db {
        Some(db) => created(db, &args.plugins).await?,
        None => in_memory(&args.plugins).await?,
    };
    let start = events.first().map_or(Timestamp::UNIX_EPOCH, |event| event.at);
    let id = runtime.add(protocol.clone(), start).await.map_err(explain)?;
    let mut seen = Seen::default();
    let refused = play(&runtime, id, &events, args, &mut seen).await?;
    let end = until.or_else(|| events.iter().map(|event| event.at).max());
    if let Some(end) = end {
        runtime.advance(end, &mut seen).await?;
        runtime.deliver(end, &mut seen).await?;
    }
    let cases = cases(&runtime, &seen).await?;
    match args.format {
        Format::Text => show(&protocol, &seen, &cases, &events, &refused)?,
        Format::Json => show_json(&protocol, &seen, &cases, &events, &refused)?,
    }
    runtime.store().close().await;
    Ok(Outcome::clean_if(refused.is_empty() && seen.troubles.is_empty()))
}

/// What is kept in a database ends now at the latest; what is only played goes as far as somebody likes.
fn until(args: &RunArgs, calendar: &Calendar) -> Result<Option<Timestamp>> {
    let until = |text: &str| match args.db {
        Some(_) => clock::until_to_write(calendar, text),
        None => values::until(calendar, text),
    };
    args.until.as_deref().map(until).transpose()
}

/// Nothing is kept of a file with an event that has not come yet. Its events stand in order.
fn all_have_come(events: &[Dated], calendar: &Calendar, args: &RunArgs) -> Result<()> {
    let refused = |event: &Dated| {
        let error = clock::not_ahead(event.at, calendar).err()?;
        Some(Refused(format!("{}:{}: {error}", args.events.display(), event.line)))
    };
    match events.iter().find_map(refused) {
        Some(refused) => Err(refused.into()),
        None => Ok(()),
    }
}

/// Plays the events and gives those that were refused, with their lines.
async fn play(
    runtime: &Runtime,
    id: i64,
    events: &[Dated],
    args: &RunArgs,
    seen: &mut Seen,
) -> Result<Vec<String>> {
    let mut refused = Vec::new();
    let bar = Progress::of_events(events.len());
    for (number, event) in (0_u64..).zip(events) {
        bar.at(number);
        let done = if event.opens {
            runtime.open(id, &event.case, &event.event, event.at, seen).await
        } else {
            runtime.occur(&event.case, &event.event, event.at, seen).await
        };
        if let Err(error) = done {
            // A label that looks like the number of a person is not repeated.
            let named = !matches!(error, RuntimeError::BadLabel { .. });
            let label = if named { format!(" {}:", event.case) } else { String::new() };
            refused.push(format!("{}:{}:{label} {}", args.events.display(), event.line, refusal(error)?));
        }
    }
    Ok(refused)
}

/// What is refused is told and the next event is played; what cannot be done ends the command.
fn refusal(error: RuntimeError) -> Result<String> {
    let error = explain(error);
    if error.is::<Refused>() { Ok(error.to_string()) } else { Err(error) }
}

/// A case at the end, with its own pathway: a case may start cases of others.
struct Played {
    label: String,
    case: Case,
    protocol: CheckedProtocol,
}

async fn cases(runtime: &Runtime, seen: &Seen) -> Result<Vec<Played>> {
    let mut cases = Vec::new();
    for label in seen.timelines.keys() {
        let row = runtime.row(label).await?;
        let case = runtime.case(&row)?;
        let protocol = runtime.protocols().get(row.protocol).cloned();
        cases.extend(protocol.map(|protocol| Played { label: label.clone(), case, protocol }));
    }
    Ok(cases)
}

fn place(Played { protocol, case, .. }: &Played) -> String {
    match (&case.status, &case.stay) {
        (Status::Ended { end, .. }, _) => {
            let end = protocol.ends.row(*end);
            say!("ended in `{name}` ({word})", name = end.name, word = end.kind.word_in(language()))
        }
        (_, Some(stay)) => say!("in `{name}`", name = protocol.stages.row(stay.stage).name),
        _ => say!("not reported"),
    }
}

fn show(
    protocol: &CheckedProtocol,
    seen: &Seen,
    cases: &[Played],
    events: &[Dated],
    refused: &[String],
) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{} ({} {})", protocol.title, protocol.name, protocol.version)?;
    for played in cases {
        writeln!(out, "\n{}: {}", played.label, place(played))?;
        let lines = seen.timelines.get(&played.label).map(Vec::as_slice).unwrap_or_default();
        write!(out, "{}", timeline::text(lines))?;
        for waiting in waiting(&played.protocol, &played.case) {
            let told = timeline::waiting(&played.protocol, &waiting);
            writeln!(out, "{}", say!("  waits for {waiting}", waiting = told))?;
        }
    }
    writeln!(out, "\n{}", say!("Summary"))?;
    let summed = format!(
        "{}, {}, {}, {}",
        count(events.len(), mark!("1 event"), mark!("{number} events")),
        count(usize::try_from(seen.timers).unwrap_or(usize::MAX), mark!("1 timer"), mark!("{number} timers")),
        count(
            usize::try_from(seen.calls).unwrap_or(usize::MAX),
            mark!("1 plugin call"),
            mark!("{number} plugin calls")
        ),
        messages(seen)
    );
    writeln!(out, "  {}: {summed}", count(cases.len(), mark!("1 case"), mark!("{number} cases")))?;
    for (place, number) in places(cases) {
        writeln!(out, "  {number:>4}  {place}")?;
    }
    drop(out);
    tell_apart(seen, refused)
}

fn messages(seen: &Seen) -> String {
    let all: u64 = seen.messages.values().sum();
    let each: Vec<String> = seen.messages.iter().map(|(who, number)| format!("{who} {number}")).collect();
    let each = if each.is_empty() { String::new() } else { format!(" ({})", each.join(", ")) };
    format!(
        "{}{each}",
        count(usize::try_from(all).unwrap_or(usize::MAX), mark!("1 message"), mark!("{number} messages"))
    )
}

fn places(cases: &[Played]) -> BTreeMap<String, usize> {
    let mut places = BTreeMap::new();
    for played in cases {
        *places.entry(place(played)).or_default() += 1;
    }
    places
}

fn tell_apart(seen: &Seen, refused: &[String]) -> Result<()> {
    let mut err = io::stderr().lock();
    for trouble in &seen.troubles {
        writeln!(
            err,
            "{}",
            say!("trouble: {label}: {trouble}", label = trouble.label, trouble = trouble.text)
        )?;
    }
    for line in refused {
        writeln!(err, "{}", say!("refused: {line}", line))?;
    }
    Ok(())
}

fn show_json(
    protocol: &CheckedProtocol,
    seen: &Seen,
    cases: &[Played],
    events: &[Dated],
    refused: &[String],
) -> Result<()> {
    let each = cases.iter().map(|played| {
        json!({
            "case": played.label,
            "place": place(played),
            "timeline": seen.timelines.get(&played.label),
            "waits_for": waiting(&played.protocol, &played.case).iter()
                .map(|waiting| timeline::waiting_json(&played.protocol, waiting)).collect::<Vec<_>>(),
        })
    });
    let all = json!({
        "pathway": protocol.name,
        "version": protocol.version,
        "cases": each.collect::<Vec<_>>(),
        "refused": refused,
        "trouble": seen.troubles.iter().map(|t| json!({ "case": t.label, "what": t.text })).collect::<Vec<_>>(),
        "summary": {
            "events": events.len(),
            "timers": seen.timers,
            "plugin_calls": seen.calls,
            "messages": seen.messages,
            "places": places(cases),
        },
    });
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &all)?;
    writeln!(out)?;
    Ok(())
}
