//! Help in the place of other help: what of both can be compared. A visit by the same people is the same help, sooner or later, tried
//! more often or less; what must come is more than what may; and work for a household is less than help.

use voordeur_protocol::{Mode, OpeningId, Spec};

use super::answer::{Answer, Side};
use super::aspects::aspects;
use super::play::Witness;
use super::telling::Telling;
use super::verdict::{Verdict, is_help};

/// In what two visits are compared.
const COMPARED: [&str; 3] = ["term", "attempts", "people"];

/// What one version alone says at the moment at which both part.
type Alone<'a> = (&'a [Answer], Side);

impl Telling<'_> {
    /// What it means that the new version has other help in the place of that of the old one; what comes later in the other version
    /// is not looked at.
    pub(super) fn of_another(
        &self,
        (old, new): (&[Answer], &[Answer]),
        played: &Witness,
        later: impl Fn(Answer, Side) -> bool,
    ) -> Verdict {
        let promised = |(said, side): Alone<'_>| {
            let of = said.iter().copied().filter(|one| !later(*one, side.other())).collect::<Vec<_>>();
            self.promised((&of, side), played)
        };
        let (gone, come) = (promised((old, Side::Old)), promised((new, Side::New)));
        match (gone.as_slice(), come.as_slice()) {
            // Behind that work there may be help as well, later and of another kind.
            ([_, ..], []) if self.reader.leads_to_help(new, Side::New) => Verdict::Mixed,
            ([], [_, ..]) if self.reader.leads_to_help(old, Side::Old) => Verdict::Mixed,
            ([_, ..], []) => Verdict::Weaker,
            ([], [_, ..]) => Verdict::Stronger,
            ([first], [second]) => self.of_visits(*first, *second),
            _ => Verdict::NotComparable,
        }
    }

    /// The help that must be given and is opened at the moment at which both part.
    fn promised(&self, (said, side): Alone<'_>, played: &Witness) -> Vec<OpeningId> {
        let protocol = self.reader.protocol(side);
        let now = played.moments_of(side).iter().filter(|moment| moment.at == played.at);
        let all = now.flat_map(|moment| self.reader.said(side, &moment.entries));
        let opened = all.filter(|(one, _)| matches!(one, Answer::Opened(_)) && said.contains(one));
        let must = opened.filter_map(|(_, opening)| opening).filter(|opening| {
            let row = protocol.openings.row(*opening);
            row.mode == Mode::Must && is_help(&protocol.obligations.row(row.obligation).spec)
        });
        must.collect()
    }

    /// One visit in the place of another one, by the same people.
    fn of_visits(&self, first: OpeningId, second: OpeningId) -> Verdict {
        let spec = |side, opening| {
            let protocol = self.reader.protocol(side);
            &protocol.obligations.row(protocol.openings.row(opening).obligation).spec
        };
        let are_visits = matches!(
            (spec(Side::Old, first), spec(Side::New, second)),
            (Spec::Visit(_), Spec::Visit(_)) | (Spec::Series(_), Spec::Series(_))
        );
        let all = aspects(self.reader, (first, second));
        if !are_visits || all.iter().any(|aspect| aspect.key == "who") {
            return Verdict::NotComparable;
        }
        let compared = all.iter().filter(|aspect| COMPARED.contains(&aspect.key));
        compared.map(|aspect| aspect.verdict).reduce(Verdict::and).unwrap_or(Verdict::NotComparable)
    }
}
