//! What rules record: where nothing reads it no household is treated otherwise, and it is told all the same.

mod door;

use voordeur_diff::{Comparison, Level, Subject};

use crate::door::{both_ways, pathway};

fn lines(comparison: &Comparison) -> Vec<String> {
    let all = comparison.findings().into_iter();
    let all = all.filter(|one| !matches!(one.subject, Subject::Change(_)));
    all.map(|one| format!("{}: {}", one.level.word(), one.title)).collect()
}

/// A visit after which it is recorded what the household wants.
fn file(reads: &str) -> String {
    pathway(&format!(
        r#"  calendar nl
  data {{ wish one of {{ help, none }} kept because "the agency asks for it" }}
  trigger report_in from anyone {{ -> talk }}
  stage talk "Talk" {{
    must visit first "First visit" by worker within 5 working days attempts 3
    on first done      record wish = help  record consent = yes -> after
    on first refused   -> bad
    on first exhausted -> bad
    on first overdue   notify worker
  }}
  stage after "After" {{
    must task call by worker within 2 weeks
    {reads}
    on call overdue -> bad
  }}
  always {{ on consent withdrawn -> bad }}"#
    ))
}

#[test]
fn what_is_recorded_no_more_is_told() {
    let plain = file("on call done -> good");
    let [no_more, new] = both_ways(&plain, ("record consent = yes -> after", "-> after"));
    assert_eq!(
        lines(&no_more),
        ["shifts: first done (talk), what is recorded: consent = yes, wish = help becomes wish = help"]
    );
    assert_eq!(no_more.levels(), [Level::Shifts]);
    assert!(!no_more.is_proven_same());
    assert_eq!(
        lines(&new),
        ["shifts: first done (talk), what is recorded: wish = help becomes consent = yes, wish = help"]
    );
    let [other, _] = both_ways(&plain, ("record wish = help", "record wish = none"));
    assert_eq!(
        lines(&other),
        [
            "shifts: first done (talk), what is recorded: consent = yes, wish = help becomes consent = yes, wish = none"
        ]
    );
}

/// Where a condition reads it, households are treated otherwise, and that line is told as the cause.
#[test]
fn what_is_recorded_and_read_is_told_by_what_comes_of_it() {
    let read = file("on call done when wish = help -> good\n    on call done otherwise -> bad");
    let [other, _] = both_ways(&read, ("record wish = help", "record wish = none"));
    assert!(lines(&other).iter().any(|line| line.contains("the case ends")), "{:?}", lines(&other));
}
