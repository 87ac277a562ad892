//! Damage that is planted in a database is found.

use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use voordeur_engine::{Entry, Message};
use voordeur_protocol::compile;
use voordeur_runtime::{Fault, Heir, Runtime, Silent, SystemClock, micros};
use voordeur_store::{DecreeRow, Kind, Lane, Outgoing, ProtocolRow, StepWrite, Store};

use crate::draw::{Dice, report};

const EROPAF: &str = include_str!("../../../../dsl-examples/eropaf/eropaf.pathway");

/// What each damage is, and what is said of it.
/// `ID` stands for the number of the case.
const DAMAGE: [(&str, &str); 72] = [
    (
        "UPDATE cases SET state = json_set(state, '$.serials', 99) WHERE id = ID",
        "its journal does not give its state",
    ),
    ("UPDATE cases SET state = '{' WHERE id = ID", "cannot be read"),
    ("UPDATE cases SET place = 'elsewhere' WHERE id = ID", "its column `place`"),
    ("UPDATE cases SET status = 'ended' WHERE id = ID", "its column `status`"),
    ("UPDATE cases SET next_due = 5 WHERE id = ID", "its column `next_due`"),
    ("UPDATE cases SET version = version + 1 WHERE id = ID", "does not have the steps 1 to"),
    ("DELETE FROM journal WHERE case_id = ID AND step = 2", "does not have the steps 1 to"),
    (
        "UPDATE journal SET entries = '[]' WHERE case_id = ID AND step = 1",
        "its journal does not give its state",
    ),
    (
        "UPDATE journal SET entries = replace(entries, '\"rule\":', '\"rule\":9') WHERE case_id = ID",
        "names parts that its pathway does not have",
    ),
    ("UPDATE journal SET due_at = due_at + 1 WHERE case_id = ID", "has another due moment than its timer"),
    ("UPDATE timer SET due_at = due_at + 1 WHERE case_id = ID", "is not due when its journal says"),
    ("DELETE FROM timer WHERE case_id = ID", "is not in the table of timers"),
    ("UPDATE timer SET party = 'nobody' WHERE case_id = ID", "is not of whom its journal says"),
    (
        "UPDATE timer SET lease_until = 9223372036854775807 WHERE case_id = ID",
        "its timers are put aside, and that is no incident",
    ),
    (
        "UPDATE outbox SET lease_until = 9223372036854775807, done_at = NULL WHERE key = 'ID-1-0'",
        "a message of it is put aside, and that is no incident",
    ),
    ("DELETE FROM inbox WHERE key = 'ID-1-0'", "its message ID-1-0 is in no inbox"),
    ("UPDATE inbox SET key = 'ID-9-9' WHERE key = 'ID-1-0'", "an inbox has an item ID-9-9"),
    ("UPDATE inbox SET party = 'landlord' WHERE key = 'ID-1-0'", "its item ID-1-0 does not say"),
    ("UPDATE inbox SET topic = 'else' WHERE key = 'ID-1-0'", "its item ID-1-0 does not say"),
    (
        "INSERT INTO document (case_id, key, name, media_type, text, made_at) VALUES (ID, 'ID-1-0', 'n', 'text/plain', 'x', 5)",
        "it has a document of ID-1-0, which no call has made",
    ),
    (
        "UPDATE outbox SET kind = 'call', done_at = 9 WHERE key = 'ID-1-0'; INSERT INTO document (case_id, key, name, media_type, text, made_at)
         SELECT case_id, key, 'n', 'text/plain', 'sealed:AAAA', 9000000000000000 FROM outbox WHERE key = 'ID-1-0'",
        "is not as it was made",
    ),
    ("UPDATE inbox SET message = '{}' WHERE key = 'ID-1-0'", "its item ID-1-0 does not say"),
    (
        "INSERT INTO delivery (case_id, key, channel, party, topic, created_at, next_at, message)
         SELECT case_id, key, 'box', 'landlord', topic, created_at, 0, message FROM inbox WHERE key = 'ID-1-0'",
        "its delivery of ID-1-0 by `box`",
    ),
    (
        "INSERT INTO incident (case_id, key, why, since) VALUES (ID, 'action-77', 'x', 0)",
        "an incident `action-77` about nothing",
    ),
    ("INSERT INTO incident (case_id, key, why, since) VALUES (ID, 'else', 'x', 0)", "an incident `else`"),
    ("DELETE FROM outbox WHERE key = 'ID-1-0'", "its message ID-1-0 is not in the outbox"),
    (
        "PRAGMA foreign_keys = off; INSERT INTO journal (case_id, step, at, entries) VALUES (77, 1, 5, '[]')",
        "of the table `journal` belongs to a row of `cases` that is not there",
    ),
    (
        "PRAGMA foreign_keys = off; INSERT INTO incident (case_id, key, why, since) VALUES (77, 'x', 'x', 5)",
        "a row of the table `incident` belongs to a row of `cases` that is not there",
    ),
    ("UPDATE timer SET lease_until = 9000000000000000 WHERE case_id = ID", "is taken by a worker for more than a day"),
    (
        "UPDATE outbox SET lease_until = 9000000000000000, done_at = NULL WHERE key = 'ID-1-0'",
        "its message ID-1-0 is taken by a worker",
    ),
    (
        "INSERT INTO delivery (case_id, key, channel, party, topic, created_at, next_at, message, lease_until)
         SELECT case_id, key, 'box', party, topic, created_at, 0, message, 9000000000000000 FROM inbox WHERE key = 'ID-1-0'",
        "its delivery of ID-1-0 is taken by a worker",
    ),
    ("INSERT INTO lead VALUES ('upkeep', 'somebody', 9000000000000000)", "the lead in `upkeep` is taken"),
    (
        "INSERT INTO delivery (case_id, key, channel, party, topic, created_at, next_at, message)
         SELECT case_id, 'ID-9-9', 'box', party, topic, created_at, 0, message FROM inbox WHERE key = 'ID-1-0'",
        "the delivery of ID-9-9 is of no message in the outbox",
    ),
    ("UPDATE inbox SET key = 'ID-9-9' WHERE key = 'ID-1-0'", "the item ID-9-9 of an inbox is of no message"),
    ("INSERT INTO about VALUES (6, 4)", "is there 2 times"),
    ("UPDATE protocol SET source = replace(source, 'intake', 'outtake')", "it does not compile any more"),
    ("UPDATE protocol SET source = 'pathway {'", "it does not compile any more"),
    ("UPDATE protocol SET layout = 'else'", "it compiles to something else"),
    ("UPDATE protocol SET name = 'else'", "is called `else` 2008.1, and its text says `eropaf` 2008.1"),
    ("UPDATE protocol SET retired_at = 5, successor = '2099'", "who goes on with its cases is not in the database"),
    ("UPDATE protocol SET retired_at = 5, owner = 'nobody'", "who goes on with its cases is not in the database"),
    (
        "UPDATE protocol SET retired_at = 5, owner = 'worker'",
        "its version is retired, and it was not told who goes on with it",
    ),
    ("UPDATE outbox SET done_at = created_at, payload = 'x' WHERE key = 'ID-1-0'", "its message ID-1-0 is done, and is not empty"),
    ("INSERT INTO decree VALUES ('2029-13-11', 'x', 1)", "the decree of `2029-13-11` names no day"),
    ("INSERT INTO decree VALUES ('2029-05-11', '', 1)", "the decree of `2029-05-11`"),
    (
        "UPDATE journal SET recorded_at = recorded_at + 60000000 WHERE case_id = ID AND step = 2",
        "a step of its journal is not as it was written",
    ),
    (
        "UPDATE journal SET entries = replace(entries, '[{', '[ {') WHERE case_id = ID AND step = 1",
        "a step of its journal is not as it was written",
    ),
    (
        "INSERT INTO journal (case_id, step, at, recorded_at, entries) SELECT id, version + 1, touched_at, touched_at, '[]' FROM cases
         WHERE id = ID; UPDATE cases SET version = version + 1 WHERE id = ID",
        "a step of its journal is not as it was written",
    ),
    (
        "UPDATE outbox SET done_at = NULL, payload = '{}' WHERE key = 'ID-1-0'",
        "its message ID-1-0 does not say what its journal says",
    ),
    (
        "INSERT INTO delivery (case_id, key, channel, party, topic, created_at, next_at, message, state)
         SELECT case_id, key, 'box', party, topic, created_at, 0, message, 'sent' FROM inbox WHERE key = 'ID-1-0'",
        "its delivery of ID-1-0 by `box`",
    ),
    ("DROP INDEX timer_due; UPDATE cases SET id = id WHERE id = ID", "the tables have no `timer_due`"),
    (
        "CREATE TRIGGER planted AFTER UPDATE ON timer BEGIN SELECT 1; END; UPDATE cases SET id = id WHERE id = ID",
        "the tables have a `planted` that no program of voordeur makes",
    ),
    ("UPDATE about SET version = 99", "the tables say that they have version 99"),
    ("DELETE FROM about; INSERT INTO about VALUES (5, 4)", "the tables say that they have version 5"),
    (
        "CREATE VIEW planted AS SELECT 1; UPDATE cases SET id = id WHERE id = ID",
        "the tables have a `planted` that no program of voordeur makes",
    ),
    (
        "CREATE TRIGGER cases AFTER UPDATE ON timer BEGIN SELECT 1; END; UPDATE cases SET id = id WHERE id = ID",
        "the tables have a `cases` that no program of voordeur makes",
    ),
    ("UPDATE timer SET epoch = 9223372036854775807 WHERE case_id = ID", "was taken as often as nothing can be"),
    ("UPDATE timer SET epoch = -1 WHERE case_id = ID", "was taken as often as nothing can be"),
    (
        "UPDATE outbox SET epoch = 9007199254740992 WHERE key = 'ID-1-0'",
        "its message ID-1-0 was taken as often as nothing can be",
    ),
    (
        "INSERT INTO delivery (case_id, key, channel, party, topic, created_at, next_at, message, epoch)
         SELECT case_id, key, 'box', party, topic, created_at, 0, message, 9223372036854775807 FROM inbox WHERE key = 'ID-1-0'",
        "its delivery of ID-1-0 was taken as often as nothing can be",
    ),
    ("UPDATE timer SET generation = 0 WHERE case_id = ID", "was not set as often as its row says"),
    ("UPDATE timer SET generation = 99 WHERE case_id = ID", "was not set as often as its row says"),
    (
        "UPDATE outbox SET created_at = created_at + 1 WHERE key = 'ID-1-0'",
        "its message ID-1-0 was not written when its journal says",
    ),
    (
        "UPDATE inbox SET visible_at = 9000000000000000 WHERE key = 'ID-1-0'",
        "its item ID-1-0 is not shown when its journal says",
    ),
    (
        "UPDATE inbox SET visible_at = created_at - 1 WHERE key = 'ID-1-0'",
        "its item ID-1-0 is not shown when its journal says",
    ),
    ("UPDATE inbox SET created_at = created_at - 1 WHERE key = 'ID-1-0'", "its item ID-1-0 does not say"),
    (
        "UPDATE inbox SET snoozed_until = 9000000000000000 WHERE key = 'ID-1-0'",
        "its item ID-1-0 sleeps for more than a year",
    ),
    (
        "UPDATE inbox SET done_at = created_at - 1 WHERE key = 'ID-1-0'",
        "its item ID-1-0 is done at a moment that cannot be",
    ),
    (
        "UPDATE inbox SET done_at = 9000000000000000 WHERE key = 'ID-1-0'",
        "its item ID-1-0 is done at a moment that cannot be",
    ),
    (
        "UPDATE outbox SET kind = 'call', done_at = 9 WHERE key = 'ID-1-0'; INSERT INTO document (case_id, key, name, media_type, text, made_at)
         VALUES (ID, 'ID-1-0', 'n', 'text/plain', 'x', 5)",
        "it has a document of ID-1-0, which no call has made",
    ),
    (
        "INSERT INTO incident (case_id, key, why, since) VALUES (ID, 'timers', 'x', 0)",
        "an incident `timers` about nothing that stands still",
    ),
    (
        "INSERT INTO incident (case_id, key, why, since) VALUES (ID, 'timers', 'x', 1700000000000000)",
        "an incident `timers` about nothing that stands still",
    ),
];

