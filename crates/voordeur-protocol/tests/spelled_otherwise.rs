//! What goes against a recommendation goes against it however it is spelled: by `when` as by `on`, through a stage that only waits,
//! by an escalation, by an action.

use voordeur_protocol::compile;

const HEAD: &str = r#"pathway visits "Visits" {
  version  "2027" from 2027-01-01
  goal     "Nobody is given up unseen"
  for whom "Tenants in arrears"
  mandate  "Covenant of the city, 2026"
  lead     house
  calendar nl
  basis    public_task "Wgs art. 3"
  agency   house
  agency   police contact officer
  role     worker  of house trained in "talking at the door" only refers
  role     boss    of house
  role     officer of police
  data {
    urgent yes_no kept because "to know"
    fraud  yes_no shared with police for enforcement kept because "to know"
    worry  yes_no shared with police for help kept because "to know"
  }
  trigger knock from anyone { asks urgent, fraud, worry -> first }
"#;

const FINE: &str = "  referral fine { to police hands over fraud warm accept within 5 working days contact within 2 weeks }\n";

const TAIL: &str = r#"  end good success no aftercare because "example"
  end bad  failure
}
"#;

fn rules(body: &str) -> Vec<String> {
    let compiled = compile(&format!("{HEAD}{body}{TAIL}"));
    compiled.problems.iter().map(|problem| problem.rule.to_string()).collect()
}

#[track_caller]
fn found(rule: &str, bodies: &[String]) {
    for body in bodies {
        let rules = rules(body);
        assert!(rules.iter().any(|own| own == rule), "{rules:?}\n{body}");
    }
}

#[track_caller]
fn not_found(rule: &str, bodies: &[String]) {
    for body in bodies {
        let rules = rules(body);
        assert!(rules.iter().all(|own| own != rule), "{rules:?}\n{body}");
    }
}

const TALK: &str = "must visit talk by worker within 1 week attempts 3 asks urgent
    on talk exhausted -> bad  on talk overdue notify house";

#[test]
fn a_refusal_is_no_penalty() {
    let body = |refused: &str, more: &str| {
        format!(
            "  stage first {{ {TALK}  on talk done when urgent -> good  on talk done otherwise -> bad  {refused} }}\n{more}"
        )
    };
    let pen = &format!(
        "{FINE}  stage pen {{ must refer fine  on fine taken_up -> good  on fine exhausted -> bad }}\n"
    );
    let action = "  stage pen { must action tell by plugin \"letter\" { does fill to police sees fraud with name=\"a.txt\" with template=\"x {fraud}\" within 1 day }
    on tell returned -> good  on tell gave_up -> bad  on tell overdue notify boss }\n";
    let asks = "  stage asking { must question card { answers yes, no  silent after 1 week }  on card yes -> bad  on card no -> bad  on card silent -> pen }\n";
    found(
        "visit-without-refusal",
        &[
            body("on talk refused -> pen", pen),
            body("on talk refused -> pen", action),
            body("when talk refused -> pen", pen),
            body(
                "on talk refused escalate nope",
                &format!(
                    "{FINE}  escalation nope {{ at once refer fine }}\n  always {{ on fine taken_up -> good  on fine exhausted -> bad }}\n"
                ),
            ),
            body("on talk refused -> asking", &format!("{asks}{pen}")),
        ],
    );
    let weigh = "  stage weighing { must task weigh by boss within 1 week  on weigh done -> pen  on weigh overdue -> bad }\n";
    not_found(
        "visit-without-refusal",
        &[
            body("when talk refused -> weighing", &format!("{weigh}{pen}")),
            body("when not talk refused and urgent -> pen  on talk refused -> bad", pen),
        ],
    );
}

#[test]
fn silence_is_no_answer() {
    let body = |silent: &str, more: &str| {
        format!(
            "  stage first {{ must question card {{ answers yes, no  silent after 3 weeks }}  on card yes -> second  on card no -> bad  {silent} }}
  stage second {{ {TALK}  on talk done when urgent -> good  on talk done otherwise -> bad  on talk refused -> bad }}\n{more}"
        )
    };
    let waits = "  stage waits { after 1 day -> bad }\n";
    found(
        "opt-in-misses-the-most-vulnerable",
        &[
            body("on card silent -> bad", ""),
            body("when card silent -> bad", ""),
            body("on card silent -> waits", waits),
        ],
    );
    not_found(
        "opt-in-misses-the-most-vulnerable",
        &[
            body("when card silent -> second", ""),
            body("on card silent -> waits", &waits.replace("bad", "second")),
        ],
    );
}

