//! Working days as a table, so that counting them is two lookups and no loop.

use jiff::civil::{Date, date};

use crate::decrees::Decrees;
use crate::{day, holidays};

/// The table starts here.
pub(crate) const FIRST: Date = date(1950, 1, 1);
/// And ends here. Counting beyond stops at its end.
pub(crate) const LAST: Date = date(2150, 12, 31);

/// The working days from [`FIRST`] to [`LAST`].
#[derive(Debug)]
pub(crate) struct WorkingDays {
    first: i32,
    /// For each day: how many working days there are up to and including it.
    upto: Vec<u32>,
    /// The number of each working day.
    days: Vec<i32>,
}

impl WorkingDays {
    /// The table as known on a day; `None` is as known today.
    pub(crate) fn new(known_on: Option<Date>, since: &Decrees) -> Self {
        let (first, last) = (day::number(FIRST), day::number(LAST));
        let free = (FIRST.year()..=LAST.year()).flat_map(|year| holidays::of_year(year, known_on, since));
        let mut free = free.map(|holiday| day::number(holiday.date)).peekable();
        let days = usize::try_from(last.saturating_sub(first).saturating_add(1)).unwrap_or(0);
        let mut table = Self { first, upto: Vec::with_capacity(days), days: Vec::with_capacity(days) };
        let mut upto = 0;
        for number in first..=last {
            let is_free = free.next_if_eq(&number).is_some();
            if !is_free && !day::is_weekend_number(number) {
                table.days.push(number);
                upto += 1;
            }
            table.upto.push(upto);
        }
        table
    }

    /// Whether a day is a working day. Outside the table: whether it is not in a weekend.
    pub(crate) fn contains(&self, day: Date) -> bool {
        let number = day::number(day);
        if !self.covers(number) {
            return !day::is_weekend(day);
        }
        self.upto(number) > self.upto(number.saturating_sub(1))
    }

    /// How many working days lie after `from`, up to and including `to`.
    pub(crate) fn between(&self, from: Date, to: Date) -> u32 {
        self.upto(day::number(to)).saturating_sub(self.upto(day::number(from)))
    }

    /// The `n`-th working day after a day; for `n` = 0 the day itself. Stops at the end of the table.
    pub(crate) fn after(&self, from: Date, n: u32) -> Date {
        if n == 0 {
            return from;
        }
        let index = u64::from(self.upto(day::number(from))) + u64::from(n) - 1;
        let found = usize::try_from(index).ok().and_then(|index| self.days.get(index));
        found.map_or(LAST, |number| day::date(i64::from(*number)))
    }

    /// The `n`-th working day before a day; for `n` = 0 the day itself. Stops at the start of the table.
    pub(crate) fn before(&self, from: Date, n: u32) -> Date {
        if n == 0 {
            return from;
        }
        let earlier = self.upto(day::number(from).saturating_sub(1));
        let index = earlier.checked_sub(n).and_then(|index| usize::try_from(index).ok());
        index.and_then(|index| self.days.get(index)).map_or(FIRST, |number| day::date(i64::from(*number)))
    }

    fn covers(&self, number: i32) -> bool {
        number >= self.first && number <= day::number(LAST)
    }

    fn upto(&self, number: i32) -> u32 {
        let Ok(index) = usize::try_from(number.saturating_sub(self.first)) else { return 0 };
        self.upto.get(index).or(self.upto.last()).copied().unwrap_or(0)
    }
}