async fn faults(file: &std::path::Path) -> Vec<Fault> {
    let store = Store::open(file).await.expect("opened");
    let runtime = Runtime::new(store, None).await.expect("a runtime").recorded_by(SystemClock);
    let audit = runtime.verify(|_, _| {}).await.expect("read");
    assert_eq!(audit.looked_at.cases, 12);
    runtime.store().close().await;
    audit.faults
}

/// A case that runs, with a personal value, a timer that has fired, one that waits, and a message.
async fn victim(runtime: &Runtime) -> (String, i64) {
    for row in runtime.store().cases("", 100).await.expect("read") {
        let timers = runtime.store().timers(row.id).await.expect("read");
        let messages = runtime.store().messages(row.id).await.expect("read");
        let journal = runtime.store().journal(row.id).await.expect("read");
        let first = format!("{}-1-0", row.id);
        let fired = journal.iter().any(|step| step.due_at.is_some() && step.entries.contains("\"rule\":"));
        if row.secret.is_some()
            && !timers.is_empty()
            && fired
            && messages.iter().any(|message| message.key == first)
        {
            return (row.label, row.id);
        }
    }
    panic!("no case has all of it");
}

#[tokio::test]
async fn planted_damage_is_found_and_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, copy) = (folder.path().join("whole.db"), folder.path().join("copy.db"));
    let store = Store::create(&whole).await.expect("made");
    let mut runtime = Runtime::new(store, None).await.expect("a runtime");
    let start: Timestamp = "2008-03-03T09:00:00Z".parse().expect("a moment");
    let protocol = compile(EROPAF).protocols.into_iter().next().expect("a pathway");
    let id = runtime.add(protocol.clone(), start).await.expect("added");
    for n in 0..12 {
        let event = report(&protocol, &mut Dice(n));
        runtime.open(id, &format!("case-{n}"), &event, start, &mut Silent).await.expect("opened");
    }
    let later: Timestamp = "2008-03-12T09:00:00Z".parse().expect("a moment");
    runtime.advance(later, &mut Silent).await.expect("advanced");
    let (victim, id) = victim(&runtime).await;
    runtime.store().close().await;
    assert_eq!(faults(&whole).await, [], "nothing is wrong yet");
    let mut missed = Vec::new();
    for (damage, said) in DAMAGE {
        let [damage, said] = [damage, said].map(|text| text.replace("ID", &id.to_string()));
        std::fs::copy(&whole, &copy).expect("a copy");
        let pool =
            SqlitePool::connect_with(SqliteConnectOptions::new().filename(&copy)).await.expect("opened");
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(damage.clone())).execute(&pool).await.expect("damaged");
        pool.close().await;
        let found = faults(&copy).await;
        let named = found.iter().any(|fault| fault.what.contains(&said));
        // What is wrong with the pathway is wrong with all of its cases.
        let of_all = damage.contains("UPDATE protocol");
        let case_only =
            of_all || found.iter().all(|fault| fault.case.as_deref().is_none_or(|case| case == victim));
        if done.rows_affected() == 0 || !named || !case_only {
            missed.push((damage, done.rows_affected(), found));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

/// What a case was told of its version and of decrees is missed when it is gone.
#[tokio::test]
async fn a_retirement_and_a_decree_that_were_taken_away_are_missed() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let mut runtime = Runtime::new(Store::create(&file).await.expect("made"), None).await.expect("a runtime");
    let start: Timestamp = "2029-05-09T09:00:00Z".parse().expect("a moment");
    let protocol = compile(EROPAF).protocols.into_iter().next().expect("a pathway");
    let id = runtime.add(protocol.clone(), start).await.expect("added");
    let event = report(&protocol, &mut Dice(1));
    runtime.open(id, "a", &event, start, &mut Silent).await.expect("opened");
    let decree = |day: &str, because: &str| DecreeRow {
        what: day.to_owned(),
        because: because.to_owned(),
        added_at: 5,
    };
    let days = vec![decree("2029-05-11", "Stcrt. 2028, 1"), decree("2029-05-14", "Stcrt. 2028, 12")];
    assert_eq!(runtime.decree(days, start, &mut Silent, |_| {}).await.expect("decreed"), 1);
    runtime
        .retire("eropaf", "2008.1", Heir::Owner("teamlead"), start, &mut Silent, |_| {})
        .await
        .expect("retired");
    runtime.store().close().await;
    let told = async |damage: &str| {
        let copy = folder.path().join("copy.db");
        std::fs::copy(&file, &copy).expect("a copy");
        let options = SqliteConnectOptions::new().filename(&copy);
        let pool = SqlitePool::connect_with(options).await.expect("opened");
        sqlx::raw_sql(sqlx::AssertSqlSafe(damage.to_owned())).execute(&pool).await.expect("damaged");
        pool.close().await;
        let runtime = Runtime::new(Store::view(&copy).await.expect("seen"), None).await.expect("a runtime");
        let audit = runtime.verify(|_, _| {}).await.expect("read");
        runtime.store().close().await;
        audit.faults.into_iter().map(|fault| fault.what).collect::<Vec<_>>()
    };
    assert_eq!(told("SELECT 1").await, Vec::<String>::new());
    let found = told("UPDATE protocol SET retired_at = NULL, owner = NULL").await;
    assert_eq!(found, ["its version was retired, and is not any more"]);
    let found = told("DELETE FROM decree WHERE what = '2029-05-14'").await;
    let lost = "it was counted anew because of a decree that is not in the database any more";
    assert!(found.iter().any(|what| what == lost), "{found:#?}");
}

