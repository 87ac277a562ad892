//! One change is told once, whatever comes of it: what follows from it is counted and no finding of its own.

mod door;

use voordeur_diff::{Comparison, Level, Subject, text};

use crate::door::{both_ways, pathway, told};

/// A referral, a series, contacts afterwards, and somebody who may skip a task.
fn file() -> String {
    pathway(
        r#"  calendar nl
  agency helper "Helper" contact desk
  agency neighbour "Neighbour" contact counter
  role chief "Chief" of house
  role desk "Desk" of helper
  role counter "Counter" of neighbour
  data { arrears count 0..9 "Months of arrears" shared with helper, neighbour }
  trigger report_in from anyone { asks arrears  when arrears >= 5 -> crisis  otherwise -> talk }
  event paid from worker
  stage crisis "Crisis" {
    must task now "Now" by worker within 1 day
    on now done    -> talk
    on now waived  -> talk
    on now overdue notify chief
    deviation chief may skip now
    after 1 month -> bad
  }
  stage talk "Talk" at most 3 times, else -> bad {
    must visit first "First visit" by worker within 5 working days attempts 3
    remind worker 1 day before first is due
    on first done when arrears >= 2 -> referring
    on first done otherwise -> weekly
    on first refused   -> bad
    on first exhausted -> weekly
    on first overdue   notify chief
  }
  stage referring "Referring" {
    must refer to_help
    on to_help taken_up  -> looking
    on to_help exhausted notify chief -> weekly
  }
  stage weekly "Weekly" {
    must series lessons by worker {
      4 visits in 8 weeks
      at least 1 week apart
    }
    on lessons missed   notify chief
    on lessons refused  -> bad
    on lessons all_done -> looking
    on lessons over     -> bad
  }
  referral to_help "Help" {
    to helper
    hands over arrears
    warm
    accept within 5 working days
    contact within 3 weeks
    remind helper 1 working day before each
    declined or overdue: ask again once, then exhausted
  }
  aftercare looking "Looking in" {
    call  ring "Ring" after 4 weeks window 0 days before to 1 week after
    visit look "Look" after 3 months, 6 months window 2 weeks before to 3 weeks after
    by worker
    on ring missed notify chief
    on look missed notify chief
    on relapse -> talk
    then -> good
  }
  always { on paid -> good }"#,
    )
}

/// What is written in the place of what.
type Edits<'a> = &'a [(&'a str, &'a str)];

