//! Answers without what is said, at the same moment, of obligations that are the same in both versions and need not be looked at.

use std::collections::BTreeSet;

use voordeur_protocol::Protocol;

use crate::parts::parts;

/// The answers that differ without those of these obligations. Where a rule tells of one of them, no rule that tells is counted.
pub(crate) fn without(protocol: &Protocol, names: &[&str], answers: &BTreeSet<String>) -> BTreeSet<String> {
    let own = protocol.obligations.iter().filter(|(_, row)| names.contains(&row.name.as_str()));
    let own: Vec<u16> = own.map(|(id, _)| id.0).collect();
    let words = ["Happened", "Opened", "Referred", "CalledOff", "Withheld", "Unanswered"];
    let is_of = |answer: &str| {
        let starts = words.iter().flat_map(|word| own.iter().map(move |of| format!("{word}({of}")));
        let named = starts.flat_map(|start| [",", ")"].map(|end| format!("{start}{end}")));
        named.into_iter().any(|named| answer.contains(&named)) || answer.ends_with(", Rule)")
    };
    let rest = |side: &str| -> Vec<String> {
        let all = parts(side.trim_matches(['[', ']']));
        all.into_iter().filter(|answer| !is_of(answer)).collect()
    };
    if own.is_empty() {
        return answers.clone();
    }
    let both = answers.iter().filter_map(|one| one.strip_prefix("old ")?.split_once(" new "));
    let both = both.map(|(old, new)| (rest(old), rest(new))).filter(|(old, new)| old != new);
    both.map(|both| format!("{both:?}")).collect()
}

/// The tasks that keep running beside a case of both, and of whose end somebody is only told.
pub(crate) fn beside(old: &str, new: &str) -> Vec<&'static str> {
    let told = |name: &&str| {
        let rule = format!("on {name} overdue notify");
        old.contains(&rule) && new.contains(&rule)
    };
    ["k0", "k1", "k2"].into_iter().filter(told).collect()
}
