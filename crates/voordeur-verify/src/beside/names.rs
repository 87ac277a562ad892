//! What of the new version is what of the old one: by name, followed through `was`.

use std::collections::BTreeMap;

use voordeur_engine::{ActionAnswer, Case, Data, Event};
use voordeur_protocol::guard::Expr;
use voordeur_protocol::model::{Derived, Deviation, PartyKind, Start};
use voordeur_protocol::{
    Anchor, EventId, FieldId, FieldType, Happening, Id, ObligationId, Occurrence, PartyId, Protocol, StageId,
    Table, Term, TriggerId, Value,
};

use super::calendars::OtherDays;

/// Numbers of what only the new version has start here.
pub(crate) const ONLY_NEW: u32 = 1 << 16;

/// The numbers of the new version as those of the old one, and the other way round.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    pub(crate) obligations: Both,
    pub(crate) events: Both,
    pub(crate) triggers: Both,
    pub(crate) fields: Both,
    pub(crate) parties: Both,
    pub(crate) ends: Both,
    pub(crate) stages: Both,
    /// Whether a day is a working day, a holiday or a day without school in both or in neither.
    pub(crate) same_calendar: bool,
    /// The days that are one of these in one version only.
    pub(crate) days: OtherDays,
    /// What is not looked at in each stage, by number.
    pub(crate) hidden: [Vec<u32>; 2],
}

/// For each number of one version that of the other.
#[derive(Debug, Default, Clone)]
pub(crate) struct Both {
    old: Vec<Option<u16>>,
    new: Vec<Option<u16>>,
}

impl Both {
    fn of<I: Id, T, K: Ord>(
        old: &Table<I, T>,
        new: &Table<I, T>,
        then: impl Fn(&T) -> K,
        now: impl Fn(&T) -> K,
    ) -> Self {
        let number = |index: usize| u16::try_from(index).ok();
        let known: BTreeMap<K, usize> = old.iter().map(|(id, row)| (then(row), id.index())).collect();
        let mut both = Self { old: vec![None; old.len()], new: vec![None; new.len()] };
        for (id, row) in new.iter() {
            let Some(at) = known.get(&now(row)).copied() else { continue };
            if let (Some(there), Some(here)) = (both.old.get_mut(at), both.new.get_mut(id.index())) {
                *there = number(id.index());
                *here = number(at);
            }
        }
        both
    }

    /// What it is in the old version.
    pub(crate) fn then(&self, new: u16) -> Option<u16> {
        self.new.get(usize::from(new)).copied().flatten()
    }

    /// What it is in the new version.
    pub(crate) fn now(&self, old: u16) -> Option<u16> {
        self.old.get(usize::from(old)).copied().flatten()
    }

    /// Whether both versions have the same numbers for the same.
    fn is_identity(&self) -> bool {
        let is_same = |one: &Vec<Option<u16>>| (0..).zip(one).all(|(number, there)| *there == Some(number));
        is_same(&self.old) && is_same(&self.new)
    }

    /// Whether it is the same the other way round.
    fn is_mirrored_by(&self, other: &Self) -> bool {
        self.old == other.new && self.new == other.old
    }

    /// One number for both: that of the old version where it has one.
    pub(crate) fn one(&self, new: u16) -> u32 {
        self.then(new).map_or(ONLY_NEW + u32::from(new), u32::from)
    }
}

