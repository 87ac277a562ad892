//! What people are told about the slips that they make, in the language of their file.

mod bad;

use std::fmt::Write as _;

use voordeur_diagnostics::{Diagnostic, Edit};
use voordeur_messages::{Lang, speaking};
use voordeur_verify::{Budget, compile, verify};

fn told(problem: &Diagnostic, source: &str) -> String {
    let help = problem.help.as_deref().map_or(String::new(), |help| format!("\n    help: {help}"));
    let fix = problem.fix.as_ref().map_or(String::new(), |fix| {
        let edit =
            |edit: &Edit| format!("\n    fix: `{}` becomes `{}`", edit.span.of(source), edit.replacement);
        fix.edits.iter().map(edit).collect()
    });
    format!("  {} at `{}`: {}{help}{fix}\n", problem.rule, problem.span.of(source), problem.message)
}

/// What a check tells: what is wrong with the text, or else with what can happen to a case.
fn all_problems(source: &str) -> Vec<Diagnostic> {
    let compiled = compile(source);
    let findings = compiled.protocols.iter().flat_map(|one| verify(one, Budget::default()).findings);
    compiled.problems.iter().cloned().chain(findings).collect()
}

#[test]
fn slips_are_told_with_their_mend() {
    for lang in Lang::ALL {
        let mut shown = String::new();
        for (slip, source) in bad::slips() {
            let problems = speaking(lang, || all_problems(&source));
            let told: String = problems.iter().map(|problem| told(problem, &source)).collect();
            let _ = writeln!(shown, "{slip}\n{told}");
        }
        insta::assert_snapshot!(format!("slips in {}", lang.code()), shown);
    }
}
