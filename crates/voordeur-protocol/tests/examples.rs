//! The three example pathways compile, and what they mean is shown.

use voordeur_diagnostics::{SourceFile, text};
use voordeur_protocol::compile_judged;

#[test]
fn the_examples_compile_without_any_problem() {
    for (name, source) in examples() {
        // What only all cases can show is judged where the state space is looked at.
        let compiled =
            compile_judged(name, source, &mut |_, _| Err(String::new().into()), &mut |_| Vec::new());
        let shown = text(SourceFile { name, text: source }, &compiled.problems, false);
        assert!(compiled.problems.is_empty(), "{shown}");
        assert_eq!(compiled.protocols.len(), 1, "{name}");
    }
}

fn examples() -> [(&'static str, &'static str); 3] {
    [
        ("eropaf.pathway", include_str!("../../../dsl-examples/eropaf/eropaf.pathway")),
        (
            "families-first.pathway",
            include_str!("../../../dsl-examples/families-first/families-first.pathway"),
        ),
        (
            "school-absence.pathway",
            include_str!("../../../dsl-examples/school-absence/school-absence.pathway"),
        ),
    ]
}
