//! What the store promises: all of a transaction or nothing, and no writer over another.

#![expect(clippy::expect_used, reason = "a panic in a test is a failing test")]

use voordeur_store::{
    CaseWrite, DocumentRow, Done, Key, Kind, Outgoing, ProtocolRow, Status, StepWrite, Store, StoreError,
};

async fn store() -> Store {
    let store = Store::in_memory().await.expect("a database");
    assert_eq!(store.put_protocol(&protocol("one")).await.expect("stored"), 1);
    store
}

fn protocol(digest: &str) -> ProtocolRow {
    let text = |text: &str| text.to_owned();
    ProtocolRow {
        id: 0,
        name: text("a"),
        version: text("1"),
        digest: text(digest),
        layout: text("l"),
        source: text("s"),
        added_at: 5,
    }
}

fn write(key: Key, place: &str, steps: usize) -> CaseWrite {
    let outgoing = |kind, payload: &str| Outgoing { kind, payload: payload.to_owned() };
    let step = StepWrite {
        at: 7,
        entries: "[]".to_owned(),
        outgoing: vec![outgoing(Kind::Notice, "\"n\""), outgoing(Kind::Call, "\"c\"")],
    };
    CaseWrite {
        key,
        protocol: 1,
        status: Status::Running,
        place: place.to_owned(),
        opened_at: 7,
        touched_at: 7,
        next_due: Some(9),
        state: "{}".to_owned(),
        steps: vec![step; steps],
        done: Vec::new(),
    }
}

fn new(label: &str) -> CaseWrite {
    write(Key::New(label.to_owned()), "first", 1)
}

#[tokio::test]
async fn a_protocol_with_the_same_source_keeps_its_number() {
    let store = store().await;
    assert_eq!(store.put_protocol(&protocol("one")).await.expect("stored"), 1);
    assert_eq!(store.put_protocol(&protocol("two")).await.expect("stored"), 2);
    assert_eq!(store.protocols().await.expect("read").len(), 2);
}

#[tokio::test]
async fn what_is_written_is_read() {
    let store = store().await;
    assert_eq!(store.commit(&[new("a"), new("b")]).await.expect("written"), [1, 2]);
    let update = write(Key::Stored { id: 1, version: 1 }, "second", 2);
    store.commit(&[update]).await.expect("written");
    let row = store.case_labelled("a").await.expect("read").expect("there");
    assert_eq!((row.version, row.place.as_str(), row.next_due), (3, "second", Some(9)));
    let steps: Vec<i64> = store.journal(1).await.expect("read").iter().map(|row| row.step).collect();
    assert_eq!(steps, [1, 2, 3]);
    let keys = |rows: Vec<voordeur_store::OutboxRow>| rows.into_iter().map(|row| row.key).collect::<Vec<_>>();
    assert_eq!(
        keys(store.outbox(Kind::Call, 0, 10).await.expect("read")),
        ["1-1-1", "2-1-1", "1-2-1", "1-3-1"]
    );
    assert_eq!(store.due(8, 10).await.expect("read").len(), 0);
    assert_eq!(store.due(9, 10).await.expect("read").len(), 2);
    assert_eq!(store.next_due().await.expect("read"), Some(9));
}

#[tokio::test]
async fn of_two_writers_one_is_first_and_the_other_writes_nothing() {
    let store = store().await;
    store.commit(&[new("a"), new("b")]).await.expect("written");
    let update = |id| write(Key::Stored { id, version: 1 }, "second", 1);
    store.commit(&[update(1)]).await.expect("written");
    let late = store.commit(&[update(2), update(1)]).await;
    assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
    assert_eq!(store.case(2).await.expect("read").expect("there").version, 1, "nothing of it was written");
    assert_eq!(store.journal(2).await.expect("read").len(), 1);
}

#[tokio::test]
async fn a_label_is_given_once() {
    let store = store().await;
    store.commit(&[new("a")]).await.expect("written");
    let again = store.commit(&[new("b"), new("a")]).await;
    assert!(matches!(again, Err(StoreError::Exists { ref label }) if label == "a"), "{again:?}");
    assert!(store.case_labelled("b").await.expect("read").is_none(), "all or nothing");
}

#[tokio::test]
async fn a_call_is_answered_once_with_its_documents() {
    let store = store().await;
    store.commit(&[new("a")]).await.expect("written");
    let call = store.outbox(Kind::Call, 0, 10).await.expect("read").remove(0);
    let document = DocumentRow {
        key: call.key.clone(),
        name: "brief.txt".to_owned(),
        media_type: "text/plain".to_owned(),
        text: "…".to_owned(),
        made_at: 8,
    };
    let done = Done { outbox: call.id, at: 8, documents: vec![document.clone()] };
    let answer = |version| CaseWrite {
        done: vec![done.clone()],
        ..write(Key::Stored { id: 1, version }, "second", 1)
    };
    store.commit(&[answer(1)]).await.expect("written");
    assert_eq!(store.documents(1).await.expect("read"), [document]);
    assert!(store.outbox(Kind::Call, 0, 10).await.expect("read").iter().all(|row| row.id != call.id));
    let again = store.commit(&[answer(2)]).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
}

#[tokio::test]
async fn two_programs_work_on_one_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.db");
    assert!(matches!(Store::open(&path).await, Err(StoreError::Missing { .. })));
    let one = Store::create(&path).await.expect("made");
    let other = Store::open(&path).await.expect("opened");
    one.put_protocol(&protocol("one")).await.expect("stored");
    one.commit(&[new("a")]).await.expect("written");
    assert!(other.case_labelled("a").await.expect("read").is_some());
    let update = || write(Key::Stored { id: 1, version: 1 }, "second", 1);
    other.commit(&[update()]).await.expect("written");
    assert!(matches!(one.commit(&[update()]).await, Err(StoreError::Conflict)));
}
