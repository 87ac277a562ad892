//! Counting a moment anew after the holidays have become different: from the same anchor, under the same rules.

use jiff::civil::Date;

use crate::calendar::Calendar;
use crate::reasoning::{Due, Method};

impl Calendar {
    /// A moment as this calendar gives it. `stood_still`: from the day after which until and including which day its
    /// clock stood still, in order. `or_earlier`: whether a term that is counted back ends on a working day.
    ///
    /// Hours and minutes never move. What comes out the same is given back as it was.
    #[must_use]
    pub fn recounted(&self, due: Due, stood_still: &[(Date, Date)], or_earlier: bool) -> Due {
        let why = due.why;
        if why.length.unit.is_elapsed() || due.is_withheld() {
            return due;
        }
        let fresh = match why.method {
            Method::Deadline => self.deadline(why.anchor, why.length, why.regime),
            Method::Delay => self.delay(why.anchor, why.length),
            Method::Before => self.before(why.anchor, why.length),
            Method::BeforeDay => self.before_day(self.day_of_target(why.anchor), why.length, or_earlier),
            Method::SameDay | Method::OnDay => return due,
        };
        let later = |due, (since, until): &(Date, Date)| self.stood_still(due, *since, *until);
        let fresh = stood_still.iter().fold(fresh, later);
        let fresh = fresh.as_secret_as(&due);
        if fresh.why.at == why.at { Due { why: fresh.why, lost: fresh.lost, ..due } } else { fresh }
    }
}
