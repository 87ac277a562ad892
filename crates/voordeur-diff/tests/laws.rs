//! Laws of a comparison, on random pathways and random changes of them.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

#[path = "../../voordeur-verify/tests/changed/mod.rs"]
mod changed;
#[path = "../../voordeur-verify/tests/random/mod.rs"]
mod random;

mod played;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use voordeur_diff::{Comparison, Version, compared, json, structure, text};
use voordeur_messages::Lang;
use voordeur_protocol::{Compiled, Protocol, compile_with, unchecked};
use voordeur_syntax::{format, parse, translate};
use voordeur_verify::{Budget, Compared, Incomplete, compare};

use crate::changed::changed;
use crate::played::played;
use crate::random::{Dice, pathway, plain};

const BUDGET: Budget = Budget { states: 20_000 };

/// What is wrong with it in a way that no machine can be made of is no law's business.
fn protocol(text: &str) -> Option<Protocol> {
    unchecked(text).into_iter().next()
}

fn both(old: &str, new: &str) -> Option<(Protocol, Protocol)> {
    Some((protocol(old)?, protocol(new)?))
}

/// A random pathway and a small change of it.
fn pair(seed: u64) -> (String, String) {
    let old = pathway(seed);
    // Rules that wait for one birthday and lead to each other on that very day are not told apart.
    let old = if old.matches("on birthday").count() > 1 { plain(seed) } else { old };
    let mut dice = Dice(seed ^ 0x5eed);
    dice.roll(2);
    let new = changed(&old, &mut dice);
    (old, new)
}

fn in_other_spelling(text: &str) -> String {
    let other = if parse(text).spelling == Lang::En { Lang::Nl } else { Lang::En };
    translate(text, other).expect("it can be said in the other spelling")
}

/// What is said of two texts as two files, when both are pathways without mistakes.
fn comparison(old: &str, new: &str) -> Option<Comparison> {
    let compiled = |text: &str| compile_with("p.pathway", text, &mut |_, path| Err(path.to_owned().into()));
    let (old, new): (Compiled, Compiled) = (compiled(old), compiled(new));
    if old.has_errors() || new.has_errors() {
        return None;
    }
    let texts = |one: &Compiled| -> Vec<(String, String)> {
        one.sources.files().map(|file| (file.name.to_owned(), file.text.to_owned())).collect()
    };
    let (before, after) = (texts(&old), texts(&new));
    Some(compared(version(&old, &before), version(&new, &after), BUDGET))
}

fn version<'a>(one: &'a Compiled, texts: &'a [(String, String)]) -> Version<'a> {
    Version { texts, pathways: one.own(), promises: &one.promises, sources: &one.sources }
}

/// What is found, without what is only about telling it: what only the old version does, and what only the new one.
fn found(compared: &Compared) -> Vec<String> {
    use voordeur_verify::What;
    let keys =
        |all: &[voordeur_verify::Done]| all.iter().map(|one| one.key.clone()).collect::<Vec<_>>().join(", ");
    let one = |what: &What| match what {
        What::Aspect { of, aspect } => format!("{of} {}: {:?}", aspect.key, aspect.plain),
        What::Answers { old, new } => format!("{} | {}", keys(old), keys(new)),
    };
    let all = compared.differences.iter();
    let mut all: Vec<String> = all.map(|own| format!("{:?} {}", own.verdict, one(&own.what))).collect();
    all.sort();
    all
}

/// The same with old and new the other way round.
fn mirrored(compared: &Compared) -> Vec<String> {
    use voordeur_verify::What;
    let mut other = compared.clone();
    for one in &mut other.differences {
        one.verdict = one.verdict.mirrored();
        match &mut one.what {
            What::Aspect { aspect, .. } => aspect.plain.reverse(),
            What::Answers { old, new } => std::mem::swap(old, new),
        }
    }
    found(&other)
}

