//! What a case waits for: nothing that is open may be out of sight.

use jiff::Timestamp;
use voordeur_calendar::Due;
use voordeur_protocol::{Kind, Mode, PartyId, Protocol, RuleId, Scope};

use crate::case::{Case, Instance, Serial};
use crate::timer::{Timer, TimerKind};

/// Something that a case waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// The open obligation; `None` for a rule on time.
    pub serial: Option<Serial>,
    /// Its kind.
    pub kind: Option<Kind>,
    /// Its name, or the text of the rule.
    pub what: String,
    /// Its title for people.
    pub title: String,
    /// Who has to act.
    pub who: Option<PartyId>,
    /// Who together with them.
    pub with: Vec<PartyId>,
    /// Its state.
    pub state: &'static str,
    /// Whether it is left to the worker's judgement.
    pub optional: bool,
    /// Since when (UTC).
    pub since: Timestamp,
    /// Not to be done before this moment (UTC).
    pub not_before: Option<Timestamp>,
    /// When the term ends or the rule applies, with the reasoning.
    pub due: Option<Due>,
    /// Whether its term has gone by.
    pub overdue: bool,
    /// Whether its clocks are held, because its stage is interrupted.
    pub held: bool,
    /// Since when its clocks stand still (UTC), because the pathway says so; the date on which it is due is the one as it was then.
    pub paused_since: Option<Timestamp>,
}

/// Everything that a running case waits for, most urgent first; what has no date comes last.
#[must_use]
pub fn waiting(protocol: &Protocol, case: &Case) -> Vec<Waiting> {
    let open = case.open.iter().map(|instance| of_instance(protocol, case, instance));
    let rules = case.timers.iter().filter_map(|timer| of_rule(protocol, case, timer));
    let postponed = case.postponed.iter().map(|waiting| rule_waits(protocol, case, waiting.rule));
    let mut all: Vec<Waiting> = open.chain(rules).chain(postponed).collect();
    all.sort_by_key(|waiting| (waiting.due.is_none(), waiting.due.map(|due| due.at), waiting.serial));
    all
}

fn of_instance(protocol: &Protocol, case: &Case, instance: &Instance) -> Waiting {
    let opening = instance.opening(protocol);
    let row = instance.obligation(protocol);
    let timer = ending(case, instance.serial);
    Waiting {
        serial: Some(instance.serial),
        kind: Some(row.kind),
        what: row.name.clone(),
        title: row.title.clone(),
        who: row.by,
        with: row.with.clone(),
        state: row.kind.lifecycle().state(instance.state).name,
        optional: opening.mode == Mode::May && instance.is_offered(protocol),
        since: instance.opened_at,
        not_before: instance.not_before,
        due: timer.map(|timer| timer.due),
        overdue: instance.armed && timer.is_none(),
        held: timer.is_some_and(|timer| timer.held),
        paused_since: instance.paused_since,
    }
}

/// The timer that ends the wait: of several the first.
fn ending(case: &Case, serial: Serial) -> Option<&Timer> {
    let ends = |timer: &&Timer| {
        !matches!(
            timer.kind,
            TimerKind::Remind { .. }
                | TimerKind::RemindAccept(_)
                | TimerKind::RemindContact(_)
                | TimerKind::WindowOpens(_)
        )
    };
    let own = case.timers.iter().filter(|timer| timer.kind.serial() == Some(serial));
    own.filter(ends).min_by_key(|timer| timer.order())
}

fn of_rule(protocol: &Protocol, case: &Case, timer: &Timer) -> Option<Waiting> {
    let (TimerKind::After(rule) | TimerKind::Every { rule, .. }) = timer.kind else { return None };
    Some(Waiting { due: Some(timer.due), held: timer.held, ..rule_waits(protocol, case, rule) })
}

fn rule_waits(protocol: &Protocol, case: &Case, rule: RuleId) -> Waiting {
    let row = protocol.rules.row(rule);
    let stay = case.stay.as_ref().filter(|_| row.scope != Scope::Always);
    Waiting {
        serial: None,
        kind: None,
        what: row.text.clone(),
        title: String::new(),
        who: None,
        with: Vec::new(),
        state: "waiting",
        optional: false,
        since: stay.map_or(case.opened_at, |stay| stay.entered_at),
        not_before: None,
        due: None,
        overdue: false,
        held: false,
        paused_since: None,
    }
}
