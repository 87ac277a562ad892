//! `voordeur incidents`: what does not go on by itself, and how it is mended.

use std::io::{self, Write as _};

use anyhow::Result;
use serde_json::json;
use voordeur_engine::By;
use voordeur_messages::{say, shown};
use voordeur_protocol::Protocol;
use voordeur_runtime::{Clock as _, DeadLetter, Incident, Remedy, SystemClock};

use crate::args::{Common, Format, IncidentArgs, IncidentCommand, MendArgs};
use crate::case::Show;
use crate::clock;
use crate::failure::{Outcome, Refused};
use crate::runtime::{deciding, explain, looking};
use crate::values;

pub(crate) async fn incidents(args: &IncidentArgs) -> Result<Outcome> {
    match &args.command {
        IncidentCommand::List { common } => list(common).await,
        IncidentCommand::Retry { mend } => self::mend(mend, |_| Ok(Remedy::Retry)).await,
        IncidentCommand::Skip { mend, because } => {
            self::mend(mend, |_| Ok(Remedy::Skip { because: because.as_str().into() })).await
        }
        IncidentCommand::Complete { mend, answers } => {
            self::mend(mend, |protocol| Ok(Remedy::ByHand { data: values::data(protocol, answers)? })).await
        }
    }
}

async fn list(common: &Common) -> Result<Outcome> {
    let runtime = looking(&common.db).await?;
    let found = runtime.incidents().await?;
    runtime.store().close().await;
    let mut out = io::stdout().lock();
    match common.format {
        Format::Json => {
            let incident = |one: &Incident| {
                json!({
                    "incident": one.name(), "case": one.label, "action": one.action, "why": one.why,
                    "since": one.since, "again": one.again,
                    "message": one.letter.as_ref().map(|letter| &letter.message),
                    "channel": one.letter.as_ref().map(|letter| &letter.channel),
                    "for": one.letter.as_ref().map(|letter| &letter.party),
                })
            };
            serde_json::to_writer_pretty(&mut out, &found.iter().map(incident).collect::<Vec<_>>())?;
            writeln!(out)?;
        }
        Format::Text => {
            for one in &found {
                writeln!(out, "{}{}: {}", one.name(), about(one), one.why)?;
            }
            if found.is_empty() {
                writeln!(out, "{}", say!("nothing waits for an operator"))?;
            }
        }
    }
    Ok(Outcome::clean_if(found.is_empty()))
}

/// What it is about, as far as its key does not say so.
fn about(one: &Incident) -> String {
    if let Some(action) = &one.action {
        return format!(" `{action}`");
    }
    let Some(DeadLetter { message, channel, party }) = &one.letter else { return String::new() };
    say!(" (message {message} for {party} by `{channel}`)", message, party, channel)
}

/// What stands in the journal of a case is decided by somebody; a letter has none.
fn decided(protocol: &Protocol, party: Option<&str>, (key, remedy): (&str, &Remedy)) -> Result<By> {
    let Some(party) = party else {
        let needs_nobody =
            *remedy == Remedy::Retry && !key.starts_with("action-") || key.starts_with("delivery-");
        return if needs_nobody { Ok(None) } else { Err(values::nobody(protocol).into()) };
    };
    Ok(Some(protocol.party_named(party).map_err(|error| Refused(error.to_string()))?))
}

async fn mend(args: &MendArgs, remedy: impl FnOnce(&Protocol) -> Result<Remedy>) -> Result<Outcome> {
    let Some((label, key)) = args.incident.split_once('/') else {
        let incident = shown(&args.incident);
        return Err(Refused(say!(
            "`{incident}` is no incident; `voordeur incidents list` names them",
            incident
        ))
        .into());
    };
    let by = args.by.as_deref().map(values::parted);
    let runtime = deciding(&args.common.db, by.and_then(|(_, person)| person)).await?;
    let row = runtime.row(label).await.map_err(explain)?;
    let protocol = runtime.protocols().usable(row.protocol)?.clone();
    let at = match &args.at {
        Some(text) => clock::not_ahead(values::moment(&protocol.calendar, text)?, &protocol.calendar)?,
        None => SystemClock.now(),
    };
    let remedy = remedy(&protocol)?;
    let by = decided(&protocol, by.map(|(party, _)| party), (key, &remedy))?;
    let mut show = Show::new(args.common.format);
    runtime.mend(label, key, &remedy, by, at, &mut show).await.map_err(explain)?;
    runtime.store().close().await;
    Ok(Outcome::Clean)
}
