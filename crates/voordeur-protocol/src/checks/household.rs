//! The households that guards are tried on: one for each way in which they can differ.
//!
//! Between two constants of a guard all values are alike, so a value on each side of every constant stands
//! for all of them. What is found is exact: no household is left out.

use std::collections::{BTreeMap, BTreeSet};
use voordeur_messages::{Lang, say};
use voordeur_syntax::vocabulary::spelled;

use jiff::civil::date;

use crate::guard::{Expr, Facts};
use crate::lifecycle::{Happening, StateId};
use crate::model::{DayFact, Derived, Field, Protocol};
use crate::table::{FieldId, ObligationId};
use crate::value::{FieldType, Value};

/// More combinations than this are not tried.
const MOST: usize = 200_000;

/// A household, as far as the guards look at it.
#[derive(Debug, Clone, Default)]
pub(super) struct Household {
    values: BTreeMap<FieldId, Value>,
    happened: BTreeMap<ObligationId, Happening>,
    /// What nobody has recorded.
    unknown: BTreeSet<FieldId>,
}

impl Facts for Household {
    fn value(&self, field: FieldId) -> Option<&Value> {
        self.values.get(&field)
    }

    fn happened(&self, obligation: ObligationId, happening: Happening) -> bool {
        self.happened.get(&obligation) == Some(&happening)
    }
}

impl Household {
    /// Whether a moment can be like that: no day is both a working day and in a weekend.
    fn is_possible(&self, protocol: &Protocol) -> bool {
        self.states_are_possible(protocol)
            && day_is_possible(|fact| {
                let is_it = |field: &FieldId| protocol.fields.row(*field).derived == Some(Derived::Day(fact));
                let (_, value) = self.values.iter().find(|(field, _)| is_it(field))?;
                Some(*value == Value::YesNo(true))
            })
    }

    /// What is open is in one state, and in one that what happened to it last leads to.
    fn states_are_possible(&self, protocol: &Protocol) -> bool {
        let states =
            self.values.iter().filter_map(|(field, value)| match protocol.fields.row(*field).derived {
                Some(Derived::State(obligation, state)) => {
                    Some((obligation, state, *value == Value::YesNo(true)))
                }
                _ => None,
            });
        let states: Vec<(ObligationId, Option<StateId>, bool)> = states.collect();
        states.iter().all(|(obligation, state, is_so)| {
            let of_it = states.iter().filter(|(other, ..)| other == obligation);
            let other = of_it
                .clone()
                .any(|(_, other, so)| *so && other.is_some() && state.is_some() && other != state);
            let shut = of_it.clone().any(|(_, other, so)| !*so && other.is_none());
            !*is_so || (!(other || shut && state.is_some()) && self.leads_to(protocol, *obligation, *state))
        })
    }

    /// Whether the last thing that happened can leave it so.
    fn leads_to(&self, protocol: &Protocol, obligation: ObligationId, state: Option<StateId>) -> bool {
        let Some(on) = self.happened.get(&obligation) else { return true };
        let lifecycle = protocol.obligations.row(obligation).kind.lifecycle();
        let mut moves = lifecycle.moves.iter().filter(|row| row.on == on.family());
        moves.any(|row| state.map_or(!lifecycle.state(row.to).closed, |state| row.to == state))
    }

    /// Whether everything that is looked at has been recorded.
    pub(super) fn is_known(&self) -> bool {
        self.unknown.is_empty()
    }

    /// `months_in_arrears = 3, bailiff_involved = no`
    pub(super) fn describe(&self, protocol: &Protocol) -> String {
        let values = self.values.iter().map(|(field, value)| {
            let row = protocol.fields.row(*field);
            format!("{} = {}", spoken(row, protocol.spelling), row.ty.show(value))
        });
        let happened = self.happened.iter().map(|(obligation, on)| {
            let row = protocol.obligations.row(*obligation);
            format!("{} {}", row.name, row.happening_name(*on, protocol.spelling))
        });
        let unknown = self.unknown.iter().map(|field| {
            let name = spoken(protocol.fields.row(*field), protocol.spelling);
            say!("{name} unknown", name)
        });
        let words: Vec<String> = values.chain(unknown).chain(happened).collect();
        if words.is_empty() { say!("every household") } else { words.join(", ") }
    }
}

/// The name of a field; of one that follows from something else in the words of the file: `dagen sinds melding`.
fn spoken(row: &Field, spelling: Lang) -> String {
    if row.derived.is_none() {
        return row.name.clone();
    }
    let words = row.name.split(' ').enumerate();
    let words = words.map(|(at, word)| if at < 2 { spelled(word, spelling) } else { word.to_owned() });
    words.collect::<Vec<_>>().join(" ")
}

/// What the day facts of one moment may be together, in the order of [`DayFact::ALL`]: weekend, working
/// day, holiday, school holiday, office time.
fn day_is_possible(says: impl Fn(DayFact) -> Option<bool>) -> bool {
    let [weekend, working_day, holiday, _, office_time] = DayFact::ALL.map(says);
    let yes = Some(true);
    let never_together =
        [(weekend, working_day), (holiday, working_day), (weekend, office_time), (holiday, office_time)];
    let both = never_together.into_iter().any(|(one, other)| one == yes && other == yes);
    let neither = [weekend, working_day, holiday].iter().all(|fact| *fact == Some(false));
    let office_without_work = office_time == yes && working_day == Some(false);
    !(both || neither || office_without_work)
}

