//! Every step of the reasoning behind a date, one sentence each, for those who want to follow it.

use jiff::civil::Date;

use crate::calendar::Calendar;
use crate::day;
use crate::holidays::{Holiday, Source};
use crate::length::{Length, Regime, Unit};
use crate::reasoning::{Due, Method, Reasoning, short};

impl Due {
    /// The steps, in order, with days in the zone of the calendar.
    #[must_use]
    pub fn steps(&self, calendar: &Calendar) -> Vec<String> {
        let mut steps = Steps { calendar, why: &self.why, found: Vec::new() };
        steps.all();
        steps.found
    }
}

struct Steps<'a> {
    calendar: &'a Calendar,
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
        let moment = |at: &jiff::ZonedDateTime| at.strftime("%a %Y-%m-%d %H:%M (UTC%:z)").to_string();
        self.say(format!("counted from {}", moment(&from)));
        self.say("hours and minutes elapse on the clock; no day is skipped and nothing moves (Algemene termijnenwet art. 4)".to_owned());
        if from.offset() != to.offset() {
            let forward = to.offset().seconds() > from.offset().seconds();
            self.say(format!(
                "in between the clock goes {}",
                if forward { "forward an hour" } else { "back an hour" }
            ));
        }
        self.say(format!("{} later it is {}", self.why.length, moment(&to)));
    }

    fn back(&mut self) {
        let day = self.calendar.day_of_target(self.why.anchor);
        let last = self.calendar.day_of_target(self.why.at);
        let raw = self.calendar.subtract_days(day, self.why.length);
        self.say(format!("counted back from {}", short(day)));
        self.say(format!("{} before it is {}{}", self.why.length, short(raw), self.named(raw)));
        if raw == last {
            self.say(
                "a term that is counted back is never moved later (Algemene termijnenwet art. 1(2))"
                    .to_owned(),
            );
        } else {
            self.say(format!("that is no working day; the working day before it is {}", short(last)));
        }
        self.say(format!("it must be done by the end of {}", short(last)));
    }

    fn forward(&mut self) {
        let from = self.calendar.date(self.why.anchor);
        let raw = self.calendar.add_days(from, self.why.length);
        self.say(format!("counted from {}", short(from)));
        self.say(
            "that day does not count (European Convention on the Calculation of Time-Limits 1972, art. 3)"
                .to_owned(),
        );
        self.counted(from, raw);
        self.moved(raw);
        let last = self.calendar.day_of_target(self.why.at);
        self.say(format!("the term ends with the end of {}", short(last)));
    }

    /// The last day before any rule of law moves it, and which days were passed over.
    fn counted(&mut self, from: Date, raw: Date) {
        let Length { unit, .. } = self.why.length;
        let skips = |date: Date| match unit {
            Unit::WorkingDays => !self.calendar.is_working_day(date),
            Unit::TeachingWeeks => {
                self.calendar.school().is_some_and(|school| school.closed_on(date).is_some())
            }
            _ => false,
        };
        let mut skipped = Vec::new();
        let mut date = day::next(from);
        while date < raw && skipped.len() <= MOST_NAMED {
            if skips(date) {
                skipped.push(date);
            }
            date = day::next(date);
        }
        for date in skipped.iter().take(MOST_NAMED) {
            self.say(format!("{} does not count{}", short(*date), self.named(*date)));
        }
        if skipped.len() > MOST_NAMED {
            self.say("and so on".to_owned());
        }
        self.say(format!("{} later is {}{}", self.why.length, short(raw), self.named(raw)));
        if matches!(unit, Unit::Months | Unit::Years) && raw.day() != from.day() {
            self.say(format!(
                "{} {:02} has no day {}, so it is its last day",
                raw.strftime("%B"),
                raw.year(),
                from.day()
            ));
        }
    }

    /// Where a rule of law moves the end, and why each day on the way will not do.
    fn moved(&mut self, raw: Date) {
        let last = self.calendar.day_of_target(self.why.at);
        let law = match self.why.regime {
            Regime::OwnNorm => {
                self.say("it is the project's own norm, which never moves".to_owned());
                return;
            }
            Regime::Statutory => "Algemene termijnenwet art. 1(1) and 2",
            Regime::Eu => "Regulation 1182/71 art. 3(4) and 3(5)",
        };
        if raw == last {
            self.say(format!("{law}: the end does not move"));
            return;
        }
        let mut date = raw;
        while date < last {
            let why = self.named(date);
            let why = if why.is_empty() {
                ": the term would hold fewer than two working days".to_owned()
            } else {
                why
            };
            self.say(format!("{law}: it does not end on {}{why}", short(date)));
            date = day::next(date);
        }
        self.say(format!("the next day that will do is {}", short(last)));
    }

    /// `: Hemelvaartsdag (Algemene termijnenwet art. 3(1))`, or nothing for an ordinary day.
    fn named(&self, date: Date) -> String {
        if self.why.length.unit == Unit::TeachingWeeks {
            let closed = self.calendar.school().and_then(|school| school.closed_on(date));
            return closed.map_or(String::new(), |closed| format!(": {}", closed.name));
        }
        match self.calendar.holiday(date) {
            Some(holiday) => format!(": {} ({})", holiday.name, source(holiday)),
            None if day::is_weekend(date) => ": in a weekend".to_owned(),
            None => String::new(),
        }
    }
}

fn source(holiday: Holiday) -> String {
    match holiday.source {
        Source::Recognised => "Algemene termijnenwet art. 3(1)".to_owned(),
        Source::GoodFriday => "Algemene termijnenwet art. 3(2)".to_owned(),
        Source::Decree(Some(decreed)) => format!("decree of {decreed}, Algemene termijnenwet art. 3(3)"),
        Source::Decree(None) => "by decree, Algemene termijnenwet art. 3(3)".to_owned(),
    }
}
