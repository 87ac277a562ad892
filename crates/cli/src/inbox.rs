//! `voordeur inbox`: what people have been told and are not done with.

use std::io::{self, Write as _};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use voordeur_delivery::Config;
use voordeur_engine::describe_message;
use voordeur_messages::say;
use voordeur_runtime::{Mark, Runtime, Told, micros, timestamp};
use voordeur_store::{ItemQuery, Whose};

use crate::args::{Common, Format, InboxArgs, InboxCommand, InboxListArgs};
use crate::case::moment_of;
use crate::clock::moment_to_write;
use crate::failure::Outcome;
use crate::runtime::{check_party, existing, explain, looking};
use crate::timeline::local;
use crate::trouble::LeftOut;

/// How many items are read at a time.
const PAGE: u32 = 500;

pub(crate) async fn inbox(args: &InboxArgs) -> Result<Outcome> {
    match &args.command {
        Some(InboxCommand::Done { key, by, at, common }) => {
            let runtime = existing(&common.db, None).await?;
            let at = moment_to_write(&runtime, at.as_deref())?;
            mark(&runtime, key, &Mark::Done { by: by.clone(), at }, common).await
        }
        Some(InboxCommand::Snooze { key, until, common }) => {
            let runtime = existing(&common.db, None).await?;
            let until = moment_of(&runtime, Some(until))?;
            let now = moment_of(&runtime, None)?;
            mark(&runtime, key, &Mark::Snooze { until, now }, common).await
        }
        Some(InboxCommand::Take { key, person, common }) => {
            let runtime = existing(&common.db, None).await?;
            mark(&runtime, key, &Mark::Take { person: person.clone() }, common).await
        }
        Some(InboxCommand::Reopen { key, common }) => {
            mark(&existing(&common.db, None).await?, key, &Mark::Reopen, common).await
        }
        None => list(&args.list).await,
    }
}

async fn mark(runtime: &Runtime, key: &str, mark: &Mark, common: &Common) -> Result<Outcome> {
    runtime.mark(key, mark).await.map_err(explain)?;
    let item = runtime.store().post().item(key).await?.context(say!("the item is gone"))?;
    let which = ItemQuery {
        whose: Whose::Everybody,
        all: true,
        now: item.created_at,
        after: item.id.saturating_sub(1),
        limit: 1,
    };
    let mut left_out = LeftOut::default();
    let mut told = runtime.inbox(&which, &mut left_out).await.map_err(explain)?;
    told.retain(|told| told.item.key == key);
    runtime.store().close().await;
    show(&told, common.format)?;
    Ok(left_out.outcome())
}

async fn list(args: &InboxListArgs) -> Result<Outcome> {
    // The command line asks for it wherever there is no subcommand.
    let Some(db) = &args.db else { return Ok(Outcome::Clean) };
    let runtime = looking(db).await?;
    let now = micros(moment_of(&runtime, args.at.as_deref())?);
    args.roles.iter().try_for_each(|role| check_party(&runtime, role))?;
    let mut parties = args.roles.clone();
    if let (Some(person), Some(file)) = (&args.person, &args.delivery) {
        parties.extend(Config::load(file)?.roles_of(person).iter().cloned());
    }
    let whose = match &args.person {
        Some(person) => Whose::Person { person: person.clone(), parties },
        None if parties.is_empty() => Whose::Everybody,
        None => Whose::Parties(parties),
    };
    let mut which = ItemQuery { whose, all: args.all, now, after: 0, limit: PAGE };
    let (mut told, mut left_out) = (Vec::new(), LeftOut::default());
    loop {
        let page = runtime.inbox(&which, &mut left_out).await.map_err(explain)?;
        let Some(last) = page.last() else { break };
        which.after = last.item.id;
        told.extend(page.into_iter().filter(|told| args.all || !told.over));
    }
    runtime.store().close().await;
    show(&told, args.format)?;
    Ok(left_out.outcome())
}

fn show(told: &[Told], format: Format) -> Result<()> {
    let mut out = io::stdout().lock();
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &told.iter().map(item_json).collect::<Vec<_>>())?;
            writeln!(out)?;
        }
        Format::Text => told.iter().try_for_each(|told| write(told, &mut out))?,
    }
    Ok(())
}

/// `1-2-0  Wed 2010-03-03 10:00  task for worker, household-a: …`
fn write(told: &Told, out: &mut impl io::Write) -> Result<()> {
    let (notice, item) = (&told.notice, &told.item);
    let calendar = &notice.protocol.calendar;
    let head = say!(
        "{topic} for {party}, {label}",
        topic = told.topic.title(),
        party = item.party,
        label = notice.label
    );
    let what = describe_message(&notice.protocol, &notice.message);
    writeln!(out, "{:<8}  {}  {head}: {what}", item.key, local(calendar, notice.at))?;
    for state in states(told) {
        writeln!(out, "{:8}    {state}", "")?;
    }
    Ok(())
}

/// What became of it, and what holds it back.
fn states(told: &Told) -> Vec<String> {
    let item = &told.item;
    let at = |micros| local(&told.notice.protocol.calendar, timestamp(micros));
    let mut states = Vec::new();
    if let Some(person) = &item.person {
        states.push(say!("taken by `{person}`", person));
    }
    if item.visible_at > item.created_at && item.done_at.is_none() {
        states.push(say!("not before {time}", time = at(item.visible_at)));
    }
    if let (Some(until), None) = (item.snoozed_until, item.done_at) {
        states.push(say!("sleeps until {time}", time = at(until)));
    }
    if let Some(done) = item.done_at {
        let by = item.done_by.as_ref().map_or(String::new(), |person| say!(" by `{person}`", person));
        states.push(say!("done {time}{by}", time = at(done), by));
    }
    if told.over {
        states.push(say!("it asks for nothing any more"));
    }
    states
}

fn item_json(told: &Told) -> Value {
    let (notice, item) = (&told.notice, &told.item);
    json!({
        "key": item.key, "case": notice.label, "pathway": notice.protocol.name, "version": notice.protocol.version,
        "for": item.party, "topic": item.topic, "what": describe_message(&notice.protocol, &notice.message),
        "sent": notice.at, "not_before": timestamp(item.visible_at), "person": item.person,
        "snoozed_until": item.snoozed_until.map(timestamp), "done": item.done_at.map(timestamp),
        "done_by": item.done_by, "over": told.over,
    })
}
