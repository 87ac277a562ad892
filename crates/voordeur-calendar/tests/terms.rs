//! The dates that a Dutch term must give, recomputed from the sources.
#![expect(clippy::unwrap_used, reason = "a failing test may panic anywhere")]

use jiff::Timestamp;
use proptest::prelude::*;
use voordeur_calendar::{Calendar, Due, Length, LocalTimeError, PartOfDay, Regime, Unit};

fn nl() -> Calendar {
    Calendar::dutch()
}

fn at(local: &str) -> Timestamp {
    nl().resolve(local.parse().unwrap()).unwrap()
}

fn length(text: &str) -> Length {
    let (amount, unit) = text.split_once(' ').unwrap();
    let unit = match unit.trim_end_matches('s') {
        "minute" => Unit::Minutes,
        "hour" => Unit::Hours,
        "day" => Unit::Days,
        "working day" => Unit::WorkingDays,
        "teaching week" => Unit::TeachingWeeks,
        "week" => Unit::Weeks,
        "month" => Unit::Months,
        _ => Unit::Years,
    };
    Length::new(amount.parse().unwrap(), unit)
}

fn say(due: Due) -> String {
    let local = nl().local(due.at).strftime("%a %Y-%m-%d %H:%M");
    format!("{local} | {}", due.explain(&nl()))
}

fn deadlines(rows: &[(&str, &str, Regime)]) -> String {
    rows.iter()
        .map(|(anchor, text, regime)| {
            let due = nl().deadline(at(anchor), length(text), *regime);
            format!("{anchor} + {text} {regime:?}\n  {}\n", say(due))
        })
        .collect()
}

#[test]
fn golden_terms() {
    use Regime::{Eu, OwnNorm, Statutory};
    insta::assert_snapshot!(deadlines(&[
        ("2026-04-02T10:00", "6 weeks", Statutory),
        ("2026-11-13T10:00", "6 weeks", OwnNorm),
        ("2026-12-24T10:00", "3 days", Statutory),
        ("2026-12-24T10:00", "2 days", Eu),
        ("2027-04-30T10:00", "3 working days", OwnNorm),
        ("2026-03-28T14:00", "24 hours", OwnNorm),
        ("2026-10-24T14:00", "24 hours", OwnNorm),
        ("2008-03-07T10:00", "5 working days", OwnNorm),
        ("2008-03-07T10:00", "2 weeks", OwnNorm),
        ("2027-01-31T10:00", "1 month", OwnNorm),
        ("2026-08-31T10:00", "18 months", OwnNorm),
        ("2024-02-29T10:00", "1 year", OwnNorm),
        ("2026-02-20T10:00", "12 weeks", Statutory),
        ("2026-02-20T10:00", "13 weeks", Statutory),
        ("2026-02-14T10:00", "3 months", Statutory),
        ("2026-01-14T10:00", "4 months", Statutory),
        ("2026-04-02T10:20", "24 hours", Eu),
        ("2018-05-07T10:00", "5 working days", OwnNorm),
        ("2028-12-28T10:00", "5 working days", OwnNorm),
        ("2015-04-30T10:00", "2 working days", OwnNorm),
        ("2026-04-30T10:00", "2 working days", OwnNorm),
    ]));
}

#[test]
fn golden_delays_and_counting_back() {
    let delay = |anchor: &str, text: &str| say(nl().delay(at(anchor), length(text)));
    let before = |target: &str, text: &str| say(nl().before(at(target), length(text)));
    let rows = [
        ("2008-03-07T17:00 + 2 weeks", delay("2008-03-07T17:00", "2 weeks")),
        ("2027-03-27T02:30 + 1 day (the hour is skipped)", delay("2027-03-27T02:30", "1 day")),
        ("2026-08-31T10:00 + 18 months", delay("2026-08-31T10:00", "18 months")),
        ("4 days before 2026-05-18T14:00 (Ascension, not moved)", before("2026-05-18T14:00", "4 days")),
        ("1 working day before the end of 2008-03-11", before("2008-03-12T00:00", "1 working day")),
        ("4 hours before 2008-03-08T17:00", before("2008-03-08T17:00", "4 hours")),
        ("2 working days before the end of 2026-05-18", before("2026-05-19T00:00", "2 working days")),
        ("the same day as 2009-01-05T09:10", say(nl().same_day(at("2009-01-05T09:10")))),
    ];
    let text: String = rows.iter().map(|(input, output)| format!("{input}\n  {output}\n")).collect();
    insta::assert_snapshot!(text);
}

