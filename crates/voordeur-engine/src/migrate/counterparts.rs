//! What each part of the old version is in the new one: by its name, followed through `was`.

use std::collections::BTreeMap;

use smallvec::SmallVec;
use voordeur_calendar::{Length, Unit};
use voordeur_protocol::table::Id;
use voordeur_protocol::{
    Anchor, Cause, EventId, FieldId, FieldType, Happening, Kind, ObligationId, OpeningId, PartyId, Protocol,
    RuleId, Scope, StageId, Table, TriggerId, Value,
};

use super::moments;
use super::school::is_open_alike;

/// What each part of the old version is in the new one; nothing where it is gone.
#[derive(Debug)]
pub(super) struct Counterparts<'a> {
    pub(super) old: &'a Protocol,
    pub(super) new: &'a Protocol,
    parties: Vec<Option<PartyId>>,
    fields: Vec<Option<FieldId>>,
    triggers: Vec<Option<TriggerId>>,
    events: Vec<Option<EventId>>,
    obligations: Vec<Option<ObligationId>>,
    stages: Vec<Option<StageId>>,
    rules: Vec<Option<RuleId>>,
    /// By which stage an opening of the old version is made, and how many of the same obligation it makes before.
    homes: Vec<Option<(StageId, usize)>>,
    /// Whether teaching weeks count the same days in both.
    has_same_school: bool,
}

impl<'a> Counterparts<'a> {
    pub(super) fn of(old: &'a Protocol, new: &'a Protocol) -> Self {
        let renamed: BTreeMap<&str, &str> =
            new.renames.iter().map(|(now, then)| (now.as_str(), then.as_str())).collect();
        let then = |name: &str| renamed.get(name).map_or_else(|| name.to_owned(), |then| (*then).to_owned());
        // The events of the language have the same numbers in every pathway, and names in either spelling.
        let event = |protocol: &Protocol, id: EventId| {
            let row = protocol.events.row(id);
            if row.line == 0 { format!("\0{}", id.index()) } else { row.name.clone() }
        };
        let mut counterparts = Self {
            parties: paired(
                &old.parties,
                &new.parties,
                |id, row| if id.index() < 2 { format!("\0{}", id.index()) } else { row.name.clone() },
                |id, row| if id.index() < 2 { format!("\0{}", id.index()) } else { then(&row.name) },
            ),
            fields: paired(&old.fields, &new.fields, |_, row| row.name.clone(), |_, row| then(&row.name)),
            triggers: paired(
                &old.triggers,
                &new.triggers,
                |_, row| row.name.clone(),
                |_, row| then(&row.name),
            ),
            events: paired(&old.events, &new.events, |id, _| event(old, id), |id, _| then(&event(new, id))),
            obligations: paired(
                &old.obligations,
                &new.obligations,
                |_, row| (row.kind.word(), row.name.clone()),
                |_, row| (row.kind.word(), then(&row.name)),
            ),
            stages: paired(&old.stages, &new.stages, |_, row| row.name.clone(), |_, row| then(&row.name)),
            rules: Vec::new(),
            homes: homes(old),
            has_same_school: is_open_alike(old, new),
            old,
            new,
        };
        counterparts.rules = counterparts.paired_rules();
        counterparts
    }

    /// Whether a length counts the same days in both versions.
    pub(super) fn counts_alike(&self, length: Length) -> bool {
        self.has_same_school || length.unit != Unit::TeachingWeeks
    }

    pub(super) fn party(&self, old: PartyId) -> Option<PartyId> {
        found(&self.parties, old)
    }

    pub(super) fn field(&self, old: FieldId) -> Option<FieldId> {
        found(&self.fields, old)
    }

    pub(super) fn trigger(&self, old: TriggerId) -> Option<TriggerId> {
        found(&self.triggers, old)
    }

    pub(super) fn event(&self, old: EventId) -> Option<EventId> {
        found(&self.events, old)
    }

    pub(super) fn obligation(&self, old: ObligationId) -> Option<ObligationId> {
        found(&self.obligations, old)
    }

    pub(super) fn stage(&self, old: StageId) -> Option<StageId> {
        found(&self.stages, old)
    }

    pub(super) fn rule(&self, old: RuleId) -> Option<RuleId> {
        found(&self.rules, old)
    }

    /// The old field that has become this one.
    pub(super) fn field_before(&self, new: FieldId) -> Option<FieldId> {
        before(&self.fields, new)
    }

    /// The old obligation that has become this one.
    pub(super) fn obligation_before(&self, new: ObligationId) -> Option<ObligationId> {
        before(&self.obligations, new)
    }

    /// The old rule that has become this one.
    pub(super) fn rule_before(&self, new: RuleId) -> Option<RuleId> {
        before(&self.rules, new)
    }

