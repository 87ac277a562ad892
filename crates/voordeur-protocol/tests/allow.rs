//! `allow`: what it silences, for how long, and what is said about one that may not stand.

#![expect(clippy::expect_used, reason = "a panic in a test is a failing test")]

use jiff::civil::date;
use voordeur_diagnostics::{Applicability, Diagnostic, Rule, Span};
use voordeur_protocol::{Compiled, compile};

/// A pathway without a fault, with `here` on top and `inside` in its only stage.
fn compiled(here: &str, inside: &str) -> Compiled {
    compile(&format!(
        "pathway visits {{\n  version \"1\"\n  lead house\n  agency house\n  role worker of house\n  {here}\n\
         \x20 trigger knock from anyone {{ -> first }}\n  stage first {{\n    must task talk by worker within 1 week\n    \
         on talk done -> good\n    on talk overdue -> bad\n    {inside}\n  }}\n  end good success\n  end bad failure\n}}\n"
    ))
}

fn messages(compiled: &Compiled) -> Vec<String> {
    compiled.problems.iter().map(|problem| format!("{}: {}", problem.rule, problem.message)).collect()
}

/// A warning that any pathway can have.
const IDLE: &str = "allow unused-allow until 2027-01-01 because \"it came from the other town\"";

#[test]
fn an_allow_without_a_warning_is_told_and_does_not_allow_itself() {
    let compiled = compiled(IDLE, "");
    assert_eq!(
        messages(&compiled),
        ["unused-allow: there is no warning `unused-allow` here that is allowed by this"]
    );
    assert!(!compiled.has_errors());
    assert_eq!(compiled.protocols.len(), 1, "a warning does not keep a pathway from running");
}

/// A warning at the first place where a word stands.
fn warning(compiled: &Compiled, word: &str) -> Diagnostic {
    let start = compiled.sources.text().find(word).expect("the word");
    Diagnostic::new(Rule::UnusedAllow, Span::new(start, start + word.len()), "found by another part")
}

#[test]
fn a_warning_that_is_allowed_goes_apart_with_its_reason() {
    let mut compiled = compiled(IDLE, "");
    let warning = warning(&compiled, "must task");
    compiled.admit("visits", vec![warning.clone()]);
    assert_eq!(messages(&compiled), Vec::<String>::new(), "neither the warning nor that the line is idle");
    let [allowed] = compiled.allowed.as_slice() else { panic!("{:?}", compiled.allowed) };
    assert_eq!((allowed.because.as_str(), allowed.until), ("it came from the other town", date(2027, 1, 1)));
    assert_eq!(allowed.warning, warning);
}

#[test]
fn in_another_pathway_it_allows_nothing() {
    let mut compiled = compiled(IDLE, "");
    compiled.admit("another", vec![warning(&compiled, "must task")]);
    assert_eq!((compiled.problems.len(), compiled.allowed.len()), (2, 0));
}

#[test]
fn inside_a_stage_it_holds_for_that_stage_alone() {
    let mut compiled = compiled("", IDLE);
    compiled.admit("visits", vec![warning(&compiled, "must task"), warning(&compiled, "trigger")]);
    assert_eq!(messages(&compiled), ["unused-allow: found by another part"]);
    assert_eq!(compiled.allowed.len(), 1);
}

#[test]
fn it_expires_after_its_last_day_for_who_checks_and_not_for_what_runs() {
    let mut compiled = compiled(IDLE, "");
    compiled.expire(date(2027, 1, 1));
    assert!(!compiled.has_errors());
    compiled.expire(date(2027, 1, 2));
    assert!(compiled.has_errors());
    assert_eq!(
        messages(&compiled),
        ["expired-allow: `unused-allow` was allowed until 2027-01-01, and that day has passed"]
    );
    assert_eq!(compiled.protocols.len(), 1);
}

/// A rule that only the recommendations find, in a pathway that does not come so far.
#[test]
fn what_was_not_judged_is_not_allowed_in_vain() {
    let line = "allow no-goal until 2027-06-01 because \"agreed\"";
    let whole = compiled(line, "");
    let text = whole.sources.text().replace("    on talk overdue -> bad\n", "");
    assert!(compile(&text).has_errors());
    let told = messages(&compile(&text));
    assert!(told.iter().all(|message| !message.starts_with("unused-allow")), "{told:?}");
}

