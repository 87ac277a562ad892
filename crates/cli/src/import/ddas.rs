//! The exchange format DDAS 0.9: early signals (vroegsignalen) and what was done with them (zaken).
//!
//! | in the file | in the pathway |
//! | --- | --- |
//! | a signal | the trigger `early_signal` on its date, 09:00 |
//! | `datum_opgepakt` of its case | `take_up done` or `take_up_now done`, 09:30 |
//! | a contact attempt at the door | `home_visit done` or `home_visit not_home` |
//! | any other contact attempt | the event `contact_attempted` |
//! | `resultaat`, or the status of a signal without a case | the event `concluded`, after all the rest |
//!
//! Morning is 10:00, afternoon 14:00, evening 19:00. Who the client is, is never read, kept or shown.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use voordeur_messages::say;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value as Json, json};
use voordeur_engine::Event;
use voordeur_protocol::CheckedProtocol;
use voordeur_runtime::{Clock as _, Runtime, RuntimeError, Silent, SystemClock};
use voordeur_store::StoreError;

use super::report::{Fate, Report};
use crate::args::{Common, PluginArgs};
use crate::clock;
use crate::failure::{Outcome, Refused};
use crate::runtime::{created, explain};
use crate::{source, values};

/// The largest delivery that is read.
const MOST_BYTES: u64 = 256 << 20;

pub(super) async fn import(
    file: &Path,
    pathway: &Path,
    common: &Common,
    plugins: &PluginArgs,
) -> Result<Outcome> {
    let protocol = source::to_run(pathway, None)?;
    let delivery = read(file)?;
    let deliveries = deliveries(&delivery, file)?;
    let mut runtime = created(&common.db, plugins).await?.recorded_by(SystemClock);
    let id = runtime.add(protocol.clone(), SystemClock.now()).await.map_err(explain)?;
    let mut report = Report::default();
    for (number, delivery) in (1..).zip(deliveries) {
        Delivery::new(&runtime, id, &protocol, number, delivery).import(&mut report).await?;
    }
    runtime.store().close().await;
    report.show(common.format)
}

/// The parser's own message could repeat a value: only the place is told.
fn read(file: &Path) -> Result<Json> {
    let name = file.display();
    let size = fs::metadata(file).with_context(|| say!("{name}: cannot be read", name))?.len();
    if size > MOST_BYTES {
        return Err(Refused(say!(
            "{name}: {size} bytes are more than {most_bytes}; deliver it in parts",
            name,
            size,
            most_bytes = MOST_BYTES
        ))
        .into());
    }
    let bytes = fs::read(file).with_context(|| say!("{name}: cannot be read", name))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    serde_json::from_slice(bytes).map_err(|error| {
        Refused(say!(
            "{name}:{line}:{column}: this is no JSON in UTF-8",
            name,
            line = error.line(),
            column = error.column()
        ))
        .into()
    })
}

fn deliveries<'a>(json: &'a Json, file: &Path) -> Result<&'a Vec<Json>> {
    let list = json.get("leveringen").and_then(Json::as_array);
    list.ok_or_else(|| {
        Refused(say!(
            "{file}: this is no delivery of DDAS: it has no list `leveringen`",
            file = file.display()
        ))
        .into()
    })
}

/// One delivery of one municipality.
struct Delivery<'a> {
    runtime: &'a Runtime,
    id: i64,
    protocol: &'a CheckedProtocol,
    number: usize,
    json: &'a Json,
}

type Why<T> = std::result::Result<T, String>;

impl<'a> Delivery<'a> {
    const fn new(
        runtime: &'a Runtime,
        id: i64,
        protocol: &'a CheckedProtocol,
        number: usize,
        json: &'a Json,
    ) -> Self {
        Self { runtime, id, protocol, number, json }
    }

    async fn import(&self, report: &mut Report) -> Result<()> {
        let signals = list(self.json, "vroegsignalen");
        let cases = list(self.json, "vroegsignaalzaken");
        let mut refused = Vec::new();
        for (position, signal) in (1..).zip(signals) {
            let record = say!("delivery {number} signal {position}", number = self.number, position);
            let fate = match self.signal(signal, cases).await? {
                Ok(fate) => fate,
                Err(why) => {
                    refused.extend(text(signal, "ID").map(|id| self.label(id)));
                    Fate::Refused { why }
                }
            };
            report.add(record, fate);
        }
        for (position, case) in (1..).zip(cases) {
            let record = say!("delivery {number} case {position}", number = self.number, position);
            report.add(record, self.case_fate(case, signals, &refused));
        }
        Ok(())
    }

