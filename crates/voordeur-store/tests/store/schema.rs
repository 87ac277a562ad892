//! The tables: older ones are brought up to date, newer and foreign ones are left alone.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use voordeur_store::{
    CaseWrite, DecreeRow, Kind, Lane, SCHEMA_VERSION, Store, StoreError, TimerParty, Upkeep,
};

use crate::{SERVER, place, protocol};

pub(crate) async fn run(file: &Path, text: &str) {
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

/// What the statements of version 6 have added is taken away again. A file has nothing of it.
const VERSION_5: &str = "DROP TABLE IF EXISTS household_slot; UPDATE about SET version = 5, oldest = 4";

/// What the statements of version 5 have added is taken away as well.
const VERSION_4: &str = "DROP TABLE IF EXISTS household_slot; DROP TABLE chore; DROP INDEX cases_running; DROP INDEX timer_party; DROP INDEX timer_unknown; ALTER TABLE timer DROP COLUMN party; UPDATE about SET version = 4, oldest = 4";

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
        assert_eq!(
            store.faults().await.expect("looked at"),
            [""; 0],
            "nothing is missing, and nothing is more"
        );
        store.close().await;
    }
    assert_eq!(server.sql(name, "SELECT version, oldest FROM about"), "6|4");
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
            assert_eq!(server.sql(&name, "SELECT version, oldest FROM about"), "6|4");
        }
    }
}

#[tokio::test]
async fn a_file_that_only_newer_programs_understand_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("new.db");
    Store::create(&file).await.expect("made").close().await;
    let newer = SCHEMA_VERSION + 1;
    run(
        &file,
        &format!("PRAGMA user_version = {newer}; UPDATE about SET version = {newer}; CREATE TABLE more (x)"),
    )
    .await;
    let view = Store::view(&file).await.expect("it is looked at as well");
    assert_eq!(
        view.faults().await.expect("looked at"),
        [""; 0],
        "what a newer program has added is no fault"
    );
    view.close().await;
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
    assert!(matches!(Store::create(Path::new(&nowhere)).await, Err(StoreError::NoDatabase { .. })));
}

/// What somebody has added to the tables of a file or a server, and how it is called.
const ADDED: [(&str, &str); 6] = [
    ("CREATE TABLE planted (x BIGINT)", "planted"),
    ("CREATE INDEX planted ON cases (label)", "planted"),
    ("CREATE INDEX planted_due ON timer (due_at)", "planted_due"),
    ("CREATE RULE planted AS ON DELETE TO journal DO INSTEAD NOTHING", "planted"),
    (
        "CREATE FUNCTION nothing() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER cases BEFORE UPDATE ON timer FOR EACH ROW EXECUTE FUNCTION nothing()",
        "cases",
    ),
    ("ALTER TABLE cases ADD UNIQUE (id, label)", "cases_id_label_key"),
];

#[tokio::test]
async fn what_no_program_makes_is_found_on_both() {
    for (number, (added, name)) in ADDED.into_iter().enumerate() {
        for place in crate::places().await.into_iter().skip(1) {
            // A file knows the first ones only.
            if place.name == "sqlite" && number > 2 {
                continue;
            }
            assert_eq!(place.store.faults().await.expect("looked at"), [""; 0], "{}", place.name);
            place.change(added).await;
            let found = place.store.faults().await.expect("looked at");
            let said = format!("the tables have a `{name}` that no program of voordeur makes");
            assert_eq!(found, [said], "{}", place.name);
            place.store.close().await;
        }
    }
}

#[tokio::test]
async fn what_a_newer_program_adds_to_a_server_is_no_fault() {
    for place in crate::places().await.into_iter().skip(2) {
        place.change("CREATE TABLE more (x BIGINT); UPDATE about SET version = version + 1").await;
        assert_eq!(place.store.faults().await.expect("looked at"), [""; 0]);
        place.change("DROP INDEX timer_due").await;
        assert_eq!(place.store.faults().await.expect("looked at"), ["the tables have no `timer_due`"]);
    }
}

