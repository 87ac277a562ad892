//! A named calendar: its zone, its holidays, its working days.

use std::fmt;
use std::sync::{Arc, LazyLock};

use jiff::civil::{Date, DateTime, Time, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use crate::decrees::{self, Decreed, Decrees};
use crate::holidays::{self, Holiday};
use crate::local::{self, LocalTimeError, PartOfDay};
use crate::school::SchoolCalendar;
use crate::table::WorkingDays;

/// A calendar. Cheap to clone.
///
/// ```
/// use voordeur_calendar::{Calendar, Length, Regime, Unit};
/// let nl = Calendar::dutch();
/// let report = nl.resolve("2027-04-30T10:00".parse()?)?;
/// let due = nl.deadline(report, Length::new(3, Unit::WorkingDays), Regime::OwnNorm);
/// assert_eq!(nl.zoned(due.at).to_string(), "2027-05-11T00:00:00+02:00[Europe/Amsterdam]");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Calendar(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    name: &'static str,
    zone: TimeZone,
    known_on: Option<Date>,
    working_days: Arc<WorkingDays>,
    /// When the offices are open on working days.
    office: (Time, Time),
    /// Whether the pathway says so itself: then reminders go out within them.
    office_is_said: bool,
    school: Option<SchoolCalendar>,
    since: Arc<Decrees>,
}

/// Office hours where the pathway gives none.
const OFFICE_HOURS: (Time, Time) = (time(9, 0, 0, 0), time(17, 0, 0, 0));

static DUTCH: LazyLock<Calendar> = LazyLock::new(|| Calendar::build(None));

impl Calendar {
    /// The calendar `nl`: Europe/Amsterdam, and the holidays of the Algemene termijnenwet.
    #[must_use]
    pub fn dutch() -> Self {
        DUTCH.clone()
    }

