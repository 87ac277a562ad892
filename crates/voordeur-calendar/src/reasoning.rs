//! Why a date is what it is, kept small and put in words when somebody asks.

use crate::words::{day_in_words, moment_in_words};
use std::fmt::Write as _;
use voordeur_messages::say;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::day;
use crate::decrees::{Decreed, LAST_DECREED_YEAR};
use crate::length::{Length, Regime, Unit};
use crate::secrecy::Secrecy;
use crate::standstill::Lost;
use crate::table::LAST;

/// A moment, and why it is that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The moment (UTC). The end of a day is the start of the next.
    pub at: Timestamp,
    /// How it was counted.
    pub why: Reasoning,
    /// What it lost while its clock stood still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<Lost>,
}

/// How a moment was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reasoning {
    /// In which way.
    pub method: Method,
    /// What it was counted from.
    pub anchor: Timestamp,
    /// What came out.
    pub at: Timestamp,
    /// How much was counted.
    pub length: Length,
    /// Under which rules of law.
    #[serde(default)]
    pub regime: Regime,
    /// Whether something that is not known could change it.
    #[serde(default)]
    pub doubt: Doubt,
    /// For how many whole days the clock stood still.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub paused: u32,
    /// Whether it tells a personal value.
    #[serde(default, skip_serializing_if = "Secrecy::is_open")]
    pub secrecy: Secrecy,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_zero(days: &u32) -> bool {
    *days == 0
}

/// A way of counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// To the end of a term.
    Deadline,
    /// So long after, at the same time of day.
    Delay,
    /// So long before.
    Before,
    /// To the end of the day.
    SameDay,
    /// On the day itself.
    OnDay,
    /// To the end of the last day that is so long before a day.
    BeforeDay,
}

/// What is not known about a date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// Nothing.
    #[default]
    None,
    /// The decree on equated days for one of the years is not in the data.
    DecreeNotFound,
    /// The decree on equated days for one of the years is still to be made.
    NotYetDecreed,
    /// The calendar ends before the term does.
    BeyondCalendar,
    /// The school calendar of the pathway does not cover it.
    NoSchoolCalendar,
}

impl Reasoning {
    pub(crate) const fn new(
        method: Method,
        anchor: Timestamp,
        at: Timestamp,
        length: Length,
        regime: Regime,
    ) -> Self {
        let secrecy = Secrecy::Open;
        Self { method, anchor, at, length, regime, doubt: Doubt::None, paused: 0, secrecy }
    }

    /// Whether the date may still change, because not all holidays are known.
    #[must_use]
    pub fn provisional(&self) -> bool {
        self.doubt != Doubt::None
    }

    pub(crate) fn doubt_in_words(&self) -> Option<String> {
        match self.doubt {
            Doubt::None => None,
            Doubt::DecreeNotFound => {
                Some(say!("provisional: the decree on equated days of that time is not in the calendar"))
            }
            Doubt::NotYetDecreed => Some(say!(
                "provisional: equated days are decreed up to {last_decreed_year}",
                last_decreed_year = LAST_DECREED_YEAR
            )),
            Doubt::NoSchoolCalendar => {
                Some(say!("provisional: the school calendar of the pathway does not cover all of it"))
            }
            Doubt::BeyondCalendar => Some(say!("provisional: the calendar ends on {last}", last = LAST)),
        }
    }
}

impl Due {
    /// The reasoning in one sentence, with dates and times in the zone of the calendar.
    #[must_use]
    pub fn explain(&self, calendar: &Calendar) -> String {
        if self.is_withheld() {
            return self.explain_withheld(calendar);
        }
        let mut words = match self.why.method {
            Method::SameDay => say!("the same day as {anchor}", anchor = moment(calendar, self.why.anchor)),
            Method::OnDay => say!("counted from {anchor}", anchor = short(calendar.date(self.why.anchor))),
            Method::BeforeDay => {
                say!(
                    "{length} before {anchor}",
                    length = self.why.length,
                    anchor = short(calendar.day_of_target(self.why.anchor))
                )
            }
            Method::Before => {
                say!(
                    "{length} before {anchor}",
                    length = self.why.length,
                    anchor = end(calendar, self.why.anchor)
                )
            }
            Method::Delay | Method::Deadline => {
                say!(
                    "{length} from {anchor}",
                    length = self.why.length,
                    anchor = moment(calendar, self.why.anchor)
                )
            }
        };
        let notes = self.notes(calendar);
        if !notes.is_empty() {
            let _ = write!(words, " ({})", notes.join("; "));
        }
        let _ = write!(words, ": {}", self.result(calendar));
        words
    }

