//! Terms that contradict each other: what can be done in time in no case, a reminder that never goes out, a last term
//! that is not later than the preferred one, a term for accepting that is never over before that for contact.
//!
//! Where a term and what holds it up could meet is seen from their lengths; whether a case makes it is seen in its state
//! space. For what depends on nothing but the day on which a term begins, the calendar is asked for every day.

use std::collections::BTreeSet;

use jiff::civil::date;
use jiff::{Timestamp, ToSpan as _};
use voordeur_calendar::{Length, Unit};
use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_engine::Entry;
use voordeur_messages::say;
use voordeur_protocol::model::{Plan, Series, Visit};
use voordeur_protocol::{Anchor, Happening, ObligationId, Opening, OpeningId, Protocol, Spec, Term};

use super::{Found, after};
use crate::collect::{Collected, is_done};
use crate::explore::{Budget, Search};
use crate::inert::Watched;
use crate::replay::{Effort, Moment, replay_where, way_with};

/// What could contradict the term of an opening.
#[derive(Debug, Clone)]
pub(super) struct Doubt {
    opening: OpeningId,
    about: About,
}

#[derive(Debug, Clone, Copy)]
enum About {
    /// The visit may be made only so long after it was announced or prepared.
    Lead(Length),
    /// So many visits are so long apart, within so long.
    Spaced(u32, Length, Length),
    /// The term counts from an earlier moment.
    Earlier(Length),
    /// A reminder so long before the end of a term of such a length would have to go out before it begins.
    Reminder(Length, Length),
    /// The last term ends no later than the preferred one.
    Preferred,
    /// The term for accepting a referral never ends before that for contact.
    Accepted(Length, Length),
}

/// Every term that something in its pathway could contradict.
pub(super) fn doubts(protocol: &Protocol) -> Vec<Doubt> {
    let mut all = Vec::new();
    for (opening, row) in protocol.openings.iter() {
        let spec = &protocol.obligations.row(row.obligation).spec;
        let about = about(row, spec).chain(reminders(protocol, row, spec)).chain(preferred(protocol, row));
        let about = about.chain(accepted(protocol, spec));
        all.extend(about.map(|about| Doubt { opening, about }));
    }
    all
}

/// What a search has to look at for them.
pub(super) fn watched(protocol: &Protocol, doubts: &[Doubt]) -> BTreeSet<ObligationId> {
    doubts.iter().map(|doubt| protocol.openings.row(doubt.opening).obligation).collect()
}

fn about<'p>(row: &'p Opening, spec: &'p Spec) -> impl Iterator<Item = About> + 'p {
    let counted = row.term.filter(|term| term.back.is_none());
    let earlier = counted.filter(|term| !matches!(term.anchor, Anchor::Opening | Anchor::Field(_)));
    let earlier = earlier.and_then(|term| term.length).map(About::Earlier);
    let own = counted.filter(|term| term.anchor == Anchor::Opening).and_then(|term| running(&term));
    let visit = if let Spec::Visit(visit) = spec { Some(visit) } else { None };
    let late =
        own.into_iter().flat_map(move |term| visit.into_iter().flat_map(move |visit| lead(visit, term)));
    let series = if let Spec::Series(series) = spec { spaced(series) } else { None };
    earlier.into_iter().chain(late).chain(series)
}

fn lead(visit: &Visit, term: Length) -> impl Iterator<Item = About> {
    let announced = visit.announced.as_ref().map(|(_, lead)| *lead);
    let leads = announced.into_iter().chain(visit.prepared.as_ref().map(|(_, lead)| *lead));
    leads.filter(move |lead| most(*lead) > least(term)).map(About::Lead)
}

fn spaced(series: &Series) -> Option<About> {
    let spaced = series.spaced?;
    let (count, within) = match series.plan {
        Plan::Number { count, within } => (count, within),
        Plan::Rate { least, per, .. } => (least, per),
    };
    let gaps = u64::from(count.saturating_sub(1));
    (most(spaced).saturating_mul(gaps) > least(within)).then_some(About::Spaced(count, spaced, within))
}