/// The end of a term whose clock stood still, with every step.
fn stood_still(rows: &[(&str, &str, Regime, &[[&str; 2]])]) -> String {
    let calendar = nl().with_school(voordeur_calendar::SchoolCalendar {
        name: "midden".to_owned(),
        from: "2026-08-01".parse().unwrap(),
        to: "2027-07-31".parse().unwrap(),
        closed: vec![voordeur_calendar::SchoolClosed {
            from: "2026-10-17".parse().unwrap(),
            to: "2026-10-25".parse().unwrap(),
            name: "Herfstvakantie".to_owned(),
        }],
    });
    rows.iter()
        .map(|(anchor, text, regime, pauses)| {
            let due = calendar.deadline(at(anchor), length(text), *regime);
            let due = pauses.iter().fold(due, |due, [since, until]| {
                calendar.stood_still(due, since.parse().unwrap(), until.parse().unwrap())
            });
            let steps: String = due.steps(&calendar).iter().map(|step| format!("    {step}\n")).collect();
            let words = due.explain(&calendar);
            format!("{anchor} + {text} {regime:?}, still {pauses:?}\n  {words}\n{steps}")
        })
        .collect()
}

/// The end is counted anew and moved once: adding days to an end that was moved would move it twice.
#[test]
fn golden_terms_whose_clock_stood_still() {
    use Regime::{OwnNorm, Statutory};
    insta::assert_snapshot!(stood_still(&[
        ("2026-04-02T10:00", "6 weeks", Statutory, &[["2026-04-07", "2026-04-09"]]),
        ("2026-04-02T10:00", "6 weeks", Statutory, &[["2026-04-07", "2026-04-12"]]),
        (
            "2026-04-02T10:00",
            "6 weeks",
            Statutory,
            &[["2026-04-07", "2026-04-09"], ["2026-04-20", "2026-04-23"]]
        ),
        ("2026-09-07T10:00", "5 working days", OwnNorm, &[["2026-09-10", "2026-09-15"]]),
        ("2026-09-07T10:00", "3 working days", OwnNorm, &[["2026-09-10", "2026-09-12"]]),
        ("2026-09-07T10:00", "5 working days", OwnNorm, &[["2026-09-10", "2026-09-10"]]),
        ("2026-10-05T10:00", "2 teaching weeks", OwnNorm, &[["2026-10-15", "2026-10-27"]]),
        // Two working days that are not those on which the clock stood still (article 2).
        ("2026-09-04T10:00", "3 days", Statutory, &[["2026-09-06", "2026-09-08"]]),
        // What counts from a moment while the clock stands still loses only what comes after it.
        ("2026-09-10T10:00", "1 week", OwnNorm, &[["2026-09-01", "2026-09-14"]]),
    ]));
}

#[test]
fn a_date_that_was_stored_before_is_read_and_counted_on() {
    let stored = r#"{"at":"2026-09-18T22:00:00Z","why":{"method":"deadline","anchor":"2026-09-07T08:00:00Z",
        "at":"2026-09-18T22:00:00Z","length":{"amount":5,"unit":"working_days"},"paused":4}}"#;
    let due: Due = serde_json::from_str(stored).unwrap();
    assert_eq!((due.lost, due.why.paused), (None, 4));
    let later = nl().stood_still(due, "2026-09-17".parse().unwrap(), "2026-09-18".parse().unwrap());
    assert_eq!(nl().local(later.at).to_string(), "2026-09-22T00:00:00");
    assert_eq!(serde_json::from_str::<Due>(&serde_json::to_string(&later).unwrap()).unwrap(), later);
}

