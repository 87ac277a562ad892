//! What is left on the shelf: what is asked and of which nothing comes in any case, what is meant for an agency and goes nowhere,
//! and households that were helped and are let go.

use std::fs;
use std::path::Path;

use voordeur_diagnostics::Diagnostic;
use voordeur_verify::{Budget, compile, compile_with, verify};

/// A pathway in which `worried` is asked by a visit, with what its stages lead to.
fn file(shared: &str, stages: &str) -> String {
    let mut text = format!(
        "pathway p {{
  version \"1\"
  lead house
  agency house
  agency helper
  role worker of house
  data {{ worried yes_no {shared}  late yes_no shared with helper kept because \"short\" }}
  trigger knock from anyone {{ asks late -> first }}
{stages}
"
    );
    for (named, part) in LEADS_TO {
        let own = part.split_inclusive(' ').take(2).collect::<String>();
        if text.contains(named) && !text.contains(&own) {
            text.push_str(&format!("  {part}\n"));
        }
    }
    text + "}\n"
}

/// Stages and ends that stand in a file when something leads to them.
const LEADS_TO: [(&str, &str); 7] = [
    ("-> handing", "stage handing { must refer r  on r taken_up -> good  on r exhausted -> bad }"),
    (
        "-> second",
        "stage second { must task plan by worker within 2 weeks  on plan done -> good  on plan overdue -> bad }",
    ),
    ("refer r ", "referral r { to helper  hands over late  accept within 1 week  contact within 2 weeks }"),
    ("on over ", "event over from worker"),
    ("-> good", "end good success no aftercare because \"short\""),
    ("-> fine", "end fine success no aftercare because \"short\""),
    ("-> bad", "end bad failure"),
];

/// The stage with the visit, and what follows when it was made.
fn visit(rules: &str) -> String {
    format!(
        "  stage first {{
    must visit talk by worker within 1 week attempts 3 asks worried
    {rules}
    on talk refused -> bad
    on talk exhausted -> bad
    on talk overdue -> bad
  }}"
    )
}

fn found(file: &str) -> Vec<Diagnostic> {
    let compiled = compile(file);
    let mut all = compiled.problems.clone();
    for protocol in &compiled.protocols {
        let report = verify(protocol, Budget::default());
        assert_eq!((report.incomplete, report.unconfirmed), (None, 0), "{file}");
        all.extend(report.findings);
    }
    all.retain(|one| one.rule.name() != "never-used");
    all
}

#[track_caller]
fn only(rule: &str, about: &str, file: &str) {
    let all = found(file);
    let said: Vec<_> = all.iter().map(|one| (one.rule.name(), one.message.as_str())).collect();
    assert!(
        !all.is_empty() && said.iter().all(|(own, said)| *own == rule && said.contains(about)),
        "{said:?}\n{file}"
    );
    assert!(all.iter().all(|one| !one.history.is_empty()), "{all:#?}\n{file}");
}

#[track_caller]
fn clean(file: &str) {
    let all = found(file);
    assert!(all.is_empty(), "{all:#?}\n{file}");
}

#[test]
fn every_example_is_clean() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dsl-examples");
    let mut count = 0;
    let mut wrong = Vec::new();
    for folder in fs::read_dir(top).expect("the folder") {
        for file in fs::read_dir(folder.expect("an entry").path()).expect("a folder") {
            let path = file.expect("an entry").path();
            if path.extension().is_none_or(|end| end != "pathway") {
                continue;
            }
            let text = fs::read_to_string(&path).expect("a file");
            let mut load = |_: &str, name: &str| {
                let near = path.parent().expect("a folder").join(name);
                match fs::read_to_string(&near) {
                    Ok(text) => Ok((near.display().to_string(), text)),
                    Err(why) => Err(why.to_string().into()),
                }
            };
            let mut compiled = compile_with(&path.display().to_string(), &text, &mut load, Budget::default());
            for protocol in compiled.own().to_vec() {
                let report = verify(&protocol, Budget::default());
                compiled.admit(&protocol.name, report.findings);
            }
            let problems = compiled
                .problems
                .iter()
                .map(|one| format!("{}: {}: {}", path.display(), one.rule, one.message));
            wrong.extend(problems);
            count += 1;
        }
    }
    assert!(count > 10, "{count}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_answer_of_which_nothing_comes_is_left_on_the_shelf() {
    let shelf = |rules: &str| only("signal-on-the-shelf", "`worried`", &file("", &visit(rules)));
    shelf("on talk done when worried or not worried -> good");
    shelf("on talk done when worried -> good  on talk done otherwise -> fine");
    shelf("on talk done when worried -> second  on talk done otherwise -> second");
    shelf("on talk done when worried notify house -> good  on talk done otherwise notify house -> fine");
    let right = |rules: &str| clean(&file("", &visit(rules)));
    right("on talk done when worried -> second  on talk done otherwise -> good");
    right("on talk done when worried -> good  on talk done otherwise -> second");
    right("on talk done when worried notify house -> good  on talk done otherwise -> good");
    // How a case ends is counted.
    right("on talk done when worried -> bad  on talk done otherwise -> good");
    right("when talk done and worried -> bad  when talk done and not worried -> good");
    shelf("when talk done and worried -> good  when talk done and not worried -> fine");
}

