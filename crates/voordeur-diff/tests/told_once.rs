//! What one edit of a pathway comes to: told once, at its line, in every stage, and with what it means.

mod door;
mod lines;

use voordeur_diff::{Comparison, Level, text};

use crate::door::{both_ways, pathway, told};
use crate::lines::{lines, tells};

/// Two stages that call somebody in, and help that keeps running.
fn rent() -> String {
    pathway(
        r#"  calendar nl
  agency debt "Debt help" contact desk
  role desk "Desk" of debt
  role chief "Chief" of house
  data { months count 0..12 "Months" shared with debt }
  trigger arrears from anyone { asks months  when months >= 2 -> visiting  otherwise -> lettering }
  event alarm from worker
  stage lettering "Lettering" {
    must task letter by worker within 5 working days
    on letter done -> visiting
    on letter overdue escalate late
  }
  stage visiting "Visiting" {
    must visit home by worker within 5 working days announced by letter at least 5 working days before attempts 3
    on home done -> debts
    on home refused -> bad
    on home exhausted -> bad
    on home overdue escalate late
  }
  stage debts "Debts" {
    must refer to_debt keeps running
    must task plan by worker within 4 weeks
    on plan done -> afterwards
    on plan overdue notify chief
  }
  stage calm "Calm" {
    must task look by worker within 1 day
    on look done -> back
    on look overdue notify chief
    after 8 weeks -> back
  }
  referral to_debt "Debt help" {
    to debt
    hands over months
    accept within 5 working days
    contact within 4 weeks
    declined or overdue: ask again once, then exhausted
  }
  escalation late "Late" { at once notify chief  after 3 working days notify house }
  aftercare afterwards "After" {
    call ask_how after 6 weeks, 6 months window 1 week before to 2 weeks after
    visit drop_in after 9 months window 1 week before to 2 weeks after
    by worker
    on ask_how missed notify chief
    on drop_in missed notify chief
    on relapse -> lettering
    then -> good
  }
  always { on alarm -> calm  on to_debt exhausted notify chief }"#,
    )
    .replace(" no aftercare because \"a test\"", "")
}

#[test]
fn a_moment_that_several_stages_open_is_told_with_all_of_them() {
    let (later, sooner) = ("after 3 working days notify house", "after 2 working days notify house");
    let title = "late, when a step comes: 3 working days (step 2) becomes 2 working days (step 2)";
    let back = "late, when a step comes: 2 working days (step 2) becomes 3 working days (step 2)";
    tells(
        &rent(),
        (later, sooner),
        [
            &[&format!("strengthens: {title}"), "where: lettering; visiting"],
            &[&format!("weakens: {back}"), "where: lettering; visiting"],
        ],
    );
}

#[test]
fn who_hears_of_a_visit_later_or_not_at_all_is_visited_sooner() {
    let mixed = "(mixed: better in one thing, worse in another)";
    tells(
        &rent(),
        (
            "announced by letter at least 5 working days before",
            "announced by letter at least 2 working days before",
        ),
        [
            &[
                &format!(
                    "weakens: home, how it is announced: letter, 5 working days before becomes letter, 2 working days before {mixed}"
                ),
                "where: visiting",
            ],
            &[
                &format!(
                    "weakens: home, how it is announced: letter, 2 working days before becomes letter, 5 working days before {mixed}"
                ),
                "where: visiting",
            ],
        ],
    );
    tells(
        &rent(),
        (" announced by letter at least 5 working days before", ""),
        [
            &[
                &format!(
                    "weakens: home, how it is announced: letter, 5 working days before becomes nothing {mixed}"
                ),
                "where: visiting",
            ],
            &[
                &format!(
                    "weakens: home, how it is announced: nothing becomes letter, 5 working days before {mixed}"
                ),
                "where: visiting",
            ],
        ],
    );
}

/// While a stage is interrupted what keeps running runs, and what does not is held: that follows.
#[test]
fn what_no_longer_keeps_running_is_told_once() {
    tells(
        &rent(),
        ("must refer to_debt keeps running", "must refer to_debt"),
        [
            &["weakens: to_debt, goes on when its stage is left: yes becomes no", "where: debts"],
            &["strengthens: to_debt, goes on when its stage is left: no becomes yes", "where: debts"],
        ],
    );
}

