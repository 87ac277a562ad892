//! The timers of a case as the store keeps them: what has to be written when they change.

use std::collections::BTreeMap;

use voordeur_engine::Case;
use voordeur_store::TimerWrite;

use crate::rows::micros;

/// By number: when it is due, and whether its clock runs.
pub(crate) type Timers = BTreeMap<i64, (i64, bool)>;

/// The timers of a case. Those of a case that has ended do not fire any more, and are gone.
pub(crate) fn timers(case: &Case) -> Timers {
    let each = case.timers.iter();
    each.map(|timer| (i64::from(timer.id.0), (micros(timer.due.at), !timer.held && !timer.paused))).collect()
}

/// What is set and what is gone between two moments of a case.
pub(crate) fn changes(before: &Timers, after: &Timers) -> (Vec<TimerWrite>, Vec<i64>) {
    let new = after.iter().filter(|(timer, now)| before.get(timer) != Some(now));
    let set =
        new.map(|(timer, (due_at, armed))| TimerWrite { timer: *timer, due_at: *due_at, armed: *armed });
    let gone = before.keys().filter(|timer| !after.contains_key(timer));
    (set.collect(), gone.copied().collect())
}