/// Reminders that go out on no day on which their term may begin.
fn reminders<'p>(
    protocol: &'p Protocol,
    row: &'p Opening,
    spec: &'p Spec,
) -> impl Iterator<Item = About> + 'p {
    let term = row.preferred.or(row.term);
    let own = row.reminders.iter().filter_map(move |reminder| Some((reminder.before, term?)));
    let referral = if let Spec::Referral(referral) = spec { Some(referral) } else { None };
    let of_referral = referral.into_iter().flat_map(|referral| {
        let terms = [referral.accept, referral.contact].into_iter().flatten();
        terms.filter_map(|term| Some((referral.remind?.1, term)))
    });
    own.chain(of_referral).filter_map(move |(before, term)| {
        let length = running(&term)?;
        let never = most(before) >= least(length) && !is_ever_sent(protocol, before, &term, length);
        never.then_some(About::Reminder(before, length))
    })
}

fn preferred(protocol: &Protocol, row: &Opening) -> Option<About> {
    let (first, last) = (row.preferred.as_ref()?, row.term.as_ref()?);
    let (length, other) = (running(first)?, running(last)?);
    let ends = |term: &Term, length, at| protocol.calendar.deadline(at, length, term.regime).at;
    let later = first.anchor != last.anchor
        || most(length) < least(other)
        || starts(protocol).any(|at| ends(first, length, at) < ends(last, other, at));
    (!later).then_some(About::Preferred)
}

fn accepted(protocol: &Protocol, spec: &Spec) -> Option<About> {
    let Spec::Referral(referral) = spec else { return None };
    let (accept, contact) = (referral.accept?, referral.contact?);
    let (length, other) = (running(&accept)?, running(&contact)?);
    let ends = |term: &Term, length, at| protocol.calendar.deadline(at, length, term.regime).at;
    let sooner = accept.anchor != contact.anchor
        || most(length) < least(other)
        || starts(protocol).any(|at| ends(&accept, length, at) < ends(&contact, other, at));
    (!sooner).then_some(About::Accepted(length, other))
}

/// How long a term runs from its beginning; one from a day in a field, or counted back, may begin at any time before.
fn running(term: &Term) -> Option<Length> {
    let open = matches!(term.anchor, Anchor::Field(_)) || term.back.is_some();
    (!open).then(|| term.length.unwrap_or(Length::new(0, Unit::Days)))
}

fn is_ever_sent(protocol: &Protocol, before: Length, term: &Term, length: Length) -> bool {
    let calendar = &protocol.calendar;
    starts(protocol).any(|at| {
        let end = calendar.deadline(at, length, term.regime).at;
        calendar.reminder_time(calendar.before(end, before).at, end) > at
    })
}

/// The beginning of each day of the years that have their decrees: nothing begins earlier on a day.
fn starts(protocol: &Protocol) -> impl Iterator<Item = Timestamp> {
    let days = (0..6 * 365).filter_map(|n| date(2023, 1, 1).checked_add(n.days()).ok());
    days.map(|day| protocol.calendar.start_of_day(day))
}

impl Found<'_, '_> {
    /// What no case does in time, and what no case is reminded of.
    pub(super) fn contradictions(&mut self, doubts: &[Doubt], seen: &Collected, budget: Budget) {
        for doubt in doubts {
            let opening = self.search.looks.same_opening(doubt.opening);
            let Some(late) = seen.late.get(&opening) else { continue };
            let in_time = match doubt.about {
                About::Reminder(..) | About::Preferred | About::Accepted(..) => Some(false),
                About::Lead(_) | About::Spaced(..) | About::Earlier(_) => {
                    self.is_ever_in_time(opening, seen, budget)
                }
            };
            match in_time {
                Some(true) => {}
                Some(false) => self.tell_history(self.contradiction(doubt), after(self.search, late)),
                None => self.suspect(self.contradiction(doubt)),
            }
        }
    }

    /// Whether some case does it in time. Where no real dates are found for one, it may only seem so because moments
    /// were taken together; then all cases are looked at once more, precisely. `None` when that was too much.
    fn is_ever_in_time(&self, opening: OpeningId, seen: &Collected, budget: Budget) -> Option<bool> {
        let Some((from, edge)) = seen.in_time.get(&opening) else { return Some(false) };
        let way = way_with(self.search, *from, edge);
        if replay_where(
            self.search,
            &way,
            &|moments| ends_in_time(self.protocol, moments, opening),
            Effort::Full,
        )
        .is_some()
        {
            return Some(true);
        }
        let plain: &Protocol = self.protocol;
        let watched =
            Watched { obligations: [plain.openings.row(opening).obligation].into(), ..Watched::default() };
        let mut search = Search::new(plain, budget, &watched).precisely();
        let mut again = Collected::default();
        search.run(&mut (plain, &mut again));
        search.incomplete.is_none().then(|| again.in_time.contains_key(&opening))
    }

