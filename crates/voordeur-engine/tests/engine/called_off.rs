//! Whoever was asked to help hears it when that is no longer so; what cancels a referral is looked for in `guarantees.rs`.

use jiff::Timestamp;
use voordeur_engine::{Case, Data, Entry, Event, Message, Reason, step};

use crate::play::{play, protocol};
use crate::small::pathway;

/// A pathway may let somebody set a referral aside; its receiver does not hear of that from the household.
#[test]
fn who_was_asked_to_help_hears_that_a_referral_is_skipped() {
    let protocol = protocol(
        r#"pathway skipping {
  version "1"
  lead    house
  agency  house
  agency  helper
  role    worker of house
  trigger knock from anyone { -> first }
  referral to_helper { to helper  accept within 1 week  contact within 2 weeks  warm }
  stage first {
    must refer to_helper
    deviation worker may skip to_helper
    on to_helper taken_up -> good
    on to_helper exhausted -> bad
    on to_helper waived   -> good
    after 6 months        -> bad
  }
  end good success no aftercare because "a test stops here"
  end bad  failure
}
"#,
    );
    let at: Timestamp = "2024-03-04T09:00:00Z".parse().expect("a moment");
    let party = |name: &str| Some(protocol.party_named(name).expect("a party"));
    let knock = Event::Reported {
        trigger: protocol.trigger_named("knock").expect("there"),
        data: Data::new(),
        by: None,
    };
    let asked = step(&protocol, &Case::default(), &knock, at).expect("opened").case;
    let accepts = Event::Occurred {
        what: protocol.occurrence_named("to_helper accepted").expect("there"),
        data: Data::new(),
        by: party("helper"),
    };
    let accepted = step(&protocol, &asked, &accepts, at).expect("accepted").case;
    let what = protocol.deviation_in("skip to_helper").expect("there").expect("one");
    for case in [asked, accepted] {
        let skip = Event::Deviated { what, because: "they help already".into(), by: party("worker") };
        let done = step(&protocol, &case, &skip, at).expect("skipped");
        let heard = done.entries.iter().any(|entry| {
            matches!(entry, Entry::Sent(Message::Notify { who, reason: Reason::CalledOff { .. } }) if Some(*who) == party("helper"))
        });
        assert!(heard, "{:#?}", done.entries);
    }
}

/// A referral that goes by way of somebody: who has it hears, and not the receiver that knows nothing of it yet.
#[test]
fn who_has_a_referral_hears_that_it_is_called_off() {
    let source = pathway(
        "  referral to_helper { to helper via worker  accept within 1 week  declined or overdue: ask again once, then exhausted }
  event stop from worker",
        "    must refer to_helper
    on to_helper taken_up  -> good
    on to_helper exhausted -> bad
    on stop                -> bad
    after 6 months         -> bad",
    );
    let heard = |events: &str| {
        let told = play(&source, events);
        let lines =
            told.lines().filter(|line| line.contains("no longer asked")).map(|line| line.trim().to_owned());
        lines.collect::<Vec<_>>().join("\n")
    };
    let before = heard("\n2024-03-04 10:00 knock\n2024-03-05 10:00 stop by worker\n");
    assert!(before.contains("told worker") && !before.contains("told helper"), "{before}");
    let passed_on = "2024-03-05 10:00 to_helper passed_on by worker";
    let after = heard(&format!("\n2024-03-04 10:00 knock\n{passed_on}\n2024-03-06 10:00 stop by worker\n"));
    assert!(after.contains("told helper") && !after.contains("told worker"), "{after}");
}

/// Nobody knows whether an interrupted stage is returned to: that nobody takes a household up is told at once.
#[test]
fn the_lead_hears_that_nobody_takes_up_what_a_stage_that_is_interrupted_referred() {
    let source = pathway(
        "  referral to_helper { to helper  accept within 1 week  declined or overdue: ask again once, then exhausted }
  event pause from worker
  event stop from worker
  stage rest { must task look by worker within 2 months  on look done -> back  on look overdue notify house  on stop -> good }
  always { on pause -> rest }",
        "    must refer to_helper
    on to_helper taken_up  -> good
    on to_helper exhausted notify worker
    after 6 months         -> bad",
    );
    insta::assert_snapshot!(play(
        &source,
        "
        2024-03-04 10:00 knock
        2024-03-05 10:00 pause by worker
        2024-03-06 10:00 stop by worker
        2024-03-07 10:00 to_helper declined by helper
        2024-03-08 10:00 to_helper declined by helper
        "
    ));
}
