//! The normal case as numbers, so that two of them can be compared.

use voordeur_engine::{Case, Instance, Status, Stay, Timer, TimerKind};

use crate::cells::Cells;

/// The normal case as numbers: equal for cases that can only go on in the same ways.
pub(crate) fn key(cells: &Cells, case: &Case) -> Vec<u32> {
    let mut key = Key { numbers: standing(case) };
    case.timers.iter().for_each(|timer| key.timer(timer));
    key.divider();
    for last in &case.last {
        let on = last.on.map_or(0, |on| u32::from(on.code()) + 1);
        key.push(u32::from(last.obligation.0) << 16 | on);
        key.push(last.stay << 1 | u32::from(last.everywhere));
    }
    key.divider();
    for (field, value) in &case.data {
        let at = cells.values(*field).iter().position(|known| known == value);
        key.push(u32::from(field.0) << 16 | at.and_then(|at| u32::try_from(at).ok()).unwrap_or(0xffff));
    }
    key.divider();
    for one in &case.postponed {
        key.push(u32::from(one.rule.0) << 16 | one.about.map_or(0, |about| about.0));
    }
    key.divider();
    case.met.iter().for_each(|rule| key.push(u32::from(rule.0)));
    key.divider();
    for (rule, at) in &case.reached {
        key.push(u32::from(rule.0));
        key.push(u32::try_from(at.as_second() / 3600).unwrap_or(0));
    }
    key.divider();
    case.occurred.iter().for_each(|(event, _)| key.push(u32::from(event.0)));
    key.divider();
    for (stage, times) in &case.entered {
        key.push(u32::from(stage.0) << 16 | times);
    }
    key.divider();
    for (field, counted) in &case.windows {
        key.push(u32::from(field.0) << 16 | u32::try_from(counted.len()).unwrap_or(0xffff));
        key.numbers.extend(counted.iter().map(|(_, amount)| u32::try_from(*amount).unwrap_or(u32::MAX - 1)));
    }
    key.numbers
}

/// Those numbers without what windows hold: of a heap any part may be left, so a real case may have less of it.
pub(crate) fn without_windows(key: &[u32]) -> &[u32] {
    let last = key.iter().rposition(|number| *number == u32::MAX);
    key.get(..last.unwrap_or(key.len())).unwrap_or(key)
}

/// Of those numbers the ones that say where a case is and what is open in it.
pub(crate) fn standing(case: &Case) -> Vec<u32> {
    let mut key = Key { numbers: Vec::with_capacity(64) };
    key.status(case.status);
    key.push(u32::from(case.consent));
    for stay in case.stay.iter().chain(&case.suspended) {
        key.stay(stay);
    }
    key.push(u32::from(case.suspended.is_some()));
    case.open.iter().for_each(|instance| key.instance(instance));
    key.divider();
    key.numbers
}

struct Key {
    numbers: Vec<u32>,
}

impl Key {
    fn push(&mut self, number: u32) {
        self.numbers.push(number);
    }

    fn divider(&mut self) {
        self.push(u32::MAX);
    }

    fn status(&mut self, status: Status) {
        self.push(match status {
            Status::Unreported => 0,
            Status::Running => 1,
            Status::Ended { end, .. } => 2 + u32::from(end.0),
        });
    }

    fn stay(&mut self, stay: &Stay) {
        self.push(u32::from(stay.stage.0));
        stay.fired.iter().for_each(|rule| self.push(u32::from(rule.0)));
        self.divider();
        stay.withheld.iter().for_each(|rule| self.push(u32::from(rule.0)));
        self.divider();
        for waiting in &stay.deferred {
            self.push(waiting.serial.0);
            self.push(u32::from(waiting.on.code()));
        }
        self.divider();
    }

    fn instance(&mut self, one: &Instance) {
        self.push(u32::from(one.opening.0) << 16 | u32::from(one.state.0) << 8 | one.stay);
        self.push(one.parent.map_or(0, |parent| parent.0) << 16 | one.count.min(0xffff));
        let flags = [one.armed, one.prepared, one.paused_since.is_some(), one.not_before.is_some()];
        let flags = flags.iter().fold(0, |bits, flag| bits << 1 | u32::from(*flag));
        self.push(flags << 16 | u32::from(one.parts) << 8 | one.children.min(255));
        self.push(one.period.0);
    }

    fn timer(&mut self, timer: &Timer) {
        let (what, more) = match timer.kind {
            TimerKind::After(rule) | TimerKind::Every { rule, .. } => (u32::from(rule.0), 0),
            TimerKind::Step { of, step } => (of.0, u32::from(step)),
            TimerKind::Period { of, number } => (of.0, number),
            kind => (kind.serial().map_or(0, |serial| serial.0), 0),
        };
        self.push(
            u32::from(timer.kind.rank()) << 24
                | u32::from(timer.held) << 17
                | u32::from(timer.paused) << 16
                | what,
        );
        self.push(more << 8 | timer.stay);
    }
}