/// Everything in which households differ for these guards.
struct Space {
    fields: Vec<(FieldId, Vec<Option<Value>>)>,
    obligations: Vec<(ObligationId, Vec<Option<Happening>>)>,
}

/// Calls `visit` with every household that these guards tell apart, until it says stop; `Err` when they are
/// too many.
pub(super) fn each(
    protocol: &Protocol,
    guards: &[&Expr],
    mut visit: impl FnMut(&Household) -> bool,
) -> Result<(), usize> {
    let space = Space::of(protocol, guards);
    let size = space.size();
    if size > MOST {
        return Err(size);
    }
    for number in 0..size {
        let household = space.household(number);
        if household.is_possible(protocol) && visit(&household) {
            break;
        }
    }
    Ok(())
}

impl Space {
    fn of(protocol: &Protocol, guards: &[&Expr]) -> Self {
        let mut constants: BTreeMap<FieldId, BTreeSet<Value>> = BTreeMap::new();
        let mut may_be_unknown: BTreeSet<FieldId> = BTreeSet::new();
        let mut happenings: BTreeMap<ObligationId, BTreeSet<Happening>> = BTreeMap::new();
        for guard in guards {
            guard.walk(&mut |part| match part {
                Expr::Known(field) => {
                    constants.entry(*field).or_default();
                    may_be_unknown.insert(*field);
                }
                Expr::Range { field, low, high } => {
                    constants.entry(*field).or_default().extend(low.iter().chain(high).cloned());
                }
                Expr::In { field, values } => {
                    constants.entry(*field).or_default().extend(values.iter().cloned());
                }
                Expr::Happened { obligations, happening, .. } => {
                    for obligation in obligations {
                        happenings.entry(*obligation).or_default().insert(*happening);
                    }
                }
                _ => {}
            });
        }
        let fields = constants.into_iter().map(|(field, constants)| {
            let values = representatives(&protocol.fields.row(field).ty, &constants);
            let unknown = may_be_unknown.contains(&field).then_some(None);
            (field, values.into_iter().map(Some).chain(unknown).collect())
        });
        let obligations = happenings.into_iter().map(|(obligation, on)| {
            (obligation, on.into_iter().map(Some).chain(std::iter::once(None)).collect())
        });
        Self { fields: fields.collect(), obligations: obligations.collect() }
    }

    fn size(&self) -> usize {
        let fields = self.fields.iter().map(|(_, values)| values.len());
        let obligations = self.obligations.iter().map(|(_, on)| on.len());
        fields.chain(obligations).fold(1, usize::saturating_mul)
    }

    fn household(&self, mut number: usize) -> Household {
        let mut household = Household::default();
        for (field, values) in &self.fields {
            match values.get(number % values.len()) {
                Some(Some(value)) => drop(household.values.insert(*field, value.clone())),
                _ => drop(household.unknown.insert(*field)),
            }
            number /= values.len();
        }
        for (obligation, happenings) in &self.obligations {
            if let Some(Some(on)) = happenings.get(number % happenings.len()) {
                household.happened.insert(*obligation, *on);
            }
            number /= happenings.len();
        }
        household
    }
}

/// One value for every stretch between constants.
fn representatives(ty: &FieldType, constants: &BTreeSet<Value>) -> Vec<Value> {
    match ty {
        FieldType::YesNo => vec![Value::YesNo(true), Value::YesNo(false)],
        FieldType::OneOf(words) => {
            (0..words.len()).filter_map(|index| u16::try_from(index).ok()).map(Value::Choice).collect()
        }
        FieldType::Count { low, high } => {
            let beside = constants
                .iter()
                .flat_map(beside)
                .filter(|value| matches!(value, Value::Count(n) if low <= n && n <= high));
            distinct(beside.chain([Value::Count(*low), Value::Count(*high)]))
        }
        FieldType::Money => distinct(constants.iter().flat_map(beside).chain([Value::Cents(0)])),
        FieldType::Date | FieldType::Birthdate => {
            distinct(constants.iter().flat_map(beside).chain([Value::Date(date(2000, 1, 1))]))
        }
        FieldType::Text => vec![Value::Text("…".into())],
    }
}

fn distinct(values: impl Iterator<Item = Value>) -> Vec<Value> {
    values.collect::<BTreeSet<_>>().into_iter().collect()
}

/// A constant and its neighbours.
fn beside(value: &Value) -> Vec<Value> {
    match value {
        Value::Count(n) => [n.saturating_sub(1), *n, n.saturating_add(1)].map(Value::Count).to_vec(),
        Value::Cents(n) => [n.saturating_sub(1), *n, n.saturating_add(1)].map(Value::Cents).to_vec(),
        Value::Date(day) => {
            let near = [day.yesterday().ok(), Some(*day), day.tomorrow().ok()];
            near.into_iter().flatten().map(Value::Date).collect()
        }
        other => vec![other.clone()],
    }
}
