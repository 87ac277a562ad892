//! Times that cannot hold together: visits that do not fit in their series, an announcement that comes after the term,
//! a reminder that would have to go out before there is anything to remind of.

use voordeur_calendar::{Length, Unit};
use voordeur_diagnostics::{Diagnostic, Rule as Finding, Span};
use voordeur_messages::say;

use super::Context;
use crate::model::{Obligation, Opening, Plan, Spec};
use crate::table::{ObligationId, OpeningId};

impl Context<'_> {
    pub(super) fn times(&mut self) {
        let protocol = self.protocol;
        for (id, row) in protocol.obligations.iter() {
            if let Spec::Series(series) = &row.spec {
                self.visits_fit(id, &series.plan, series.spaced);
            }
        }
        for (id, opening) in protocol.openings.iter() {
            let Some(term) = own_term(opening) else { continue };
            self.announced_in_time(id, protocol.obligations.row(opening.obligation), term);
            self.reminded_in_time(id, opening, term);
        }
    }

    fn visits_fit(&mut self, id: ObligationId, plan: &Plan, spaced: Option<Length>) {
        let (Plan::Number { count, within }, Some(spaced)) = (plan, spaced) else { return };
        if least(spaced).saturating_mul(u64::from(count.saturating_sub(1))) > most(*within) {
            let message = say!(
                "{count} visits, each at least {spaced} after the other, do not fit in {within}",
                count,
                spaced,
                within
            );
            let help = say!("let them follow each other sooner, plan fewer, or take longer");
            self.impossible(*self.spans.obligations.row(id), message, help);
        }
    }

    fn announced_in_time(&mut self, id: OpeningId, row: &Obligation, term: Length) {
        let Spec::Visit(visit) = &row.spec else { return };
        if let Some((_, lead)) = visit.announced.as_ref().filter(|(_, lead)| least(*lead) > most(term)) {
            let message = say!(
                "`{name}` is announced {lead} before, and its term is {term}",
                name = row.name,
                lead,
                term
            );
            let help = say!("give the visit a longer term, or announce it later");
            self.impossible(*self.spans.openings.row(id), message, help);
        }
    }

    fn reminded_in_time(&mut self, id: OpeningId, opening: &Opening, term: Length) {
        let name = &self.protocol.obligations.row(opening.obligation).name;
        let late = opening.reminders.iter().filter(|reminder| least(reminder.before) > most(term));
        for reminder in late.copied().collect::<Vec<_>>() {
            let message = say!(
                "the reminder {before} before `{name}` is due is never sent: its term is {term}",
                before = reminder.before,
                name,
                term
            );
            let help = say!("remind later, or give it a longer term");
            self.impossible(*self.spans.openings.row(id), message, help);
        }
    }

    fn impossible(&mut self, place: Span, message: String, help: String) {
        self.problems.push(Diagnostic::error(Finding::BadNumber, place, message).help(help));
    }
}

/// The term of an opening, when it counts on from the opening.
fn own_term(opening: &Opening) -> Option<Length> {
    let term = opening.term.as_ref().filter(|term| term.back.is_none())?;
    term.length.filter(|_| term.anchor == crate::Anchor::Opening)
}

/// The fewest minutes that a length can take.
fn least(length: Length) -> u64 {
    minutes(length, [28, 365])
}

/// The most minutes; holidays make working days and teaching weeks longer, so those have room to spare.
fn most(length: Length) -> u64 {
    let room = if matches!(length.unit, Unit::WorkingDays | Unit::TeachingWeeks) { 4 } else { 1 };
    // A term in days ends with the end of its last day.
    minutes(length, [31, 366]).saturating_mul(room).saturating_add(if length.unit.is_elapsed() {
        0
    } else {
        1440
    })
}

fn minutes(length: Length, [month, year]: [u64; 2]) -> u64 {
    let one: u64 = match length.unit {
        Unit::Minutes => 1,
        Unit::Hours => 60,
        Unit::Days | Unit::WorkingDays => 1440,
        Unit::Weeks | Unit::TeachingWeeks => 7 * 1440,
        Unit::Months => month.saturating_mul(1440),
        Unit::Years => year.saturating_mul(1440),
    };
    one.saturating_mul(u64::from(length.amount))
}