fn with(all: Edits<'_>) -> String {
    all.iter().fold(file(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

/// What is told, without what is only said of the text.
fn lines(comparison: &Comparison) -> Vec<String> {
    let all = comparison.findings().into_iter();
    let all = all.filter(|one| !matches!(one.subject, Subject::Change(_)));
    all.map(|one| format!("{}: {}", one.level.word(), one.title)).collect()
}

#[test]
fn what_comes_of_a_change_is_no_finding_of_its_own() {
    let cases: [(Edits<'_>, &[&str]); 14] = [
        // What is done too early for one version, and in time for the other one.
        (
            &[("after 4 weeks window", "after 3 weeks window")],
            &["strengthens: ring, planned after: 4 weeks becomes 3 weeks"],
        ),
        (
            &[("after 4 weeks window", "after 5 weeks window")],
            &["weakens: ring, planned after: 4 weeks becomes 5 weeks"],
        ),
        // When each visit is missed, and the whole is over.
        (
            &[("4 visits in 8 weeks", "4 visits in 10 weeks")],
            &["weakens: lessons, how many: 4 visits in 8 weeks becomes 4 visits in 10 weeks"],
        ),
        (
            &[("4 visits in 8 weeks", "4 visits in 6 weeks")],
            &["strengthens: lessons, how many: 4 visits in 8 weeks becomes 4 visits in 6 weeks"],
        ),
        // What is skipped, and what comes of that, in two lines.
        (
            &[("    on now waived  -> talk\n", ""), ("    deviation chief may skip now\n", "")],
            &[
                "breaks: now, who may skip it: chief in crisis becomes nothing",
                "weakens: no more: first begins, now waived",
            ],
        ),
        // An end that waits for the referral.
        (&[("    warm\n", "")], &["weakens: to_help, warm: yes becomes no"]),
        // Who is reminded is who it goes to.
        (
            &[("to helper\n", "to neighbour\n"), ("remind helper", "remind neighbour")],
            &["shifts: to_help goes to desk becomes to_help goes to counter"],
        ),
        // It goes out as soon as it is opened, and the visit comes no sooner.
        (
            &[("attempts 3", "announced by letter at least 1 day before attempts 3")],
            &[
                "weakens: first, how it is announced: nothing becomes letter, 1 day before (mixed: better in one thing, worse in another)",
            ],
        ),
        // What is reported is taken in one version only, until it is prepared.
        (
            &[("attempts 3", "prepared by phone at least 1 day before attempts 3")],
            &[
                "weakens: first, what comes before it: nothing becomes phone, 1 day (mixed: one household is worse off, another one better)",
            ],
        ),
        // Somebody else may skip it, beside another change.
        (
            &[("deviation chief may skip", "deviation worker may skip"), ("attempts 3", "attempts 2")],
            &[
                "breaks: now, who may skip it: chief in crisis becomes worker in crisis",
                "weakens: first, attempts: 3 becomes 2",
            ],
        ),
        // Somebody comes with whoever does it.
        (
            &[("first \"First visit\" by worker", "first \"First visit\" by worker and chief")],
            &["strengthens: first, who does it: worker becomes worker, chief"],
        ),
        // In words that have little in common.
        (
            &[("remind worker 1 day before first", "remind chief 2 days before first")],
            &["shifts: first, who is reminded, and how long before: worker 1 day becomes chief 2 days"],
        ),
        // In two stages the same, of one line, beside something else.
        (
            &[("after 3 months, 6 months", "after 3 months"), ("attempts 3", "attempts 2")],
            &["weakens: first, attempts: 3 becomes 2", "weakens: no more: look after 6 months begins"],
        ),
        (
            &[
                ("at most 3 times", "at most 2 times"),
                ("attempts 3", "attempts 2"),
                ("4 visits in 8 weeks", "4 visits in 10 weeks"),
            ],
            &[
                "weakens: first, attempts: 3 becomes 2",
                "weakens: lessons, how many: 4 visits in 8 weeks becomes 4 visits in 10 weeks",
                "weakens: first begins becomes the case ends: bad",
            ],
        ),
    ];
    for (edits, wanted) in cases {
        let there = told(&file(), &with(edits));
        assert_eq!(lines(&there), wanted, "{edits:?}\n{}", text(&there));
        assert_eq!(lines(&told(&with(edits), &file())).len(), wanted.len(), "{edits:?}, the other way round");
    }
}

/// A rule at the moment at which a referral that holds an end back is reported on is a change of its own.
#[test]
fn an_end_that_a_rule_brings_is_told_beside_what_held_it_back() {
    let rule = (
        "    on to_help taken_up  -> looking\n",
        "    on to_help accepted  -> bad\n    on to_help taken_up  -> looking\n",
    );
    let there = told(&file(), &with(&[rule, ("    warm\n", "")]));
    let found = lines(&there);
    assert!(found.contains(&"weakens: to_help, warm: yes becomes no".to_owned()), "{}", text(&there));
    assert!(found.iter().any(|one| one.contains("sooner: the case ends: bad")), "{}", text(&there));
}

/// How often something is asked again shows when it is asked again, and not when it is opened.
#[test]
fn an_example_parts_where_something_else_is_to_be_seen() {
    let [there, back] = both_ways(&file(), ("ask again once", "ask again 2 times"));
    assert_eq!(back.levels(), [Level::Weakens], "{}", text(&back));
    let said = text(&there);
    assert_eq!(lines(&there), ["strengthens: to_help, how often it is asked again: 1 becomes 2"], "{said}");
    let all: Vec<&str> = said.lines().map(str::trim_start).collect();
    assert!(all.iter().any(|line| line.starts_with("new:") && line.ends_with("asked_again")), "{said}");
    assert!(!all.iter().any(|line| line.starts_with("old:") && line.ends_with("asked_again")), "{said}");
}

/// What is on the way from one version to the other is told by the whole of it, and told by itself where the whole is not met: another
/// change parts the versions before.
#[test]
fn what_is_on_the_way_is_told_where_the_whole_is_not_met() {
    let third = "stage third {
    must task look by worker within 1 week
    on look done    -> second
    on look overdue -> bad
  }";
    let file = |reminders: &str, (target, more): (&str, &str)| {
        pathway(&format!(
            r#"  role chief "Chief" of house
  trigger report_in from anyone {{ -> first }}
  stage first {{
    must task call by worker within 1 week
    on call done    -> {target}
    on call overdue -> bad
  }}
  stage second {{
    must task write by worker within 2 weeks
    {reminders}
    on write done    -> good
    on write overdue -> bad
  }}
  {more}"#
        ))
    };
    let (soon, late) = (("second", ""), ("third", third));
    let old = "remind worker 1 day before write is due\n    remind chief 2 days before write is due";
    let new = "remind worker 3 days before write is due\n    remind chief 4 days before write is due";
    let whole = told(&file(old, soon), &file(new, soon));
    assert_eq!(lines(&whole).len(), 1, "{}", text(&whole));
    let behind = told(&file(old, soon), &file(new, late));
    assert!(lines(&behind).iter().any(|one| one.contains("write, who is reminded")), "{}", text(&behind));
}

/// What both versions take alike is none of the spacing: where a rule then leads elsewhere, that is a change of its own, and the example
/// of the spacing is another one.
#[test]
fn a_rule_is_told_beside_the_spacing_of_what_it_waits_for() {
    let file = |apart: &str, done: &str| {
        pathway(&format!(
            r#"  trigger report_in from anyone {{ -> talk }}
  stage talk "Talk" {{
    must visit knock "Knock" by worker within 2 weeks {{ attempts 3, {apart} }}
    on knock done      -> {done}
    on knock refused   -> bad
    on knock exhausted -> bad
    on knock overdue   -> bad
  }}
  end better success no aftercare because "it was done"
  always {{ on moved_away -> better  on deceased -> good }}"#
        ))
    };
    let there = told(&file("2 to 7 days apart", "good"), &file("3 to 7 days apart", "better"));
    let said = text(&there);
    assert_eq!(
        lines(&there),
        [
            "weakens: knock, how far apart: 2 days to 7 days becomes 3 days to 7 days",
            "shifts: the case ends: good becomes the case ends: better",
        ],
        "{said}"
    );
    let (of_spacing, of_rule) = said.split_once("shifts:").expect("two differences");
    assert!(of_spacing.contains("the attempt does not count"), "{said}");
    assert!(of_rule.contains("old:                       ended in `good`"), "{said}");
    assert!(!of_rule.contains("As if"), "{said}");
}

/// A visit with a letter before its last attempt.
fn visited(visit: &str, exhausted: &str) -> String {
    pathway(&format!(
        r#"  trigger report_in from anyone {{ -> talk }}
  stage talk "Talk" {{
    {visit}
    on knock done      -> good
    on knock refused   -> bad
    on knock exhausted -> {exhausted}
  }}
  stage plan "Plan" {{ must task draft "Draft" by worker within 6 weeks  on draft done -> good  on draft overdue -> bad }}
  always {{ on moved_away -> plan }}"#
    ))
}

/// What is told there, and what the other way round.
fn each_way(old: &str, new: &str) -> [Vec<String>; 2] {
    [lines(&told(old, new)), lines(&told(new, old))]
}

/// A letter and the attempt after it are as good as an attempt, wherever the case goes when all are used up; and the letter is told with the
/// number of attempts.
#[test]
fn a_letter_less_is_an_attempt_less() {
    let (visit, letter) = (
        "must visit knock \"Knock\" by worker within 4 weeks { attempts 3, 1 to 5 days apart",
        "then announce by letter, and attempt once more after 5 working days",
    );
    let late = "}\n    on knock overdue   notify house";
    for exhausted in ["bad", "plan"] {
        let with = visited(&format!("{visit} {letter} {late}"), exhausted);
        let without = visited(&format!("{visit} {late}"), exhausted);
        let [there, back] = each_way(&with, &without);
        assert_eq!(
            there,
            [
                "weakens: knock, how it is announced: letter, and once more after 5 working days becomes nothing"
            ]
        );
        assert_eq!(
            back,
            [
                "strengthens: knock, how it is announced: nothing becomes letter, and once more after 5 working days"
            ]
        );
        let more = with.replace("attempts 3", "attempts 4");
        let [there, back] = each_way(&with, &more);
        assert_eq!(there, ["strengthens: knock, attempts: 3 becomes 4"]);
        assert_eq!(back, ["weakens: knock, attempts: 4 becomes 3"]);
        let soon = with.replace("after 5 working days", "after 2 working days");
        assert_eq!(each_way(&with, &soon).map(|all| all.len()), [1, 1]);
    }
}

/// A visit that is offered is help as well: who may be visited for a shorter time loses it.
#[test]
fn an_offer_that_is_cut_off_is_lost() {
    let file = |after: &str| {
        let waived = format!(
            "may visit knock \"Knock\" by worker attempts 3\n    on knock waived -> plan\n    after {after} -> plan"
        );
        visited(&waived, "bad")
    };
    let [there, back] = each_way(&file("3 months"), &file("2 months"));
    assert_eq!(there.len(), 1, "{there:#?}");
    assert!(there.iter().all(|one| one.contains("mixed")), "{there:#?}");
    assert!(back.iter().all(|one| one.contains("mixed")), "{back:#?}");
}

/// What must be done can no longer be waived, and what was offered no longer begins: that is said of the duty.
#[test]
fn what_comes_of_a_duty_is_told_with_it() {
    let file = |mode: &str| {
        visited(
            &format!("{mode} visit knock \"Knock\" by worker attempts 3\n    after 3 months -> plan"),
            "bad",
        )
    };
    let [there, back] = each_way(&file("may"), &file("must"));
    assert_eq!(there, ["strengthens: knock, how strongly it binds: may becomes must"]);
    assert_eq!(back, ["weakens: knock, how strongly it binds: must becomes may"]);
}

/// What is reported at an hour at which only one version takes it is told with the hours; how often a plugin is tried, with what comes
/// when it gives up.
#[test]
fn what_comes_of_hours_and_retries_is_told_with_them() {
    let file = |until: &str| {
        visited(
            &format!(
                "must visit knock \"Knock\" by worker within 3 weeks attempts 2 only 09:00 to {until}\n    on knock overdue -> bad"
            ),
            "bad",
        )
    };
    let [there, back] = each_way(&file("20:00"), &file("17:00"));
    assert_eq!((there.len(), back.len()), (1, 1), "{there:#?} {back:#?}");
    let file = |times: &str| {
        visited(&format!("must visit knock \"Knock\" by worker within 3 weeks attempts 2\n    on knock overdue -> bad\n    must action write \"Write\" by plugin \"letter\" {{
      does fill
      with name = \"letter.txt\"
      with template = \"A letter.\"
      within 1 working day
      on failure retry {times} times, else task write_it by worker within 1 working day
    }}
    on write overdue notify house\n    on write_it overdue notify house"), "bad")
    };
    let [there, back] = each_way(&file("5"), &file("2"));
    assert_eq!(there, ["weakens: write, how often it is tried again: 5 becomes 2"]);
    assert_eq!(back, ["strengthens: write, how often it is tried again: 2 becomes 5"]);
}

/// Only the days without school are others: what counts in working days stands as it stood.
#[test]
fn another_school_holiday_is_shown_beside_a_letter() {
    let file = |until: &str| {
        pathway(&format!(
            r#"  calendar nl
  school calendar "2026" from 2026-08-17 to 2027-08-15 {{
    closed 2026-10-17 to {until} "Autumn"
    closed 2026-12-19 to 2027-01-03 "Christmas"
  }}
  trigger report_in from anyone {{ -> talk }}
  stage talk "Talk" {{
    must visit knock "Knock" by worker within 3 weeks announced by letter at least 5 working days before attempts 2 not in school holidays
    on knock done      -> good
    on knock refused   -> bad
    on knock exhausted notify house -> bad
    on knock overdue   notify house
  }}"#
        ))
    };
    let [there, back] = each_way(&file("2026-10-25"), &file("2026-11-01"));
    assert!(there.iter().chain(&back).all(|one| !one.starts_with("undecided")), "{there:#?} {back:#?}");
    assert_eq!((there.len(), back.len()), (1, 1), "{there:#?} {back:#?}");
}

/// Who approves that one step comes later has approved nothing of another one.
#[test]
fn each_step_of_an_escalation_is_itself() {
    let file = |second: &str, third: &str| {
        pathway(&format!(
            r#"  trigger report_in from anyone {{ -> talk }}
  stage talk "Talk" {{
    must task call "Call" by worker within 3 weeks
    on call done    -> good
    on call overdue escalate late
    after 6 months -> bad
  }}
  escalation late {{ at once notify house  after {second} notify worker  after {third} task rescue by worker within 1 day }}
  always {{ on rescue overdue notify house }}"#
        ))
    };
    let found = |one: Comparison| {
        let all = one.findings().into_iter().filter(|one| !matches!(one.subject, Subject::Change(_)));
        all.map(|one| (one.title.clone(), one.fingerprint.clone())).collect::<Vec<_>>()
    };
    let old = file("1 week", "1 week");
    let (second, third) =
        (found(told(&old, &file("2 weeks", "1 week"))), found(told(&old, &file("1 week", "2 weeks"))));
    assert_eq!((second.len(), third.len()), (1, 1), "{second:#?} {third:#?}");
    assert!(
        second.iter().zip(&third).all(|((title, key), (other, its))| title != other && key != its),
        "{second:#?} {third:#?}"
    );
}

/// Who would still have been visited, and is let go of at once, is worse off: whatever the end is called.
#[test]
fn an_end_instead_of_a_wait_for_help_is_a_loss() {
    let file = |months: u8| {
        pathway(&format!(
            r#"  data {{ months count 0..9 "Months" }}
  trigger report_in from anyone {{ asks months  when months >= {months} -> listed  otherwise -> outside }}
  stage listed "Listed" {{ after 6 months -> talk }}
  stage talk "Talk" {{
    must visit knock "Knock" by worker within 2 weeks attempts 3
    on knock done      -> good
    on knock refused   -> bad
    on knock exhausted -> bad
    on knock overdue   notify house
  }}
  end outside "Outside" other"#
        ))
    };
    let [there, back] = each_way(&file(2), &file(5));
    assert_eq!(there, ["weakens: new: the case ends: outside"]);
    assert_eq!(back, ["strengthens: no more: the case ends: outside"]);
}

/// A setting that has another value from a day on parts the days, and what is the same on all of them is told once.
#[test]
fn what_is_the_same_on_all_days_is_told_once() {
    let dated = with(&[
        (
            "  trigger report_in",
            "  setting patience = 5 working days from 2028-01-01 = 3 working days\n  trigger report_in",
        ),
        ("within 5 working days attempts 3", "within patience attempts 3"),
    ]);
    for (from, to) in [
        ("on lessons missed   notify chief", "on lessons missed   notify worker"),
        ("after 1 month -> bad", "after 2 months -> bad"),
    ] {
        for comparison in both_ways(&dated, (from, to)) {
            assert_eq!(lines(&comparison).len(), 1, "{:?}", lines(&comparison));
        }
    }
}