#[test]
fn a_contact_is_told_by_when_it_is_planned_and_at_its_line() {
    let both = both_ways(&rent(), ("6 weeks, 6 months", "6 weeks"));
    assert!(
        lines(&both[0]).contains(&"weakens: no more: ask_how after 6 months begins".to_owned()),
        "{}",
        text(&both[0])
    );
    let new = rent()
        .replace("    visit drop_in after 9 months window 1 week before to 2 weeks after\n", "")
        .replace("    on drop_in missed notify chief\n", "");
    let told = text(&told(&rent(), &new));
    assert!(told.contains("old line 47: visit drop_in after 9 months"), "{told}");
    assert_eq!(told.matches("no more: drop_in after 9 months begins").count(), 1, "{told}");
}

/// Nothing is opened before the report: what counts from that ends sooner, and never later.
#[test]
fn what_counts_from_the_report_ends_no_later_than_what_counts_from_when_it_is_opened() {
    tells(
        &rent(),
        ("home by worker within 5 working days", "home by worker within 5 working days of report"),
        [
            &[
                "strengthens: home, term: 5 working days becomes 5 working days of the report",
                "where: visiting",
            ],
            &["weakens: home, term: 5 working days of the report becomes 5 working days", "where: visiting"],
        ],
    );
    // Where every case opens it when it is reported that is the same.
    let at_once = rent()
        .replace("otherwise -> lettering", "otherwise -> visiting")
        .replace("on relapse -> lettering", "on relapse notify chief")
        .replace("on letter done -> visiting", "on letter done -> bad");
    let both = both_ways(
        &at_once,
        ("home by worker within 5 working days", "home by worker within 5 working days of report"),
    );
    assert!(text(&both[0]).contains("No household is treated differently"), "{}", text(&both[0]));
}

/// A task before the same help takes time, whatever it is good for.
#[test]
fn a_task_before_the_same_help_is_mixed() {
    let mixed = "(mixed: better in one thing, worse in another)";
    let file = rent().replace(
        "  stage visiting",
        "  stage sorting \"Sorting\" {\n    must task sort by worker within 3 working days\n    on sort done -> visiting\n    on sort overdue notify chief\n  }\n  stage visiting",
    );
    let with = both_ways(&file, ("when months >= 2 -> visiting", "when months >= 2 -> sorting"));
    for one in &with {
        assert!(
            lines(one).first().is_some_and(|line| line.starts_with("weakens: ") && line.ends_with(mixed)),
            "{}",
            text(one)
        );
    }
}

/// What must be done is let go of: that nobody hears of it any more makes it no better.
#[test]
fn what_is_let_go_of_is_a_loss_whatever_else_is_gone() {
    let file = rent().replace(
        "    on plan done -> afterwards\n",
        "    on to_debt taken_up notify worker\n    on plan done -> afterwards\n",
    );
    let rule = ("on to_debt taken_up notify worker", "on to_debt taken_up -> afterwards");
    for one in &both_ways(&file, rule) {
        assert!(one.levels().iter().all(|level| *level == Level::Weakens), "{}", text(one));
        assert!(text(one).contains("plan cancelled"), "{}", text(one));
    }
}

/// What comes by itself in both is not gone, and not new.
#[test]
fn what_comes_anyway_is_later_or_sooner() {
    let file = rent().replace(
        "    on letter overdue escalate late\n",
        "    on letter overdue escalate late\n    after 4 weeks -> debts\n",
    );
    let [there, back] = both_ways(&file, ("after 4 weeks -> debts", "after 6 weeks -> debts"));
    let is_told = |one: &Comparison, how: &str| lines(one).iter().any(|line| line.contains(how));
    assert!(is_told(&there, "later: ") && !is_told(&there, "otherwise later"), "{}", text(&there));
    assert!(is_told(&back, "sooner: ") && !is_told(&back, "otherwise later"), "{}", text(&back));
}