#[test]
fn holidays_from_2000_to_2028() {
    let mut text = String::new();
    for year in 2000..=2028 {
        text.push_str(&format!("{year}  decree {:?}\n", nl().decreed(year)));
        for holiday in nl().holidays(year) {
            let day = holiday.date.strftime("%a %d %b");
            text.push_str(&format!("  {day}  {} ({:?})\n", holiday.name, holiday.source));
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_decree_is_known_from_its_date() {
    let before = nl().as_known_on("2007-09-26".parse().unwrap());
    let christmas_eve = "2007-12-24".parse().unwrap();
    assert!(before.is_working_day(christmas_eve));
    assert!(!nl().is_working_day(christmas_eve));
}

#[test]
fn local_times_that_are_skipped_or_there_twice() {
    let skipped = nl().resolve("2027-03-28T02:30".parse().unwrap()).unwrap();
    assert_eq!(nl().local(skipped).to_string(), "2027-03-28T03:30:00");
    let twice = nl().resolve("2026-10-25T02:30".parse().unwrap()).unwrap_err();
    assert!(matches!(twice, LocalTimeError::Twice { .. }));
    insta::assert_snapshot!(twice, @"2026-10-25T02:30:00 was there twice, because the clock went back; write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00");
}

#[test]
fn parts_of_the_day() {
    assert_eq!(nl().part_of_day(at("2026-01-05T11:59")), PartOfDay::Morning);
    assert_eq!(nl().part_of_day(at("2026-01-05T12:00")), PartOfDay::Afternoon);
    assert_eq!(nl().part_of_day(at("2026-01-05T18:00")), PartOfDay::Evening);
}

/// Day by day, as one would count on fingers.
fn naive_deadline(anchor: Timestamp, length: Length, regime: Regime) -> jiff::civil::Date {
    let nl = nl();
    let start = nl.date(anchor);
    let free = |day: jiff::civil::Date| {
        let weekend = matches!(day.strftime("%a").to_string().as_str(), "Sat" | "Sun");
        weekend || nl.holidays(day.year()).iter().any(|holiday| holiday.date == day)
    };
    let mut day = start;
    match length.unit {
        Unit::WorkingDays => {
            let mut left = length.amount;
            while left > 0 {
                day = day.tomorrow().unwrap();
                left -= u32::from(!free(day));
            }
        }
        Unit::Days | Unit::Weeks => {
            let days = length.amount * if length.unit == Unit::Weeks { 7 } else { 1 };
            (0..days).for_each(|_| day = day.tomorrow().unwrap());
        }
        _ => {
            let months =
                i32::try_from(length.amount).unwrap() * if length.unit == Unit::Years { 12 } else { 1 };
            let index = i32::from(start.year()) * 12 + i32::from(start.month()) - 1 + months;
            let (year, month) = (i16::try_from(index / 12).unwrap(), i8::try_from(index % 12 + 1).unwrap());
            day = (1..=start.day()).rev().find_map(|d| jiff::civil::Date::new(year, month, d).ok()).unwrap();
        }
    }
    let excluded = match length.unit {
        Unit::Days | Unit::WorkingDays => length.amount > 90,
        Unit::Weeks => length.amount > 12,
        Unit::Months => length.amount > 3,
        _ => true,
    };
    let short = |least: u32| matches!(length.unit, Unit::Days | Unit::WorkingDays) && length.amount < least;
    let (moves, least) = match regime {
        Regime::OwnNorm => (false, 0),
        Regime::Statutory => (!excluded, if short(3) || length.amount == 0 { 0 } else { 2 }),
        Regime::Eu => (true, if short(2) || length.amount == 0 { 0 } else { 2 }),
    };
    let working_until = |end: jiff::civil::Date| {
        let mut count = 0;
        let mut day = start;
        while day < end {
            day = day.tomorrow().unwrap();
            count += u32::from(!free(day));
        }
        count
    };
    while moves && (free(day) || working_until(day) < least) {
        day = day.tomorrow().unwrap();
    }
    day
}

fn unit() -> impl Strategy<Value = Unit> {
    prop_oneof![
        Just(Unit::Minutes),
        Just(Unit::Hours),
        Just(Unit::Days),
        Just(Unit::WorkingDays),
        Just(Unit::Weeks),
        Just(Unit::Months),
        Just(Unit::Years)
    ]
}

fn regime() -> impl Strategy<Value = Regime> {
    prop_oneof![Just(Regime::OwnNorm), Just(Regime::Statutory), Just(Regime::Eu)]
}

/// Moments from 2000 to 2027.
fn moment() -> impl Strategy<Value = Timestamp> {
    (946_684_800i64..1_830_297_600).prop_map(|second| Timestamp::from_second(second).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn deadlines_agree_with_counting_on_fingers(anchor in moment(), amount in 0u32..40, unit in unit(), regime in regime()) {
        prop_assume!(!unit.is_elapsed());
        prop_assume!(unit != Unit::Years || amount < 10);
        let length = Length::new(amount, unit);
        let due = nl().deadline(anchor, length, regime);
        let expected = naive_deadline(anchor, length, regime).tomorrow().unwrap();
        prop_assert_eq!(nl().local(due.at).to_string(), format!("{expected}T00:00:00"));
    }

    #[test]
    fn hours_elapse(anchor in moment(), amount in 0u32..10_000) {
        let due = nl().deadline(anchor, Length::new(amount, Unit::Hours), Regime::OwnNorm);
        prop_assert_eq!(due.at.as_second() - anchor.as_second(), i64::from(amount) * 3600);
    }

    #[test]
    fn longer_terms_end_later(anchor in moment(), amount in 0u32..200, unit in unit(), regime in regime()) {
        let short = nl().deadline(anchor, Length::new(amount, unit), regime).at;
        let long = nl().deadline(anchor, Length::new(amount + 1, unit), regime).at;
        // Rounding down at the end of a month can make two terms equal; nothing makes the longer one earlier,
        // except a law that moves the shorter one and does not know the longer one.
        prop_assume!(regime == Regime::OwnNorm);
        prop_assert!(short <= long);
    }

    #[test]
    fn counting_back_is_earlier(target in moment(), amount in 1u32..200, unit in unit()) {
        prop_assert!(nl().before(target, Length::new(amount, unit)).at < target);
    }

    #[test]
    fn nothing_panics_at_the_ends(second in any::<i64>(), amount in any::<u32>(), unit in unit(), regime in regime()) {
        let (low, high) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
        let anchor = Timestamp::from_second(second.rem_euclid(high - low) + low).unwrap();
        let length = Length::new(amount, unit);
        for due in [nl().deadline(anchor, length, regime), nl().delay(anchor, length), nl().before(anchor, length), nl().same_day(anchor)] {
            prop_assert!(!due.explain(&nl()).is_empty());
        }
    }

    #[test]
    fn a_reasoning_survives_storage(anchor in moment(), amount in 0u32..40, unit in unit(), regime in regime()) {
        let due = nl().deadline(anchor, Length::new(amount, unit), regime);
        let stored = serde_json::to_string(&due).unwrap();
        prop_assert_eq!(serde_json::from_str::<Due>(&stored).unwrap(), due);
    }
}

#[test]
fn months_are_rounded_down_unless_the_length_says_up() {
    let end = |anchor: &str, length: Length| {
        nl().local(nl().deadline(at(anchor), length, Regime::OwnNorm).at)
            .date()
            .yesterday()
            .unwrap()
            .to_string()
    };
    let month = Length::new(1, Unit::Months);
    let year = Length::new(1, Unit::Years);
    for (anchor, length, down, up) in [
        ("2026-01-31T10:00", month, "2026-02-28", "2026-03-01"),
        ("2028-01-30T10:00", month, "2028-02-29", "2028-03-01"),
        ("2026-03-31T10:00", month, "2026-04-30", "2026-05-01"),
        ("2026-01-28T10:00", month, "2026-02-28", "2026-02-28"),
        ("2028-02-29T10:00", year, "2029-02-28", "2029-03-01"),
        ("2026-02-28T10:00", year, "2027-02-28", "2027-02-28"),
    ] {
        assert_eq!(
            (end(anchor, length), end(anchor, length.up())),
            (down.to_owned(), up.to_owned()),
            "{anchor}"
        );
    }
    let due = nl().deadline(at("2026-01-31T10:00"), month.up(), Regime::OwnNorm);
    insta::assert_snapshot!(due.steps(&nl()).join("\n"));
}

/// What is stored in a database is read back, and what was stored before there was such a thing too.
#[test]
fn a_length_is_stored_as_it_was_before_it_could_be_rounded_up() {
    let month = Length::new(1, Unit::Months);
    assert_eq!(format!("{month:?}"), "Length { amount: 1, unit: Months }");
    assert_eq!(serde_json::to_string(&month).unwrap(), r#"{"amount":1,"unit":"months"}"#);
    let up: Length = serde_json::from_str(&serde_json::to_string(&month.up()).unwrap()).unwrap();
    assert_eq!(up, month.up());
}
