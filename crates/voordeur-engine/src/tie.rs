//! What ties a case to other cases and to people outside its pathway: its household, the case that it follows upon, and
//! who looks after it once its version is retired. References only: labels of cases and households, never names.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use voordeur_protocol::PartyId;

/// One tie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tie {
    /// It is about this household.
    Household(Arc<str>),
    /// Of the open cases of its household this one leads; it may be the case itself.
    LeadCase(Arc<str>),
    /// It follows upon this case, which has ended: a relapse.
    Follows(Arc<str>),
    /// This case follows upon it.
    FollowedBy(Arc<str>),
    /// Its version is retired, and this is what becomes of it.
    Retired(Succession),
}

/// What becomes of the open cases of a version that is retired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Succession {
    /// They go over to this version of the pathway.
    Version(Arc<str>),
    /// They stay as they are, and this party answers for them.
    Owner(PartyId),
}

/// The ties of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ties {
    /// Its household.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub household: Option<Arc<str>>,
    /// The case that leads in its household, when there were ever several at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead_case: Option<Arc<str>>,
    /// The case that it follows upon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Arc<str>>,
    /// The cases that follow upon it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub followed_by: Vec<Arc<str>>,
    /// What becomes of it, when its version is retired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<Succession>,
}

impl Ties {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether this tie is there already.
    #[must_use]
    pub fn has(&self, tie: &Tie) -> bool {
        match tie {
            Tie::Household(household) => self.household.as_ref() == Some(household),
            Tie::LeadCase(case) => self.lead_case.as_ref() == Some(case),
            Tie::Follows(case) => self.follows.as_ref() == Some(case),
            Tie::FollowedBy(case) => self.followed_by.contains(case),
            Tie::Retired(succession) => self.retired.as_ref() == Some(succession),
        }
    }

    pub(crate) fn add(&mut self, tie: &Tie) {
        match tie {
            Tie::Household(household) => self.household = Some(Arc::clone(household)),
            Tie::LeadCase(case) => self.lead_case = Some(Arc::clone(case)),
            Tie::Follows(case) => self.follows = Some(Arc::clone(case)),
            Tie::FollowedBy(case) => self.followed_by.push(Arc::clone(case)),
            Tie::Retired(succession) => self.retired = Some(succession.clone()),
        }
    }
}
