//! Two versions of a pathway, side by side: whether both answer everything that can happen to a household alike.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `names.rs` | what of the new version is what of the old one |
//! | `meaning.rs` | what the rows of both say, in words that both have in common |
//! | `reach.rs` | from where a case can still meet something that has changed |
//! | `hidden.rs` | what runs beside a case in the same way in both, and is not looked at |
//! | `alike.rs` | whether a case is the same in both |
//! | `age.rs` | the ages that are told apart in both |
//! | `answer.rs` | what a household sees of a step |
//! | `ask.rs` | what can be reported to both at once |
//! | `twins.rs` | clocks of both that run out at the same moment |
//! | `search.rs` | both machines at once, with time in one zone |
//! | `clocks.rs` | what time brings to both |
//! | `landing.rs` | a step of both, or of one of them, and the moments after it |
//! | `unsettled.rs` | what one of them has said at a moment, and the other one has not |
//! | `reports.rs` | what is reported to both, and what comes of it |
//! | `ties.rs` | what is known of the dates of both together |
//! | `places.rs` | which moments stand together as one state |
//! | `play.rs` | from a way through both to a history with real dates |
//! | `verdict.rs` | what a difference means for the household |
//! | `aspects.rs` | in what an obligation that both open differs |
//! | `clock.rs` | which moment of an obligation that decides, and in which version it is later |
//! | `opened.rs` | what shows in what an obligation differs |
//! | `calendars.rs` | which days are not the same in the calendars of both |
//! | `days.rs` | the days of the reports for which they are compared |
//! | `report.rs` | what is told of a comparison |
//! | `telling.rs` | the differences that were found, each once |
//! | `evened.rs` | what lies behind a term that is not the same in both |
//! | `following.rs` | what follows from another difference |
//! | `stage.rs` | in which stage something is |
//! | `canonical.rs` | the same whichever version is the old one |
//! | `words.rs` | what something that a version says is called |
//! | `met.rs` | what has changed of what a case meets on its way to a difference |
//! | `whom.rs` | with which answers a difference shows |
//! | `by_day.rs` | the same day by day: the oracle of the tests |

mod age;
mod alike;
mod answer;
mod ask;
mod aspects;
mod by_day;
mod calendars;
mod canonical;
mod clock;
mod clocks;
mod days;
mod evened;
mod following;
mod hidden;
mod landing;
mod meaning;
mod met;
mod names;
mod opened;
mod places;
mod play;
mod reach;
mod report;
mod reports;
mod search;
mod stage;
mod telling;
mod ties;
mod twins;
mod unsettled;
mod verdict;
mod whom;
mod words;

pub use aspects::Aspect;
pub use days::Days;
pub use report::{Compared, Difference, Done, Example, Unconfirmed, What, compare, compare_on};
pub use verdict::Verdict as Effect;

use std::collections::BTreeSet;
use std::rc::Rc;

use voordeur_protocol::Protocol;
use voordeur_protocol::guard::Expr;

use self::age::joint_ages;
use self::answer::Reader;
use self::ask::joint_values;
use self::by_day::{ByDay, Different};
use self::hidden::Hidden;
use self::names::Names;
use self::reach::Reach;
use self::search::Beside;
use crate::cells::Cells;
use crate::explore::{Budget, Incomplete, Search};
use crate::inert::Watched;
use crate::moments;

/// The cells of both versions, with the same values for the same fields.
fn cells(names: &Names, old: &Protocol, new: &Protocol) -> [Cells; 2] {
    let [before, after] = joint_ages(names, old, new);
    let types = (old, new);
    let translate = |guard: &Expr| names.condition(guard, types);
    let values = joint_values(old, new, &translate);
    let first = Cells::of(old);
    let second = Cells::of(new);
    let others = new.fields.iter().map(|(field, row)| {
        let mut own = second.values(field).to_vec();
        let there = names.field_in_old(field).map(|there| (there, &old.fields.row(there).ty));
        if let Some((there, ty)) = there {
            let more = values.get(usize::from(there.0)).into_iter().flatten();
            for value in more.filter_map(|value| names::translated(ty, &row.ty, value)) {
                if !own.contains(&value) {
                    own.push(value);
                }
            }
        }
        own
    });
    let others = others.collect();
    [first.with_values(values).with_ages(&before), second.with_values(others).with_ages(&after)]
}

fn searches<'a>(
    names: &Names,
    (old, new): (&'a Protocol, &'a Protocol),
    [first_watched, second_watched]: &[Watched; 2],
    budget: Budget,
) -> [Search<'a>; 2] {
    let [first, second] = cells(names, old, new);
    let mut before = Search::new(old, budget, first_watched);
    let mut after = Search::new(new, budget, second_watched);
    before.cells = first;
    after.cells = second;
    [before.looks.ages, after.looks.ages] = joint_ages(names, old, new);
    // What makes a difference to one of them is tried in both, at the same moment.
    let both = [old, new];
    (before.moments, before.midnights, before.times) =
        (moments::moments(&both), moments::midnights(&both), moments::about(&both));
    (after.moments, after.midnights, after.times) =
        (before.moments.clone(), before.midnights.clone(), before.times.clone());
    for search in [&mut before, &mut after] {
        search.tells_all = true;
    }
    [before, after]
}

