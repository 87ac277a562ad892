//! Guarantees of the report that span cases (docs/guarantees.md): one household, one plan; a relapse follows upon the
//! case before it; no open case without an heir when its version is retired.

use std::sync::LazyLock;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use voordeur_engine::{Case, Data, Entry, Event, Message, Succession, Tie};
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_runtime::{Heir, Opened, Runtime, RuntimeError, Silent, journal, stored_case};
use voordeur_store::{Kind, Store, StoreError};
use voordeur_testing::Postgres;

use crate::draw::Dice;
use crate::world::{Faulty, at_once};

static SERVER: LazyLock<Option<Postgres>> = LazyLock::new(Postgres::start);

/// A pathway of one task, in a version of its own.
fn pathway(name: &str, version: &str) -> CheckedProtocol {
    let source = format!(
        r#"pathway {name} {{
  version "{version}"
  lead    house
  agency  house
  role    worker of house
  trigger knock from anyone {{ -> first }}
  stage first {{
    must task talk by worker within 3 weeks
    on talk done    -> good
    on talk overdue notify house
    after 6 months  -> bad
  }}
  end good success no aftercare because "a test stops here"
  end bad  failure
}}
"#
    );
    compile(&source).protocols.into_iter().next().expect("a pathway")
}

fn knock(protocol: &CheckedProtocol) -> Event {
    let trigger = protocol.trigger_named("knock").expect("a trigger");
    Event::Reported { trigger, data: Data::new(), by: None }
}

struct Place {
    runtime: Runtime,
    now: Timestamp,
    /// The numbers of the pathways `one` and `two`.
    ids: [i64; 2],
}

impl Place {
    async fn new() -> Self {
        let now: Timestamp = "2024-03-04T09:00:00Z".parse().expect("a moment");
        let mut runtime = Runtime::new(Store::in_memory(), None).await.expect("a runtime");
        let one = runtime.add(pathway("one", "1"), now).await.expect("added");
        let two = runtime.add(pathway("two", "1"), now).await.expect("added");
        Self { runtime, now, ids: [one, two] }
    }

    async fn open(&self, id: i64, label: &str, opened: Opened<'_>) -> Result<(), RuntimeError> {
        let protocol = self.runtime.protocols().get(id).expect("there");
        let event = knock(protocol);
        self.runtime.open_tied(id, label, &event, self.now, opened, &mut Silent).await?;
        self.runtime.advance(self.now, &mut Silent).await.map(|_| ())
    }

    async fn open_in(&self, which: usize, label: &str, household: &str) -> Result<(), RuntimeError> {
        self.open(self.ids[which], label, Opened { household: Some(household), follows: None }).await
    }

    async fn done(&mut self, label: &str) {
        self.now += jiff::SignedDuration::from_hours(24);
        let row = self.runtime.row(label).await.expect("there");
        let protocol = self.runtime.protocols().get(row.protocol).expect("there");
        let what = protocol.occurrence_named("talk done").expect("an event");
        let event = Event::Occurred { what, data: Data::new(), by: None };
        self.runtime.occur(label, &event, self.now, &mut Silent).await.expect("done");
        self.runtime.advance(self.now, &mut Silent).await.expect("it goes on");
    }

    async fn case(&self, label: &str) -> Case {
        stored_case(&self.runtime.row(label).await.expect("there")).expect("a case")
    }

    async fn leads(&self, label: &str) -> Option<String> {
        self.case(label).await.ties.lead_case.as_deref().map(str::to_owned)
    }

    /// To whom ties of a case were told.
    async fn told(&self, label: &str) -> Vec<Tie> {
        let row = self.runtime.row(label).await.expect("there");
        let steps = self.runtime.store().journal(row.id).await.expect("read");
        let entries = steps.iter().flat_map(|step| journal(step).expect("entries"));
        let told = entries.filter_map(|entry| match entry {
            Entry::Sent(Message::Tied { tie, .. }) => Some(tie),
            _ => None,
        });
        told.collect()
    }