/// A stage with a task that asks, or with what somebody may report, and what follows.
fn task(rules: &str) -> String {
    format!(
        "  event seen from worker {{ asks worried }}
  stage first {{
    must task form by worker within 1 week
    {rules}
    on form overdue -> bad
  }}"
    )
}

#[test]
fn what_is_asked_elsewhere_is_looked_at_too() {
    let with_form = |rules: &str| {
        task(rules)
            .replace("  event seen from worker { asks worried }\n", "")
            .replace("1 week", "1 week asks worried")
    };
    let shelf =
        |stages: &str| only("signal-on-the-shelf", "`worried` is asked and then left", &file("", stages));
    shelf(&with_form("on form done -> good"));
    shelf(&with_form("on form done when worried -> good  on form done otherwise -> fine"));
    shelf(&task("on form done -> good  on seen notify house"));
    shelf(&task("on form done -> good  on seen when worried notify house  on seen otherwise notify house"));
    let right = |stages: &str| clean(&file("", stages));
    right(&with_form("on form done when worried -> second  on form done otherwise -> good"));
    right(&task("on form done -> good  on seen when worried -> second  on seen otherwise notify house"));
    clean(&file("kept because \"short\"", &with_form("on form done -> good")));
}

#[test]
fn a_clock_that_runs_already_may_stand_still_or_count_from_what_is_reported() {
    let reported = "  event seen from worker { asks worried }
  stage first {
    must task form by worker within 1 week CLOCK
    on seen notify worker
    on form done -> good
    on form overdue -> bad
    after 3 months -> bad
  }";
    clean(&file("", &reported.replace("CLOCK", "paused while worried because \"short\"")));
    only("signal-on-the-shelf", "`worried`", &file("", &reported.replace("CLOCK", "")));
    let date = |term: &str| {
        let stages = reported.replace("1 week CLOCK", term);
        file("", &stages).replace("worried yes_no", "worried date")
    };
    clean(&date("1 week of worried"));
    only("signal-on-the-shelf", "`worried`", &date("1 week"));
}

#[test]
fn what_comes_from_outside_reaches_somebody_who_can_act() {
    let reported = |from: &str, rules: &str| {
        let event = format!("event seen from {from}\n");
        let stages = task(&format!("on form done -> good  {rules}"));
        file("kept because \"short\"", &stages.replace("event seen from worker { asks worried }\n", &event))
    };
    let unheard =
        |from: &str, rules: &str| only("signal-on-the-shelf", "`seen` is reported", &reported(from, rules));
    unheard("anyone", "on seen notify client");
    unheard("client, worker", "on seen when late notify client  on seen otherwise notify client");
    clean(&reported("worker", "on seen notify client"));
    clean(&reported("anyone", "on seen notify client notify house"));
    clean(&reported("anyone", "on seen when late notify client  on seen otherwise notify house"));
}

/// Which of the answers is the worry no file says; that a referral is begun for nobody is seen.
#[test]
fn one_answer_that_is_acted_upon_is_enough() {
    let rules =
        |way: &str| visit(&format!("on talk done when worried -> good  on talk done otherwise {way}"));
    clean(&file("", &rules("-> handing")));
    only("open-at-closure", "`r`", &file("", &rules("refer r -> bad")));
}

/// What is done before anybody has asked is no answer.
#[test]
fn what_comes_before_the_answer_does_not_count() {
    let asked = "trigger knock from anyone { asks late, worried -> first }";
    let before = |way: &str| {
        let first = "  stage first { must task look by worker within 1 week  on look done when worried -> second  on look done otherwise -> visiting  on look overdue -> bad }";
        let visiting = visit(way).replace("stage first", "stage visiting");
        let second = "  stage second { must task plan by worker within 2 weeks  on plan done -> visiting  on plan overdue -> bad }";
        file("", &format!("{first}\n{second}\n{visiting}"))
            .replace("trigger knock from anyone { asks late -> first }", asked)
    };
    only("signal-on-the-shelf", "`worried`", &before("on talk done -> good"));
    clean(&before("on talk done when worried -> handing  on talk done otherwise -> good"));
}

/// A term that only somebody is told of never changes the way of a case, and is an answer all the same.
#[test]
fn what_changes_no_way_is_an_answer_too() {
    let later = |rule: &str| {
        let stage = format!(
            "  stage later {{ must task plan_it by worker within 2 weeks  on plan_it done -> good  {rule} }}"
        );
        file("", &format!("{}\n{stage}", visit("on talk done -> later")))
    };
    clean(&later("on plan_it overdue when worried notify worker  on plan_it overdue otherwise notify house"));
    only(
        "signal-on-the-shelf",
        "`worried`",
        &later("on plan_it overdue when worried notify house  on plan_it overdue otherwise notify house"),
    );
}

