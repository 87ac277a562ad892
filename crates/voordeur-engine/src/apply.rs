//! The one place that changes a case: applying an entry of the journal.
//!
//! `step` decides what happens by writing entries; each is applied here at once. So the entries of all
//! steps, applied in order to an empty case, give the same case by construction.

use jiff::Timestamp;
use voordeur_calendar::{Due, Secrecy};
use voordeur_protocol::model::Derived;
use voordeur_protocol::{
    Cause, EventId, FieldId, Happening, Kind, Obligation, Occurrence, Protocol, RuleId, Scope, StageId, Value,
};

use crate::case::{Case, Deferred, Instance, Last, Postponed, Serial, Status, Stay};
use crate::entry::{Entry, Moved};
use crate::recount::after_standstill;
use crate::timer::{Timer, TimerId, TimerKind};

/// Applies one entry, made at `now`, to a case of `protocol`.
pub fn apply(protocol: &Protocol, case: &mut Case, now: Timestamp, entry: &Entry) {
    case.touched_at = now;
    match entry {
        Entry::Reported { trigger, .. } => {
            case.status = Status::Running;
            case.opened_at = now;
            case.trigger = Some(*trigger);
        }
        Entry::TimerFired(timer) => {
            clear(case, &[timer.id]);
            if let TimerKind::Every { rule, .. } = timer.kind
                && matches!(protocol.rules.row(rule).cause, Cause::Birthday { .. })
            {
                reach(case, rule, &timer.due, timer.due.at);
            }
        }
        Entry::TimersCleared(ids) => clear(case, ids),
        Entry::TimerSet(timer) => set_timer(protocol, case, *timer),
        Entry::Recorded { field, value } => {
            record(case, *field, value);
            if let Value::Count(amount) = value {
                count(
                    protocol,
                    case,
                    now,
                    *amount,
                    |derived| matches!(derived, Derived::Sum { of, .. } if of == *field),
                );
            }
        }
        Entry::RuleFired { rule } => rule_fired(protocol, case, *rule),
        Entry::Withheld { rule, .. } => withhold(case, *rule),
        Entry::Postponed { rule, about } => {
            case.postponed.push(Postponed { rule: *rule, about: *about });
            meet(protocol, case, *rule);
        }
        Entry::NoLongerTrue { rule } => case.met.retain(|met| met != rule),
        Entry::StageLeft { stay, .. } => forget_suspended(case, *stay),
        Entry::StageEntered { stage, stay } => enter(case, *stage, *stay, now),
        Entry::Suspended { stay, .. } => suspend(case, *stay),
        Entry::Resumed { stay, .. } => resume(case, *stay),
        Entry::Deferred { serial, opening, obligation, on, number } => {
            if let Some(stay) = &mut case.suspended {
                stay.deferred.push(Deferred {
                    serial: *serial,
                    opening: *opening,
                    obligation: *obligation,
                    on: *on,
                    number: *number,
                });
            }
        }
        Entry::Opened { .. } => opened(protocol, case, now, entry),
        Entry::Moved { opening, on, .. } => {
            moved(protocol, case, now, entry);
            let what = Occurrence::Obligation(protocol.openings.row(*opening).obligation, *on);
            count(
                protocol,
                case,
                now,
                1,
                |derived| matches!(derived, Derived::Tally { of, .. } if of == what),
            );
        }
        Entry::Occurred { event, .. } => {
            match *event {
                EventId::CONSENT_GIVEN => case.consent = true,
                EventId::CONSENT_WITHDRAWN => case.consent = false,
                _ => {}
            }
            match case.occurred.iter_mut().find(|(id, _)| id == event) {
                Some((_, at)) => *at = now,
                None => case.occurred.push((*event, now)),
            }
            let what = Occurrence::Event(*event);
            count(
                protocol,
                case,
                now,
                1,
                |derived| matches!(derived, Derived::Tally { of, .. } if of == what),
            );
        }
        Entry::Counted { serial, part } => counted(case, *serial, *part, now),
        Entry::NotBefore { serial, at, .. } => {
            if let Some(instance) = case.instance_mut(*serial) {
                instance.not_before = Some(*at);
            }
        }
        Entry::BelongsTo { parent } => case.parent = Some(parent.clone()),
        Entry::Erased { .. } => erase(case),
        Entry::Tied { tie, .. } => case.ties.add(tie),
        Entry::ChildrenStarted { serial, count } => {
            if let Some(instance) = case.instance_mut(*serial) {
                instance.children = *count;
            }
        }
        Entry::ClockPaused { serial } => {
            pause(case, *serial, true);
            if let Some(instance) = case.instance_mut(*serial) {
                instance.paused_since = Some(now);
            }
        }
        Entry::ClockRuns { serial, moved, .. } => {
            let moved =
                if moved.is_empty() { after_standstill(protocol, case, *serial, now) } else { moved.clone() };
            move_timers(case, &moved);
            pause(case, *serial, false);
            if let Some(instance) = case.instance_mut(*serial) {
                instance.paused_since = None;
            }
        }
        Entry::Recounted { moved, .. } => move_timers(case, moved),
        Entry::Migrated(arrival) => {
            *case = arrival.case();
            case.touched_at = now;
        }
        Entry::ReminderSkipped(timer) | Entry::TimerDropped { timer, .. } => clear(case, &[timer.id]),
        Entry::PeriodOver { serial } => {
            if let Some(instance) = case.instance_mut(*serial) {
                instance.period = (0, instance.period.1.saturating_add(1));
            }
        }
        Entry::Ended { end } => {
            case.status = Status::Ended { end: *end, at: now };
            case.postponed.clear();
        }
        Entry::LimitReached { .. }
        | Entry::AlreadyOpen { .. }
        | Entry::NotOpened { .. }
        | Entry::Deviated { .. }
        | Entry::ActionMended { .. }
        | Entry::ByPerson { .. }
        | Entry::AttemptNotCounted { .. }
        | Entry::Sent(_) => {}
    }
}

