//! `voordeur date`: a date, and every step of the reasoning behind it.

use std::io::{self, Write as _};
use voordeur_calendar::{day_in_words, moment_in_words};
use voordeur_messages::say;

use anyhow::{Context as _, Result, anyhow, bail};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use serde_json::json;
use voordeur_calendar::{Calendar, Doubt, Due, Length, Regime, Unit};
use voordeur_syntax::{TermPhrase, ast, term_phrase};

use crate::args::{DateArgs, Format, WrittenRegime};
use crate::failure::{Outcome, Refused};

pub(crate) fn date(args: &DateArgs) -> Result<Outcome> {
    let phrase = term_phrase(&args.term).map_err(|problem| {
        let help = problem.help.map_or(String::new(), |help| format!("; {help}"));
        let said = say!(
            "{message}{help}; write for instance `6 weeks after 2026-04-02`",
            message = problem.message,
            help
        );
        Refused(said)
    })?;
    let calendar = Calendar::dutch();
    let due = due(&calendar, &phrase, args)?;
    if !(1..9999).contains(&calendar.date(due.at).year()) {
        bail!("{}", say!("that lies outside the years 1 to 9998; write a shorter length"));
    }
    if due.why.doubt == Doubt::BeyondCalendar {
        bail!("{}", say!("the holidays are known from 1950 to 2150; this term lies outside those years"));
    }
    match args.format {
        Format::Text => text(&calendar, &phrase, due),
        Format::Json => as_json(&calendar, due),
    }?;
    Ok(Outcome::Clean)
}

fn due(calendar: &Calendar, phrase: &TermPhrase, args: &DateArgs) -> Result<Due> {
    let ast::Date { year, month, day } = phrase.day;
    let day = Date::new(year, month, day).context(say!("there is no such day"))?;
    let rounded_up = phrase.length.rounded_up;
    let length = Length { rounded_up, ..Length::new(phrase.length.amount, unit(phrase.length.unit)?) };
    if rounded_up && !matches!(length.unit, Unit::Months | Unit::Years) {
        bail!(
            "{}",
            say!("only months and years are rounded up: other lengths always end on a day that is there")
        );
    }
    if phrase.back {
        if length.unit.is_elapsed() {
            bail!("{}", say!("hours and minutes are not counted back from a day; use days"));
        }
        if args.regime != WrittenRegime::Own {
            bail!(
                "{}",
                say!(
                    "a term that is counted back is never moved by law (Algemene termijnenwet art. 1(2)); leave `--regime` out"
                )
            );
        }
        return Ok(calendar.before_day(day, length, args.or_earlier || phrase.or_earlier));
    }
    if args.or_earlier {
        bail!(
            "{}",
            say!("`--or-earlier` belongs to a term that is counted back, as in `5 days before 2026-05-18`")
        );
    }
    let (hour, minute) = phrase.time.unwrap_or((12, 0));
    let from = moment(calendar, day.at(hour, minute, 0, 0), phrase.offset)?;
    let regime = match args.regime {
        WrittenRegime::Own => Regime::OwnNorm,
        WrittenRegime::Statutory => Regime::Statutory,
        WrittenRegime::Eu => Regime::Eu,
    };
    Ok(calendar.deadline(from, length, regime))
}

/// A local time; of two alike ones the offset tells which.
fn moment(calendar: &Calendar, local: DateTime, offset: Option<i16>) -> Result<Timestamp> {
    let Some(minutes) = offset else {
        return calendar.resolve(local).map_err(|error| anyhow!(error.to_string()));
    };
    let offset = Offset::from_seconds(i32::from(minutes) * 60)?;
    Ok(offset.to_timestamp(local)?)
}

fn unit(unit: ast::Unit) -> Result<Unit> {
    Ok(match unit {
        ast::Unit::Minutes => Unit::Minutes,
        ast::Unit::Hours => Unit::Hours,
        ast::Unit::Days => Unit::Days,
        ast::Unit::WorkingDays => Unit::WorkingDays,
        ast::Unit::Weeks => Unit::Weeks,
        ast::Unit::Months => Unit::Months,
        ast::Unit::Years => Unit::Years,
        ast::Unit::TeachingWeeks => bail!("{}", say!("teaching weeks need the school calendar of a pathway")),
    })
}

/// The day on which it ends; for hours and minutes the moment.
fn shown(calendar: &Calendar, due: Due) -> String {
    if ends_a_day(calendar, due) {
        day_in_words(last_day(calendar, due))
    } else {
        moment_in_words(calendar.local(due.at))
    }
}

/// The end of a day is the start of the next one.
fn ends_a_day(calendar: &Calendar, due: Due) -> bool {
    let midnight = calendar.local(due.at).time() == jiff::civil::Time::midnight();
    midnight && !due.why.length.unit.is_elapsed()
}

fn last_day(calendar: &Calendar, due: Due) -> Date {
    let day = calendar.date(due.at);
    if ends_a_day(calendar, due) { day.yesterday().unwrap_or(day) } else { day }
}

fn text(calendar: &Calendar, phrase: &TermPhrase, due: Due) -> Result<()> {
    let mut out = io::stdout().lock();
    let doubt = if due.why.provisional() { say!(" (provisional)") } else { String::new() };
    writeln!(out, "{}{doubt}", shown(calendar, due))?;
    if phrase.time.is_none() && due.why.length.unit.is_elapsed() {
        writeln!(out, "{}", say!("  without a time of day it is counted from noon"))?;
    }
    for step in due.steps(calendar) {
        writeln!(out, "  {step}")?;
    }
    Ok(())
}

fn as_json(calendar: &Calendar, due: Due) -> Result<()> {
    let json = json!({
        "date": last_day(calendar, due).to_string(),
        "shown": shown(calendar, due),
        "at": due.at.to_string(),
        "provisional": due.why.provisional(),
        "steps": due.steps(calendar),
    });
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &json)?;
    writeln!(out)?;
    Ok(())
}
