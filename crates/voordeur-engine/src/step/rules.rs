//! Which rule applies, and what becomes true because of it.

use smallvec::SmallVec;
use voordeur_protocol::guard::{Expr, Unrecorded};
use voordeur_protocol::{CauseKey, Happening, Kind, RuleId, Target};

use super::{Happened, Work};
use crate::case::Serial;
use crate::entry::Entry;
use crate::message::Reason;
use crate::rejection::Rejection;

/// Where a matching rule was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    InStage(RuleId),
    InAlways(RuleId),
}

impl Work<'_> {
    /// Runs to completion: all that happened, then all that became true, until nothing changes.
    pub(super) fn settle(&mut self) -> Result<(), Rejection> {
        loop {
            self.spend()?;
            if self.postponed_fires()? {
                continue;
            }
            if self.queue.is_empty() {
                if !self.case.is_running() || !self.condition_fires()? {
                    return Ok(());
                }
            } else {
                let happened = self.queue.remove(0);
                self.answer(happened)?;
            }
        }
    }

    fn answer(&mut self, happened: Happened) -> Result<(), Rejection> {
        if !self.case.is_running() {
            // After the end no rule applies; what is missed then is told all the same.
            if is_alarming(happened.on) {
                self.unanswered(&happened);
            }
            return Ok(());
        }
        let key = CauseKey::obligation(happened.obligation, happened.on);
        self.looking_at(Some((happened.obligation, happened.number)));
        let found = self.matching(key, self.belongs_here(&happened));
        self.looking_at(None);
        match found? {
            Some(found) => self.apply_rule(found, Some(happened.serial))?,
            None if self.waits_for_return(&happened, key) => self.defer(&happened),
            None if self.is_unheard(&happened) => self.unanswered(&happened),
            None => {}
        }
        self.follow_up(happened)?;
        self.offer_again(happened)
    }

    /// Whether something that may not pass in silence does: nothing is asked again, and no condition that waits for it holds.
    fn is_unheard(&self, happened: &Happened) -> bool {
        let waits =
            |rule: &RuleId| self.protocol.rules.row(*rule).guard.waits_for(happened.obligation, happened.on);
        let due = || self.due_conditions().chain(self.due_in_always());
        is_alarming(happened.on) && !self.asks_again(happened) && !due().any(|rule| waits(&rule))
    }

    fn looking_at(&mut self, numbered: Option<(voordeur_protocol::ObligationId, u32)>) {
        self.numbered = numbered;
        self.derived.take();
    }

    /// What may be done as often as the worker sees fit is offered anew, while its stage lasts.
    fn offer_again(&mut self, happened: Happened) -> Result<(), Rejection> {
        let row = self.protocol.openings.row(happened.opening);
        let closed = self.case.instance(happened.serial).is_none();
        let again = row.repeatable && closed && self.case.is_running() && self.belongs_here(&happened);
        if again { self.open(happened.opening, None) } else { Ok(()) }
    }

    fn belongs_here(&self, happened: &Happened) -> bool {
        happened.everywhere || happened.stay == self.stay_number()
    }

    /// The rule of the current stage, or of `always`, that answers a cause.
    pub(super) fn matching(&self, key: CauseKey, in_stage: bool) -> Result<Option<Found>, Rejection> {
        let protocol = self.protocol;
        if let (true, Some(stay)) = (in_stage, &self.case.stay)
            && let Some(rule) = self.first_holding(of_key(&protocol.stages.row(stay.stage).dispatch, key))?
        {
            return Ok(Some(Found::InStage(rule)));
        }
        Ok(self.first_holding(of_key(&protocol.always, key))?.map(Found::InAlways))
    }

    fn first_holding(&self, candidates: &[(CauseKey, RuleId)]) -> Result<Option<RuleId>, Rejection> {
        let mut found = None;
        for (_, rule) in candidates {
            if !self.rule_holds(*rule)? {
                continue;
            }
            if let Some(first) = found {
                return Err(Rejection::ambiguous(self.protocol, first, *rule));
            }
            found = Some(*rule);
        }
        Ok(found)
    }

    fn rule_holds(&self, rule: RuleId) -> Result<bool, Rejection> {
        let row = &self.protocol.rules.row(rule);
        match row.guard.holds(&self.known()) {
            Ok(holds) => Ok(holds),
            Err(field) if self.by_people => Err(self.unrecorded(field, row.line)),
            Err(_) => Ok(false),
        }
    }

    pub(super) fn unrecorded(&self, Unrecorded(field): Unrecorded, line: u32) -> Rejection {
        Rejection::Unrecorded { field: self.protocol.fields.row(field).name.clone(), line }
    }

    /// Fires the first `when` rule, withheld rule or end of aftercare that holds now.
    fn condition_fires(&mut self) -> Result<bool, Rejection> {
        let in_stage = self.due_conditions().next().map(Found::InStage);
        let Some(found) = in_stage.or_else(|| self.due_in_always().next().map(Found::InAlways)) else {
            return Ok(false);
        };
        self.apply_rule(found, None)?;
        Ok(true)
    }

    /// The conditions of the stage that hold now and have not had their turn.
    fn due_conditions(&self) -> impl Iterator<Item = RuleId> {
        self.case.stay.iter().flat_map(|stay| {
            let stage = &self.protocol.stages.row(stay.stage);
            let conditions = stage.conditions.iter().copied();
            let withheld = stay.withheld.iter().copied();
            let over = stage.contacts_over.filter(|_| self.contacts_over(stay.number));
            let all = conditions.chain(withheld).chain(over);
            all.filter(|rule| !stay.fired.contains(rule) && self.may_fire(*rule))
        })
    }

    /// A condition that reads what is not recorded does not hold yet; a rule that would end the case
    /// while a referral is open waits.
    pub(super) fn may_fire(&self, rule: RuleId) -> bool {
        let row = &self.protocol.rules.row(rule);
        let holds = row.guard == Expr::True || row.guard.holds(&self.known()) == Ok(true);
        let waiting = self.case.stay.as_ref().is_some_and(|stay| stay.withheld.contains(&rule));
        holds && !(waiting && self.blocked_end(row.target).is_some())
    }

    fn contacts_over(&self, stay: u32) -> bool {
        !self
            .case
            .open
            .iter()
            .any(|instance| instance.stay == stay && instance.obligation(self.protocol).kind == Kind::Contact)
    }

    /// Applies a rule: its effects, then the way it leads.
    pub(super) fn apply_rule(&mut self, found: Found, about: Option<Serial>) -> Result<(), Rejection> {
        self.spend()?;
        let (rule, interrupts) = match found {
            Found::InStage(rule) => (rule, false),
            Found::InAlways(rule) => (rule, true),
        };
        let target = self.protocol.rules.row(rule).target;
        if interrupts && self.is_there_already(target) {
            self.log(Entry::Postponed { rule, about });
            return Ok(());
        }
        if let Some(referral) = self.blocked_end(target) {
            self.withhold(rule, referral);
            return Ok(());
        }
        if target == Some(Target::Back) && self.case.suspended.is_none() {
            return self.nowhere_back(rule);
        }
        self.log(Entry::RuleFired { rule });
        match target {
            None => self.rule_effects(rule, about),
            Some(target) => self.go(target, Some((rule, about)), interrupts),
        }
    }

    /// What was reported is kept; the rule has its turn as soon as the referral is closed.
    fn withhold(&mut self, rule: RuleId, serial: Serial) {
        self.log(Entry::Withheld { rule, serial });
        if let Some(referral) = self.case.instance(serial) {
            let obligation = referral.opening(self.protocol).obligation;
            self.tell(self.protocol.lead, Reason::Withheld { obligation });
        }
    }

    fn nowhere_back(&mut self, rule: RuleId) -> Result<(), Rejection> {
        if self.by_people {
            return Err(Rejection::NowhereBack { line: self.protocol.rules.row(rule).line });
        }
        self.log(Entry::RuleFired { rule });
        Ok(())
    }

    /// Whether the interrupted stage has a rule for it; then it waits for the return.
    fn waits_for_return(&self, happened: &Happened, key: CauseKey) -> bool {
        self.case.suspended.as_ref().is_some_and(|stay| {
            (happened.everywhere || happened.stay == stay.number)
                && !of_key(&self.protocol.stages.row(stay.stage).dispatch, key).is_empty()
        })
    }

    fn defer(&mut self, happened: &Happened) {
        // Whether the stage comes back nobody knows: that nobody takes it up is told now.
        let is_referral = self.protocol.obligations.row(happened.obligation).kind == Kind::Referral;
        if is_referral && happened.on == Happening::Exhausted {
            self.tell(self.protocol.lead, Reason::CalledOff { obligation: happened.obligation });
        }
        self.log(Entry::Deferred {
            serial: happened.serial,
            opening: happened.opening,
            obligation: happened.obligation,
            on: happened.on,
            number: happened.number,
        });
    }

    fn unanswered(&mut self, happened: &Happened) {
        let reason = Reason::Unanswered { obligation: happened.obligation, on: happened.on };
        self.tell(self.protocol.lead, reason);
    }

    /// What waited for the return, now that the stage is back.
    pub(super) fn requeue(&mut self, deferred: SmallVec<[crate::case::Deferred; 4]>) {
        let stay = self.stay_number();
        self.queue.extend(deferred.into_iter().map(|waiting| Happened {
            serial: waiting.serial,
            opening: waiting.opening,
            obligation: waiting.obligation,
            on: waiting.on,
            stay,
            everywhere: false,
            number: waiting.number,
        }));
    }
}

/// Happenings that may not pass in silence.
fn is_alarming(on: Happening) -> bool {
    matches!(
        on,
        Happening::Overdue | Happening::Exhausted | Happening::GaveUp | Happening::Missed | Happening::Silent
    )
}

/// The rules with one cause, in a list sorted by cause.
fn of_key(sorted: &[(CauseKey, RuleId)], key: CauseKey) -> &[(CauseKey, RuleId)] {
    let start = sorted.partition_point(|(other, _)| *other < key);
    let rest = sorted.get(start..).unwrap_or_default();
    let length = rest.partition_point(|(other, _)| *other == key);
    rest.get(..length).unwrap_or_default()
}
