//! Actions of plugins that fail, wait for somebody, are called again or are begun first. The search against the days, on random
//! pathways.

#![expect(clippy::panic, reason = "a panic in a test is a failing test")]

mod acting;
mod random;

use voordeur_protocol::{Cause, Happening, Protocol, RuleId, unchecked};
use voordeur_verify::{Budget, Mistake, facts, facts_day_by_day};

use crate::acting::acted;

const BUDGET: Budget = Budget { states: 20_000 };

/// How many pathways are compared in one run of the tests.
const PATHWAYS: u64 = 1_000;

fn protocol(text: &str) -> Option<Protocol> {
    unchecked(text).into_iter().next()
}

#[test]
fn both_engines_show_the_same_of_actions() {
    let half = |thread: u64| move || compared((0..).filter(move |seed| seed % 2 == thread), PATHWAYS / 2);
    let threads = [0, 1].map(|thread| std::thread::spawn(half(thread)));
    let met = threads.map(|thread| thread.join().expect("both agree"));
    for (what, word) in ["begun", "failed", "retried"].iter().enumerate() {
        let times: u64 = met.iter().filter_map(|times| times.get(what)).sum();
        assert!(times > 20, "{word}: {times} times");
    }
}

/// Compares so many pathways; counts in how many of them there is a rule on each outcome that applies.
fn compared(seeds: impl Iterator<Item = u64>, many: u64) -> [u64; 3] {
    let (mut count, mut met) = (0, [0; 3]);
    for text in seeds.filter_map(acted) {
        let protocol = protocol(&text).unwrap_or_else(|| panic!("{text}"));
        let Some((naive, _)) = facts_day_by_day(&protocol, 900) else { continue };
        let (fast, _, incomplete) = facts(&protocol, BUDGET, Mistake::None);
        assert_eq!(incomplete, None, "{text}");
        let (more, less) = (fast.beyond(&naive, &protocol), naive.beyond(&fast, &protocol));
        assert!(more.is_empty() && less.is_empty(), "only fast: {more:?}\nonly naive: {less:?}\n{text}");
        for (on, times) in [Happening::Begun, Happening::Failed, Happening::Retried].iter().zip(&mut met) {
            let applies = |rule: &RuleId| matches!(protocol.rules.row(*rule).cause, Cause::Obligation(_, own) if own == *on);
            *times += u64::from(naive.rules.iter().any(applies));
        }
        count += 1;
        if count >= many {
            break;
        }
    }
    met
}
