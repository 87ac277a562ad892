//! Clocks of both versions that run out at the same moment, because they count the same from the same.

use std::fmt::Debug;

use voordeur_engine::{Case, Instance, Serial, Timer, TimerKind};
use voordeur_protocol::model::Visit;
use voordeur_protocol::{
    Anchor, Cause, FieldId, Obligation, ObligationId, Opening, Protocol, RuleId, Spec, Term,
};

use super::answer::{Reader, Side};

impl Reader<'_> {
    /// Whether a clock of the old version and one of the new one are of the same obligation, and count the same. What is
    /// opened and what happens has been the same in both up to now, so that they began at the same moment.
    pub(crate) fn are_twins(self, old: (&Case, &Timer), new: (&Case, &Timer)) -> bool {
        let (before, after) = (old.1, new.1);
        let (Some(own), Some(other)) = (self.instance(Side::Old, old), self.instance(Side::New, new)) else {
            return false;
        };
        before.kind.rank() == after.kind.rank()
            && (before.held, before.paused) == (after.held, after.paused)
            && self.are_same(old.0, new.0, own, other)
            && self.count_the_same(before.kind, after.kind, own, other)
    }

    /// What is opened in both, and must not be done before a moment that is the same in both.
    pub(crate) fn same_obligations(self, old: &Case, new: &Case) -> Vec<(Serial, Serial)> {
        let waits = |one: &&Instance| one.not_before.is_some();
        let mut same = Vec::new();
        for own in old.open.iter().filter(waits) {
            let alike =
                |other: &&Instance| self.are_same(old, new, own, other) && self.wait_the_same(own, other);
            same.extend(new.open.iter().filter(waits).find(alike).map(|other| (own.serial, other.serial)));
        }
        same
    }

    fn wait_the_same(self, own: &Instance, other: &Instance) -> bool {
        let planned = own.opening(self.old).planned_after == other.opening(self.new).planned_after;
        let (one, two) = (own.obligation(self.old), other.obligation(self.new));
        let days = &self.names.days;
        planned
            && match (&one.spec, &two.spec) {
                (Spec::Visit(one), Spec::Visit(two)) => {
                    let wait = waits(one, own.count);
                    wait == waits(two, other.count) && days.count_alike(&wait)
                }
                (Spec::Series(one), Spec::Series(two)) => {
                    let wait = (one.plan, one.spaced, waits(&one.visit, own.count));
                    wait == (two.plan, two.spaced, waits(&two.visit, other.count)) && days.count_alike(&wait)
                }
                (Spec::Contact(one), Spec::Contact(two)) => {
                    let planned = own.opening(self.old).planned_after;
                    one.before == two.before && days.count_alike(&(one, planned))
                }
                _ => false,
            }
    }

    /// Whether two opened obligations are the same: of the same name, and the n-th of that name in their cases.
    fn are_same(self, old: &Case, new: &Case, own: &Instance, other: &Instance) -> bool {
        let name = |side, one: &Instance| self.obligation(side, one.opening(self.protocol(side)).obligation);
        let of = name(Side::Old, own);
        let all = |side, case: &Case, one: &Instance| {
            let same = case.open.iter().filter(|each| name(side, each) == of);
            let serials: Vec<_> = same.map(|each| each.serial).collect();
            (serials.iter().position(|serial| *serial == one.serial), serials.len())
        };
        of == name(Side::New, other) && all(Side::Old, old, own) == all(Side::New, new, other)
    }

    fn instance<'c>(self, _: Side, (case, timer): (&'c Case, &Timer)) -> Option<&'c Instance> {
        case.instance(timer.kind.serial()?)
    }

    fn count_the_same(self, old: TimerKind, new: TimerKind, own: &Instance, other: &Instance) -> bool {
        let (before, after) = (own.opening(self.old), other.opening(self.new));
        let (one, two) = (own.obligation(self.old), other.obligation(self.new));
        let counted = (&one.spec, before.planned_after);
        self.pause_the_same(before, after)
            && match (old, new) {
                (TimerKind::Slipped(_), TimerKind::Slipped(_)) => {
                    self.same_term(before.preferred, after.preferred)
                }
                (TimerKind::Overdue(_), TimerKind::Overdue(_)) => {
                    self.same_term(before.term, after.term) && self.same_term(accept(one), accept(two))
                }
                (TimerKind::NoContact(_), TimerKind::NoContact(_)) => {
                    self.same_term(contact(one), contact(two))
                }
                (TimerKind::Step { step, .. }, TimerKind::Step { step: other, .. }) => {
                    // Which number it has makes no difference: each counts from the same.
                    after_of(one, step) == after_of(two, other)
                        && self.names.days.count_alike(&after_of(one, step))
                }
                (TimerKind::Period { number, .. }, TimerKind::Period { number: other, .. }) => {
                    let plan = if let Spec::Series(series) = &one.spec { Some(series.plan) } else { None };
                    number == other && one.spec_like(two) && self.names.days.count_alike(&plan)
                }
                (TimerKind::Silent(_), TimerKind::Silent(_)) | (TimerKind::Retry(_), TimerKind::Retry(_)) => {
                    one.spec_like(two) && self.names.days.count_alike(&counted)
                }
                (TimerKind::Missed(_), TimerKind::Missed(_)) => {
                    self.names.days.count_alike(&counted)
                        && one.spec_like(two)
                        && before.planned_after == after.planned_after
                }
                _ => false,
            }
    }

    fn pause_the_same(self, old: &Opening, new: &Opening) -> bool {
        match (&old.paused, &new.paused) {
            (None, None) => true,
            (Some((old, _)), Some((new, _))) => {
                self.names.same_calendar
                    && self.names.condition(new, (self.old, self.new)).as_ref() == Some(old)
            }
            _ => false,
        }
    }

    fn same_term(self, old: Option<Term>, new: Option<Term>) -> bool {
        let field = |term: Option<Term>| match term.map(|term| term.anchor) {
            Some(Anchor::Field(field)) => Some(field),
            _ => None,
        };
        self.names.same_term((self.old, self.new), old, new)
            && field(old).is_none_or(|field| self.is_asked_alike(field))
    }

    /// How much later a rule on time of the new version has its turn than one of the old version, when they count the same and their
    /// stages were entered at the same moment.
    pub(super) fn rules_apart(self, old: RuleId, new: RuleId) -> Option<(i32, i32)> {
        let counts = self.rules_say_the_same(old, new);
        counts.then(|| self.names.days.apart(&self.old.rules.row(old).cause)).flatten()
    }

    fn rules_say_the_same(self, old: RuleId, new: RuleId) -> bool {
        let types = (self.old, self.new);
        let anchored = |old: Anchor, new: Anchor| {
            let field = if let Anchor::Field(field) = old { Some(field) } else { None };
            self.names.anchor(types, new) == Some(old) && field.is_none_or(|field| self.is_asked_alike(field))
        };
        match (&self.old.rules.row(old).cause, &self.new.rules.row(new).cause) {
            (Cause::After(length, from), Cause::After(other, since)) => {
                length == other && anchored(*from, *since)
            }
            (Cause::Every(length), Cause::Every(other)) => length == other,
            (Cause::Birthday { of, ages, every }, Cause::Birthday { of: other, ages: own, every: again }) => {
                ages == own && every == again && anchored(Anchor::Field(*of), Anchor::Field(*other))
            }
            _ => false,
        }
    }

    /// Whether a field is recorded at the same moments in both versions, as far as their texts say.
    pub(super) fn is_asked_alike(self, field: FieldId) -> bool {
        let Some(other) = self.names.field_in_new(field) else { return false };
        let places = |side: Side, field: FieldId| {
            let protocol = self.protocol(side);
            let asks = |all: &[FieldId]| all.contains(&field);
            let obligations = protocol.obligations.iter().filter(|(_, row)| {
                asks(&row.asks) || matches!(&row.spec, Spec::Action(action) if asks(&action.returns))
            });
            let mut all: Vec<(u8, u32)> = obligations.map(|(id, _)| (0, self.obligation(side, id))).collect();
            let events =
                protocol.events.iter().filter(|(_, row)| asks(&row.asks)).map(|(id, _)| match side {
                    Side::Old => u32::from(id.0),
                    Side::New => self.names.events.one(id.0),
                });
            all.extend(events.map(|id| (1, id)));
            let triggers =
                protocol.triggers.iter().filter(|(_, row)| asks(&row.asks)).map(|(id, _)| match side {
                    Side::Old => u32::from(id.0),
                    Side::New => self.names.triggers.one(id.0),
                });
            all.extend(triggers.map(|id| (2, id)));
            all.sort_unstable();
            all
        };
        places(Side::Old, field) == places(Side::New, other)
            && !recorded(self.old, field)
            && !recorded(self.new, other)
    }
}

