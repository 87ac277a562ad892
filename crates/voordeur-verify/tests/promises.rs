//! Promises: each form kept, broken and vacuous, with the history that shows it, in both spellings.

#![expect(clippy::expect_used, reason = "a panic in a test is a failing test")]

mod promised;

use voordeur_protocol::compile;

use voordeur_messages::Lang;
use voordeur_syntax::translate;
use voordeur_verify::{Budget, Incomplete, Undecided, Verdict, keep, promises, verify_with};

use crate::promised::told_of;

/// A small pathway: a visit, a referral, an aftercare.
const PATHWAY: &str = r#"pathway p {
  version "1"
  lead house
  agency house
  agency helper
  role worker of house
  data { urgent yes_no kept because "short"  need count 0..9 }
  event eviction
  trigger knock from anyone { asks urgent  -> first }
  stage first {
    must visit call_in by worker within 3 working days { attempts 3 }
    must task papers by worker within 2 weeks
    on call_in done      -> second
    on call_in refused   -> refused_help
    on call_in exhausted -> bad
    on call_in overdue   notify house
    on papers overdue    notify house
  }
  stage second at most 2 times, else -> bad {
    must refer to_helper
    on to_helper taken_up  -> after_care
    on to_helper exhausted -> bad
    on to_helper overdue   notify house
    after 3 years          -> unreached
  }
  referral to_helper { to helper  accept within 5 working days  contact within 2 weeks  declined or overdue: ask again once, then exhausted }
  referral to_other { to helper  accept within 1 week  contact within 2 weeks  declined or overdue: ask again once, then exhausted }
  stage unreached { must refer to_other  on to_other taken_up -> nowhere  on to_other exhausted -> nowhere }
  aftercare after_care {
    call phone after 4 weeks, 8 weeks by worker
    on phone missed notify house
    on relapse -> second
    then -> good
  }
  always { on consent withdrawn -> refused_help  on deceased -> gone }
  end good success
  end bad failure
  end refused_help withdrawn
  end nowhere other no aftercare because "nobody was found"
  end gone other
}
"#;

fn told(pathway: &str, statements: &str) -> String {
    let source = format!("{pathway}promise \"it\" for p {{\n{statements}\n}}\n");
    told_of(&source)
}

/// The promise, and what is said of it: in English, and with the same words in Dutch.
macro_rules! forms {
    ($($name:ident: $statements:expr;)*) => {$(
        #[test]
        fn $name() {
            let english = format!("{PATHWAY}promise \"it\" for p {{\n{}\n}}\n", $statements);
            let verdicts = told_of(&english);
            let dutch = translate(&english, Lang::Nl).unwrap_or_else(|why| panic!("{why:?}"));
            let (_, promise) = dutch.split_once("belofte").expect("the promise");
            insta::assert_snapshot!(format!("{}\n----\nbelofte{promise}----\n{verdicts}", $statements));
            let words = |told: &str| -> Vec<String> {
                let lines = told.lines().filter(|line| !line.starts_with(' '));
                lines.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
            };
            assert_eq!(words(&told_of(&dutch)), words(&verdicts));
        }
    )*};
}

forms! {
    response: "  every to_helper is taken_up or exhausted within 8 weeks
  every to_helper is taken_up or exhausted within 3 weeks
  every visit is done or refused or exhausted within 8 weeks
  every to_other is taken_up within 8 weeks";
    response_when: "  every to_helper is taken_up or exhausted within 3 weeks when urgent
  every call_in is done or refused or exhausted or overdue within 5 working days when not urgent
  every to_helper is taken_up or exhausted within 8 weeks when call_in refused";
    a_closed_case_leaves_nothing_behind: "  every to_helper is taken_up within 8 weeks
  every papers is done within 8 weeks
  every call_in is done or exhausted within 1 year";
    precedence: "  no case is closed before call_in is done or exhausted
  no case is closed before call_in is done
  no case ends good before papers is done
  no case ends good before papers is done when urgent
  no case ends good before relapse
  no case is closed before call_in is done when need > 3
  no case ends nowhere before call_in is done";
    open_at_the_end: "  no case is closed while a referral is open
  no case is closed while papers is open
  no case ends nowhere while a referral is open";
    absence: "  no referral is opened after consent is withdrawn
  no referral is opened after call_in is done
  no to_helper is declined or exhausted after relapse
  no visit is done after eviction";
    recurrence: "  in after_care, phone is done or missed at least every 4 weeks
  in after_care, phone is done or missed at least every 3 weeks
  in after_care, phone is done at least every 5 weeks
  in unreached, phone is done at least every 4 weeks";
    bounded: "  at most 3 attempts of call_in
  at most 2 attempts of call_in
  at most 1 time to_helper is asked_again
  at most 2 times call_in is not_home before call_in is exhausted
  at most 2 times eviction
  at most 1 time relapse before phone is done";
    existence: "  call_in is done or refused or not_home or overdue within 2 weeks of report
  call_in is done within 5 working days of report
  to_helper is opened within 1 day of call_in done when urgent
  phone is done or missed within 2 months of to_helper taken_up statutory
  call_in is done within 5 working days of eviction";
    possible: "  possible case ends good
  possible case ends nowhere
  possible case is in second
  possible that to_helper is asked_again
  possible that to_other is opened";
    never_two: "  never two of (call_in, to_helper) open at once
  never two of (call_in, papers) open at once
  never two referrals open at once";
}

