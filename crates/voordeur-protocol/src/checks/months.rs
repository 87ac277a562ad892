//! Months whose rounding decides what comes first: a month from the 31st of January ends on the 28th of February, or on
//! the 1st of March when it is rounded up, and another term that began with it ends in between.

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan as _};
use voordeur_calendar::{Calendar, Length, Regime, Unit};
use voordeur_diagnostics::{Diagnostic, Rule as Finding, Span};
use voordeur_messages::say;

use super::Context;
use crate::model::{Anchor, Cause, Scope, Term};
use crate::table::StageId;

/// A clock that begins with others.
#[derive(Clone, Copy)]
struct Clock {
    begins: Begins,
    length: Length,
    /// The rules of law that move the end of a term; `None` is a delay.
    regime: Option<Regime>,
    span: Span,
}

/// With what a clock begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begins {
    /// With the stage.
    Stage(StageId),
    /// With something that terms in any stage count from.
    With(Anchor),
}

impl Context<'_> {
    pub(super) fn months(&mut self) {
        let clocks = self.clocks();
        for month in clocks.iter().filter(|clock| is_rounded(clock.length)) {
            let others = clocks.iter().filter(|other| other.begins == month.begins && is_exact(other.length));
            let calendar = &self.protocol.calendar;
            let found = others.filter_map(|other| Some((other, matters_on(calendar, *month, *other)?)));
            for (other, day) in found.collect::<Vec<_>>() {
                self.rounding(month, other, day);
            }
        }
    }

    fn rounding(&mut self, month: &Clock, other: &Clock, day: Date) {
        let (length, beside) = (month.length, other.length);
        let message = say!(
            "whether {length} or {beside} ends first depends on how the month is rounded: for instance from {day}",
            length,
            beside,
            day
        );
        let problem = Diagnostic::new(Finding::MonthRounding, month.span, message)
            .label(other.span, say!("this begins at the same moment"))
            .help(say!("count both in the same unit, or write `rounded up`"));
        self.problems.push(problem);
    }

    /// What begins with a stage, and what counts from the same moment in any stage.
    fn clocks(&self) -> Vec<Clock> {
        let protocol = self.protocol;
        let mut all = Vec::new();
        for (id, stage) in protocol.stages.iter() {
            for opening in &stage.opens {
                let (row, span) = (protocol.openings.row(*opening), *self.spans.openings.row(*opening));
                let terms = row.term.iter().chain(&row.preferred).filter(|term| term.back.is_none());
                all.extend(terms.filter_map(|term| of_term(id, term, span)));
            }
        }
        for (id, rule) in protocol.rules.iter() {
            let (Cause::After(length, anchor), span) = (&rule.cause, *self.spans.rules.row(id)) else {
                continue;
            };
            let begins = match (anchor, rule.scope) {
                (Anchor::Opening, Scope::Stage(stage)) => Begins::Stage(stage),
                (anchor, _) => Begins::With(*anchor),
            };
            all.push(Clock { begins, length: *length, regime: None, span });
        }
        all
    }
}

fn of_term(stage: StageId, term: &Term, span: Span) -> Option<Clock> {
    let begins =
        if term.anchor == Anchor::Opening { Begins::Stage(stage) } else { Begins::With(term.anchor) };
    Some(Clock { begins, length: term.length?, regime: Some(term.regime), span })
}

const fn is_rounded(length: Length) -> bool {
    matches!(length.unit, Unit::Months | Unit::Years) && !length.rounded_up
}

const fn is_exact(length: Length) -> bool {
    !matches!(length.unit, Unit::Months | Unit::Years)
}

/// A day from which the month comes before the other clock when it is rounded one way, and not when the other way.
fn matters_on(calendar: &Calendar, month: Clock, other: Clock) -> Option<Date> {
    let up = Clock { length: Length { rounded_up: true, ..month.length }, ..month };
    let days = (0..4 * 365 + 1).filter_map(|n| date(2025, 1, 1).checked_add(n.days()).ok());
    days.filter(|day| day.day() > 28).find(|day| {
        let Ok(at) = calendar.resolve(day.at(10, 0, 0, 0)) else { return false };
        let beside = end_of(calendar, other, at);
        end_of(calendar, month, at).cmp(&beside) != end_of(calendar, up, at).cmp(&beside)
    })
}

fn end_of(calendar: &Calendar, clock: Clock, from: Timestamp) -> Timestamp {
    match clock.regime {
        Some(regime) => calendar.deadline(from, clock.length, regime).at,
        None => calendar.delay(from, clock.length).at,
    }
}
