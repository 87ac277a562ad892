//! Series of visits: how many there were, how many there must be by when.

use jiff::Timestamp;
use voordeur_calendar::{Calendar, Due, Length};
use voordeur_protocol::model::{Plan, Series};
use voordeur_protocol::{Happening, ObligationId, OpeningId, Spec};

use super::Work;
use crate::case::Serial;
use crate::entry::{Entry, NotCounted};
use crate::timer::TimerKind;

impl Work<'_> {
    pub(super) fn start_series(&mut self, serial: Serial, obligation: ObligationId, opening: OpeningId) {
        let Some(series) = self.series(obligation) else { return };
        if let Some(due) = self.end_of_period(serial, series, 1) {
            self.set_timer(TimerKind::Period { of: serial, number: 1 }, due);
        }
        self.assign(serial, opening);
    }

    fn series(&self, obligation: ObligationId) -> Option<&'_ Series> {
        match &self.protocol.obligations.row(obligation).spec {
            Spec::Series(series) => Some(series),
            _ => None,
        }
    }

    fn series_of(&self, serial: Serial) -> Option<Series> {
        let instance = self.case.instance(serial)?;
        self.series(instance.opening(self.protocol).obligation).cloned()
    }

    fn end_of_period(&self, serial: Serial, series: &Series, number: u32) -> Option<Due> {
        let start = self.case.instance(serial)?.opened_at;
        end_of_period(&self.protocol.calendar, start, series.plan, number)
    }

    /// Counts a visit that was made, unless it comes too soon or there were enough. What is no series
    /// always counts.
    pub(super) fn counts_in_series(&mut self, serial: Serial, obligation: ObligationId) -> bool {
        let protocol = self.protocol;
        let Spec::Series(series) = &protocol.obligations.row(obligation).spec else { return true };
        if let Some(why) = self.visit_not_counted(serial, series) {
            self.log(Entry::AttemptNotCounted { serial, why });
            return false;
        }
        self.log(Entry::Counted { serial, part: 0 });
        true
    }

    /// After a visit: was it the last one, and how soon may the next one be?
    pub(super) fn after_series_visit(&mut self, serial: Serial) {
        let Some(series) = self.series_of(serial) else { return };
        let count = self.case.instance(serial).map_or(0, |instance| instance.count);
        if matches!(series.plan, Plan::Number { count: all, .. } if count >= all) {
            return self.happen(serial, Happening::AllDone, None);
        }
        if let Some(spaced) = series.spaced {
            let from = self.next_attempt_from(spaced);
            self.log(Entry::NotBefore { serial, at: from.at, due: from });
        }
    }

    fn visit_not_counted(&self, serial: Serial, series: &Series) -> Option<NotCounted> {
        let instance = self.case.instance(serial)?;
        if let (Plan::Rate { most, .. }, true) = (series.plan, instance.period.0 > 0)
            && instance.period.0 >= most
        {
            return Some(NotCounted::TooMany);
        }
        let spaced = series.spaced.is_some() && instance.count > 0;
        instance
            .not_before
            .filter(|from| spaced && self.now < *from)
            .map(|not_before| NotCounted::TooSoon { not_before })
    }

    /// A period is over: too few visits were missed, and after the last period the series is over.
    pub(super) fn period_over(&mut self, serial: Serial, number: u32) {
        let (Some(series), Some(instance)) = (self.series_of(serial), self.case.instance(serial)) else {
            return;
        };
        let (made, all) = (instance.count, instance.period.0);
        let missed = match series.plan {
            Plan::Number { .. } => made < number,
            Plan::Rate { least, .. } => all < least,
        };
        self.log(Entry::PeriodOver { serial });
        let next = self.end_of_period(serial, &series, number.saturating_add(1));
        match (next, series.plan) {
            (Some(due), _) => {
                if missed {
                    self.happen(serial, Happening::Missed, None);
                }
                self.set_timer(TimerKind::Period { of: serial, number: number.saturating_add(1) }, due);
            }
            // A version to which the case came over may be content with fewer than there have been.
            (None, Plan::Number { count, .. }) if made >= count => {
                self.happen(serial, Happening::AllDone, None);
            }
            (None, Plan::Number { .. }) => self.happen(serial, Happening::Over, None),
            (None, Plan::Rate { .. }) => {
                if missed {
                    self.happen(serial, Happening::Missed, None);
                }
                // Where there was no visit at all nothing was done.
                let end = if made == 0 { Happening::Over } else { Happening::AllDone };
                self.happen(serial, end, None);
            }
        }
    }
}

/// The end of a period of a series that began at `start` (UTC): for a number of visits the day by which the n-th should have
/// been; for a rate the n-th week. Nothing after the last one. Counted from the start and not from the period before.
pub(crate) fn end_of_period(calendar: &Calendar, start: Timestamp, plan: Plan, number: u32) -> Option<Due> {
    match plan {
        Plan::Number { count, within } => {
            let whole = calendar.deadline(start, within, Default::default());
            if number >= count {
                return (number == count).then_some(whole);
            }
            let days = calendar.days_between(calendar.date(start), calendar.date(whole.at));
            let share = days.saturating_mul(i64::from(number)) / i64::from(count);
            let share = Length::new(u32::try_from(share).unwrap_or(0), voordeur_calendar::Unit::Days);
            Some(calendar.deadline(start, share, Default::default()))
        }
        Plan::Rate { per, lasting, .. } => {
            let end = calendar.deadline(start, lasting, Default::default());
            let so_far = |n: u32| Length { amount: per.amount.saturating_mul(n), ..per };
            let before = calendar.deadline(start, so_far(number.saturating_sub(1)), Default::default());
            let due = calendar.deadline(start, so_far(number), Default::default());
            // A last piece that is shorter than a period ends with the whole.
            (number == 1 || before.at < end.at).then(|| if due.at < end.at { due } else { end })
        }
    }
}
