//! Ages: how old somebody is changes while a case runs, at birthdays that come by themselves.
//!
//! ```text
//!   age of born < 18, on birthday 65 of born  ──▶  birthdays 18 and 65: three ages that are told apart
//! ```
//!
//! A case has one day of birth that stands for all of its age; the birthdays that are still to come are points of the
//! zone. A step is tried with the age of the case and with every later one, each bound to the moments at which it is so.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use jiff::civil::Date;
use smallvec::smallvec;
use voordeur_calendar::{Calendar, Length, Regime, Unit};
use voordeur_engine::Case;
use voordeur_protocol::guard::{Expr, Facts as _};
use voordeur_protocol::model::Derived;
use voordeur_protocol::{Cause, FieldId, Protocol, Value};

use crate::cells::{TODAY, each_condition};
use crate::extent::Extents;
use crate::points::Points;
use crate::since::{Ago, Limit};
use crate::zone::FREE;

/// Of birthdays that are more years apart it is not kept how many at most.
const SOON: i64 = 2;

/// The ages of a field that are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ages {
    pub(crate) field: FieldId,
    /// The birthdays at which a condition changes its answer, or that a rule waits for; in order.
    pub(crate) birthdays: Vec<i64>,
    /// Whether a rule waits for one of them: then it counts whether it is today.
    is_waited_for: bool,
    /// The day of birth that stands for each age.
    stand_ins: Vec<Option<Date>>,
}

/// The fields of which conditions ask the age, or of which a rule waits for a birthday.
pub(crate) fn ages(protocol: &Protocol) -> Vec<Ages> {
    let fields = protocol.fields.iter().map(|(field, _)| Ages::of(protocol, field));
    fields.filter(|ages| !ages.birthdays.is_empty()).collect()
}

impl Ages {
    fn of(protocol: &Protocol, field: FieldId) -> Self {
        let mut birthdays = asked(protocol, field);
        let waited: BTreeSet<i64> = waited_for(protocol, field).collect();
        let is_waited_for = !waited.is_empty();
        birthdays.extend(waited);
        Self::with(field, birthdays.into_iter().filter(|age| *age > 0).collect(), is_waited_for)
    }

    fn with(field: FieldId, birthdays: Vec<i64>, is_waited_for: bool) -> Self {
        let stand_ins = (0..=birthdays.len()).map(|class| stand_in(&birthdays, class)).collect();
        Self { field, birthdays, is_waited_for, stand_ins }
    }

    /// What this tells apart and what another one does, of this field.
    pub(crate) fn joined(&self, other: &Self) -> Self {
        let all: BTreeSet<i64> = self.birthdays.iter().chain(&other.birthdays).copied().collect();
        let is_waited_for = self.is_waited_for || other.is_waited_for;
        Self::with(self.field, all.into_iter().collect(), is_waited_for)
    }

    /// The same of another field.
    pub(crate) fn of_field(&self, field: FieldId) -> Self {
        Self { field, ..self.clone() }
    }

    /// The days of birth to try, one for each age.
    pub(crate) fn values(&self) -> impl Iterator<Item = Date> {
        self.stand_ins.iter().copied().flatten()
    }

    /// Days of birth of which one of the birthdays is today.
    pub(crate) fn today(&self) -> impl Iterator<Item = Date> {
        let all = self.birthdays.iter().filter(|_| self.is_waited_for);
        all.filter_map(|age| back(TODAY, *age))
    }

    /// The day of birth that stands for all of an age.
    pub(crate) fn stand_in(&self, class: usize) -> Option<Date> {
        *self.stand_ins.get(class)?
    }

    /// Which of the ages somebody has on a day.
    pub(crate) fn class(&self, calendar: &Calendar, born: Date, day: Date) -> usize {
        let age = calendar.years_between(born, day);
        self.birthdays.partition_point(|birthday| *birthday <= age)
    }

    /// A day of birth of the age that a stand-in stands for, on a day; the next birthday comes in so many days.
    pub(crate) fn real(
        &self,
        calendar: &Calendar,
        stand_in: Date,
        today: Date,
        ahead: Option<i64>,
    ) -> Option<Date> {
        let Some(class) = self.class_of(stand_in) else {
            // A birthday is on the day on which it is recorded.
            return back(today, calendar.years_between(stand_in, TODAY));
        };
        // A stand-in may be born after the years in which a history is looked for.
        let fits = |born: &Date| *born <= today && self.class(calendar, *born, today) == class;
        let soon = || back(today.checked_add(ahead?.days()).ok()?, *self.birthdays.get(class)?);
        let any = || back(today, calendar.years_between(stand_in, TODAY))?.checked_sub(6.months()).ok();
        soon().filter(fits).or(Some(stand_in)).filter(fits).or_else(any)
    }

    /// Which age a day of birth stands for.
    pub(crate) fn class_of(&self, born: Date) -> Option<usize> {
        self.stand_ins.iter().position(|stand_in| *stand_in == Some(born))
    }