    /// A case lives on in the case of its first signal.
    fn case_fate(&self, case: &Json, signals: &[Json], refused: &[String]) -> Fate {
        let known = |id: &&str| signals.iter().any(|signal| text(signal, "ID") == Some(id));
        match ids(case).find(|id| known(id)) {
            Some(id) if refused.contains(&self.label(id)) => {
                Fate::Refused { why: say!("its signal was refused") }
            }
            Some(id) => Fate::Joined { case: self.label(id) },
            None => Fate::Refused { why: say!("none of its signals is in the delivery") },
        }
    }

    async fn signal(&self, signal: &Json, cases: &[Json]) -> Result<Why<Fate>> {
        let id = match needed(signal, "ID") {
            Ok(id) => id,
            Err(why) => return Ok(Err(why)),
        };
        let case = cases.iter().find(|case| ids(case).any(|other| other == id));
        if let Some(first) = case.and_then(|case| ids(case).next()).filter(|first| *first != id) {
            return Ok(Ok(Fate::Joined { case: self.label(first) }));
        }
        let label = self.label(id);
        let events = match self.events(signal, case) {
            Ok(events) => events,
            Err(why) => return Ok(Err(why)),
        };
        let count = events.len();
        match self.runtime.import(self.id, &label, &events, &mut Silent).await {
            Ok(()) => Ok(Ok(Fate::Imported { case: label, events: count })),
            Err(RuntimeError::Store(StoreError::Exists { .. })) => Ok(Ok(Fate::Known { case: label })),
            Err(error) => {
                let error = explain(error);
                if error.is::<Refused>() { Ok(Err(error.to_string())) } else { Err(error) }
            }
        }
    }

    /// The identifier of the signal with the code of the municipality; a digest of the two when the
    /// identifier could be the number of a person.
    fn label(&self, id: &str) -> String {
        let municipality = text(self.json, "gemeentecode").unwrap_or("0");
        let plain: String = format!("{municipality}-{id}").to_lowercase();
        let safe = plain.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && plain.len() <= 40;
        let longest = plain.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
        if safe && longest < 8 { plain } else { format!("ddas-{}", words(&digest(&plain))) }
    }

    fn events(&self, signal: &Json, case: Option<&Json>) -> Why<Vec<(Timestamp, Event)>> {
        let start = self.at(needed(signal, "signaaldatum")?, 9, 0)?;
        let mut rest = Vec::new();
        if let Some(case) = case {
            self.taken_up(signal, case, &mut rest)?;
            for (position, attempt) in (1..).zip(list(case, "contactpogingen")) {
                let event = self
                    .attempt(attempt)
                    .map_err(|why| say!("contact attempt {position}: {why}", position, why))?;
                rest.push(event);
            }
        }
        if let Some((at, _)) = rest.iter().find(|(at, _)| *at < start) {
            let day = self.protocol.calendar.date(*at);
            return Err(say!("something on {day} is dated before the signal itself", day));
        }
        rest.sort_by_key(|(at, _)| *at);
        let end = rest.last().map_or(start, |(at, _)| *at);
        let mut events = vec![(start, self.reported(signal)?)];
        events.extend(rest);
        events.extend(self.concluded(signal, case)?.map(|event| (end, event)));
        Ok(events)
    }

    fn reported(&self, signal: &Json) -> Why<Event> {
        let partner = signal.get("signaalpartner").map_or(Ok(""), |partner| needed(partner, "type"))?;
        let euros = signal
            .get("bedrag")
            .and_then(Json::as_i64)
            .ok_or(say!("`bedrag` is missing or no whole number"))?;
        let cents = euros.checked_mul(100).ok_or(say!("`bedrag` is too large"))?;
        let yes =
            |name: &str| signal.get(name).and_then(Json::as_bool).ok_or(say!("`{name}` is missing", name));
        self.event(
            "early_signal",
            true,
            json!({
                "arrears": { "cents": cents },
                "arrears_since": needed(signal, "ontstaansdatum")?,
                "crisis": yes("crisissignaal")?,
                "warm_handover": yes("warmeOverdracht")?,
                "partner_kind": words(partner),
            }),
        )
    }

