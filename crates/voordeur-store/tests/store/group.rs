//! Many who write at once: each gets its own answer, whatever becomes of the others.

use std::sync::Arc;

use voordeur_store::{Key, Lane, StoreError};

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