/// Two programs publish other texts under one new label at the same moment: neither knew of the other.
#[tokio::test]
async fn two_meanings_under_one_label_are_found() {
    let store = Store::in_memory();
    let mut runtime = Runtime::new(store.clone(), None).await.expect("a runtime");
    let start: Timestamp = "2008-03-03T09:00:00Z".parse().expect("a moment");
    let named = async |text: String| {
        let protocol = compile(&text).protocols.into_iter().next().expect("a pathway");
        let row = ProtocolRow {
            id: 0,
            name: protocol.name.clone(),
            version: protocol.version.clone(),
            digest: format!("{}:{}", protocol.digest(), protocol.name),
            layout: protocol.layout().to_owned(),
            source: text,
            added_at: 5,
            retirement: None,
        };
        store.put_protocol(&row).await.expect("written");
        let runtime = Runtime::new(store.clone(), None).await.expect("a runtime");
        let audit = runtime.verify(|_, _| {}).await.expect("read");
        audit.faults.into_iter().map(|fault| fault.what).collect::<Vec<_>>()
    };
    runtime
        .add(compile(EROPAF).protocols.into_iter().next().expect("a pathway"), start)
        .await
        .expect("added");
    assert_eq!(named(format!("# Only a remark.\n{EROPAF}")).await, Vec::<String>::new());
    let other = EROPAF.replace("first_visit within 3 working days", "first_visit within 4 working days");
    let [found] = named(other).await.try_into().expect("one fault");
    assert!(found.contains("version 2008.1 of `eropaf` has two texts that do not mean the same"), "{found}");
}

