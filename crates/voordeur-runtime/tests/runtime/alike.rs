//! Real pathways driven by random commands leave the same journal in memory, on SQLite and on PostgreSQL.

use std::sync::LazyLock;

use jiff::Timestamp;
use voordeur_protocol::compile_bundle;
use voordeur_runtime::{Opened, Runtime, Silent, micros, stored_case, timestamp};
use voordeur_store::Store;
use voordeur_testing::Postgres;

use crate::draw::{Dice, SOURCES, event, report};

static SERVER: LazyLock<Option<Postgres>> = LazyLock::new(Postgres::start);

const HOUR: i64 = 3_600_000_000;

/// Plays one world, and gives everything that the journals say.
async fn play(store: Store, seed: u64) -> Vec<String> {
    let mut dice = Dice(seed);
    let first = dice.below(SOURCES.len());
    let mut runtime = Runtime::new(store, None).await.expect("a runtime");
    let mut now: Timestamp = "2022-03-07T09:00:00Z".parse().expect("a moment");
    let mut pathways = Vec::new();
    for source in [SOURCES[first], SOURCES[(first + 1) % SOURCES.len()]] {
        let protocol = compile_bundle(source).protocols.into_iter().next().expect("a pathway");
        pathways.push((runtime.add(protocol.clone(), now).await.expect("added"), protocol));
    }
    let mut said = Vec::new();
    for n in 0..90 {
        now = timestamp(micros(now) + i64::try_from(dice.below(150)).expect("small") * HOUR);
        let label = format!("case-{}", dice.below(8));
        let row = runtime.store().case_labelled(&label).await.expect("read");
        let done = match row {
            _ if n % 9 == 8 => runtime.advance(now, &mut Silent).await.map(|_| ()),
            _ if n % 9 == 4 => runtime.work(now, "one", &mut Silent).await.map(|_| ()),
            None => {
                let (id, protocol) = &pathways[dice.below(2)];
                let household = format!("h-{}", dice.below(4));
                let tied = Opened { household: Some(&household), follows: None };
                runtime.open_tied(*id, &label, &report(protocol, &mut dice), now, tied, &mut Silent).await
            }
            Some(row) => {
                let case = stored_case(&row).expect("a case");
                let protocol = &pathways.iter().find(|(id, _)| *id == row.protocol).expect("there").1;
                let Some(event) = event(protocol, &case, &mut dice) else { continue };
                runtime.occur(&label, &event, now, &mut Silent).await
            }
        };
        said.push(done.map_or_else(|error| error.to_string(), |()| "done".to_owned()));
    }
    for row in runtime.store().cases("", 100).await.expect("read") {
        let case = serde_json::to_string(&runtime.case(&row).expect("a case")).expect("JSON");
        said.push(format!("{} {} {:?} {} {case}", row.label, row.version, row.status, row.place));
        for (step, entries) in runtime.history(&row).await.expect("read") {
            let moments = (step.step, step.at, step.recorded_at, step.due_at, step.sealed.is_some());
            said.push(format!("  {moments:?} {} {entries:?}", step.entries));
        }
        said.push(format!("  {:?}", runtime.store().timers(row.id).await.expect("read")));
    }
    let audit = runtime.verify(|_, _| {}).await.expect("read");
    said.push(format!("{audit:?}"));
    assert_eq!(audit.faults, []);
    runtime.store().close().await;
    said
}

#[tokio::test]
async fn the_same_commands_leave_the_same_journal_on_every_store() {
    let mut lines = 0;
    for seed in 0..12 {
        let memory = play(Store::in_memory(), seed).await;
        lines += memory.len();
        let folder = tempfile::tempdir().expect("a folder");
        let sqlite = Store::create(&folder.path().join("a.db")).await.expect("made");
        assert_eq!(memory, play(sqlite, seed).await, "seed {seed}: memory and SQLite");
        if let Some(server) = &*SERVER {
            let server = Store::create(server.database().as_ref()).await.expect("made");
            assert_eq!(memory, play(server, seed).await, "seed {seed}: memory and PostgreSQL");
        }
    }
    assert!(lines > 1200, "{lines}: something has happened");
}
