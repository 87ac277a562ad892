//! What is given, to whom, who is reminded, who may depart from the protocol: none of it is a way that a case goes, and all of it is
//! told.

use voordeur_diff::{Comparison, Finding, Level, Subject, Version, compared, text};
use voordeur_messages::{Lang, speaking};
use voordeur_protocol::{Compiled, compile_with};
use voordeur_verify::Budget;

const DOOR: &str = r#"pathway door "At the door" {
  version "1"
  lead house
  agency house "House"
  agency helper "Helper" contact desk
  agency bailiff "Bailiff"
  agency carrier "Carrier"
  role worker "Worker" of house
  role chief "Chief" of house
  role desk "Desk" of helper
  data { months count 0..9 "Months" shared with helper, bailiff, carrier, house
         eviction date "Eviction" shared with bailiff }
  trigger report_in from anyone { asks months, eviction -> talk }
  stage talk "Talk" {
    must action letter
    must task warn "Warn" by worker 5 days before eviction or earlier
    must task give "Give" by worker within 2 weeks
    on letter overdue notify chief
    on letter gave_up notify chief
    on warn overdue notify chief
    on give done -> handing
    on give waived -> handing
    on give overdue escalate late -> handing
    deviation chief may skip give
    deviation chief may move to handing
    deviation house may repeat warn
  }
  stage handing "Handing" {
    offers 4 hours per week
    must refer to_helper
    on to_helper taken_up -> good
    on to_helper exhausted -> bad
  }
  action letter "Letter" by plugin "letter" {
    does fill
    to bailiff
    sees months
    with name = "a.txt"
    with template = "Dear bailiff: {months}."
    within 1 working day
  }
  referral to_helper "Warm" {
    to helper
    via carrier
    hands over months
    warm
    accept within 5 working days
    contact within 10 working days
    remind desk 2 working days before each
    declined or overdue: ask again once, then exhausted
  }
  escalation late "Late" { at once notify worker  after 3 days notify chief }
  end good "Good" success no aftercare because "a test"
  end bad "Bad" failure
}
"#;

fn compiled(text: &str) -> Compiled {
    let compiled = compile_with("door.pathway", text, &mut |_, path| Err(path.to_owned().into()));
    assert!(!compiled.has_errors(), "{:#?}", compiled.problems);
    compiled
}

fn of(old: &str, new: &str) -> Comparison {
    let one = |text: &str| vec![("door.pathway".to_owned(), text.to_owned())];
    let (before, after, old, new) = (one(old), one(new), compiled(old), compiled(new));
    let version = |one, texts| {
        let one: &Compiled = one;
        Version { texts, pathways: one.own(), promises: &one.promises, sources: &one.sources }
    };
    compared(version(&old, before.as_slice()), version(&new, after.as_slice()), Budget { states: 20_000 })
}

/// What is told when this becomes that, and the other way round.
fn both_ways(from: &str, to: &str) -> [Vec<String>; 2] {
    assert!(DOOR.contains(from), "{from}");
    let new = DOOR.replacen(from, to, 1);
    [told(&of(DOOR, &new)), told(&of(&new, DOOR))]
}

fn told(comparison: &Comparison) -> Vec<String> {
    let all = comparison.findings();
    let own = all.iter().filter(|one| !matches!(one.subject, Subject::Change(_)));
    own.map(|one: &Finding| format!("{}: {}", one.level.word(), one.title)).collect()
}

#[test]
fn to_whom_a_letter_goes_and_what_it_says_shifts() {
    let pairs = [
        ("to bailiff\n", "to carrier\n"),
        ("Dear bailiff", "Bailiff"),
        ("\"a.txt\"", "\"b.txt\""),
        ("remind desk 2 working days before each", ""),
        ("remind desk 2 working days", "remind worker 2 working days"),
        ("remind desk 2 working days", "remind desk 3 working days"),
    ];
    let mut all = Vec::new();
    for (from, to) in pairs {
        let [there, back] = both_ways(from, to);
        assert!(there.len() == 1 && back.len() == 1, "{from}: {there:#?} {back:#?}");
        all.push(there.join("\n"));
    }
    assert!(all.iter().all(|one| one.starts_with("shifts: ")), "{all:#?}");
    insta::assert_snapshot!(all.join("\n"));
}

/// A departure that somebody may no longer make is a report that is refused; one that somebody may newly make is more.
#[test]
fn who_may_depart_is_told() {
    let [there, back] = both_ways("    deviation chief may skip give\n", "");
    let lost = "breaks: give, who may skip it: chief in talk becomes nothing";
    assert!(there.iter().any(|one| one == lost), "{there:#?}");
    let given = "strengthens: give, who may skip it: nothing becomes chief in talk";
    assert!(back.iter().any(|one| one == given), "{back:#?}");
    let [there, back] = both_ways("deviation chief may move", "deviation worker may move");
    assert_eq!(there, ["breaks: handing, who may move a case there: chief in talk becomes worker in talk"]);
    assert_eq!(back, ["breaks: handing, who may move a case there: worker in talk becomes chief in talk"]);
    // An agency is each of its roles.
    let [there, back] = both_ways("deviation house may repeat", "deviation worker may repeat");
    assert_eq!(there, ["breaks: warn, who may repeat it: house in talk becomes worker in talk"]);
    assert_eq!(back, ["strengthens: warn, who may repeat it: worker in talk becomes house in talk"]);
}