/// Which branch of a trigger is taken is one change, whatever lies between the two lines of it.
#[test]
fn two_lines_of_one_bound_are_one_difference() {
    let file = rent().replace(
        "when months >= 2 -> visiting  otherwise -> lettering",
        "when months >= 4 -> debts  when months between 2 and 3 -> visiting  otherwise -> lettering",
    );
    let [there, _] = both_ways(
        &file,
        (
            "when months >= 4 -> debts  when months between 2 and 3 -> visiting",
            "when months >= 3 -> debts  when months between 2 and 2 -> visiting",
        ),
    );
    assert_eq!(lines(&there).len(), 2, "{}", text(&there));
}

/// So many visits in each week: more of them is more, and those that are asked for no longer follow.
#[test]
fn a_rate_is_more_or_less() {
    let file = rent().replace(
        "must task plan by worker within 4 weeks\n    on plan done -> afterwards\n    on plan overdue notify chief",
        "must series lessons by worker { 1 to 3 visits per week for 4 weeks }\n    on lessons missed notify chief\n    on lessons refused -> bad\n    on lessons over -> afterwards\n    on lessons all_done -> afterwards",
    );
    tells(
        &file,
        ("1 to 3 visits per week", "1 to 2 visits per week"),
        [
            &[
                "weakens: lessons, how many: 1 to 3 visits per week for 4 weeks becomes 1 to 2 visits per week for 4 weeks",
                "where: debts",
            ],
            &[
                "strengthens: lessons, how many: 1 to 2 visits per week for 4 weeks becomes 1 to 3 visits per week for 4 weeks",
                "where: debts",
            ],
        ],
    );
}

/// Who is contacted in time is promised it later; who is not fails later as well.
#[test]
fn a_later_contact_before_a_failure_has_an_example_each_way() {
    let file = rent().replace("on to_debt exhausted notify chief }", "on to_debt exhausted -> bad }");
    let [there, _] = both_ways(&file, ("contact within 4 weeks", "contact within 6 weeks"));
    let told = text(&there);
    assert!(
        told.contains("A household that is worse off") && told.contains("A household that is better off"),
        "{told}"
    );
}

/// Where a case ends because of one clock, what another one would have brought at that very moment is no difference of its own.
#[test]
fn what_comes_with_an_end_at_one_midnight_is_not_left_undecided() {
    let file = pathway(
        r#"  agency debt "Debt help"
  role chief "Chief" of house
  trigger arrears from anyone { -> debts }
  stage debts "Debts" {
    must refer to_debt
    must series coach by worker { 3 visits in 3 months  at least 2 weeks apart }
    on coach missed notify chief
    on coach refused -> bad
    on to_debt exhausted notify chief
    on coach over -> good
    on coach all_done -> good
  }
  referral to_debt "Debt help" {
    to debt
    warm
    accept within 3 working days
    contact within 4 weeks
    declined or overdue: ask again once, then exhausted
  }"#,
    );
    let rule = ("on to_debt exhausted notify chief", "on to_debt exhausted notify chief -> bad");
    for one in &both_ways(&file, rule) {
        let all = lines(one);
        assert!(!all.iter().any(|line| line.starts_with("undecided")), "{}", text(one));
        assert!(all.iter().any(|line| line.contains("the case ends: bad")), "{}", text(one));
    }
}

/// What people read of a file in Dutch is what stands in it; programs have the English words.
#[test]
fn a_dutch_file_is_quoted_in_dutch() {
    let dutch = |weeks: u8| {
        let english = rent().replace("6 weeks, 6 months", &format!("{weeks} weeks, 6 months"));
        voordeur_syntax::translate(&english, voordeur_messages::Lang::Nl).expect("Dutch")
    };
    let one = told(&dutch(6), &dutch(7));
    let all = text(&one);
    assert!(all.contains("nazorg afterwards has changed"), "{all}");
    assert!(all.contains("- 46: bel ask_how na 6 weken, 6 maanden"), "{all}");
    let edit = one.changes.first().and_then(|change| change.edits.first()).expect("an edit");
    assert!(
        edit.old.as_ref().is_some_and(|(_, text)| text.starts_with("call ask_how after 6 weeks")),
        "{edit:?}"
    );
}

