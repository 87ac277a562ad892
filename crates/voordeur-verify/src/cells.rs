//! The values on which a case is tried: one for each way in which the conditions of the pathway tell values apart.
//!
//! Two values of a field that every condition answers alike lead to the same case histories, so that one of them
//! stands for both. Fields that no condition can still read are not told apart at all.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use voordeur_engine::{Case, Stay};
use voordeur_protocol::guard::Expr;
use voordeur_protocol::model::{Derived, Deviation, Start};
use voordeur_protocol::{
    Anchor, Cause, Effect, EventId, FieldId, FieldType, Id as _, ObligationId, Protocol, Rule, Scope, Spec,
    StageId, Target, Value,
};

use crate::ages::{Ages, ages};
use crate::asked::AskedFirst;
use crate::begun::asked_whether_begun;
use crate::classes::Classes;
use crate::inert::Watched;
use crate::since::sources;

/// The day on which every step is tried: an ordinary Tuesday.
pub(crate) const TODAY: Date = date(2026, 3, 10);

/// For each field the values to try, and where it can still be read.
#[derive(Debug)]
pub(crate) struct Cells {
    values: Vec<Vec<Value>>,
    /// The days of birth of which a birthday is today: somebody can be reported on that day.
    today: Vec<(FieldId, Value)>,
    /// For each stage the fields that a condition can still read in it or after it.
    live: Vec<Vec<bool>>,
    /// The fields that a promise reads in whatever is recorded, also when a case ends by it.
    promised: BTreeSet<FieldId>,
    /// Whether a condition asks how long ago something happened.
    pub(crate) looks_back: bool,
    /// The same without what is asked anew before it is read.
    kept: Vec<Vec<bool>>,
    pub(crate) asked_first: AskedFirst,
    pub(crate) classes: Classes,
    /// The actions of which it makes a difference whether they were begun.
    pub(crate) begun: BTreeSet<ObligationId>,
}

impl Cells {
    pub(crate) fn of(protocol: &Protocol) -> Self {
        let atoms = Atoms::of(protocol);
        let values = protocol.fields.iter().map(|(id, row)| atoms.cells(protocol, id, &row.ty)).collect();
        let asked_first = AskedFirst::of(protocol);
        Self {
            values,
            today: of_today(&atoms.ages),
            live: live(protocol, |_, _| false),
            kept: live(protocol, |rule, field| asked_first.is_covered(protocol, rule, field)),
            asked_first,
            classes: Classes::of(protocol),
            promised: promised(protocol),
            looks_back: sources(protocol).iter().any(|source| matches!(source.start, Start::From(_))),
            begun: asked_whether_begun(protocol, &Watched::default()),
        }
    }

    /// Tries also what is watched.
    pub(crate) fn watching(mut self, protocol: &Protocol, watched: &Watched) -> Self {
        self.begun.extend(asked_whether_begun(protocol, watched));
        self
    }

    /// The values to try for a field: one when nothing tells them apart.
    pub(crate) fn values(&self, field: FieldId) -> &[Value] {
        self.values.get(field.index()).map(Vec::as_slice).unwrap_or_default()
    }

    /// The values to try beside those in a report.
    pub(crate) fn values_of_today(&self, field: FieldId) -> impl Iterator<Item = &Value> {
        self.today.iter().filter(move |(of, _)| *of == field).map(|(_, value)| value)
    }

    /// Tries other values.
    pub(crate) fn with_values(mut self, values: Vec<Vec<Value>>) -> Self {
        self.values = values;
        self
    }

    /// Tells these ages apart.
    pub(crate) fn with_ages(mut self, all: &[Ages]) -> Self {
        for ages in all {
            if let Some(values) = self.values.get_mut(ages.field.index()) {
                *values = ages.values().map(Value::Date).collect();
            }
        }
        self.today = of_today(all);
        self
    }

    /// Whether a condition can still read the field, for a case that is in a stage.
    pub(crate) fn is_live(&self, stage: StageId, field: FieldId) -> bool {
        is_in(&self.live, stage, field)
    }

    /// Whether a promise reads the field.
    pub(crate) fn is_promised(&self, field: FieldId) -> bool {
        self.promised.contains(&field)
    }

