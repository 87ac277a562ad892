//! What is told of an edit, line by line.

use voordeur_diff::{Comparison, text};

use crate::door::both_ways;

/// What is told, line by line: the level, the title and where.
pub(crate) fn lines(one: &Comparison) -> Vec<String> {
    let all = text(one);
    let is_told = |line: &&str| {
        ["  breaks: ", "  weakens: ", "  shifts: ", "  strengthens: ", "  undecided: "]
            .iter()
            .any(|level| line.starts_with(level))
            || line.starts_with("    where: ")
    };
    let plain = |line: &str| line.trim().split(" [").next().unwrap_or_default().to_owned();
    all.lines().filter(is_told).map(plain).collect()
}

/// An edit, and what is told of it, and of the same the other way round.
pub(crate) fn tells(file: &str, edit: (&str, &str), [there, back]: [&[&str]; 2]) {
    let both = both_ways(file, edit);
    let [forth, again] = &both;
    assert_eq!(lines(forth), there, "{edit:?}\n{}", text(forth));
    assert_eq!(lines(again), back, "{edit:?}, the other way round\n{}", text(again));
}
