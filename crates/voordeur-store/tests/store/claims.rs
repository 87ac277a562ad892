//! Claims: bounded, oldest first, over at their time, and worth nothing once somebody else has one.

use voordeur_store::{
    Claim, Done, IncidentRow, Key, Kind, Oddity, StoreError, TIMERS, TimerClaim, TimerWrite, Upkeep,
};

use crate::{Place, SERVER, place, places};

fn claim(now: i64, limit: u32) -> Claim {
    Claim { holder: "one".to_owned(), now, until: now + 10, limit }
}

/// Three cases whose timers are due at 30, 10 and 20.
async fn three(place: &Place) -> [i64; 3] {
    let mut ids = [0; 3];
    for (slot, due_at) in ids.iter_mut().zip([30, 10, 20]) {
        let mut write = place.new_case(&format!("due-{due_at}"));
        write.timers = vec![
            TimerWrite { timer: 1, due_at, armed: true, party: String::new() },
            TimerWrite { timer: 2, due_at: 5, armed: false, party: String::new() },
        ];
        *slot = place.commit(write).await.expect("written");
    }
    ids
}

#[tokio::test]
async fn timers_are_taken_oldest_first_and_only_while_nobody_holds_them() {
    for place in places().await {
        let [late, early, middle] = three(&place).await;
        let taken = async |now, limit| {
            let taken = place.store.claim_timers(&claim(now, limit)).await.expect("taken");
            taken.iter().map(|timer| (timer.case_id, timer.due_at, timer.claim.epoch)).collect::<Vec<_>>()
        };
        assert_eq!(taken(9, 5).await, [], "what is held or paused does not fire");
        assert_eq!(taken(40, 2).await, [(early, 10, 1), (middle, 20, 1)], "{}", place.name);
        assert_eq!(taken(49, 2).await, [(late, 30, 1)]);
        assert_eq!(taken(49, 2).await, []);
        assert_eq!(taken(50, 5).await, [(early, 10, 2), (middle, 20, 2)], "the leases of these are over");
    }
}

#[tokio::test]
async fn who_comes_back_after_its_claim_has_passed_on_changes_nothing() {
    for place in places().await {
        let id = place.open("a").await;
        let fired = |claim| {
            let mut write = place.write(Key::Stored { id, version: 1 }, "second", 1);
            (write.timers, write.cleared, write.claims) = (Vec::new(), vec![1], vec![claim]);
            write
        };
        let first = place.store.claim_timers(&claim(9, 1)).await.expect("taken").remove(0).claim;
        let second = place.store.claim_timers(&claim(19, 1)).await.expect("taken").remove(0).claim;
        let zombie = place.commit(fired(first)).await;
        assert!(matches!(zombie, Err(StoreError::Conflict)), "{}: {zombie:?}", place.name);
        place.commit(fired(second)).await.expect("written");
        assert_eq!(place.store.timers(id).await.expect("read"), []);
        assert_eq!(place.store.journal(id).await.expect("read").len(), 2);
    }
}

#[tokio::test]
async fn a_timer_that_is_set_anew_is_another_one() {
    for place in places().await {
        let id = place.open("a").await;
        let old = place.store.claim_timers(&claim(9, 1)).await.expect("taken").remove(0).claim;
        let mut write = place.write(Key::Stored { id, version: 1 }, "second", 1);
        write.timers = vec![TimerWrite { timer: 1, due_at: 12, armed: true, party: String::new() }];
        place.commit(write).await.expect("written");
        let mut stale = place.write(Key::Stored { id, version: 2 }, "third", 1);
        stale.claims = vec![old];
        assert!(matches!(place.commit(stale).await, Err(StoreError::Conflict)), "{}", place.name);
        let taken = place.store.claim_timers(&claim(12, 1)).await.expect("taken");
        assert_eq!(taken.len(), 1, "nobody holds the new one");
        assert_ne!(taken[0].claim, TimerClaim { timer: 1, epoch: old.epoch });
    }
}