/// What is said to the other cases of a household waits as calls do, and calls no plugin.
#[tokio::test]
async fn a_message_to_a_household_makes_no_document() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let mut runtime = Runtime::new(Store::create(&file).await.expect("made"), None).await.expect("a runtime");
    let start: Timestamp = "2008-03-03T09:00:00Z".parse().expect("a moment");
    let protocol = compile(EROPAF).protocols.into_iter().next().expect("a pathway");
    let id = runtime.add(protocol.clone(), start).await.expect("added");
    let event = report(&protocol, &mut Dice(1));
    runtime.open(id, "a", &event, start, &mut Silent).await.expect("opened");
    let row = runtime.row("a").await.expect("there");
    let mut write = crate::incidents::unchanged(row);
    let entries = [Entry::Sent(Message::Household { household: "h-1".into() })];
    let outgoing = Outgoing { kind: Kind::Call, payload: "{}".to_owned(), item: None, gone: None };
    let step = StepWrite {
        at: micros(start),
        recorded_at: micros(start),
        due_at: None,
        entries: serde_json::to_string(&entries).expect("JSON"),
        sealed: None,
        outgoing: vec![outgoing],
    };
    write.steps = vec![step];
    runtime.store().commit(vec![write], Lane::Command).await.expect("written");
    runtime.store().close().await;
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&file)).await.expect("opened");
    let planted = "UPDATE outbox SET done_at = 9 WHERE key = '1-2-0';
        INSERT INTO document (case_id, key, name, media_type, text, made_at) VALUES (1, '1-2-0', 'n', 'text/plain', 'x', 5)";
    sqlx::raw_sql(planted).execute(&pool).await.expect("planted");
    pool.close().await;
    let runtime = Runtime::new(Store::view(&file).await.expect("seen"), None).await.expect("a runtime");
    let audit = runtime.verify(|_, _| {}).await.expect("read");
    let named =
        audit.faults.iter().any(|fault| fault.what.contains("a document of 1-2-0, which no call has made"));
    assert!(named, "{audit:#?}");
    runtime.store().close().await;
}

