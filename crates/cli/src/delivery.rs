//! `voordeur delivery`: how people and programs are reached, and what did not go out.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};
use voordeur_delivery::Config;
use voordeur_messages::{mark, retold, say, translated};
use voordeur_runtime::{Posted, Runtime, SystemClock, micros, timestamp};
use voordeur_store::{CaseRow, Delivery, Progress, Upkeep};

use crate::args::{Common, DeliveryArgs, DeliveryCommand, Format, State};
use crate::case::moment_of;
use crate::clock::moment_to_write;
use crate::failure::{Outcome, Refused};
use crate::runtime::{existing, explain, looking};
use crate::timeline::local;
use crate::trouble::{Troubles, tell};

/// How many rows are read at a time.
const PAGE: u32 = 500;

pub(crate) async fn delivery(args: &DeliveryArgs) -> Result<Outcome> {
    match &args.command {
        DeliveryCommand::Check { file, db } => check(file, db.as_deref()).await,
        DeliveryCommand::List { state, common } => list(*state, common).await,
        DeliveryCommand::Retry { key, at, common, .. } => retry(key.as_deref(), at.as_deref(), common).await,
        DeliveryCommand::Stop { common } => stop(common).await,
        DeliveryCommand::Send { delivery, at, common } => send(delivery, at.as_deref(), common).await,
    }
}

async fn check(file: &Path, db: Option<&Path>) -> Result<Outcome> {
    let config = Config::load(file)?;
    let unknown = match db {
        Some(db) => unknown_roles(&config, &looking(db).await?),
        None => Vec::new(),
    };
    let mut out = io::stdout().lock();
    unknown.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    if unknown.is_empty() {
        writeln!(out, "{}", say!("{file}: this can be used", file = file.display()))?;
    }
    // Elsewhere an address is never shown, only by which name it is known.
    config.addresses().iter().try_for_each(|(name, address)| writeln!(out, "{name}  {address}"))?;
    Ok(Outcome::clean_if(unknown.is_empty()))
}

/// Roles of the file that no pathway has: nobody would be reached.
fn unknown_roles(config: &Config, runtime: &Runtime) -> Vec<String> {
    let pathways = runtime.protocols().iter().map(|(_, protocol)| {
        let parties = protocol.parties.rows().map(|party| party.name.clone());
        (protocol.name.clone(), parties.collect())
    });
    config.unknown_roles(&pathways.collect::<Vec<_>>())
}

fn progress(state: State) -> Progress {
    match state {
        State::Waiting => Progress::Waiting,
        State::Sent => Progress::Sent,
        State::Dropped => Progress::Dropped,
        State::Dead => Progress::Dead,
    }
}

