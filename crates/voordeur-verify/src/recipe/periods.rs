//! The moments at which the periods of a series are over, and the series itself: each period counts from the start of the
//! whole, and none goes on beyond its end.

use voordeur_calendar::{Length, Method, Unit};
use voordeur_engine::{Serial, TimerKind};
use voordeur_protocol::Spec;
use voordeur_protocol::model::Plan;

use super::work::{Work, from_now};
use crate::periods::months;
use crate::zone::{FREE, NOW};

impl Work<'_> {
    /// The end of a period of a series.
    pub(super) fn period(&mut self, of: Serial, number: u32) -> usize {
        let plan = self.done.after.instance(of).and_then(|one| match &one.obligation(self.protocol).spec {
            Spec::Series(series) => Some(series.plan),
            _ => None,
        });
        match plan {
            Some(Plan::Number { count, within }) => {
                let whole = self.whole(of, number, within);
                self.share((of, whole), (number, count), within)
            }
            Some(Plan::Rate { per, lasting, .. }) => {
                let whole = self.whole(of, number, lasting);
                self.piece((of, whole), number, (per, lasting))
            }
            None => self.some_time(),
        }
    }

    /// The end of the whole: it is set with its first period.
    fn whole(&mut self, of: Serial, number: u32, length: Length) -> usize {
        let known = if number > 1 { self.done.points.whole(of) } else { None };
        let point =
            known.unwrap_or_else(|| self.counted(NOW, &from_now(Method::Deadline, self.done.now, length)));
        self.wholes.push((of, point));
        point
    }

    /// The end of one of so many equal shares of the whole, in whole days.
    fn share(&mut self, (of, whole): (Serial, usize), (number, count): (u32, u32), within: Length) -> usize {
        if number >= count {
            return self.with_the_whole(whole);
        }
        let (least, most) = self.extents.days(within, Default::default());
        let left = |days: i32| left(days, number, count);
        let (least, most) = if within.unit.is_elapsed() { (0, FREE / 4) } else { (left(least), left(most)) };
        let point = self.add(whole, (-2 * most, -2 * least), true);
        if !within.unit.is_elapsed() {
            self.after_the_last(of, point, (number, count), within);
        }
        point
    }

    /// How long after the start of the whole, or after the share before it, a share is over.
    fn after_the_last(&mut self, of: Serial, point: usize, (number, count): (u32, u32), within: Length) {
        let all = self.extents.days(within, Default::default());
        if number > 1 {
            let Some(before) = self.period_before(of) else { return };
            let lasts = |days: i32| share(days, number, count) - share(days, number - 1, count);
            let (least, most) = (all.0..=all.1)
                .map(lasts)
                .fold((i32::MAX, 0), |(least, most), days| (least.min(days), most.max(days)));
            if least <= most {
                self.ties.push((point, (before, (2 * least, 2 * most))));
            }
            return;
        }
        let is_midnight = self.is_midnight(NOW);
        let mut end = |days: i32| {
            let days = u32::try_from(share(days, 1, count)).unwrap_or(0);
            self.extents.deadline(Length::new(days, Unit::Days), Default::default(), is_midnight).0
        };
        let (least, most) = (end(all.0).0, end(all.1).1);
        self.ties.push((point, (NOW, (least, most))));
    }

    /// The end of a week or a month of the whole.
    fn piece(
        &mut self,
        (of, whole): (Serial, usize),
        number: u32,
        (per, lasting): (Length, Length),
    ) -> usize {
        if let (Some(own), Some(all)) = (months(per), months(lasting)) {
            return self.months_of(whole, own.saturating_mul(number), all);
        }
        let first = number == 1;
        let from = if first { NOW } else { self.period_before(of).unwrap_or(NOW) };
        let ((least, most), midnight) =
            self.extents.deadline(per, Default::default(), self.is_midnight(from));
        // The first day counts from its own start; each later period from the end of the one before.
        let day = if first || per.unit.is_elapsed() { 0 } else { 2 };
        let point = self.add(from, (least - day, most - day), midnight);
        self.clipped.push((point, whole));
        point
    }

    /// So many months after the start of a whole of so many months.
    fn months_of(&mut self, whole: usize, so_far: u32, all: u32) -> usize {
        if so_far >= all {
            return self.with_the_whole(whole);
        }
        let months = |amount| (Length::new(amount, Unit::Months), Default::default());
        let (least, most) = self.extents.between(months(all), months(so_far)).unwrap_or((0, FREE / 4));
        self.add(whole, (-most, -least), true)
    }

    fn with_the_whole(&mut self, whole: usize) -> usize {
        let midnight = self.is_midnight(whole);
        self.add(whole, (0, 0), midnight)
    }

    /// The point of the period that is over by now, of the same series.
    fn period_before(&self, of: Serial) -> Option<usize> {
        let own = |kind: TimerKind| matches!(kind, TimerKind::Period { of: own, .. } if own == of);
        let timer = self.done.before.timers.iter().find(|timer| own(timer.kind))?;
        self.done.points.timer(timer.id)
    }
}

/// So many days of a whole are over with some of its shares.
fn share(days: i32, number: u32, count: u32) -> i32 {
    let share = i64::from(days.saturating_add(1)) * i64::from(number) / i64::from(count.max(1));
    i32::try_from(share).unwrap_or(i32::MAX)
}

/// So many are left after them.
fn left(days: i32, number: u32, count: u32) -> i32 {
    days.saturating_sub(share(days, number, count)).max(0)
}
