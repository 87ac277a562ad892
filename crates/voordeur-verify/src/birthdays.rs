//! Birthdays for the naive explorer: each comes on any day, or not for half a year.
//!
//! A case that goes on day by day would have to be tried with a day of birth for each day of a year. Instead a birthday
//! stays half a year away until it is chosen to be tomorrow.

use jiff::ToSpan as _;
use jiff::civil::Date;
use voordeur_engine::{Case, TimerKind};
use voordeur_protocol::guard::Facts as _;
use voordeur_protocol::{Cause, Protocol, Value};

use crate::ages::{Ages, back};

/// How many days a birthday stays away.
const AWAY: i64 = 180;

/// Puts every birthday that is to come as far away from a day as all others.
pub(crate) fn put_off(protocol: &Protocol, all: &[Ages], case: &mut Case, day: Date) {
    for ages in all {
        let born = match next(protocol, ages, case, day) {
            Some(next) => day.checked_add(AWAY.days()).ok().and_then(|far| back(far, next)),
            None => {
                let last = ages.birthdays.last().copied().unwrap_or(0);
                day.checked_sub(AWAY.days()).ok().and_then(|past| back(past, last))
            }
        };
        born.into_iter().for_each(|born| bear(protocol, ages, case, born, day));
    }
}

/// The same case with its next birthday tomorrow; `None` when there is none to come.
pub(crate) fn birthday_tomorrow(protocol: &Protocol, ages: &Ages, case: &Case, today: Date) -> Option<Case> {
    let next = next(protocol, ages, case, today)?;
    let mut case = case.clone();
    bear(protocol, ages, &mut case, back(today.tomorrow().ok()?, next)?, today);
    Some(case)
}

/// The next birthday, in years.
fn next(protocol: &Protocol, ages: &Ages, case: &Case, today: Date) -> Option<i64> {
    let Some(Value::Date(born)) = case.value(ages.field) else { return None };
    ages.birthdays.get(ages.class(&protocol.calendar, *born, today)).copied()
}

/// Gives a case another day of birth, and its timers the birthdays that follow from it.
fn bear(protocol: &Protocol, ages: &Ages, case: &mut Case, born: Date, today: Date) {
    let calendar = &protocol.calendar;
    let Some(Value::Date(before)) = case.value(ages.field).cloned() else { return };
    for timer in case.timers.iter_mut().filter(|timer| waits_for(protocol, ages, timer.kind)) {
        let due = calendar.date(timer.due.at);
        if due > today {
            let age = u32::try_from(calendar.years_between(before, due)).unwrap_or(0);
            timer.due.at = calendar.start_of_day(calendar.birthday(born, age));
        }
    }
    for (_, value) in case.data.iter_mut().filter(|(field, _)| *field == ages.field) {
        *value = Value::Date(born);
    }
}

fn waits_for(protocol: &Protocol, ages: &Ages, kind: TimerKind) -> bool {
    let TimerKind::Every { rule, .. } = kind else { return false };
    matches!(&protocol.rules.row(rule).cause, Cause::Birthday { of, .. } if *of == ages.field)
}
