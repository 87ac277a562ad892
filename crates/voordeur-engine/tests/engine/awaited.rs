//! A condition that waits for what is missed answers it: nobody is told that nothing does.

use crate::play::play;
use crate::small::pathway;

/// What is told when a task is overdue that these rules answer; `ready` is answered with `no` by then.
fn told(rules: &str) -> Vec<String> {
    let stage = format!(
        "    must task look by worker within 3 days asks ready
    must task t by worker within 1 week
    on look overdue -> bad
    when all of (look, t) done and ready     -> good
    when all of (look, t) done and not ready -> bad
    {rules}"
    );
    let source = pathway("", &stage);
    let shown = play(
        &source,
        "2026-03-02 10:00 knock\n2026-03-02 11:00 look done by worker ready=no\nuntil 2026-03-20",
    );
    shown.lines().filter_map(|line| line.split_once("told ").map(|(_, told)| told.to_owned())).collect()
}

#[test]
fn a_missed_term_is_answered_by_the_condition_that_it_makes_true() {
    assert!(told("when t overdue -> bad").is_empty());
    let others =
        told("when t overdue and not known ready -> bad  when t overdue and known ready notify worker");
    assert!(matches!(others.as_slice(), [one] if one.starts_with("worker: ")), "{others:?}");
}
