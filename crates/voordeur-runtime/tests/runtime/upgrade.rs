//! What programs for older tables have left out is read all the same, and written by a worker that knows of it, whoever leads in upkeep.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use voordeur_engine::waiting;
use voordeur_protocol::{CheckedProtocol, compile_bundle};
use voordeur_runtime::{Clock, Runtime, Silent, micros, stored_case};
use voordeur_store::{ItemQuery, Lead, Status, Store, Upkeep, Whose};

use crate::draw::{Dice, SOURCES, event, report};

fn start() -> Timestamp {
    "2022-03-07T09:00:00Z".parse().expect("a moment")
}

/// Cases of two pathways to which this and that has happened.
async fn lived(store: Store) -> Runtime {
    let mut runtime = Runtime::new(store, None).await.expect("a runtime");
    let mut dice = Dice(7);
    for source in &SOURCES[..2] {
        let protocol = compile_bundle(source).protocols.into_iter().next().expect("a pathway");
        let id = runtime.add(protocol.clone(), start()).await.expect("added");
        for n in 0..20 {
            let label = format!("{}-{n}", protocol.name.replace('_', "-"));
            let event = report(&protocol, &mut dice);
            runtime.open(id, &label, &event, start(), &mut Silent).await.expect("opened");
        }
    }
    for day in 1..12 {
        let now = start() + jiff::SignedDuration::from_hours(24 * day);
        runtime.work(now, "worker", &mut Silent).await.expect("worked");
        for row in runtime.store().cases("", 100).await.expect("read") {
            let protocol = runtime.protocols().get(row.protocol).expect("there");
            let happens = event(protocol, &stored_case(&row).expect("a case"), &mut dice);
            if let Some(happens) = happens.filter(|_| dice.once_in(3)) {
                // Some of it is refused.
                drop(runtime.occur(&row.label, &happens, now, &mut Silent).await);
            }
        }
    }
    runtime
}

/// What a party has to do, as all cases say it.
async fn plainly(runtime: &Runtime, party: &str) -> BTreeSet<(Timestamp, String)> {
    let mut all = BTreeSet::new();
    for row in runtime.store().cases("", 1000).await.expect("read") {
        let protocol: &CheckedProtocol = runtime.protocols().get(row.protocol).expect("there");
        let named = |id| protocol.parties.row(id).name == party;
        let case = stored_case(&row).expect("a case");
        for one in waiting(protocol, &case).into_iter().filter(|_| row.status == Status::Running) {
            let (Some(_), Some(due)) = (one.serial, one.due) else { continue };
            if one.who.is_some_and(named) || one.with.iter().copied().any(named) {
                all.insert((due.at, row.label.clone()));
            }
        }
    }
    all
}

async fn read(runtime: &Runtime, party: &str) -> BTreeSet<(Timestamp, String)> {
    let found = runtime.agenda().of(party).await.expect("read");
    found.appointments.into_iter().map(|one| (one.due, one.label)).collect()
}

fn parties(runtime: &Runtime) -> BTreeSet<String> {
    let all = runtime.protocols().iter();
    all.flat_map(|(_, protocol)| protocol.parties.rows().map(|row| row.name.clone())).collect()
}

async fn sql(file: &Path, text: &'static str) {
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(file)).await.expect("opened");
    sqlx::raw_sql(text).execute(&pool).await.expect("done");
    pool.close().await;
}

/// Stands still.
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// A program for version 4 leads in upkeep, and goes on doing so.
async fn old_leader(store: &Store) {
    let (now, until) = (micros(start()), i64::MAX);
    let lead = Upkeep::Lead { what: Lead::Upkeep, holder: "version-4".to_owned(), now, until };
    assert_eq!(store.upkeep(lead).await.expect("asked"), 1);
}