impl Names {
    pub(crate) fn of(old: &Protocol, new: &Protocol) -> Self {
        let was: BTreeMap<&str, &str> =
            new.renames.iter().map(|(now, then)| (now.as_str(), then.as_str())).collect();
        let then =
            |name: &String| was.get(name.as_str()).map_or_else(|| name.clone(), |then| (*then).to_owned());
        let party = |kind: PartyKind, name: String| match kind {
            PartyKind::Client => "\0client".to_owned(),
            PartyKind::Anyone => "\0anyone".to_owned(),
            _ => name,
        };
        // The events of the language have the same numbers in every pathway.
        let spoken = |protocol: &Protocol| {
            let all = protocol.events.iter().filter(|(_, row)| row.line == 0);
            all.map(|(id, row)| (row.name.clone(), id.index())).collect::<BTreeMap<_, _>>()
        };
        let (old_spoken, new_spoken) = (spoken(old), spoken(new));
        let event = |spoken: &BTreeMap<String, usize>, name: String| match spoken.get(&name) {
            Some(at) => format!("\0{at}"),
            None => name,
        };
        let days = OtherDays::of(&old.calendar, &new.calendar);
        Self {
            obligations: Both::of(
                &old.obligations,
                &new.obligations,
                |row| (row.kind as u8, row.name.clone()),
                |row| (row.kind as u8, then(&row.name)),
            ),
            events: Both::of(
                &old.events,
                &new.events,
                |row| event(&old_spoken, row.name.clone()),
                |row| event(&new_spoken, then(&row.name)),
            ),
            triggers: Both::of(&old.triggers, &new.triggers, |row| row.name.clone(), |row| then(&row.name)),
            fields: Both::of(
                &old.fields,
                &new.fields,
                |row| field_key(old, row, &|name| name.clone()),
                |row| field_key(new, row, &then),
            ),
            parties: Both::of(
                &old.parties,
                &new.parties,
                |row| party(row.kind, row.name.clone()),
                |row| party(row.kind, then(&row.name)),
            ),
            ends: Both::of(&old.ends, &new.ends, |row| row.name.clone(), |row| then(&row.name)),
            stages: Both::of(&old.stages, &new.stages, |row| row.name.clone(), |row| then(&row.name)),
            same_calendar: days.is_empty(),
            days,
            hidden: <[Vec<u32>; 2]>::default(),
        }
    }

    /// Whether both versions have the same numbers for the same: a row of one of them says the same in the other one.
    pub(super) fn are_identical(&self) -> bool {
        let all = [
            &self.obligations,
            &self.events,
            &self.triggers,
            &self.fields,
            &self.parties,
            &self.ends,
            &self.stages,
        ];
        all.into_iter().all(Both::is_identity)
    }

    /// Whether what is the same in both is so as well with the versions the other way round.
    pub(super) fn is_mirrored_by(&self, other: &Self) -> bool {
        let all = [
            (&self.obligations, &other.obligations),
            (&self.events, &other.events),
            (&self.triggers, &other.triggers),
            (&self.fields, &other.fields),
            (&self.parties, &other.parties),
            (&self.ends, &other.ends),
            (&self.stages, &other.stages),
        ];
        all.into_iter().all(|(own, its)| own.is_mirrored_by(its))
    }

    pub(crate) fn field_in_old(&self, new: FieldId) -> Option<FieldId> {
        self.fields.then(new.0).map(FieldId)
    }

    pub(crate) fn field_in_new(&self, old: FieldId) -> Option<FieldId> {
        self.fields.now(old.0).map(FieldId)
    }

    /// What happens to an obligation of the new version, as the old one numbers it: outcomes go by their names.
    pub(crate) fn happening(&self, old: &Protocol, new: &Protocol, of: ObligationId, on: Happening) -> u32 {
        let Happening::Named(index) = on else { return u32::from(on.code()) };
        let word = new.obligations.row(of).named.get(usize::from(index));
        let there = self.obligations.then(of.0).map(ObligationId);
        let same = there.zip(word).and_then(|(there, word)| old.obligations.row(there).happening(word));
        same.map_or(ONLY_NEW + u32::from(on.code()), |same| u32::from(same.code()))
    }

    /// A condition of the new version, in the numbers of the old one; `None` where it reads something that the old
    /// one does not have.
    pub(crate) fn condition(&self, guard: &Expr, types: (&Protocol, &Protocol)) -> Option<Expr> {
        let all =
            |parts: &[Expr]| parts.iter().map(|part| self.condition(part, types)).collect::<Option<Vec<_>>>();
        let value = |field: FieldId, value: &Value| self.value_in_old(types, field, value);
        Some(match guard {
            Expr::True => Expr::True,
            Expr::And(parts) => Expr::And(all(parts)?),
            Expr::Or(parts) => Expr::Or(all(parts)?),
            Expr::Not(part) => Expr::Not(Box::new(self.condition(part, types)?)),
            Expr::Known(field) => Expr::Known(self.field_in_old(*field)?),
            Expr::Range { field, low, high } => Expr::Range {
                field: self.field_in_old(*field)?,
                low: match low {
                    Some(low) => Some(value(*field, low)?),
                    None => None,
                },
                high: match high {
                    Some(high) => Some(value(*field, high)?),
                    None => None,
                },
            },
            Expr::In { field, values } => Expr::In {
                field: self.field_in_old(*field)?,
                values: values.iter().map(|one| value(*field, one)).collect::<Option<_>>()?,
            },
            Expr::AtLeast { at_least, parts } => Expr::AtLeast { at_least: *at_least, parts: all(parts)? },
            Expr::Happened { at_least, obligations, happening } => {
                let (old, new) = types;
                let own = obligations.iter().map(|of| self.obligations.then(of.0).map(ObligationId));
                let own: Vec<ObligationId> = own.collect::<Option<_>>()?;
                let first = *obligations.first()?;
                let code = self.happening(old, new, first, *happening);
                let happening = match (happening, own.first()) {
                    (Happening::Named(_), Some(of)) => {
                        let named = (0..=u8::MAX).map(Happening::Named);
                        named
                            .take(old.obligations.row(*of).named.len())
                            .find(|on| u32::from(on.code()) == code)?
                    }
                    (other, _) => *other,
                };
                Expr::Happened { at_least: *at_least, obligations: own, happening }
            }
        })
    }

