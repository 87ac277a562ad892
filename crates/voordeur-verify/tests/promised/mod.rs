//! What is said of the promises of a file.

use std::fmt::Write as _;

use voordeur_diagnostics::text_of;
use voordeur_protocol::compile;
use voordeur_verify::{Budget, Kept, Verdict, keep, promises};

/// A line for each statement, with its history.
fn shown(kept: &Kept, protocol: &voordeur_protocol::CheckedProtocol) -> String {
    let mut out = String::new();
    for told in &kept.statements {
        let (word, history) = match &told.verdict {
            Verdict::Kept(history) => ("kept", history.as_ref()),
            Verdict::Broken(history, _) => ("broken", Some(history)),
            Verdict::Impossible => ("impossible", None),
            Verdict::Vacuous => ("vacuous", None),
            Verdict::Undecided(_) => ("undecided", None),
        };
        writeln!(out, "{word:<10} {}", told.text).expect("a string takes it");
        for line in history.map(|history| history.lines(protocol)).unwrap_or_default() {
            writeln!(out, "           | {line}").expect("a string takes it");
        }
        if let Verdict::Broken(_, at) = &told.verdict {
            let day = voordeur_calendar::moment_in_words(protocol.calendar.local(*at));
            writeln!(out, "           | {day}  broken").expect("a string takes it");
        }
    }
    out
}

/// What is said of the promises of a file without mistakes.
pub(crate) fn told_of(source: &str) -> String {
    let compiled = compile(source);
    assert_eq!(compiled.problems, [], "{}", text_of(&compiled.sources, &compiled.problems, false));
    let (made, problems) = promises(&compiled.promises, &compiled.protocols, &compiled.sources);
    if !problems.is_empty() {
        return text_of(&compiled.sources, &problems, false);
    }
    made.iter().map(|promise| shown(&keep(promise, Budget::default(), true), &promise.protocol)).collect()
}
