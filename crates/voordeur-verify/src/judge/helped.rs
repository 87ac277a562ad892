//! Who was helped, and whether anybody looks back before the case ends: what is remembered on the way.

use voordeur_engine::Entry;
use voordeur_protocol::{Cause, EndId, Happening, Protocol, Spec, StageId};

use crate::replay::Moment;

/// Whether a household was helped, and the end to which it came so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Helped {
    pub(super) helped: bool,
    pub(super) let_go: Option<EndId>,
}

impl Helped {
    /// What a search remembers of it.
    pub(super) fn memory(self) -> u32 {
        u32::from(self.helped)
    }

    pub(super) fn of_memory(memory: u32) -> Self {
        Self { helped: memory == 1, let_go: None }
    }

    /// Goes on with a step. Whoever leaves a stage that helps was helped, unless nobody has taken them up or the world leads them
    /// away; with aftercare somebody looks back.
    pub(super) fn after(mut self, protocol: &Protocol, helping: &[StageId], entries: &[Entry]) -> Self {
        let mut because = None;
        for entry in entries {
            match entry {
                Entry::RuleFired { rule } => {
                    let row = protocol.rules.row(*rule);
                    because = row.target.map(|_| &row.cause).or(because);
                }
                Entry::StageLeft { stage, .. } if helping.contains(stage) => {
                    self.helped = !because.is_some_and(|cause| is_unhelped(protocol, cause));
                }
                Entry::StageLeft { .. } if because.is_some_and(is_occasion) => self.helped = false,
                Entry::StageEntered { stage, .. } if protocol.stages.row(*stage).aftercare => {
                    self.helped = false;
                }
                Entry::Ended { end } => self.let_go = self.helped.then_some(*end),
                _ => {}
            }
        }
        self
    }

    /// Where a history leads.
    pub(super) fn in_history(protocol: &Protocol, helping: &[StageId], moments: &[Moment]) -> Self {
        let start = Self::default();
        moments.iter().fold(start, |helped, moment| helped.after(protocol, helping, &moment.entries))
    }
}

/// Nobody has taken up the referral of which this comes, or the world leads away.
fn is_unhelped(protocol: &Protocol, cause: &Cause) -> bool {
    match cause {
        Cause::Obligation(of, Happening::Exhausted | Happening::Declined | Happening::Overdue) => {
            matches!(protocol.obligations.row(*of).spec, Spec::Referral(_))
        }
        cause => is_occasion(cause),
    }
}

/// An event or a birthday is a new occasion.
const fn is_occasion(cause: &Cause) -> bool {
    matches!(cause, Cause::Event(_) | Cause::Birthday { .. })
}