/// What it was about is forgotten; what was done stays.
fn erase(case: &mut Case) {
    case.data.clear();
    case.windows.clear();
    case.turns.clear();
    case.ties.household = None;
}

fn clear(case: &mut Case, ids: &[TimerId]) {
    case.timers.retain(|timer| !ids.contains(&timer.id));
}

fn set_timer(protocol: &Protocol, case: &mut Case, timer: Timer) {
    case.timer_ids = case.timer_ids.max(timer.id.0);
    case.timers.push(timer);
    if let TimerKind::Overdue(serial) = timer.kind
        && let Some(instance) = case.instance_mut(serial)
    {
        instance.armed = true;
    }
    if let TimerKind::After(rule) = timer.kind
        && protocol.rules.row(rule).scope == Scope::Always
    {
        reach(case, rule, &timer.due, timer.due.why.anchor);
    }
}

/// A rule on time has had its turn for this moment.
fn reach(case: &mut Case, rule: RuleId, due: &Due, at: Timestamp) {
    // It stands in one of them: what is erased is asked no more.
    let (own, other) = match due.why.secrecy {
        Secrecy::Open => (Some(&mut case.reached), &mut case.turns),
        Secrecy::Personal => (Some(&mut case.turns), &mut case.reached),
        Secrecy::Withheld => (None, &mut case.turns),
    };
    other.retain(|(id, _)| *id != rule);
    let Some(own) = own else { return };
    match own.iter_mut().find(|(id, _)| *id == rule) {
        Some((_, moment)) => *moment = at,
        None => own.push((rule, at)),
    }
}

/// A condition of `always` has its turn once for each time that it becomes true.
fn meet(protocol: &Protocol, case: &mut Case, rule: RuleId) {
    let row = protocol.rules.row(rule);
    if row.scope == Scope::Always && row.cause == Cause::Condition && !case.met.contains(&rule) {
        case.met.push(rule);
    }
}

fn record(case: &mut Case, field: FieldId, value: &Value) {
    match case.data.binary_search_by_key(&field, |(id, _)| *id) {
        Ok(at) => {
            if let Some(slot) = case.data.get_mut(at) {
                slot.1 = value.clone();
            }
        }
        Err(at) => case.data.insert(at, (field, value.clone())),
    }
}

/// Counts something in the windows that look at it; what no window can see any more is forgotten.
fn count(
    protocol: &Protocol,
    case: &mut Case,
    now: Timestamp,
    amount: i64,
    counts: impl Fn(Derived) -> bool,
) {
    if !protocol.has_derived {
        return;
    }
    for (id, row) in protocol.fields.iter() {
        let Some(derived) = row.derived.filter(|derived| counts(*derived)) else { continue };
        let (Derived::Sum { over, .. } | Derived::Tally { over, .. }) = derived else { continue };
        let from = protocol.calendar.window_from(now, over);
        let position = match case.windows.iter().position(|(field, _)| *field == id) {
            Some(position) => position,
            None => {
                case.windows.push((id, Vec::new()));
                case.windows.len().saturating_sub(1)
            }
        };
        if let Some((_, counted)) = case.windows.get_mut(position) {
            counted.retain(|(at, _)| *at >= from);
            counted.push((now, amount));
        }
    }
}

/// A `when` rule of a stage, and one that was withheld, has its turn once per stay.
fn rule_fired(protocol: &Protocol, case: &mut Case, rule: RuleId) {
    if let Some(position) = case.postponed.iter().position(|waiting| waiting.rule == rule) {
        case.postponed.remove(position);
    }
    meet(protocol, case, rule);
    let Some(stay) = &mut case.stay else { return };
    stay.withheld.retain(|waiting| *waiting != rule);
    let row = protocol.rules.row(rule);
    let once = matches!(row.cause, Cause::Condition | Cause::ContactsOver | Cause::After(..));
    if once && row.scope != Scope::Always && !stay.fired.contains(&rule) {
        stay.fired.push(rule);
    }
}

fn withhold(case: &mut Case, rule: RuleId) {
    if let Some(stay) = &mut case.stay
        && !stay.withheld.contains(&rule)
    {
        stay.withheld.push(rule);
    }
}

