//! The tables: older ones are brought up to date, newer and foreign ones are left alone.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use voordeur_store::{DecreeRow, Kind, SCHEMA_VERSION, Store, StoreError, Upkeep};

use crate::{SERVER, place, protocol};

async fn run(file: &Path, text: &str) {
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(file).create_if_missing(true));
    let pool = pool.await.expect("opened");
    sqlx::raw_sql(sqlx::AssertSqlSafe(text.to_owned())).execute(&pool).await.expect("done");
    pool.close().await;
}

#[tokio::test]
async fn version_1_is_brought_up_to_date_with_its_timers() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("old.db");
    run(&file, include_str!("version_1.sql")).await;
    let store = Store::open(&file).await.expect("brought up to date");
    let id = store.case_labelled("a").await.expect("read").expect("there").id;
    let timers: Vec<_> =
        store.timers(id).await.expect("read").iter().map(|row| (row.timer, row.due_at, row.armed)).collect();
    let at = 1_204_534_800_000_000;
    assert_eq!(timers, [(3, at, true), (4, at + 250_000, false), (5, at + 1_000_001, false)]);
    assert_eq!(store.next_due(0).await.expect("read"), Some(at));
    let steps: Vec<_> =
        store.journal(id).await.expect("read").into_iter().map(|row| (row.step, row.recorded_at)).collect();
    assert_eq!(steps, [(1, None)], "when it was recorded was not known then");
    assert_eq!(store.outbox(Kind::Call, 0, 9).await.expect("read").remove(0).epoch, 0);
    assert_eq!(store.cases_of("h").await.expect("read"), [], "nobody knew households then");
    assert_eq!(store.retirement(1).await.expect("read"), None);
    store.close().await;
    let again = Store::open(&file).await.expect("once is enough");
    assert_eq!(again.faults().await.expect("looked at"), [""; 0]);
}

/// What the statements of version 5 have added is taken away again.
const VERSION_4: &str = "DROP TABLE chore; DROP INDEX timer_party; DROP INDEX timer_unknown; ALTER TABLE timer DROP COLUMN party; UPDATE about SET version = 4, oldest = 4";

/// What the statements of version 4 have added is taken away as well.
const VERSION_3: &str = "DROP TABLE decree; DROP TABLE incident; DROP TABLE lead; DROP TABLE inbox; DROP TABLE delivery; UPDATE about SET version = 3, oldest = 3";

/// What the statements of version 3 have added is taken away as well: then a server has what version 2 had.
const VERSION_2: &str = "
  DROP INDEX cases_household; ALTER TABLE cases DROP COLUMN household; ALTER TABLE cases DROP COLUMN secret;
  ALTER TABLE cases DROP COLUMN sealed; ALTER TABLE journal DROP COLUMN sealed;
  ALTER TABLE protocol DROP COLUMN retired_at; ALTER TABLE protocol DROP COLUMN successor;
  ALTER TABLE protocol DROP COLUMN owner; UPDATE about SET version = 2, oldest = 2";

#[tokio::test]
async fn version_2_is_brought_up_to_date_on_both() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("old.db");
    Store::create(&file).await.expect("made").close().await;
    run(&file, &format!("{VERSION_4}; {VERSION_3}; {VERSION_2}; PRAGMA user_version = 2")).await;
    let store = Store::open(&file).await.expect("brought up to date");
    assert_eq!(store.cases_of("h").await.expect("read"), []);
    store.close().await;
    let Some(server) = &*SERVER else { return };
    let url = server.database();
    let name = url.split(['/', '?']).nth(3).expect("a name");
    Store::create(Path::new(&url)).await.expect("made").close().await;
    server.sql(name, VERSION_4);
    server.sql(name, VERSION_3);
    server.sql(name, VERSION_2);
    // Several workers start at once on old tables.
    let starting = (0..4).map(|_| {
        tokio::spawn({
            let url = url.clone();
            async move { Store::open(Path::new(&url)).await }
        })
    });
    for started in starting.collect::<Vec<_>>() {
        let store = started.await.expect("it ends").expect("brought up to date");
        assert_eq!(store.cases_of("h").await.expect("read"), []);
        store.close().await;
    }
    assert_eq!(server.sql(name, "SELECT version, oldest FROM about"), "5|4");
}

