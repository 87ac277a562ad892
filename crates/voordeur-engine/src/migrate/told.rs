//! Who hears of it when a case comes over: whoever has something to do by another day than was told, or in the place of somebody else, and
//! whoever is asked in another way.

use smallvec::SmallVec;
use voordeur_protocol::{Happening, Kind, ObligationId, PartyId, Spec};

use super::carry::{Carrying, Shift};
use crate::case::{Case, Instance, Serial};
use crate::timer::TimerKind;

impl Carrying<'_> {
    /// What somebody has to do by another moment than he was told.
    pub(super) fn told_anew(&self, base: &Case) -> SmallVec<[Serial; 4]> {
        let ends = |shift: &&Shift| matches!(shift.kind, TimerKind::Overdue(_) | TimerKind::Missed(_));
        let moved = self.shifts.iter().filter(ends).filter_map(|shift| shift.kind.serial());
        let done_by_people = |serial: &Serial| {
            base.instance(*serial).is_some_and(|instance| {
                matches!(instance.obligation(self.c.new).kind, Kind::Task | Kind::Visit | Kind::Contact)
            })
        };
        let asked = base.open.iter().filter(|one| self.is_asked_otherwise(one)).map(|one| one.serial);
        let handed = base.open.iter().filter(|instance| self.is_handed_over(instance));
        let handed = handed.map(|instance| instance.serial);
        let told = moved.chain(handed).filter(done_by_people).chain(asked);
        let mut told: SmallVec<[Serial; 4]> = told.collect();
        told.sort_unstable();
        told.dedup();
        told
    }

    /// What somebody does in the new version who did not do it in the old one.
    pub(super) fn handed(&self, after: &Case) -> Vec<ObligationId> {
        let handed = after.open.iter().filter(|instance| self.is_handed_over(instance));
        handed.map(|instance| instance.opening(self.c.new).obligation).collect()
    }

    /// The answers that the client was asked for, and that the new version does not take.
    pub(super) fn unanswerable(&self, after: &Case) -> Vec<(ObligationId, String)> {
        let mut gone = Vec::new();
        for instance in after.open.iter().filter(|one| one.obligation(self.c.new).kind == Kind::Question) {
            let Some(before) = self.case.instance(instance.serial) else { continue };
            let of = before.opening(self.c.old).obligation;
            let answers = (0_u8..).map(Happening::Named).zip(&before.obligation(self.c.old).named);
            let lost = answers.filter(|(on, _)| self.c.happening(of, *on).is_none());
            gone.extend(lost.map(|(_, name)| (instance.opening(self.c.new).obligation, name.clone())));
        }
        gone
    }

    /// Whether a referral that was sent, and not answered, goes to somebody else in the new version, or by way of somebody else.
    fn is_asked_otherwise(&self, instance: &Instance) -> bool {
        let Some(before) = self.case.instance(instance.serial) else { return false };
        let asked = |spec: &Spec| match spec {
            Spec::Referral(referral) => Some(referral.via.unwrap_or(referral.to)),
            _ => None,
        };
        let (was, now) =
            (asked(&before.obligation(self.c.old).spec), asked(&instance.obligation(self.c.new).spec));
        let state = Kind::Referral.lifecycle().state(instance.state).name;
        state == "sent" && now.is_some() && was.and_then(|party| self.c.party(party)) != now
    }

    /// Whether somebody does it in the new version who did not do it in the old one.
    fn is_handed_over(&self, instance: &Instance) -> bool {
        let Some(before) = self.case.instance(instance.serial) else { return false };
        let (before, now) = (before.obligation(self.c.old), instance.obligation(self.c.new));
        let did = |party: PartyId| {
            let mut doers = before.by.iter().chain(&before.with);
            doers.any(|doer| self.c.party(*doer) == Some(party))
        };
        now.by.iter().chain(&now.with).any(|doer| !did(*doer))
    }
}