    async fn whole(&self) {
        let audit = self.runtime.verify(|_, _| {}).await.expect("read");
        assert_eq!(audit.faults, []);
        let waiting = self.runtime.store().outbox(Kind::Call, 0, 9).await.expect("read");
        assert_eq!(waiting, [], "nothing is left to do");
    }
}

#[tokio::test]
async fn two_open_pathways_of_one_household_are_found_and_one_leads() {
    let mut place = Place::new().await;
    place.open_in(0, "a", "h-1").await.expect("opened");
    assert_eq!(place.leads("a").await, None, "it is alone");
    place.open_in(0, "other", "h-2").await.expect("another household");
    place.open_in(1, "b", "h-1").await.expect("opened");
    for label in ["a", "b"] {
        assert_eq!(place.leads(label).await.as_deref(), Some("a"), "the oldest");
        assert_eq!(place.told(label).await, [Tie::LeadCase("a".into())], "its lead knows");
    }
    assert_eq!(place.leads("other").await, None);
    // People may choose another one, of the open cases.
    let now = place.now;
    for wrong in ["other", "nowhere"] {
        let refused = place.runtime.choose_lead("h-1", wrong, now, &mut Silent).await;
        assert!(matches!(refused, Err(RuntimeError::NotOfHousehold { .. })), "{wrong}");
    }
    place.runtime.choose_lead("h-1", "b", now, &mut Silent).await.expect("chosen");
    assert_eq!((place.leads("a").await, place.leads("b").await), (Some("b".into()), Some("b".into())));
    let found = place.runtime.household("h-1").await.expect("read");
    assert_eq!((found.cases.len(), found.lead.as_deref()), (2, Some("b")));
    // When it ends, the lead passes on.
    place.done("b").await;
    assert_eq!(place.leads("a").await.as_deref(), Some("a"));
    place.done("a").await;
    assert_eq!(place.runtime.household("h-1").await.expect("read").lead, None);
    place.whole().await;
}

#[tokio::test]
async fn a_household_is_not_taken_in_twice_in_one_pathway() {
    let place = Place::new().await;
    place.open_in(0, "a", "h-1").await.expect("opened");
    let refused = place.open_in(0, "b", "h-1").await.expect_err("refused");
    assert!(matches!(&refused, RuntimeError::HouseholdKnown { label, .. } if label == "a"), "{refused}");
    let missing = place.runtime.row("b").await;
    assert!(matches!(missing, Err(RuntimeError::NoSuchCase { .. })), "nothing was written");
    let refused = place.open_in(1, "c", "123456782").await.expect_err("a number of a person");
    assert!(matches!(&refused, RuntimeError::BadHousehold { .. }) && !refused.to_string().contains("1234"));
    place.whole().await;
}

/// Somebody else takes the same household in between looking and writing.
#[tokio::test]
async fn who_is_second_to_take_a_household_in_at_the_same_moment_is_told_so() {
    let place = Place::new().await;
    let meanwhile = |store: &Store| {
        let runtime = at_once(Runtime::new(store.clone(), None)).expect("a runtime");
        let (id, protocol) = runtime.protocols().iter().next().expect("a pathway");
        let event = knock(protocol);
        let now = "2024-03-04T09:00:00Z".parse().expect("a moment");
        let opened = Opened { household: Some("h-1"), follows: None };
        drop(at_once(runtime.open_tied(id, "first", &event, now, opened, &mut Silent)));
    };
    let faulty = Faulty::new(place.runtime.store().clone(), Dice(1)).calling(meanwhile);
    faulty.fails.store(0, Ordering::Relaxed);
    let late = at_once(Runtime::new(Store::new(faulty), None)).expect("a runtime");
    let event = knock(late.protocols().get(place.ids[0]).expect("there"));
    let opened = Opened { household: Some("h-1"), follows: None };
    let refused = at_once(late.open_tied(place.ids[0], "second", &event, place.now, opened, &mut Silent));
    assert!(
        matches!(&refused, Err(RuntimeError::HouseholdKnown { label, .. }) if label == "first"),
        "{refused:?}"
    );
    let missing = place.runtime.row("second").await;
    assert!(matches!(missing, Err(RuntimeError::NoSuchCase { .. })), "nothing was written");
    // In another pathway it is taken in, and both know of each other.
    let opened = Opened { household: Some("h-1"), follows: None };
    at_once(late.open_tied(place.ids[1], "third", &event, place.now, opened, &mut Silent)).expect("opened");
    place.runtime.advance(place.now, &mut Silent).await.expect("told");
    assert_eq!(place.leads("third").await.as_deref(), Some("first"));
    place.whole().await;
}