/// With what it comes to, and whether the stage was interrupted, makes no second difference of it.
#[test]
fn a_rule_that_leads_on_is_told_once_whatever_comes_with_it() {
    let file = pathway(
        r#"  calendar nl
  agency cleaning "Cleaning" contact planner
  role planner "Planner" of cleaning
  role chief "Chief" of house
  data { animals count 0..12 "Animals" }
  trigger neighbour from anyone { asks animals -> clearing }
  event smoke from anyone
  stage clearing "Clearing" {
    must refer to_cleaning
    must task plan by worker within 2 weeks
    on to_cleaning taken_up -> coaching
    on to_cleaning exhausted -> coaching
    on plan overdue notify chief
  }
  stage coaching "Coaching" {
    must visit coach by worker within 4 weeks attempts 3
    when animals >= 10 notify chief "many animals"
    on coach done -> good
    on coach refused -> bad
    on coach exhausted -> bad
    on coach overdue notify chief -> bad
  }
  stage danger "Danger" {
    must task shut_off by worker within 1 working day
    on shut_off done -> back
    on shut_off overdue notify chief
    after 8 weeks -> back
  }
  referral to_cleaning "Cleaning" {
    to cleaning
    accept within 5 working days
    contact within 3 weeks
    declined or overdue: ask again once, then exhausted
  }
  always { on smoke -> danger }"#,
    );
    let edit = ("on plan overdue notify chief", "on plan overdue notify chief -> coaching");
    let there = "weakens: new: the case goes to coaching (mixed: better in one thing, worse in another)";
    let back = "weakens: no more: the case goes to coaching (mixed: better in one thing, worse in another)";
    let place = "where: clearing; danger";
    tells(&file, edit, [&[there, place], &[back, place]]);
}

/// Two rules of one stage that change alike are two changes: each is told at its line, and who accepts the one has not accepted the other.
#[test]
fn two_rules_of_one_stage_are_two_changes() {
    let file = rent().replace(
        "    on home refused -> bad\n    on home exhausted -> bad\n",
        "    on home refused notify chief -> bad\n    on home exhausted notify chief -> bad\n",
    );
    let one = file.replace("on home refused notify chief", "on home refused");
    let both = one.replace("on home exhausted notify chief", "on home exhausted");
    let marks = |old: &str, new: &str| -> Vec<String> {
        let found = told(old, new);
        text(&found)
            .lines()
            .filter_map(|line| line.strip_prefix("  weakens: no more: chief is told [").map(str::to_owned))
            .collect()
    };
    let (alone, all) = (marks(&file, &one), marks(&file, &both));
    assert_eq!((alone.len(), all.len()), (1, 2));
    assert!(all.contains(&alone[0]), "{alone:?} {all:?}");
}

/// Another rule that tells the same people later says nothing of when this one does: a notice to somebody else is something else.
#[test]
fn a_notice_to_somebody_else_shifts_whoever_else_is_told_later() {
    let file = rent().replace("on ask_how missed notify chief", "on ask_how missed notify desk");
    let place = "where: afterwards";
    tells(
        &file,
        ("on ask_how missed notify desk", "on ask_how missed notify chief"),
        [
            &["shifts: desk is told becomes chief is told", place],
            &["shifts: chief is told becomes desk is told", place],
        ],
    );
}

/// For whom it is so is told with all answers with which it is, also those with which somebody hears of it besides.
#[test]
fn for_whom_it_is_so_counts_whoever_is_told_besides() {
    let file = rent().replace(
        "    must task letter by worker",
        "    when months between 1 and 2 notify chief\n    must task letter by worker",
    );
    let [there, _] = both_ways(&file, ("when months >= 2 -> visiting", "when months >= 4 -> visiting"));
    assert!(text(&there).contains("as in the example: months 2 to 3\n"), "{}", text(&there));
}