    /// What happened to an obligation: an outcome goes by its word.
    pub(super) fn happening(&self, of: ObligationId, on: Happening) -> Option<Happening> {
        let Happening::Named(index) = on else { return Some(on) };
        let word = self.old.obligations.row(of).named.get(usize::from(index))?;
        let named = &self.new.obligations.row(self.obligation(of)?).named;
        let place = named.iter().position(|name| name == word)?;
        u8::try_from(place).ok().map(Happening::Named)
    }

    /// A recorded value as the new version writes it; nothing when it has no place there.
    pub(super) fn value(&self, field: FieldId, value: &Value) -> Option<Value> {
        let there = self.field(field)?;
        match (&self.old.fields.row(field).ty, &self.new.fields.row(there).ty, value) {
            (FieldType::OneOf(words), FieldType::OneOf(others), Value::Choice(index)) => {
                let word = words.get(usize::from(*index))?;
                let at = others.iter().position(|other| other == word)?;
                Some(Value::Choice(u16::try_from(at).ok()?))
            }
            (FieldType::Count { .. }, FieldType::Count { low, high }, Value::Count(n)) => {
                (low <= n && n <= high).then(|| value.clone())
            }
            (from, to, _) => {
                (std::mem::discriminant(from) == std::mem::discriminant(to)).then(|| value.clone())
            }
        }
    }

    pub(super) fn anchor(&self, anchor: Anchor) -> Option<Anchor> {
        Some(match anchor {
            Anchor::Opening => Anchor::Opening,
            Anchor::Report => Anchor::Report,
            Anchor::Happened(of, on) => Anchor::Happened(self.obligation(of)?, self.happening(of, on)?),
            Anchor::Field(of) => Anchor::Field(self.field(of)?),
            Anchor::Event(of) => Anchor::Event(self.event(of)?),
        })
    }

    /// Where an obligation is opened in the new version: by that stage, at the same place, or where it is opened at all.
    pub(super) fn opening(&self, old: OpeningId, stage: Option<StageId>) -> Option<OpeningId> {
        let own = self.old.openings.row(old).obligation;
        let obligation = self.obligation(own)?;
        if let Some(moment) = self.moment(old, stage) {
            return moment;
        }
        let is_it = |id: &OpeningId| self.new.openings.row(*id).obligation == obligation;
        let here = |opens: &[OpeningId]| opens.iter().copied().filter(is_it).collect::<SmallVec<[_; 4]>>();
        let of_stage = stage.map(|stage| here(&self.new.stages.row(stage).opens)).unwrap_or_default();
        let nth = self.homes.get(old.index()).copied().flatten().map_or(0, |(_, nth)| nth);
        if let Some(found) = of_stage.get(nth).or(of_stage.last()) {
            return Some(*found);
        }
        let all: SmallVec<[OpeningId; 4]> =
            self.new.openings.iter().map(|(id, _)| id).filter(is_it).collect();
        let mine = self.old.openings.iter().filter(|(_, row)| row.obligation == own);
        let mine: SmallVec<[OpeningId; 4]> = mine.map(|(id, _)| id).collect();
        let (before, count) = (mine.iter().filter(|id| **id < old).count(), mine.len());
        all.get(before).filter(|_| all.len() == count).or(all.first()).copied()
    }

    /// The moment of a contact in a stage that knows the contact: one stage may open the same several times. Nothing where it is no
    /// contact or the stage has none of them, and nothing in that where the stage has this moment no more.
    fn moment(&self, old: OpeningId, stage: Option<StageId>) -> Option<Option<OpeningId>> {
        let own = self.old.openings.row(old).obligation;
        let (home, nth) = self.homes.get(old.index()).copied().flatten()?;
        if self.old.obligations.row(own).kind != Kind::Contact {
            return None;
        }
        let there = openings_of(self.new, stage?, self.obligation(own)?);
        if there.is_empty() {
            return None;
        }
        let places = paired_moments(self.old, &openings_of(self.old, home, own), self.new, &there);
        let place = places.get(nth).copied().flatten();
        Some(place.and_then(|place| there.get(place).copied()))
    }

    /// Whether a stage of the old version opened what this moment of a contact is in the new one.
    pub(super) fn was_opened(&self, new: OpeningId, old: StageId, stage: StageId) -> bool {
        let obligation = self.new.openings.row(new).obligation;
        let Some(before) = self.obligation_before(obligation) else { return false };
        let here = openings_of(self.new, stage, obligation);
        let places = paired_moments(self.old, &openings_of(self.old, old, before), self.new, &here);
        places.iter().flatten().any(|place| here.get(*place) == Some(&new))
    }

    /// The stage of the old version that opens it.
    pub(super) fn home(&self, old: OpeningId) -> Option<StageId> {
        self.homes.get(old.index()).copied().flatten().map(|(stage, _)| stage)
    }

