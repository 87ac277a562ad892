//! Referrals of cases that come over to another version: whoever is asked on arrival is not forgotten, and whoever is asked in
//! another way hears it.

use voordeur_engine::{Data, Entry, Event, Message};
use voordeur_protocol::CheckedProtocol;
use voordeur_runtime::{Planned, Runtime, Silent, Sort, Undone};
use voordeur_store::Store;

use crate::migrate::{at, protocol};

const OLD: &str = r#"pathway referring {
  version "1"
  lead    house
  open cases { recompute from start }
  agency  house
  agency  helper
  agency  adviser
  role    worker of house
  trigger knock from anyone { -> first }
  referral to_helper { to helper via adviser  warm  accept within 5 working days  contact within 4 weeks
                       declined or overdue: ask again once, then exhausted }
  stage first {
    may  refer to_helper keeps running
    must task talk by worker within 5 weeks
    must task plan by worker within 4 weeks
    on talk done      -> good
    on talk overdue   notify house
    on plan overdue   notify house
    after 6 months    -> bad
  }
  always { on to_helper exhausted notify house }
  end good success no aftercare because "a test stops here"
  end bad  failure
}
"#;

async fn opened() -> (Runtime, CheckedProtocol) {
    let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime");
    let old = protocol(OLD);
    let id = runtime.add(old.clone(), at("2026-03-02T09:00:00Z")).await.expect("added");
    let trigger = old.trigger_named("knock").expect("a trigger");
    let report = Event::Reported { trigger, data: Data::new(), by: None };
    runtime.open(id, "a", &report, at("2026-03-02T09:00:00Z"), &mut Silent).await.expect("opened");
    (runtime, old)
}

/// To whom the referral was sent, in order.
async fn asked(runtime: &Runtime) -> Vec<String> {
    let row = runtime.row("a").await.expect("there");
    let mut all = Vec::new();
    for (step, entries) in runtime.history(&row).await.expect("read") {
        for entry in entries {
            if let Entry::Sent(Message::Refer { to, .. }) = entry {
                let case = runtime.case(&row).expect("a case");
                let left = case.ran_on.iter().any(|left| voordeur_runtime::timestamp(step.at) < left.at);
                let all_of = runtime.protocols().iter().map(|(_, one)| one.clone());
                let wanted = if left { "1" } else { row_version(runtime, row.protocol) };
                let of = all_of.into_iter().find(|one| one.version == wanted).expect("there");
                all.push(of.parties.row(to).name.clone());
            }
        }
    }
    all
}

fn row_version(runtime: &Runtime, id: i64) -> &str {
    runtime.protocols().iter().find(|(own, _)| *own == id).map_or("1", |(_, one)| one.version.as_str())
}

/// A receiver that was asked when a case came over would go on believing it.
#[tokio::test]
async fn what_asked_somebody_on_arrival_is_not_taken_back() {
    let (mut runtime, old) = opened().await;
    let new = OLD.replace("version \"1\"", "version \"2\"").replace("may  refer", "must refer");
    let journey = runtime.journey(&old, &protocol(&new)).expect("a way");
    let now = at("2026-03-04T09:00:00Z");
    assert_eq!(runtime.migrate(&journey, now, &mut Silent, |_| {}).await.expect("migrated"), 1);
    assert_eq!(asked(&runtime).await, ["adviser"]);
    let undone =
        runtime.undo(&journey, at("2026-03-05T10:00:00Z"), &mut Silent, |_| {}).await.expect("undone");
    assert_eq!(undone, Undone { back: 0, stay: 1 });
    assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
}

/// Nobody stands in between any more: the receiver is asked.
#[tokio::test]
async fn whoever_is_asked_in_another_way_hears_it() {
    let (mut runtime, old) = opened().await;
    let begun = Event::Occurred {
        what: old.occurrence_named("to_helper begun").expect("known"),
        data: Data::new(),
        by: None,
    };
    runtime.occur("a", &begun, at("2026-03-03T09:00:00Z"), &mut Silent).await.expect("begun");
    let new = OLD.replace("version \"1\"", "version \"2\"").replace(" via adviser", "");
    let journey = runtime.journey(&old, &protocol(&new)).expect("a way");
    let now = at("2026-03-04T09:00:00Z");
    assert_eq!(runtime.migrate(&journey, now, &mut Silent, |_| {}).await.expect("migrated"), 1);
    assert_eq!(asked(&runtime).await, ["adviser", "helper"]);
    assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
}

/// The worst of what becomes of a case counts.
#[tokio::test]
async fn what_is_due_earlier_counts_more_than_what_is_due_later() {
    let (runtime, old) = opened().await;
    let new = OLD
        .replace("version \"1\"", "version \"2\"")
        .replace("5 weeks", "6 weeks")
        .replace("plan by worker within 4 weeks", "plan by worker within 3 weeks");
    let journey = runtime.journey(&old, &protocol(&new)).expect("a way");
    let mut planned: Vec<Planned> = Vec::new();
    let now = at("2026-03-04T09:00:00Z");
    runtime.plan(&journey, now, &mut Silent, |case| planned.push(case), |_| {}).await.expect("planned");
    assert_eq!(planned.iter().map(|case| case.sort).collect::<Vec<_>>(), [Sort::Earlier]);
}
