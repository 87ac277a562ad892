//! A pathway whose settings have other values from a day on is compared for the days on which both editions hold.

use jiff::civil::Date;
use voordeur_protocol::CheckedProtocol;
use voordeur_verify::{Budget, Compared, Days, Difference, compare_on};

/// For the reports of which days something is.
pub(crate) type Told<T> = (T, Days);

/// What is the same on the days after one another is told once, with all those days.
fn joined<T>(all: &mut Vec<Told<T>>, found: Vec<T>, days: Days, same: impl Fn(&T, &T) -> bool) {
    let before = days.from.and_then(|from| from.yesterday().ok());
    for one in found {
        let known = all.iter_mut().find(|(known, own)| own.until == before && same(known, &one));
        match known {
            Some((_, own)) => own.until = days.until,
            None => all.push((one, days)),
        }
    }
}

/// Compares two versions, for reports of all days.
pub(crate) fn compare(old: &CheckedProtocol, new: &CheckedProtocol, budget: Budget) -> (Compared, Vec<Days>) {
    let mut firsts: Vec<Option<Date>> =
        old.editions().chain(new.editions()).map(CheckedProtocol::edition).collect();
    firsts.sort();
    firsts.dedup();
    let mut all = Compared::same();
    let (mut differences, mut open) = (Vec::new(), Vec::new());
    for (number, from) in firsts.iter().copied().enumerate() {
        let next = firsts.get(number + 1).copied().flatten();
        let days = Days { from, until: next.and_then(|next| next.yesterday().ok()) };
        let on = |one: &CheckedProtocol| from.map_or_else(|| one.clone(), |day| one.on(day));
        let found = compare_on(&on(old), &on(new), days, budget);
        all.situations += found.situations;
        all.incomplete = all.incomplete.or(found.incomplete);
        all.free = found.free;
        let same = |one: &Difference, other: &Difference| {
            (one.verdict, &one.what, &one.causes, &one.stages, one.follows, &one.met)
                == (other.verdict, &other.what, &other.causes, &other.stages, other.follows, &other.met)
        };
        joined(&mut differences, found.differences, days, same);
        joined(&mut open, found.unconfirmed, days, |one, other| one.key == other.key);
    }
    differences.sort_by_key(|(one, _)| (one.follows, one.verdict));
    all.unconfirmed = open.into_iter().map(|(one, _)| one).collect();
    let days;
    (all.differences, days) = differences.into_iter().unzip();
    (all, days)
}
