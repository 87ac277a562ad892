//! Clocks that stand still while a condition holds, per whole day (Awb art. 4:15): from the day after it
//! became true until and including the day on which it is over.

use smallvec::SmallVec;

use super::Work;
use crate::case::Serial;
use crate::entry::Entry;
use crate::recount::after_standstill;

impl Work<'_> {
    /// Looks at every open obligation that may be paused, after all else has settled.
    pub(super) fn pause_and_resume(&mut self) {
        let protocol = self.protocol;
        let mut changes: SmallVec<[(Serial, bool); 4]> = SmallVec::new();
        for instance in &self.case.open {
            // A version to which the case came over may know no standstill of it: then its clocks run on.
            let condition = instance.opening(protocol).paused.as_ref();
            let holds = condition.is_some_and(|(condition, _)| condition.holds(&self.known()) == Ok(true));
            if holds != instance.paused_since.is_some() {
                changes.push((instance.serial, holds));
            }
        }
        for (serial, holds) in changes {
            self.log(if holds { Entry::ClockPaused { serial } } else { self.runs(serial) });
        }
    }

    fn runs(&self, serial: Serial) -> Entry {
        let calendar = &self.protocol.calendar;
        let since = self.case.instance(serial).and_then(|instance| instance.paused_since).unwrap_or(self.now);
        let days = calendar.days_between(calendar.date(since), calendar.date(self.now));
        let moved = after_standstill(self.protocol, self.case, serial, self.now);
        Entry::ClockRuns { serial, days: u32::try_from(days).unwrap_or(0), moved }
    }
}