    /// The calendar with this name; only `nl` exists.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        (name == "nl").then(Self::dutch)
    }

    /// The calendar as it was known on a day: decrees made later are left out.
    #[must_use]
    pub fn as_known_on(&self, day: Date) -> Self {
        Self::build(Some(day))
    }

    fn build(known_on: Option<Date>) -> Self {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap_or(TimeZone::UTC);
        let working_days = Arc::new(WorkingDays::new(known_on, &Decrees::default()));
        Self(Arc::new(Inner {
            name: "nl",
            zone,
            known_on,
            working_days,
            office: OFFICE_HOURS,
            office_is_said: false,
            school: None,
            since: Arc::default(),
        }))
    }

    fn with(&self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Inner::clone(&self.0);
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// The same calendar with other office hours.
    #[must_use]
    pub fn with_office_hours(&self, from: Time, to: Time) -> Self {
        self.with(|inner| {
            inner.office = (from, to);
            inner.office_is_said = true;
        })
    }

    /// The same calendar with the days on which schools are closed.
    #[must_use]
    pub fn with_school(&self, school: SchoolCalendar) -> Self {
        self.with(|inner| inner.school = Some(school))
    }

    /// The same calendar with what was decreed after this program was made.
    #[must_use]
    pub fn with_decrees(&self, since: &Decrees) -> Self {
        if *self.0.since == *since {
            return self.clone();
        }
        self.with(|inner| {
            inner.working_days = Arc::new(WorkingDays::new(inner.known_on, since));
            inner.since = Arc::new(since.clone());
        })
    }

    /// The school calendar, when the pathway gives one.
    #[must_use]
    pub fn school(&self) -> Option<&SchoolCalendar> {
        self.0.school.as_ref()
    }

    /// When the offices are open on working days: from, and until, local time.
    #[must_use]
    pub fn office_hours(&self) -> (Time, Time) {
        self.0.office
    }

    /// When a reminder goes out that is due at a moment: within the office hours that the pathway gives, at
    /// the first time after it that is still before `limit`, else at the moment itself. Deadlines never move.
    #[must_use]
    pub fn reminder_time(&self, at: Timestamp, limit: Timestamp) -> Timestamp {
        if !self.0.office_is_said || self.is_office_time(at) {
            return at;
        }
        let local = self.local(at);
        let (from, _) = self.0.office;
        let today = self.is_working_day(local.date()) && local.time() < from;
        let day = if today { local.date() } else { self.working_days().after(local.date(), 1) };
        let opens = self.first(day.to_datetime(from));
        if opens < limit { opens } else { at }
    }

    /// Whether a moment lies within the office hours of a working day.
    #[must_use]
    pub fn is_office_time(&self, at: Timestamp) -> bool {
        let (local, (from, to)) = (self.local(at), self.0.office);
        self.is_working_day(local.date()) && from <= local.time() && local.time() < to
    }

    /// Its name in a pathway.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name
    }

    /// A moment in the zone of the calendar.
    #[must_use]
    pub fn zoned(&self, at: Timestamp) -> ZonedDateTime {
        at.to_zoned_datetime(self.0.zone.clone())
    }

    /// The local date and time of a moment.
    #[must_use]
    pub fn local(&self, at: Timestamp) -> DateTime {
        self.0.zone.to_datetime(at)
    }

    /// The local date of a moment.
    #[must_use]
    pub fn date(&self, at: Timestamp) -> Date {
        self.local(at).date()
    }

    /// The start of a day.
    #[must_use]
    pub fn start_of_day(&self, date: Date) -> Timestamp {
        self.first(date.at(0, 0, 0, 0))
    }

    /// The moment of a local time. A time that the clock skipped in spring is taken an hour later.
    ///
    /// # Errors
    /// [`LocalTimeError::Twice`] for a time that was there twice in autumn: only an offset can tell which.
    pub fn resolve(&self, local: DateTime) -> Result<Timestamp, LocalTimeError> {
        local::resolve(&self.0.zone, local)
    }

    /// The moment of a local time; of two the first.
    pub(crate) fn first(&self, local: DateTime) -> Timestamp {
        local::first(&self.0.zone, local)
    }

    /// Whether a day is a working day: not Saturday, Sunday or a holiday.
    #[must_use]
    pub fn is_working_day(&self, date: Date) -> bool {
        self.working_days().contains(date)
    }

    /// Whether a day is a Saturday or a Sunday.
    #[must_use]
    pub fn is_weekend(&self, date: Date) -> bool {
        crate::day::is_weekend(date)
    }

    /// Whole days from one day to another; negative when that one is earlier.
    #[must_use]
    pub fn days_between(&self, from: Date, to: Date) -> i64 {
        i64::from(crate::day::number(to)) - i64::from(crate::day::number(from))
    }

    /// Whole months from one day to another. A month is over on the same day of the month, and on the last
    /// day of a month that does not have it.
    #[must_use]
    pub fn months_between(&self, from: Date, to: Date) -> i64 {
        let months = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month());
        let apart = months(to) - months(from);
        let reached = crate::counting::plus_months(from, apart, false);
        if reached > to { apart - 1 } else { apart }
    }

    /// Whole years from one day to another: an age. Who was born on 29 February is a year older on 1 March
    /// of other years: the 28th is still the day before the birthday.
    #[must_use]
    pub fn years_between(&self, from: Date, to: Date) -> i64 {
        let day = |date: Date| (date.month(), date.day());
        i64::from(to.year()) - i64::from(from.year()) - i64::from(day(to) < day(from))
    }

    /// The holiday on a day.
    #[must_use]
    pub fn holiday(&self, date: Date) -> Option<Holiday> {
        self.holidays(date.year()).into_iter().find(|holiday| holiday.date == date)
    }

    /// The holidays of a year, in order.
    #[must_use]
    pub fn holidays(&self, year: i16) -> Vec<Holiday> {
        holidays::of_year(year, self.0.known_on, &self.0.since)
    }

    /// What is known of the decrees for a year.
    #[must_use]
    pub fn decreed(&self, year: i16) -> Decreed {
        if self.0.since.years.contains(&year) { Decreed::Known } else { decrees::known_for(year) }
    }

    /// Whether all holidays around a day are known.
    #[must_use]
    pub fn covers(&self, date: Date) -> bool {
        self.decreed(date.year()) == Decreed::Known
    }

    /// The part of the day of a moment.
    #[must_use]
    pub fn part_of_day(&self, at: Timestamp) -> PartOfDay {
        PartOfDay::of(self.local(at).time())
    }

    pub(crate) fn working_days(&self) -> &WorkingDays {
        &self.0.working_days
    }
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calendar").field("name", &self.0.name).field("known_on", &self.0.known_on).finish()
    }
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        let of = |inner: &Inner| {
            (inner.name, inner.known_on, inner.office, inner.school.clone(), Arc::clone(&inner.since))
        };
        of(&self.0) == of(&other.0)
    }
}
