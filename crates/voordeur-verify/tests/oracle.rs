//! The fast engine against the naive one, on random pathways: both must show the same.

#![expect(clippy::panic, reason = "a panic in a test is a failing test")]

mod mistaken;
mod random;

use std::collections::BTreeSet;

use voordeur_protocol::{Cause, Protocol, StageId, Suspected, compile_judged, unchecked};
use voordeur_verify::{
    Budget, Facts, Mistake, bounds, bounds_day_by_day, facts, facts_day_by_day, facts_hour_by_hour,
    judged_day_by_day,
};

use crate::mistaken::mistaken;
use crate::random::{pathway, plain};

const BUDGET: Budget = Budget { states: 20_000 };

/// How many pathways are compared in one run of the tests.
const PATHWAYS: u64 = 10_000;

fn protocol(text: &str) -> Option<Protocol> {
    unchecked(text).into_iter().next()
}

#[test]
fn both_engines_show_the_same() {
    let half = |thread: u64| move || compared((0..).filter(move |seed| seed % 2 == thread), PATHWAYS / 2);
    let threads = [0, 1].map(|thread| std::thread::spawn(half(thread)));
    let met = threads.map(|thread| thread.join().expect("both agree"));
    for (what, word) in [
        "a round of stages",
        "a round within a stage",
        "a wait for ever",
        "a birthday",
        "an answer left lying",
        "a sliding count",
    ]
    .iter()
    .enumerate()
    {
        let times: u64 = met.iter().filter_map(|times| times.get(what)).sum();
        assert!(times > 50, "{word}: {times} times");
    }
}

/// Compares so many pathways; those that are too large for the naive engine are passed over. Counts in how many of them there
/// is what the comparison is for.
fn compared(seeds: impl Iterator<Item = u64>, many: u64) -> [u64; 6] {
    let (mut count, mut met) = (0, [0; 6]);
    for seed in seeds {
        let text = pathway(seed);
        let protocol = protocol(&text).unwrap_or_else(|| panic!("{text}"));
        let Some((mut naive, _)) = facts_day_by_day(&protocol, 200) else { continue };
        let (fast, _, incomplete) = facts(&protocol, BUDGET, Mistake::None);
        assert_eq!(incomplete, None, "seed {seed}: {text}");
        naive.lost = told_of_lost(&fast.lost, naive.lost);
        let (more, less) = (fast.beyond(&naive, &protocol), naive.beyond(&fast, &protocol));
        assert!(
            more.is_empty() && less.is_empty(),
            "seed {seed}\nonly fast: {more:?}\nonly naive: {less:?}\n{text}"
        );
        let birthday =
            naive.rules.iter().any(|rule| matches!(protocol.rules.row(*rule).cause, Cause::Birthday { .. }));
        let there = [
            !naive.rounds.is_empty(),
            !naive.reopened.is_empty(),
            !naive.waits.is_empty(),
            birthday,
            !naive.lying.is_empty(),
            text.contains("when lately "),
        ];
        met.iter_mut().zip(there).for_each(|(times, there)| *times += u64::from(there));
        count += 1;
        if count >= many {
            break;
        }
    }
    met
}

/// So many last days, and so many stages and ends without one, are compared in one run of the tests.
const BOUNDED: usize = 300;

#[test]
fn both_engines_show_the_same_first_and_last_days() {
    let mut met = [0; 3];
    for text in (0..).map(pathway).filter(|text| !text.contains("birthday")) {
        let protocol = protocol(&text).unwrap_or_else(|| panic!("{text}"));
        let Some(naive) = bounds_day_by_day(&protocol, 200) else { continue };
        let (rows, _) = bounds(&protocol, BUDGET);
        for row in &rows {
            let days = naive.get(&row.milestone);
            let (least, most) = (row.earliest, row.latest);
            if row.is_earliest {
                assert_eq!(least, days.map(|(least, _)| *least), "{row:?} {days:?}\n{text}");
            }
            if row.is_latest {
                assert_eq!(most, days.and_then(|(_, most)| *most), "{row:?} {days:?}\n{text}");
            }
            met[0] += usize::from(row.is_latest && most.is_some());
            met[1] += usize::from(row.is_latest && most.is_none() && least.is_some());
            met[2] += usize::from(!row.is_latest || !row.is_earliest);
        }
        if met[0].min(met[1]) > BOUNDED {
            break;
        }
    }
    assert!(20 * met[2] < met[0] + met[1], "most of them are decided: {met:?}");
}

/// How many pathways with terms in hours are compared in one run of the tests.
const IN_HOURS: usize = 250;

#[test]
fn both_engines_show_the_same_of_terms_in_hours() {
    let half =
        |thread: u64| move || compared_in_hours((0..).filter(move |seed| seed % 2 == thread), IN_HOURS / 2);
    let threads = [0, 1].map(|thread| std::thread::spawn(half(thread)));
    threads.into_iter().for_each(|thread| thread.join().expect("both agree"));
}