    fn taken_up(&self, signal: &Json, case: &Json, events: &mut Vec<(Timestamp, Event)>) -> Why<()> {
        let Some(date) = text(case, "datum_opgepakt") else { return Ok(()) };
        let crisis = signal.get("crisissignaal").and_then(Json::as_bool).unwrap_or(false);
        let name = if crisis { "take_up_now done" } else { "take_up done" };
        events.push((self.at(date, 9, 30)?, self.event(name, false, json!({}))?));
        Ok(())
    }

    fn attempt(&self, attempt: &Json) -> Why<(Timestamp, Event)> {
        let hour = match text(attempt, "dagdeel") {
            Some("Ochtend") => 10,
            Some("Middag") => 14,
            Some("Avond") => 19,
            _ => return Err(say!("`dagdeel` is not Ochtend, Middag or Avond")),
        };
        let at = self.at(needed(attempt, "datum")?, hour, 0)?;
        let reached = attempt.get("bereikt").and_then(Json::as_bool).ok_or(say!("`bereikt` is missing"))?;
        let kind = needed(attempt, "soort")?;
        let event = match (kind, reached) {
            ("Huisbezoek", true) => self.event("home_visit done", false, json!({}))?,
            ("Huisbezoek", false) => self.event("home_visit not_home", false, json!({}))?,
            _ => {
                let data = json!({ "contact_kind": words(kind), "reached": reached });
                self.event("contact_attempted", false, data)?
            }
        };
        Ok((at, event))
    }

    fn concluded(&self, signal: &Json, case: Option<&Json>) -> Why<Option<Event>> {
        let result = match case {
            Some(case) => text(case, "resultaat"),
            None => text(signal, "status").filter(|status| *status != "Nog niet opgepakt"),
        };
        result.map(|result| self.event("concluded", false, json!({ "result": words(result) }))).transpose()
    }

    fn event(&self, name: &str, new: bool, data: Json) -> Why<Event> {
        let data: Map<String, Json> = match data {
            Json::Object(data) => data,
            _ => Map::new(),
        };
        let data = self.protocol.data_from_json(&data).map_err(|error| error.to_string())?;
        values::event(self.protocol, name, new, data, None, None).map_err(|error| error.to_string())
    }

    fn at(&self, date: &str, hour: i8, minute: i8) -> Why<Timestamp> {
        let date: Date = date.parse().map_err(|_| say!("a date is not written as 2025-01-31"))?;
        let calendar = &self.protocol.calendar;
        clock::not_ahead(calendar.start_of_day(date), calendar).map_err(|error| error.to_string())?;
        self.protocol.calendar.resolve(date.at(hour, minute, 0, 0)).map_err(|error| error.to_string())
    }
}

fn list<'a>(json: &'a Json, name: &str) -> &'a [Json] {
    json.get(name).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(json: &'a Json, name: &str) -> Option<&'a str> {
    json.get(name).and_then(Json::as_str)
}

fn needed<'a>(json: &'a Json, name: &str) -> Why<&'a str> {
    text(json, name).ok_or_else(|| say!("`{name}` is missing or no text", name))
}

fn ids(case: &Json) -> impl Iterator<Item = &str> {
    list(case, "vroegsignalen").iter().filter_map(|signal| text(signal, "ID"))
}

/// `Niet opgepakt: andere reden` as a word of the language: `niet_opgepakt_andere_reden`.
fn words(dutch: &str) -> String {
    let parts = dutch.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_")
}

fn digest(text: &str) -> String {
    // FNV-1a, 64 bits: a short name, no secret.
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut out = String::new();
    write!(out, "{hash:016x}").unwrap_or_default();
    // Letters only, so that it is never taken for the number of a person.
    out.chars()
        .map(|c| c.to_digit(16).and_then(|n| char::from_u32(u32::from('a') + n)).unwrap_or('z'))
        .collect()
}
