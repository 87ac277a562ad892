//! The points of birthdays that are still to come: those from before a step, or new ones where a day of birth is recorded.

use jiff::Timestamp;
use voordeur_engine::Entry;
use voordeur_protocol::guard::Facts as _;
use voordeur_protocol::{FieldId, Value};

use super::work::Work;
use crate::ages::Ages;
use crate::zone::NOW;

impl Work<'_> {
    /// The birthday that a rule waits for.
    pub(super) fn birthday_of(&mut self, field: FieldId, at: Timestamp) -> usize {
        let midnight = self.is_midnight(NOW);
        if at <= self.done.now {
            // It is today.
            let ago = if midnight { 0 } else { -1 };
            return self.add(NOW, (ago, ago), true);
        }
        let (calendar, looks) = (&self.protocol.calendar, self.looks);
        let Some(Value::Date(born)) = self.done.after.value(field) else { return self.some_time() };
        let ages = looks.ages.iter().find(|ages| ages.field == field);
        let found = ages.and_then(|ages| Some((ages, ages.birthday_on(calendar, *born, calendar.date(at))?)));
        match found {
            Some((ages, number)) => self.birthday(ages, number),
            None => self.some_time(),
        }
    }

    /// The point of a birthday: that from before the step, or a new one when the day of birth was recorded in it.
    pub(super) fn birthday(&mut self, ages: &Ages, number: usize) -> usize {
        let own = (ages.field, number);
        if let Some((_, point)) = self.birthdays.iter().find(|(known, _)| *known == own) {
            return *point;
        }
        let is_new = |entry: &Entry| matches!(entry, Entry::Recorded { field, .. } if *field == ages.field);
        let old = self.done.points.birthday(own).filter(|_| !self.done.entries.iter().any(is_new));
        let point = old.unwrap_or_else(|| self.new_birthday(ages, number));
        self.birthdays.push((own, point));
        point
    }

    fn new_birthday(&mut self, ages: &Ages, number: usize) -> usize {
        let (least, most) = ages.apart(number, self.extents);
        let (calendar, now) = (&self.protocol.calendar, self.done.now);
        let class = match self.done.after.value(ages.field) {
            Some(Value::Date(born)) => ages.class(calendar, *born, calendar.date(now)),
            _ => number,
        };
        match number.checked_sub(1).filter(|before| *before >= class) {
            Some(before) => {
                let before = self.birthday(ages, before);
                self.add(before, (least, most), true)
            }
            None => {
                let tomorrow = if self.is_midnight(NOW) { 2 } else { 1 };
                self.add(NOW, (tomorrow, most), true)
            }
        }
    }
}
