//! A case without its dates: what two cases have in common that can only go on in the same ways.
//!
//! The dates go into the zone; here each is replaced by a date that stands for it. Numbers are given out anew, so
//! that the same situation looks the same however a case came to it. Reminders are left out: they tell somebody
//! something and change nothing.

use jiff::{SignedDuration, Timestamp};
use smallvec::SmallVec;
use voordeur_engine::{
    Case, Data, Instance, Last, Postponed, Serial, Status, Stay, Timer, TimerId, TimerKind,
};
use voordeur_protocol::guard::{Expr, Facts as _};
use voordeur_protocol::model::Plan;
use voordeur_protocol::{Cause, FieldId, Kind, Protocol, Rule, RuleId, Scope, Spec, StageId, Target, Value};

use crate::ages::Ages;
use crate::cells::Cells;
use crate::looks::Looks;
use crate::periods::counts_periods;
use crate::referred::holds_back;
use crate::sliding::kept;

/// What stands for the dates of a case.
pub(crate) mod stand_in {
    use super::{SignedDuration, Timestamp};

    fn day(number: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH
            .saturating_add(SignedDuration::from_hours(24 * number))
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }
    /// The report: 2020.
    pub(crate) fn report() -> Timestamp {
        day(18_262)
    }
    /// The last time that something happened to an obligation: one day for each, from 2021.
    pub(crate) fn last(obligation: u16) -> Timestamp {
        day(18_628)
            .saturating_add(SignedDuration::from_hours(i64::from(obligation)))
            .unwrap_or(Timestamp::MAX)
    }
    /// The last time that an event happened: one day for each, from 1990.
    pub(crate) fn event(event: u16) -> Timestamp {
        day(7_305).saturating_add(SignedDuration::from_hours(i64::from(event))).unwrap_or(Timestamp::MAX)
    }
    /// Everything else that is over.
    pub(crate) fn past() -> Timestamp {
        day(19_000)
    }
    /// What has not come yet.
    pub(crate) fn future() -> Timestamp {
        day(40_000)
    }
}

/// A case without what never changes its way.
pub(crate) fn bare(protocol: &Protocol, looks: &Looks, mut bare: Case) -> Case {
    let mut timers = std::mem::take(&mut bare.timers);
    timers.retain(|timer| !looks.inert.timer(protocol, &bare, timer.kind));
    bare.timers = timers;
    let waited_for = looks.holders.waited_for(&bare);
    // What a good end waits for already is looked at: it came with the step that would have ended the case.
    let is_withheld = bare.stay.as_ref().is_some_and(|stay| !stay.withheld.is_empty());
    bare.open.retain(|one| {
        waited_for == Some(one.serial)
            || !looks.inert.obligation(one.opening(protocol).obligation)
            || is_withheld && looks.holders.is_empty() && holds_back(protocol, one.opening, one.state)
    });
    let is_timeless =
        |one: &Instance| looks.timeless.contains(&protocol.openings.row(one.opening).obligation);
    let ticks = |one: &Instance| waited_for != Some(one.serial) && !is_timeless(one);
    let open = |serial: Serial| bare.open.iter().any(|one| one.serial == serial && ticks(one));
    bare.timers.retain(|timer| timer.kind.serial().is_none_or(&open));
    for one in bare.open.iter_mut().filter(|one| is_timeless(one)) {
        // Whoever declines it closes it: how often it was asked no clock tells.
        if let Spec::Referral(referral) = &one.obligation(protocol).spec {
            one.count = referral.ask_again;
        }
    }
    // In which order things were opened makes no difference, as long as they are not of one kind.
    bare.open.sort_by_key(|one| one.opening(protocol).obligation);
    if bare.open.iter().any(|one| one.parent.is_some()) {
        parents_first(&mut bare.open);
    }
    bare.timers.sort_by_key(|timer| (timer.order().1, timer.order().2));
    without_later_ones(protocol, &mut bare.timers);
    forget_inert(protocol, looks, &mut bare);
    if let Some(stay) = &mut bare.suspended {
        // Dealing with it on return only tells somebody.
        let tells = |obligation, on| looks.inert.only_tells_on_return(protocol, obligation, on);
        stay.deferred.retain(|waiting| !tells(waiting.obligation, waiting.on));
    }
    bare
}

