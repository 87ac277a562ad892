//! Every step of the reasoning behind a date, one sentence each, for those who want to follow it.

use crate::words::{moment_in_words, month};
use jiff::civil::Date;
use voordeur_messages::say;

use crate::calendar::Calendar;
use crate::counting::{hour_of_law, plus_days};
use crate::day;
use crate::holidays::{Holiday, Source};
use crate::length::{Length, Regime, Unit};
use crate::reasoning::{Due, Method, Reasoning, short};
use crate::statute::atw_applies;

impl Due {
    /// The steps, in order, with days in the zone of the calendar.
    #[must_use]
    pub fn steps(&self, calendar: &Calendar) -> Vec<String> {
        let mut steps = Steps { calendar, due: self, why: &self.why, found: Vec::new() };
        steps.all();
        steps.found
    }
}

struct Steps<'a> {
    calendar: &'a Calendar,
    due: &'a Due,
    why: &'a Reasoning,
    found: Vec<String>,
}

/// More skipped days than this are not named one by one.
const MOST_NAMED: usize = 40;

impl Steps<'_> {
    fn say(&mut self, step: String) {
        self.found.push(step);
    }

    fn all(&mut self) {
        if self.due.is_withheld() {
            return self.say(self.due.explain_withheld(self.calendar));
        }
        if self.why.length.unit.is_elapsed() {
            self.elapsed();
        } else if self.why.method == Method::BeforeDay {
            self.back();
        } else {
            self.forward();
        }
        if let Some(doubt) = self.why.doubt_in_words() {
            self.say(doubt);
        }
    }

    fn elapsed(&mut self) {
        let calendar = self.calendar;
        let (from, to) = (calendar.zoned(self.why.anchor), calendar.zoned(self.why.at));
        let moment = |at: &jiff::ZonedDateTime| {
            format!("{} {}", moment_in_words(at.datetime()), at.strftime("(UTC%:z)"))
        };
        self.say(say!("counted from {from}", from = moment(&from)));
        if self.why.regime == Regime::Eu {
            let begins = hour_of_law(self.why.anchor, self.why.length, self.why.regime);
            if begins != self.why.anchor {
                let begins = moment(&calendar.zoned(begins));
                self.say(say!("the hour in which it begins does not count, so it runs from {begins} (Regulation 1182/71 art. 3(1))", begins));
            }
            self.say(say!("hours and minutes elapse on the clock; no day is skipped and nothing moves (Regulation 1182/71 art. 3(4))"));
        } else {
            self.say(say!("hours and minutes elapse on the clock; no day is skipped and nothing moves (Algemene termijnenwet art. 4)"));
        }
        if from.offset() != to.offset() {
            let forward = to.offset().seconds() > from.offset().seconds();
            self.say(if forward {
                say!("in between the clock goes forward an hour")
            } else {
                say!("in between the clock goes back an hour")
            });
        }
        self.say(say!("{length} later it is {to}", length = self.why.length, to = moment(&to)));
    }

    fn back(&mut self) {
        let day = self.calendar.day_of_target(self.why.anchor);
        let last = self.calendar.day_of_target(self.why.at);
        let raw = self.calendar.subtract_days(day, self.why.length);
        self.say(say!("counted back from {day}", day = short(day)));
        self.passed_over(day, raw);
        self.say(say!(
            "{length} before it is {day}{named}",
            length = self.why.length,
            day = short(raw),
            named = self.named(raw)
        ));
        if let Some(stood_still) = self.due.stood_still() {
            self.say(say!(
                "{stood_still}, so it becomes {day}{named} (Awb art. 4:15)",
                stood_still,
                day = short(last),
                named = self.named(last)
            ));
        } else if raw == last {
            self.say(
                say!("a term that is counted back is never moved later (Algemene termijnenwet art. 1(2))")
                    .to_owned(),
            );
        } else {
            self.say(say!("that is no working day; the working day before it is {last}", last = short(last)));
        }
        self.say(say!("it must be done by the end of {last}", last = short(last)));
    }

    fn forward(&mut self) {
        let from = self.calendar.date(self.why.anchor);
        let raw = self.calendar.add_days(from, self.why.length);
        self.say(say!("counted from {from}", from = short(from)));
        self.say(
            say!(
                "that day does not count (European Convention on the Calculation of Time-Limits 1972, art. 3)"
            )
            .to_owned(),
        );
        self.counted(from, raw);
        let raw = self.stood_still(raw);
        self.moved(raw);
        let last = self.calendar.day_of_target(self.why.at);
        self.say(say!("the term ends with the end of {last}", last = short(last)));
    }

    /// The last day before any rule of law moves it, and which days were passed over.
    fn counted(&mut self, from: Date, raw: Date) {
        let Length { unit, .. } = self.why.length;
        self.passed_over(from, raw);
        self.say(say!(
            "{length} later is {day}{named}",
            length = self.why.length,
            day = short(raw),
            named = self.named(raw)
        ));
        if matches!(unit, Unit::Months | Unit::Years) && raw.day() != from.day() {
            self.no_such_day(from, raw);
        }
    }

    /// The clock stood still: what that makes of the last day.
    fn stood_still(&mut self, raw: Date) -> Date {
        let Some(stood_still) = self.due.stood_still() else { return raw };
        let raw = self.calendar.raw_end(self.why, self.due.lost.as_ref());
        let (day, named) = (short(raw), self.named(raw));
        self.say(say!("{stood_still}, so it becomes {day}{named} (Awb art. 4:15)", stood_still, day, named));
        raw
    }

    /// The days between two that do not count, each with the reason, in the order in which they were passed.
    fn passed_over(&mut self, from: Date, to: Date) {
        let step: i64 = if to < from { -1 } else { 1 };
        let apart = self.calendar.days_between(from, to).abs();
        let between = (1..apart).map(|n| plus_days(from, n.saturating_mul(step)));
        let skipped: Vec<Date> =
            between.filter(|date| self.skips(*date)).take(MOST_NAMED.saturating_add(1)).collect();
        for date in skipped.iter().take(MOST_NAMED) {
            self.say(say!("{day} does not count{named}", day = short(*date), named = self.named(*date)));
        }
        if skipped.len() > MOST_NAMED {
            self.say(say!("and so on"));
        }
    }

    fn skips(&self, date: Date) -> bool {
        match self.why.length.unit {
            Unit::WorkingDays => !self.calendar.is_working_day(date),
            Unit::TeachingWeeks => {
                self.calendar.school().is_some_and(|school| school.closed_on(date).is_some())
            }
            _ => false,
        }
    }

    fn no_such_day(&mut self, from: Date, raw: Date) {
        let up = self.why.length.rounded_up;
        let short_month = if up { raw.yesterday().unwrap_or(raw) } else { raw };
        let (month, year, day) = (month(short_month), short_month.year(), from.day());
        self.say(if up {
            say!("{month} {year} has no day {day}, so it is the first day after it", month, year, day)
        } else {
            say!("{month} {year} has no day {day}, so it is its last day", month, year, day)
        });
    }

    /// Where a rule of law moves the end, and why each day on the way will not do.
    fn moved(&mut self, raw: Date) {
        let last = self.calendar.day_of_target(self.why.at);
        let law = match self.why.regime {
            Regime::OwnNorm => {
                self.say(say!("it is the project's own norm, which never moves"));
                return;
            }
            Regime::Statutory if !atw_applies(self.why.length) => {
                self.say(say!("Algemene termijnenwet art. 4: it does not hold for terms of more than 90 days, twelve weeks or three months, or in years; the end does not move"));
                return;
            }
            Regime::Statutory => say!("Algemene termijnenwet art. 1(1) and 2"),
            Regime::Eu => say!("Regulation 1182/71 art. 3(4) and 3(5)"),
        };
        if raw == last {
            self.say(say!("{law}: the end does not move", law));
            return;
        }
        let mut date = raw;
        while date < last {
            let why = self.named(date);
            let why =
                if why.is_empty() { say!(": the term would hold fewer than two working days") } else { why };
            self.say(say!("{law}: it does not end on {day}{why}", law, day = short(date), why));
            date = day::next(date);
        }
        self.say(say!("the next day that will do is {last}", last = short(last)));
    }

    /// `: Hemelvaartsdag (Algemene termijnenwet art. 3(1))`, or nothing for an ordinary day.
    fn named(&self, date: Date) -> String {
        if self.why.length.unit == Unit::TeachingWeeks {
            let closed = self.calendar.school().and_then(|school| school.closed_on(date));
            return closed.map_or(String::new(), |closed| format!(": {}", closed.name));
        }
        match self.calendar.holiday(date) {
            Some(holiday) => format!(": {} ({})", holiday.name, source(holiday)),
            None if day::is_weekend(date) => say!(": in a weekend"),
            None => String::new(),
        }
    }
}

fn source(holiday: Holiday) -> String {
    match holiday.source {
        Source::Recognised => say!("Algemene termijnenwet art. 3(1)"),
        Source::GoodFriday => say!("Algemene termijnenwet art. 3(2)"),
        Source::Decree(Some(decreed)) => {
            say!("decree of {decreed}, Algemene termijnenwet art. 3(3)", decreed)
        }
        Source::Decree(None) => say!("by decree, Algemene termijnenwet art. 3(3)"),
    }
}
