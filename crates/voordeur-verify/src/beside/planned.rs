//! Which of several contacts of one aftercare it is that one version alone begins: those are told apart by when they are planned.

use voordeur_calendar::Length;
use voordeur_engine::Entry;
use voordeur_messages::say;
use voordeur_protocol::Kind;

use super::answer::{Answer, Side};
use super::play::Witness;
use super::telling::Telling;

impl Telling<'_> {
    /// That a contact begins which is planned so long after, in words; `None` for anything else.
    pub(super) fn planned(&self, answer: Answer, other: Side, played: &Witness) -> Option<String> {
        let Answer::Opened(of) = answer else { return None };
        let theirs = self.planned_then(of, other, played);
        let after =
            self.planned_then(of, other.other(), played).into_iter().find(|after| !theirs.contains(after))?;
        let (protocol, id) = self.reader.obligation_of(of);
        let row = protocol.obligations.row(id?);
        let name = self.reader.name_of(of);
        (row.kind == Kind::Contact).then(|| say!("{name} after {after} begins", name, after))
    }

    /// How long after its start contacts are planned that are opened at the moment at which both part.
    fn planned_then(&self, of: u32, side: Side, played: &Witness) -> Vec<Length> {
        let protocol = self.reader.protocol(side);
        let now = played
            .moments_of(side)
            .iter()
            .filter(|moment| moment.at == played.at)
            .flat_map(|moment| &moment.entries);
        let planned = now.filter_map(|entry| match entry {
            Entry::Opened { opening, .. } => {
                let row = protocol.openings.row(*opening);
                row.planned_after.filter(|_| self.reader.obligation(side, row.obligation) == of)
            }
            _ => None,
        });
        planned.collect()
    }
}
