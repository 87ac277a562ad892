//! A case that waits in both versions until somebody reports something: time goes by once, however many moments are tried.

use jiff::Timestamp;
use voordeur_calendar::Calendar;
use voordeur_engine::Case;

use super::legs::Leg;
use super::play::{MOST_WAITING, Player, Two, is_same, next};

/// So many moments ahead are looked for at which somebody could report something after long silence.
const MOST_AHEAD: usize = 24;

/// A case that waits.
pub(super) struct Waiting {
    from: Two,
    now: Two,
    /// Until when time has gone by.
    until: Option<Timestamp>,
    /// Whether the versions have parted on the way there, or the steps were spent.
    has_parted: bool,
    /// Whether it is where it has to be for what is reported next.
    is_ready: Option<bool>,
    /// Whether that was reported since something last came by itself.
    is_tried: bool,
}

impl Waiting {
    pub(super) fn of(from: Two) -> Self {
        Self { now: from.clone(), from, until: None, has_parted: false, is_ready: None, is_tried: false }
    }

    pub(super) const fn now(&self) -> &Two {
        &self.now
    }
}

impl Player<'_, '_> {
    /// Time goes by until a moment; whether both say the same until then.
    pub(super) fn wait_until(&mut self, waiting: &mut Waiting, at: Timestamp) -> bool {
        if waiting.until.is_some_and(|until| until > at) {
            *waiting = Waiting::of(std::mem::take(&mut waiting.from));
        }
        if waiting.has_parted {
            return false;
        }
        if next(&waiting.now).is_some_and(|next| next <= at) {
            (waiting.is_ready, waiting.is_tried) = (None, false);
        }
        waiting.until = Some(at);
        waiting.has_parted = self.pass(&mut waiting.now, at).is_none();
        !waiting.has_parted
    }

    /// Whether something is reported now: where the cases are where they have to be for it. What is reported last may show what it
    /// is to show in other cases as well: it is tried once each time that something has come by itself.
    pub(super) fn is_tried(&self, waiting: &mut Waiting, leg: &Leg, is_last: bool) -> bool {
        let now = &waiting.now;
        let is_ready = *waiting.is_ready.get_or_insert_with(|| self.is_wanted(now, &leg.before));
        let was_tried = std::mem::replace(&mut waiting.is_tried, true);
        is_ready || is_last && !was_tried
    }

    /// Moments that come only when nobody reports anything for long: after each time that something has come by itself.
    pub(super) fn after_waiting(&mut self, waiting: &mut Waiting, last: Option<Timestamp>) -> Vec<Timestamp> {
        let calendar = &self.beside.reader.old.calendar;
        let mut all = Vec::new();
        if !last.is_none_or(|last| self.wait_until(waiting, last)) {
            return all;
        }
        let mut two = waiting.now.clone();
        for _ in 0..MOST_AHEAD {
            let Some(at) = next(&two) else { break };
            match self.due(&mut two, at) {
                Some(said) if is_same(&said) => {}
                _ => break,
            }
            let noon = calendar.resolve(calendar.date(at).at(10, 0, 0, 0)).ok();
            all.extend(noon.filter(|noon| *noon >= at && last.is_none_or(|last| *noon > last)));
        }
        all.dedup();
        all
    }

    /// The day before the versions part, where nobody reports anything: what is reported last may matter only there.
    pub(super) fn just_before_they_part(&mut self, two: &Two) -> Vec<Timestamp> {
        let calendar = &self.beside.reader.old.calendar;
        let foreseen = before_clocks_of_one(&two.cases, calendar);
        if !foreseen.is_empty() {
            return foreseen;
        }
        let (mut now, mut parts) = (two.clone(), None);
        for _ in 0..MOST_WAITING {
            let Some(at) = next(&now) else { break };
            let Some(said) = self.due(&mut now, at) else { break };
            if !is_same(&said) {
                parts = Some(at);
                break;
            }
        }
        parts.map(|at| the_day_before(&two.cases, calendar, at)).unwrap_or_default()
    }
}

/// The days before clocks of one version run out that do not run out then in the other one: what is reported last may matter only then.
fn before_clocks_of_one(both: &[Case; 2], calendar: &Calendar) -> Vec<Timestamp> {
    let [old, new] = both;
    let runs = |case: &Case, due: Timestamp| case.timers.iter().any(|timer| timer.due.at == due);
    let alone = |one: &Case, other: &Case| {
        let dues = one.timers.iter().map(|timer| timer.due.at);
        dues.filter(|due| !runs(other, *due)).min()
    };
    let first = [alone(old, new), alone(new, old)].into_iter().flatten().min();
    first.map(|first| the_day_before(both, calendar, first)).unwrap_or_default()
}

fn the_day_before(both: &[Case; 2], calendar: &Calendar, moment: Timestamp) -> Vec<Timestamp> {
    let last = both.iter().map(|case| case.touched_at).max();
    let day = calendar.date(moment).yesterday().ok();
    let at = day.and_then(|day| calendar.resolve(day.at(10, 0, 0, 0)).ok());
    at.filter(|at| last.is_none_or(|last| *at > last)).into_iter().collect()
}
