//! The recommendations beyond the examples of their pages: other ways to go against them, and other ways to
//! answer them.

use voordeur_protocol::compile;

const HEAD: &str = r#"pathway visits "Visits" {
  version "1"
  lead   house
  agency house
  agency helper
  agency police
  role   worker of house
  data {
    urgent yes_no kept because "short"
    debts  yes_no shared with helper
    fraud  yes_no shared with police for enforcement
    worry  yes_no shared with police for help kept because "short"
    born   birthdate kept because "short"
  }
  referral handover { to helper  hands over debts  warm  accept within 1 week  contact within 2 weeks }
  referral to_police { to police  hands over fraud  accept within 1 week }
  event signal from anyone
"#;

const TAIL: &str = r#"  aftercare afterwards {
    call look_back after 3 months window 1 week before to 2 weeks after
    by   worker
    on look_back missed notify house
    then -> good
  }
  end good success
  end bad  failure
}
"#;

/// The rules that a pathway goes against.
fn found(body: &str) -> Vec<String> {
    rules(&format!("{HEAD}{body}{TAIL}"))
}

fn rules(text: &str) -> Vec<String> {
    let compiled = compile(text);
    let mut names: Vec<String> = compiled.problems.iter().map(|problem| problem.rule.to_string()).collect();
    names.dedup();
    names
}

#[track_caller]
fn only(rule: &str, body: &str) {
    assert_eq!(found(body), [rule], "{body}");
}

#[track_caller]
fn clean(body: &str) {
    assert_eq!(found(body), [""; 0], "{body}");
}

const ASKED: &str = "  trigger knock from anyone { asks urgent, debts, fraud, worry, born -> first }\n";

fn asked(stages: &str) -> String {
    format!(
        "{ASKED}{stages}  stage last {{ must task wrap_up by worker within 1 week  on wrap_up done -> afterwards  on wrap_up overdue -> bad }}\n"
    )
}

#[test]
fn a_warm_referral_is_not_let_go_when_the_receiver_says_yes() {
    let stage = |tail: &str, keeps: &str| {
        asked(&format!(
            "  stage first {{ must refer handover {keeps}  {tail}  on handover exhausted -> bad  after 3 weeks -> last }}\n"
        ))
    };
    only("cold-handover", &stage("on handover accepted -> last", ""));
    clean(&stage("on handover accepted notify worker  on handover taken_up -> last", ""));
    // Where it goes on, it is to be answered there.
    only("referral-without-fallback", &stage("on handover accepted -> last", "keeps running"));
}

#[test]
fn help_is_followed_by_aftercare_or_by_a_reason() {
    let to = |end: &str| {
        format!(
            "{ASKED}  stage first {{ must refer handover  on handover taken_up -> {end}  on handover exhausted -> bad
    after 1 year -> afterwards }}\n"
        )
    };
    only("no-aftercare", &to("good"));
    let cold = "  referral cold { to helper  hands over debts  accept within 1 week }\n";
    only("no-aftercare", &(to("good").replace("handover", "cold") + cold));
    // Where it goes to enforcement nobody is helped.
    clean(&to("good").replace("handover", "to_police"));
    clean(&to("afterwards"));
    clean(&(to("fine") + "  end fine success no aftercare because \"the helper stays\"\n"));
    clean(
        &(to("good")
            + "  measure later { 1 year after closing  by worker  asks urgent  window 0 days before to 4 weeks after }\n"),
    );
    let only_at_closing =
        "  measure now { at closing  by worker  asks urgent  window 0 days before to 4 weeks after }\n";
    only("no-aftercare", &(to("good") + only_at_closing));
}

#[test]
fn what_comes_with_a_report_is_looked_at() {
    let knock = |asks: &str, kept: &str| {
        let trigger = format!("  trigger knock from anyone {{ asks debts, {asks} -> last }}\n");
        let text = format!("{HEAD}{}{TAIL}", asked("").replace(ASKED, &trigger));
        let fields =
            text.replace("born   birthdate kept because \"short\"", &format!("born birthdate {kept}"));
        rules(&fields)
    };
    assert_eq!(knock("born", ""), ["signal-on-the-shelf"]);
    assert_eq!(knock("born", "kept because \"the visitor reads it\""), [""; 0]);
    assert_eq!(knock("fraud", ""), [""; 0]);
}

#[test]
fn how_a_report_was_sorted_is_no_answer_to_what_is_found_at_the_door() {
    let sorted = |branch: &str, asks: &str| {
        let trigger = format!("  trigger knock from anyone {{ asks urgent, safe {branch} }}\n");
        let visit = format!(
            "  stage first {{ must visit talk by worker within 1 week attempts 2 {asks}
    on talk done -> last  on talk refused -> bad  on talk exhausted -> bad  on talk overdue -> bad }}\n"
        );
        let text = format!("{HEAD}{}{TAIL}", asked(&visit).replace(ASKED, &trigger));
        rules(&text.replace("data {", "data {\n    safe yes_no"))
    };
    let branch = "when urgent and safe -> first otherwise -> last";
    assert_eq!(sorted(branch, ""), [""; 0]);
    assert_eq!(sorted(branch, "asks safe"), ["signal-on-the-shelf"]);
}

