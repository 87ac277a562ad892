//! Who decides about what does not go on by itself, and for what reason.

use voordeur_protocol::model::PartyKind;
use voordeur_protocol::{Kind, Obligation, PartyId, Protocol};

use crate::event::By;
use crate::rejection::Rejection;

/// Characters that are no blanks and show nothing.
const UNSEEN: [char; 6] = ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{ad}'];

/// Whether a reason says something: what is empty or blank says nothing to whoever reads the journal.
///
/// # Errors
/// [`Rejection::NoReason`].
pub fn check_reason(text: &str) -> Result<(), Rejection> {
    let says = |c: char| !c.is_whitespace() && !c.is_control() && !UNSEEN.contains(&c);
    if text.chars().any(says) { Ok(()) } else { Err(Rejection::NoReason) }
}

/// Whether somebody may decide about what stands still: those who work with the household do. Nobody in particular is
/// the program that runs the engine, which asks who it is.
///
/// # Errors
/// [`Rejection::NotToDecide`].
pub fn check_decides(protocol: &Protocol, by: By) -> Result<(), Rejection> {
    match by.filter(|by| !works_with_it(protocol, *by)) {
        None => Ok(()),
        Some(by) => {
            let name = |party| protocol.parties.row(party).name.clone();
            Err(Rejection::NotToDecide { by: name(by), lead: name(protocol.lead) })
        }
    }
}

/// Whether somebody is of the lead, or does something in this pathway.
pub(super) fn works_with_it(protocol: &Protocol, by: PartyId) -> bool {
    let does = |row: &Obligation| {
        let doers = row.by.iter().chain(&row.with);
        row.kind != Kind::Referral && doers.copied().any(|doer| speaks_for(protocol, by, doer))
    };
    agency(protocol, by) == agency(protocol, protocol.lead) || protocol.obligations.rows().any(does)
}

/// An agency is each of its roles, and each of its roles may speak for the agency; one role does not speak for another one.
pub(super) fn speaks_for(protocol: &Protocol, by: PartyId, party: PartyId) -> bool {
    by == party || agency(protocol, by) == party || agency(protocol, party) == by
}

fn agency(protocol: &Protocol, party: PartyId) -> PartyId {
    match protocol.parties.row(party).kind {
        PartyKind::Role { of } => of,
        _ => party,
    }
}

#[cfg(test)]
mod tests {
    use super::check_reason;

    #[test]
    fn a_reason_says_something() {
        for text in ["", " ", "\t\n", "\u{a0}", "\u{200b}", " \u{feff} "] {
            check_reason(text).expect_err("it says nothing");
        }
        for text in ["x", " the register was down ", "?", "Stcrt. 2028, 1"] {
            check_reason(text).expect(text);
        }
    }
}
