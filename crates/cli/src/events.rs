//! A file of dated events: one JSON object a line.
//!
//! `{"at": "2008-03-03T10:00", "case": "household-a", "trigger": "self_report", "data": {…}, "by": "client"}`
//! opens a case; with `"event": "take_in done"` instead of `trigger` something happens to it. Empty lines and
//! lines that begin with `#` are skipped. The whole file is read before anything happens.

use std::fs;
use std::path::Path;
use voordeur_messages::{say, shown};

use anyhow::{Context as _, Result, anyhow, bail};
use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use voordeur_diagnostics::closest;
use voordeur_engine::Event;
use voordeur_protocol::Protocol;

use crate::failure::Refused;
use crate::values::{event, moment};

/// The most bytes that a file of events may have.
const MOST_BYTES: u64 = 1 << 30;

/// An event of the file.
#[derive(Debug, Clone)]
pub(crate) struct Dated {
    pub(crate) line: usize,
    pub(crate) at: Timestamp,
    pub(crate) case: String,
    pub(crate) opens: bool,
    pub(crate) event: Event,
}

/// Reads a file of events. Every line that cannot be used is reported, not only the first.
pub(crate) fn read(path: &Path, protocol: &Protocol) -> Result<Vec<Dated>> {
    let name = path.display();
    let size = fs::metadata(path).with_context(|| say!("{name}: cannot be read", name))?.len();
    if size > MOST_BYTES {
        bail!(
            "{}",
            say!(
                "{name}: {size} bytes are more than {most_bytes}; play it in parts with --db",
                name,
                size,
                most_bytes = MOST_BYTES
            )
        );
    }
    let bytes = fs::read(path).with_context(|| say!("{name}: cannot be read", name))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        Refused(say!(
            "{name}: is not text in UTF-8 from byte {valid_up_to}",
            name,
            valid_up_to = error.valid_up_to()
        ))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut events, mut wrong) = (Vec::new(), Vec::new());
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match dated(protocol, number, line) {
            Ok(event) => events.push(event),
            Err(error) => wrong.push(format!("{name}:{number}: {error:#}")),
        }
    }
    order(&events, &name.to_string(), &mut wrong);
    if wrong.is_empty() { Ok(events) } else { Err(Refused(together(&wrong)).into()) }
}

fn together(wrong: &[String]) -> String {
    let shown: Vec<&str> = wrong.iter().take(20).map(String::as_str).collect();
    let more = wrong.len().saturating_sub(20);
    let rest = if more == 0 { String::new() } else { say!("\n  and {more} more", more) };
    say!("the events cannot be played:\n  {shown}{rest}", shown = shown.join("\n  "), rest)
}

/// Within a case events come in order of time; the file names both lines when they do not.
fn order(events: &[Dated], name: &str, wrong: &mut Vec<String>) {
    let mut last: std::collections::BTreeMap<&str, &Dated> = std::collections::BTreeMap::new();
    for event in events {
        if let Some(before) = last.get(event.case.as_str())
            && event.at < before.at
        {
            wrong.push(say!("{name}:{line}: this happens before line {line_2} of the same case; put the events in order of time", name, line = event.line, line_2 = before.line));
        }
        last.insert(&event.case, event);
    }
}

const KNOWN: [&str; 7] = ["at", "case", "trigger", "event", "data", "by", "because"];

fn dated(protocol: &Protocol, number: usize, line: &str) -> Result<Dated> {
    let object = object(line)?;
    if let Some(odd) = object.keys().find(|key| !KNOWN.contains(&key.as_str())) {
        let near = closest(odd, KNOWN).map_or(String::new(), |near| say!("; did you mean `{near}`?", near));
        bail!("{}", say!("`{odd}` is not part of an event{near}", odd = shown(odd), near));
    }
    let at = moment(&protocol.calendar, text(&object, "at")?.context(say!("`at` is missing"))?)?;
    let case = text(&object, "case")?.context(say!("`case` is missing"))?.to_owned();
    let by = text(&object, "by")?;
    let data = data(protocol, &object)?;
    let (opens, named) = match (text(&object, "trigger")?, text(&object, "event")?) {
        (Some(trigger), None) => (true, trigger),
        (None, Some(event)) => (false, event),
        _ => bail!("{}", say!("an event has either `trigger` or `event`")),
    };
    Ok(Dated {
        line: number,
        at,
        case,
        opens,
        event: event(protocol, named, opens, data, by, text(&object, "because")?)?,
    })
}

/// The messages of the parser could repeat a value, so only its place is told.
fn object(line: &str) -> Result<Map<String, Json>> {
    let json: Json = serde_json::from_str(line).map_err(|error| {
        anyhow!("{}", say!("this is no JSON: it goes wrong at character {column}", column = error.column()))
    })?;
    match json {
        Json::Object(object) => Ok(object),
        _ => bail!("{}", say!("an event is a JSON object: {\"at\": …, \"case\": …, \"event\": …}")),
    }
}

fn text<'a>(object: &'a Map<String, Json>, key: &str) -> Result<Option<&'a str>> {
    match object.get(key) {
        None => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => bail!("{}", say!("`{key}` must be a text", key)),
    }
}

fn data(protocol: &Protocol, object: &Map<String, Json>) -> Result<voordeur_engine::Data> {
    match object.get("data") {
        None => Ok(Vec::new()),
        Some(Json::Object(data)) => protocol.data_from_json(data).map_err(|error| anyhow!(error.to_string())),
        Some(_) => bail!("{}", say!("`data` must be an object with a value for each field")),
    }
}
