//! Writing and reading, one store at a time.

use voordeur_store::{
    CaseWrite, DocumentRow, Done, Key, Kind, Lane, OutboxRow, Retirement, Store, StoreError,
};

use crate::{places, protocol};

#[tokio::test]
async fn a_protocol_with_the_same_source_keeps_its_number() {
    for place in places().await {
        assert_eq!(place.store.put_protocol(&protocol("one")).await.expect("stored"), place.protocol);
        let other = place.store.put_protocol(&protocol("two")).await.expect("stored");
        assert_ne!(other, place.protocol, "{}", place.name);
        let ids: Vec<i64> =
            place.store.protocols().await.expect("read").into_iter().map(|row| row.id).collect();
        assert_eq!(ids, [place.protocol, other], "{}", place.name);
    }
}

#[tokio::test]
async fn what_is_written_is_read() {
    for place in places().await {
        let store = &place.store;
        let both = store.commit(vec![place.new_case("a"), place.new_case("b")], Lane::Command).await;
        let [a, b] = both.expect("written")[..] else { panic!("two numbers") };
        place.commit(place.write(Key::Stored { id: a, version: 1 }, "second", 2)).await.expect("written");
        let row = store.case_labelled("a").await.expect("read").expect("there");
        assert_eq!((row.id, row.version, row.place.as_str(), row.next_due), (a, 3, "second", Some(9)));
        let journal = store.journal(a).await.expect("read");
        let steps: Vec<_> = journal.iter().map(|row| (row.step, row.at, row.recorded_at)).collect();
        assert_eq!(steps, [(1, 7, Some(8)), (2, 7, Some(8)), (3, 7, Some(8))]);
        let keys = |rows: Vec<OutboxRow>| rows.into_iter().map(|row| row.key).collect::<Vec<_>>();
        let calls = keys(store.outbox(Kind::Call, 0, 10).await.expect("read"));
        assert_eq!(calls, [format!("{a}-1-1"), format!("{b}-1-1"), format!("{a}-2-1"), format!("{a}-3-1")]);
        assert_eq!(store.due(8, 10).await.expect("read").len(), 0);
        assert_eq!(store.due(9, 10).await.expect("read").len(), 2);
        assert_eq!(store.next_due(8).await.expect("read"), Some(9));
        assert_eq!(store.next_due(9).await.expect("read"), None);
        let timers = store.timers(a).await.expect("read");
        assert_eq!(timers.iter().map(|row| (row.timer, row.generation)).collect::<Vec<_>>(), [(1, 2)]);
        let labels: Vec<String> =
            store.cases("a", 10).await.expect("read").into_iter().map(|row| row.label).collect();
        assert_eq!(labels, ["b"], "{}", place.name);
    }
}

#[tokio::test]
async fn of_two_writers_one_is_first_and_the_other_writes_nothing() {
    for place in places().await {
        let (a, b) = (place.open("a").await, place.open("b").await);
        let update = |id| place.write(Key::Stored { id, version: 1 }, "second", 1);
        place.commit(update(a)).await.expect("written");
        let late = place.store.commit(vec![update(b), update(a)], Lane::Sweep).await;
        assert!(matches!(late, Err(StoreError::Conflict)), "{}: {late:?}", place.name);
        assert_eq!(
            place.store.case(b).await.expect("read").expect("there").version,
            1,
            "nothing was written"
        );
        assert_eq!(place.store.journal(b).await.expect("read").len(), 1);
    }
}

#[tokio::test]
async fn what_rests_on_a_household_is_written_as_long_as_it_has_so_many_cases() {
    for place in places().await {
        let of = |label: &str, household: &str, seen| {
            let mut write = place.new_case(label);
            (write.household, write.household_cases) = (Some(household.to_owned()), seen);
            write
        };
        place.commit(of("a", "h-1", Some(0))).await.expect("written");
        let late = [("b", "h-1", 0), ("b", "h-1", 2), ("a", "h-1", 0), ("b", "h-2", 1)];
        for (label, household, seen) in late {
            let late = place.commit(of(label, household, Some(seen))).await;
            assert!(matches!(late, Err(StoreError::Conflict)), "{}: {late:?}", place.name);
        }
        let both = vec![of("b", "h-2", Some(0)), of("c", "h-2", Some(0))];
        let both = place.store.commit(both, Lane::Command).await;
        assert!(matches!(both, Err(StoreError::Conflict)), "{}: one of them is first: {both:?}", place.name);
        assert_eq!(place.store.counts().await.expect("counted").cases, 1, "{}: nothing else", place.name);
        place.commit(of("b", "h-1", Some(1))).await.expect("written");
        let two = vec![of("c", "h-1", None), of("d", "h-2", Some(0))];
        place.store.commit(two, Lane::Command).await.expect("it rests on nothing, or on another one");
        assert_eq!(place.store.cases_of("h-1").await.expect("read").len(), 3, "{}", place.name);
    }
}