/// Two workers on one server, of which each takes in the same households at the same moment: one is first, the other is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_workers_on_a_server_one_takes_a_household_in() {
    let Some(server) = &*SERVER else { return };
    let url = server.database();
    let now: Timestamp = "2024-03-04T09:00:00Z".parse().expect("a moment");
    let mut ids = [0, 0];
    let mut workers = Vec::new();
    for _ in 0..2 {
        let store = Store::create(url.as_ref()).await.expect("made");
        let mut runtime = Runtime::new(store, None).await.expect("a runtime");
        for (id, name) in ids.iter_mut().zip(["one", "two"]) {
            *id = runtime.add(pathway(name, "1"), now).await.expect("added");
        }
        workers.push(runtime);
    }
    for round in 0..30 {
        let household = format!("h-{round}");
        // Each of them in both pathways.
        let take_in = async |n: usize| {
            let (runtime, id) = (&workers[n % 2], ids[n / 2]);
            let (label, event) =
                (format!("case-{round}-{n}"), knock(runtime.protocols().get(id).expect("there")));
            let opened = Opened { household: Some(&household), follows: None };
            runtime.open_tied(id, &label, &event, now, opened, &mut Silent).await
        };
        let taken = tokio::join!(take_in(0), take_in(1), take_in(2), take_in(3));
        let (mut opened, mut known) = (0, 0);
        for taken in [taken.0, taken.1, taken.2, taken.3] {
            match taken {
                Ok(()) => opened += 1,
                Err(RuntimeError::HouseholdKnown { .. }) => known += 1,
                Err(error) => panic!("round {round}: {error}"),
            }
        }
        assert_eq!((opened, known), (2, 2), "round {round}: one in each pathway");
    }
    workers[0].advance(now, &mut Silent).await.expect("told");
    for round in 0..30 {
        let found = workers[1].household(&format!("h-{round}")).await.expect("read");
        let cases: Vec<Case> = found.cases.iter().map(|row| stored_case(row).expect("a case")).collect();
        assert!(found.lead.is_some() && cases.len() == 2, "round {round}");
        assert!(cases.iter().all(|case| case.ties.lead_case.as_deref() == found.lead.as_deref()));
    }
    assert_eq!(workers[0].verify(|_, _| {}).await.expect("read").faults, []);
    for worker in workers {
        worker.store().close().await;
    }
}

#[tokio::test]
async fn a_relapse_follows_upon_the_case_before_it() {
    let mut place = Place::new().await;
    place.open_in(0, "a", "h-1").await.expect("opened");
    let early = place.open(place.ids[0], "b", Opened { household: None, follows: Some("a") }).await;
    assert!(matches!(early, Err(RuntimeError::StillOpen { .. })), "{early:?}");
    place.done("a").await;
    // Also when nobody says so: the household is known.
    place.open_in(0, "b", "h-1").await.expect("opened");
    assert_eq!(place.case("b").await.ties.follows.as_deref(), Some("a"));
    assert_eq!(place.case("a").await.ties.followed_by, ["b".into()]);
    assert!(place.told("a").await.contains(&Tie::FollowedBy("b".into())), "who led then knows");
    place.done("b").await;
    let other = Opened { household: Some("h-2"), follows: Some("b") };
    let refused = place.open(place.ids[1], "c", other).await;
    assert!(matches!(refused, Err(RuntimeError::OtherHousehold { .. })), "{refused:?}");
    // Who names the case before it need not name the household.
    place.open(place.ids[1], "c", Opened { household: None, follows: Some("b") }).await.expect("opened");
    let ties = place.case("c").await.ties;
    assert_eq!((ties.household.as_deref(), ties.follows.as_deref()), (Some("h-1"), Some("b")));
    place.whole().await;
}