/// What both versions are, and how much is looked at.
#[derive(Clone, Copy)]
struct Exploring<'a> {
    old: &'a Protocol,
    new: &'a Protocol,
    days: Days,
    budget: Budget,
    /// Whether all that is let go of is named.
    names_all: bool,
}

impl Exploring<'_> {
    /// Looks at both versions, and tells of it, once for each part of what has changed that can be looked at by itself. What runs
    /// beside the case is looked at only where it has to be: whether it was looked at closely enough says `is_settled`, given
    /// whether terms were left out.
    fn explored<T>(self, then: impl Fn(&Beside<'_>) -> T, is_settled: impl Fn(&T, bool) -> bool) -> Vec<T> {
        let Self { old, new, .. } = self;
        let mut names = Names::of(old, new);
        let reach = Rc::new(Reach::of(Reader { names: &names, old, new }));
        let all = Hidden::of(Reader { names: &names, old, new }, &reach)
            .apart(Reader { names: &names, old, new }, &reach);
        let reader = Reader { names: &names, old, new };
        let all = all.into_iter().map(|hidden| (Rc::new(reach.beside(reader, &hidden.watched)), hidden));
        let all: Vec<(Rc<Reach>, Hidden)> = all.collect();
        let part = |(reach, hidden)| self.part(&mut names, &reach, hidden, &then, &is_settled);
        all.into_iter().map(part).collect()
    }

    fn part<T>(
        self,
        names: &mut Names,
        reach: &Rc<Reach>,
        mut hidden: Hidden,
        then: impl Fn(&Beside<'_>) -> T,
        is_settled: impl Fn(&T, bool) -> bool,
    ) -> T {
        let Self { old, new, days, budget, names_all } = self;
        let mut leaves_terms_out = true;
        loop {
            names.hidden.clone_from(&hidden.numbers);
            let reader = Reader { names, old, new };
            let mut sides = searches(names, (old, new), &hidden.watched, budget);
            hidden.loosen(reader, reach, leaves_terms_out, &mut sides);
            let [timeless, holds] = [
                sides.iter().any(|side| !side.looks.timeless.is_empty()),
                sides.iter().any(|side| !side.looks.holders.is_empty()),
            ];
            let mut beside = Beside::new(reader, Rc::clone(reach), sides, budget);
            (beside.days, beside.names_all, beside.named) = (days, names_all, hidden.named(reader));
            beside.run();
            if !beside.is_lacking() {
                let told = then(&beside);
                let is_exact = !timeless && !holds;
                if is_exact || beside.incomplete.is_some() || is_settled(&told, timeless) {
                    return told;
                }
            }
            if !beside.lacking.is_empty() {
                hidden = hidden.without(&beside.lacking, reader, reach);
            } else if timeless && !beside.lacks_holders {
                leaves_terms_out = false;
            } else {
                hidden = hidden.with_holders(reader, reach);
            }
        }
    }
}

/// What one version says and the other does not, as the search finds it; how many states it took; and why it did not
/// look at all. For comparing the two engines.
#[doc(hidden)]
#[must_use]
pub fn answers_apart(
    old: &Protocol,
    new: &Protocol,
    budget: Budget,
) -> (BTreeSet<String>, usize, Option<Incomplete>) {
    let answers = |beside: &Beside<'_>| {
        let found = beside.found.iter().filter_map(|at| {
            let state = beside.states.get(*at)?;
            let (old, new) = beside.unsettled.get(state.unsettled)?;
            Some(told(&(answer::seen(old), answer::seen(new))))
        });
        (found.collect(), beside.states.len(), beside.incomplete)
    };
    // What was found without looking at terms may never happen: nobody looks for dates here.
    let settled =
        |(found, ..): &(BTreeSet<String>, usize, Option<Incomplete>), loose: bool| !loose || found.is_empty();
    let exploring = Exploring { old, new, days: Days::default(), budget, names_all: true };
    let all = exploring.explored(answers, settled);
    all.into_iter().fold((BTreeSet::new(), 0, None), |(mut found, states, incomplete), one| {
        found.extend(one.0);
        (found, states + one.1, incomplete.or(one.2))
    })
}

/// The same day by day; `None` when there are more situations than so many.
#[doc(hidden)]
#[must_use]
pub fn answers_apart_day_by_day(old: &Protocol, new: &Protocol, most: usize) -> Option<BTreeSet<String>> {
    let names = Names::of(old, new);
    let [first, second] = cells(&names, old, new);
    let reader = Reader { names: &names, old, new };
    let ages = joint_ages(&names, old, new);
    let found = ByDay::differences(reader, [&first, &second], ages, most)?;
    Some(found.iter().map(told).collect())
}

fn told((old, new): &Different) -> String {
    format!("old {old:?} new {new:?}")
}
