//! A step as a statement sees it, and what its condition reads in it.

use jiff::civil::Date;
use voordeur_engine::{Case, Entry};
use voordeur_protocol::guard::{Expr, Facts};
use voordeur_protocol::model::Derived;
use voordeur_protocol::{
    Effect, EndId, EventId, FieldId, Happening, ObligationId, OpeningId, Protocol, Value,
};

use super::model::{Deed, Ending};

/// A step: the case before and after it, and what the journal says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight<'a> {
    pub(super) protocol: &'a Protocol,
    pub(super) before: &'a Case,
    pub(super) after: &'a Case,
    pub(super) entries: &'a [Entry],
    /// The day on which it happens.
    pub(super) today: Date,
}

impl Sight<'_> {
    pub(super) fn obligation(&self, opening: OpeningId) -> ObligationId {
        self.protocol.openings.row(opening).obligation
    }

    /// Whether an entry is one of these deeds.
    pub(super) fn is_one(&self, entry: &Entry, deeds: &[Deed]) -> bool {
        deeds.iter().any(|deed| match (deed, entry) {
            (Deed::Happened(of, on), Entry::Moved { opening, on: own, .. }) => {
                on == own && self.obligation(*opening) == *of
            }
            (Deed::Opened(of), _) => self.opens(entry, *of),
            (Deed::Event(of), Entry::Occurred { event, .. }) => of == event,
            _ => false,
        })
    }

    /// Whether an entry opens an obligation. What is only offered is opened when it is begun.
    fn opens(&self, entry: &Entry, of: ObligationId) -> bool {
        let (opening, opens) = match entry {
            Entry::Opened { opening, state, .. } => {
                let lifecycle = self.protocol.obligations.row(of).kind.lifecycle();
                (opening, self.obligation(*opening) == of && lifecycle.state(*state).name != "offered")
            }
            Entry::Moved { serial, opening, on: Happening::Begun, .. } => {
                (opening, self.was_offered(*serial))
            }
            _ => return false,
        };
        opens && self.obligation(*opening) == of
    }

    /// Whether an obligation begins anew, opened or only offered.
    pub(super) fn begins(&self, entry: &Entry, of: ObligationId) -> bool {
        matches!(entry, Entry::Opened { opening, .. } if self.obligation(*opening) == of)
    }

    /// Whether an entry is an attempt that does not count.
    pub(super) fn is_in_vain(&self, entry: &Entry) -> bool {
        let Entry::Moved { serial: of, on: Happening::NotHome, .. } = entry else { return false };
        self.entries
            .iter()
            .any(|other| matches!(other, Entry::AttemptNotCounted { serial, .. } if serial == of))
    }

    /// Whether an entry closes an obligation, otherwise than by what ends its stage or its case.
    pub(super) fn closes(&self, entry: &Entry, of: ObligationId) -> bool {
        let Entry::Moved { opening, on, to, .. } = entry else { return false };
        let lifecycle = self.protocol.obligations.row(of).kind.lifecycle();
        self.obligation(*opening) == of && *on != Happening::Cancelled && lifecycle.state(*to).closed
    }

    /// Whether a case that ends so is meant.
    pub(super) fn is_meant(&self, ending: Ending, end: EndId) -> bool {
        ending.means(self.protocol, end)
    }

    /// Whether an obligation is open when a case ends, and falls away with it: not with a stage that was left before.
    pub(super) fn falls_away(&self, of: ObligationId) -> bool {
        let applied = self.entries.iter().rposition(|entry| matches!(entry, Entry::RuleFired { .. }));
        self.entries.iter().skip(applied.unwrap_or(0)).any(|entry| {
            matches!(entry, Entry::Moved { opening, on: Happening::Cancelled, serial, .. }
                if self.obligation(*opening) == of && !self.was_offered(*serial))
        })
    }

    fn was_offered(&self, serial: voordeur_engine::Serial) -> bool {
        self.before.instance(serial).is_some_and(|one| one.is_offered(self.protocol))
    }

    /// How many of these obligations are open after the step. What is only offered is not.
    pub(super) fn open(&self, obligations: &[ObligationId]) -> usize {
        let meant = |one: &&voordeur_engine::Instance| {
            obligations.contains(&one.opening(self.protocol).obligation) && !one.is_offered(self.protocol)
        };
        self.after.open.iter().filter(meant).count()
    }

    /// Whether a condition holds after the step. What has not been recorded makes no condition true.
    pub(super) fn holds(&self, when: &Expr) -> bool {
        *when == Expr::True || when.holds(&Read::of(self)).unwrap_or(false)
    }
}

/// What a condition reads: the case before the step with what the step adds. A case that has ended is told of by
/// its last step alone.
struct Read<'a> {
    sight: &'a Sight<'a>,
    recorded: Vec<(FieldId, &'a Value)>,
    derived: Vec<(FieldId, Value)>,
}

impl<'a> Read<'a> {
    fn of(sight: &'a Sight<'a>) -> Self {
        let recorded = sight.entries.iter().filter_map(|entry| match entry {
            Entry::Recorded { field, value } => Some((*field, value)),
            _ => None,
        });
        let mut read = Self { sight, recorded: recorded.collect(), derived: Vec::new() };
        let fields = sight.protocol.fields.iter();
        let derived = fields.filter_map(|(id, row)| Some((id, read.follows(row.derived?)?)));
        read.derived = derived.collect();
        read
    }

    fn follows(&self, how: Derived) -> Option<Value> {
        match how {
            Derived::Consent => Some(Value::YesNo(self.consents())),
            Derived::Age(of) => match self.value(of)? {
                Value::Date(born) => {
                    let years = self.sight.protocol.calendar.years_between(*born, self.sight.today);
                    Some(Value::Count(years.max(0)))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn consents(&self) -> bool {
        let told = self.sight.entries.iter().rev().find_map(|entry| match entry {
            Entry::Occurred { event: EventId::CONSENT_GIVEN, .. } => Some(true),
            Entry::Occurred { event: EventId::CONSENT_WITHDRAWN, .. } => Some(false),
            Entry::RuleFired { rule } => {
                self.sight.protocol.rules.get(*rule)?.effects.iter().rev().find_map(|effect| match effect {
                    Effect::Consent(given) => Some(*given),
                    _ => None,
                })
            }
            _ => None,
        });
        told.unwrap_or(self.sight.before.consent)
    }
}

impl Facts for Read<'_> {
    fn value(&self, field: FieldId) -> Option<&Value> {
        let recorded = self.recorded.iter().rev().find(|(id, _)| *id == field).map(|(_, value)| *value);
        let derived = || self.derived.iter().find(|(id, _)| *id == field).map(|(_, value)| value);
        recorded.or_else(|| self.sight.before.value(field)).or_else(derived)
    }

    fn happened(&self, obligation: ObligationId, happening: Happening) -> bool {
        let now = self.sight.entries.iter().rev().find_map(|entry| match entry {
            Entry::Moved { opening, on, .. }
                if self.sight.obligation(*opening) == obligation && *on != Happening::Cancelled =>
            {
                Some(*on)
            }
            _ => None,
        });
        match now {
            Some(on) => on == happening,
            None => self.sight.before.happened(obligation, happening),
        }
    }
}
