//! Two versions with several changes: what is told of them, and the days.

mod changed;
mod random;

use voordeur_protocol::{Protocol, unchecked};
use voordeur_verify::{
    Budget, Compared, Difference, Done, What, answers_apart_day_by_day, compare, compare_together,
};

use crate::changed::{another_number, changed};
use crate::random::{Dice, pathway};

const BUDGET: Budget = Budget { states: 20_000 };

/// How many pairs are compared in one run of the tests.
const PAIRS: u64 = 1_000;

fn protocol(text: &str) -> Option<Protocol> {
    unchecked(text).into_iter().next()
}

/// What is told, in words for programs; `mirrored` as if the versions were the other way round.
fn told(all: &Compared, mirrored: bool) -> Vec<String> {
    let key = |one: &Difference| {
        let verdict = if mirrored { one.verdict.mirrored() } else { one.verdict };
        match &one.what {
            What::Aspect { of, aspect } => format!("{verdict:?} {of} {}", aspect.key),
            What::Answers { old, new } => {
                let keys =
                    |all: &[Done]| all.iter().map(|done| done.key.clone()).collect::<Vec<_>>().join(", ");
                let mut sides = [keys(old), keys(new)];
                if mirrored {
                    sides.reverse();
                }
                format!("{verdict:?} {} ≠ {}", sides[0], sides[1])
            }
        }
    };
    let mut all: Vec<String> = all.differences.iter().map(key).collect();
    all.sort();
    all
}

fn is_real(one: &Difference) -> bool {
    one.examples.iter().any(|example| example.evened.is_empty())
}

#[test]
fn something_is_told_of_several_changes_where_some_day_parts_them() {
    let half = |thread: u64| move || compared((0..).filter(move |seed| seed % 2 == thread), PAIRS / 2);
    let counts = [0, 1].map(|thread| std::thread::spawn(half(thread)));
    let counts = counts.map(|thread| thread.join().expect("both agree"));
    let [same, different] = [0, 1].map(|what| counts.iter().filter_map(|one| one.get(what)).sum::<u64>());
    assert!(same > PAIRS / 10 && different > PAIRS / 5, "{same} the same, {different} different");
}

fn compared(seeds: impl Iterator<Item = u64>, many: u64) -> [u64; 2] {
    let (mut count, mut counts) = (0, [0; 2]);
    for seed in seeds {
        let text = pathway(seed);
        let mut dice = Dice(seed.wrapping_mul(0x2f_ae_c1_b7_27_22_0a_95).wrapping_add(11));
        let change = if dice.roll(2) == 0 { changed } else { another_number };
        let two = (0..=1 + dice.roll(2)).fold(text.clone(), |text, _| change(&text, &mut dice));
        let (Some(old), Some(new)) = (protocol(&text), protocol(&two)) else { continue };
        let Some(naive) = answers_apart_day_by_day(&old, &new, 150) else { continue };
        let there = compare(&old, &new, BUDGET);
        if there.incomplete.is_some() {
            continue;
        }
        let case = || format!("seed {seed}: {naive:?}\n{there:#?}\n{text}\n{two}");
        // That somebody has longer for something is told, also where nothing ever comes of it.
        let is_promise = |one: &Difference| matches!(one.what, What::Aspect { .. });
        assert!(!naive.is_empty() || there.differences.iter().all(is_promise), "{}", case());
        let shown = there.differences.iter().any(is_real) || !there.unconfirmed.is_empty();
        assert!(shown || naive.is_empty(), "{}", case());
        let together = compare_together(&old, &new, BUDGET);
        let (each, all) = (told(&there, false), told(&together, false));
        let left: Vec<&String> = all.iter().filter(|one| !each.contains(one)).collect();
        assert!(left.is_empty(), "{left:#?}\n{}", case());
        let back = compare(&new, &old, BUDGET);
        assert_eq!(told(&there, false), told(&back, true), "{}", case());
        counts.iter_mut().skip(usize::from(!naive.is_empty())).take(1).for_each(|count| *count += 1);
        count += 1;
        if count >= many {
            break;
        }
    }
    counts
}
