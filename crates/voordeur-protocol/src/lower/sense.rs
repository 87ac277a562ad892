//! Lengths of time that cannot be kept together: a reminder before the term begins, a visit that may only come
//! after it must have been made.

use voordeur_calendar::{Length, Unit};
use voordeur_diagnostics::{Rule, Span};
use voordeur_messages::say;

use super::Lower;
use crate::model::{Anchor, Plan, Referral, Series, Spec, Term};
use crate::table::ObligationId;

/// Minutes in a day.
const DAY: u64 = 24 * 60;

/// The least number of minutes that a length can be.
fn least(length: Length) -> u64 {
    let each = match length.unit {
        Unit::Minutes => 1,
        Unit::Hours => 60,
        Unit::Days | Unit::WorkingDays => DAY,
        Unit::Weeks | Unit::TeachingWeeks => 7 * DAY,
        Unit::Months => 28 * DAY,
        Unit::Years => 365 * DAY,
    };
    u64::from(length.amount).saturating_mul(each)
}

/// The greatest number of minutes that a length can be; with many days off in between that is long.
fn most(length: Length) -> u64 {
    let amount = u64::from(length.amount);
    match length.unit {
        Unit::WorkingDays => amount.saturating_mul(2).saturating_add(14).saturating_mul(DAY),
        Unit::TeachingWeeks => u64::MAX,
        Unit::Months => amount.saturating_mul(31 * DAY),
        Unit::Years => amount.saturating_mul(366 * DAY),
        Unit::Minutes | Unit::Hours | Unit::Days | Unit::Weeks => least(length),
    }
}

/// The end of a term in days is the end of its last day: up to a day more.
fn most_of_term(length: Length) -> u64 {
    most(length).saturating_add(if length.unit.is_elapsed() { 0 } else { DAY })
}

/// Whether one is longer than the other, whatever days they fall on.
fn surely_longer(one: Length, other: Length) -> bool {
    if one.unit == other.unit { one.amount > other.amount } else { least(one) > most_of_term(other) }
}

/// How long a term is when it runs from its beginning on; from a day in a field it may have begun before.
fn running(term: &Term) -> Option<Length> {
    let from_a_day = matches!(term.anchor, Anchor::Field(_)) || term.back.is_some();
    (!from_a_day).then(|| term.length.unwrap_or(Length::new(0, Unit::Days)))
}

impl Lower<'_> {
    /// A reminder that would go out before the term begins never goes out.
    pub(super) fn reminded_in_time(&mut self, before: Length, term: &Term, span: Span) {
        let Some(length) = running(term) else { return };
        let same = before.unit == length.unit && before.amount >= length.amount;
        if same || surely_longer(before, length) {
            let message =
                say!("this is never sent: {before} before the end of a term of {length}", before, length);
            self.contradiction(Rule::BadNumber, span, message, say!("remind later, or make the term longer"));
        }
    }

    /// The reminders before each term of a referral.
    pub(super) fn referral_makes_sense(&mut self, referral: &Referral, span: Span) {
        let Some((_, before)) = referral.remind else { return };
        for term in [&referral.accept, &referral.contact].into_iter().flatten() {
            self.reminded_in_time(before, term, span);
        }
    }

    /// The last term comes after the preferred one.
    pub(super) fn preferred_first(&mut self, preferred: &Term, last: &Term, span: Span) {
        let (Some(first), Some(second)) = (running(preferred), running(last)) else { return };
        let same_unit = first.unit == second.unit && second.amount <= first.amount;
        if preferred.anchor == last.anchor && (same_unit || least(first) > most_of_term(second)) {
            self.contradiction(
                Rule::BadNumber,
                span,
                say!("the last term is not later than the preferred one"),
                say!("write the shorter term first, as in `within 1 day else within 2 days`"),
            );
        }
    }

    /// What is announced or prepared so long before cannot be made within a shorter term.
    pub(super) fn visit_in_time(&mut self, id: ObligationId, term: &Term, span: Span) {
        let Spec::Visit(visit) = &self.protocol.obligations.row(id).spec else { return };
        let announced = visit.announced.as_ref().map(|(_, lead)| *lead);
        let leads = announced.into_iter().chain(visit.prepared.as_ref().map(|(_, lead)| *lead));
        let Some(length) = running(term) else { return };
        let late: Vec<Length> = leads.filter(|lead| surely_longer(*lead, length)).collect();
        for lead in late {
            let message = say!(
                "the visit may come only {lead} after it was announced or prepared, and must be made within {length}",
                lead,
                length
            );
            self.contradiction(
                Rule::BadNumber,
                span,
                message,
                say!("make the term longer, or announce it later"),
            );
        }
    }

    /// All visits of a series must fit in its time.
    pub(super) fn series_fits(&mut self, series: &Series, span: Span) {
        let Some(spaced) = series.spaced else { return };
        let (count, within) = match series.plan {
            Plan::Number { count, within } => (count, within),
            Plan::Rate { least, per, .. } => (least, per),
        };
        let gaps = count.saturating_sub(1);
        let all = Length::new(spaced.amount.saturating_mul(gaps), spaced.unit);
        if gaps > 0 && surely_longer(all, within) {
            let message = say!(
                "{count} visits that are {spaced} apart take longer than {within}",
                count,
                spaced,
                within
            );
            self.contradiction(
                Rule::BadNumber,
                span,
                message,
                say!("plan fewer visits, or more time for them"),
            );
        }
    }
}
