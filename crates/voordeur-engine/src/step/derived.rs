//! Fields that follow from something else: their values at the moment of this step.

use voordeur_calendar::Calendar;
use voordeur_protocol::guard::Facts;
use voordeur_protocol::model::{DayFact, Derived, SinceUnit, Start};
use voordeur_protocol::{FieldId, Happening, ObligationId, Protocol, StateId, Value};

use super::Work;
use super::terms::moment_of;
use crate::case::Case;
use jiff::Timestamp;
use smallvec::SmallVec;

/// The fields that follow from something else, with their values.
pub(super) type DerivedValues = SmallVec<[(FieldId, Value); 2]>;

/// A case as conditions see it: with the fields that follow from something else.
pub(super) struct Known<'a> {
    case: &'a Case,
    derived: &'a [(FieldId, Value)],
}

impl Facts for Known<'_> {
    fn value(&self, field: FieldId) -> Option<&Value> {
        let derived = || self.derived.iter().find(|(id, _)| *id == field).map(|(_, value)| value);
        self.case.value(field).or_else(derived)
    }

    fn happened(&self, obligation: ObligationId, happening: Happening) -> bool {
        self.case.happened(obligation, happening)
    }
}

impl Work<'_> {
    pub(super) fn known(&self) -> Known<'_> {
        Known { case: self.case, derived: self.derived.get_or_init(|| self.derive()) }
    }

    /// Finds the derived values. Most pathways have none.
    fn derive(&self) -> DerivedValues {
        let (protocol, case, now, numbered) = (self.protocol, &*self.case, self.now, self.numbered);
        if !protocol.has_derived {
            return DerivedValues::new();
        }
        let fields = protocol.fields.iter().filter_map(|(id, row)| Some((id, row.derived?)));
        fields.filter_map(|(id, how)| Some((id, value(protocol, case, now, numbered, id, how)?))).collect()
    }
}

/// Every field of a case that has a value at that moment, as conditions see it: what was recorded, and what
/// follows from something else.
#[must_use]
pub fn known(protocol: &Protocol, case: &Case, now: Timestamp) -> Vec<(FieldId, Value)> {
    let found = |(id, row): (FieldId, &voordeur_protocol::model::Field)| {
        let derived = || value(protocol, case, now, None, id, row.derived?);
        Some((id, case.value(id).cloned().or_else(derived)?))
    };
    protocol.fields.iter().filter_map(found).collect()
}

fn value(
    protocol: &Protocol,
    case: &Case,
    now: Timestamp,
    numbered: Option<(ObligationId, u32)>,
    field: FieldId,
    how: Derived,
) -> Option<Value> {
    let calendar = &protocol.calendar;
    Some(match how {
        Derived::Age(of) => match case.value(of)? {
            Value::Date(born) => Value::Count(calendar.years_between(*born, calendar.date(now)).max(0)),
            _ => return None,
        },
        Derived::Consent => Value::YesNo(case.consent),
        Derived::Day(fact) => Value::YesNo(day_fact(calendar, now, fact)),
        Derived::Since(start, unit) => {
            Value::Count(since(calendar, began(calendar, case, start)?, now, unit))
        }
        Derived::Number(of) if numbered.is_some_and(|(obligation, _)| obligation == of) => {
            Value::Count(i64::from(numbered?.1))
        }
        Derived::State(obligation, state) => Value::YesNo(is_open(protocol, case, obligation, state)),
        Derived::Number(obligation) => {
            let open = case.open.iter().find(|instance| instance.opening(protocol).obligation == obligation);
            Value::Count(i64::from(open.map_or(0, |instance| instance.count)))
        }
        Derived::Sum { over, .. } | Derived::Tally { over, .. } => {
            let from = calendar.window_from(now, over);
            let counted = case.windows.iter().find(|(id, _)| *id == field);
            let within = counted.into_iter().flat_map(|(_, counted)| counted).filter(|(at, _)| *at >= from);
            Value::Count(within.map(|(_, amount)| *amount).fold(0, i64::saturating_add))
        }
    })
}

/// Whether it is open here, in whatever state or in this one.
fn is_open(protocol: &Protocol, case: &Case, obligation: ObligationId, state: Option<StateId>) -> bool {
    case.open.iter().any(|instance| {
        let opening = instance.opening(protocol);
        let here = opening.keeps_running || instance.stay == case.stay_number();
        opening.obligation == obligation && here && state.is_none_or(|state| instance.state == state)
    })
}

fn began(calendar: &Calendar, case: &Case, start: Start) -> Option<Timestamp> {
    match start {
        Start::Report => Some(case.opened_at),
        Start::Entry => case.stay.as_ref().map(|stay| stay.entered_at),
        Start::From(anchor) => moment_of(calendar, case, anchor),
    }
}

fn day_fact(calendar: &Calendar, now: Timestamp, fact: DayFact) -> bool {
    let day = calendar.date(now);
    match fact {
        DayFact::Weekend => calendar.is_weekend(day),
        DayFact::WorkingDay => calendar.is_working_day(day),
        DayFact::Holiday => calendar.holiday(day).is_some(),
        DayFact::SchoolHoliday => calendar.school().is_some_and(|school| school.closed_on(day).is_some()),
        DayFact::OfficeTime => calendar.is_office_time(now),
    }
}

fn since(calendar: &Calendar, from: Timestamp, now: Timestamp, unit: SinceUnit) -> i64 {
    match unit {
        SinceUnit::Minutes => now.duration_since(from).as_mins(),
        SinceUnit::Days => calendar.days_between(calendar.date(from), calendar.date(now)),
        SinceUnit::Months => calendar.months_between(calendar.date(from), calendar.date(now)),
    }
}
