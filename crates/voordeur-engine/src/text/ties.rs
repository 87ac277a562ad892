//! Ties in words.

use voordeur_messages::say;

use super::Words;
use crate::event::Erasure;
use crate::tie::{Succession, Tie};

impl Words<'_> {
    #[expect(clippy::unused_self, reason = "words of an entry, as the others")]
    pub(super) fn erased(&self, why: Erasure) -> String {
        match why {
            Erasure::Term => say!("the personal values are erased: the term for which they are kept is over"),
            Erasure::Request => say!("the personal values are erased, as was asked"),
        }
    }

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