/// A program of version 3 would count wrongly after a decree, and mark messages as gone out that nobody gets: it is kept
/// out.
#[tokio::test]
async fn version_3_is_brought_up_to_date_on_both() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("old.db");
    Store::create(&file).await.expect("made").close().await;
    run(&file, &format!("{VERSION_4}; {VERSION_3}; PRAGMA user_version = 3")).await;
    let mut places = vec![(file.clone(), None)];
    if let Some(server) = &*SERVER {
        let url = server.database();
        let name = url.split(['/', '?']).nth(3).expect("a name").to_owned();
        Store::create(Path::new(&url)).await.expect("made").close().await;
        server.sql(&name, VERSION_4);
        server.sql(&name, VERSION_3);
        places.push((url.into(), Some((server, name))));
    }
    for (path, server) in places {
        let store = Store::open(&path).await.expect("brought up to date");
        assert_eq!(store.decrees().await.expect("read"), []);
        let decreed =
            DecreeRow { what: "2029-05-11".to_owned(), because: "a decree".to_owned(), added_at: 1 };
        let new = store.upkeep(Upkeep::Decree(vec![decreed.clone()])).await.expect("written");
        assert_eq!((new, store.decrees().await.expect("read")), (1, vec![decreed]));
        assert_eq!(store.incidents().await.expect("read"), []);
        assert_eq!(store.post().deliveries(None, 0, 9).await.expect("read"), []);
        assert_eq!(store.post().item("1-1-0").await.expect("read"), None);
        let to_write = store.items_to_write().await.expect("read");
        assert_eq!(to_write.as_deref(), Some(""), "what was sent then stands in no inbox yet");
        store.close().await;
        if let Some((server, name)) = server {
            assert_eq!(server.sql(&name, "SELECT version, oldest FROM about"), "5|4");
        }
    }
}

#[tokio::test]
async fn a_file_that_only_newer_programs_understand_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("new.db");
    Store::create(&file).await.expect("made").close().await;
    let newer = SCHEMA_VERSION + 1;
    run(&file, &format!("PRAGMA user_version = {newer}; UPDATE about SET version = {newer}")).await;
    Store::open(&file)
        .await
        .expect("it was only added to: this program goes on beside the newer one")
        .close()
        .await;
    run(&file, &format!("UPDATE about SET oldest = {newer}")).await;
    let refused = Store::open(&file).await.expect_err("refused");
    assert!(matches!(refused, StoreError::Newer { found, .. } if found == newer), "{refused}");
    run(&file, "PRAGMA application_id = 7").await;
    assert!(matches!(Store::open(&file).await, Err(StoreError::NotOurs { .. })));
}

#[tokio::test]
async fn a_server_is_used_when_its_tables_are_ours_and_not_too_new() {
    let Some(server) = &*SERVER else { return };
    let url = server.database();
    let path = Path::new(&url);
    let name = url.split(['/', '?']).nth(3).expect("a name");
    assert!(matches!(Store::open(path).await, Err(StoreError::Missing { .. })), "it has no tables yet");
    // Several workers start at once on an empty database.
    let starting = (0..4).map(|_| {
        tokio::spawn({
            let url = url.clone();
            async move { Store::create(Path::new(&url)).await }
        })
    });
    for started in starting.collect::<Vec<_>>() {
        started.await.expect("it ends").expect("made").close().await;
    }
    // A program that was killed has left its row; after days somebody clears it away.
    server.sql(name, "INSERT INTO writer VALUES (1, 'killed', 7, 5)");
    let there = Store::open(path).await.expect("opened");
    assert_eq!(server.sql(name, "SELECT count(*) FROM writer"), "1", "its own");
    // Somebody clears away too much: the next write finds its way.
    server.sql(name, "DELETE FROM writer");
    there.put_protocol(&protocol("one")).await.expect("written");
    there.close().await;
    server.sql(name, "UPDATE about SET version = version + 1");
    Store::open(path).await.expect("only added to").close().await;
    server.sql(name, "UPDATE about SET oldest = version");
    let refused = Store::open(path).await.expect_err("refused");
    assert!(matches!(refused, StoreError::Newer { .. }), "{refused}");
    server.sql(name, "DROP TABLE about");
    assert!(matches!(Store::create(path).await, Err(StoreError::NotOurs { .. })));
    let nowhere = server.url("nowhere");
    assert!(matches!(Store::create(Path::new(&nowhere)).await, Err(StoreError::Missing { .. })));
}

#[tokio::test]
async fn a_password_is_not_repeated() {
    let refused = Store::open(Path::new("postgres://me:secret@localhost:1/x?host=/nowhere/at/all")).await;
    let said = refused.expect_err("nobody there").to_string();
    assert!(said.contains("postgres://me@localhost:1/x") && !said.contains("secret"), "{said}");
    drop(place("memory", None).await);
}
