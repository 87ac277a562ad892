//! The timers of a case as the store keeps them: what has to be written when they change, and whose they are.

use std::collections::BTreeMap;

use voordeur_engine::{Case, Timer, TimerKind};
use voordeur_protocol::Protocol;
use voordeur_store::{SEVERAL, TimerWrite};

use crate::rows::micros;

/// By number: when it is due, whether its clock runs, and whose it is ([`TimerWrite::party`]).
pub(crate) type Timers = BTreeMap<i64, (i64, bool, String)>;

/// The timers of a case. Those of a case that has ended do not fire any more, and are gone.
pub(crate) fn timers(protocol: &Protocol, case: &Case) -> Timers {
    let row = |timer: &Timer| {
        let armed = !timer.held && !timer.paused;
        (i64::from(timer.id.0), (micros(timer.due.at), armed, party(protocol, case, timer)))
    };
    case.timers.iter().map(row).collect()
}

/// Who has to be done by then: nobody when it only reminds, or is of a rule.
fn party(protocol: &Protocol, case: &Case, timer: &Timer) -> String {
    let reminds = matches!(
        timer.kind,
        TimerKind::Remind { .. }
            | TimerKind::RemindAccept(_)
            | TimerKind::RemindContact(_)
            | TimerKind::WindowOpens(_)
            | TimerKind::Step { .. }
    );
    let instance = timer.kind.serial().filter(|_| !reminds).and_then(|serial| case.instance(serial));
    let Some(instance) = instance else { return String::new() };
    let row = instance.obligation(protocol);
    let mut parties = row.by.iter().chain(&row.with);
    match (parties.next(), parties.next()) {
        (None, _) => String::new(),
        (Some(one), None) => protocol.parties.row(*one).name.clone(),
        (Some(_), Some(_)) => SEVERAL.to_owned(),
    }
}

/// What is set and what is gone between two moments of a case.
pub(crate) fn changes(before: &Timers, after: Timers) -> (Vec<TimerWrite>, Vec<i64>) {
    let gone = before.keys().filter(|timer| !after.contains_key(timer)).copied().collect();
    let new = after.into_iter().filter(|(timer, now)| before.get(timer) != Some(now));
    let set = new.map(|(timer, (due_at, armed, party))| TimerWrite { timer, due_at, armed, party });
    (set.collect(), gone)
}