/// That a clock which is left out has run out leaves no trace either: in a search it never does.
fn forget_inert(protocol: &Protocol, looks: &Looks, bare: &mut Case) {
    let is_left_out = |rule: RuleId| {
        let is_timed = matches!(protocol.rules.row(rule).cause, Cause::After(..) | Cause::Birthday { .. });
        is_timed && looks.inert.rule(rule)
    };
    for stay in bare.stay.iter_mut().chain(&mut bare.suspended) {
        stay.fired.retain(|rule| !is_left_out(*rule));
    }
    bare.reached.retain(|(rule, _)| !is_left_out(*rule));
    bare.turns.retain(|(rule, _)| !is_left_out(*rule));
}

/// What an escalation is about comes before it: who closes that first resolves it, and does not cancel it.
fn parents_first(open: &mut [Instance]) {
    let all: Vec<(Serial, Option<Serial>)> = open.iter().map(|one| (one.serial, one.parent)).collect();
    let parent = |of: Serial| all.iter().find(|(own, _)| *own == of).and_then(|(_, parent)| *parent);
    open.sort_by_cached_key(|one| {
        std::iter::successors(one.parent, |of| parent(*of)).take(all.len()).count()
    });
}

/// An event sets the clock of a rule that counts from it each time that it comes. Where the first of them to run out leads
/// away for certain, the others bring nothing more.
fn without_later_ones(protocol: &Protocol, timers: &mut Vec<Timer>) {
    let mut known: SmallVec<[RuleId; 4]> = SmallVec::new();
    timers.retain(|timer| {
        let TimerKind::After(rule) = timer.kind else { return true };
        let first = !known.contains(&rule);
        known.push(rule);
        first || !leads_away(protocol.rules.row(rule))
    });
}

fn leads_away(rule: &Rule) -> bool {
    let away = match rule.scope {
        Scope::Always => matches!(rule.target, Some(Target::End(_))),
        Scope::Stage(_) => rule.target.is_some(),
    };
    away && rule.guard == Expr::True
}

/// The stays of a normal case: the current one, the one that was interrupted, and all others.
const HERE: u32 = 3;
const INTERRUPTED: u32 = 2;
const ELSEWHERE: u32 = 1;

