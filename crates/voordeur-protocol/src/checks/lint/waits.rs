//! What a rule waits for, and where a case comes when nobody does anything: the same however the file spells it (`on x refused`, or
//! `when x refused`).

use super::Context;
use crate::lifecycle::Happening;
use crate::model::{Cause, Rule, Scope, Target};
use crate::table::{EndId, ObligationId};

/// The obligations that a rule waits for to come to this.
pub(super) fn waited_for(rule: &Rule, is_it: impl Fn(Happening) -> bool) -> Vec<ObligationId> {
    rule.occasions().into_iter().filter(|(_, on)| is_it(*on)).map(|(of, _)| of).collect()
}

/// Whether it comes without anybody's doing.
pub(super) const fn is_by_itself(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::Entry | Cause::After(..) | Cause::Every(_) | Cause::Condition | Cause::Birthday { .. }
    )
}

impl Context<'_> {
    /// The end to which a target leads by itself: through stages that only wait.
    pub(super) fn ends_by_itself(&self, target: Target) -> Option<EndId> {
        let mut target = target;
        for _ in 0..=self.protocol.stages.len() {
            let stage = match target {
                Target::End(end) => return Some(end),
                Target::Stage(stage) => stage,
                Target::Back => return None,
            };
            let mut rules = self.protocol.rules.rows().filter(|rule| rule.scope == Scope::Stage(stage));
            let waits = self.opened_in(stage).is_empty();
            target = rules.find(|rule| waits && is_by_itself(&rule.cause) && rule.target.is_some())?.target?;
        }
        None
    }
}