/// Leaving a stay that is suspended gives it up: nothing returns to it.
fn forget_suspended(case: &mut Case, stay: u32) {
    if case.suspended.as_ref().is_some_and(|suspended| suspended.number == stay) {
        case.suspended = None;
    }
}

fn enter(case: &mut Case, stage: StageId, number: u32, now: Timestamp) {
    case.stays = case.stays.max(number);
    case.stay = Some(Stay {
        stage,
        number,
        entered_at: now,
        fired: Vec::new(),
        withheld: Vec::new(),
        deferred: Vec::new(),
    });
    match case.entered.iter_mut().find(|(id, _)| *id == stage) {
        Some((_, times)) => *times = times.saturating_add(1),
        None => case.entered.push((stage, 1)),
    }
}

fn suspend(case: &mut Case, number: u32) {
    case.suspended = case.stay.take();
    hold(case, number, true);
}

fn resume(case: &mut Case, number: u32) {
    case.stay = case.suspended.take();
    if let Some(stay) = &mut case.stay {
        stay.deferred.clear();
    }
    hold(case, number, false);
}

fn hold(case: &mut Case, stay: u32, held: bool) {
    for timer in case.timers.iter_mut().filter(|timer| timer.stay == stay) {
        timer.held = held;
    }
}

fn opened(protocol: &Protocol, case: &mut Case, now: Timestamp, entry: &Entry) {
    let Entry::Opened { serial, opening, state, stay, parent } = entry else { return };
    case.serials = case.serials.max(serial.0);
    case.open.push(Instance {
        serial: *serial,
        opening: *opening,
        state: *state,
        stay: *stay,
        opened_at: now,
        parent: *parent,
        count: 0,
        parts: 0,
        attempted_at: None,
        armed: false,
        prepared: false,
        period: (0, 0),
        children: 0,
        paused_since: None,
        not_before: None,
    });
    let opening = &protocol.openings.row(*opening);
    let last = Last {
        obligation: opening.obligation,
        on: None,
        at: now,
        stay: *stay,
        everywhere: opening.keeps_running,
    };
    // An escalation or a contact may be open twice: what the other one did stays known.
    if !may_be_open_twice(protocol.obligations.row(opening.obligation)) {
        put_last(case, last);
    }
}

fn moved(protocol: &Protocol, case: &mut Case, now: Timestamp, entry: &Entry) {
    let Entry::Moved { serial, opening, on, to, .. } = entry else { return };
    let opening = &protocol.openings.row(*opening);
    let kind = protocol.obligations.row(opening.obligation).kind;
    let closed = kind.lifecycle().state(*to).closed;
    let stay = case.instance(*serial).map_or(0, |instance| instance.stay);
    if closed {
        case.open.retain(|instance| instance.serial != *serial);
    } else if let Some(instance) = case.instance_mut(*serial) {
        instance.state = *to;
        match on {
            Happening::Prepared => instance.prepared = true,
            // A series that was offered starts when it is taken up.
            Happening::Begun if kind == Kind::Series => instance.opened_at = now,
            // The next visit of a series is prepared anew.
            Happening::Done => instance.prepared = false,
            _ => {}
        }
    }
    put_last(
        case,
        Last {
            obligation: opening.obligation,
            on: Some(*on),
            at: now,
            stay,
            everywhere: opening.keeps_running,
        },
    );
}

fn pause(case: &mut Case, serial: Serial, paused: bool) {
    for timer in case.timers.iter_mut().filter(|timer| timer.kind.serial() == Some(serial)) {
        timer.paused = paused;
    }
}

fn move_timers(case: &mut Case, moved: &Moved) {
    for (id, due) in moved {
        if let Some(timer) = case.timers.iter_mut().find(|timer| timer.id == *id) {
            timer.due = *due;
        }
    }
}

fn put_last(case: &mut Case, last: Last) {
    match case.last.iter_mut().find(|known| known.obligation == last.obligation) {
        Some(known) => *known = last,
        None => case.last.push(last),
    }
}

fn counted(case: &mut Case, serial: Serial, part: u8, now: Timestamp) {
    let Some(instance) = case.instance_mut(serial) else { return };
    instance.count = instance.count.saturating_add(1);
    instance.period.0 = instance.period.0.saturating_add(1);
    instance.attempted_at = Some(now);
    // When every part of the day has had its turn, all of them are open again.
    instance.parts = if (instance.parts | part) == ALL_PARTS { 0 } else { instance.parts | part };
}

/// Morning, afternoon and evening as bits.
const ALL_PARTS: u8 = 0b111;

/// Whether two of the same may be open at once.
pub(crate) fn may_be_open_twice(obligation: &Obligation) -> bool {
    matches!(obligation.kind, Kind::Escalation | Kind::Contact)
}

/// Whether this is the happening that no rule names: the obligation fell away with its stage.
pub(crate) fn is_cancelled(on: Happening) -> bool {
    on == Happening::Cancelled
}
