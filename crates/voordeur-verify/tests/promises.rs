//! Promises: each form kept, broken and vacuous, with the history that shows it, in both spellings.

#![expect(clippy::panic, reason = "a panic in a test is a failing test")]

use std::fmt::Write as _;

use voordeur_diagnostics::text_of;

use voordeur_protocol::compile;

use voordeur_verify::{Budget, Kept, Verdict, keep, promises};

/// A small pathway: a visit, a referral, an aftercare.
const PATHWAY: &str = r#"pathway p {
  version "1"
  lead house
  agency house
  agency helper
  role worker of house
  data { urgent yes_no  need count 0..9 }
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
  stage second {
    must refer to_helper
    on to_helper taken_up  -> after_care
    on to_helper exhausted -> bad
    on to_helper overdue   notify house
  }
  referral to_helper { to helper  accept within 5 working days  contact within 2 weeks  declined or overdue: ask again once, then exhausted }
  aftercare after_care {
    call phone after 4 weeks, 8 weeks by worker
    on phone missed notify house
    then -> good
  }
  always { on consent withdrawn -> refused_help  on deceased -> gone }
  end good success
  end bad failure
  end refused_help withdrawn
  end gone other
}
"#;

fn shown(kept: &Kept, protocol: &voordeur_protocol::CheckedProtocol) -> String {
    let mut out = String::new();
    for told in &kept.statements {
        let (word, history) = match &told.verdict {
            Verdict::Kept(history) => ("kept", history.as_ref()),
            Verdict::Broken(history, _) => ("broken", Some(history)),
            Verdict::Impossible => ("impossible", None),
            Verdict::Vacuous => ("vacuous", None),
            Verdict::Undecided(_) => ("undecided", None),
        };
        writeln!(out, "{word:<10} {}", told.text).expect("a string takes it");
        for line in history.map(|history| history.lines(protocol)).unwrap_or_default() {
            writeln!(out, "           | {line}").expect("a string takes it");
        }
        if let Verdict::Broken(_, at) = &told.verdict {
            let day = voordeur_calendar::moment_in_words(protocol.calendar.local(*at));
            writeln!(out, "           | {day}  broken").expect("a string takes it");
        }
    }
    out
}

fn told(pathway: &str, statements: &str) -> String {
    let source = format!("{pathway}promise \"it\" for p {{\n{statements}\n}}\n");
    told_of(&source)
}

fn told_of(source: &str) -> String {
    let compiled = compile(source);
    assert_eq!(compiled.problems, [], "{}", text_of(&compiled.sources, &compiled.problems, false));
    let (made, problems) = promises(&compiled.promises, &compiled.protocols, &compiled.sources);
    if !problems.is_empty() {
        return text_of(&compiled.sources, &problems, false);
    }
    made.iter().map(|promise| shown(&keep(promise, Budget::default(), true), &promise.protocol)).collect()
}

#[test]
fn it() {
    println!(
        "{}",
        told(
            PATHWAY,
            "  every to_helper is taken_up or exhausted within 8 weeks
  every to_helper is taken_up or exhausted within 3 weeks
  every to_helper is taken_up within 8 weeks
  every visit is done or refused or exhausted within 8 weeks
  no case is closed before call_in is done
  no case is closed before call_in is done or exhausted
  no case ends good before papers is done
  no case is closed while a referral is open
  no case is closed while papers is open
  no referral is opened after consent is withdrawn
  no referral is opened after call_in is done
  in after_care, phone is done or missed at least every 5 weeks
  in after_care, phone is done or missed at least every 4 weeks
  at most 3 attempts of call_in
  at most 2 attempts of call_in
  at most 1 time to_helper is asked_again
  at most 2 times call_in is not_home before call_in is exhausted
  call_in is done within 5 working days of report
  call_in is done or refused or exhausted within 5 working days of report when urgent
  possible case ends good
  possible case ends bad
  possible that to_helper is declined
  possible that to_helper is exhausted
  possible case is in second
  never two of (call_in, to_helper) open at once
  never two of (call_in, papers) open at once"
        )
    );
}
