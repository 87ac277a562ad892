//! How long a term can take: the fewest and the most days, whatever day it starts on.
//!
//! A working day is sometimes one day and sometimes five days away. The calendar is asked for every start, so
//! that what is decided with these bounds holds for all of them.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use voordeur_calendar::{Calendar, Length, Method, Reasoning, Regime, Unit};

use crate::zone::FREE;

/// The years that are looked at: all of them have their decrees.
const FROM: Date = date(2023, 1, 1);
const TO: Date = date(2028, 12, 31);

/// The most days by which a rule of law moves the end of a term.
const LONGEST_SHIFT: i32 = 7;

/// The most days that the schools can be closed on end, several times over.
const LONGEST_HOLIDAYS: i32 = 120;

/// Answers, kept.
#[derive(Debug)]
pub(crate) struct Extents {
    /// For each day of the years the days of the working days after it.
    working: Vec<i32>,
    known: BTreeMap<(u32, u8), (i32, i32)>,
}

impl Extents {
    pub(crate) fn of(calendar: &Calendar) -> Self {
        let days = (0..).map_while(|n| FROM.checked_add(n.days()).ok().filter(|day| *day <= TO)).zip(0..);
        let working =
            days.filter(|(day, _)| calendar.is_working_day(*day)).map(|(_, number)| number).collect();
        Self { working, known: BTreeMap::new() }
    }

    /// How many ticks after its anchor a moment comes, at least and at most, and whether it is a midnight.
    pub(crate) fn ticks(&mut self, why: &Reasoning, from_midnight: bool) -> ((i32, i32), bool) {
        if why.length.unit.is_elapsed() {
            return elapsed(why.length, from_midnight);
        }
        match why.method {
            Method::Delay => {
                let (least, most) = self.days(why.length, why.regime);
                ((2 * least, 2 * most), from_midnight)
            }
            Method::Deadline | Method::SameDay => self.deadline(why.length, why.regime, from_midnight),
            // Counted from a day that only the case knows.
            Method::Before | Method::BeforeDay | Method::OnDay => {
                ((if from_midnight { 0 } else { 1 }, FREE), true)
            }
        }
    }

    /// How many ticks after the start the deadline of a term is, at least and at most, and whether it is a midnight.
    pub(crate) fn deadline(
        &mut self,
        length: Length,
        regime: Regime,
        from_midnight: bool,
    ) -> ((i32, i32), bool) {
        if length.unit.is_elapsed() {
            return elapsed(length, from_midnight);
        }
        let (least, most) = self.days(length, regime);
        let end = if from_midnight { 2 } else { 1 };
        ((2 * least + end, (2 * most).saturating_add(end)), true)
    }

    /// How many ticks the end of one term is after that of another that started together with it, at least and at
    /// most; `None` where they are counted in other units, or moved by a rule of law.
    pub(crate) fn between(
        &mut self,
        (one, regime): (Length, Regime),
        (other, other_regime): (Length, Regime),
    ) -> Option<(i32, i32)> {
        if (one, regime) == (other, other_regime) {
            return Some((0, 0));
        }
        let alike = one.unit == other.unit && regime == Regime::OwnNorm && other_regime == Regime::OwnNorm;
        if !alike || one.unit.is_elapsed() || one.rounded_up != other.rounded_up {
            return None;
        }
        let days = |own: &mut Self, more: u32| {
            let (least, most) = own.days(Length { amount: more, ..one }, regime);
            (2 * least, 2 * most)
        };
        Some(match one.amount.checked_sub(other.amount) {
            Some(more) => days(self, more),
            None => {
                let (least, most) = days(self, other.amount - one.amount);
                (-most, -least)
            }
        })
    }

    /// The days that a length takes.
    pub(crate) fn days(&mut self, length: Length, regime: Regime) -> (i32, i32) {
        let amount = i32::try_from(length.amount).unwrap_or(i32::MAX).min(100_000);
        let (least, most) = match length.unit {
            Unit::Days | Unit::Hours | Unit::Minutes => (amount, amount),
            Unit::Weeks => (7 * amount, 7 * amount),
            Unit::TeachingWeeks => (7 * amount, 7 * amount + LONGEST_HOLIDAYS),
            Unit::WorkingDays => self.kept(length.amount, 0, |own| own.working_days(amount)),
            Unit::Months => self.kept(length.amount, 1, |_| months(amount)),
            Unit::Years => self.kept(length.amount, 2, |_| months(amount.saturating_mul(12))),
        };
        if regime == Regime::OwnNorm { (least, most) } else { (least, most + LONGEST_SHIFT) }
    }

