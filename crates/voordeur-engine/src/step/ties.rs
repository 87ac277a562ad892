//! What ties a case to other cases, and what is left of it when its personal values are erased: the engine writes it down and tells who has to know. Which cases those are, the
//! runtime finds out.

use smallvec::SmallVec;

use super::Work;
use crate::case::{Serial, Status};
use crate::entry::Entry;
use crate::event::{By, Erasure};
use crate::message::Message;
use crate::rejection::Rejection;
use crate::tie::{Succession, Tie};

impl Work<'_> {
    /// A tie is written down once. The household and the case before it never change.
    pub(super) fn tied(&mut self, tie: &Tie, by: By) -> Result<(), Rejection> {
        if self.case.status == Status::Unreported {
            return Err(Rejection::NotReported);
        }
        let ties = &self.case.ties;
        let taken = match tie {
            Tie::Household(_) => ties.household.is_some(),
            Tie::Follows(_) => ties.follows.is_some(),
            Tie::LeadCase(_) | Tie::FollowedBy(_) | Tie::Retired(_) => ties.has(tie),
        };
        if taken {
            return Err(Rejection::TiedAlready);
        }
        self.log(Entry::Tied { tie: tie.clone(), by });
        self.tell_of(tie);
        Ok(())
    }

    /// Only what has ended is erased. What was to be measured afterwards is not asked any more.
    pub(super) fn erased(&mut self, why: Erasure) -> Result<(), Rejection> {
        match self.case.status {
            Status::Unreported => return Err(Rejection::NotReported),
            Status::Running => return Err(Rejection::StillRuns),
            Status::Ended { .. } => {}
        }
        let rest: SmallVec<[Serial; 8]> = self.case.open.iter().map(|instance| instance.serial).collect();
        self.cancel_all(&rest);
        self.clear_timers(|_| true);
        self.queue.clear();
        self.log(Entry::Erased { why });
        Ok(())
    }

    fn tell_of(&mut self, tie: &Tie) {
        let lead = self.addressee(self.protocol.lead);
        match tie {
            Tie::Household(household) => {
                let household = household.clone();
                return self.send(Message::Household { household });
            }
            // Who answers for the case from now on is told, and so is the lead, which goes on with it.
            Tie::Retired(Succession::Owner(owner)) => {
                let owner = self.addressee(*owner);
                if owner != lead {
                    self.send(Message::Tied { who: owner, tie: tie.clone() });
                }
            }
            Tie::LeadCase(_) | Tie::Follows(_) | Tie::FollowedBy(_) | Tie::Retired(_) => {}
        }
        self.send(Message::Tied { who: lead, tie: tie.clone() });
    }

    /// The household may need another lead now that this case has ended.
    pub(super) fn leave_household(&mut self) {
        if let Some(household) = self.case.ties.household.clone() {
            self.send(Message::Household { household });
        }
    }
}