    /// A value of a field of the new version as the old one writes it: one of several goes by its word.
    pub(crate) fn value_in_old(
        &self,
        (old, new): (&Protocol, &Protocol),
        field: FieldId,
        value: &Value,
    ) -> Option<Value> {
        let there = self.field_in_old(field)?;
        translated(&new.fields.row(field).ty, &old.fields.row(there).ty, value)
    }

    pub(crate) fn anchor(&self, types: (&Protocol, &Protocol), anchor: Anchor) -> Option<Anchor> {
        let (old, new) = types;
        Some(match anchor {
            Anchor::Opening => Anchor::Opening,
            Anchor::Report => Anchor::Report,
            Anchor::Event(of) => Anchor::Event(EventId(self.events.then(of.0)?)),
            Anchor::Field(of) => Anchor::Field(self.field_in_old(of)?),
            Anchor::Happened(of, on) => {
                let code = self.happening(old, new, of, on);
                let there = ObligationId(self.obligations.then(of.0)?);
                let lifecycle = Happening::all().chain((0..=u8::MAX).map(Happening::Named));
                Anchor::Happened(there, lifecycle.into_iter().find(|own| u32::from(own.code()) == code)?)
            }
        })
    }

    /// Whether two terms, of the old and the new version, end at the same moment when they begin at the same one.
    pub(crate) fn same_term(
        &self,
        types: (&Protocol, &Protocol),
        old: Option<Term>,
        new: Option<Term>,
    ) -> bool {
        match (old, new) {
            (None, None) => true,
            (Some(old), Some(new)) => {
                self.days.count_alike(&old)
                    && self.anchor(types, new.anchor) == Some(old.anchor)
                    && (old.length, old.regime, old.back) == (new.length, new.regime, new.back)
            }
            _ => false,
        }
    }

    pub(crate) fn deviation(&self, what: Deviation) -> Option<Deviation> {
        let obligation = |of: ObligationId| self.obligations.now(of.0).map(ObligationId);
        Some(match what {
            Deviation::Skip(of) => Deviation::Skip(obligation(of)?),
            Deviation::Repeat(of) => Deviation::Repeat(obligation(of)?),
            Deviation::MoveTo(to) => Deviation::MoveTo(StageId(self.stages.now(to.0)?)),
        })
    }

    pub(crate) fn party_in_new(&self, old: PartyId) -> Option<PartyId> {
        self.parties.now(old.0).map(PartyId)
    }

    pub(crate) fn trigger_in_new(&self, old: TriggerId) -> Option<TriggerId> {
        self.triggers.now(old.0).map(TriggerId)
    }
}

/// A value of one type in another.
pub(crate) fn translated(from: &FieldType, to: &FieldType, value: &Value) -> Option<Value> {
    match (from, to, value) {
        (FieldType::OneOf(words), FieldType::OneOf(others), Value::Choice(index)) => {
            let word = words.get(usize::from(*index))?;
            let at = others.iter().position(|other| other == word)?;
            Some(Value::Choice(u16::try_from(at).ok()?))
        }
        (FieldType::Count { .. }, FieldType::Count { low, high }, Value::Count(n)) => {
            (low <= n && n <= high).then(|| value.clone())
        }
        _ => (std::mem::discriminant(from) == std::mem::discriminant(to)).then(|| value.clone()),
    }
}