    /// Whether a condition can still read the value that a field has now, for a case in a stay in a stage.
    pub(crate) fn is_kept(&self, protocol: &Protocol, case: &Case, stay: &Stay, field: FieldId) -> bool {
        // What is withheld is looked at again when the referral is closed; what is postponed on leaving.
        let mut waiting = stay.withheld.iter().copied().chain(case.postponed.iter().map(|one| one.rule));
        is_in(&self.kept, stay.stage, field)
            || self.asked_first.was_asked(protocol, case, stay, field)
            || waiting.any(|rule| read_by(protocol, &protocol.rules.row(rule).guard).contains(&field))
    }
}

/// The days of birth of which a birthday is today.
fn of_today(all: &[Ages]) -> Vec<(FieldId, Value)> {
    all.iter().flat_map(|one| one.today().map(|born| (one.field, Value::Date(born)))).collect()
}

/// The fields that the conditions of promises read: they stand in rules that no event sets off.
fn promised(protocol: &Protocol) -> BTreeSet<FieldId> {
    let readers = protocol.rules.rows().filter(|rule| rule.cause == Cause::Event(EventId::NEVER));
    readers.flat_map(|rule| read_by(protocol, &rule.guard)).collect()
}

fn is_in(table: &[Vec<bool>], stage: StageId, field: FieldId) -> bool {
    table.get(stage.index()).and_then(|fields| fields.get(field.index())).copied().unwrap_or(false)
}

/// What the conditions of a pathway ask of each field.
struct Atoms<'a> {
    ranges: BTreeMap<FieldId, Vec<&'a Expr>>,
    ages: Vec<Ages>,
}

impl<'a> Atoms<'a> {
    fn of(protocol: &'a Protocol) -> Self {
        let mut ranges: BTreeMap<FieldId, Vec<&'a Expr>> = BTreeMap::new();
        each_condition(protocol, &mut |_, guard| {
            guard.walk(&mut |part| {
                if let Expr::Range { field, .. } | Expr::In { field, .. } = part {
                    ranges.entry(*field).or_default().push(part);
                }
            });
        });
        Self { ranges, ages: ages(protocol) }
    }

    /// One value for every set of answers that the conditions can give.
    fn cells(&self, protocol: &Protocol, field: FieldId, ty: &FieldType) -> Vec<Value> {
        if counts_children(protocol, field)
            && let FieldType::Count { low, high } = ty
        {
            return (*low..=(*high).min(low + 3)).map(Value::Count).collect();
        }
        if let Some(ages) = self.ages.iter().find(|ages| ages.field == field) {
            return ages.values().map(Value::Date).collect();
        }
        if let (Some(sums), FieldType::Count { low, high }) = (self.summed(protocol, field), ty) {
            return numbers(*low, *high, sums).map(Value::Count).collect();
        }
        let constants = self.constants(field);
        let is_day = matches!(ty, FieldType::Date | FieldType::Birthdate);
        let since = if is_day { since_days(protocol, field) } else { Vec::new() };
        if !since.is_empty() {
            let mut seen = BTreeSet::new();
            let all = since.into_iter().chain(days(constants)).filter(|day| seen.insert(*day));
            return all.map(Value::Date).collect();
        }
        match ty {
            FieldType::YesNo => self.distinct(field, [true, false].into_iter().map(Value::YesNo)),
            FieldType::OneOf(words) => {
                let all = (0..words.len()).filter_map(|index| u16::try_from(index).ok());
                self.distinct(field, all.map(Value::Choice))
            }
            FieldType::Count { low, high } => {
                self.distinct(field, numbers(*low, *high, constants).map(Value::Count))
            }
            FieldType::Money => self.distinct(field, numbers(0, i64::MAX, constants).map(Value::Cents)),
            FieldType::Birthdate if constants.is_empty() => vec![Value::Date(date(1980, 1, 1))],
            FieldType::Date | FieldType::Birthdate => self.distinct(field, days(constants).map(Value::Date)),
            FieldType::Text => vec![Value::Text("…".into())],
        }
    }

    /// What conditions compare the sums of a field with.
    fn summed(&self, protocol: &Protocol, field: FieldId) -> Option<Vec<&Value>> {
        let sums = protocol
            .fields
            .iter()
            .filter(|(_, row)| matches!(row.derived, Some(Derived::Sum { of, .. }) if of == field));
        let mut sums = sums.map(|(id, _)| id).peekable();
        sums.peek()?;
        Some(sums.chain(std::iter::once(field)).flat_map(|id| self.constants(id)).collect())
    }

