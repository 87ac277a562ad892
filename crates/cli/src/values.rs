//! Moments and values as people write them.

use anyhow::{Context as _, Result, anyhow, bail};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde_json::{Value as Json, json};
use voordeur_calendar::Calendar;
use voordeur_engine::{Data, Event};
use voordeur_messages::{say, shown};
use voordeur_protocol::{FieldId, Protocol, Value};

use crate::args::ReportArgs;
use crate::failure::Refused;

/// A moment: local time in the zone of the calendar, or with an offset of its own.
pub(crate) fn moment(calendar: &Calendar, text: &str) -> Result<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let local = text.parse::<DateTime>().map_err(|_| {
        anyhow!("{}", say!("`{short}` is no moment; write `2008-03-03T10:00`, or with an offset `2008-03-03T10:00+01:00`", short = shown_moment(text)))
    })?;
    calendar.resolve(local).with_context(|| format!("`{text}`"))
}

/// Digits and what stands between them are repeated.
fn shown_moment(text: &str) -> String {
    let of_moments = |c: char| c.is_ascii_digit() || "-:.+TZ ".contains(c);
    if text.chars().all(of_moments) { text.chars().take(40).collect() } else { shown(text) }
}

/// The end of a day, or a moment.
pub(crate) fn until(calendar: &Calendar, text: &str) -> Result<Timestamp> {
    match text.parse::<Date>() {
        Ok(date) if text.len() <= 10 => {
            let next = date.tomorrow().context(say!("the calendar ends there"))?;
            Ok(calendar.start_of_day(next))
        }
        _ => moment(calendar, text),
    }
}

/// `months=3 arrears=€900.00` as values of fields.
pub(crate) fn data(protocol: &Protocol, pairs: &[String]) -> Result<Data> {
    let mut data = Data::new();
    for pair in pairs {
        let (field, value) = field(protocol, pair)?;
        if data.iter().any(|(known, _)| *known == field) {
            let field = &protocol.fields.row(field).name;
            return Err(Refused(say!("`{field}` is answered twice", field)).into());
        }
        data.push((field, value));
    }
    Ok(data)
}

fn field(protocol: &Protocol, pair: &str) -> Result<(FieldId, Value)> {
    let Some((name, written)) = pair.split_once('=') else {
        bail!("{}", say!("`{pair}` is no answer; write FIELD=VALUE", pair = shown(pair)));
    };
    let field = protocol.field_named(name).map_err(|error| Refused(error.to_string()))?;
    let text = Json::from(written);
    let number = written.parse::<i64>().ok().map(|number| json!(number));
    let found = number.and_then(|number| protocol.value_from_json(field, &number).ok());
    match found {
        Some(value) => Ok((field, value)),
        None => {
            Ok((field, protocol.value_from_json(field, &text).map_err(|error| Refused(error.to_string()))?))
        }
    }
}

/// The event that words name, by whom it is reported: nothing is reported by nobody.
pub(crate) fn reported(
    protocol: &Protocol,
    name: &str,
    new: bool,
    data: Data,
    report: &ReportArgs,
) -> Result<Event> {
    let Some(by) = report.by.as_deref() else { return Err(nobody(protocol).into()) };
    let (party, person) = parted(by);
    let event = event(protocol, name, new, data, Some(party), report.because.as_deref())?;
    let Some(person) = person else { return Ok(event) };
    voordeur_runtime::check_person(person).map_err(|error| Refused(error.to_string()))?;
    Ok(Event::ByPerson { person: person.into(), event: Box::new(event) })
}

/// `worker/m-17`: a party, and perhaps who of it.
pub(crate) fn parted(by: &str) -> (&str, Option<&str>) {
    by.split_once('/').map_or((by, None), |(party, person)| (party, Some(person)))
}

/// Nobody has said who it was.
pub(crate) fn nobody(protocol: &Protocol) -> Refused {
    let parties: Vec<&str> = protocol.parties.rows().map(|party| party.name.as_str()).collect();
    let parties = parties.join("`, `");
    Refused(say!("say who reports this, with `--by`: `{parties}`", parties))
}

/// The event that words name: a trigger for a new case, else something that happened, or a deviation with its
/// reason: `skip take_in`, `repeat first_visit`, `move to mediation`.
pub(crate) fn event(
    protocol: &Protocol,
    name: &str,
    new: bool,
    data: Data,
    by: Option<&str>,
    because: Option<&str>,
) -> Result<Event> {
    let refused = |error: voordeur_protocol::InputError| Refused(error.to_string());
    let by = by.map(|by| protocol.party_named(by)).transpose().map_err(refused)?;
    if new {
        let trigger = protocol.trigger_named(name).map_err(refused)?;
        return Ok(Event::Reported { trigger, data, by });
    }
    if let Some(deviation) = protocol.deviation_in(name) {
        if let Some((field, _)) = data.first() {
            let field = &protocol.fields.row(*field).name;
            return Err(Refused(say!(
                "a departure from the pathway has a reason and no answers: `{field}` is not asked",
                field
            ))
            .into());
        }
        let what = deviation.map_err(refused)?;
        return Ok(Event::Deviated { what, because: because.unwrap_or_default().into(), by });
    }
    let what = protocol.occurrence_named(name).map_err(refused)?;
    if because.is_some() {
        return Err(
            Refused(say!("only a departure from the pathway has a reason: leave `--because` out")).into()
        );
    }
    Ok(Event::Occurred { what, data, by })
}