async fn rows(runtime: &Runtime, of: Option<Progress>) -> Result<Vec<Delivery>> {
    let (mut after, mut all) = (0, Vec::new());
    loop {
        let page = runtime.store().post().deliveries(of, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = last.id;
        all.extend(page);
    }
}

async fn list(state: Option<State>, common: &Common) -> Result<Outcome> {
    let runtime = looking(&common.db).await?;
    let mut found = match state {
        Some(state) => rows(&runtime, Some(progress(state))).await?,
        None => {
            let dead = rows(&runtime, Some(Progress::Dead)).await?;
            dead.into_iter().chain(rows(&runtime, Some(Progress::Waiting)).await?).collect()
        }
    };
    found.sort_by_key(|row| row.id);
    let ids: Vec<i64> = found.iter().map(|row| row.case_id).collect();
    let cases = runtime.store().cases_numbered(&ids).await?;
    let case = |row: &Delivery| cases.iter().find(|case| case.id == row.case_id);
    let mut out = io::stdout().lock();
    match common.format {
        Format::Json => {
            let all: Vec<Value> = found.iter().map(|row| row_json(row, case(row))).collect();
            serde_json::to_writer_pretty(&mut out, &all)?;
            writeln!(out)?;
        }
        Format::Text => found.iter().try_for_each(|row| write(&mut out, &runtime, row, case(row)))?,
    }
    Ok(Outcome::Clean)
}

fn row_json(row: &Delivery, case: Option<&CaseRow>) -> Value {
    json!({
        "key": row.key, "channel": row.channel, "case": case.map(|case| &case.label), "for": row.party,
        "topic": row.topic, "state": row.progress.word(), "tries_in_vain": row.attempt,
        "next": (row.progress == Progress::Waiting).then(|| timestamp(row.next_at)),
        "done": row.done_at.map(timestamp), "why": row.said.as_deref().map(retold),
    })
}

fn write(out: &mut impl io::Write, runtime: &Runtime, row: &Delivery, case: Option<&CaseRow>) -> Result<()> {
    let calendar = case.and_then(|case| runtime.protocols().get(case.protocol)).map(|one| &one.calendar);
    let at = |micros| calendar.map_or_else(String::new, |calendar| local(calendar, timestamp(micros)));
    let label = case.map_or("", |case| case.label.as_str());
    let state = translated(match row.progress {
        Progress::Waiting => mark!("waiting"),
        Progress::Sent => mark!("sent"),
        Progress::Dropped => mark!("dropped"),
        Progress::Dead => mark!("dead"),
    });
    let head = format!("{:<8}  {}  {label} -> {}: {state}", row.key, row.channel, row.party);
    let tries = say!("tries in vain: {number}", number = row.attempt);
    let mut parts = vec![if row.attempt > 0 { format!("{head}, {tries}") } else { head }];
    match row.done_at {
        None => parts.push(say!("not before {time}", time = at(row.next_at))),
        Some(done) => parts.push(at(done)),
    }
    parts.extend(row.said.as_deref().map(retold));
    Ok(writeln!(out, "{}", parts.join("; "))?)
}

async fn retry(key: Option<&str>, at: Option<&str>, common: &Common) -> Result<Outcome> {
    let runtime = existing(&common.db, None).await?;
    let now = micros(moment_of(&runtime, at)?);
    let dead = keyed(&runtime, Progress::Dead, key).await?;
    // What waits has its next try anyway: only who names it has it tried earlier.
    let waiting = match key {
        Some(_) => keyed(&runtime, Progress::Waiting, key).await?,
        None => Vec::new(),
    };
    if let (Some(key), true, true) = (key, dead.is_empty(), waiting.is_empty()) {
        let words =
            say!("no delivery of {key} waits or is a dead letter; `voordeur delivery list` lists them", key);
        return Err(Refused(words).into());
    }
    let post = runtime.store().post();
    let revived = post.revive(&dead, now).await?;
    let hastened = post.revive(&waiting, now).await?;
    runtime.store().close().await;
    let mut out = io::stdout().lock();
    if waiting.is_empty() || !dead.is_empty() {
        writeln!(out, "{}", say!("dead letters that are tried anew: {revived}", revived))?;
    }
    if !waiting.is_empty() {
        writeln!(out, "{}", say!("deliveries that waited and are tried now: {hastened}", hastened))?;
    }
    Ok(Outcome::Clean)
}

/// The numbers of the deliveries that are so far: all of them, or those of one message.
async fn keyed(runtime: &Runtime, of: Progress, key: Option<&str>) -> Result<Vec<i64>> {
    let found = rows(runtime, Some(of)).await?;
    let asked = found.iter().filter(|row| key.is_none_or(|key| key == row.key));
    Ok(asked.map(|row| row.id).collect())
}

/// What was planned stays: it waits for a program with its channel, and is listed.
async fn stop(common: &Common) -> Result<Outcome> {
    let runtime = existing(&common.db, None).await?;
    let store = runtime.store();
    store.upkeep(Upkeep::Deliver(false)).await?;
    let waiting = rows(&runtime, Some(Progress::Waiting)).await?.len();
    store.close().await;
    let mut out = io::stdout().lock();
    match common.format {
        Format::Json => writeln!(out, "{}", json!({ "delivers": false, "waiting": waiting }))?,
        Format::Text => {
            writeln!(out, "{}", say!("messages stand in inboxes only from now on"))?;
            if waiting > 0 {
                let list = say!(
                    "deliveries that still wait for a channel: {waiting}; `voordeur delivery list` lists them",
                    waiting
                );
                writeln!(out, "{list}")?;
            }
        }
    }
    Ok(Outcome::Clean)
}

async fn send(file: &Path, at: Option<&str>, common: &Common) -> Result<Outcome> {
    let config = Config::load(file)?;
    let runtime = existing(&common.db, None).await?.delivering(config.routes);
    let now = moment_to_write(&runtime, at)?;
    runtime.deliver(now, &mut Troubles).await.map_err(explain)?;
    let mut postman = runtime.postman();
    let holder = format!("sender-{}", std::process::id());
    let posted = match at {
        Some(_) => postman.round(now, &holder).await,
        None => postman.send_due(&SystemClock, &holder).await,
    };
    let posted = posted.map_err(explain)?;
    postman.troubles().await.iter().for_each(tell);
    runtime.store().close().await;
    show(posted, common.format)?;
    Ok(Outcome::clean_if(posted.dead == 0))
}

fn show(posted: Posted, format: Format) -> Result<()> {
    let Posted { sent, postponed, dropped, dead } = posted;
    let mut out = io::stdout().lock();
    match format {
        Format::Json => writeln!(
            out,
            "{}",
            json!({ "sent": sent, "postponed": postponed, "dropped": dropped, "dead": dead })
        )?,
        Format::Text => writeln!(
            out,
            "{}",
            say!(
                "sent: {sent}, later: {postponed}, dropped: {dropped}, dead: {dead}",
                sent,
                postponed,
                dropped,
                dead
            )
        )?,
    }
    Ok(())
}