/// A timer whose row somebody has changed so that nothing can take it stands still, and all others fire.
#[tokio::test]
async fn a_timer_that_cannot_be_taken_stops_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let mut runtime = Runtime::new(Store::create(&file).await.expect("made"), None).await.expect("a runtime");
    let start: Timestamp = "2008-03-03T09:00:00Z".parse().expect("a moment");
    let protocol = compile(EROPAF).protocols.into_iter().next().expect("a pathway");
    let id = runtime.add(protocol.clone(), start).await.expect("added");
    for label in ["a", "b"] {
        let event = report(&protocol, &mut Dice(1));
        runtime.open(id, label, &event, start, &mut Silent).await.expect("opened");
    }
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&file)).await.expect("opened");
    let planted = "UPDATE timer SET epoch = 9223372036854775807 WHERE case_id = 1";
    sqlx::raw_sql(planted).execute(&pool).await.expect("planted");
    pool.close().await;
    let later: Timestamp = "2008-03-12T09:00:00Z".parse().expect("a moment");
    while runtime.work(later, "one", &mut Silent).await.expect("it goes on").timers > 0 {}
    let store = runtime.store().clone();
    let steps = async |case| store.journal(case).await.expect("read").len();
    assert!(steps(1).await == 1 && steps(2).await > 1, "{} {}", steps(1).await, steps(2).await);
    let audit = runtime.verify(|_, _| {}).await.expect("read");
    assert!(audit.faults.iter().all(|fault| fault.case.as_deref() == Some("a")), "{audit:#?}");
    assert!(audit.faults.iter().any(|fault| fault.what.contains("no worker takes it")), "{audit:#?}");
    // Somebody who lets time go by holds no claims: the timer fires, and what is set anew can be taken.
    runtime.advance(later, &mut Silent).await.expect("advanced");
    assert!(steps(1).await > 1);
    runtime.store().close().await;
}