/// Serves until nothing is left to do.
async fn served(runtime: &mut Runtime) {
    let store = runtime.store().clone();
    let done = async {
        while !store.cases_of_party(None, 1).await.expect("read").is_empty()
            || store.items_to_write().await.expect("read").is_some()
        {
            tokio::task::yield_now().await;
        }
    };
    runtime.serve(&Still(start()), done, &mut Silent).await.expect("served");
}

#[tokio::test]
async fn a_calendar_has_what_waits_for_its_role_and_reads_no_other_case() {
    let runtime = lived(Store::in_memory()).await;
    let mut busy = 0;
    for party in parties(&runtime) {
        let wanted = plainly(&runtime, &party).await;
        assert_eq!(read(&runtime, &party).await, wanted, "{party}");
        let cases: BTreeSet<i64> =
            runtime.store().cases_of_party(Some(&party), 9999).await.expect("read").into_iter().collect();
        let labels: BTreeSet<&String> = wanted.iter().map(|(_, label)| label).collect();
        assert!(cases.len() <= labels.len(), "{party}: {} cases for {}", cases.len(), labels.len());
        busy += usize::from(!wanted.is_empty());
    }
    assert!(busy > 3, "{busy}");
}

#[tokio::test]
async fn what_a_program_for_version_4_has_left_out_is_read_and_told_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let mut runtime = lived(Store::create(&file).await.expect("made")).await;
    old_leader(runtime.store()).await;
    // As one writes that knows nothing of parties.
    sql(&file, "UPDATE timer SET party = NULL WHERE case_id % 3 > 0").await;
    for party in parties(&runtime) {
        assert_eq!(read(&runtime, &party).await, plainly(&runtime, &party).await, "{party}");
    }
    assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
    served(&mut runtime).await;
    for party in parties(&runtime) {
        assert_eq!(read(&runtime, &party).await, plainly(&runtime, &party).await, "{party}");
    }
    assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, [], "whose they are is proved too");
    runtime.store().close().await;
}

#[tokio::test]
async fn what_was_sent_before_there_were_inboxes_is_written_into_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let mut runtime = lived(Store::create(&file).await.expect("made")).await;
    let items = async |runtime: &Runtime, all| {
        let which = ItemQuery { whose: Whose::Everybody, all, now: i64::MAX, after: 0, limit: 9999 };
        let told = runtime.inbox(&which, &mut Silent).await.expect("read");
        told.into_iter().map(|told| (told.item.key, told.item.party, told.over)).collect::<BTreeSet<_>>()
    };
    let before = items(&runtime, true).await;
    let open: BTreeSet<_> = items(&runtime, false).await.into_iter().filter(|(.., over)| !over).collect();
    assert!(before.len() > 100 && open.len() > 20, "{} {}", before.len(), open.len());
    old_leader(runtime.store()).await;
    // As version 3 has left it: some messages went out, some wait, and there are no items.
    sql(&file, "DELETE FROM inbox WHERE case_id % 4 > 0; INSERT INTO chore VALUES ('inbox', '')").await;
    assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, [], "it is known what is missing");
    served(&mut runtime).await;
    assert_eq!(items(&runtime, true).await, before);
    // What went out then, and is about nothing that is open, nobody has to look at any more.
    let shown = items(&runtime, false).await;
    let about_open = runtime.inbox(&everything(), &mut Silent).await.expect("read").into_iter();
    for told in about_open.filter(|told| !told.over && told.item.topic == "task") {
        assert!(shown.iter().any(|(key, ..)| *key == told.item.key), "{}", told.item.key);
    }
    assert!(shown.len() < before.len());
    assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults, []);
    sql(&file, "DELETE FROM inbox WHERE id = (SELECT max(id) FROM inbox)").await;
    assert_eq!(runtime.verify(|_, _| {}).await.expect("read").faults.len(), 1, "now all of them are wanted");
    runtime.store().close().await;
}

fn everything() -> ItemQuery {
    ItemQuery { whose: Whose::Everybody, all: true, now: i64::MAX, after: 0, limit: 9999 }
}
