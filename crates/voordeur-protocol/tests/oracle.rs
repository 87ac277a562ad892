//! The checks on guards against a naive oracle: random conditions, and every household tried one by one.

use std::fmt;

use proptest::prelude::*;
use voordeur_diagnostics::Rule;
use voordeur_protocol::compile;

/// A condition of the test's own, with its own meaning.
#[derive(Debug, Clone)]
enum Condition {
    Urgent,
    AtMost(i64),
    MoreThan(i64),
    Between(i64, i64),
    Kind(Vec<usize>),
    Not(Box<Condition>),
    Both(Box<Condition>, Box<Condition>),
    Either(Box<Condition>, Box<Condition>),
}

const KINDS: [&str; 3] = ["red", "green", "blue"];

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Urgent => write!(f, "urgent"),
            Self::AtMost(n) => write!(f, "months <= {n}"),
            Self::MoreThan(n) => write!(f, "months > {n}"),
            Self::Between(low, high) => write!(f, "months between {low} and {high}"),
            Self::Kind(kinds) => {
                let names: Vec<&str> = kinds.iter().filter_map(|kind| KINDS.get(*kind)).copied().collect();
                write!(f, "kind in {{ {} }}", names.join(", "))
            }
            Self::Not(part) => write!(f, "not ({part})"),
            Self::Both(one, other) => write!(f, "({one}) and ({other})"),
            Self::Either(one, other) => write!(f, "({one}) or ({other})"),
        }
    }
}

impl Condition {
    fn holds(&self, urgent: bool, months: i64, kind: usize) -> bool {
        match self {
            Self::Urgent => urgent,
            Self::AtMost(n) => months <= *n,
            Self::MoreThan(n) => months > *n,
            Self::Between(low, high) => (*low..=*high).contains(&months),
            Self::Kind(kinds) => kinds.contains(&kind),
            Self::Not(part) => !part.holds(urgent, months, kind),
            Self::Both(one, other) => one.holds(urgent, months, kind) && other.holds(urgent, months, kind),
            Self::Either(one, other) => one.holds(urgent, months, kind) || other.holds(urgent, months, kind),
        }
    }
}

fn conditions() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![
        Just(Condition::Urgent),
        (0..12_i64).prop_map(Condition::AtMost),
        (0..11_i64).prop_map(Condition::MoreThan),
        (0..6_i64, 0..6_i64).prop_map(|(low, more)| Condition::Between(low, low + more)),
        prop::sample::subsequence(vec![0, 1, 2], 1..3).prop_map(Condition::Kind),
    ];
    leaf.prop_recursive(3, 12, 2, |part| {
        prop_oneof![
            part.clone().prop_map(|part| Condition::Not(Box::new(part))),
            (part.clone(), part.clone())
                .prop_map(|(one, other)| Condition::Both(Box::new(one), Box::new(other))),
            (part.clone(), part).prop_map(|(one, other)| Condition::Either(Box::new(one), Box::new(other))),
        ]
    })
}

fn pathway(conditions: &[Condition]) -> String {
    let branches: Vec<String> =
        conditions.iter().map(|condition| format!("    when {condition} -> good\n")).collect();
    format!(
        "pathway oracle {{\n  version \"1\"\n  lead house\n  agency house\n  data {{ urgent yes_no  months count 0..12  \
         kind one of {{ red, green, blue }} }}\n  trigger knock from anyone {{\n    asks urgent, months, kind\n{}  }}\n  \
         stage never {{ after 1 day -> good }}\n  end good success\n}}\n",
        branches.concat()
    )
}

/// What is true of all households, tried one by one.
struct Truth {
    overlap: bool,
    gap: bool,
    dead: bool,
}

fn truth(conditions: &[Condition]) -> Truth {
    let mut truth = Truth { overlap: false, gap: false, dead: false };
    let mut held = vec![false; conditions.len()];
    for urgent in [false, true] {
        for months in 0..=12 {
            for kind in 0..KINDS.len() {
                let holds: Vec<bool> = conditions.iter().map(|c| c.holds(urgent, months, kind)).collect();
                let count = holds.iter().filter(|holds| **holds).count();
                truth.overlap |= count > 1;
                truth.gap |= count == 0;
                held.iter_mut().zip(holds).for_each(|(held, holds)| *held |= holds);
            }
        }
    }
    truth.dead = held.contains(&false);
    truth
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn overlaps_gaps_and_dead_rules_are_found_exactly(conditions in prop::collection::vec(conditions(), 1..4)) {
        let source = pathway(&conditions);
        let problems = compile(&source).problems;
        let found = |rule: Rule| problems.iter().any(|problem| problem.rule == rule);
        let truth = truth(&conditions);
        prop_assert_eq!(found(Rule::OverlappingGuards), truth.overlap, "{}", source);
        prop_assert_eq!(found(Rule::GapInGuards), truth.gap, "{}", source);
        prop_assert_eq!(found(Rule::DeadRule), truth.dead, "{}", source);
    }
}
