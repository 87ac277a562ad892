//! Where two versions part at the very moment at which something comes that is the same in both, and how soon that is shown.

mod door;

use voordeur_diff::{Comparison, Level, text};

use crate::door::{both_ways, pathway, told};

/// What is told of both, each way, with nothing undecided.
fn decided(old: &str, change: (&str, &str)) -> [Comparison; 2] {
    let both = both_ways(old, change);
    for one in &both {
        assert!(!one.levels().contains(&Level::Undecided), "{}", text(one));
    }
    both
}

/// An end that comes at the moment of a notice that both send, but for that end.
#[test]
fn a_notice_that_comes_at_the_moment_of_an_end_hides_nothing() {
    let old = pathway(
        r#"  trigger report_in from anyone { -> talk }
  stage talk "Talk" {
    may task call "Call" by worker
    on call done -> good
    every 1 month notify worker "look"
    after 4 months -> bad
  }"#,
    );
    let [there, back] = decided(&old, ("after 4 months", "after 5 months"));
    assert_eq!(there.levels().len(), 1, "{}", text(&there));
    let findings = there.findings();
    let lines: Vec<&String> = (findings.iter().flat_map(|one| &one.examples))
        .flat_map(|one| one.scenes.iter().flatten())
        .flat_map(|scene| &scene.lines)
        .collect();
    // The notice stands in the history all the same.
    assert!(lines.iter().any(|line| line.contains("look")), "{}", text(&there));
    assert_eq!(back.levels().len(), 1, "{}", text(&back));
}

/// A household that has to be so old is so from the start: nobody waits for birthdays.
#[test]
fn nobody_grows_old_in_a_history() {
    let old = pathway(
        r#"  data { born birthdate }
  trigger report_in from anyone { asks born -> talk }
  stage talk "Talk" {
    must task call "Call" by worker within 2 weeks
    on call done -> near
    on call overdue -> bad
  }
  stage near "Near" {
    may task ring "Ring" by worker
    on ring done -> good
    on birthday 70, 75, 80, 85 of born -> talk
    after 10 years -> bad
  }"#,
    );
    for one in &decided(&old, ("after 10 years", "after 11 years")) {
        let findings = one.findings();
        let example = findings.iter().flat_map(|one| &one.examples).next().expect("it is shown");
        let reported =
            example.scenes.iter().flatten().map(|scene| scene.at.as_str()).min().expect("a report");
        let year = |at: &str| at.get(..4).and_then(|year| year.parse::<i32>().ok());
        let (first, parted) = (year(reported).expect("a year"), year(&example.at).expect("a year"));
        assert_eq!(parted - first, 10, "{}", text(one));
    }
}

/// A rule that only tells somebody, and later: one difference, whatever else runs beside it.
#[test]
fn a_notice_that_comes_later_is_told_once() {
    let old = pathway(
        r#"  trigger report_in from anyone { -> talk }
  stage talk "Talk" {
    must task call "Call" by worker within 5 working days
    must task write "Write" by worker within 2 weeks
    on call overdue  escalate late
    on write overdue escalate late
    when call done and write done -> good
    every 1 week notify house "it takes long"
  }
  stage safety "Safety" {
    must task check "Check" by worker within 2 days
    on check done    -> back
    on check overdue -> bad
  }
  event alarm "Alarm" from anyone { }
  always { on alarm -> safety }
  escalation late "Late" { at once notify house  after 2 working days task take_over "Take over" by worker within 1 week }"#,
    );
    let [there, back] = decided(&old, ("every 1 week", "every 2 weeks"));
    assert_eq!((there.levels(), back.levels()), (vec![Level::Weakens], vec![Level::Strengthens]));
    // Again and again in both: nothing is gone, and nothing new.
    assert!(text(&there).contains("weakens: later: house is told ["), "{}", text(&there));
    assert!(text(&back).contains("strengthens: sooner: house is told ["), "{}", text(&back));
}

/// What a stage says as soon as it begins is said in that stage, wherever the case comes from.
#[test]
fn a_notice_at_once_is_told_in_its_stage() {
    let old = pathway(
        r#"  trigger report_in from anyone { -> talk }
  stage talk "Talk" {
    must task call "Call" by worker within 2 days
    on call done -> rest
    on call overdue -> bad
  }
  stage rest "Rest" { after 4 weeks -> good }"#,
    );
    for one in &both_ways(&old, ("after 4 weeks -> good", "at once notify house\n    after 4 weeks -> good"))
    {
        assert!(text(one).contains("where: rest\n"), "{}", text(one));
    }
}

/// What a stage lets go of earlier is named, each thing by itself, however much runs beside it.
#[test]
fn what_is_let_go_of_is_named_one_by_one() {
    let tasks: Vec<String> = (0..10)
        .map(|n| {
            format!(
                "    must task t{n} \"T{n}\" by worker within {} weeks\n    on t{n} overdue notify house\n",
                20 + n
            )
        })
        .collect();
    let old = pathway(&format!(
        r#"  trigger report_in from anyone {{ -> talk }}
  stage talk "Talk" {{
    must task call "Call" by worker within 2 weeks
{}    on call overdue notify house
    after 3 months notify house -> rest
  }}
  stage rest "Rest" {{
    must task look "Look" by worker within 1 week
    on look done    -> good
    on look overdue notify house -> bad
  }}"#,
        tasks.concat()
    ));
    let [there, _] = decided(&old, ("after 3 months", "after 4 months"));
    assert!(there.situations() < 2_000, "{}", text(&there));
    let told = text(&there);
    assert!(told.contains("look begins"), "{told}");
}