/// A bare case in its normal form.
pub(crate) fn normal(protocol: &Protocol, looks: &Looks, cells: &Cells, case: &Case) -> Case {
    if let Status::Ended { end, .. } = case.status {
        // Nothing leads on from here.
        return Case {
            status: Status::Ended { end, at: stand_in::past() },
            trigger: case.trigger,
            ..Case::default()
        };
    }
    let stay = |number: u32| {
        let is = |stay: &Option<Stay>| stay.as_ref().is_some_and(|stay| stay.number == number);
        match (number, is(&case.stay), is(&case.suspended)) {
            (0, ..) => 0,
            (_, true, _) => HERE,
            (_, _, true) => INTERRUPTED,
            _ => ELSEWHERE,
        }
    };
    let serial = |old: Serial| {
        let at = case.open.iter().position(|instance| instance.serial == old);
        Serial(at.and_then(|at| u32::try_from(at + 1).ok()).unwrap_or(0))
    };
    let reached = |all: &[(RuleId, Timestamp)]| -> Vec<_> {
        all.iter().map(|(rule, at)| (*rule, stand_in_of(case, *at))).collect()
    };
    let mut normal = Case {
        status: case.status,
        opened_at: stand_in::report(),
        touched_at: stand_in::past(),
        trigger: case.trigger,
        stay: case.stay.as_ref().map(|one| normal_stay(one, HERE, &serial)),
        suspended: case.suspended.as_ref().map(|one| normal_stay(one, INTERRUPTED, &serial)),
        data: case.data.clone(),
        open: case.open.iter().map(|one| normal_instance(protocol, looks, one, &stay, &serial)).collect(),
        // What happened in a stay that is over no condition asks for.
        last: (case.last.iter())
            .filter(|last| looks.matters(last))
            .filter(|last| {
                last.everywhere || stay(last.stay) != ELSEWHERE || looks.is_anchor(last.obligation)
            })
            .map(|last| Last {
                at: stand_in::last(last.obligation.0),
                stay: if last.everywhere { ELSEWHERE } else { stay(last.stay) },
                ..*last
            })
            .collect(),
        timers: Vec::new(),
        consent: case.consent,
        windows: Vec::new(),
        entered: limited(protocol, case),
        postponed: (case.postponed.iter())
            .map(|one| Postponed { about: one.about.map(&serial).filter(|about| about.0 > 0), ..*one })
            .collect(),
        met: case.met.clone(),
        reached: reached(&case.reached),
        turns: reached(&case.turns),
        occurred: (case.occurred.iter())
            .filter(|(event, _)| looks.is_event(*event))
            .map(|(event, _)| (*event, stand_in::event(event.0)))
            .collect(),
        parent: None,
        ties: voordeur_engine::Ties::default(),
        ran_on: Vec::new(),
        serials: u32::try_from(case.open.len()).unwrap_or(u32::MAX),
        timer_ids: 0,
        stays: HERE,
    };
    normal.last.sort_by_key(|last| last.obligation);
    // A third report that waits is as good as a second one: it can as well be made after the second was looked at.
    normal.postponed.sort_by_key(|one| (one.rule, one.about));
    normal.postponed.dedup();
    normal.met.sort_unstable();
    normal.reached.sort_unstable();
    normal.turns.sort_unstable();
    normal.occurred.sort_unstable();
    let counted = kept(&looks.windows, &protocol.calendar, case).into_iter().map(|(field, counted)| {
        (field, counted.into_iter().map(|(_, amount)| (stand_in::future(), amount)).collect())
    });
    normal.windows = counted.collect();
    for timer in &case.timers {
        normal.timer_ids += 1;
        normal.timers.push(Timer {
            id: TimerId(normal.timer_ids),
            kind: any_period(protocol, case, normal_kind(timer.kind, &serial), timer.kind),
            due: voordeur_calendar::Due { at: stand_in::future(), ..timer.due },
            stay: stay(timer.stay),
            held: timer.held,
            paused: timer.paused,
        });
    }
    let read = |field: FieldId| {
        case.stay.iter().chain(&case.suspended).any(|stay| cells.is_kept(protocol, case, stay, field))
    };
    normal.data.retain(|(field, _)| read(*field) || looks.fields.contains(field));
    for (field, value) in &mut normal.data {
        if !read(*field)
            && let Some(first) = cells.values(*field).first()
        {
            *value = first.clone();
        }
    }
    for ages in &looks.ages {
        let read = read(ages.field);
        normal_age(protocol, ages, case, &mut normal.data, read);
    }
    normal
}

/// The day of birth that stands for the age that somebody has by now; where nobody asks for it no birthday is to come.
fn normal_age(protocol: &Protocol, ages: &Ages, case: &Case, data: &mut Data, read: bool) {
    let calendar = &protocol.calendar;
    let Some(Value::Date(born)) = case.value(ages.field) else { return };
    let class = ages.class(calendar, *born, calendar.date(case.touched_at));
    let stand_in = ages.stand_in(if read { class } else { ages.birthdays.len() });
    for (_, value) in data.iter_mut().filter(|(field, _)| *field == ages.field) {
        *value = stand_in.map_or_else(|| value.clone(), Value::Date);
    }
}

/// What stands for a moment of a case that it has in common with the report, an event or a happening.
fn stand_in_of(case: &Case, at: Timestamp) -> Timestamp {
    if at == case.opened_at {
        return stand_in::report();
    }
    let event = case.occurred.iter().find(|(_, own)| *own == at).map(|(event, _)| stand_in::event(event.0));
    let last = || case.last.iter().find(|last| last.at == at).map(|last| stand_in::last(last.obligation.0));
    event.or_else(last).unwrap_or_else(stand_in::past)
}

fn normal_stay(stay: &Stay, number: u32, serial: &impl Fn(Serial) -> Serial) -> Stay {
    let mut normal = Stay { number, entered_at: stand_in::past(), ..stay.clone() };
    normal.fired.sort_unstable();
    for waiting in &mut normal.deferred {
        waiting.serial = serial(waiting.serial);
    }
    normal
}

