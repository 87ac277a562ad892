//! Goes through the journal of a played example and marks what it has shown.

use std::collections::BTreeMap;

use voordeur_engine::{Entry, Timer, TimerKind};
use voordeur_protocol::guard::Expr;
use voordeur_protocol::{
    Cause, CheckedProtocol, FieldId, OpeningId, Protocol, RuleId, Scope, StageId, Value,
};

use crate::coverage::{Clock, Coverage, Item, Place, limit_since, since};
use crate::play::Played;

pub(crate) fn walk(base: &CheckedProtocol, coverage: &mut Coverage, played: &Played) {
    let mut walk = Walk {
        base,
        protocol: base.editions().find(|edition| edition.edition() == played.edition).unwrap_or(base),
        coverage,
        stage: None,
        data: BTreeMap::new(),
        entered: BTreeMap::new(),
        opened: BTreeMap::new(),
        timers: BTreeMap::new(),
    };
    for moment in &played.timeline {
        walk.data.extend(moment.known.iter().cloned());
        for entry in &moment.entries {
            walk.entry(entry);
            walk.clock(entry);
        }
    }
}

struct Walk<'a> {
    base: &'a CheckedProtocol,
    /// The edition that the case has kept.
    protocol: &'a Protocol,
    coverage: &'a mut Coverage,
    stage: Option<StageId>,
    data: BTreeMap<FieldId, Value>,
    /// How often each stage has been entered.
    entered: BTreeMap<StageId, u32>,
    /// Where each obligation was opened, by its number in the case.
    opened: BTreeMap<u32, OpeningId>,
    /// The timers that have been set, by number.
    timers: BTreeMap<u32, Clock>,
}

impl Walk<'_> {
    fn entry(&mut self, entry: &Entry) {
        match entry {
            Entry::Reported { trigger, branch, .. } => {
                self.coverage.mark(&Item::Branch(*trigger, usize::from(*branch)));
                let branches = &self.protocol.triggers.row(*trigger).branches;
                for (at, branch) in branches.iter().enumerate() {
                    self.tried(Place::Branch(*trigger, at), &branch.guard);
                }
            }
            Entry::Recorded { field, value } => {
                self.data.insert(*field, value.clone());
                self.tried_on(|cause| *cause == Cause::Condition);
            }
            Entry::StageEntered { stage, .. } => {
                self.entered(*stage);
                self.now_in(*stage);
            }
            Entry::Resumed { stage, .. } => self.now_in(*stage),
            Entry::LimitReached { stage } => self.limit(*stage, true),
            Entry::Ended { end } => self.coverage.mark(&Item::End(*end)),
            Entry::RuleFired { rule } => self.coverage.mark(&Item::Rule(*rule)),
            Entry::Moved { opening, on, .. } => {
                let obligation = self.protocol.openings.row(*opening).obligation;
                // What happened may have been counted: by a field, or as the number of visits.
                self.tried_on(|cause| {
                    *cause == Cause::Obligation(obligation, *on) || *cause == Cause::Condition
                });
            }
            Entry::Occurred { event, .. } => {
                self.tried_on(|cause| *cause == Cause::Event(*event) || *cause == Cause::Condition);
            }
            Entry::Counted { .. } => self.tried_on(|cause| *cause == Cause::Condition),
            _ => {}
        }
    }

    fn now_in(&mut self, stage: StageId) {
        self.stage = Some(stage);
        self.coverage.mark(&Item::Stage(stage));
        self.tried_on(|cause| *cause == Cause::Condition);
    }

    fn entered(&mut self, stage: StageId) {
        let times = self.entered.entry(stage).or_default();
        *times = times.saturating_add(1);
        let last = self.protocol.stages.row(stage).limit.is_some_and(|limit| limit.times == *times);
        if last {
            self.limit(stage, false);
        }
    }

    fn limit(&mut self, stage: StageId, beyond: bool) {
        let since = limit_since(self.base, self.protocol, stage);
        self.coverage.mark(&Item::Limit(stage, beyond, since));
    }

    /// The rules here with this cause have been looked at, with the data as it is now.
    fn tried_on(&mut self, of: impl Fn(&Cause) -> bool) {
        let protocol = self.protocol;
        let stage = self.stage;
        let here = |scope: Scope| stage.map_or(scope == Scope::Always, |stage| scope.covers(stage));
        for (id, rule) in protocol.rules.iter().filter(|(_, rule)| of(&rule.cause) && here(rule.scope)) {
            self.tried(Place::Rule(id), &rule.guard);
        }
    }

    fn tried(&mut self, place: Place, guard: &Expr) {
        let since = since(self.base, place, guard);
        let mut lists = 0;
        let mut shown = Vec::new();
        guard.walk(&mut |part| match part {
            Expr::Range { field, .. } => {
                shown.extend(
                    self.data.get(field).map(|value| Item::Side(place, *field, value.clone(), since)),
                );
            }
            Expr::In { field, values } => {
                let within = self.data.get(field).map(|value| values.contains(value));
                shown.extend(within.map(|within| Item::Among(place, lists, within, since)));
                lists += 1;
            }
            _ => {}
        });
        shown.iter().for_each(|item| self.coverage.mark(item));
    }

    fn clock(&mut self, entry: &Entry) {
        match entry {
            Entry::Opened { serial, opening, .. } => {
                self.opened.insert(serial.0, *opening);
            }
            Entry::TimerSet(timer) => {
                if let Some(clock) = self.clock_of(timer) {
                    self.timers.insert(timer.id.0, clock);
                }
            }
            Entry::TimerFired(timer) => self.mark_timer(timer.id.0, Item::Fired),
            Entry::TimersCleared(ids) => ids.iter().for_each(|id| self.mark_timer(id.0, Item::Beaten)),
            _ => {}
        }
    }

    fn mark_timer(&mut self, id: u32, how: fn(Clock) -> Item) {
        if let Some(clock) = self.timers.remove(&id) {
            self.coverage.mark(&how(clock));
        }
    }

    fn clock_of(&self, timer: &Timer) -> Option<Clock> {
        let rule = |rule: RuleId| Some(Clock::Rule(rule));
        let part = match timer.kind {
            TimerKind::After(id) | TimerKind::Every { rule: id, .. } => return rule(id),
            TimerKind::Step { step, .. } => step,
            _ => 0,
        };
        let opening = self.opened.get(&timer.kind.serial()?.0)?;
        Some(Clock::Of(*opening, timer.kind.rank(), part))
    }
}
