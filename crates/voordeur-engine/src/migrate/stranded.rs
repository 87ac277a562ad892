//! What must never be of a running case: a clock or an obligation that nothing sets going or takes on.
//!
//! A case that has only lived on one version keeps these laws by the way in which the engine works. Coming over is where they
//! could be broken, so each case is held against them before it does.

use voordeur_protocol::{Kind, Protocol, Scope, Spec};

use crate::case::{Case, Instance, Serial, Stay};
use crate::timer::{Timer, TimerId, TimerKind};

/// Something of a case that would be left lying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranded {
    /// A timer of an obligation that is not open.
    OfNothing(TimerId),
    /// A timer that is held although its stage is not interrupted, or runs although it is.
    Held(TimerId),
    /// A timer that stands still while the clocks of its obligation run, or the other way round.
    Paused(TimerId),
    /// A timer of a rule of a stage that the case is not in.
    OfOtherStage(TimerId),
    /// An obligation whose clocks stand still, and that knows no standstill.
    StandsStill(Serial),
    /// An obligation that belongs to another one, which is not open.
    Orphan(Serial),
    /// An obligation that only time ends, and that has no timer.
    NoClock(Serial),
    /// A stage is interrupted, and the one that the case is in does not lead back.
    NowhereBack,
}

/// Everything of a running case that would be left lying; nothing when all is well.
#[must_use]
pub fn stranded(protocol: &Protocol, case: &Case) -> Vec<Stranded> {
    if !case.is_running() {
        return Vec::new();
    }
    let timers = case.timers.iter().filter_map(|timer| of_timer(protocol, case, timer));
    let open = case.open.iter().filter_map(|instance| of_instance(protocol, case, instance));
    let leads_back = |stay: &Stay| protocol.stages.row(stay.stage).interrupts;
    let nowhere = case.suspended.is_some() && !case.stay.as_ref().is_some_and(leads_back);
    timers.chain(open).chain(nowhere.then_some(Stranded::NowhereBack)).collect()
}

fn of_timer(protocol: &Protocol, case: &Case, timer: &Timer) -> Option<Stranded> {
    let of_suspended = case.suspended.as_ref().is_some_and(|stay| stay.number == timer.stay);
    if timer.held != of_suspended {
        return Some(Stranded::Held(timer.id));
    }
    let Some(serial) = timer.kind.serial() else {
        let (TimerKind::After(rule) | TimerKind::Every { rule, .. }) = timer.kind else { return None };
        let mut stays = case.stay.iter().chain(&case.suspended).filter(|stay| stay.number == timer.stay);
        let here = match protocol.rules.row(rule).scope {
            Scope::Always => timer.stay == 0,
            Scope::Stage(stage) => stays.any(|stay| stay.stage == stage),
        };
        return (!here).then_some(Stranded::OfOtherStage(timer.id));
    };
    let Some(instance) = case.instance(serial) else { return Some(Stranded::OfNothing(timer.id)) };
    (timer.paused != instance.paused_since.is_some()).then_some(Stranded::Paused(timer.id))
}

fn of_instance(protocol: &Protocol, case: &Case, instance: &Instance) -> Option<Stranded> {
    let serial = instance.serial;
    if instance.paused_since.is_some() && instance.opening(protocol).paused.is_none() {
        return Some(Stranded::StandsStill(serial));
    }
    if instance.parent.is_some_and(|parent| case.instance(parent).is_none()) {
        return Some(Stranded::Orphan(serial));
    }
    (!is_ended_by_time(protocol, case, instance)).then_some(Stranded::NoClock(serial))
}

/// Whether what only time ends has a timer that does. What people or agencies do is asked by
/// [`waits_for_ever`](crate::waits_for_ever).
fn is_ended_by_time(protocol: &Protocol, case: &Case, instance: &Instance) -> bool {
    let has = |is: fn(TimerKind) -> bool| {
        case.timers.iter().any(|timer| timer.kind.serial() == Some(instance.serial) && is(timer.kind))
    };
    let obligation = instance.obligation(protocol);
    match (&obligation.spec, obligation.kind) {
        (_, Kind::Question) => has(|kind| matches!(kind, TimerKind::Silent(_))),
        (_, Kind::Contact) => has(|kind| matches!(kind, TimerKind::Missed(_))),
        (_, Kind::Series) => {
            instance.is_offered(protocol) || has(|kind| matches!(kind, TimerKind::Period { .. }))
        }
        (Spec::Escalation(escalation), _) => {
            let waits = has(|kind| matches!(kind, TimerKind::Step { .. }));
            let done = usize::try_from(instance.count).is_ok_and(|done| done >= escalation.steps.len());
            let children = case.open.iter().any(|child| child.parent == Some(instance.serial));
            waits || children || (done && instance.parent.is_some())
        }
        _ => true,
    }
}

/// The case as it would be back in the interrupted stage; nothing when it interrupts none, or something waits for the return.
pub(super) fn returned(protocol: &Protocol, case: &Case) -> Option<Case> {
    let suspended = case.suspended.as_ref().filter(|stay| stay.deferred.is_empty())?;
    let (here, number) = (case.stay_number(), suspended.number);
    let mut back = Case { stay: case.suspended.clone(), suspended: None, ..case.clone() };
    back.open.retain(|instance| instance.stay != here || instance.keeps_running(protocol));
    let open: Vec<Serial> = back.open.iter().map(|instance| instance.serial).collect();
    back.timers.retain(|timer| match timer.kind.serial() {
        Some(serial) => open.contains(&serial),
        None => timer.stay != here,
    });
    back.timers.iter_mut().filter(|timer| timer.stay == number).for_each(|timer| timer.held = false);
    Some(back)
}
