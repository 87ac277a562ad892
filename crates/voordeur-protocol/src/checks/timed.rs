//! Rules on time that lead on at the same moment: only one of them can.

use voordeur_calendar::{Length, Unit};
use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_messages::say;

use super::{Context, Shows};
use crate::model::Cause;
use crate::table::{ObligationId, RuleId};

impl Context<'_> {
    pub(super) fn timed(&mut self) {
        let protocol = self.protocol;
        let stages = protocol.stages.rows().map(|stage| &stage.timed);
        for rules in stages.chain([&protocol.always_timed]) {
            let moving: Vec<RuleId> =
                rules.iter().copied().filter(|id| protocol.rules.row(*id).target.is_some()).collect();
            for (position, one) in moving.iter().enumerate() {
                let later = moving.iter().skip(position + 1);
                later.for_each(|other| self.same_moment(*one, *other));
            }
        }
    }

    fn same_moment(&mut self, one: RuleId, other: RuleId) {
        let [first, second] = [one, other].map(|id| self.protocol.rules.row(id));
        if !at_once(&first.cause, &second.cause) {
            return;
        }
        let problem = Diagnostic::error(
            Finding::OverlappingGuards,
            *self.spans.rules.row(other),
            say!("two rules lead on at the same moment"),
        );
        let problem = problem.label(*self.spans.rules.row(one), say!("this one applies as well"));
        let problem = problem.help(say!("leave one out, or let one come later"));
        self.suspect(problem, Shows::Both(one, other));
    }

    /// Whether it is made after the case has ended.
    pub(super) fn is_measure(&self, obligation: ObligationId) -> bool {
        let measures = self.protocol.measures.iter();
        measures
            .map(|(opening, _)| self.protocol.openings.row(*opening))
            .any(|row| row.obligation == obligation)
    }
}

/// Whether two causes come at one moment.
fn at_once(one: &Cause, other: &Cause) -> bool {
    match (one, other) {
        (Cause::After(one, from), Cause::After(other, since)) => from == since && same_length(*one, *other),
        (Cause::Birthday { of, ages, every }, Cause::Birthday { of: field, ages: others, every: again }) => {
            of == field && same_birthday((ages, *every), (others, *again))
        }
        _ => false,
    }
}

/// `14 days` are `2 weeks`, and `12 months` are `1 year`.
fn same_length(one: Length, other: Length) -> bool {
    let counted = |length: Length| {
        let (unit, each) = match length.unit {
            Unit::Minutes => (Unit::Minutes, 1),
            Unit::Hours => (Unit::Minutes, 60),
            Unit::Weeks => (Unit::Days, 7),
            Unit::Years => (Unit::Months, 12),
            unit => (unit, 1),
        };
        (unit, u64::from(length.amount) * each)
    };
    counted(one) == counted(other)
}

/// Whether there is an age that both have.
fn same_birthday(one: (&[u32], Option<u32>), other: (&[u32], Option<u32>)) -> bool {
    let has = |(ages, every): (&[u32], Option<u32>), age: u32| {
        let last = ages.last().copied().unwrap_or(0);
        ages.contains(&age) || every.is_some_and(|every| age > last && (age - last).is_multiple_of(every))
    };
    (1..=200).any(|age| has(one, age) && has(other, age))
}
