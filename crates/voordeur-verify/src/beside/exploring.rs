//! How closely both versions are looked at: no closer than it takes.
//!
//! ```text
//!   terms of referrals left out ──▶ with them ──▶ with what may hold an end back ──▶ to the end ──▶ more and more moments told apart
//!        │ what was found is shown on real dates: enough
//! ```
//!
//! What is looked at less closely can do more than it really can. So nothing that differs is missed, and what is found has to be
//! shown.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use voordeur_protocol::guard::Expr;
use voordeur_protocol::{ObligationId, Protocol};

use super::age::joint_ages;
use super::answer::Reader;
use super::ask::joint_values;
use super::days::Days;
use super::hidden::Hidden;
use super::names::{Names, translated};
use super::play::MOST_OF_ALL;
use super::reach::Reach;
use super::search::Beside;
use crate::cells::Cells;
use crate::explore::{Budget, MORE_ZONES, MOST_ZONES, Search};
use crate::inert::Watched;
use crate::moments;
use crate::side_by_side::{both, each};

/// So many zones of one situation are told apart at first: all its moments are taken together.
const FIRST_ZONES: usize = 1;

/// Where the first difference would be enough and is not shown, one of so many may be.
const SEVERAL: usize = 24;

/// So many states are looked at in the hope of a difference that can be shown at once.
const FIRST_STATES: usize = 1_500;

/// So many for what is not shown yet, before all is looked at more closely.
const FEW_STATES: usize = 2_500;

/// So many steps are made to find real dates where more can be looked at than was.
const LITTLE_PATIENCE: u32 = 12_000;

/// So many where a referral that is not looked at would have to be, if no history with one shows what is found.
const LEAST_PATIENCE: u32 = 2_000;

/// What both versions are, and how much is looked at.
#[derive(Clone, Copy)]
pub(super) struct Exploring<'a> {
    pub(super) old: &'a Protocol,
    pub(super) new: &'a Protocol,
    pub(super) days: Days,
    pub(super) budget: Budget,
    /// Whether all that is let go of is named.
    pub(super) names_all: bool,
    /// Whether the first difference is enough.
    pub(super) first_is_enough: bool,
}

/// What is told of a look.
pub(super) struct Teller<'t, T> {
    pub(super) tells: &'t (dyn Fn(&Beside<'_>) -> T + Sync),
    /// Whether it was looked at closely enough, given whether terms were left out.
    pub(super) is_settled: &'t (dyn Fn(&T, bool) -> bool + Sync),
    /// What is told already, with what a closer look shows that did not come to its end.
    pub(super) with: &'t (dyn Fn(T, &T) -> T + Sync),
}

impl<T> Clone for Teller<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Teller<'_, T> {}

/// What has changed behind one thing that opens it, and what is left out beside it.
type Opener = (Arc<Reach>, Hidden);

/// What comes of looking at a part.
enum Part<T> {
    /// What is told of it.
    Told(T),
    /// The same, and it is enough for all of them.
    Enough(T),
    /// It is looked at in these parts.
    Apart(Vec<Hidden>),
}

/// What comes of one look.
struct Looked<T> {
    /// What is told of it; `None` where something would have to be looked at that is not.
    told: Option<T>,
    is_incomplete: bool,
    is_found: bool,
    /// Whether terms of referrals were left out.
    timeless: bool,
    /// Whether referrals were that may hold an end back.
    holds: bool,
    lacking: BTreeMap<u32, bool>,
    lacks_holders: bool,
}

impl<T> Looked<T> {
    fn of(beside: &Beside<'_>, close: &Closeness, teller: Teller<'_, T>) -> Self {
        let timeless = beside.sides.iter().any(|side| !side.looks.timeless.is_empty());
        let holds = beside.sides.iter().any(|side| !side.looks.holders.is_empty());
        // Where every answer is compared, nothing but all of it is enough.
        let is_told = beside.lacking.is_empty() && !(beside.lacks_holders && beside.names_all);
        let told = (is_told && !beside.is_given_up()).then(|| {
            let patience = close.patience(timeless || holds);
            // With the referrals of which nothing is known yet more will be looked at anyway.
            beside.patience.set(if beside.lacks_holders { patience.min(LEAST_PATIENCE) } else { patience });
            (teller.tells)(beside)
        });
        Self {
            told,
            is_incomplete: beside.incomplete.is_some(),
            is_found: !beside.found.is_empty(),
            timeless,
            holds,
            lacking: beside.lacking.clone(),
            lacks_holders: beside.lacks_holders,
        }
    }

