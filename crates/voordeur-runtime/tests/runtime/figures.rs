//! What is counted (docs/recommendations.md, kind M): what waits at partners now, and what came of what they were asked.

use jiff::Timestamp;
use voordeur_engine::{Data, Event};
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_runtime::{Opened, Runtime, Silent};
use voordeur_store::Store;

const PATHWAY: &str = r#"pathway counted {
  version "1"
  lead    house
  agency  house
  agency  debt_help capacity 2 open at once
  role    worker of house
  data { arrears money shared with debt_help }
  trigger knock from anyone { asks arrears -> first }
  stage first {
    must visit talk by worker within 3 weeks
    on talk done    -> helping
    on talk refused -> bad
    on talk overdue notify house
  }
  stage helping {
    must refer to_debt_help
    on to_debt_help taken_up  -> good
    on to_debt_help exhausted -> bad
  }
  referral to_debt_help {
    to debt_help  hands over arrears  warm
    accept within 5 working days  contact within 4 weeks
    declined or overdue: ask again once, then exhausted
  }
  end good success no aftercare because "a test stops here"
  end bad  failure
}
"#;

fn pathway() -> CheckedProtocol {
    let compiled = compile(PATHWAY);
    assert!(!compiled.has_errors(), "{:?}", compiled.problems);
    compiled.protocols.into_iter().next().expect("a pathway")
}

fn day(day: &str) -> Timestamp {
    format!("2024-{day}T09:00:00Z").parse().expect("a moment")
}

struct Place(Runtime, i64);

impl Place {
    async fn open(&self, label: &str, household: &str, at: &str) {
        let arrears = serde_json::json!({ "arrears": "€900.00" });
        let event = Event::Reported {
            trigger: pathway().trigger_named("knock").expect("a trigger"),
            data: pathway().data_from_json(arrears.as_object().expect("fields")).expect("data"),
            by: None,
        };
        let tied = Opened { household: Some(household), follows: None };
        self.0.open_tied(self.1, label, &event, day(at), tied, &mut Silent).await.expect("opened");
    }

    async fn occurs(&self, label: &str, what: &str, at: &str) {
        let event = Event::Occurred {
            what: pathway().occurrence_named(what).expect("an event"),
            data: Data::new(),
            by: None,
        };
        self.0.occur(label, &event, day(at), &mut Silent).await.expect("it happens");
    }
}

#[tokio::test]
async fn what_partners_were_asked_and_how_soon_they_accepted_is_counted() {
    let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime");
    let id = runtime.add(pathway(), day("03-04")).await.expect("added");
    let place = Place(runtime, id);
    for (label, household) in [("soon", "h-1"), ("late", "h-2"), ("never", "h-3"), ("waits", "h-4")] {
        place.open(label, household, "03-04").await;
        place.occurs(label, "talk done", "03-06").await;
    }
    place.open("at-home", "h-5", "03-04").await;
    place.occurs("soon", "to_debt_help accepted", "03-08").await;
    place.occurs("soon", "to_debt_help taken_up", "03-15").await;
    // Two weeks later its term is over, and it was asked again.
    place.occurs("late", "to_debt_help taken_up", "03-20").await;
    for at in ["03-07", "03-08"] {
        place.occurs("never", "to_debt_help declined", at).await;
    }
    // The first household comes back.
    place.open("again", "h-1", "03-16").await;
    let census = place.0.census(day("03-11")).await.expect("counted");
    assert_eq!(census.open.get(&("counted".to_owned(), "first".to_owned())), Some(&2), "{census:?}");
    let partner = census.partners[&("counted".to_owned(), "debt_help".to_owned())];
    assert_eq!((partner.capacity, partner.open, partner.unaccepted), (Some(2), 1, 1), "{census:?}");
    let five_days = 5.0 * 86_400.0;
    assert!(partner.waiting >= five_days && partner.longest >= five_days, "{census:?}");
    let figures = place.0.figures(&mut Silent, |_| {}).await.expect("read").remove("counted").expect("there");
    assert_eq!((figures.cases, figures.open, figures.known), (6, 3, 1));
    let asked = &figures.partners["debt_help"];
    assert_eq!((asked.capacity, asked.asked, asked.accepted, asked.in_time), (Some(2), 4, 2, 1));
    assert_eq!((asked.declined, asked.taken_up, asked.waiting), (2, 2, 1));
    assert_eq!(asked.until_accepted.median(), Some(2.0), "the lower of the two in the middle");
    assert_eq!(asked.until_accepted.longest(), Some(14.0));
    let talk = &figures.work["talk"];
    assert_eq!((talk.asked, talk.done, talk.took.median()), (6, 4, Some(2.0)));
}
