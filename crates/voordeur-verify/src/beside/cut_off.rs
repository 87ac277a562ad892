//! What is cut off: what must be done, or was made, or help that was still offered, and is called off with its stage, late or not: what
//! is late can still be done. That a household loses.
//! An end lets go of everything: what that means is said of the end.

use std::collections::{BTreeMap, BTreeSet};

use voordeur_engine::Entry;
use voordeur_protocol::{Happening, Mode, Spec};

use super::answer::{Answer, Side};
use super::following::entries;
use super::play::Witness;
use super::telling::Telling;

/// The obligations that one version cuts off at a moment.
#[derive(Debug, Default)]
pub(super) struct CutOff {
    all: BTreeSet<u32>,
    /// Whether the case ends by it.
    ends: bool,
}

impl CutOff {
    /// Whether an answer says that one of them is cut off.
    pub(super) fn has(&self, answer: Answer) -> bool {
        let cancelled = u32::from(Happening::Cancelled.code());
        matches!(answer, Answer::Happened(of, code) if code == cancelled && !self.ends && self.all.contains(&of))
    }

    /// Whether a case ends by it and something is let go of that the other version does not let go of then.
    pub(super) fn ends_more_than(&self, other: &Self) -> bool {
        self.ends && !other.ends && !self.all.is_subset(&other.all)
    }

    pub(super) fn has_any(&self, answers: &[Answer]) -> bool {
        answers.iter().any(|answer| self.has(*answer))
    }
}

/// How something stands that is open.
struct Standing {
    of: u32,
    /// Whether it must be done, was made, or is help that may still come.
    is_due: bool,
}

impl Telling<'_> {
    /// What a version cuts off at the moment at which both part, and does not open anew.
    pub(super) fn cut_off(&self, side: Side, played: &Witness) -> CutOff {
        let moments = played.moments_of(side);
        let mut open: BTreeMap<u32, Standing> = BTreeMap::new();
        let (mut cut, mut anew, mut ends) = (BTreeSet::new(), BTreeSet::new(), false);
        for (at, entry) in entries(moments).take_while(|(at, _)| *at <= played.at) {
            let is_now = at == played.at;
            match entry {
                Entry::Opened { serial, opening, .. } => {
                    let protocol = self.reader.protocol(side);
                    let row = protocol.openings.row(*opening);
                    let of = self.reader.obligation(side, row.obligation);
                    anew.extend(is_now.then_some(of));
                    let spec = &protocol.obligations.row(row.obligation).spec;
                    let is_help = matches!(spec, Spec::Visit(_) | Spec::Series(_));
                    // Who looks back afterwards looks at what is helped again.
                    let is_due = is_help || row.mode == Mode::Must && !matches!(spec, Spec::Contact(_));
                    open.insert(serial.0, Standing { of, is_due });
                }
                Entry::Moved { serial, on: Happening::Cancelled, .. } if is_now => {
                    let standing = open.remove(&serial.0).filter(|one| one.is_due);
                    cut.extend(standing.map(|one| one.of));
                }
                Entry::Moved { serial, on: Happening::Begun, .. } => {
                    open.entry(serial.0).and_modify(|one| one.is_due = true);
                }
                Entry::Ended { .. } if is_now => ends = true,
                _ => {}
            }
        }
        CutOff { all: cut.difference(&anew).copied().collect(), ends }
    }
}