#[test]
fn a_renewed_decision_takes_over_what_the_expired_one_allowed() {
    let both = format!("{IDLE}\n  {}", IDLE.replace("2027", "2020"));
    for lines in [both.clone(), both.lines().rev().collect::<Vec<_>>().join("\n")] {
        let mut compiled = compiled(&lines, "");
        let found = warning(&compiled, "must task");
        compiled.admit("visits", vec![found]);
        compiled.expire(date(2026, 1, 1));
        assert_eq!(
            messages(&compiled),
            ["expired-allow: `unused-allow` was allowed until 2020-01-01, and that day has passed"]
        );
        let [allowed] = compiled.allowed.as_slice() else { panic!("{:?}", compiled.allowed) };
        assert_eq!(allowed.until, date(2027, 1, 1));
    }
}

#[test]
fn what_only_all_cases_show_is_allowed_in_vain_when_they_were_looked_at() {
    let mut compiled = compiled(&IDLE.replace("unused-allow", "always-overtaken"), "");
    assert_eq!(messages(&compiled), Vec::<String>::new());
    let mut used = compiled.clone();
    let found = Diagnostic::new(Rule::AlwaysOvertaken, warning(&used, "must task").span, "found");
    used.admit("visits", vec![found]);
    used.settle("visits");
    assert_eq!((messages(&used), used.allowed.len()), (Vec::new(), 1));
    compiled.settle("visits");
    assert_eq!(
        messages(&compiled),
        ["unused-allow: there is no warning `always-overtaken` here that is allowed by this"]
    );
    assert!(compiled.problems[0].fix.is_some(), "and the line can be taken out");
}

#[test]
fn what_may_not_be_allowed_is_told() {
    let said = |line: &str| messages(&compiled(line, ""));
    assert_eq!(
        said("allow dead-rule until 2027-01-01 because \"x\""),
        ["not-allowable: `dead-rule` is an error, and an error cannot be allowed"]
    );
    let unknown = compiled("allow unusd-allow until 2027-01-01 because \"x\"", "");
    assert_eq!(messages(&unknown), ["unknown-name: there is no rule `unusd-allow`"]);
    assert_eq!(
        unknown.problems[0].fix.as_ref().map(|fix| fix.edits[0].replacement.as_str()),
        Some("unused-allow")
    );
    assert_eq!(
        said("allow unused-allow until 2027-01-01 because \" \""),
        ["missing-clause: it does not say why `unused-allow` is allowed"]
    );
    assert_eq!(
        said("allow unused-allow until 2027-02-30 because \"x\""),
        ["bad-date: there is no day 2027-02-30"]
    );
}

#[test]
fn both_spellings_say_the_same() {
    let english = compiled(IDLE, "");
    let source = english.sources.files().next().expect("a file").text.to_owned();
    let dutch = voordeur_syntax::translate(&source, voordeur_messages::Lang::Nl).expect("Dutch");
    assert!(dutch.contains("sta toe unused-allow tot en met 2027-01-01 omdat"), "{dutch}");
    assert_eq!(messages(&compile(&dutch)), messages(&english));
    assert_eq!(
        voordeur_syntax::translate(&dutch, voordeur_messages::Lang::En).as_deref(),
        Ok(source.as_str())
    );
}

/// A comment in it or behind it says why it stands there: nobody but people take that out.
#[test]
fn with_a_comment_it_is_not_taken_out_by_itself() {
    let safety = |here: &str| {
        let compiled = compiled(here, "");
        let fix = compiled.problems.into_iter().find_map(|problem| problem.fix).expect("a fix");
        fix.applicability
    };
    assert_eq!(safety(IDLE), Applicability::Safe);
    assert_eq!(safety(&format!("{IDLE} # until the summer")), Applicability::Unsafe);
    assert_eq!(safety(&IDLE.replace("until", "# for now\n    until")), Applicability::Unsafe);
}