    /// Rules have no names: they are the same when they stand at the same place and wait for the same; of several, those with
    /// the same text, and else those with the same number.
    fn paired_rules(&self) -> Vec<Option<RuleId>> {
        let news: Vec<(RuleId, Option<Key>)> =
            self.new.rules.iter().map(|(id, row)| (id, Some(key(row.scope, &row.cause)))).collect();
        let olds: Vec<(RuleId, Option<Key>)> =
            self.old.rules.iter().map(|(id, row)| (id, self.key(row.scope, &row.cause))).collect();
        let mut taken = vec![false; news.len()];
        let mut paired = vec![None; olds.len()];
        for by_text in [true, false] {
            for ((old, wanted), place) in olds.iter().zip(paired.iter_mut()) {
                if place.is_some() || wanted.is_none() {
                    continue;
                }
                let text = &self.old.rules.row(*old).text;
                let fits = |(at, (id, key)): &(usize, &(RuleId, Option<Key>))| {
                    key == wanted
                        && taken.get(*at) == Some(&false)
                        && (!by_text || self.new.rules.row(*id).text == *text)
                };
                let Some((at, (id, _))) = news.iter().enumerate().find(fits) else { continue };
                *place = Some(*id);
                if let Some(taken) = taken.get_mut(at) {
                    *taken = true;
                }
            }
        }
        paired
    }

    fn key(&self, scope: Scope, cause: &Cause) -> Option<Key> {
        let scope = match scope {
            Scope::Stage(stage) => Scope::Stage(self.stage(stage)?),
            Scope::Always => Scope::Always,
        };
        let cause = match cause {
            Cause::Obligation(of, on) => Cause::Obligation(self.obligation(*of)?, self.happening(*of, *on)?),
            Cause::Event(event) => Cause::Event(self.event(*event)?),
            Cause::After(length, anchor) => Cause::After(*length, self.anchor(*anchor)?),
            Cause::Birthday { of, ages, every } => {
                Cause::Birthday { of: self.field(*of)?, ages: ages.clone(), every: *every }
            }
            other => other.clone(),
        };
        Some(key(scope, &cause))
    }
}

/// Where a stage opens an obligation, in the order of the file.
fn openings_of(protocol: &Protocol, stage: StageId, obligation: ObligationId) -> Openings {
    let is_it = |id: &OpeningId| protocol.openings.row(*id).obligation == obligation;
    protocol.stages.row(stage).opens.iter().copied().filter(is_it).collect()
}

fn paired_moments(
    old: &Protocol,
    olds: &[OpeningId],
    new: &Protocol,
    news: &[OpeningId],
) -> SmallVec<[Option<usize>; 4]> {
    let lengths = |protocol: &Protocol, all: &[OpeningId]| -> SmallVec<[Option<Length>; 4]> {
        all.iter().map(|id| protocol.openings.row(*id).planned_after).collect()
    };
    moments::paired(&lengths(old, olds), &lengths(new, news))
}

fn homes(old: &Protocol) -> Vec<Option<(StageId, usize)>> {
    let mut homes = vec![None; old.openings.len()];
    for (stage, row) in old.stages.iter() {
        for (at, opening) in row.opens.iter().enumerate() {
            let own = old.openings.row(*opening).obligation;
            let same = |id: &&OpeningId| old.openings.row(**id).obligation == own;
            let nth = row.opens.iter().take(at).filter(same).count();
            if let Some(home) = homes.get_mut(opening.index()) {
                *home = Some((stage, nth));
            }
        }
    }
    homes
}

/// A few openings.
type Openings = SmallVec<[OpeningId; 4]>;

/// Where a rule stands and what it waits for, without lengths and conditions.
type Key = (Option<StageId>, u8, String);

fn key(scope: Scope, cause: &Cause) -> Key {
    let stage = match scope {
        Scope::Stage(stage) => Some(stage),
        Scope::Always => None,
    };
    let (kind, of) = match cause {
        Cause::Obligation(of, on) => (0, format!("{} {on:?}", of.index())),
        Cause::Event(event) => (1, event.index().to_string()),
        Cause::Condition => (2, String::new()),
        Cause::After(_, anchor) => (3, format!("{anchor:?}")),
        Cause::Every(_) => (4, String::new()),
        Cause::Birthday { of, .. } => (5, of.index().to_string()),
        Cause::Entry => (6, String::new()),
        Cause::ContactsOver => (7, String::new()),
    };
    (stage, kind, of)
}

fn paired<I: Id, T, K: Ord>(
    old: &Table<I, T>,
    new: &Table<I, T>,
    then: impl Fn(I, &T) -> K,
    now: impl Fn(I, &T) -> K,
) -> Vec<Option<I>> {
    let there: BTreeMap<K, I> = new.iter().map(|(id, row)| (now(id, row), id)).collect();
    old.iter().map(|(id, row)| there.get(&then(id, row)).copied()).collect()
}

fn found<I: Id, J: Copy>(all: &[Option<J>], id: I) -> Option<J> {
    all.get(id.index()).copied().flatten()
}

fn before<I: Id + PartialEq>(all: &[Option<I>], new: I) -> Option<I> {
    all.iter().position(|one| *one == Some(new)).map(I::from_index)
}