    pub(crate) fn result(&self, calendar: &Calendar) -> String {
        let ends = matches!(self.why.method, Method::Deadline | Method::SameDay | Method::BeforeDay)
            && !self.why.length.unit.is_elapsed();
        if ends { say!("until {at}", at = end(calendar, self.at)) } else { moment(calendar, self.at) }
    }

    fn notes(&self, calendar: &Calendar) -> Vec<String> {
        let mut notes = Vec::new();
        notes.extend(self.clock_change(calendar));
        notes.extend(self.skipped(calendar));
        notes.extend(self.stood_still());
        notes.extend(self.shift(calendar));
        notes.extend(self.why.doubt_in_words());
        notes
    }

    pub(crate) fn stood_still(&self) -> Option<String> {
        if self.why.paused == 0 {
            return None;
        }
        let length = Length::new(self.why.paused, Unit::Days);
        Some(match (self.lost, self.why.length.unit) {
            (Some(lost), Unit::WorkingDays) => {
                let working = Length::new(lost.working_days, Unit::WorkingDays);
                say!("the clock stood still for {length}, of which {working}", length, working)
            }
            (Some(Lost { school_days, .. }), Unit::TeachingWeeks) => {
                say!(
                    "the clock stood still for {length}; the schools were open on {school_days} of them",
                    length,
                    school_days
                )
            }
            _ => say!("the clock stood still for {length}", length),
        })
    }

    fn clock_change(&self, calendar: &Calendar) -> Option<String> {
        if !self.why.length.unit.is_elapsed() {
            return None;
        }
        let change =
            calendar.zoned(self.at).offset().seconds() - calendar.zoned(self.why.anchor).offset().seconds();
        let later = if self.why.method == Method::Before { -change } else { change };
        match later {
            1.. => Some(say!("the clock goes forward in between")),
            ..0 => Some(say!("the clock goes back in between")),
            0 => None,
        }
    }

    /// The holidays and weekends that working days skip.
    fn skipped(&self, calendar: &Calendar) -> Option<String> {
        if self.why.length.unit != Unit::WorkingDays || self.why.length.amount == 0 {
            return None;
        }
        let (from, to) = self.days(calendar);
        let first = day::next(from);
        let holidays = holidays_between(calendar, first, to);
        let weekend = weekend_days(first, to);
        let mut skipped: Vec<String> = Vec::new();
        match weekend {
            0 => {}
            1 => skipped.push(say!("1 day of weekend")),
            n => skipped.push(say!("{n} days of weekend", n)),
        }
        skipped.extend(
            holidays.into_iter().take(MOST_NAMED).map(|(date, name)| format!("{} {name}", short(date))),
        );
        (!skipped.is_empty()).then(|| say!("skipping {skipped}", skipped = skipped.join(", ")))
    }

    fn shift(&self, calendar: &Calendar) -> Option<String> {
        if self.why.regime == Regime::OwnNorm || self.why.method != Method::Deadline {
            return None;
        }
        let law =
            if self.why.regime == Regime::Statutory { "Algemene termijnenwet" } else { "Regulation 1182/71" };
        if self.why.length.unit.is_elapsed() {
            return Some(law.to_owned());
        }
        let raw = calendar.raw_end(&self.why, self.lost.as_ref());
        let last = calendar.day_of_target(self.at);
        if raw == last {
            return Some(law.to_owned());
        }
        Some(say!("{law}: moved from {day}, {why}", law, day = short(raw), why = free_day(calendar, raw)))
    }