    fn constants(&self, field: FieldId) -> Vec<&Value> {
        let of_atom = |atom: &&'a Expr| -> Vec<&'a Value> {
            match atom {
                Expr::Range { low, high, .. } => low.iter().chain(high).collect(),
                Expr::In { values, .. } => values.iter().collect(),
                _ => Vec::new(),
            }
        };
        self.ranges.get(&field).into_iter().flatten().flat_map(of_atom).collect()
    }

    fn distinct(&self, field: FieldId, candidates: impl Iterator<Item = Value>) -> Vec<Value> {
        let mut seen: BTreeSet<Vec<bool>> = BTreeSet::new();
        let atoms = self.ranges.get(&field).map(Vec::as_slice).unwrap_or_default();
        candidates
            .filter(|value| seen.insert(atoms.iter().map(|atom| answer(atom, value)).collect()))
            .collect()
    }
}

fn answer(atom: &Expr, value: &Value) -> bool {
    match atom {
        Expr::Range { low, high, .. } => {
            low.as_ref().is_none_or(|low| low <= value) && high.as_ref().is_none_or(|high| value <= high)
        }
        Expr::In { values, .. } => values.contains(value),
        _ => false,
    }
}

/// The numbers that constants tell apart: each of them, those beside it, and the ends.
fn numbers(low: i64, high: i64, constants: Vec<&Value>) -> impl Iterator<Item = i64> {
    let near = constants.into_iter().filter_map(|value| match value {
        Value::Count(n) | Value::Cents(n) => Some(*n),
        _ => None,
    });
    let mut all: BTreeSet<i64> = near.flat_map(|n| [n.saturating_sub(1), n, n.saturating_add(1)]).collect();
    all.insert(low);
    all.insert(if high == i64::MAX { low } else { high });
    all.into_iter().filter(move |n| low <= *n && *n <= high)
}

fn days(constants: Vec<&Value>) -> impl Iterator<Item = Date> {
    let near = constants.into_iter().filter_map(|value| match value {
        Value::Date(day) => Some(*day),
        _ => None,
    });
    let beside = near.flat_map(|day| [day.yesterday().ok(), Some(day), day.tomorrow().ok()]);
    let all: BTreeSet<Date> = beside.flatten().chain(TODAY.checked_add(30.days()).ok()).collect();
    all.into_iter()
}

/// The days from which conditions count how long ago it was.
fn since_days(protocol: &Protocol, field: FieldId) -> Vec<Date> {
    let own = sources(protocol).into_iter().filter(|one| one.start == Start::From(Anchor::Field(field)));
    own.flat_map(|one| one.days(TODAY)).collect()
}

/// What a sliding sum or count can be given at a time.
pub(crate) fn amounts(protocol: &Protocol, field: FieldId) -> Vec<i64> {
    let Some(Derived::Sum { of, .. }) = protocol.fields.row(field).derived else { return vec![1] };
    let values = Atoms::of(protocol).cells(protocol, of, &protocol.fields.row(of).ty);
    values.iter().filter_map(|value| if let Value::Count(n) = value { Some(*n) } else { None }).collect()
}

pub(crate) fn counts_children(protocol: &Protocol, field: FieldId) -> bool {
    protocol.obligations.rows().any(|row| matches!(&row.spec, Spec::Sub(sub) if sub.for_each == Some(field)))
}

/// Every condition, with where it is read; `None` is in every stage.
pub(crate) fn each_condition<'a>(protocol: &'a Protocol, visit: &mut impl FnMut(Option<StageId>, &'a Expr)) {
    for trigger in protocol.triggers.rows() {
        trigger.branches.iter().for_each(|branch| visit(None, &branch.guard));
    }
    for rule in protocol.rules.rows() {
        let stage = match rule.scope {
            Scope::Stage(stage) => Some(stage),
            Scope::Always => None,
        };
        visit(stage, &rule.guard);
    }
    for opening in protocol.openings.rows() {
        if let Some((condition, _)) = &opening.paused {
            visit(None, condition);
        }
    }
}

