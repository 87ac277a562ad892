//! Which days are not the same in the calendars of both versions: a working day, a holiday or a day without school in one only.

use std::fmt::Debug;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use voordeur_calendar::Calendar;
use voordeur_messages::say;

use super::answer::Side;
use crate::zone::FREE;

/// So many stretches of days are told; the rest is counted.
const TOLD: usize = 3;

/// So many stretches of each version are looked for with a case of their own.
const MOST_STRETCHES: usize = 6;

/// So many days before them a case is reported.
const BEFORE: [i64; 10] = [1, 3, 7, 14, 21, 28, 35, 45, 60, 90];

/// So many days people put something off.
const SOON: i32 = 45;

const A_YEAR: i32 = 366;

/// What is written, as Rust shows it, of what asks whether a day is a day without school.
const BY_SCHOOL: [&str; 3] = ["TeachingWeeks", "SchoolHoliday", "not_in_school_holidays: true"];

/// The same of whether it is a working day: reminders come while the offices are open.
const BY_WORK: [&str; 11] = [
    "WorkingDay",
    "Statutory",
    "Eu",
    "or_earlier: true",
    "working_days: true",
    "Day(Weekend)",
    "Day(Holiday)",
    "OfficeTime",
    "Reminder",
    "remind: Some",
    "reminders: [(",
];

/// The days that are free in one version only, as stretches: of the old one, and of the new one.
#[derive(Debug, Clone, Default)]
pub(crate) struct OtherDays {
    only: [Vec<(Date, Date)>; 2],
    /// Whether there are such days of work, and of school.
    of: [bool; 2],
}

impl OtherDays {
    pub(super) fn of(old: &Calendar, new: &Calendar) -> Self {
        let mut days = Self::default();
        if old.name() == new.name() && old.school() == new.school() {
            return days;
        }
        let mut day = date(2000, 1, 1);
        while day < date(2040, 1, 1) {
            let (before, after) = (free(old, day), free(new, day));
            let [[weekend, holiday, closed], [weekends, holidays, closing]] = [before, after];
            let [by_work, by_school] = &mut days.of;
            *by_work |= (weekend, holiday) != (weekends, holidays);
            *by_school |= closed != closing;
            let [only_old, only_new] = &mut days.only;
            let is_only =
                |own: [bool; 3], other: [bool; 3]| own.iter().zip(other).any(|(own, it)| *own && !it);
            if is_only(before, after) {
                add(only_old, day);
            }
            if is_only(after, before) {
                add(only_new, day);
            }
            day = day.tomorrow().unwrap_or(Date::MAX);
        }
        days
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.only.iter().all(Vec::is_empty)
    }

    /// Whether what is said, as Rust shows it, asks for no day that is not the same in both.
    pub(super) fn leave_alone(&self, said: &str) -> bool {
        let asks = |words: &[&str]| words.iter().any(|word| said.contains(word));
        let [by_work, by_school] = self.of;
        !(by_work && asks(&BY_WORK) || by_school && asks(&BY_SCHOOL))
    }

    /// The same of what is said somewhere.
    pub(super) fn count_alike(&self, said: &impl Debug) -> bool {
        self.is_empty() || self.leave_alone(&format!("{said:?}"))
    }

    /// How much later something ends in the new version that is counted forward, and the same in both but for its days: where more
    /// days are free it never ends sooner.
    pub(super) fn apart(&self, said: &impl Debug) -> Option<(i32, i32)> {
        let [only_old, only_new] = &self.only;
        match (self.count_alike(said), only_old.is_empty(), only_new.is_empty()) {
            (true, ..) => Some((0, 0)),
            (_, true, _) => Some((0, FREE)),
            (_, _, true) => Some((-FREE, 0)),
            _ => None,
        }
    }

    fn own(&self, side: Side) -> &[(Date, Date)] {
        let [old, new] = &self.only;
        if side == Side::Old { old } else { new }
    }

    /// The first days of stretches that are free in one of them only, to which a report can be put off.
    pub(super) fn soon(&self, today: Date) -> impl Iterator<Item = Date> {
        let last = today.saturating_add(SOON.days());
        let all = self.only.iter().flatten().filter(move |(from, to)| *to >= today && *from <= last);
        all.map(move |(from, _)| (*from).max(today))
    }

    /// Days from which a case may come to them, as a number of days from the first day on; also before that where versions are not only
    /// for cases from some day on.
    pub(super) fn some_time_before(&self, first: Date, is_earlier: bool) -> Vec<i64> {
        let ahead = |day: i64| BEFORE.map(|days| day - days);
        let stretches = self.only.iter().flat_map(|own| near(own, first, is_earlier));
        stretches.flat_map(ahead).filter(|days| is_earlier || *days >= 0).collect()
    }

    /// All that are free in this version only, for programs.
    pub(super) fn plain(&self, side: Side) -> String {
        let all: Vec<String> = self.own(side).iter().map(|(from, to)| format!("{from}/{to}")).collect();
        format!("free {}", all.join(" "))
    }

    /// What is said of a length for which the days of the calendar make a difference: the days that do not count in this version only.
    pub(super) fn in_words(&self, side: Side, length: &str) -> String {
        let own = self.own(side);
        if own.is_empty() {
            return length.to_owned();
        }
        let stretch = |(from, to): &(Date, Date)| match from == to {
            true => from.to_string(),
            false => say!("{from} through {to}", from, to),
        };
        let mut days = own.iter().take(TOLD).map(stretch).collect::<Vec<_>>().join(", ");
        if own.len() > TOLD {
            days = say!("{days} and {number} more", days, number = own.len() - TOLD);
        }
        say!("{length}, not counting {days}", length, days)
    }
}

/// When the nearest of these stretches begin, as a number of days from the first day on: those to come first.
fn near(own: &[(Date, Date)], first: Date, is_earlier: bool) -> Vec<i64> {
    let days_to = |day: Date| first.until(day).map_or(i64::MAX, |span| i64::from(span.get_days()));
    let all = own.iter().map(|(from, to)| (days_to(*from), days_to(*to)));
    let year = i64::from(A_YEAR);
    let within = all.filter(|(from, to)| *from <= year && (*to >= 0 || is_earlier && *from >= -year));
    let mut days: Vec<i64> = within.map(|(from, _)| if is_earlier { from } else { from.max(0) }).collect();
    days.sort_by_key(|day| (*day < 0, day.abs()));
    days.truncate(MOST_STRETCHES);
    days
}

/// Whether it is a weekend, a holiday, a day without school.
fn free(calendar: &Calendar, day: Date) -> [bool; 3] {
    let closed = calendar.school().is_some_and(|school| school.closed_on(day).is_some());
    [calendar.is_weekend(day), calendar.holiday(day).is_some(), closed]
}

fn add(all: &mut Vec<(Date, Date)>, day: Date) {
    match all.last_mut() {
        Some((_, last)) if last.tomorrow().is_ok_and(|next| next == day) => *last = day,
        _ => all.push((day, day)),
    }
}