/// What is wrong with a promise, in the words of whoever wrote the pathway.
#[test]
fn names_and_kinds_that_do_not_fit() {
    insta::assert_snapshot!(told(
        PATHWAY,
        "  every to_helpr is taken_up within 2 weeks
  every to_helper is takn_up within 2 weeks
  every question is done within 2 weeks
  no case ends second before call_in is done
  no case ends good before call_in
  no visit is opened after consent is granted
  no visit is opened after relapse is done
  in good, phone is done at least every 0 weeks
  at most 3 attempts of to_helper
  call_in is done within 2 weeks of need
  call_in is done within 2 weeks when weekend
  call_in is done within 2 weeks when need > 12
  possible case is in good
  never two of (call_in, call_in) open at once"
    ));
}

#[test]
fn a_promise_about_a_pathway_that_is_not_there() {
    insta::assert_snapshot!(told_of(&format!(
        "{PATHWAY}promise \"it\" for q {{ possible case ends good }}\npromise \"nothing\" for p {{\n}}\n"
    )));
}

/// The budget is spent before everything was looked at: that is not kept.
#[test]
fn what_was_not_looked_at_is_undecided() {
    let source =
        format!("{PATHWAY}promise \"it\" for p {{\n  no case is closed while a referral is open\n}}\n");
    let compiled = compile(&source);
    let (made, _) = promises(&compiled.promises, &compiled.protocols, &compiled.sources);
    let kept = keep(made.first().expect("a promise"), Budget { states: 2 }, false);
    let verdict = kept.statements.first().map(|told| &told.verdict);
    assert!(
        matches!(verdict, Some(Verdict::Undecided(Undecided::Incomplete(Incomplete::Budget)))),
        "{verdict:?}"
    );
}

/// The pathway alone takes more than the budget: what few steps show is told all the same of each promise.
#[test]
fn what_few_steps_show_is_told_where_the_pathway_spends_the_budget() {
    let promised = "  possible case is in second\n  no case is closed before call_in is done\n  no case ends good before call_in is done";
    let source = format!("{PATHWAY}promise \"it\" for p {{\n{promised}\n}}\n");
    let compiled = compile(&source);
    let (made, _) = promises(&compiled.promises, &compiled.protocols, &compiled.sources);
    let protocol = compiled.protocols.first().expect("a pathway");
    let all: Vec<_> = made.iter().collect();
    let (report, kept) = verify_with(protocol, &all, Budget { states: 60 }, false);
    assert_eq!(report.incomplete, Some(Incomplete::Budget));
    let verdicts: Vec<&Verdict> =
        kept.iter().flat_map(|one| &one.statements).map(|told| &told.verdict).collect();
    assert!(
        matches!(verdicts.as_slice(), [Verdict::Kept(_), Verdict::Broken(..), Verdict::Undecided(_)]),
        "{verdicts:#?}"
    );
}

/// The values of settings change: what was kept before may be broken from that day on.
#[test]
fn every_edition_of_a_pathway_keeps_the_promise() {
    let source = PATHWAY
        .replace("  version \"1\"\n", "  version \"1\"\n  setting first_term = 3 working days from 2027-01-01 = 3 weeks\n  setting promised = 2 weeks\n")
        .replace("call_in by worker within 3 working days", "call_in by worker within first_term");
    let told = told(&source, "  call_in is done or refused or not_home or overdue within promised of report");
    insta::assert_snapshot!(told);
}

/// Two working days take longer than five days only where holidays follow that are no weekend days: the history that
/// shows it begins before them.
#[test]
fn a_promise_that_only_holidays_break_is_shown_broken() {
    let source = r#"pathway p {
  version "1"
  lead house
  calendar nl
  agency house
  role worker of house
  trigger knock from anyone { -> first }
  stage first {
    must task talk by worker within 2 working days
    on talk done    -> good
    on talk overdue -> bad
  }
  end good success no aftercare because "a test stops here"
  end bad failure
}
promise "it" for p {
  every talk is done or overdue within 5 days
  every talk is done or overdue within 7 days
}
"#;
    let verdicts = told_of(source);
    let words: Vec<&str> = verdicts.lines().filter(|line| !line.starts_with(' ')).collect();
    assert!(words.iter().any(|line| line.contains("broken")), "{verdicts}");
    assert!(words.iter().any(|line| line.contains("kept")), "{verdicts}");
}