#[tokio::test]
async fn a_call_that_somebody_else_has_taken_is_not_answered() {
    for place in places().await {
        let id = place.open("a").await;
        let first = place.store.claim_outbox(Kind::Call, &claim(9, 5)).await.expect("taken").remove(0);
        assert_eq!(place.store.claim_outbox(Kind::Call, &claim(18, 5)).await.expect("taken"), []);
        let second = place.store.claim_outbox(Kind::Call, &claim(19, 5)).await.expect("taken").remove(0);
        assert_eq!((first.id, first.epoch, second.epoch), (second.id, 1, 2), "{}", place.name);
        let answer = |epoch| {
            let mut write = place.write(Key::Stored { id, version: 1 }, "second", 1);
            write.done.push(Done { outbox: first.id, epoch, at: 20, documents: Vec::new() });
            write
        };
        assert!(matches!(place.commit(answer(1)).await, Err(StoreError::Conflict)));
        place.commit(answer(2)).await.expect("written");
    }
}

/// Somebody has changed a row so that its next epoch would not fit: it is left alone, and found.
#[tokio::test]
async fn a_row_with_an_epoch_that_cannot_be_stops_no_other() {
    for place in places().await.into_iter().skip(1) {
        let [late, early, middle] = three(&place).await;
        for (turn, epoch) in [(1, "9223372036854775807"), (2, "9007199254740992"), (3, "-1")] {
            let planted = format!(
                "UPDATE timer SET epoch = {epoch}, generation = 9223372036854775807 WHERE case_id = {early};
                 UPDATE outbox SET epoch = {epoch} WHERE case_id = {early}"
            );
            place.change(&planted).await;
            let now = 100 * turn;
            let taken = place.store.claim_timers(&claim(now, 9)).await.expect("taken");
            let cases: Vec<i64> = taken.iter().map(|timer| timer.case_id).collect();
            assert_eq!(cases, [middle, late], "{}", place.name);
            for kind in [Kind::Call, Kind::Notice] {
                let taken = place.store.claim_outbox(kind, &claim(now, 9)).await.expect("taken");
                assert!(taken.len() == 2 && taken.iter().all(|row| row.case_id != early), "{}", place.name);
            }
            let strays = place.store.strays(i64::MAX).await.expect("looked at");
            let of =
                |what| strays.iter().filter(|stray| stray.what == what && stray.case_id == early).count();
            assert_eq!((of(Oddity::TimerEpoch), strays.len()), (2, of(Oddity::MessageEpoch) + 2));
            // What is written about that case trips over nothing.
            let write = place.write(Key::Stored { id: early, version: turn }, "on", 1);
            place.commit(write).await.expect("written");
            let (why, key) = ("why".to_owned(), TIMERS.to_owned());
            let incident = IncidentRow { case_id: early, key: key.clone(), why, since: 7, again: 0 };
            place.store.upkeep(Upkeep::Incident(incident)).await.expect("put aside");
            place.store.upkeep(Upkeep::Resolve { case_id: early, key }).await.expect("free");
        }
    }
}

/// Also when the server joins in the most awkward way.
#[tokio::test]
async fn no_more_is_taken_than_was_asked_for() {
    let mut all = places().await;
    if let Some(server) = &*SERVER {
        let url = server.database();
        let name = url.split(['/', '?']).nth(3).expect("a name");
        for plan in ["hashjoin", "mergejoin", "material", "memoize", "indexscan", "bitmapscan"] {
            server.sql("postgres", &format!("ALTER DATABASE {name} SET enable_{plan} = off"));
        }
        all.push(place("postgres, nested loops only", Some(&url)).await);
    }
    for place in all {
        for n in 0..40 {
            place.open(&format!("a-{n}")).await;
        }
        for now in [9, 9, 9] {
            let timers = place.store.claim_timers(&claim(now, 3)).await.expect("taken");
            let calls = place.store.claim_outbox(Kind::Call, &claim(now, 4)).await.expect("taken");
            let notices = place.store.claim_outbox(Kind::Notice, &claim(now, 5)).await.expect("taken");
            assert_eq!((timers.len(), calls.len(), notices.len()), (3, 4, 5), "{}", place.name);
        }
    }
}
