//! What scenarios have shown of a pathway: its stages and ends, its rules, both sides of every boundary in
//! a condition and of every limit on a loop, and each timer both fired and beaten.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use voordeur_engine::{Serial, TimerKind};
use voordeur_protocol::guard::Expr;
use voordeur_protocol::{
    Cause, CheckedProtocol, EndId, FieldId, OpeningId, Protocol, RuleId, Spec, StageId, TriggerId, Value,
};

use crate::play::Played;

/// What can be covered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// The stage was entered.
    Stage(StageId),
    /// A case ended there.
    End(EndId),
    /// The branch of a trigger applied.
    Branch(TriggerId, usize),
    /// The rule applied.
    Rule(RuleId),
    /// The condition of a rule or branch was tried with a value just on, or just over, a boundary.
    /// A dated setting gives the condition other boundaries from a later day: those count apart, with that day.
    Side(Place, FieldId, Value, Option<Date>),
    /// A list of values in the condition was tried with a value that is in it (`true`), or is not.
    /// The number counts the lists of the condition; the day is that of a dated setting.
    Among(Place, usize, bool, Option<Date>),
    /// The stage was entered as often as it may be (`false`), or would have been entered once more (`true`).
    /// The day is that of a dated setting.
    Limit(StageId, bool, Option<Date>),
    /// The timer fired.
    Fired(Clock),
    /// What the timer waits for came before it.
    Beaten(Clock),
}

/// Where a condition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A rule.
    Rule(RuleId),
    /// A branch of a trigger.
    Branch(TriggerId, usize),
}

/// A timer of the pathway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clock {
    /// Of an obligation opened there: the rank of its kind, and which step of an escalation.
    Of(OpeningId, u8, u8),
    /// A rule on time.
    Rule(RuleId),
}

/// How many of a kind are covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Covered.
    pub covered: usize,
    /// All there are.
    pub all: usize,
}

impl Share {
    /// Whole percents, rounded down; 100 when there is nothing to cover.
    #[must_use]
    pub fn percent(self) -> usize {
        self.covered.saturating_mul(100).checked_div(self.all).unwrap_or(100)
    }
}

/// What was covered of one pathway.
#[derive(Debug, Clone)]
pub struct Coverage {
    items: BTreeMap<Item, bool>,
}

impl Coverage {
    /// All that there is to cover, none of it covered.
    #[must_use]
    pub fn of(protocol: &CheckedProtocol) -> Self {
        let mut items = BTreeSet::new();
        items.extend(protocol.stages.iter().map(|(id, _)| Item::Stage(id)));
        items.extend(protocol.ends.iter().map(|(id, _)| Item::End(id)));
        items.extend(places(protocol).into_iter().map(|(place, ..)| place.item()));
        items.extend(protocol.editions().flat_map(|edition| boundaries(protocol, edition)));
        for clock in clocks(protocol) {
            items.insert(Item::Fired(clock));
            // A rule that repeats, and one that waits for time alone, cannot be beaten by anything.
            if matches!(clock, Clock::Of(..)) {
                items.insert(Item::Beaten(clock));
            }
        }
        Self { items: items.into_iter().map(|item| (item, false)).collect() }
    }

    /// Adds what one played example has shown.
    pub fn add(&mut self, protocol: &CheckedProtocol, played: &Played) {
        crate::walk::walk(protocol, self, played);
    }

    /// Every item, with whether it is covered, in the order of the pathway.
    pub fn items(&self) -> impl Iterator<Item = (&Item, bool)> {
        self.items.iter().map(|(item, covered)| (item, *covered))
    }

    /// How many are covered of those that a test picks.
    pub fn share(&self, pick: impl Fn(&Item) -> bool) -> Share {
        let picked = || self.items.iter().filter(|(item, _)| pick(item));
        Share { covered: picked().filter(|(_, covered)| **covered).count(), all: picked().count() }
    }

    /// Whether an item is covered.
    #[must_use]
    pub fn covers(&self, item: &Item) -> bool {
        self.items.get(item).copied().unwrap_or(false)
    }

    pub(crate) fn mark(&mut self, item: &Item) {
        if let Some(covered) = self.items.get_mut(item) {
            *covered = true;
        }
    }
}

impl Place {
    /// The item that says that the rule or branch itself applied.
    #[must_use]
    pub const fn item(self) -> Item {
        match self {
            Self::Rule(rule) => Item::Rule(rule),
            Self::Branch(trigger, branch) => Item::Branch(trigger, branch),
        }
    }
}