    fn kept(&mut self, amount: u32, unit: u8, find: impl Fn(&Self) -> (i32, i32)) -> (i32, i32) {
        if let Some(known) = self.known.get(&(amount, unit)) {
            return *known;
        }
        let found = find(self);
        self.known.insert((amount, unit), found);
        found
    }

    /// So many working days: from the day before one of them, or from one that comes later after a free day.
    fn working_days(&self, amount: i32) -> (i32, i32) {
        let Ok(skip) = usize::try_from(amount) else { return (0, 0) };
        if skip == 0 {
            return (0, 0);
        }
        let spans = self.working.windows(2).zip(self.working.iter().skip(skip));
        // From a working day itself, and from the last free day before the next one.
        let each = spans.filter_map(|(pair, end)| match pair {
            [start, next] => Some((end - (next - 1), end - start)),
            _ => None,
        });
        let few = self.working.len() <= skip + 1;
        let beyond = (amount, amount.saturating_mul(2).saturating_add(20));
        if few {
            beyond
        } else {
            each.fold((i32::MAX, 0), |(least, most), (a, b)| (least.min(a), most.max(b)))
        }
    }
}

/// So many months, from the days of a leap year and the years around it. From the first to the 28th it is as many days
/// from each of them.
fn months(amount: i32) -> (i32, i32) {
    let starts = (0..1461).filter_map(|n| FROM.checked_add(n.days()).ok());
    let starts = starts.filter(|start| start.day() == 1 || start.day() > 28);
    let days = starts.filter_map(|start| {
        let end = start.checked_add(jiff::Span::new().try_months(amount).ok()?).ok()?;
        start.until(end).ok().map(|span| span.get_days())
    });
    let (least, most) = days.fold((i32::MAX, 0), |(least, most), days| (least.min(days), most.max(days)));
    if least > most { (FREE / 4, FREE / 4) } else { (least, most) }
}

/// Hours and minutes on the clock: whole days keep the time of day, and a part of one may pass midnight.
fn elapsed(length: Length, from_midnight: bool) -> ((i32, i32), bool) {
    let minutes = i64::from(length.amount) * if length.unit == Unit::Hours { 60 } else { 1 };
    let days = i32::try_from(minutes / 1440).unwrap_or(FREE / 8).min(FREE / 8);
    match (minutes % 1440, from_midnight) {
        (0, _) => ((2 * days, 2 * days), from_midnight),
        (_, true) => ((2 * days + 1, 2 * days + 1), false),
        (_, false) => ((2 * days, 2 * days + 2), false),
    }
}

#[cfg(test)]
mod tests {
    use super::Extents;
    use voordeur_calendar::{Calendar, Length, Regime, Unit};

    #[test]
    fn working_days_take_as_long_as_the_calendar_says() {
        let calendar = Calendar::dutch();
        let mut extents = Extents::of(&calendar);
        for amount in [1, 2, 3, 5, 10] {
            let length = Length::new(amount, Unit::WorkingDays);
            let (least, most) = extents.days(length, Regime::OwnNorm);
            let (mut shortest, mut longest) = (i64::MAX, 0);
            for number in 0..1800_i64 {
                let day = super::FROM.checked_add(jiff::ToSpan::days(number)).expect("a day");
                let noon = calendar.resolve(day.at(12, 0, 0, 0)).expect("a moment");
                let due = calendar.delay(noon, length).at;
                let days = calendar.days_between(day, calendar.date(due));
                (shortest, longest) = (shortest.min(days), longest.max(days));
            }
            assert_eq!((i64::from(least), i64::from(most)), (shortest, longest), "{amount} working days");
        }
    }

    #[test]
    fn months_are_of_different_length() {
        let mut extents = Extents::of(&Calendar::dutch());
        assert_eq!(extents.days(Length::new(1, Unit::Months), Regime::OwnNorm), (28, 31));
        assert_eq!(extents.days(Length::new(3, Unit::Months), Regime::OwnNorm), (89, 92));
        assert_eq!(extents.days(Length::new(1, Unit::Years), Regime::OwnNorm), (365, 366));
    }
}