/// The fields that conditions read in a stage, in the stages that can come after it, and in every stage. Where
/// `always_asked` says so, what a condition reads only after it was asked anew in the same stay does not count.
fn live(protocol: &Protocol, always_asked: impl Fn(&Rule, FieldId) -> bool) -> Vec<Vec<bool>> {
    let fields = protocol.fields.len();
    let mut everywhere = vec![false; fields];
    let mut own = vec![vec![false; fields]; protocol.stages.len()];
    let mut mark = |scope: Scope, guard: &Expr, skipped: &dyn Fn(FieldId) -> bool| {
        let into = match scope {
            Scope::Always => Some(&mut everywhere),
            Scope::Stage(stage) => own.get_mut(stage.index()),
        };
        let Some(into) = into else { return };
        for field in read_by(protocol, guard).into_iter().filter(|field| !skipped(*field)) {
            if let Some(slot) = into.get_mut(field.index()) {
                *slot = true;
            }
        }
    };
    for rule in protocol.rules.rows() {
        mark(rule.scope, &rule.guard, &|field| always_asked(rule, field));
        if let Cause::Birthday { of, .. } = rule.cause {
            mark(rule.scope, &Expr::Known(of), &|_| false);
        }
    }
    for opening in protocol.openings.rows() {
        if let Some((condition, _)) = &opening.paused {
            mark(Scope::Always, condition, &|_| false);
        }
    }
    for (field, _) in protocol.fields.iter().filter(|(field, _)| counts_children(protocol, *field)) {
        if let Some(slot) = everywhere.get_mut(field.index()) {
            *slot = true;
        }
    }
    spread(protocol, own, &everywhere)
}

/// The fields that a condition reads, and those that they follow from.
fn read_by(protocol: &Protocol, guard: &Expr) -> BTreeSet<FieldId> {
    let mut read = BTreeSet::new();
    guard.walk(&mut |part| {
        if let Expr::Range { field, .. } | Expr::In { field, .. } | Expr::Known(field) = part {
            read.insert(*field);
            read.extend(behind(protocol, *field));
        }
    });
    read
}

/// The field that a derived one follows from.
pub(crate) fn behind(protocol: &Protocol, field: FieldId) -> Option<FieldId> {
    match protocol.fields.row(field).derived {
        Some(Derived::Age(of) | Derived::Sum { of, .. }) => Some(of),
        Some(Derived::Since(Start::From(Anchor::Field(of)), _)) => Some(of),
        _ => None,
    }
}

fn spread(protocol: &Protocol, mut live: Vec<Vec<bool>>, everywhere: &[bool]) -> Vec<Vec<bool>> {
    let ways = ways(protocol);
    for row in &mut live {
        join(row, everywhere);
    }
    loop {
        let mut changed = false;
        for (from, to) in &ways {
            let later = live.get(to.index()).cloned().unwrap_or_default();
            if let Some(row) = live.get_mut(from.index()) {
                changed |= join(row, &later);
            }
        }
        if !changed {
            return live;
        }
    }
}

fn join(row: &mut [bool], more: &[bool]) -> bool {
    let mut changed = false;
    for (slot, more) in row.iter_mut().zip(more) {
        changed |= *more && !*slot;
        *slot |= *more;
    }
    changed
}

/// Which stage can come after which.
fn ways(protocol: &Protocol) -> Vec<(StageId, StageId)> {
    let all = || protocol.stages.iter().map(|(id, _)| id);
    let mut ways = Vec::new();
    for rule in protocol.rules.rows() {
        let froms: Vec<StageId> = match rule.scope {
            Scope::Stage(stage) => vec![stage],
            Scope::Always => all().collect(),
        };
        for from in froms {
            match rule.target {
                Some(Target::Stage(to)) => ways.push((from, to)),
                Some(Target::Back) => ways.extend(all().map(|to| (from, to))),
                _ => {}
            }
        }
    }
    for (from, stage) in protocol.stages.iter() {
        if let Some(Target::Stage(to)) = stage.limit.map(|limit| limit.otherwise) {
            // Whoever would enter it goes there instead.
            ways.extend(
                ways.clone().into_iter().filter(|(_, at)| *at == from).map(|(before, _)| (before, to)),
            );
        }
    }
    let moved = protocol.deviations.iter().filter_map(|row| match row.what {
        Deviation::MoveTo(to) => Some(to),
        _ => None,
    });
    ways.extend(moved.flat_map(|to| all().map(move |from| (from, to))));
    ways
}

/// Whether a rule records a field: then the value may come from the file and not from an answer.
pub(crate) fn recorded_by_rules(protocol: &Protocol) -> BTreeSet<FieldId> {
    let effects = protocol.rules.rows().flat_map(|rule| &rule.effects);
    effects
        .filter_map(|effect| match effect {
            Effect::Record { field, .. } => Some(*field),
            _ => None,
        })
        .collect()
}