/// Of several moments of a contact one is gone: that one, and not the last one, with all others later.
#[test]
fn a_moment_that_is_gone_is_that_one() {
    let old = pathway(
        r#"  trigger report_in from anyone { -> talk }
  stage talk "Talk" {
    must task call "Call" by worker within 2 weeks
    on call done -> near
    on call overdue -> bad
  }
  aftercare near "Near" {
    visit look "Look" after 3 months, 6 months window 2 weeks before to 4 weeks after by worker
    on look missed notify house
    then -> good
  }"#,
    );
    let [there, back] = decided(&old, ("3 months, 6 months", "6 months"));
    assert_eq!((there.levels(), back.levels()), (vec![Level::Weakens], vec![Level::Strengthens]));
    decided(&old, ("3 months, 6 months", "3 months"));
}

/// What `always` says is said in every stage in which a case can be.
#[test]
fn an_end_is_told_with_every_stage_in_which_it_comes() {
    let old = pathway(
        r#"  event stop "Stop" from worker
  trigger report_in from anyone { -> talk }
  stage talk "Talk" {
    must task call "Call" by worker within 2 weeks
    on call done -> near
    on call overdue -> bad
  }
  stage near "Near" {
    must task ring "Ring" by worker within 2 weeks
    on ring done -> good
    on ring overdue -> bad
  }
  end gone "Gone" other
  always { on stop -> gone  on moved_away -> gone }"#,
    );
    for one in &decided(&old, ("on stop -> gone", "on stop -> bad")) {
        let told = text(one);
        assert!(told.contains("where: talk; near"), "{told}");
    }
}

/// A changed step of an escalation that several things open is seen through any of them, also where it never comes of the first of them.
#[test]
fn a_part_that_shows_nothing_is_not_enough() {
    let old = pathway(
        r#"  trigger report_in from anyone { -> talk }
  stage talk "Talk" {
    must task call "Call" by worker within 2 weeks
    on call done -> near
    on call overdue escalate late
    after 1 week -> near
  }
  stage near "Near" {
    must task ring "Ring" by worker within 2 weeks
    on ring done -> good
    on ring overdue escalate late
    after 2 months -> bad
  }
  escalation late "Late" { at once notify house  after 1 week notify house "still" }"#,
    );
    let [there, back] = decided(&old, ("after 1 week notify", "after 2 weeks notify"));
    assert_eq!((there.levels(), back.levels()), (vec![Level::Weakens], vec![Level::Strengthens]));
}

/// Two tasks that may be late, each with the same escalation, and what its last step opens.
fn escalated(opened: &str) -> String {
    pathway(&format!(
        r#"  role chief "Chief" of house
  trigger report_in from anyone {{ -> talk }}
  stage talk "Talk" {{
    must task call "Call" by worker within 1 week
    must task note "Note" by worker within 2 weeks
    on call done    notify chief
    on note done    -> good
    on call overdue escalate late
    on note overdue escalate late
    on home done      notify chief
    on home refused   notify chief
    on home exhausted notify chief
    after 3 months -> bad
  }}
  escalation late "Late" {{ at once notify worker  after 2 days escalate later }}
  escalation later "Later" {{ at once notify chief  after 1 week {opened} }}"#
    ))
}

/// An escalation that something opens, and the one that it opens, are looked at together: taken apart neither would be met.
#[test]
fn what_an_escalation_opens_is_compared() {
    let visit = |attempts: u32, who: &str| {
        format!("visit home by {who} within 2 weeks attempts {attempts}, 1 to 3 days apart")
    };
    let (old, less, other) = (visit(3, "worker"), visit(1, "worker"), visit(3, "chief"));
    let cases =
        [(&old, &less, Level::Weakens), (&less, &old, Level::Strengthens), (&old, &other, Level::Shifts)];
    for (old, new, level) in cases {
        let found = told(&escalated(old), &escalated(new));
        assert_eq!(found.levels(), [level], "{old} {new}\n{}", text(&found));
    }
    // Beside something that is better it does not get lost.
    let better = escalated(&less).replace("at once notify worker  ", "at once notify worker notify chief  ");
    let found = told(&escalated(&old), &better);
    assert_eq!(found.levels(), [Level::Weakens, Level::Strengthens], "{}", text(&found));
}

/// That somebody hears of it makes up for nothing that is to be done.
#[test]
fn a_notice_makes_up_for_no_visit() {
    let file = |rule: &str| {
        pathway(&format!(
            r#"  role chief "Chief" of house
  trigger report_in from anyone {{ -> letter }}
  stage letter "Letter" {{
    must question card "Card" {{ answers yes_please, no_thanks  silent after 2 weeks }}
    on card yes_please -> talk
    on card no_thanks  -> bad
    on card silent     {rule}
  }}
  stage talk "Talk" {{
    must task call "Call" by worker within 1 week
    on call done    -> good
    on call overdue -> bad
  }}"#
        ))
    };
    let [there, back] = both_ways(&file("-> talk"), ("silent     -> talk", "silent     notify chief -> bad"));
    assert_eq!(there.levels(), [Level::Weakens], "{}", text(&there));
    assert_eq!(back.levels(), [Level::Strengthens], "{}", text(&back));
}