#[tokio::test]
async fn a_password_is_not_repeated() {
    let refused = Store::open(Path::new("postgres://me:secret@localhost:1/x?host=/nowhere/at/all")).await;
    let said = refused.expect_err("nobody there").to_string();
    assert!(said.contains("postgres://me@localhost:1/x") && !said.contains("secret"), "{said}");
    drop(place("memory", None).await);
}

/// However it is written: an address is no name of a file, and its password is told to nobody.
#[tokio::test]
async fn what_is_no_address_of_ours_is_refused_without_its_password() {
    let folder = tempfile::tempdir().expect("a folder");
    for (address, shown) in [
        ("mysql://me:secret@host/x", "mysql://me@host/x"),
        ("postgresq://me:secret@host/x?password=secret", "postgresq://me@host/x"),
        ("PostgreSQ://me:sec@secret@host/x", "PostgreSQ://me@host/x"),
        ("mysql://me:secret?secret@host/x", "mysql://…"),
        ("mysql://me:secret/secret@host/x", "mysql://me@host/x"),
        ("mysql://me:secret/x", "mysql://me:…/x"),
        ("postgres:me:secret@host/x", "postgres:…"),
        ("Postgres:/me:secret@host/x", "Postgres:…"),
        ("postgres//me:secret@host/x", "postgres:…"),
        ("mysql:me:secret@host/x", "mysql:…"),
        ("sqlite:///tmp/a.db", "sqlite:///tmp/a.db"),
        ("file:a.db", "file:…"),
    ] {
        assert_eq!(voordeur_store::shown(Path::new(address)), shown);
        for opened in [
            Store::open(Path::new(address)).await,
            Store::create(Path::new(address)).await,
            Store::view(Path::new(address)).await,
        ] {
            let said = opened.expect_err("refused");
            assert!(matches!(said, StoreError::Address { .. }), "{said:?}");
            let said = said.to_string();
            assert!(said.contains(&format!("`{shown}`")) && !said.contains("secret"), "{said}");
        }
    }
    for address in ["Postgres", "POSTGRESQL"] {
        let address = format!("{address}://me:secret@localhost:1/x?host=/nowhere/at/all");
        let said = Store::open(Path::new(&address)).await.expect_err("nobody there");
        assert!(
            matches!(said, StoreError::Unreachable { .. }) && !said.to_string().contains("secret"),
            "{said}"
        );
    }
    // A file may be called as it likes.
    for name in ["a:b.db", "me@home.db", "postgres", "postgres.db", "postgresql-2.db"] {
        let file = folder.path().join(name);
        Store::create(&file).await.expect("made").close().await;
        assert_eq!(voordeur_store::shown(&file), file.display().to_string());
        assert!(file.exists(), "{name}");
    }
}

/// The keys of cases lie in a file and in its copies when there is no key of an operator.
#[cfg(unix)]
#[tokio::test]
async fn a_file_is_made_for_its_owner_only_and_one_that_is_there_keeps_its_rights() {
    use std::fs::{Permissions, metadata, set_permissions, write};
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().expect("a folder");
    let rights = |name: &str| metadata(folder.path().join(name)).expect("there").permissions().mode() & 0o777;
    let store = Store::create(&folder.path().join("a.db")).await.expect("made");
    store.put_protocol(&protocol("one")).await.expect("written");
    store.copy_to(&folder.path().join("copy.db")).await.expect("copied");
    for name in ["a.db", "a.db-wal", "a.db-shm", "copy.db"] {
        assert_eq!(rights(name), 0o600, "{name}");
    }
    assert!(store.copy_to(&folder.path().join("nowhere/copy.db")).await.is_err());
    store.close().await;
    let there = folder.path().join("there.db");
    write(&there, "").expect("written");
    set_permissions(&there, Permissions::from_mode(0o640)).expect("set");
    Store::create(&there).await.expect("made").close().await;
    assert_eq!(rights("there.db"), 0o640);
    let copy = Store::open(&folder.path().join("copy.db")).await.expect("it is whole");
    assert_eq!(copy.protocols().await.expect("read").len(), 1);
    copy.close().await;
}

