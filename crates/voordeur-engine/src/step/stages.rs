//! Leaving, entering, interrupting and ending.

use smallvec::SmallVec;
use voordeur_protocol::model::EndKind;
use voordeur_protocol::{EndId, Kind, OpeningId, RuleId, Spec, StageId, Target};

use super::Work;
use crate::case::Serial;
use crate::entry::Entry;
use crate::message::Reason;
use crate::rejection::Rejection;

/// The rule that leads somewhere, and the obligation that caused it.
type Moving = Option<(RuleId, Option<Serial>)>;

impl Work<'_> {
    /// Leads the case somewhere. The effects of a moving rule are carried out in the stage it leads to,
    /// so that what they open belongs there; before an end they are carried out in the stage that ends.
    pub(super) fn go(&mut self, target: Target, moving: Moving, interrupts: bool) -> Result<(), Rejection> {
        self.spend()?;
        match target {
            Target::End(end) => self.end(end, moving),
            Target::Back => self.back(moving),
            Target::Stage(stage) => match self.limit_reached(stage) {
                Some(instead) => {
                    self.log(Entry::LimitReached { stage });
                    self.go(instead, moving, interrupts)
                }
                None => self.enter(stage, moving, interrupts),
            },
        }
    }

    fn limit_reached(&self, stage: StageId) -> Option<Target> {
        let limit = self.protocol.stages.row(stage).limit?;
        (self.case.times_entered(stage) >= limit.times).then_some(limit.otherwise)
    }

    fn enter(&mut self, stage: StageId, moving: Moving, interrupts: bool) -> Result<(), Rejection> {
        if interrupts && self.protocol.stages.row(stage).interrupts && self.case.suspended.is_none() {
            self.suspend();
        } else {
            self.leave();
            if !self.protocol.stages.row(stage).interrupts {
                self.give_up_suspended();
            }
        }
        let stay = self.case.stays.saturating_add(1);
        self.log(Entry::StageEntered { stage, stay });
        self.moving_effects(moving)?;
        self.begin(stage)
    }

    /// What a stage sets in motion when it is entered.
    fn begin(&mut self, stage: StageId) -> Result<(), Rejection> {
        let protocol = self.protocol;
        let row = &protocol.stages.row(stage);
        for opening in &row.opens {
            self.open(*opening, None)?;
        }
        for rule in &row.timed {
            self.set_rule_timer(*rule);
        }
        for rule in &row.entry {
            self.log(Entry::RuleFired { rule: *rule });
            self.rule_effects(*rule, None)?;
        }
        Ok(())
    }

    fn moving_effects(&mut self, moving: Moving) -> Result<(), Rejection> {
        let Some((rule, about)) = moving else { return Ok(()) };
        self.rule_effects(rule, about)
    }

    fn suspend(&mut self) {
        if let Some(stay) = &self.case.stay {
            let (stage, stay) = (stay.stage, stay.number);
            self.log(Entry::Suspended { stage, stay });
        }
    }

    fn back(&mut self, moving: Moving) -> Result<(), Rejection> {
        self.leave();
        let Some(stay) = &self.case.suspended else { return Ok(()) };
        let (stage, number) = (stay.stage, stay.number);
        let deferred: SmallVec<_> = stay.deferred.iter().copied().collect();
        self.log(Entry::Resumed { stage, stay: number });
        self.requeue(deferred);
        self.moving_effects(moving)
    }

    fn end(&mut self, end: EndId, moving: Moving) -> Result<(), Rejection> {
        self.moving_effects(moving)?;
        let referred = self.not_taken_up(end);
        self.leave();
        self.give_up_suspended();
        let rest: SmallVec<[Serial; 8]> = self.case.open.iter().map(|instance| instance.serial).collect();
        self.cancel_all(&rest);
        self.tell_not_taken_up(&referred);
        self.clear_timers(|_| true);
        self.queue.clear();
        self.log(Entry::Ended { end });
        self.tell_parent_case();
        self.leave_household();
        self.measure(end)
    }

    /// The referrals that were made and that a case leaves behind when it does not end well, and whether each was accepted.
    fn not_taken_up(&self, end: EndId) -> SmallVec<[(OpeningId, bool); 2]> {
        if self.protocol.ends.row(end).kind == EndKind::Success {
            return SmallVec::new();
        }
        let open = self.case.open.iter().filter_map(|instance| {
            let state = Kind::Referral.lifecycle().state(instance.state).name;
            let is_referral = instance.obligation(self.protocol).kind == Kind::Referral;
            let is_sent = is_referral && !instance.is_offered(self.protocol);
            is_sent.then_some((instance.opening, state == "accepted"))
        });
        open.collect()
    }

    /// The lead hears of each, and whoever had accepted one already.
    fn tell_not_taken_up(&mut self, referred: &[(OpeningId, bool)]) {
        for (opening, accepted) in referred {
            let obligation = self.protocol.openings.row(*opening).obligation;
            if let (true, Some(receiver)) = (*accepted, self.protocol.obligations.row(obligation).by) {
                self.call_off(*opening, receiver);
            }
            self.tell(self.protocol.lead, Reason::CalledOff { obligation });
        }
    }

    /// What is measured at closing, and later.
    fn measure(&mut self, end: EndId) -> Result<(), Rejection> {
        let protocol = self.protocol;
        for (opening, ends) in &protocol.measures {
            if ends.is_empty() || ends.contains(&end) {
                self.open(*opening, None)?;
            }
        }
        Ok(())
    }

    fn leave(&mut self) {
        let Some(stay) = &self.case.stay else { return };
        let (stage, number) = (stay.stage, stay.number);
        self.close_stay(number);
        self.log(Entry::StageLeft { stage, stay: number });
    }

    /// The interrupted stage will not be returned to.
    fn give_up_suspended(&mut self) {
        let Some(stay) = &self.case.suspended else { return };
        let (stage, number) = (stay.stage, stay.number);
        self.close_stay(number);
        self.log(Entry::StageLeft { stage, stay: number });
    }

    fn close_stay(&mut self, number: u32) {
        let protocol = self.protocol;
        let leaving: SmallVec<[Serial; 8]> = (self.case.open.iter())
            .filter(|instance| instance.stay == number && !instance.keeps_running(protocol))
            .map(|instance| instance.serial)
            .collect();
        self.cancel_all(&leaving);
        self.clear_timers(|timer| timer.stay == number && timer.kind.serial().is_none());
    }

    /// The end of the case, where it leads to one: also by way of a stage that has been entered as often as it may be.
    fn end_led_to(&self, target: Target) -> Option<EndId> {
        let mut target = target;
        // Limits that lead to each other lead nowhere: that many are followed and no more.
        for _ in 0..=self.protocol.stages.len() {
            target = match target {
                Target::End(end) => return Some(end),
                Target::Stage(stage) => self.limit_reached(stage)?,
                Target::Back => return None,
            };
        }
        None
    }

    /// The referral that keeps a case from ending well, once it is made: a warm one until the household is in contact with the receiver,
    /// any other until the receiver has accepted it.
    pub(super) fn blocked_end(&self, target: Option<Target>) -> Option<Serial> {
        let end = self.end_led_to(target?)?;
        if self.protocol.ends.row(end).kind != EndKind::Success {
            return None;
        }
        let blocks = |instance: &&crate::case::Instance| {
            let Spec::Referral(referral) = &instance.obligation(self.protocol).spec else { return false };
            let accepted = Kind::Referral.lifecycle().state(instance.state).name == "accepted";
            !instance.is_offered(self.protocol) && (referral.warm || !accepted)
        };
        self.case.open.iter().find(blocks).map(|instance| instance.serial)
    }
}