#[tokio::test]
async fn a_label_is_given_once() {
    for place in places().await {
        place.open("a").await;
        for other in ["a", "b"] {
            let again = vec![place.new_case("b"), place.new_case(other)];
            let again = place.store.commit(again, Lane::Command).await;
            assert!(
                matches!(again, Err(StoreError::Exists { ref label }) if label == other),
                "{}: {again:?}",
                place.name
            );
        }
        assert!(place.store.case_labelled("b").await.expect("read").is_none(), "all or nothing");
    }
}

/// Who asks before sees another moment: the write itself holds it. What is written together with it is written.
#[tokio::test]
async fn no_case_comes_to_a_protocol_that_is_retired() {
    for place in places().await {
        let store = &place.store;
        let id = place.open("a").await;
        let other = store.put_protocol(&protocol("two")).await.expect("stored");
        let retirement = Retirement { at: 9, successor: None, owner: Some("house".to_owned()) };
        store.retire(&[place.protocol], &retirement).await.expect("retired");
        let refused = store.commit(vec![place.new_case("b")], Lane::Command).await;
        assert!(matches!(refused, Err(StoreError::Retired)), "{}: {refused:?}", place.name);
        // A case that runs on it goes on, and goes to another one; it does not come back.
        let at = |version| Key::Stored { id, version };
        place.commit(place.write(at(1), "second", 1)).await.expect("it goes on");
        let moved =
            |version, protocol| CaseWrite { protocol, arrives: true, ..place.write(at(version), "x", 1) };
        place.commit(moved(2, other)).await.expect("it goes over");
        let back = place.commit(moved(3, place.protocol)).await;
        assert!(matches!(back, Err(StoreError::Retired)), "{}: {back:?}", place.name);
        // Of many who write at the same moment only those are refused that come to it.
        let on = |label: &str, protocol| CaseWrite { protocol, ..place.new_case(label) };
        let writes = (0..20).map(|n| on(&format!("c-{n}"), if n % 2 == 0 { place.protocol } else { other }));
        let commits = writes.map(|write| {
            let store = store.clone();
            tokio::spawn(async move { store.commit(vec![write], Lane::Command).await })
        });
        let mut written = 0;
        for commit in commits.collect::<Vec<_>>() {
            written += usize::from(commit.await.expect("it ends").is_ok());
        }
        assert_eq!(written, 10, "{}", place.name);
    }
}

#[tokio::test]
async fn a_call_is_answered_once_with_its_documents() {
    for place in places().await {
        let store = &place.store;
        let id = place.open("a").await;
        let call = store.outbox(Kind::Call, 0, 10).await.expect("read").remove(0);
        let document = DocumentRow {
            key: call.key.clone(),
            name: "brief.txt".to_owned(),
            media_type: "text/plain".to_owned(),
            text: "…".to_owned(),
            made_at: 8,
        };
        let done = Done { outbox: call.id, epoch: call.epoch, at: 8, documents: vec![document.clone()] };
        let answer = |version| {
            let mut write = place.write(Key::Stored { id, version }, "second", 1);
            write.done.push(done.clone());
            write
        };
        place.commit(answer(1)).await.expect("written");
        assert_eq!(store.documents(id).await.expect("read"), [document]);
        assert!(store.outbox(Kind::Call, 0, 10).await.expect("read").iter().all(|row| row.id != call.id));
        let again = place.commit(answer(2)).await;
        assert!(matches!(again, Err(StoreError::Conflict)), "{}: {again:?}", place.name);
        let gone_out = store.messages(id).await.expect("read");
        let gone_out: Vec<_> =
            gone_out.iter().filter_map(|row| Some((row.key.as_str(), row.done_at?))).collect();
        assert_eq!(gone_out, [(call.key.as_str(), 8)]);
    }
}

#[tokio::test]
async fn two_programs_work_on_one_database() {
    for place in places().await.into_iter().skip(1) {
        let other = Store::open(&place.address).await.expect("opened");
        let id = place.open("a").await;
        assert!(other.case_labelled("a").await.expect("read").is_some());
        let update = || place.write(Key::Stored { id, version: 1 }, "second", 1);
        other.commit(vec![update()], Lane::Command).await.expect("written");
        assert!(matches!(place.commit(update()).await, Err(StoreError::Conflict)), "{}", place.name);
        other.close().await;
        place.store.close().await;
        assert!(matches!(place.commit(update()).await, Err(StoreError::Closed)), "{}", place.name);
    }
}

#[tokio::test]
async fn a_file_is_copied_while_others_write() {
    for place in places().await {
        let folder = tempfile::tempdir().expect("a folder");
        let copy = folder.path().join("copy.db");
        let id = place.open("a").await;
        let copied = place.store.copy_to(&copy).await;
        if place.name != "sqlite" {
            assert!(matches!(copied, Err(StoreError::NoCopy { .. })), "{}: {copied:?}", place.name);
            continue;
        }
        copied.expect("copied");
        place.open("b").await;
        let copy = Store::open(&copy).await.expect("it is a database");
        assert_eq!(copy.counts().await.expect("counted").cases, 1, "as it was at that moment");
        assert_eq!(copy.timers(id).await.expect("read").len(), 1);
        assert!(
            place.store.copy_to(&folder.path().join("copy.db")).await.is_err(),
            "nothing is written over"
        );
        copy.close().await;
    }
}