    fn contradiction(&self, doubt: &Doubt) -> Diagnostic {
        let protocol = self.protocol;
        let row = protocol.openings.row(doubt.opening);
        let name = &protocol.obligations.row(row.obligation).name;
        let (message, help) = match doubt.about {
            About::Lead(lead) => (
                say!(
                    "`{name}` can be made in time in no case: it may come only {lead} after it was announced or prepared",
                    name,
                    lead
                ),
                say!("make the term longer, or announce it later"),
            ),
            About::Spaced(count, spaced, within) => (
                say!(
                    "{count} visits that are {spaced} apart fit in {within} in no case",
                    count,
                    spaced,
                    within
                ),
                say!("plan fewer visits, or more time for them"),
            ),
            About::Earlier(term) => (
                say!(
                    "`{name}` can be done in time in no case: when it is opened its term of {term} is over",
                    name,
                    term
                ),
                say!("count the term from the moment at which it is opened, or make it longer"),
            ),
            About::Reminder(before, term) => (
                say!(
                    "the reminder {before} before `{name}` is due is never sent: its term is {term}",
                    before,
                    name,
                    term
                ),
                say!("remind later, or give it a longer term"),
            ),
            About::Preferred => (
                say!("the last term is not later than the preferred one"),
                say!("write the shorter term first, as in `within 1 day else within 2 days`"),
            ),
            About::Accepted(accept, contact) => (
                say!(
                    "nobody is ever late in accepting `{name}`: contact is due within {contact}, and that is over before {accept}",
                    name,
                    contact,
                    accept
                ),
                say!("make the term for accepting shorter than that for contact, or take it out"),
            ),
        };
        let span = *protocol.spans().openings.row(doubt.opening);
        Diagnostic::error(Finding::ContradictoryTerms, span, message).help(help)
    }
}

/// Whether the last thing in a history is that something is done, or that a period ends with enough visits.
fn ends_in_time(protocol: &Protocol, moments: &[Moment], opening: OpeningId) -> bool {
    let obligation = |opening: OpeningId| protocol.openings.row(opening).obligation;
    let entries = moments.last().map_or(&[][..], |moment| &moment.entries);
    let mut own = entries.iter().filter_map(|entry| match entry {
        Entry::Moved { opening: of, on, .. } if obligation(*of) == obligation(opening) => Some(*on),
        _ => None,
    });
    let over = entries.iter().any(|entry| matches!(entry, Entry::PeriodOver { .. }));
    let number = matches!(&protocol.obligations.row(obligation(opening)).spec,
        Spec::Series(series) if matches!(series.plan, Plan::Number { .. }));
    if number {
        own.any(|on| on == Happening::AllDone)
    } else if over {
        !own.any(|on| on == Happening::Missed)
    } else {
        own.any(is_done)
    }
}

/// The fewest hours that a length can take.
fn least(length: Length) -> u64 {
    hours(length, [28, 365])
}

/// The most hours, to the end of its last day; free days make some units longer, so those have room to spare.
fn most(length: Length) -> u64 {
    let room = if matches!(length.unit, Unit::WorkingDays | Unit::TeachingWeeks) { 4 } else { 1 };
    let end = if length.unit.is_elapsed() { 1 } else { 24 };
    hours(length, [31, 366]).saturating_mul(room).saturating_add(end)
}

fn hours(length: Length, [month, year]: [u64; 2]) -> u64 {
    let days: u64 = match length.unit {
        Unit::Minutes => return u64::from(length.amount) / 60,
        Unit::Hours => return u64::from(length.amount),
        Unit::Days | Unit::WorkingDays => 1,
        Unit::Weeks | Unit::TeachingWeeks => 7,
        Unit::Months => month,
        Unit::Years => year,
    };
    u64::from(length.amount).saturating_mul(24 * days)
}