/// The same pairs in every run: whether work lands does not depend on luck. `PROPTEST_RNG_SEED` chooses others.
fn config(cases: u32) -> ProptestConfig {
    let given = ProptestConfig::default();
    let rng_seed = if given.rng_seed == RngSeed::Random { RngSeed::Fixed(7) } else { given.rng_seed };
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..given }
}

proptest! {
    #![proptest_config(config(25))]

    /// Laid out anew or in the other spelling it is the same: nothing has changed, and both machines are proven alike.
    #[test]
    fn a_layout_and_a_translation_change_nothing(seed in any::<u64>()) {
        let text = pathway(seed);
        let formatted = format(&text).expect("it can be read").text;
        let translated = in_other_spelling(&text);
        for other in [&formatted, &translated, &in_other_spelling(&translated)] {
            prop_assert_eq!(structure(&text, other), []);
            prop_assert_eq!(structure(other, &text), []);
            prop_assert_eq!(protocol(&text).is_some(), protocol(other).is_some());
            if let Some((before, after)) = both(&text, other) {
                let same = compare(&before, &after, BUDGET);
                prop_assert!(same.differences.is_empty(), "{:#?}\n{}", same, text);
                // A few are too large to be compared to the end, or moments are taken together that no case has.
                let open = same.incomplete == Some(Incomplete::Budget) || !same.unconfirmed.is_empty();
                prop_assert!(same.is_proven_same() || open, "{:#?}\n{}", same, text);
            }
            if let Some(comparison) = comparison(&text, other) {
                prop_assert!(comparison.is_empty());
            }
        }
    }

    /// The same two versions are told in the same bytes.
    #[test]
    fn the_same_is_told_the_same(seed in any::<u64>()) {
        let (old, new) = pair(seed);
        let told = || comparison(&old, &new).map(|one| (text(&one), json(&one).to_string()));
        prop_assert_eq!(told(), told());
        let Some((before, after)) = both(&old, &new) else { return Ok(()) };
        let again = || format!("{:?}", compare(&before, &after, BUDGET));
        prop_assert_eq!(again(), again());
    }

    /// The other way round, what was worse is better, and what only the old version did only the new one does.
    #[test]
    fn it_is_mirrored(seed in any::<u64>()) {
        let (old, new) = pair(seed);
        let Some((before, after)) = both(&old, &new) else { return Ok(()) };
        let (there, back) = (compare(&before, &after, BUDGET), compare(&after, &before, BUDGET));
        if there.unconfirmed.is_empty() && back.unconfirmed.is_empty() {
            prop_assert_eq!(mirrored(&there), found(&back), "{}\n{}", old, new);
        }
    }

}

proptest! {
    #![proptest_config(config(300))]

    /// Where no household is treated differently, the engine answers everything that happens alike in both versions.
    #[test]
    fn what_is_proven_the_same_is_answered_alike(seed in any::<u64>()) {
        let (old, new) = pair(seed);
        let Some((before, after)) = both(&old, &new) else { return Ok(()) };
        let compared = compare(&before, &after, BUDGET);
        for sequence in 0..if compared.is_proven_same() { 24 } else { 0 } {
            let [one, other] = played(&before, &after, seed ^ sequence);
            prop_assert_eq!(one, other, "{}\n{}", old, new);
        }
    }
}

/// The law above can fail: of pairs that differ, many are seen to differ by random events alone.
#[test]
fn random_events_tell_versions_apart() {
    let (mut differ, mut seen) = (0, 0);
    for seed in 0..300 {
        let (old, new) = pair(seed);
        let Some((before, after)) = both(&old, &new) else { continue };
        if compare(&before, &after, BUDGET).differences.is_empty() {
            continue;
        }
        differ += 1;
        let apart = (0..24).any(|n| {
            let [one, other] = played(&before, &after, seed ^ n);
            one != other
        });
        seen += usize::from(apart);
    }
    assert!(differ > 100 && seen * 2 > differ, "{seen} of {differ}");
}