/// Two terms of working days, one after the other, and a promise in days: broken only from few days of some year.
#[test]
fn a_promise_that_few_days_of_some_year_break_is_shown_broken() {
    let stage = "must refer handover  on handover taken_up -> good  on handover exhausted -> bad";
    let promised = |days: u32| told_of(&door(&format!("stage first {{ {stage} }}"), &format!("{days} days")));
    // Working days alone take 31 days, and with Easter and what comes after it up to 38.
    assert!(promised(32).contains("broken"), "{}", promised(32));
    assert!(promised(37).contains("broken"), "{}", promised(37));
    assert!(!promised(42).contains("broken"), "{}", promised(42));
}

/// What is only offered is opened when it is begun, also where nothing else depends on it.
#[test]
fn what_is_only_offered_is_opened_when_it_is_begun() {
    let pathway = PATHWAY.replace(
        "    must task papers",
        "    may visit look_in by worker\n    on look_in refused notify house\n    may task extra by worker\n    must task papers",
    );
    let verdicts = told(
        &pathway,
        "possible that look_in is opened\n  no visit is opened after papers is done\n  at most 1 time extra is opened",
    );
    let verdict = |of: &str| {
        let told = verdicts.lines().find(|line| line.contains(of) && !line.starts_with(' '));
        told.unwrap_or_default().to_owned()
    };
    assert!(verdict("possible that").contains("kept"), "{verdicts}");
    assert!(verdict("no visit").contains("broken"), "{verdicts}");
    assert!(verdict("at most 1 time").contains("kept"), "{verdicts}");
}

/// A referral with two terms of working days, and in what time it is promised to be answered.
fn door(stages: &str, promised: &str) -> String {
    format!(
        r#"pathway door "Door" {{
  version "1"
  lead house
  calendar nl
  agency house
  agency helper
  role worker of house
  trigger signal from anyone {{ -> first }}
  {stages}
  referral handover {{ to helper warm accept within 5 working days contact within 10 working days declined or overdue: ask again once, then exhausted }}
  end good success no aftercare because "x"
  end bad failure
}}
promise "p" for door {{ every handover is taken_up or exhausted within {promised} }}
"#
    )
}

/// What only holidays break, with a stage before it: the days of two reports have to be found.
fn after_a_stage(first: &str) -> String {
    let second = "must refer handover  on handover taken_up -> good  on handover exhausted -> bad";
    told_of(&door(&format!("stage first {{ {first} }}\n  stage second {{ {second} }}"), "4 weeks"))
}

#[test]
fn a_promise_that_only_holidays_break_is_shown_broken_after_another_stage() {
    let told = after_a_stage(
        "must task talk by worker within 2 weeks  on talk done -> second  on talk overdue -> second",
    );
    insta::assert_snapshot!(told);
}

#[test]
fn the_history_of_a_broken_promise_has_nothing_in_it_that_is_not_needed() {
    let told = after_a_stage(
        "must task talk by worker within 2 weeks  on talk done -> second  on talk overdue notify house",
    );
    // Found first is a history in which the talk was late, and somebody was told.
    assert!(
        told.contains("broken") && !told.contains("overdue\nhouse") && !told.contains("told house"),
        "{told}"
    );
}

#[test]
fn an_event_stands_by_its_name_alone() {
    let statements = "  in second, eviction at least every 1 week\n  eviction within 5 days of report when urgent\n  eviction within 2 years of eviction";
    insta::assert_snapshot!(told(PATHWAY, statements));
}

/// An attempt counts at another part of the day, and some days later: the history of what is possible has three that count.
#[test]
fn what_is_possible_is_shown_by_attempts_that_count() {
    let attempts = "attempts 3, 2 to 7 days apart, at different parts of the day";
    let pathway = PATHWAY.replace("attempts 3 ", &format!("{attempts} "));
    assert!(pathway.contains(attempts));
    let verdict = told(&pathway, "possible that call_in is exhausted");
    assert!(verdict.contains("call_in` exhausted") && !verdict.contains("does not count"), "{verdict}");
    let count = verdict.matches("visit `call_in` not_home").count();
    assert_eq!(count, 3, "{verdict}");
}

/// What is answered once more as before stands in a history again: a rule may look at it.
#[test]
fn a_history_tells_every_answer() {
    let pathway = PATHWAY
        .replace("asks urgent  -> first }", "asks urgent  when urgent -> first  otherwise -> bad }")
        .replace("must task papers by worker within 2 weeks", "must task papers by worker within 2 weeks asks urgent")
        .replace("on papers overdue", "on papers done when urgent -> second\n    on papers done otherwise -> bad\n    on papers overdue");
    let verdict = told(&pathway, "possible that papers is done");
    assert!(verdict.contains("task `papers` done (urgent = yes)"), "{verdict}");
}
