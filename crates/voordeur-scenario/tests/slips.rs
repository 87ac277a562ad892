//! What people are told about the slips that they make, in the language of their file.

mod bad;

use std::fmt::Write as _;

use voordeur_diagnostics::{Diagnostic, Edit};
use voordeur_messages::{Lang, speaking};
use voordeur_protocol::compile;

fn told(problem: &Diagnostic, source: &str) -> String {
    let help = problem.help.as_deref().map_or(String::new(), |help| format!("\n    help: {help}"));
    let fix = problem.fix.as_ref().map_or(String::new(), |fix| {
        let edit =
            |edit: &Edit| format!("\n    fix: `{}` becomes `{}`", edit.span.of(source), edit.replacement);
        fix.edits.iter().map(edit).collect()
    });
    format!("  {} at `{}`: {}{help}{fix}\n", problem.rule, problem.span.of(source), problem.message)
}

#[test]
fn slips_are_told_with_their_mend() {
    for lang in Lang::ALL {
        let mut shown = String::new();
        for (slip, source) in bad::slips() {
            let problems = speaking(lang, || compile(&source)).problems;
            let told: String = problems.iter().map(|problem| told(problem, &source)).collect();
            let _ = writeln!(shown, "{slip}\n{told}");
        }
        insta::assert_snapshot!(format!("slips in {}", lang.code()), shown);
    }
}