#[tokio::test]
async fn no_open_case_is_without_an_heir_when_its_version_is_retired() {
    let mut place = Place::new().await;
    let now = place.now;
    for label in ["a", "b", "c"] {
        place.open(place.ids[0], label, Opened::default()).await.expect("opened");
    }
    place.open(place.ids[1], "of-two", Opened::default()).await.expect("opened");
    place.done("c").await;
    let runtime = &mut place.runtime;
    for nobody in ["anyone", "client"] {
        let refused = runtime.retire("one", "1", Heir::Owner(nobody), now, &mut Silent, |_| {}).await;
        assert!(matches!(refused, Err(RuntimeError::BadOwner { .. })), "{refused:?}");
    }
    let wrong = [("one", "9", Heir::Owner("house")), ("one", "1", Heir::Owner("nobody"))];
    let more = [("one", "1", Heir::Version("1")), ("one", "1", Heir::Version("2"))];
    for (name, version, heir) in wrong.into_iter().chain(more) {
        assert!(runtime.retire(name, version, heir, now, &mut Silent, |_| {}).await.is_err(), "{heir:?}");
        assert_eq!(runtime.store().retirement(place.ids[0]).await.expect("read"), None, "{heir:?}");
    }
    let told = runtime.retire("one", "1", Heir::Owner("worker"), now, &mut Silent, |_| {}).await;
    assert_eq!(told.expect("retired"), 2, "those that are open");
    let again = runtime.retire("one", "1", Heir::Owner("worker"), now, &mut Silent, |_| {}).await;
    assert_eq!(again.expect("again"), 0, "all of them know");
    let owner = runtime.protocols().get(place.ids[0]).expect("there").party_named("worker").expect("a party");
    for label in ["a", "b"] {
        assert_eq!(place.case(label).await.ties.retired, Some(Succession::Owner(owner)));
    }
    assert_eq!(place.case("of-two").await.ties.retired, None);
    let refused = place.open(place.ids[0], "d", Opened::default()).await.expect_err("no new cases");
    assert!(matches!(refused, RuntimeError::Retired { .. }), "{refused}");
    // A newer version takes the cases over; the first owner is not forgotten in the journal.
    let newer = place.runtime.add(pathway("one", "2"), now).await.expect("added");
    let heir = Heir::Version("2");
    place.runtime.retire("one", "1", heir, now, &mut Silent, |_| {}).await.expect("retired");
    assert_eq!(place.case("a").await.ties.retired, Some(Succession::Version("2".into())));
    assert_eq!(place.told("a").await.len(), 3, "its owner and its lead, and its lead of the version");
    place.open(newer, "d", Opened::default()).await.expect("on the newer one");
    place.whole().await;
}

#[tokio::test]
async fn a_retirement_that_was_stopped_halfway_has_named_its_heir() {
    let mut place = Place::new().await;
    let now = place.now;
    for n in 0..6 {
        place.open(place.ids[0], &format!("case-{n}"), Opened::default()).await.expect("opened");
    }
    let faulty = Faulty::new(place.runtime.store().clone(), Dice(1));
    faulty.fails.store(0, Ordering::Relaxed);
    let mut other = at_once(Runtime::new(Store::new(faulty.stopping_after(2)), None)).expect("a runtime");
    let halfway = at_once(other.retire("one", "1", Heir::Owner("house"), now, &mut Silent, |_| {}));
    assert!(matches!(halfway, Err(RuntimeError::Store(StoreError::Closed))), "{halfway:?}");
    let heir = place.runtime.store().retirement(place.ids[0]).await.expect("read").expect("retired");
    assert_eq!(heir.owner.as_deref(), Some("house"), "of all of its cases");
    let rest = place.runtime.retire("one", "1", Heir::Owner("house"), now, &mut Silent, |_| {}).await;
    assert_eq!(rest.expect("the rest"), 4);
    place.whole().await;
}
