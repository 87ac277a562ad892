//! For whom a difference is: the answers with which it shows as well, when all else is as in the history that shows it. Each is
//! played on the engine.

use std::rc::Rc;

use jiff::Timestamp;
use voordeur_engine::Data;
use voordeur_messages::say;
use voordeur_protocol::{FieldId, FieldType, Value};

use super::again::shows_again;
use super::answer::Side;
use super::ask::{Asking, Report, data_of};
use super::play::{Shows, Witness};
use super::search::Beside;
use crate::ages::Ages;

/// An answer in the old version and in the new one, and whether the difference shows with it.
struct Tried {
    value: Option<Value>,
    shows: bool,
}

/// In words, one condition for each answer that decides; empty when none does.
pub(crate) fn whom(beside: &Beside<'_>, shows: &Shows, witness: &Witness) -> Vec<String> {
    whom_of_first(beside, shows, witness, witness.told.len())
}

/// The same of what is answered before the moment at which both part: that one version takes what is reported then, and the other one
/// does not, is so whatever is answered with it.
pub(super) fn whom_before(beside: &Beside<'_>, shows: &Shows, witness: &Witness) -> Vec<String> {
    let before = witness.told.iter().filter(|(at, _)| *at < witness.at).count();
    whom_of_first(beside, shows, witness, before)
}

/// The same of what is answered in so many reports.
fn whom_of_first(beside: &Beside<'_>, shows: &Shows, witness: &Witness, reports: usize) -> Vec<String> {
    let mut all = Vec::new();
    for (number, (_, report)) in witness.told.iter().enumerate().take(reports) {
        for (there, here) in asked(beside, report) {
            let one = condition(beside, shows, witness, (number, there, here));
            all.extend(one.filter(|one| !all.contains(one)));
        }
    }
    all
}

/// The fields of a report, in the old version and in the new one.
fn asked(beside: &Beside<'_>, report: &Report) -> Vec<(Option<FieldId>, Option<FieldId>)> {
    let fields = |event: &Option<Rc<voordeur_engine::Event>>| -> Vec<FieldId> {
        let mut event = event.clone();
        event.as_mut().and_then(data_of).into_iter().flatten().map(|(field, _)| *field).collect()
    };
    asking(beside).asked(&fields(&report.old), &fields(&report.new))
}

fn asking<'b>(beside: &'b Beside<'_>) -> Asking<'b> {
    let [old, new] = &beside.sides;
    let both = ((old.protocol, &old.cells), (new.protocol, &new.cells));
    Asking { known: None, names: beside.reader.names, old: both.0, new: both.1 }
}

/// Which answers to a question show the difference; nothing when all of them do.
fn condition(
    beside: &Beside<'_>,
    shows: &Shows,
    witness: &Witness,
    (number, there, here): (usize, Option<FieldId>, Option<FieldId>),
) -> Option<String> {
    let with = |old: &Option<Value>, new: &Option<Value>| {
        let mut told = witness.told.clone();
        if let Some((_, report)) = told.get_mut(number) {
            put(report.old.as_mut().and_then(data_of), there, old);
            put(report.new.as_mut().and_then(data_of), here, new);
        }
        is_shown(beside, shows, witness, &told)
    };
    let values = asking(beside).values(there, here);
    if values.len() < 2 {
        return None;
    }
    let one = |(old, new): &(Option<Value>, Option<Value>)| Tried {
        value: new.clone().or_else(|| old.clone()),
        shows: with(old, new),
    };
    let tried: Vec<Tried> = values.iter().map(one).collect();
    if tried.iter().all(|one| one.shows) || tried.iter().all(|one| !one.shows) {
        return None;
    }
    let (side, field) =
        here.map(|field| (Side::New, field)).or_else(|| there.map(|field| (Side::Old, field)))?;
    let protocol = beside.reader.protocol(side);
    let side = beside.sides.get(usize::from(side == Side::New))?;
    let row = protocol.fields.row(field);
    if let Some(ages) = side.looks.ages.iter().find(|ages| ages.field == field) {
        return of_ages(ages, &tried).map(|ages| say!("age of {name}: {ages}", name = row.name, ages));
    }
    let again = |value: &Value| with(&there.map(|_| value.clone()), &here.map(|_| value.clone()));
    let words = match &row.ty {
        FieldType::Count { low, high } => of_numbers(&row.ty, &tried, (*low, *high), &again, Value::Count),
        FieldType::Money => of_numbers(&row.ty, &tried, (0, i64::MAX), &again, Value::Cents),
        FieldType::YesNo | FieldType::OneOf(_) => Some(of_words(&row.ty, &tried)),
        _ => None,
    };
    words.map(|words| format!("{} {words}", row.name))
}

