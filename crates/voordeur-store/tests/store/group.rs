//! Many who write at once: each gets its own answer, whatever becomes of the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use voordeur_store::{Key, Lane, Store, StoreError};

use crate::places;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_each_is_answered_for_itself() {
    for place in places().await {
        let place = Arc::new(place);
        let id = place.open("shared").await;
        let each = (0..200).map(|n| {
            let place = Arc::clone(&place);
            tokio::spawn(async move {
                let write = match n % 4 {
                    // Only one of these can be first.
                    0 => place.write(Key::Stored { id, version: 1 }, "second", 1),
                    // Only one of each two can have the label.
                    1 => place.new_case(&format!("twice-{}", n / 8)),
                    _ => place.new_case(&format!("own-{n}")),
                };
                let lane = if n % 3 == 0 { Lane::Sweep } else { Lane::Command };
                place.store.commit(vec![write], lane).await
            })
        });
        let (mut written, mut conflicts, mut taken) = (0, 0, 0);
        for task in each.collect::<Vec<_>>() {
            match task.await.expect("it ends") {
                Ok(_) => written += 1,
                Err(StoreError::Conflict) => conflicts += 1,
                Err(StoreError::Exists { .. }) => taken += 1,
                Err(error) => panic!("{}: {error}", place.name),
            }
        }
        assert_eq!((written, conflicts, taken), (1 + 25 + 100, 49, 25), "{}", place.name);
        let counts = place.store.counts().await.expect("counted");
        assert_eq!((counts.cases, counts.steps), (126, 127), "{}", place.name);
        assert_eq!(place.store.faults().await.expect("looked at"), [""; 0]);
    }
}

/// Two programs, each with many tasks: of those who have seen the same of a household one is first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_decide_about_one_household_at_once_one_is_first() {
    for place in places().await.into_iter().skip(1) {
        let place = Arc::new(place);
        let other = Store::open(&place.address).await.expect("opened");
        for round in 0..20 {
            let each = (0..24).map(|n| {
                let (place, other) = (Arc::clone(&place), other.clone());
                tokio::spawn(async move {
                    let store = if n % 2 == 0 { &place.store } else { &other };
                    let mut write = place.new_case(&format!("case-{round}-{n}"));
                    write.household = Some(format!("h-{round}-{}", n % 3));
                    write.household_cases = Some(0);
                    store.commit(vec![write], Lane::Command).await
                })
            });
            for task in each.collect::<Vec<_>>() {
                let written = task.await.expect("it ends");
                assert!(matches!(written, Ok(_) | Err(StoreError::Conflict)), "{}: {written:?}", place.name);
            }
            for n in 0..3 {
                let cases = place.store.cases_of(&format!("h-{round}-{n}")).await.expect("read");
                assert_eq!(cases.len(), 1, "{}, round {round}", place.name);
            }
        }
        other.close().await;
    }
}

/// A file has no queue: a program with much to write leaves it alone now and then, so that others have their turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_with_much_to_write_locks_nobody_out() {
    const COMMANDS: usize = 30;
    for place in places().await.into_iter().skip(1) {
        let (swept, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let mut ids = Vec::new();
        for n in 0..64 {
            ids.push(place.open(&format!("swept-{n}")).await);
        }
        let place = Arc::new(place);
        let busy = tokio::spawn({
            let (place, swept, over) = (Arc::clone(&place), Arc::clone(&swept), Arc::clone(&over));
            async move {
                for version in 1.. {
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                    let write = |id: &i64| place.write(Key::Stored { id: *id, version }, "second", 1);
                    let writes = ids.iter().map(write).collect();
                    place.store.commit(writes, Lane::Sweep).await.expect("swept");
                    swept.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        // Another program, with connections of its own.
        let other = Store::open(&place.address).await.expect("opened");
        let mut waited = Vec::new();
        for n in 0..COMMANDS {
            let before = swept.load(Ordering::Relaxed);
            let write = place.new_case(&format!("reported-{n}"));
            other.commit(vec![write], Lane::Command).await.expect("it has its turn");
            waited.push(swept.load(Ordering::Relaxed) - before);
        }
        over.store(true, Ordering::Relaxed);
        busy.await.expect("it ends");
        waited.sort_unstable();
        assert!(waited[COMMANDS / 2] <= 8, "{}: so many others went first: {waited:?}", place.name);
        other.close().await;
    }
}