    /// Whether the next look is the same with the terms of referrals.
    fn leads_to_terms(&self, teller: Teller<'_, T>) -> bool {
        let is_settled = |told: &T| (teller.is_settled)(told, true);
        let is_over = self.told.as_ref().is_some_and(|told| self.is_incomplete || is_settled(told));
        !is_over && self.timeless && self.lacking.is_empty() && !self.lacks_holders
    }
}

/// How closely.
#[derive(Clone)]
struct Closeness {
    hidden: Hidden,
    leaves_terms_out: bool,
    zones: usize,
    /// So many differences are enough.
    enough: usize,
}

impl Closeness {
    /// The same with the terms of referrals looked at.
    fn with_terms(self) -> Self {
        Self { leaves_terms_out: false, zones: self.zones.max(MOST_ZONES), ..self }
    }

    /// So many steps are made in the hope of real dates: with little effort where there is something left to look at more closely.
    const fn patience(&self, is_loose: bool) -> u32 {
        if is_loose || self.enough == 1 || self.zones < MOST_ZONES {
            LITTLE_PATIENCE
        } else if self.zones == MOST_ZONES {
            MOST_OF_ALL / 2
        } else {
            MOST_OF_ALL
        }
    }
}

impl Exploring<'_> {
    /// Looks at both versions, and tells of it, once for each part of what has changed that can be looked at by itself. What runs
    /// beside the case is looked at only where it has to be.
    pub(super) fn explored<T: Send>(self, teller: Teller<'_, T>) -> Vec<T> {
        let names = Names::of(self.old, self.new);
        let reader = Reader { names: &names, old: self.old, new: self.new };
        let reach = Reach::of(reader);
        let openers = Hidden::of(reader, &reach).apart(reader, &reach);
        let openers: Vec<Opener> = openers
            .into_iter()
            .map(|hidden| (Arc::new(reach.beside(reader, &hidden.watched)), hidden))
            .collect();
        if !self.first_is_enough {
            let all = each(&openers, |(reach, hidden)| self.in_parts(&names, reach, hidden.clone(), teller));
            return all.into_iter().flatten().collect();
        }
        let (mut all, mut left) = (Vec::new(), openers.as_slice());
        while let Some(((reach, hidden), others)) = left.split_first() {
            left = others;
            if self.is_shown_in_parts(&names, reach, hidden.clone(), teller, &mut all) {
                break;
            }
        }
        // It is the same behind another opener, in other stages perhaps: seen at once, or not looked for.
        let glances = each(left, |(reach, hidden)| self.at_a_glance(&names, reach, hidden.clone(), teller));
        all.extend(glances.into_iter().flatten());
        all
    }

    /// What is told of all that lies behind one opener, in as many parts as it is looked at.
    fn in_parts<T: Send>(
        self,
        names: &Names,
        reach: &Arc<Reach>,
        hidden: Hidden,
        teller: Teller<'_, T>,
    ) -> Vec<T> {
        match self.part(names.clone(), reach, hidden, teller) {
            Part::Told(told) | Part::Enough(told) => vec![told],
            Part::Apart(parts) => {
                let all = each(&parts, |hidden| self.in_parts(names, reach, hidden.clone(), teller));
                all.into_iter().flatten().collect()
            }
        }
    }

    /// The same one part after the other, until what is told of one is enough; whether it is.
    fn is_shown_in_parts<T: Send>(
        self,
        names: &Names,
        reach: &Arc<Reach>,
        hidden: Hidden,
        teller: Teller<'_, T>,
        all: &mut Vec<T>,
    ) -> bool {
        match self.part(names.clone(), reach, hidden, teller) {
            Part::Told(told) => {
                all.push(told);
                false
            }
            Part::Enough(told) => {
                all.push(told);
                true
            }
            Part::Apart(parts) => {
                parts.into_iter().any(|hidden| self.is_shown_in_parts(names, reach, hidden, teller, all))
            }
        }
    }

    /// What is told of one part.
    fn part<T: Send>(
        self,
        mut names: Names,
        reach: &Arc<Reach>,
        hidden: Hidden,
        teller: Teller<'_, T>,
    ) -> Part<T> {
        let names = &mut names;
        let Teller { is_settled, with, .. } = teller;
        let enough = if self.first_is_enough { 1 } else { usize::MAX };
        // Where nobody shows what is found on real dates, it has to be exact at once.
        let zones = if self.first_is_enough || self.names_all { MOST_ZONES } else { FIRST_ZONES };
        let mut close = Closeness { hidden, leaves_terms_out: true, zones, enough };
        if self.first_is_enough
            && let Some((told, is_found)) = self.at_once(names, reach, &close, teller)
            && is_settled(&told, false)
        {
            // Where it shows nothing another part may.
            return if is_found { Part::Enough(told) } else { Part::Told(told) };
        }
        let mut less_closely = None;
        let mut ahead: Option<Looked<T>> = None;
        loop {
            names.hidden.clone_from(&close.hidden.numbers);
            let reader = Reader { names, old: self.old, new: self.new };
            let known = ahead.take();
            // Nobody puts it with anything where every answer is compared.
            if known.is_none()
                && !self.names_all
                && let Some(less) = less_closely.take()
            {
                let less = with(less, &self.a_few(reader, reach, &close, teller));
                if is_settled(&less, true) {
                    return Part::Told(less);
                }
                less_closely = Some(less);
            }
            let looked = match known {
                Some(known) => known,
                None => {
                    let (looked, next) = self.look_ahead(reader, reach, &close, teller);
                    ahead = next;
                    looked
                }
            };
            let Looked { told, timeless, holds, .. } = looked;
            if let Some(told) = told {
                if looked.is_incomplete {
                    return Part::Told(match less_closely {
                        Some(less) => with(less, &told),
                        None => told,
                    });
                }
                if is_settled(&told, timeless) || !timeless && !holds && close.zones > MOST_ZONES {
                    let is_enough = close.enough < usize::MAX && looked.is_found;
                    return if is_enough { Part::Enough(told) } else { Part::Told(told) };
                }
                if !looked.lacks_holders {
                    less_closely = Some(told);
                }
            }
            if !looked.lacking.is_empty() {
                match <[Hidden; 1]>::try_from(close.hidden.one_by_one(&looked.lacking, reader, reach)) {
                    Ok([all]) => close.hidden = all,
                    Err(parts) => return Part::Apart(parts),
                }
            } else if timeless && !looked.lacks_holders {
                close = close.with_terms();
            } else if holds {
                close.hidden = close.hidden.with_holders(reader, reach);
            } else if close.enough < usize::MAX {
                close.enough = if close.enough == 1 { SEVERAL } else { usize::MAX };
            } else {
                close.zones = if close.zones < MOST_ZONES { MOST_ZONES } else { MORE_ZONES[0] };
            }
        }
    }

    /// What is told of the first differences, as far as they are found soon.
    fn a_few<T>(self, reader: Reader<'_>, reach: &Arc<Reach>, close: &Closeness, teller: Teller<'_, T>) -> T {
        let few = Self { budget: Budget { states: FEW_STATES.min(self.budget.states) }, ..self };
        let beside = few.looked(reader, reach, &Closeness { enough: SEVERAL, ..close.clone() }, None);
        beside.patience.set(LITTLE_PATIENCE);
        (teller.tells)(&beside)
    }

    /// What is told of the first difference, where one is found soon.
    fn at_a_glance<T>(
        self,
        names: &Names,
        reach: &Arc<Reach>,
        hidden: Hidden,
        teller: Teller<'_, T>,
    ) -> Option<T> {
        let close = Closeness { hidden, leaves_terms_out: true, zones: MOST_ZONES, enough: 1 };
        self.at_once(&mut names.clone(), reach, &close, teller)
            .filter(|(_, is_found)| *is_found)
            .map(|(told, _)| told)
    }

    /// What is told of the first difference, where one is found soon with all that runs beside the case looked at, or where soon all
    /// of it was; and whether one is.
    fn at_once<T>(
        self,
        names: &mut Names,
        reach: &Arc<Reach>,
        close: &Closeness,
        teller: Teller<'_, T>,
    ) -> Option<(T, bool)> {
        let reader = Reader { names, old: self.old, new: self.new };
        let hidden = close.hidden.clone().with_holders(reader, reach);
        names.hidden.clone_from(&hidden.numbers);
        let reader = Reader { names, old: self.old, new: self.new };
        let close = Closeness { hidden, leaves_terms_out: false, zones: MOST_ZONES, enough: 1 };
        let little = Self { budget: Budget { states: FIRST_STATES }, ..self };
        let beside = little.looked(reader, reach, &close, None);
        let is_found = !beside.found.is_empty();
        beside.patience.set(if is_found { LITTLE_PATIENCE } else { MOST_OF_ALL / 2 });
        let is_whole = beside.incomplete.is_none() && !beside.is_lacking();
        is_whole.then(|| ((teller.tells)(&beside), is_found))
    }

    /// What comes of a look without the terms of referrals, and, where those are looked at next, of that as well: it has begun meanwhile
    /// where a core has nothing to do, and is given up where it turns out not to be needed.
    fn look_ahead<T: Send>(
        self,
        reader: Reader<'_>,
        reach: &Arc<Reach>,
        close: &Closeness,
        teller: Teller<'_, T>,
    ) -> (Looked<T>, Option<Looked<T>>) {
        let look = |close: &Closeness, given_up: Option<&AtomicBool>| {
            Looked::of(&self.looked(reader, reach, close, given_up), close, teller)
        };
        let is_worth_it = close.leaves_terms_out
            && (close.zones, close.enough) == (MOST_ZONES, usize::MAX)
            && close.hidden.leaves_terms_out(reader, reach);
        if !is_worth_it {
            return (look(close, None), None);
        }
        let (next, given_up) = (close.clone().with_terms(), AtomicBool::new(false));
        let first = || {
            let looked = look(close, None);
            if !looked.leads_to_terms(teller) {
                given_up.store(true, Ordering::Relaxed);
            }
            looked
        };
        let second = || {
            let is_needed = || !given_up.load(Ordering::Relaxed);
            is_needed().then(|| look(&next, Some(&given_up))).filter(|_| is_needed())
        };
        let (looked, next) = both(first, second);
        // It may have come to its end before it was known that nobody needs it.
        (looked, next.filter(|_| !given_up.load(Ordering::Relaxed)))
    }

    fn looked<'r>(
        self,
        reader: Reader<'r>,
        reach: &Arc<Reach>,
        close: &Closeness,
        given_up: Option<&'r AtomicBool>,
    ) -> Beside<'r> {
        let mut sides = searches(reader, &close.hidden.watched, self.budget);
        close.hidden.loosen(reader, reach, close.leaves_terms_out, &mut sides);
        let mut beside = Beside::new(reader, Arc::clone(reach), sides, self.budget);
        beside.given_up = given_up;
        (beside.days, beside.zones) = (self.days, close.zones);
        beside.enough = close.enough;
        (beside.names_all, beside.named) = (self.names_all, close.hidden.named(reader));
        beside.run();
        beside
    }
}

