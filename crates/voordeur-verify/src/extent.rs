//! How long a term can take: the fewest and the most days, whatever day it starts on.
//!
//! A working day is sometimes one day and sometimes five days away. The calendar is asked for every start, so
//! that what is decided with these bounds holds for all of them.

use std::cell::OnceCell;
use std::rc::Rc;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use rustc_hash::FxHashMap;
use voordeur_calendar::{Calendar, Length, Method, Reasoning, Regime, Unit};

use crate::cells::TODAY;
use crate::zone::FREE;

/// The day from which on it is looked at cases that are opened now.
const NOW: Date = date(2023, 1, 1);

/// The first day that is looked at at all: what was before is history.
const FIRST: Date = date(2000, 1, 1);

/// So many days are looked at: six years. Not every way in which holidays fall is among them; the documentation says so.
const MOST: i32 = 2192;

/// The most days that the schools can be closed on end, several times over.
const LONGEST_HOLIDAYS: i32 = 120;

/// Answers, kept.
#[derive(Debug)]
pub(crate) struct Extents {
    calendar: Calendar,
    from: Date,
    /// The working days among them, by number, where they are asked for.
    working: OnceCell<Vec<i32>>,
    known: FxHashMap<(u32, Unit), (i32, i32)>,
    /// Of what is announced so many working days before.
    leads: FxHashMap<u32, i32>,
    /// The same of windows that look back.
    windows: FxHashMap<(u32, Unit), (i32, i32)>,
    /// For terms that a rule of law may move, and what they are held against, how long they take from each day.
    each: FxHashMap<(Length, Regime), Rc<[i32]>>,
    /// Whether the schools are closed only as their calendar says; without it they may be closed at other times as well,
    /// which nobody knows yet.
    schools_as_known: bool,
}

impl Extents {
    /// For a version from a day on, and until another when it has one; without the first from the day on which histories begin.
    /// What has ended is looked at in its own years; what still takes cases in, however old it is, in those of now.
    pub(crate) fn of(calendar: &Calendar, since: Option<Date>, until: Option<Date>) -> Self {
        let from = since.unwrap_or(TODAY).max(FIRST);
        let from = if until.is_some_and(|until| until < NOW) { from } else { from.max(NOW) };
        Self {
            calendar: calendar.clone(),
            from,
            working: OnceCell::new(),
            known: FxHashMap::default(),
            leads: FxHashMap::default(),
            windows: FxHashMap::default(),
            each: FxHashMap::default(),
            schools_as_known: false,
        }
    }

    /// The same, with the schools closed as their calendar says and at no other time.
    pub(crate) const fn with_schools_as_known(mut self) -> Self {
        self.schools_as_known = true;
        self
    }

    /// The days from which a term takes longest.
    pub(crate) fn longest_from(&self, length: Length, regime: Regime) -> Vec<Date> {
        let all: Vec<(Date, i32)> =
            self.each_day().map(|day| (day, self.taken(day, length, regime))).collect();
        let most = all.iter().map(|(_, days)| *days).max();
        all.into_iter().filter(|(_, days)| Some(*days) == most).map(|(day, _)| day).collect()
    }

    /// The days that are looked at.
    pub(crate) fn each_day(&self) -> impl Iterator<Item = Date> + use<> {
        let from = self.from;
        (0..MOST).map_while(move |n| from.checked_add(n.days()).ok())
    }

    fn working(&self) -> &[i32] {
        self.working.get_or_init(|| {
            let working = self.each_day().zip(0..).filter(|(day, _)| self.calendar.is_working_day(*day));
            working.map(|(_, number)| number).collect()
        })
    }

