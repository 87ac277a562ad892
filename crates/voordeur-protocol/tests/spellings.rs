//! A pathway means the same in both spellings.
#![expect(clippy::expect_used, reason = "a panic in a test is a failing test")]

use voordeur_messages::Lang;
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_syntax::translate;

const EXAMPLES: [&str; 4] = [
    include_str!("../../../dsl-examples/eropaf/eropaf.pathway"),
    include_str!("../../../dsl-examples/families-first/families-first.pathway"),
    include_str!("../../../dsl-examples/school-absence/school-absence.pathway"),
    include_str!("../../../dsl-examples/early-signals/early-signals.pathway"),
];

fn one(text: &str) -> CheckedProtocol {
    let compiled = compile(text);
    assert_eq!(compiled.problems, []);
    compiled.protocols.into_iter().next().expect("a pathway")
}

/// The parts that do not hold words of the file itself.
fn meaning(protocol: &CheckedProtocol) -> String {
    let rules = protocol.rules.rows().map(|rule| (&rule.cause, &rule.guard, &rule.effects, &rule.target));
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}",
        protocol.bases,
        protocol.openings.rows().collect::<Vec<_>>(),
        protocol.ends.rows().map(|end| (&end.name, end.kind)).collect::<Vec<_>>(),
        rules.collect::<Vec<_>>()
    )
}

#[test]
fn the_examples_mean_the_same_in_dutch() {
    for text in EXAMPLES {
        let dutch = translate(text, Lang::Nl).expect("it has both spellings");
        assert_eq!(meaning(&one(text)), meaning(&one(&dutch)));
    }
}

#[test]
fn events_may_be_reported_in_either_spelling() {
    let dutch = one(&translate(EXAMPLES[0], Lang::Nl).expect("it has both spellings"));
    let known = |text: &str| dutch.occurrence_named(text).expect("it is known");
    assert_eq!(known("take_in gedaan"), known("take_in done"));
    assert_eq!(known("toestemming ingetrokken"), known("consent withdrawn"));
    assert_eq!(known("verhuisd"), known("moved_away"));
}
