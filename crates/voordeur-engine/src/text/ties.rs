//! Ties in words.

use voordeur_messages::say;

use super::Words;
use crate::tie::{Succession, Tie};

impl Words<'_> {
    pub(super) fn tie(&self, tie: &Tie) -> String {
        match tie {
            Tie::Household(household) => say!("about the household `{household}`", household),
            Tie::LeadCase(label) => {
                say!("of the open cases of the household, `{label}` leads", label)
            }
            Tie::Follows(label) => say!("follows upon the case `{label}`", label),
            Tie::FollowedBy(label) => say!("the case `{label}` follows upon this one", label),
            Tie::Retired(Succession::Version(version)) => {
                say!("this version is retired; the case goes over to version {version}", version)
            }
            Tie::Retired(Succession::Owner(owner)) => {
                say!("this version is retired; {party} answers for the case", party = self.party(*owner))
            }
        }
    }
}
