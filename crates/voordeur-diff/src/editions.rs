//! A pathway whose settings have other values from a day on is compared for the days on which both editions hold.

use jiff::civil::Date;
use voordeur_protocol::CheckedProtocol;
use voordeur_verify::{Budget, Compared, Days, Difference, Done, What, compare_between, compare_on};

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
    each(&[old, new], |day, days| compare_on(&on(old, day), &on(new, day), days, budget))
}

/// Compares two versions that lie between two others.
pub(crate) fn compare_step(
    [old, new]: [&CheckedProtocol; 2],
    [before, after]: [&CheckedProtocol; 2],
    budget: Budget,
) -> (Compared, Vec<Days>) {
    let mut evened: Vec<String> = Vec::new();
    for (own, there) in [(old.meaning(), before.meaning()), (new.meaning(), after.meaning())] {
        evened.extend(own.differences(&there).into_iter().map(str::to_owned));
    }
    evened.sort();
    evened.dedup();
    each(&[old, new, before, after], |day, days| {
        let (whole, between) = ([on(old, day), on(new, day)], [on(before, day), on(after, day)]);
        compare_between(
            whole.each_ref().map(|one| &**one),
            between.each_ref().map(|one| &**one),
            &evened,
            days,
            budget,
        )
    })
}

/// Whether two differences say the same, each with an example of its own days.
fn is_same(one: &Difference, other: &Difference) -> bool {
    let done = |all: &[Done]| -> Vec<(String, bool)> {
        all.iter().map(|one| (one.key.clone(), one.otherwise.is_some())).collect()
    };
    let says_the_same = match (&one.what, &other.what) {
        (What::Answers { old, new }, What::Answers { old: before, new: after }) => {
            (done(old), done(new)) == (done(before), done(after))
        }
        (what, there) => what == there,
    };
    says_the_same
        && (one.verdict, &one.causes, &one.stages, one.follows, &one.met)
            == (other.verdict, &other.causes, &other.stages, other.follows, &other.met)
}

/// The edition that holds for the reports of a day.
fn on(one: &CheckedProtocol, day: Option<Date>) -> CheckedProtocol {
    day.map_or_else(|| one.clone(), |day| one.on(day))
}

/// What is found for each stretch of days on which all editions hold.
fn each(
    versions: &[&CheckedProtocol],
    look: impl Fn(Option<Date>, Days) -> Compared,
) -> (Compared, Vec<Days>) {
    let editions = versions.iter().flat_map(|one| one.editions().map(CheckedProtocol::edition));
    let mut firsts: Vec<Option<Date>> = editions.collect();
    firsts.sort();
    firsts.dedup();
    let mut all = Compared::same();
    let (mut differences, mut open) = (Vec::new(), Vec::new());
    for (number, from) in firsts.iter().copied().enumerate() {
        let next = firsts.get(number + 1).copied().flatten();
        let days = Days { from, until: next.and_then(|next| next.yesterday().ok()) };
        let found = look(from, days);
        all.situations += found.situations;
        all.incomplete = all.incomplete.or(found.incomplete);
        all.is_whole &= found.is_whole;
        all.free = found.free;
        joined(&mut differences, found.differences, days, is_same);
        joined(&mut open, found.unconfirmed, days, |one, other| one.key == other.key);
    }
    differences.sort_by_key(|(one, _)| (one.follows, one.verdict));
    all.unconfirmed = open.into_iter().map(|(one, _)| one).collect();
    let days;
    (all.differences, days) = differences.into_iter().unzip();
    (all, days)
}
