//! What a pathway looks back on: which happenings, events and fields its terms and conditions can still ask for. What
//! nothing asks for need not be told apart.

use std::collections::BTreeSet;

use voordeur_calendar::{Length, Regime, Unit};
use voordeur_engine::Last;
use voordeur_protocol::guard::Expr;
use voordeur_protocol::model::{Derived, Start};
use voordeur_protocol::{
    Anchor, Cause, EventId, FieldId, Happening, Id as _, ObligationId, Opening, OpeningId, Protocol, Spec,
    Value,
};

use crate::ages::{Ages, ages};
use crate::collect::{Falls, falls_away};
use crate::comes::may_come_again;
use crate::holder::Holders;
use crate::inert::{Inert, Watched};
use crate::recipe::seconds;
use crate::since::{Source, sources};
use crate::sliding::{Window, windows};

/// What a pathway looks back on.
#[derive(Debug)]
pub(crate) struct Looks {
    /// Whether a term counts from the report.
    pub(crate) report: bool,
    /// The happenings that a term counts from.
    anchors: Vec<(ObligationId, Happening)>,
    /// The events that a term counts from.
    events: Vec<EventId>,
    /// The happenings that a condition asks for.
    asked: Vec<(ObligationId, Happening)>,
    /// The sliding sums and counts that conditions ask for.
    pub(crate) windows: Vec<Window>,
    /// Whether the number of visits is asked for.
    pub(crate) numbers: i64,
    /// The longest that a term counts from the report, or from something that happened, in ticks.
    pub(crate) longest: i32,
    /// The longest that is counted in hours, in seconds; 0 where nothing is.
    pub(crate) hours: i32,
    /// The most working days that a term has; 0 where none is counted in those.
    pub(crate) working_days: u32,
    /// Whether a term does not take as long from each day.
    pub(crate) uneven: bool,
    /// Whether something counts a part of a day.
    pub(crate) parts_of_days: bool,
    /// The fields that a term counts from.
    pub(crate) fields: Vec<FieldId>,
    /// What conditions ask how long ago it was.
    pub(crate) since: Vec<Source>,
    /// The ages that are told apart.
    pub(crate) ages: Vec<Ages>,
    /// What rules may open again and again.
    pub(crate) again: BTreeSet<ObligationId>,
    /// For each opening the first one that opens the same in the same way.
    same: Vec<OpeningId>,
    /// What never changes the way of a case.
    pub(crate) inert: Inert,
    /// What of that may keep a case from ending well, where that is looked at.
    pub(crate) holders: Holders,
    /// Referrals of which only what people do is looked at, and no term.
    pub(crate) timeless: Vec<ObligationId>,
}

impl Looks {
    pub(crate) fn of(protocol: &Protocol, watched: &Watched) -> Self {
        let terms = protocol.openings.rows().flat_map(|row| row.term.into_iter().chain(row.preferred));
        let referred = protocol.obligations.rows().filter_map(|row| match &row.spec {
            Spec::Referral(referral) => Some(referral.accept.into_iter().chain(referral.contact)),
            _ => None,
        });
        let of_rules = protocol.rules.rows().filter_map(|rule| match &rule.cause {
            Cause::After(length, anchor) => Some((*anchor, Some(*length))),
            Cause::Birthday { of, .. } => Some((Anchor::Field(*of), None)),
            _ => None,
        });
        let terms = terms.chain(referred.flatten()).map(|term| (term.anchor, term.length));
        let counted: Vec<(Anchor, Option<Length>)> = terms.chain(of_rules).collect();
        let looking_back = counted.iter().filter(|(anchor, _)| *anchor != Anchor::Opening);
        let lengths = || counted.iter().filter_map(|(_, length)| *length).chain(delays(protocol));
        let hours: Vec<i32> = lengths().filter_map(seconds).collect();
        let longest = looking_back.filter_map(|(_, length)| length.map(at_most)).max().unwrap_or(0);
        let anchors: Vec<Anchor> = counted.iter().map(|(anchor, _)| *anchor).collect();
        let happened = anchors.iter().filter_map(|anchor| match anchor {
            Anchor::Happened(obligation, on) => Some((*obligation, *on)),
            _ => None,
        });
        let mut looks = Self {
            report: anchors.contains(&Anchor::Report),
            anchors: happened.collect(),
            events: anchors
                .iter()
                .filter_map(|anchor| if let Anchor::Event(of) = anchor { Some(*of) } else { None })
                .collect(),
            asked: Vec::new(),
            windows: windows(protocol),
            numbers: 0,
            longest,
            parts_of_days: hours.iter().any(|seconds| seconds % (24 * 3600) != 0),
            hours: hours.into_iter().max().unwrap_or(0),
            uneven: lengths().any(is_uneven) || regimes(protocol).any(|regime| regime != Regime::OwnNorm),
            working_days: lengths().filter_map(in_working_days).max().unwrap_or(0),
            fields: anchors
                .iter()
                .filter_map(|anchor| if let Anchor::Field(field) = anchor { Some(*field) } else { None })
                .collect(),
            since: Vec::new(),
            ages: ages(protocol),
            again: may_come_again(protocol),
            same: same_openings(protocol),
            inert: Inert::of(protocol, watched),
            holders: Holders::default(),
            timeless: Vec::new(),
        };
        looks.conditions(protocol);
        looks.looked_back(protocol);
        looks
    }