fn put(data: Option<&mut Data>, field: Option<FieldId>, value: &Option<Value>) {
    let (Some(data), Some(field)) = (data, field) else { return };
    match value {
        Some(value) => {
            data.iter_mut().filter(|(own, _)| *own == field).for_each(|(_, old)| old.clone_from(value));
        }
        None => data.retain(|(own, _)| *own != field),
    }
}

fn is_shown(beside: &Beside<'_>, shows: &Shows, witness: &Witness, told: &[(Timestamp, Report)]) -> bool {
    shows_again(beside, shows, witness.ahead, told)
}

/// `yes`; `in_debt or evicted`.
fn of_words(ty: &FieldType, tried: &[Tried]) -> String {
    let shown = tried.iter().filter(|one| one.shows);
    let words: Vec<String> = shown
        .map(|one| one.value.as_ref().map_or_else(|| say!("not known"), |value| ty.show(value)))
        .collect();
    say!("is {values}", values = words.join(&say!(" or ")))
}

/// `2 or more`. Each number stands for those up to the next one; where the last of them is answered otherwise, only those that
/// were played are told.
fn of_numbers(
    ty: &FieldType,
    tried: &[Tried],
    (low, high): (i64, i64),
    again: &dyn Fn(&Value) -> bool,
    value: fn(i64) -> Value,
) -> Option<String> {
    let number = |one: &Tried| match one.value {
        Some(Value::Count(n) | Value::Cents(n)) => Some((n, one.shows)),
        _ => None,
    };
    let mut all: Vec<(i64, bool)> = tried.iter().filter_map(number).collect();
    all.sort_unstable();
    let ends = |at: usize| all.get(at + 1).map_or(high, |(next, _)| next - 1);
    let is_whole = (0..all.len()).zip(&all).all(|(at, (_, shows))| again(&value(ends(at))) == *shows);
    if !is_whole {
        let shown = tried.iter().filter(|one| one.shows).filter_map(|one| one.value.as_ref());
        let shown: Vec<String> = shown.map(|one| ty.show(one)).collect();
        return Some(say!("is for example {values}", values = shown.join(", ")));
    }
    let shown: Vec<bool> = all.iter().map(|(_, shows)| *shows).collect();
    let told = runs(&shown)
        .into_iter()
        .filter_map(|(first, last)| Some(between(ty, (all.get(first)?.0, ends(last)), (low, high), value)));
    Some(told.collect::<Vec<_>>().join(&say!(" or ")))
}

/// `below 18`; `18 to 64`.
fn of_ages(ages: &Ages, tried: &[Tried]) -> Option<String> {
    let shows = |class: usize| {
        let born = Value::Date(ages.stand_in(class)?);
        tried.iter().find(|one| one.value.as_ref() == Some(&born)).map(|one| one.shows)
    };
    let shown: Vec<bool> = (0..=ages.birthdays.len()).map(shows).collect::<Option<_>>()?;
    let age = |class: usize| class.checked_sub(1).map_or(Some(0), |at| ages.birthdays.get(at).copied());
    let most = |class: usize| ages.birthdays.get(class).map_or(i64::MAX, |next| next - 1);
    let (low, ty) = (0, FieldType::Count { low: 0, high: i64::MAX });
    let told = runs(&shown).into_iter().filter_map(|(first, last)| {
        Some(between(&ty, (age(first)?, most(last)), (low, i64::MAX), Value::Count))
    });
    Some(told.collect::<Vec<_>>().join(&say!(" or ")))
}

fn between(
    ty: &FieldType,
    (from, to): (i64, i64),
    (low, high): (i64, i64),
    value: fn(i64) -> Value,
) -> String {
    let (first, last) = (ty.show(&value(from)), ty.show(&value(to)));
    match (from == low, to == high) {
        _ if from == to => first,
        (_, true) => say!("{first} or more", first),
        (true, false) => say!("{last} or less", last),
        (false, false) => say!("{first} to {last}", first, last),
    }
}

/// The first and the last of each run.
fn runs(all: &[bool]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for at in all.iter().enumerate().filter_map(|(at, one)| one.then_some(at)) {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == at => *last = at,
            _ => runs.push((at, at)),
        }
    }
    runs
}