    /// The first day and the last day that the counting went over, the earlier one excluded.
    fn days(&self, calendar: &Calendar) -> (Date, Date) {
        match self.why.method {
            Method::BeforeDay => (calendar.day_of_target(self.at), calendar.day_of_target(self.why.anchor)),
            Method::Before => {
                let first = calendar.date(self.at).yesterday().unwrap_or(Date::MIN);
                (first, calendar.day_of_target(self.why.anchor).yesterday().unwrap_or(Date::MIN))
            }
            Method::Delay | Method::OnDay => (calendar.date(self.why.anchor), calendar.date(self.at)),
            Method::Deadline | Method::SameDay => {
                (calendar.date(self.why.anchor), calendar.day_of_target(self.at))
            }
        }
    }
}

impl Calendar {
    /// Whether a date depends on holidays that are not known.
    pub(crate) fn doubt(&self, why: &Reasoning) -> Doubt {
        if why.length.unit == Unit::TeachingWeeks {
            let ends = [why.anchor, why.at].map(|at| self.date(at));
            let covered = self.school().is_some_and(|school| ends.iter().all(|day| school.covers(*day)));
            return if covered { Doubt::None } else { Doubt::NoSchoolCalendar };
        }
        // What the law does not move, no decree can move either.
        let moves = match why.regime {
            Regime::OwnNorm => false,
            Regime::Statutory => crate::statute::atw_applies(why.length),
            Regime::Eu => true,
        };
        let depends = why.length.unit == Unit::WorkingDays || moves;
        if !depends || why.length.unit.is_elapsed() || why.length.amount == 0 {
            return Doubt::None;
        }
        let (from, to) = (self.date(why.anchor.min(why.at)), self.date(why.anchor.max(why.at)));
        if to >= LAST || from < crate::table::FIRST {
            return Doubt::BeyondCalendar;
        }
        let mut years = from.year()..=to.year();
        match years.clone().find(|year| self.decreed(*year) == Decreed::NotFound) {
            Some(_) => Doubt::DecreeNotFound,
            None if years.any(|year| self.decreed(year) == Decreed::NotYet) => Doubt::NotYetDecreed,
            None => Doubt::None,
        }
    }
}

/// How many holidays an explanation names at most.
const MOST_NAMED: usize = 4;

fn holidays_between(calendar: &Calendar, first: Date, last: Date) -> Vec<(Date, &'static str)> {
    // A term of many years is not explained holiday by holiday.
    let years = first.year()..=last.year().min(first.year().saturating_add(2));
    years
        .flat_map(|year| calendar.holidays(year))
        .filter(|holiday| holiday.date >= first && holiday.date <= last && !day::is_weekend(holiday.date))
        .map(|holiday| (holiday.date, holiday.name))
        .collect()
}

/// The Saturdays and Sundays from one day to another, both included.
fn weekend_days(first: Date, last: Date) -> i32 {
    let (first, last) = (day::number(first), day::number(last));
    let days = last.saturating_sub(first).saturating_add(1).max(0);
    let rest = (first..first + days % 7).filter(|number| day::is_weekend(day::date(i64::from(*number))));
    days / 7 * 2 + i32::try_from(rest.count()).unwrap_or(0)
}

fn free_day(calendar: &Calendar, date: Date) -> String {
    match calendar.holiday(date) {
        Some(holiday) => holiday.name.to_owned(),
        None if day::is_weekend(date) => say!("in a weekend"),
        None => say!("too few working days"),
    }
}

/// `Fri 2008-03-07 10:00`
fn moment(calendar: &Calendar, at: Timestamp) -> String {
    moment_in_words(calendar.local(at))
}

/// `the end of Fri 2008-03-14` for a midnight, else the moment.
fn end(calendar: &Calendar, at: Timestamp) -> String {
    let local = calendar.local(at);
    if local.time() == jiff::civil::Time::midnight() {
        say!("the end of {at}", at = short(calendar.day_of_target(at)))
    } else {
        moment(calendar, at)
    }
}

/// `Fri 2008-03-14`
pub(crate) fn short(date: Date) -> String {
    day_in_words(date)
}