/// A row of no case is told in words.
#[tokio::test]
async fn a_row_of_no_case_is_told_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let store = Store::create(&file).await.expect("made");
    run(
        &file,
        "PRAGMA foreign_keys = off; INSERT INTO journal (id, case_id, step, at, entries) VALUES (1838, 7, 1, 5, '[]')",
    )
    .await;
    let said = "row 1838 of the table `journal` belongs to a row of `cases` that is not there";
    assert_eq!(store.faults().await.expect("looked at"), [said]);
    store.close().await;
}

/// What a server says is told without a line of its own source.
#[tokio::test]
async fn what_a_server_says_is_told_without_its_line() {
    for place in crate::places().await.into_iter().skip(2) {
        place.change("ALTER TABLE protocol DROP COLUMN layout").await;
        let said = place.store.protocols().await.expect_err("a column is gone").to_string();
        assert!(said.contains("layout") && !said.contains("at line"), "{said}");
    }
}

/// What a program for version 4 writes, in its own words: a case with a step, a timer, a message and an item; then a claim, and
/// a step that fires the timer. `TENANT` and `ONE` stand for what a server has in addition.
const AS_VERSION_4: &str = "
  INSERT INTO cases (TENANT label, protocol, version, status, place, opened_at, touched_at, next_due, state, household, secret, sealed)
    VALUES (ONE 'old', (SELECT max(id) FROM protocol), 1, 'running', 'first', 7, 7, 9, '{}', NULL, NULL, NULL);
  INSERT INTO journal (TENANT case_id, step, at, recorded_at, due_at, entries, sealed)
    SELECT ONE id, 1, 7, 8, NULL, '[]', NULL FROM cases WHERE label = 'old';
  INSERT INTO timer (TENANT case_id, timer, generation, due_at, armed)
    SELECT ONE id, 1, 1, 9, TRUE FROM cases WHERE label = 'old';
  INSERT INTO timer (TENANT case_id, timer, generation, due_at, armed)
    SELECT ONE id, 2, 1, 9000, TRUE FROM cases WHERE label = 'old';
  INSERT INTO outbox (TENANT case_id, key, kind, created_at, done_at, payload)
    SELECT ONE id, 'old-1-0', 'notice', 7, NULL, '{}' FROM cases WHERE label = 'old';
  INSERT INTO inbox (TENANT case_id, key, party, topic, created_at, visible_at, message)
    SELECT ONE id, 'old-1-0', 'worker', 'task', 7, 7, '{}' FROM cases WHERE label = 'old';
  UPDATE timer SET epoch = epoch + 1, lease_until = 19, holder = 'four' WHERE due_at <= 9 AND lease_until <= 9;
  UPDATE cases SET version = 2, status = 'running', place = 'second', touched_at = 9, next_due = 9000, state = '{}'
    WHERE label = 'old' AND version = 1;
  INSERT INTO journal (TENANT case_id, step, at, recorded_at, due_at, entries, sealed)
    SELECT ONE id, 2, 9, 9, 9, '[]', NULL FROM cases WHERE label = 'old';
  DELETE FROM timer WHERE timer = 1;
  UPDATE outbox SET done_at = 9, payload = NULL, holder = NULL WHERE key = 'old-1-0' AND done_at IS NULL;
  INSERT INTO incident (TENANT case_id, key, why, since) SELECT ONE id, 'action-1', 'why', 9 FROM cases WHERE label = 'old'";

