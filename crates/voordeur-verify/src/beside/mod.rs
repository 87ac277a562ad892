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
//! | `another.rs` | what of one help in the place of another one can be compared |
//! | `ask.rs` | what can be reported to both at once |
//! | `twins.rs` | clocks of both that run out at the same moment |
//! | `search.rs` | both machines at once, with time in one zone |
//! | `ends.rs` | events that end a case in the same way in both |
//! | `clocks.rs` | what time brings to both |
//! | `landing.rs` | a step of both, or of one of them, and the moments after it |
//! | `unsettled.rs` | what one of them has said at a moment, and the other one has not |
//! | `reports.rs` | what is reported to both, and what comes of it |
//! | `ties.rs` | what is known of the dates of both together |
//! | `places.rs` | which moments stand together as one state |
//! | `legs.rs` | what is reported on a way through both |
//! | `play.rs` | from a way through both to a history with real dates |
//! | `again.rs` | whether what a history shows shows as well with other answers |
//! | `aimed.rs` | real dates for a term that is later in one version from certain days on only |
//! | `verdict.rs` | what a difference means for the household |
//! | `aspects.rs` | in what an obligation that both open differs |
//! | `clock.rs` | which moment of an obligation that decides, and in which version it is later |
//! | `expiry.rs` | what the passing of a moment brings, and so what it means that it passes sooner |
//! | `cut_off.rs` | what must be done and is called off while it is open |
//! | `at_once.rs` | clocks of different things that run out at one midnight |
//! | `undecided.rs` | what may differ and no history shows |
//! | `behind.rs` | help that comes in the other version behind something that has to be done first |
//! | `both_ways.rs` | an example each way, where one household is better off and another one worse |
//! | `opened.rs` | what shows in what an obligation differs |
//! | `calendars.rs` | which days are not the same in the calendars of both |
//! | `exploring.rs` | how closely both are looked at: no closer than it takes |
//! | `days.rs` | the days of the reports for which they are compared |
//! | `report.rs` | what is told of a comparison |
//! | `telling.rs` | the differences that were found, each once |
//! | `planned.rs` | which of several contacts one version alone begins |
//! | `weighing.rs` | what one version alone does, and what that means |
//! | `moment.rs` | whether they differ in one moment alone |
//! | `notice.rs` | whether they differ in whom one rule tells, or when, alone |
//! | `evened.rs` | what lies behind a term that is not the same in both |
//! | `single.rs` | the moments that an obligation says, one by one |
//! | `evening.rs` | one version with the moments, numbers and notices of another one |
//! | `each.rs` | versions that differ in several moments: one change at a time |
//! | `really.rs` | what two versions themselves do in a history of two that lie between them |
//! | `following.rs` | what follows from another difference |
//! | `returning.rs` | one version alone goes back to the stage that it had interrupted: told once |
//! | `stage.rs` | in which stage something is |
//! | `canonical.rs` | the same whichever version is the old one |
//! | `words.rs` | what something that a version says is called |
//! | `met.rs` | what has changed of what a case meets on its way to a difference |
//! | `whom.rs` | with which answers a difference shows |
//! | `by_day.rs` | the same day by day: the oracle of the tests |

mod again;
mod age;
mod aimed;
mod alike;
mod another;
mod answer;
mod ask;
mod aspects;
mod at_once;
mod behind;
mod both_ways;
mod by_day;
mod calendars;
mod canonical;
mod clock;
mod clocks;
mod cut_off;
mod days;
mod each;
mod ends;
mod evened;
mod evening;
mod expiry;
mod exploring;
mod following;
mod hidden;
mod landing;
mod legs;
mod meaning;
mod met;
mod moment;
mod names;
mod notice;
mod onward;
mod opened;
mod parted;
mod places;
mod planned;
mod play;
mod reach;
mod really;
mod report;
mod reports;
mod returning;
mod search;
mod single;
mod soon;
mod stage;
mod telling;
mod ties;
mod twins;
mod undecided;
mod unsettled;
mod verdict;
mod wait;
mod waiting;
mod weighing;
mod whom;
mod words;

pub use aspects::Aspect;
pub use days::Days;
pub use evened::{in_its_stage_too, is_of_one_place, is_told_by};
pub use onward::means_both;
pub use report::{
    Compared, Difference, Done, Example, Unconfirmed, What, compare, compare_between, compare_on,
    compare_together,
};
pub use verdict::Verdict as Effect;

use std::collections::BTreeSet;

use voordeur_protocol::Protocol;

use self::age::joint_ages;
use self::answer::Reader;
use self::by_day::{ByDay, Different};
use self::exploring::{Exploring, Teller, cells};
use self::names::Names;
use self::search::Beside;
use crate::explore::{Budget, Incomplete};

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
    let exploring =
        Exploring { old, new, days: Days::default(), budget, names_all: true, first_is_enough: false };
    let all = exploring.explored(Teller { tells: &answers, is_settled: &settled, with: &|found, _| found });
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