fn compared_in_hours(seeds: impl Iterator<Item = u64>, many: usize) {
    let mut count = 0;
    for text in seeds.filter_map(in_hours) {
        let protocol = protocol(&text).unwrap_or_else(|| panic!("{text}"));
        let Some(naive) = facts_hour_by_hour(&protocol, 5_000) else { continue };
        let (fast, _, incomplete) = facts(&protocol, BUDGET, Mistake::None);
        assert_eq!(incomplete, None, "{text}");
        let (more, less) = (of_steps(&fast).beyond(&naive, &protocol), naive.beyond(&fast, &protocol));
        assert!(more.is_empty() && less.is_empty(), "only fast: {more:?}\nonly naive: {less:?}\n{text}");
        count += 1;
        if count >= many {
            break;
        }
    }
}

/// The pathway of a seed with four hours for every day; `None` where it looks back on days.
fn in_hours(seed: u64) -> Option<String> {
    let text = plain(seed);
    if text.contains("since ") {
        return None;
    }
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match (word.strip_prefix("days"), words.last_mut()) {
            (Some(rest), Some(number)) => {
                let days: u64 = number.parse().ok()?;
                *number = format!("{} hours{rest}", 4 * days);
            }
            _ => words.push(word.to_owned()),
        }
    }
    Some(words.join(" "))
}

/// What single steps show.
fn of_steps(facts: &Facts) -> Facts {
    let (waits, lost, rounds, reopened, lying) = Default::default();
    Facts { waits, lost, rounds, reopened, lying, ..facts.clone() }
}

/// A case may be lost from some day on in a stage that others leave in time: it is told in the stage where it is lost
/// whatever the day. What is told must be so, and where any case is lost, one stage must be told.
fn told_of_lost(fast: &BTreeSet<StageId>, naive: BTreeSet<StageId>) -> BTreeSet<StageId> {
    if fast.is_subset(&naive) && !fast.is_empty() { fast.clone() } else { naive }
}

/// The known mistake: clocks that stand still hold back all other time. It loses behaviour in silence; the
/// comparison finds it.
#[test]
fn a_planted_mistake_is_found() {
    let differs = |seed: &u64| {
        let Some(protocol) = protocol(&pathway(*seed)) else { return false };
        let Some((naive, _)) = facts_day_by_day(&protocol, 2_000) else { return false };
        facts(&protocol, BUDGET, Mistake::HeldClocksHoldTime).0 != naive
    };
    assert_eq!((0..2_000).filter(differs).take(5).count(), 5, "the mistake is not seen");
}

/// How many pathways with mistakes are compared in one run of the tests.
const MISTAKEN: u64 = 1_000;

/// What the checks suspect is judged on mistaken pathways by both engines.
#[test]
fn both_engines_judge_alike() {
    let half = |thread: u64| move || judged((0..).filter(move |seed| seed % 2 == thread), MISTAKEN / 2);
    let threads = [0, 1].map(|thread| std::thread::spawn(half(thread)));
    let counts = threads.map(|thread| thread.join().expect("both agree"));
    let [shown, never, open, unconfirmed] =
        [0, 1, 2, 3].map(|what| counts.iter().filter_map(|count| count.get(what)).sum::<u64>());
    assert!(shown > 400 && never > 1_000 && open < shown, "{shown} shown, {never} never, {open} open");
    assert!(unconfirmed * 40 < shown, "{shown} shown, {unconfirmed} seen and not confirmed");
}

/// Compares so many pathways of which something is suspected; counts what is shown, what never comes about, what is
/// not decided, and of that what is seen by one engine or by both and has no history with real dates.
fn judged(seeds: impl Iterator<Item = u64>, many: u64) -> [u64; 4] {
    let (mut count, mut counts) = (0, [0; 4]);
    for seed in seeds {
        let text = mistaken(seed);
        let mut all = None;
        // The checks ask once for what must hold, and once for the recommendations.
        let mut judge = |suspected: Suspected<'_>| {
            if let Some(judged) = judged_day_by_day(&suspected, BUDGET, 300) {
                all.get_or_insert_with(Vec::new).extend(judged);
            }
            Vec::new()
        };
        let mut none = |_: &str, _: &str| Err(String::new().into());
        let _ = compile_judged("", &text, &mut none, &mut judge);
        for one in all.iter().flatten() {
            let decided = one.fast.filter(|so| !so || one.played);
            let at = decided.map_or(2, |so| usize::from(!so));
            counts.iter_mut().skip(at).take(1).for_each(|count| *count += 1);
            counts[3] += u64::from(one.fast == Some(true) && !one.played);
            // What was not confirmed is told as such.
            assert!(
                one.fast.is_none_or(|so| so == one.naive || so && !one.played),
                "seed {seed}: {one:#?}\n{text}"
            );
        }
        count += u64::from(all.is_some());
        if count >= many {
            break;
        }
    }
    counts
}