/// The tables of versions 5 and 6 only add: a program for version 4 goes on beside this one, in its own words, and is not refused.
#[tokio::test]
async fn a_program_for_version_4_goes_on_beside_this_one() {
    for place in crate::places().await.into_iter().skip(1) {
        place.store.put_protocol(&protocol("one")).await.expect("written");
        let server = place.name == "postgres";
        let words = |text: &str| {
            let (tenant, one) = if server { ("tenant,", "1,") } else { ("", "") };
            text.replace("TENANT", tenant).replace("ONE", one)
        };
        let oldest = if server {
            let url = place.address.display().to_string();
            let name = url.split(['/', '?']).nth(3).expect("a name").to_owned();
            let server = SERVER.as_ref().expect("there");
            server.sql(&name, &words(AS_VERSION_4));
            server.sql(&name, "SELECT oldest FROM about")
        } else {
            run(&place.address, &words(AS_VERSION_4)).await;
            "4".to_owned()
        };
        assert_eq!(oldest, "4", "{}", place.name);
        let row = place.store.case_labelled("old").await.expect("read").expect("there");
        assert_eq!((row.version, row.place.as_str(), row.next_due), (2, "second", Some(9000)));
        let timers = place.store.timers(row.id).await.expect("read");
        assert_eq!(
            timers.iter().map(|timer| (timer.timer, timer.party.as_deref())).collect::<Vec<_>>(),
            [(2, None)]
        );
        assert_eq!(place.store.cases_of_party(None, 9).await.expect("read"), [row.id]);
        let whose = TimerParty { case_id: row.id, timer: 2, party: "worker".to_owned() };
        for told in [1, 0] {
            let parties = Upkeep::Parties(vec![whose.clone()]);
            assert_eq!(place.store.upkeep(parties).await.expect("told"), told, "{}", place.name);
        }
        assert_eq!(place.store.cases_of_party(Some("worker"), 9).await.expect("read"), [row.id]);
        assert_eq!(place.store.cases_of_party(None, 9).await.expect("read"), [0; 0]);
    }
}

#[tokio::test]
async fn version_5_is_brought_up_to_date_on_both_beside_programs_that_go_on() {
    for place in crate::places().await.into_iter().skip(1) {
        let of = |label: &str, household_cases| {
            let write = place.new_case(label);
            CaseWrite { household: Some("h-1".to_owned()), household_cases, ..write }
        };
        if place.name == "postgres" {
            let url = place.address.display().to_string();
            let name = url.split(['/', '?']).nth(3).expect("a name").to_owned();
            SERVER.as_ref().expect("there").sql(&name, VERSION_5);
        } else {
            run(&place.address, &format!("{VERSION_5}; PRAGMA user_version = 5")).await;
        }
        // One that knows no turns, and had it open before.
        place.commit(of("a", None)).await.expect("written");
        let new = Store::open(&place.address).await.expect("brought up to date");
        place.commit(of("b", None)).await.expect("it goes on");
        for (seen, written) in [(1, false), (2, true)] {
            let done = new.commit(vec![of("c", Some(seen))], Lane::Command).await;
            assert_eq!(done.is_ok(), written, "{}: {done:?}", place.name);
        }
        new.close().await;
    }
}

#[tokio::test]
async fn version_4_is_brought_up_to_date_on_both_beside_programs_that_go_on() {
    for place in crate::places().await.into_iter().skip(1) {
        let id = place.open("a").await;
        let old = format!("{VERSION_4}; DELETE FROM inbox");
        if place.name == "postgres" {
            let url = place.address.display().to_string();
            let name = url.split(['/', '?']).nth(3).expect("a name").to_owned();
            SERVER.as_ref().expect("there").sql(&name, &old);
        } else {
            run(&place.address, &format!("{old}; PRAGMA user_version = 4")).await;
        }
        let new = Store::open(&place.address).await.expect("brought up to date");
        assert_eq!(new.timers(id).await.expect("read").remove(0).party, None, "{}", place.name);
        assert_eq!(new.items_to_write().await.expect("read").as_deref(), Some(""));
        new.upkeep(Upkeep::Items { items: Vec::new(), after: Some("a".to_owned()) }).await.expect("gone on");
        assert_eq!(new.items_to_write().await.expect("read").as_deref(), Some("a"));
        new.upkeep(Upkeep::Items { items: Vec::new(), after: None }).await.expect("done");
        assert_eq!(new.items_to_write().await.expect("read"), None);
        // Who had it open before goes on.
        place.open("b").await;
        new.close().await;
    }
}