#[test]
fn what_is_found_is_looked_at() {
    let body = |done: &str, more: &str| {
        format!("  stage first {{ {TALK}  on talk refused -> bad  {done} }}\n{more}")
    };
    let waits = "  stage waits { after 1 day -> good }\n";
    found(
        "visit-without-report",
        &[
            body("on talk done -> good", ""),
            body("when talk done -> good", ""),
            body("on talk done -> waits", waits),
            body("on talk done when urgent -> good  on talk done otherwise -> good", ""),
        ],
    );
    not_found(
        "visit-without-report",
        &[body("on talk done when urgent -> good  on talk done otherwise -> bad", "")],
    );
}

#[test]
fn advice_is_asked_after() {
    let body = |stage: &str| {
        format!(
            "  stage first {{ {TALK}  on talk refused -> bad  on talk done when urgent -> adv  on talk done otherwise -> bad }}\n  stage adv {{ {stage} }}\n"
        )
    };
    let task = "must task advise by worker within 1 week  on advise overdue notify house";
    found(
        "left-to-the-client",
        &[
            body(&format!("{task}  on advise done notify client \"what to do\" -> good")),
            body(&format!("{task}  on advise done notify client \"what to do\"  when advise done -> good")),
            body("at once notify client \"what to do\"  after 1 day -> good"),
        ],
    );
    not_found(
        "left-to-the-client",
        &[
            body(&format!("{task}  on advise done notify client \"what to do\" -> bad")),
            body(
                "must task advise by worker within 1 week  on advise overdue notify client \"it takes longer\"  on advise done -> good",
            ),
        ],
    );
}

#[test]
fn what_an_action_takes_along_is_of_one_purpose() {
    let body = |sees: &str| {
        format!(
            "  stage first {{ {TALK}  on talk refused -> bad  on talk done when urgent -> second  on talk done otherwise -> bad }}
  stage second {{ must action tell by plugin \"letter\" {{ does fill to police sees {sees} with name=\"a.txt\" with template=\"x {{fraud}}\" within 1 day }}
    on tell returned -> good  on tell gave_up -> bad  on tell overdue notify boss }}\n"
        )
    };
    found("mixed-purposes", &[body("fraud, worry")]);
    not_found("mixed-purposes", &[body("fraud")]);
}

#[test]
fn visits_are_help_that_is_promised() {
    let body = |plan: &str| {
        format!("  role helping \"H\" of house trained in \"helping\" only refers available 4 hours per week for 2 cases
  stage first {{ must series visits by helping {plan} asks urgent  on visits all_done -> good  on visits over -> bad  on visits refused -> bad  on visits missed notify boss }}\n")
    };
    found(
        "more-than-there-is",
        &[
            body("4 visits per week for 3 months lasts 120 minutes"),
            body("40 visits in 4 weeks lasts 120 minutes"),
        ],
    );
    not_found(
        "more-than-there-is",
        &[body("1 visits per week for 3 months lasts 120 minutes"), body("4 visits per week for 3 months")],
    );
}

#[test]
fn a_blank_says_nothing() {
    let body = format!(
        "  stage first {{ {TALK}  on talk done when urgent -> good  on talk done otherwise -> bad  on talk refused -> bad }}\n"
    );
    let whole = format!("{HEAD}{body}{TAIL}");
    for (said, rule) in [
        ("\"Nobody is given up unseen\"", "no-goal"),
        ("\"Tenants in arrears\"", "no-target-group"),
        ("\"talking at the door\"", "visitor-without-training"),
    ] {
        assert!(whole.contains(said), "{said}");
        let rules: Vec<String> =
            compile(&whole.replace(said, "\" \"")).problems.iter().map(|one| one.rule.to_string()).collect();
        assert!(rules.iter().any(|own| own == rule), "{rule}: {rules:?}");
    }
}

#[test]
fn a_pathway_is_declared_once() {
    let body = format!(
        "  stage first {{ {TALK}  on talk done when urgent -> good  on talk done otherwise -> bad  on talk refused -> bad }}\n"
    );
    let one = format!("{HEAD}{body}{TAIL}");
    let problems = compile(&format!("{one}{one}")).problems;
    assert!(problems.iter().any(|one| one.rule.to_string() == "declared-twice"), "{problems:?}");
}
