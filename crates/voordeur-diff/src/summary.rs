//! What it comes to, in a line or two.

use voordeur_messages::say;

use crate::comparison::Comparison;
use crate::finding::{Finding, Subject};
use crate::level::Level;

/// What it comes to for households, in one sentence.
pub(crate) fn headline(comparison: &Comparison) -> String {
    if comparison.is_empty() {
        return say!("Nothing has changed.");
    }
    if comparison.is_proven_same() && comparison.promises.is_empty() {
        return say!("No household is treated differently.");
    }
    let all = comparison.findings();
    match all.iter().map(|one| one.level).min() {
        Some(Level::Breaks) => say!("Open cases, or programs that report, cannot follow this version."),
        Some(Level::Weakens) => say!("Some households are worse off."),
        Some(Level::Undecided) => say!("Not everything could be compared."),
        Some(Level::Shifts) if is_alike(comparison, &all) => {
            say!("What both versions take is answered alike; what is agreed on around it is different.")
        }
        Some(Level::Shifts) => say!("Some households are helped in another way."),
        Some(Level::Strengthens) => say!("Some households are better off, and none is worse off."),
        Some(Level::Editorial) | None => say!("No household is treated differently."),
    }
}

/// Whether it is proven that both versions answer alike what both take, and no promise differs.
fn is_alike(comparison: &Comparison, all: &[Finding]) -> bool {
    comparison.pathways.iter().all(|one| one.compared.is_proven_same())
        && !all.iter().any(|one| one.subject == Subject::Promise)
}

/// How many there are of each level; that nothing has changed.
pub(crate) fn closing(comparison: &Comparison) -> String {
    if comparison.is_empty() {
        return say!("Nothing has changed.");
    }
    let levels = comparison.levels();
    let counts = Level::ALL.iter().filter_map(|level| {
        let number = levels.iter().filter(|one| *one == level).count();
        (number > 0).then(|| format!("{number} {}", level.in_words()))
    });
    let accepted = comparison.findings().iter().filter(|one| one.accepted.is_some()).count();
    let accepted = (accepted > 0).then(|| say!("{number} accepted", number = accepted));
    let counts = counts.chain(accepted).collect::<Vec<_>>().join(", ");
    if comparison.is_module() {
        return counts;
    }
    match comparison.situations() {
        1 => say!("{counts}; 1 situation compared", counts),
        situations => say!("{counts}; {situations} situations compared", counts, situations),
    }
}