#[test]
fn an_event_or_a_birthday_is_a_new_occasion_and_no_round() {
    let visit = "must visit talk by worker within 1 week attempts 2 records urgent
    on talk done when urgent -> last  on talk done otherwise -> waiting  on talk refused -> bad  on talk exhausted -> bad  on talk overdue notify house";
    let waiting = |back: &str| {
        asked(&format!("  stage first {{ {visit} }}\n  stage waiting {{ {back}  after 1 year -> last }}\n"))
    };
    clean(&waiting("on signal -> first"));
    clean(&waiting("on birthday 70, 75 of born -> first"));
    // A year of waiting, and every week a visit.
    let weekly =
        asked(&format!("  stage first {{ {visit} }}\n  stage waiting {{ after 1 week -> first }}\n"));
    only("visits-without-end", &weekly);
    clean(&weekly.replace("stage waiting {", "stage waiting at most 4 times, else -> last {"));
    let decided = "  stage waiting { must task weigh by worker within 1 week asks urgent
    on weigh done when urgent -> first  on weigh done otherwise -> last  on weigh overdue notify house }\n";
    clean(&asked(&format!("  stage first {{ {visit} }}\n{decided}")));
}

#[test]
fn a_visit_that_is_offered_again_needs_a_time() {
    let stage = |time: &str| {
        asked(&format!(
            "  stage first {{ may visit talk by worker attempts 2 repeatable records urgent  must task plan by worker within 1 week
    on talk done when urgent notify house  on talk done otherwise notify worker  on talk refused -> bad  on talk exhausted -> bad
    on talk waived notify house  on plan overdue notify house  on plan done -> last  {time} }}\n"
        ))
    };
    only("visits-without-end", &stage(""));
    clean(&stage("after 3 months -> last"));
}

#[test]
fn a_refusal_is_weighed_before_it_goes_to_enforcement() {
    let visit = |refused: &str| {
        asked(&format!(
            "  stage first {{ must visit talk by worker within 1 week attempts 2 records fraud
    on talk done -> reporting  on talk refused -> {refused}  on talk exhausted -> weighing  on talk overdue notify house }}
  stage weighing {{ must task weigh by worker within 1 week  on weigh done -> reporting  on weigh overdue -> bad }}
  stage reporting {{ must refer to_police  on to_police taken_up -> last  on to_police exhausted -> last }}\n"
        ))
    };
    only("visit-without-refusal", &visit("reporting"));
    clean(&visit("weighing"));
    // A stage in which nothing has to be done weighs nothing.
    let waiting = "  stage waiting { after 1 day -> reporting }\n";
    only("visit-without-refusal", &(visit("waiting") + waiting));
    clean(&(visit("waiting") + &waiting.replace("reporting", "weighing")));
}

#[test]
fn a_referral_takes_along_fields_of_one_purpose() {
    let referral = |fields: &str| {
        asked(&format!(
            "  referral both {{ to police  hands over {fields}  accept within 1 week }}
  stage first {{ must refer both  on both taken_up -> last  on both exhausted -> last }}\n"
        ))
    };
    only("mixed-purposes", &referral("fraud, worry"));
    clean(&referral("fraud"));
    clean(&referral("worry"));
}

#[test]
fn who_is_chosen_hears_it_by_a_letter_an_announced_visit_or_a_question() {
    let chosen = |informed: &str, announced: &str| {
        format!(
            "  trigger flats from area of house {{ legitimation \"every door\" {informed} asks debts -> first }}
  stage first {{ must visit talk by worker within 3 weeks {announced} attempts 2 records urgent
    on talk done when urgent -> last  on talk done otherwise -> last  on talk refused -> bad  on talk exhausted -> bad  on talk overdue notify house }}
  stage last {{ must task wrap_up by worker within 1 week  on wrap_up done -> afterwards  on wrap_up overdue -> bad }}\n"
        )
    };
    only("selected-without-telling", &chosen("", ""));
    clean(&chosen("informed by letter", ""));
    clean(&chosen("", "announced by letter at least 5 working days before"));
    only(
        "selected-without-telling",
        &chosen("informed by letter", "").replace("legitimation \"every door\"", ""),
    );
}

#[test]
fn money_that_ends_ends_the_project() {
    let stage = asked(
        "  stage first { must task plan by worker within 1 week  on plan done -> last  on plan overdue -> bad }\n",
    );
    only("ends-without-successor", &format!("  funding until 2028-12-31\n{stage}"));
    clean(&format!("  funding until 2028-12-31\n  ends 2028-12-31, open cases go to helper\n{stage}"));
}

#[test]
fn what_is_advised_is_advised_when_the_pathway_holds_together() {
    // Nothing answers the refusal, and the referral is cold: first the one.
    let body = asked("  stage first { must refer handover  on handover accepted -> last }\n");
    assert!(!found(&body).contains(&"cold-handover".to_owned()), "{:?}", found(&body));
}

/// Also where no stage is left: a rule, or an escalation that a rule begins, opens the visit once more.
#[test]
fn a_visit_that_brings_itself_back_needs_somebody_who_decides() {
    let visits = |again: &str, more: &str, time: &str| {
        asked(&format!(
            "  stage first {{ must visit talk by worker within 1 week attempts 2 records urgent
    on talk done when urgent {again}  on talk done otherwise -> last  on talk refused -> bad  on talk exhausted -> bad  on talk overdue notify house
    {more}  on more done otherwise -> last  on more refused -> bad  on more exhausted -> bad  on more overdue notify house  {time} }}
  escalation again {{ after 1 week visit more by worker within 1 week attempts 2 records urgent }}\n"
        ))
    };
    only("visits-without-end", &visits("escalate again", "on more done when urgent escalate again", ""));
    clean(&visits("escalate again", "on more done when urgent escalate again", "after 3 months -> last"));
    clean(&visits("escalate again", "on more done when urgent -> last", ""));
    let weigh = "on more done when urgent task weigh by worker within 1 week asks debts
    on weigh done when debts escalate again  on weigh done otherwise -> last  on weigh overdue notify house";
    clean(&visits("escalate again", weigh, ""));
}
