//! Coming over to another version: what its stage has there, and had not before, is set in motion.

use jiff::Timestamp;
use smallvec::SmallVec;
use voordeur_protocol::{OpeningId, Protocol, RuleId};

use super::Work;
use crate::apply::apply;
use crate::case::{Case, Serial};
use crate::entry::Entry;
use crate::rejection::Rejection;

/// What is set in motion on arrival.
#[derive(Debug, Default)]
pub(crate) struct Arriving {
    /// What is opened.
    pub(crate) opens: SmallVec<[OpeningId; 4]>,
    /// The rules on time that start to wait.
    pub(crate) timed: SmallVec<[RuleId; 4]>,
    /// The rules on entering the stage.
    pub(crate) entry: SmallVec<[RuleId; 4]>,
    /// What is due at another moment: who does it hears when.
    pub(crate) told: SmallVec<[Serial; 4]>,
}

/// Carries out the entry by which a case comes over, and what follows from it. `entries` begins with that entry.
pub(crate) fn arrive(
    protocol: &Protocol,
    case: &mut Case,
    now: Timestamp,
    entries: &mut Vec<Entry>,
    arriving: &Arriving,
) -> Result<(), Rejection> {
    for entry in entries.iter() {
        apply(protocol, case, now, entry);
    }
    let mut work = Work::new(protocol, case, now, entries);
    work.derive();
    for serial in &arriving.told {
        let Some(opening) = work.case.instance(*serial).map(|instance| instance.opening) else { continue };
        work.assign(*serial, opening);
    }
    for opening in &arriving.opens {
        work.open(*opening, None)?;
    }
    for rule in &arriving.timed {
        work.set_rule_timer(*rule);
    }
    for rule in &arriving.entry {
        work.log(Entry::RuleFired { rule: *rule });
        work.rule_effects(*rule, None)?;
    }
    work.rearm();
    work.settle()?;
    work.pause_and_resume();
    Ok(())
}
