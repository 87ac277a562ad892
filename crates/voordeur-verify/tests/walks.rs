//! Whatever real cases come to on real days, at any hour, the search has found: random pathways with everything in them that
//! the day-by-day engine cannot count, and case histories at random on the production engine.

#![expect(clippy::panic, reason = "a panic in a test is a failing test")]

mod random;
mod rich;

use voordeur_protocol::{Protocol, unchecked};
use voordeur_verify::{Budget, Facts, Mistake, facts, facts_of_walks};

use crate::rich::rich;

const BUDGET: Budget = Budget { states: 450 };

/// How many pathways are compared in one run of the tests.
const PATHWAYS: usize = 100;

/// So many case histories are played of each.
const WALKS: u32 = 60;

#[test]
fn what_a_case_comes_to_the_search_has_found() {
    let half = |thread: u64| move || compared((0..).filter(move |seed| seed % 2 == thread), PATHWAYS / 2);
    let threads = [0, 1].map(|thread| std::thread::spawn(half(thread)));
    let counts = threads.map(|thread| thread.join().expect("nothing is missing"));
    for (word, number) in rich::WORDS.iter().zip(0..) {
        let times: u32 = counts.iter().filter_map(|(_, met)| met.get(number)).sum();
        assert!(times > 2, "`{word}` is in {times} of them only");
    }
    let [open, all] = [counts.iter().map(|(open, _)| open).sum::<usize>(), PATHWAYS];
    assert!(2 * open < all, "{open} of {all} were too large to be looked through");
}

/// Compares so many pathways; counts those that the search did not look through, and how many have what.
fn compared(seeds: impl Iterator<Item = u64>, many: usize) -> (usize, Vec<u32>) {
    let (mut open, mut met) = (0, vec![0; rich::WORDS.len()]);
    for seed in seeds.take(many) {
        let text = rich(seed);
        match missing(&text, seed) {
            Some(missing) => assert!(missing.is_empty(), "seed {seed}: {missing:?}\n{text}"),
            None => open += 1,
        }
        for (times, word) in met.iter_mut().zip(rich::WORDS) {
            *times += u32::from(text.contains(word));
        }
    }
    (open, met)
}

/// What a case came to and the search has not found; `None` where the search did not look at everything.
fn missing(text: &str, seed: u64) -> Option<Vec<String>> {
    let protocol = protocol(text);
    let (fast, _, incomplete) = facts(&protocol, BUDGET, Mistake::None);
    incomplete.is_none().then(|| facts_of_walks(&protocol, seed, WALKS).beyond(&fast, &protocol))
}

fn protocol(text: &str) -> Protocol {
    unchecked(text).into_iter().next().unwrap_or_else(|| panic!("{text}"))
}

/// The comparison can fail: of a pathway whose terms are longer than the search believes something is missing.
#[test]
fn what_the_search_does_not_know_is_missing() {
    let text = "pathway p {\n  version \"1\"\n  lead house\n  agency house\n  role worker of house\n  trigger t from anyone { -> s0 }\n  stage s0 {\n    must task a by worker within WITHIN\n    on a done -> good\n    on a overdue -> bad\n    after 9 days -> good\n  }\n  end good success\n  end bad failure\n}\n";
    let short = protocol(&text.replace("WITHIN", "12 days"));
    let long = protocol(&text.replace("WITHIN", "5 working days"));
    let (known, ..) = facts(&short, BUDGET, Mistake::None);
    let told: Facts = facts_of_walks(&long, 1, 400);
    assert!(!told.beyond(&known, &long).is_empty(), "{known:?}");
}