    /// What conditions ask how long ago it was is kept like what terms count from.
    fn looked_back(&mut self, protocol: &Protocol) {
        self.since = sources(protocol);
        let looked_back = self.windows.iter().map(|one| at_most(one.over)).max();
        self.longest = self.longest.max(looked_back.unwrap_or(0));
        for source in &self.since {
            self.longest = self.longest.max(source.longest());
            match source.start {
                Start::Report => self.report = true,
                Start::From(Anchor::Happened(obligation, on)) => self.anchors.push((obligation, on)),
                Start::From(Anchor::Event(event)) => self.events.push(event),
                Start::Entry | Start::From(_) => {}
            }
        }
    }

    /// Whether a condition asks how long ago the stage was entered.
    pub(crate) fn entry(&self) -> bool {
        self.since.iter().any(|source| source.start == Start::Entry)
    }

    fn conditions(&mut self, protocol: &Protocol) {
        let guards = protocol.rules.rows().map(|rule| &rule.guard);
        for guard in guards.chain(protocol.openings.rows().filter_map(|row| Some(&row.paused.as_ref()?.0))) {
            guard.walk(&mut |part| match part {
                Expr::Happened { obligations, happening, .. } => {
                    self.asked.extend(obligations.iter().map(|obligation| (*obligation, *happening)));
                }
                Expr::Range { field, low, high } => self.counted(protocol, *field, low.iter().chain(high)),
                Expr::In { field, values } => self.counted(protocol, *field, values.iter()),
                _ => {}
            });
        }
    }

    fn counted<'a>(&mut self, protocol: &Protocol, field: FieldId, values: impl Iterator<Item = &'a Value>) {
        let most = values.filter_map(|value| if let Value::Count(n) = value { Some(*n) } else { None }).max();
        let most = most.unwrap_or(0).saturating_add(1);
        if let Some(Derived::Number(_)) = protocol.fields.row(field).derived {
            self.numbers = self.numbers.max(most);
        }
    }

    pub(crate) fn same_opening(&self, opening: OpeningId) -> OpeningId {
        self.same.get(opening.index()).copied().unwrap_or(opening)
    }

    pub(crate) fn is_event(&self, event: EventId) -> bool {
        self.events.contains(&event)
    }

    pub(crate) fn is_anchor(&self, obligation: ObligationId) -> bool {
        self.anchors.iter().any(|(anchor, _)| *anchor == obligation)
    }

    pub(crate) fn matters(&self, last: &Last) -> bool {
        let is_it = |(obligation, on): &(ObligationId, Happening)| {
            *obligation == last.obligation && Some(*on) == last.on
        };
        self.anchors.iter().any(is_it) || self.asked.iter().any(is_it)
    }
}

/// For each opening the first that is as it is: also in whether it may fall away with a case.
fn same_openings(protocol: &Protocol) -> Vec<OpeningId> {
    let plain = |row: &Opening| Opening { line: 0, reminders: Vec::new(), ..row.clone() };
    let all = protocol.openings.iter().map(|(id, row)| (id, plain(row), falls_away(protocol, id)));
    let all: Vec<(OpeningId, Opening, Option<Falls>)> = all.collect();
    let first = |row: &Opening, falls: Option<Falls>| {
        all.iter().find(|(_, own, own_falls)| own == row && *own_falls == falls).map(|(id, ..)| *id)
    };
    all.iter().map(|(id, row, falls)| first(row, *falls).unwrap_or(*id)).collect()
}

/// More ticks than a length ever takes.
fn at_most(length: Length) -> i32 {
    let days = match length.unit {
        Unit::Minutes | Unit::Hours | Unit::Days => 1,
        Unit::WorkingDays => 3,
        Unit::Weeks => 7,
        Unit::TeachingWeeks => 30,
        Unit::Months => 31,
        Unit::Years => 366,
    };
    let amount = i32::try_from(length.amount).unwrap_or(i32::MAX).min(10_000);
    2 * (amount.saturating_mul(days).min(1_000_000) + 12)
}

const fn is_uneven(length: Length) -> bool {
    matches!(length.unit, Unit::WorkingDays | Unit::Months | Unit::Years)
}

/// By which law terms are counted.
fn regimes(protocol: &Protocol) -> impl Iterator<Item = Regime> {
    let referred = protocol.obligations.rows().filter_map(|row| match &row.spec {
        Spec::Referral(referral) => Some(referral.accept.into_iter().chain(referral.contact)),
        _ => None,
    });
    let terms = protocol.openings.rows().flat_map(|row| row.term.into_iter().chain(row.preferred));
    terms.chain(referred.flatten()).map(|term| term.regime)
}

/// What comes so much later: the steps of escalations, what comes back, and contacts.
fn delays(protocol: &Protocol) -> impl Iterator<Item = Length> {
    let steps = protocol.obligations.rows().filter_map(|row| match &row.spec {
        Spec::Escalation(escalation) => Some(escalation.steps.iter().filter_map(|step| step.after)),
        _ => None,
    });
    let rounds = protocol.rules.rows().filter_map(|rule| match rule.cause {
        Cause::Every(length) => Some(length),
        _ => None,
    });
    let planned = protocol.openings.rows().filter_map(|row| row.planned_after);
    steps.flatten().chain(rounds).chain(planned)
}

fn in_working_days(length: Length) -> Option<u32> {
    (length.unit == Unit::WorkingDays).then_some(length.amount)
}