/// The cells of both versions, with the same values for the same fields.
pub(super) fn cells(names: &Names, old: &Protocol, new: &Protocol) -> [Cells; 2] {
    let [before, after] = joint_ages(names, old, new);
    let types = (old, new);
    let translate = |guard: &Expr| names.condition(guard, types);
    let values = joint_values(old, new, &translate);
    let mut first = Cells::of(old);
    let mut second = Cells::of(new);
    // What makes a difference to one of them is tried in both.
    let there: Vec<_> =
        first.begun.iter().filter_map(|of| names.obligations.now(of.0)).map(ObligationId).collect();
    first.begun.extend(second.begun.iter().filter_map(|of| names.obligations.then(of.0)).map(ObligationId));
    second.begun.extend(there);
    let others = new.fields.iter().map(|(field, row)| {
        let mut own = second.values(field).to_vec();
        let there = names.field_in_old(field).map(|there| (there, &old.fields.row(there).ty));
        if let Some((there, ty)) = there {
            let more = values.get(usize::from(there.0)).into_iter().flatten();
            for value in more.filter_map(|value| translated(ty, &row.ty, value)) {
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

fn searches<'r>(
    Reader { names, old, new }: Reader<'r>,
    [first_watched, second_watched]: &[Watched; 2],
    budget: Budget,
) -> [Search<'r>; 2] {
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
    // Whether two steps do the same is then seen at once.
    after.recipes = before.recipes.clone();
    [before, after]
}