fn normal_instance(
    protocol: &Protocol,
    looks: &Looks,
    one: &Instance,
    stay: &impl Fn(u32) -> u32,
    serial: &impl Fn(Serial) -> Serial,
) -> Instance {
    Instance {
        serial: serial(one.serial),
        opening: looks.same_opening(one.opening),
        // In which stay it was opened makes no difference to what keeps running.
        stay: if keeps_running(protocol, one) { ELSEWHERE } else { stay(one.stay) },
        opened_at: stand_in::past(),
        parent: one.parent.map(serial).filter(|parent| parent.0 > 0),
        count: counted(protocol, looks, one),
        // Which parts of the day were tried makes no difference, only how many.
        parts: match parts_tried(protocol, one) {
            0 => 0,
            1 => 1,
            2 => 3,
            _ => 7,
        },
        attempted_at: None,
        period: period(protocol, one),
        paused_since: one.paused_since.map(|_| stand_in::past()),
        not_before: one.not_before.map(|_| stand_in::past()),
        ..one.clone()
    }
}

fn keeps_running(protocol: &Protocol, one: &Instance) -> bool {
    one.opening(protocol).keeps_running && one.obligation(protocol).kind != Kind::Contact
}

/// How often something was done, as far as anything depends on it.
fn counted(protocol: &Protocol, looks: &Looks, one: &Instance) -> u32 {
    let most = u32::try_from(looks.numbers).unwrap_or(u32::MAX);
    match &one.obligation(protocol).spec {
        Spec::Visit(visit) if visit.attempts.is_none() => one.count.min(1),
        Spec::Series(series) if matches!(series.plan, Plan::Rate { .. }) => one.count.min(most.max(1)),
        // After the last try that is made by itself, those who decide about it may have it called as often as they like.
        Spec::Action(action) => one.count.min(action.retries.saturating_add(1)),
        _ => one.count,
    }
}

/// In how many parts of the day a visit was tried, where it must be at different ones.
fn parts_tried(protocol: &Protocol, one: &Instance) -> u32 {
    match &one.obligation(protocol).spec {
        Spec::Visit(visit) if visit.different_parts_of_day => one.parts.count_ones(),
        _ => 0,
    }
}

/// How many visits there were in a period, as far as it is more or less than was planned.
fn period(protocol: &Protocol, one: &Instance) -> (u32, u32) {
    match &one.obligation(protocol).spec {
        Spec::Series(series) => match series.plan {
            Plan::Rate { most, .. } => (one.period.0.min(most), 0),
            Plan::Number { .. } => (0, 0),
        },
        _ => (0, 0),
    }
}

/// The periods of a series that is planned by the week are all alike: which is the last one the zone tells. Months are
/// not as long as each other, so there they are counted.
fn any_period(protocol: &Protocol, case: &Case, normal: TimerKind, kind: TimerKind) -> TimerKind {
    match (normal, kind.serial().and_then(|serial| case.instance(serial))) {
        (TimerKind::Period { of, .. }, Some(one))
            if is_rate(protocol, one) && !counts_periods(protocol, one) =>
        {
            TimerKind::Period { of, number: 1 }
        }
        _ => normal,
    }
}

pub(crate) fn is_rate(protocol: &Protocol, one: &Instance) -> bool {
    matches!(&one.obligation(protocol).spec, Spec::Series(series) if matches!(series.plan, Plan::Rate { .. }))
}

pub(crate) fn normal_kind(kind: TimerKind, serial: &impl Fn(Serial) -> Serial) -> TimerKind {
    match kind {
        TimerKind::Slipped(of) => TimerKind::Slipped(serial(of)),
        TimerKind::Overdue(of) => TimerKind::Overdue(serial(of)),
        TimerKind::NoContact(of) => TimerKind::NoContact(serial(of)),
        TimerKind::Silent(of) => TimerKind::Silent(serial(of)),
        TimerKind::Missed(of) => TimerKind::Missed(serial(of)),
        TimerKind::Retry(of) => TimerKind::Retry(serial(of)),
        TimerKind::Step { of, step } => TimerKind::Step { of: serial(of), step },
        TimerKind::Period { of, number } => TimerKind::Period { of: serial(of), number },
        TimerKind::Every { rule, times } => TimerKind::Every { rule, times: times.min(1) },
        other => other,
    }
}

/// How often the stages with a limit were entered.
fn limited(protocol: &Protocol, case: &Case) -> Vec<(StageId, u32)> {
    let mut all: Vec<(StageId, u32)> = (case.entered.iter())
        .filter_map(|(stage, times)| {
            let limit = protocol.stages.row(*stage).limit?;
            Some((*stage, (*times).min(limit.times)))
        })
        .collect();
    all.sort_unstable();
    all
}
