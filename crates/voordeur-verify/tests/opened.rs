//! An escalation that several things open, and that has changed: what opens it is looked at one by one. The search against the days,
//! on random pairs.

mod parts;
mod random;

use std::collections::BTreeSet;

use voordeur_protocol::{Protocol, unchecked};
use voordeur_verify::{Budget, answers_apart, answers_apart_day_by_day};

use crate::parts::parts;
use crate::random::{Dice, pathway};

const BUDGET: Budget = Budget { states: 20_000 };

/// How many pairs are compared in one run of the tests.
const PAIRS: usize = 300;

fn protocol(text: &str) -> Option<Protocol> {
    unchecked(text).into_iter().next()
}

/// The pathway of a seed in which what is late escalates, where that is so in more than one place; and with other steps.
fn escalating(seed: u64) -> Option<[String; 2]> {
    let mut dice = Dice(seed.wrapping_mul(0xbf58_476d_1ce4_e5b9).wrapping_add(29));
    dice.roll(2);
    let text = pathway(seed).replace("overdue notify house", "overdue escalate late");
    let text = text.replace("missed notify house", "missed escalate late");
    if text.matches("escalate late").count() < 2 {
        return None;
    }
    let days = 1 + dice.roll(2);
    let (who, other) = if dice.one_in(3) { ("house", "worker") } else { ("house", "house") };
    let more = if who == other { days + 1 + dice.roll(2) } else { days };
    let escalation = |days: u64, who: &str| {
        format!(
            "  escalation late {{ at once notify house  after {days} days notify {who}  after 5 days task z by worker within 1 days }}\n"
        )
    };
    let with = |days, who| text.replacen("  end good", &format!("{}  end good", escalation(days, who)), 1);
    Some([with(days, who), with(more, other)])
}

/// What either version alone says of these obligations, in any difference.
fn answers_about(
    protocol: &Protocol,
    names: &[&str],
    answers: &BTreeSet<String>,
) -> BTreeSet<(bool, String)> {
    let own = protocol.obligations.iter().filter(|(_, row)| names.contains(&row.name.as_str()));
    let own: Vec<u16> = own.map(|(id, _)| id.0).collect();
    let is_of = |answer: &str| {
        let starts = ["Happened", "Opened", "Step", "Unanswered"]
            .iter()
            .flat_map(|word| own.iter().map(move |of| format!("{word}({of}")));
        starts
            .flat_map(|start| [",", ")"].map(|end| format!("{start}{end}")))
            .any(|named| answer.contains(&named))
    };
    let both = answers.iter().filter_map(|one| one.strip_prefix("old ")?.split_once(" new "));
    let all = both.flat_map(|(old, new)| [(false, old), (true, new)]);
    let each = all.flat_map(|(is_new, side)| {
        parts(side.trim_matches(['[', ']'])).into_iter().map(move |one| (is_new, one))
    });
    each.filter(|(_, answer)| is_of(answer)).collect()
}

#[test]
fn what_opens_a_changed_escalation_is_found_one_by_one() {
    let (mut compared, mut different) = (0, 0);
    for seed in 0.. {
        let Some([before, after]) = escalating(seed) else { continue };
        let (Some(old), Some(new)) = (protocol(&before), protocol(&after)) else { continue };
        let Some(naive) = answers_apart_day_by_day(&old, &new, 600) else { continue };
        let (fast, _, incomplete) = answers_apart(&old, &new, BUDGET);
        if incomplete.is_some() && before.contains("birthday") {
            continue;
        }
        assert_eq!(incomplete, None, "seed {seed}: {before}");
        let about = |answers: &BTreeSet<String>| answers_about(&old, &["late", "z"], answers);
        assert_eq!(about(&naive), about(&fast), "seed {seed}\n{naive:#?}\n{fast:#?}\n{before}\n{after}");
        assert_eq!(
            naive.is_empty(),
            fast.is_empty(),
            "seed {seed}\n{naive:#?}\n{fast:#?}\n{before}\n{after}"
        );
        (compared, different) = (compared + 1, different + usize::from(!naive.is_empty()));
        if compared >= PAIRS {
            break;
        }
    }
    assert!(different > PAIRS / 5, "{different} of {compared}");
}