fn recorded(protocol: &Protocol, field: FieldId) -> bool {
    crate::cells::recorded_by_rules(protocol).contains(&field)
}

/// What decides before which moment a visit must not be made, after so many attempts: how far they are apart, or how long the last
/// one comes after the letter. How it is announced makes no difference to that.
fn waits(visit: &Visit, attempts: u32) -> impl PartialEq + Debug + use<> {
    let is_last = visit.attempts.is_some_and(|most| attempts >= most);
    let least = visit.apart.map(|(least, _)| least).filter(|_| attempts > 0 && !is_last);
    let last = visit.announce.as_ref().filter(|_| is_last).map(|(_, after)| *after);
    let (announced, prepared) = (visit.announced.as_ref(), visit.prepared.as_ref());
    (least, last, announced.map(|(_, before)| *before), prepared.map(|(_, before)| *before))
}

const fn accept(row: &Obligation) -> Option<Term> {
    match &row.spec {
        Spec::Referral(referral) => referral.accept,
        _ => None,
    }
}

const fn contact(row: &Obligation) -> Option<Term> {
    match &row.spec {
        Spec::Referral(referral) => referral.contact,
        _ => None,
    }
}

fn after_of(row: &Obligation, step: u8) -> Option<voordeur_calendar::Length> {
    match &row.spec {
        Spec::Escalation(escalation) => escalation.steps.get(usize::from(step))?.after,
        _ => None,
    }
}

/// What of an obligation decides when its clocks run out.
trait SpecLike {
    fn spec_like(&self, other: &Self) -> bool;
}

impl SpecLike for Obligation {
    fn spec_like(&self, other: &Self) -> bool {
        match (&self.spec, &other.spec) {
            (Spec::Question(one), Spec::Question(two)) => one == two,
            (Spec::Series(one), Spec::Series(two)) => one.plan == two.plan,
            (Spec::Contact(one), Spec::Contact(two)) => one == two,
            (Spec::Action(one), Spec::Action(two)) => one.retries == two.retries && one.stops == two.stops,
            _ => false,
        }
    }
}

/// Which obligation a clock is of, in the numbers of the old version; `None` for a rule.
pub(crate) fn obligation_of(reader: Reader<'_>, side: Side, case: &Case, timer: &Timer) -> Option<u32> {
    let one = case.instance(timer.kind.serial()?)?;
    let of: ObligationId = one.opening(reader.protocol(side)).obligation;
    Some(reader.obligation(side, of))
}