/// A field goes by its name, one that follows from something else by what it follows from.
fn field_key(
    protocol: &Protocol,
    row: &voordeur_protocol::model::Field,
    then: &impl Fn(&String) -> String,
) -> String {
    let field = |id: FieldId| then(&protocol.fields.row(id).name);
    let obligation = |id: ObligationId| then(&protocol.obligations.row(id).name);
    let occurrence = |of: Occurrence| match of {
        Occurrence::Event(event) => match protocol.events.row(event) {
            row if row.line == 0 => format!("\0{}", event.index()),
            row => then(&row.name),
        },
        Occurrence::Obligation(of, on) => format!("{} {on:?}", obligation(of)),
    };
    match row.derived {
        None => then(&row.name),
        Some(Derived::Age(of)) => format!("\0age {}", field(of)),
        Some(Derived::Consent) => "\0consent".to_owned(),
        Some(Derived::Day(fact)) => format!("\0day {fact:?}"),
        Some(Derived::Since(start, unit)) => {
            let start = match start {
                Start::Report | Start::From(Anchor::Report) => "report".to_owned(),
                Start::Entry => "entry".to_owned(),
                Start::From(Anchor::Happened(of, on)) => occurrence(Occurrence::Obligation(of, on)),
                Start::From(Anchor::Event(of)) => occurrence(Occurrence::Event(of)),
                Start::From(Anchor::Field(of)) => field(of),
                Start::From(Anchor::Opening) => "opening".to_owned(),
            };
            format!("\0since {start} {unit:?}")
        }
        Some(Derived::Number(of)) => format!("\0number {}", obligation(of)),
        Some(Derived::State(of, state)) => format!("\0state {} {state:?}", obligation(of)),
        Some(Derived::Sum { of, over }) => format!("\0sum {} {over:?}", field(of)),
        Some(Derived::Tally { of, over }) => format!("\0tally {} {over:?}", occurrence(of)),
    }
}

/// The same thing reported in the new version; `None` where it does not know it. Numbers within a case are looked up
/// in that of the new version.
pub(crate) fn event_in_new(
    names: &Names,
    (old, new): (&Protocol, &Protocol),
    (before, after): (&Case, &Case),
    event: &Event,
    data: Data,
) -> Option<Event> {
    let instance = |serial| {
        let own = before.instance(serial)?.opening(old).obligation;
        let there = ObligationId(names.obligations.now(own.0)?);
        let all = after.open.iter().find(|one| one.opening(new).obligation == there)?;
        Some((own, there, all.serial))
    };
    let named = |own: ObligationId, there: ObligationId, index: u8| {
        let word = old.obligations.row(own).named.get(usize::from(index))?;
        let place = new.obligations.row(there).named.iter().position(|name| name == word)?;
        u8::try_from(place).ok()
    };
    Some(match event {
        Event::Reported { trigger, .. } => {
            Event::Reported { trigger: names.trigger_in_new(*trigger)?, data, by: None }
        }
        Event::Occurred { what: Occurrence::Event(of), .. } => {
            let what = Occurrence::Event(EventId(names.events.now(of.0)?));
            Event::Occurred { what, data, by: None }
        }
        Event::Occurred { what: Occurrence::Obligation(of, on), .. } => {
            let there = ObligationId(names.obligations.now(of.0)?);
            let on = match on {
                Happening::Named(index) => Happening::Named(named(*of, there, *index)?),
                other => *other,
            };
            Event::Occurred { what: Occurrence::Obligation(there, on), data, by: None }
        }
        Event::ActionAnswered { serial, answer } => {
            let (.., serial) = instance(*serial)?;
            let answer = match answer {
                ActionAnswer::Returned(_) => ActionAnswer::Returned(data),
                other => other.clone(),
            };
            Event::ActionAnswered { serial, answer }
        }
        Event::ChildEnded { serial, outcome } => {
            let (own, there, serial) = instance(*serial)?;
            Event::ChildEnded { serial, outcome: named(own, there, *outcome)? }
        }
        Event::Deviated { what, because, by } => Event::Deviated {
            what: names.deviation(*what)?,
            because: because.clone(),
            by: by.and_then(|by| names.party_in_new(by)),
        },
        // What the runtime does by itself is reported by nobody.
        _ => return None,
    })
}
