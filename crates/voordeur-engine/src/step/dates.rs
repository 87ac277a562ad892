//! Which days can be answered: one that was typed wrong would hold a case for centuries.

use jiff::ToSpan as _;
use voordeur_protocol::{FieldId, FieldType, Value};

use super::Work;
use crate::event::Data;
use crate::rejection::Rejection;

/// A term is no longer than this, and neither is a day that terms count from further away.
const MOST_YEARS: i16 = 100;

/// Nobody is older than this.
const OLDEST_YEARS: i16 = 150;

/// The day of birth of a child that is expected is known so long before.
const UNBORN_YEARS: i16 = 1;

impl Work<'_> {
    /// # Errors
    ///
    /// The first answer that is a day too far from today, without the day: it may be of a person.
    pub(super) fn check_dates(&self, data: &Data) -> Result<(), Rejection> {
        let today = self.protocol.calendar.date(self.now);
        let too_far = |(field, value): &(FieldId, Value)| {
            let Value::Date(day) = value else { return false };
            let (back, ahead) = self.years_around(*field);
            *day < today.saturating_sub(back.years()) || *day > today.saturating_add(ahead.years())
        };
        data.iter().find(|one| too_far(one)).map_or(Ok(()), |(field, _)| {
            let row = self.protocol.fields.row(*field);
            let field = row.name.clone();
            Err(match row.ty {
                FieldType::Birthdate => Rejection::NotBorn { field },
                _ => Rejection::TooFar { field },
            })
        })
    }

    fn years_around(&self, field: FieldId) -> (i16, i16) {
        match self.protocol.fields.row(field).ty {
            FieldType::Birthdate => (OLDEST_YEARS, UNBORN_YEARS),
            _ => (MOST_YEARS, MOST_YEARS),
        }
    }
}
