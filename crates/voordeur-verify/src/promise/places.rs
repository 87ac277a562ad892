//! Which obligations, happenings and events a statement names.

use voordeur_diagnostics::Rule as Finding;
use voordeur_messages::{say, translated};
use voordeur_protocol::{Happening, Kind, ObligationId};
use voordeur_syntax::ast::{self, Happens, ObligationKind, PromisedCause as Cause, Subject};

use super::lower::Lower;
use super::model::Deed;

/// The obligations that are meant: one by its name, or all of a kind.
pub(super) fn named(lower: &mut Lower<'_>, subject: &Subject) -> Option<Vec<ObligationId>> {
    match subject {
        Subject::Named(name) => Some(vec![lower.reading.obligation(name)?]),
        Subject::Kind(kind) => all_of(lower, *kind),
    }
}

/// All obligations of a kind; a pathway that has none of them promises nothing about them.
pub(super) fn all_of(lower: &mut Lower<'_>, kind: ObligationKind) -> Option<Vec<ObligationId>> {
    let kind = kind_of(kind);
    let found: Vec<ObligationId> =
        lower.protocol.obligations.iter().filter(|(_, row)| row.kind == kind).map(|(id, _)| id).collect();
    if !found.is_empty() {
        return Some(found);
    }
    let message = say!("the pathway has no {kind}", kind = translated(kind.word()));
    let help = say!("name something that it has, or take the line out");
    lower.error(Finding::UnknownName, lower.span, message, help);
    None
}

pub(super) const fn kind_of(kind: ObligationKind) -> Kind {
    match kind {
        ObligationKind::Task | ObligationKind::Measure => Kind::Task,
        ObligationKind::Visit => Kind::Visit,
        ObligationKind::Series => Kind::Series,
        ObligationKind::Start => Kind::Sub,
        ObligationKind::Call => Kind::Contact,
        ObligationKind::Referral => Kind::Referral,
        ObligationKind::Action => Kind::Action,
        ObligationKind::Question => Kind::Question,
    }
}

/// What some words mean for an obligation.
pub(super) fn happenings(
    lower: &mut Lower<'_>,
    of: ObligationId,
    words: &[ast::Name],
) -> Option<Vec<Happening>> {
    let found: Vec<Happening> = words.iter().filter_map(|word| lower.reading.happening(of, word)).collect();
    (found.len() == words.len()).then_some(found)
}

/// Somebody stood at the door, whatever came of it.
pub(super) fn attempted(visit: ObligationId) -> Vec<Deed> {
    [Happening::NotHome, Happening::Done, Happening::Refused].map(|on| Deed::Happened(visit, on)).to_vec()
}

/// What happens: to obligations, or an event of the case.
pub(super) fn deeds(lower: &mut Lower<'_>, cause: &Cause) -> Option<Vec<Deed>> {
    match cause {
        Cause::Event(name) => Some(vec![lower.reading.event(name)?.into()]),
        Cause::Deeds(all) => {
            let found: Vec<Deed> = all.iter().filter_map(|deed| one(lower, deed)).collect();
            (found.len() == all.len()).then_some(found)
        }
    }
}

fn one(lower: &mut Lower<'_>, deed: &ast::Deed) -> Option<Deed> {
    match &deed.what {
        Happens::Opened => Some(Deed::Opened(lower.reading.obligation(&deed.subject)?)),
        Happens::Word(word) => Some(lower.reading.occurrence(&deed.subject, word)?.into()),
    }
}