/// The search goes on behind an escalation that has come to its end sooner in one version.
#[test]
fn a_step_of_an_escalation_less_weakens() {
    let [there, back] = both_ways("  after 3 days notify chief", "");
    assert_eq!(there, ["weakens: no more: chief is told"]);
    assert_eq!(back, ["strengthens: new: chief is told"]);
    let step = "  after 3 days task rescue \"Rescue\" by chief within 1 day";
    let [with, without] = [step, ""].map(|to| DOOR.replacen("  after 3 days notify chief", to, 1));
    let all = told(&of(&with, &without));
    assert!(all.contains(&"weakens: no more: rescue begins".to_owned()), "{all:#?}");
}

/// Counted back from a day more is sooner, whichever version is the old one.
#[test]
fn a_term_before_a_day_is_mirrored() {
    let [there, back] = both_ways("5 days before", "7 days before");
    assert_eq!(
        there,
        [
            "strengthens: warn, term: 5 days before eviction or earlier becomes 7 days before eviction or earlier"
        ]
    );
    assert_eq!(
        back,
        ["weakens: warn, term: 7 days before eviction or earlier becomes 5 days before eviction or earlier"]
    );
    let [there, back] = both_ways("eviction or earlier", "eviction");
    assert_eq!(
        there,
        ["weakens: warn, term: 5 days before eviction or earlier becomes 5 days before eviction"]
    );
    assert_eq!(
        back,
        ["strengthens: warn, term: 5 days before eviction becomes 5 days before eviction or earlier"]
    );
}

/// Nothing is left undecided beside what is told.
#[test]
fn through_whom_a_referral_goes_is_told_once() {
    for all in both_ways("    via carrier\n", "") {
        assert_eq!(all.len(), 1, "{all:#?}");
        assert!(all.iter().all(|one| one.starts_with("shifts: to_helper goes to ")), "{all:#?}");
    }
}

/// In words of the language, in both languages.
#[test]
fn words_for_people_are_words() {
    let list = "from list of house { legitimation \"The council decided\" informed by letter";
    let old = DOOR.replacen("from anyone {", list, 1);
    let new = old.replacen("from list of", "from risk analysis of", 1);
    let hours = ("offers 4 hours per week", "offers 2 hours per week");
    let said = |lang| {
        speaking(lang, || {
            let [offers, _] = both_ways(hours.0, hours.1);
            [told(&of(&old, &new)), offers].concat().join("\n")
        })
    };
    insta::assert_snapshot!(format!("{}\n\n{}", said(Lang::En), said(Lang::Nl)));
}

/// A promise that is broken now stands before all else.
#[test]
fn a_broken_promise_is_told_first() {
    let promise =
        "promise \"soon\" for door { give is done or overdue or waived within 20 days of report }\n";
    let old = DOOR.replacen("    deviation chief may move to handing\n", "", 1) + promise;
    let new = old.replacen("within 2 weeks", "within 4 weeks", 1);
    let comparison = of(&old, &new);
    assert!(comparison.levels().contains(&Level::Weakens));
    let told = text(&comparison);
    assert!(told.lines().next().expect("a line").contains("was kept and is broken now"), "{told}");
}

/// Who accepts something new has seen what comes of it; what has changed elsewhere is no part of that.
#[test]
fn an_approval_is_of_what_comes_of_it_too() {
    let handing = "  stage handing \"Handing\" {";
    let other = |rest: &str| {
        let leads = DOOR.replacen("on give done -> handing", "on give done -> other", 1);
        leads.replacen(handing, &format!("{rest}\n{handing}"), 1)
    };
    let wait = |done: &str, overdue: &str| {
        format!(
            "  stage other \"Other\" {{ must task wait \"Wait\" by worker within 1 week on wait done -> {done} on wait overdue {overdue} -> bad }}"
        )
    };
    let more = |weeks: u32| {
        let more = format!(
            "  stage more \"More\" {{ must task again \"Again\" by worker within {weeks} weeks on again done -> good on again overdue -> bad }}"
        );
        wait("more", "") + "\n" + &more
    };
    let mark = |new: &str| {
        let all = of(DOOR, new).findings();
        let mut own = all.into_iter().filter(|one| one.title.contains("wait begins"));
        own.next().expect("it is told").fingerprint
    };
    let accepted = mark(&other(&wait("good", "")));
    for rest in [wait("bad", ""), wait("good", "notify chief"), more(1)] {
        assert_ne!(accepted, mark(&other(&rest)), "{rest}");
    }
    assert_ne!(mark(&other(&more(1))), mark(&other(&more(90))));
    let elsewhere = other(&wait("good", "")).replacen("gave_up notify chief", "gave_up notify worker", 1);
    assert_eq!(accepted, mark(&elsewhere));
}