    /// The number of the birthday that is on a day.
    pub(crate) fn birthday_on(&self, calendar: &Calendar, born: Date, day: Date) -> Option<usize> {
        let age = calendar.years_between(born, day);
        self.birthdays.iter().position(|birthday| *birthday == age)
    }

    /// How many ticks after the birthday before it a birthday comes, at least and at most.
    pub(crate) fn apart(&self, number: usize, extents: &mut Extents) -> (i32, i32) {
        let before = number.checked_sub(1).and_then(|before| self.birthdays.get(before)).copied();
        let years = self.birthdays.get(number).copied().unwrap_or(0) - before.unwrap_or(0);
        let length = Length::new(u32::try_from(years).unwrap_or(0), Unit::Years);
        let (least, most) = extents.days(length, Regime::OwnNorm);
        // Who was born on 29 February has a birthday on 1 March in other years. What is years away may be any day.
        (2 * (least - 1), if years > SOON { FREE } else { 2 * (most + 1) })
    }

    /// The numbers of the birthdays that a case in its normal form still has before it.
    pub(crate) fn to_come(&self, case: &Case) -> impl Iterator<Item = usize> {
        let class = match case.value(self.field) {
            Some(Value::Date(born)) => self.class_of(*born),
            _ => None,
        };
        class.into_iter().flat_map(|class| class..self.birthdays.len())
    }

    /// The age of a case in its normal form, and every later one, as far as birthdays are still to come.
    pub(crate) fn choices(&self, case: &Case, points: &Points) -> Vec<Ago> {
        let to_come =
            self.to_come(case).filter_map(|number| Some((number, points.birthday((self.field, number))?)));
        let to_come: Vec<(usize, usize)> = to_come.collect();
        let Some((first, _)) = to_come.first().copied() else { return vec![Ago::default()] };
        let before =
            |class: usize| to_come.iter().find(|(number, _)| *number == class).map(|(_, point)| *point);
        let choice = |class: usize| {
            let over = if class == first { None } else { before(class - 1) };
            let over = over.map(|point| Limit { point, ticks: (0, FREE) });
            let next = before(class).map(|point| Limit { point, ticks: (-FREE, -1) });
            let born = if class == first { None } else { self.stand_in(class) };
            Ago {
                limits: over.into_iter().chain(next).collect(),
                born: born.map_or_else(Default::default, |born| smallvec![(self.field, born)]),
                ..Ago::default()
            }
        };
        (first..=self.birthdays.len()).map(choice).collect()
    }
}

/// The day of birth that stands for all of an age: half a year from a birthday on the days on which steps are tried.
fn stand_in(birthdays: &[i64], class: usize) -> Option<Date> {
    let years = match class.checked_sub(1) {
        Some(before) => *birthdays.get(before)?,
        None => birthdays.first()?.saturating_sub(1),
    };
    back(TODAY, years)?.checked_sub(6.months()).ok()
}

/// The ages at which a condition changes its answer.
fn asked(protocol: &Protocol, of: FieldId) -> BTreeSet<i64> {
    let count = |value: &Value| if let Value::Count(years) = value { Some(*years) } else { None };
    let is_age = |field: FieldId| protocol.fields.row(field).derived == Some(Derived::Age(of));
    let mut all = BTreeSet::new();
    each_condition(protocol, &mut |_, guard| {
        guard.walk(&mut |part| match part {
            Expr::Range { field, low, high } if is_age(*field) => {
                all.extend(low.as_ref().and_then(count));
                all.extend(high.as_ref().and_then(count).map(|years| years.saturating_add(1)));
            }
            Expr::In { field, values } if is_age(*field) => {
                all.extend(
                    values.iter().filter_map(count).flat_map(|years| [years, years.saturating_add(1)]),
                );
            }
            _ => {}
        });
    });
    all
}

/// The birthdays that a rule waits for.
fn waited_for(protocol: &Protocol, of: FieldId) -> impl Iterator<Item = i64> {
    let of_rules = protocol.rules.rows().filter_map(move |rule| match &rule.cause {
        Cause::Birthday { of: field, ages, .. } if *field == of => Some(ages),
        _ => None,
    });
    of_rules.flatten().map(|age| i64::from(*age))
}

/// So many years before a day.
pub(crate) fn back(day: Date, years: i64) -> Option<Date> {
    day.checked_sub(jiff::Span::new().try_years(years).ok()?).ok()
}

/// Every birthday that a real case has, and the day before it.
pub(crate) fn birthdays_of<'c>(
    all: &'c [Ages],
    calendar: &'c Calendar,
    case: &'c Case,
) -> impl Iterator<Item = Date> + 'c {
    let born = all.iter().filter_map(|one| match case.value(one.field)? {
        Value::Date(born) => Some((one, *born)),
        _ => None,
    });
    let days = born.flat_map(move |(one, born)| {
        one.birthdays.iter().filter_map(move |age| Some(calendar.birthday(born, u32::try_from(*age).ok()?)))
    });
    days.flat_map(|day| day.yesterday().ok().into_iter().chain([day]))
}