/// Every condition, with whether it was written as `otherwise`.
fn places(protocol: &Protocol) -> Vec<(Place, &Expr, bool)> {
    let rules = protocol.rules.iter().map(|(id, rule)| (Place::Rule(id), &rule.guard, rule.otherwise));
    let branches = protocol.triggers.iter().flat_map(|(id, trigger)| {
        trigger
            .branches
            .iter()
            .enumerate()
            .map(move |(at, branch)| (Place::Branch(id, at), &branch.guard, branch.otherwise))
    });
    rules.chain(branches).collect()
}

/// The boundaries of all conditions and limits in one edition.
fn boundaries(protocol: &CheckedProtocol, edition: &Protocol) -> Vec<Item> {
    let limited = edition.stages.iter().filter(|(_, stage)| stage.limit.is_some());
    let mut found: Vec<Item> = limited
        .flat_map(|(id, _)| {
            let since = limit_since(protocol, edition, id);
            [false, true].map(|beyond| Item::Limit(id, beyond, since))
        })
        .collect();
    // The boundaries of `otherwise` are those of the rules beside it.
    for (place, guard, _) in places(edition).into_iter().filter(|(.., otherwise)| !otherwise) {
        found.extend(sides(edition, place, guard, since(protocol, place, guard)));
    }
    found
}

/// From which day a condition reads as it does: that of the first edition in which it does.
pub(crate) fn since(protocol: &CheckedProtocol, place: Place, guard: &Expr) -> Option<Date> {
    protocol.editions().find(|edition| guard_at(edition, place) == Some(guard))?.edition()
}

/// From which day a stage may be entered as often as it may in this edition.
pub(crate) fn limit_since(protocol: &CheckedProtocol, edition: &Protocol, stage: StageId) -> Option<Date> {
    let times = |protocol: &Protocol| protocol.stages.row(stage).limit.as_ref().map(|limit| limit.times);
    protocol.editions().find(|other| times(other) == times(edition))?.edition()
}

fn guard_at(protocol: &Protocol, place: Place) -> Option<&Expr> {
    match place {
        Place::Rule(rule) => Some(&protocol.rules.row(rule).guard),
        Place::Branch(trigger, at) => {
            protocol.triggers.row(trigger).branches.get(at).map(|branch| &branch.guard)
        }
    }
}

/// Both sides of each boundary of a condition.
fn sides(protocol: &Protocol, place: Place, guard: &Expr, since: Option<Date>) -> Vec<Item> {
    let mut found = Vec::new();
    let mut lists = 0;
    guard.walk(&mut |part| match part {
        Expr::Range { field, low, high } => {
            let ty = &protocol.fields.row(*field).ty;
            let low = low.iter().flat_map(|low| [Some(low.clone()), ty.beside(low, -1)]);
            let high = high.iter().flat_map(|high| [Some(high.clone()), ty.beside(high, 1)]);
            found.extend(low.chain(high).flatten().map(|value| Item::Side(place, *field, value, since)));
        }
        Expr::In { .. } => {
            found.extend([true, false].map(|within| Item::Among(place, lists, within, since)));
            lists += 1;
        }
        _ => {}
    });
    found
}

fn clocks(protocol: &Protocol) -> Vec<Clock> {
    let mut clocks = Vec::new();
    for (id, opening) in protocol.openings.iter() {
        let mut add = |there: bool, rank: u8, part: u8| {
            if there {
                clocks.push(Clock::Of(id, rank, part));
            }
        };
        let zero = Serial(0);
        add(opening.term.is_some(), TimerKind::Overdue(zero).rank(), 0);
        add(opening.preferred.is_some(), TimerKind::Slipped(zero).rank(), 0);
        match &protocol.obligations.row(opening.obligation).spec {
            Spec::Referral(referral) => {
                add(referral.accept.is_some(), TimerKind::Overdue(zero).rank(), 0);
                add(referral.contact.is_some(), TimerKind::NoContact(zero).rank(), 0);
            }
            Spec::Question(_) => add(true, TimerKind::Silent(zero).rank(), 0),
            Spec::Contact(_) => add(true, TimerKind::Missed(zero).rank(), 0),
            Spec::Escalation(escalation) => {
                for (step, row) in escalation.steps.iter().enumerate() {
                    let kind = TimerKind::Step { of: zero, step: 0 };
                    add(row.after.is_some(), kind.rank(), u8::try_from(step).unwrap_or(u8::MAX));
                }
            }
            _ => {}
        }
    }
    let timed =
        protocol.rules.iter().filter(|(_, rule)| matches!(rule.cause, Cause::After(..) | Cause::Every(_)));
    clocks.extend(timed.map(|(id, _)| Clock::Rule(id)));
    clocks
}