    /// How many days a term takes that begins on a day.
    fn taken(&self, day: Date, length: Length, regime: Regime) -> i32 {
        let start = self.calendar.start_of_day(day);
        let end = self.calendar.date(self.calendar.deadline(start, length, regime).at);
        i32::try_from(self.calendar.days_between(day, end)).unwrap_or(i32::MAX) - 1
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
    /// most; `None` where they are counted in other units.
    pub(crate) fn between(
        &mut self,
        (one, regime): (Length, Regime),
        (other, other_regime): (Length, Regime),
    ) -> Option<(i32, i32)> {
        if (one, regime) == (other, other_regime) {
            return Some((0, 0));
        }
        if regime != Regime::OwnNorm || other_regime != Regime::OwnNorm {
            return self.between_moved((one, regime), (other, other_regime));
        }
        if one.unit != other.unit || one.unit.is_elapsed() || one.rounded_up != other.rounded_up {
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

    /// The same where a rule of law may move one of them: from each day of the years.
    fn between_moved(&mut self, one: (Length, Regime), other: (Length, Regime)) -> Option<(i32, i32)> {
        if one.0.unit.is_elapsed() || other.0.unit.is_elapsed() {
            return None;
        }
        let (one, other) = (self.days_from_each(one), self.days_from_each(other));
        let apart = one.iter().zip(other.iter()).map(|(one, other)| one - other);
        let (least, most) =
            apart.fold((FREE, -FREE), |(least, most), days| (least.min(days), most.max(days)));
        (least <= most).then_some((2 * least, 2 * most))
    }

    /// How many days a term takes, for each day of the years that it may begin on.
    fn days_from_each(&mut self, (length, regime): (Length, Regime)) -> Rc<[i32]> {
        if let Some(known) = self.each.get(&(length, regime)) {
            return Rc::clone(known);
        }
        let all: Rc<[i32]> = self.each_day().map(|day| self.taken(day, length, regime)).collect();
        self.each.insert((length, regime), Rc::clone(&all));
        all
    }

    /// The days that a length takes.
    pub(crate) fn days(&mut self, length: Length, regime: Regime) -> (i32, i32) {
        let amount = i32::try_from(length.amount).unwrap_or(i32::MAX).min(100_000);
        if regime != Regime::OwnNorm && !length.unit.is_elapsed() {
            return self.shifted(length, regime);
        }
        match length.unit {
            Unit::Days | Unit::Hours | Unit::Minutes => (amount, amount),
            Unit::Weeks => (7 * amount, 7 * amount),
            Unit::TeachingWeeks if self.schools_as_known => {
                self.kept(length, |own| own.teaching_weeks(length))
            }
            Unit::TeachingWeeks => (7 * amount, 7 * amount + LONGEST_HOLIDAYS),
            Unit::WorkingDays => self.kept(length, |own| own.working_days(amount)),
            Unit::Months => self.kept(length, |_| months(amount)),
            Unit::Years => self.kept(length, |_| months(amount.saturating_mul(12))),
        }
    }

    /// For each number of working days up to so many how many days they take at least and at most.
    pub(crate) fn working_days_up_to(&mut self, most: u32) -> Rc<[(i32, i32)]> {
        (0..=most).map(|amount| self.days(Length::new(amount, Unit::WorkingDays), Regime::OwnNorm)).collect()
    }

    /// How many days after its announcement something comes at most that is announced so many working days before.
    pub(crate) fn lead(&mut self, before: Length) -> i32 {
        if let Some(known) = self.leads.get(&before.amount) {
            return *known;
        }
        let days = |day: Date| {
            let end = self.calendar.date(self.calendar.lead(self.calendar.start_of_day(day), before).at);
            i32::try_from(self.calendar.days_between(day, end)).unwrap_or(FREE / 4)
        };
        let most = self.each_day().map(days).max().unwrap_or(FREE / 4);
        self.leads.insert(before.amount, most);
        most
    }

    /// How many days after a day it is at least, and at most, until a window does not reach back to it any more.
    pub(crate) fn window(&mut self, over: Length) -> (i32, i32) {
        match over.unit {
            Unit::WorkingDays | Unit::Months | Unit::Years => self.looked_back(over),
            Unit::TeachingWeeks if self.schools_as_known => self.looked_back(over),
            _ => self.days(over, Regime::OwnNorm),
        }
    }

    fn looked_back(&mut self, over: Length) -> (i32, i32) {
        if let Some(known) = self.windows.get(&(over.amount, over.unit)) {
            return *known;
        }
        let from = |day: Date| {
            let from = self.calendar.date(self.calendar.window_from(self.calendar.start_of_day(day), over));
            i32::try_from(self.calendar.days_between(from, day)).unwrap_or(FREE / 4)
        };
        let each: Vec<i32> = self.each_day().map(from).collect();
        // Of the days before the first that it still reaches, each is over as soon as it does not reach it any more.
        let over_now = each.windows(2).filter_map(|pair| match pair {
            [before, now] if now <= before => Some((now + 1, before + 1)),
            _ => None,
        });
        let (least, most) = over_now.fold((FREE, 0), |(least, most), (a, b)| (least.min(a), most.max(b)));
        let found = if least > most { (0, FREE / 4) } else { (least, most) };
        self.windows.insert((over.amount, over.unit), found);
        found
    }

    /// The days of a term that a rule of law may move, from each day of the years.
    fn shifted(&mut self, length: Length, regime: Regime) -> (i32, i32) {
        let all = self.days_from_each((length, regime));
        let (least, most) =
            all.iter().fold((i32::MAX, 0), |(least, most), days| (least.min(*days), most.max(*days)));
        if least > most { (FREE / 4, FREE / 4) } else { (least, most) }
    }

    fn kept(&mut self, length: Length, find: impl Fn(&Self) -> (i32, i32)) -> (i32, i32) {
        let key = (length.amount, length.unit);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let found = find(self);
        self.known.insert(key, found);
        found
    }

    /// So many teaching weeks, from each day that the school calendar covers; on other days the schools are open.
    fn teaching_weeks(&self, length: Length) -> (i32, i32) {
        let amount = i32::try_from(length.amount).unwrap_or(i32::MAX).saturating_mul(7);
        let Some(school) = self.calendar.school() else { return (amount, amount) };
        let covered = (0..MOST).map_while(|n| school.from.checked_add(n.days()).ok());
        let covered = covered.take_while(|day| *day <= school.to);
        let each = covered.map(|day| self.taken(day, length, Regime::OwnNorm));
        each.fold((amount, amount), |(least, most), days| (least.min(days), most.max(days)))
    }

    /// So many working days: from the day before one of them, or from one that comes later after a free day.
    fn working_days(&self, amount: i32) -> (i32, i32) {
        let Ok(skip) = usize::try_from(amount) else { return (0, 0) };
        if skip == 0 {
            return (0, 0);
        }
        let working = self.working();
        let spans = working.windows(2).zip(working.iter().skip(skip));
        // From a working day itself, and from the last free day before the next one.
        let each = spans.filter_map(|(pair, end)| match pair {
            [start, next] => Some((end - (next - 1), end - start)),
            _ => None,
        });
        let few = working.len() <= skip + 1;
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
    let starts = (0..1461).filter_map(|n| NOW.checked_add(n.days()).ok());
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
        let mut extents = Extents::of(&calendar, None, None);
        for amount in [1, 2, 3, 5, 10] {
            let length = Length::new(amount, Unit::WorkingDays);
            let (least, most) = extents.days(length, Regime::OwnNorm);
            let (mut shortest, mut longest) = (i64::MAX, 0);
            for number in 0..1800_i64 {
                let day = super::TODAY.checked_add(jiff::ToSpan::days(number)).expect("a day");
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
        let mut extents = Extents::of(&Calendar::dutch(), None, None);
        assert_eq!(extents.days(Length::new(1, Unit::Months), Regime::OwnNorm), (28, 31));
        assert_eq!(extents.days(Length::new(3, Unit::Months), Regime::OwnNorm), (89, 92));
        assert_eq!(extents.days(Length::new(1, Unit::Years), Regime::OwnNorm), (365, 366));
    }

    #[test]
    fn what_the_law_moves_is_counted_from_every_day() {
        let calendar = Calendar::dutch();
        let mut extents = Extents::of(&calendar, None, None);
        let eight = Length::new(8, Unit::Weeks);
        assert_eq!(extents.days(eight, Regime::Statutory), (56, 61));
        let from = extents.longest_from(eight, Regime::Statutory);
        assert!(from.contains(&jiff::civil::date(2027, 3, 10)), "{from:?}");
    }
}
