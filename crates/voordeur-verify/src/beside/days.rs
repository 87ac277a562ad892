//! The days of reports for which two versions are compared: an edition holds from the day on which its settings have their values.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::replay::weekday;

/// The days on which a case is reported; both ends belong to it, and `None` is no end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Days {
    /// The first one.
    pub from: Option<Date>,
    /// The last one.
    pub until: Option<Date>,
}

impl Days {
    /// Whether a case that is reported on a day is meant.
    pub(super) fn has(self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// The day on which histories begin: the one that is wished for, or a Monday among these days.
    pub(super) fn first(self, wished: Date) -> Date {
        let first = self.from.map_or(wished, |from| wished.max(weekday(from)));
        match self.until.filter(|until| *until < first) {
            None => first,
            Some(until) => {
                let year_before = until.checked_sub(366.days()).unwrap_or(until);
                let monday = weekday(self.from.map_or(year_before, |from| from.max(year_before)));
                if self.has(monday) { monday } else { self.from.unwrap_or(until) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::Days;

    #[test]
    fn histories_begin_among_them() {
        let (monday, all) = (date(2026, 3, 16), Days::default());
        assert_eq!(all.first(monday), monday);
        let from = Some(date(2027, 6, 1));
        assert_eq!(Days { from, until: None }.first(monday), date(2027, 6, 7));
        let until = Some(date(2027, 6, 3));
        assert_eq!(Days { from, until }.first(monday), date(2027, 6, 1));
        let before = Days { from: None, until: Some(date(2020, 1, 1)) };
        assert_eq!(before.first(monday), date(2018, 12, 31));
    }
}