/// A referral that is made before the visit takes nothing along of what the visit finds.
#[test]
fn what_is_meant_for_an_agency_goes_there_once_it_is_known() {
    let before = |way: &str| {
        file(
            "shared with helper",
            &format!(
                "{}\n{}",
                visit(way).replace("stage first", "stage visiting"),
                "  stage first { must refer r  on r taken_up -> visiting  on r exhausted -> visiting }"
            ),
        )
    };
    let way = "on talk done when worried -> second  on talk done otherwise -> good";
    only("problem-without-route", "`worried`", &before(way));
    clean(&before(&way.replace("-> second", "notify helper \"a worry\" -> second")));
    clean(&before(&way.replace("-> second", "-> handing")));
    clean(&file("shared with helper", &visit(&way.replace("-> second", "-> handing"))));
}

#[test]
fn a_household_that_was_helped_is_not_let_go_whatever_the_end_is_called() {
    let helped = |kind: &str, way: &str| {
        let first = "  stage first { must refer r  on r taken_up -> END  on r exhausted -> bad }\n";
        let more = match way {
            "afterwards" => {
                "  aftercare afterwards {
    call look_back after 3 months window 1 week before to 2 weeks after
    by worker
    on look_back missed notify house
    then -> done
  }"
            }
            "ready" => {
                "  stage ready { must task close_it by worker within 1 week  on close_it done -> done  on close_it overdue -> bad  on over -> done }"
            }
            _ => "",
        };
        let stages = format!("{first}{more}");
        file("kept because \"short\"", &format!("{}\n  end done {kind}", stages.replace("END", way)))
    };
    for kind in ["success", "other"] {
        only("no-aftercare", "`done`", &helped(kind, "done"));
        only("no-aftercare", "`done`", &helped(kind, "ready"));
        clean(&helped(kind, "afterwards"));
        clean(&helped(&format!("{kind} no aftercare because \"the helper stays\""), "done"));
    }
    // Where nobody is ever helped nobody has to look back.
    let never = helped("other", "ready").replace(
        "on r taken_up -> ready  on r exhausted -> bad",
        "on r taken_up -> bad  on r exhausted -> ready",
    );
    clean(&never);
}

/// The household and the days that show it, to the end of the case.
#[test]
fn what_is_left_on_the_shelf_is_told_with_a_case_history() {
    let rules = "on talk done when worried -> good  on talk done otherwise -> fine";
    let all = found(&file("", &visit(rules)));
    let [one] = all.as_slice() else { panic!("{all:#?}") };
    assert_eq!(
        one.message,
        "`worried` is asked at the door and then left on the shelf: whatever the answer is, nothing is done because of it"
    );
    let told: Vec<String> = one.history.iter().flat_map(voordeur_diagnostics::Scene::told).collect();
    assert_eq!(
        told,
        [
            "Mon 2026-03-16 10:00  reported through `knock` (late = yes)",
            "                      entered `first`",
            "                      for worker: visit `talk`, due at the end of Mon 2026-03-23",
            "Mon 2026-03-16 10:30  visit `talk` done (worried = yes)",
            "                      ended in `good` (success)",
        ]
    );
}

#[test]
fn what_is_recorded_and_never_looked_at_is_not_done() {
    let done = "on talk done when worried record late = yes -> good
    on talk done otherwise record late = no -> good";
    // `late` is kept for a reason that the file gives.
    clean(&file("", &visit(done)));
    let unread = file("noted yes_no", &visit(done)).replace("record late", "record noted");
    only("signal-on-the-shelf", "`worried`", &unread);
    only("signal-on-the-shelf", "`worried`", &file("", &visit("on talk done -> good")));
}

#[test]
fn another_end_counts_when_it_is_of_another_kind_or_is_measured() {
    let second = "on talk done when worried -> third  on talk done otherwise -> bad";
    let third = "  stage third { after 1 week -> good }";
    clean(&file("", &format!("{}\n{third}", visit(second))));
    let fine = "on talk done when worried -> third  on talk done otherwise -> fine";
    only("signal-on-the-shelf", "`worried`", &file("", &format!("{}\n{third}", visit(fine))));
    let ends = visit("on talk done when worried -> good  on talk done otherwise -> fine");
    only("signal-on-the-shelf", "`worried`", &file("", &ends));
    let measured =
        "  measure later { 1 year after closing by worker window 0 days before to 4 weeks after for fine }";
    clean(&file("", &format!("{ends}\n{measured}")));
}

#[test]
fn a_report_from_outside_reaches_somebody_who_can_act() {
    let rang = |rule: &str| {
        let first = visit("on talk done when worried -> good  on talk done otherwise -> bad");
        let escalation = "  escalation call { at once notify client }";
        file(
            "noted yes_no",
            &format!(
                "  event rang from helper\n{}\n{escalation}",
                first.replacen("on talk", &format!("{rule}\n    on talk"), 1)
            ),
        )
    };
    let lies = |rule: &str| only("signal-on-the-shelf", "`rang` is reported", &rang(rule));
    lies("on rang notify client");
    lies("on rang escalate call");
    lies("on rang record noted = yes");
    clean(&rang("on rang notify house"));
    clean(&rang("on rang record late = yes"));
    clean(&rang("on rang escalate call").replace("at once notify client", "at once notify house"));
}
