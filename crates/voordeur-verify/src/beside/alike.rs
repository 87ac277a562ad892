//! Whether a case is the same in both versions: it stands at the same place, the same runs in it, and it remembers the same.
//! What it can still do something with says the same in both.

use jiff::Timestamp;
use voordeur_engine::{Case, Data, Instance, Status, Stay, Timer, TimerKind};
use voordeur_protocol::{FieldId, Happening, Id, ObligationId, Protocol, RuleId};

use super::meaning::{Meaning, Said};
use super::names::{Both, Names};
use crate::points::Points;

/// Holds cases of both versions side by side.
pub(super) struct Alike<'r> {
    pub(super) names: &'r Names,
    pub(super) protocols: (&'r Protocol, &'r Protocol),
    pub(super) said: &'r [Said; 2],
}

impl Alike<'_> {
    /// Whether both cases, in their normal form, are the same one; then the same points of their zones are the same dates.
    pub(super) fn are_alike(&self, (old, own): (&Case, &Points), (new, its): (&Case, &Points)) -> bool {
        // Every part of a case, so that none is forgotten.
        let Case {
            status,
            opened_at: _,
            touched_at: _,
            trigger,
            stay,
            suspended,
            data,
            open,
            last,
            postponed,
            met,
            reached,
            turns,
            occurred,
            timers,
            consent,
            windows,
            entered,
            parent: _,
            ties: _,
            ran_on: _,
            serials: _,
            timer_ids: _,
            stays: _,
        } = old;
        let names = self.names;
        let same = |both: &Both, one: usize, other: usize| {
            u16::try_from(one).ok().and_then(|one| both.now(one)).map(usize::from) == Some(other)
        };
        *consent == new.consent
            && self.statuses(*status, new.status)
            && trigger
                .zip(new.trigger)
                .is_none_or(|(one, other)| same(&names.triggers, one.index(), other.index()))
            && trigger.is_some() == new.trigger.is_some()
            && both(stay, &new.stay, |one, other| self.stays(one, other))
            && both(suspended, &new.suspended, |one, other| self.stays(one, other))
            && self.data(data, &new.data)
            && each(open, &new.open, |one, other| self.instances(one, other))
            && each(last, &new.last, |one, other| {
                same(&names.obligations, one.obligation.index(), other.obligation.index())
                    && one.on.map(Happening::code) == other.on.map(Happening::code)
                    && self.words(one.obligation, other.obligation)
                    && (one.stay, one.everywhere) == (other.stay, other.everywhere)
            })
            && each(postponed, &new.postponed, |one, other| {
                self.rules(one.rule, other.rule) && one.about == other.about
            })
            && each(met, &new.met, |one, other| self.rules(*one, *other))
            && each(reached, &new.reached, |one, other| self.reached(*one, *other))
            && each(turns, &new.turns, |one, other| self.reached(*one, *other))
            && each(occurred, &new.occurred, |(one, _), (other, _)| {
                same(&names.events, one.index(), other.index())
            })
            && each(timers, &new.timers, |one, other| self.timers(one, other))
            && each(windows, &new.windows, |(one, counted), (other, its)| {
                self.fields(*one, *other) && counted == its
            })
            && each(entered, &new.entered, |(one, times), (other, many)| {
                same(&names.stages, one.index(), other.index()) && times == many
            })
            && self.points(own, its)
    }

    fn points(&self, own: &Points, its: &Points) -> bool {
        let names = self.names;
        own.len() == its.len()
            && own.first() == its.first()
            && own.timers() == its.timers()
            && own.bounds() == its.bounds()
            && own.report() == its.report()
            && own.stays() == its.stays()
            && each(own.anchors(), its.anchors(), |one, other| names.obligations.now(one.0) == Some(other.0))
            && each(own.events(), its.events(), |one, other| names.events.now(one.0) == Some(other.0))
            && each(own.birthdays(), its.birthdays(), |(one, number), (other, its)| {
                self.fields(*one, *other) && number == its
            })
            && each(own.counted_ones(), its.counted_ones(), |(one, number), (other, its)| {
                self.fields(*one, *other) && number == its
            })
    }

    fn reached(&self, (one, at): (RuleId, Timestamp), (other, when): (RuleId, Timestamp)) -> bool {
        self.rules(one, other) && at == when
    }

    fn statuses(&self, old: Status, new: Status) -> bool {
        match (old, new) {
            (Status::Ended { end, .. }, Status::Ended { end: other, .. }) => {
                self.names.ends.now(end.0) == Some(other.0)
            }
            (Status::Running, Status::Running) | (Status::Unreported, Status::Unreported) => true,
            _ => false,
        }
    }

    fn stays(&self, old: &Stay, new: &Stay) -> bool {
        let Stay { stage, number, entered_at: _, fired, withheld, deferred } = old;
        self.names.stages.now(stage.0) == Some(new.stage.0)
            && *number == new.number
            && each(fired, &new.fired, |one, other| self.rules(*one, *other))
            && each(withheld, &new.withheld, |one, other| self.rules(*one, *other))
            && each(deferred, &new.deferred, |one, other| {
                (one.serial, one.on, one.number) == (other.serial, other.on, other.number)
                    && self.obligations(one.obligation, other.obligation)
                    && self.openings(one.opening.index(), other.opening.index())
            })
    }

    fn instances(&self, old: &Instance, new: &Instance) -> bool {
        let Instance {
            serial,
            opening,
            state,
            stay,
            opened_at: _,
            parent,
            count,
            parts,
            attempted_at: _,
            armed,
            prepared,
            period,
            children,
            paused_since,
            not_before,
        } = old;
        let (old, new_protocol) = self.protocols;
        let of = (old.openings.row(*opening).obligation, new_protocol.openings.row(new.opening).obligation);
        self.openings(opening.index(), new.opening.index())
            && self.obligations(of.0, of.1)
            && (serial, state, stay, parent) == (&new.serial, &new.state, &new.stay, &new.parent)
            && (count, parts, armed, prepared) == (&new.count, &new.parts, &new.armed, &new.prepared)
            && (period, children) == (&new.period, &new.children)
            && paused_since.is_some() == new.paused_since.is_some()
            && not_before.is_some() == new.not_before.is_some()
    }

    fn timers(&self, old: &Timer, new: &Timer) -> bool {
        let Timer { id, kind, due: _, stay, held, paused } = old;
        let kinds = match (*kind, new.kind) {
            (TimerKind::After(one), TimerKind::After(other)) => self.rules(one, other),
            (TimerKind::Every { rule, times }, TimerKind::Every { rule: other, times: many }) => {
                self.rules(rule, other) && times == many
            }
            (one, other) => one == other,
        };
        kinds && (id, stay, held, paused) == (&new.id, &new.stay, &new.held, &new.paused)
    }

    fn data(&self, old: &Data, new: &Data) -> bool {
        old.len() == new.len()
            && old.iter().all(|(field, value)| {
                let Some(now) = self.names.field_in_new(*field) else { return false };
                let there = new.iter().find(|(own, _)| *own == now);
                // Values of one type are written alike.
                self.fields(*field, now) && there.is_some_and(|(_, own)| own == value)
            })
    }

    fn same(&self, of: impl Fn(&Said) -> &[Meaning], old: usize, new: usize) -> bool {
        let [first, second] = self.said;
        of(first).get(old).is_some_and(|one| Some(one) == of(second).get(new))
    }

    fn rules(&self, old: RuleId, new: RuleId) -> bool {
        self.same(|said| &said.rules, old.index(), new.index())
    }

    fn openings(&self, old: usize, new: usize) -> bool {
        self.same(|said| &said.openings, old, new)
    }

    fn obligations(&self, old: ObligationId, new: ObligationId) -> bool {
        self.same(|said| &said.obligations, old.index(), new.index())
    }

    fn fields(&self, old: FieldId, new: FieldId) -> bool {
        self.same(|said| &said.fields, old.index(), new.index())
    }

    /// Whether what the file names stands at the same place.
    fn words(&self, old: ObligationId, new: ObligationId) -> bool {
        let (before, after) = self.protocols;
        before.obligations.row(old).named == after.obligations.row(new).named
    }
}

fn each<T, U>(old: &[T], new: &[U], same: impl Fn(&T, &U) -> bool) -> bool {
    old.len() == new.len() && old.iter().zip(new).all(|(one, other)| same(one, other))
}

fn both<T>(old: &Option<T>, new: &Option<T>, same: impl Fn(&T, &T) -> bool) -> bool {
    match (old, new) {
        (None, None) => true,
        (Some(one), Some(other)) => same(one, other),
        _ => false,
    }
}
