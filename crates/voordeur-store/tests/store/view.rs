//! Looking at a database while others write, and files that are not there any more.

use voordeur_store::{Lane, Store, StoreError};

use crate::{place, places};

#[tokio::test]
async fn whoever_looks_sees_one_moment_and_writes_nothing() {
    for place in places().await {
        if place.name == "memory" {
            continue;
        }
        place.open("a").await;
        let view = Store::view(&place.address).await.expect("seen");
        place.open("b").await;
        assert_eq!(view.counts().await.expect("counted").cases, 1, "{}", place.name);
        assert!(view.case_labelled("b").await.expect("read").is_none());
        assert_eq!(view.faults().await.expect("looked at"), [""; 0], "{}", place.name);
        let refused = view.commit(vec![place.new_case("c")], Lane::Command).await;
        assert!(matches!(refused, Err(StoreError::Denied { .. })), "{refused:?}");
        view.close().await;
        let later = Store::view(&place.address).await.expect("seen");
        assert_eq!(later.counts().await.expect("counted").cases, 2);
        later.close().await;
        place.open("c").await;
        place.store.close().await;
    }
}

#[tokio::test]
async fn what_is_no_database_is_not_looked_at() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("empty.db"), "").expect("written");
    std::fs::write(at("text.db"), "some text that is no database at all").expect("written");
    let seen = async |name: &str| Store::view(&at(name)).await.expect_err("no database");
    assert!(matches!(seen("gone.db").await, StoreError::Missing { .. }));
    assert!(matches!(seen("empty.db").await, StoreError::NotOurs { .. }));
    assert!(matches!(seen("text.db").await, StoreError::NotOurs { .. }));
    let none = Store::view(folder.path()).await.expect_err("a folder");
    assert!(none.to_string().contains("it is a folder"), "{none}");
    let none = Store::create(folder.path()).await.expect_err("a folder");
    assert!(none.to_string().contains("it is a folder"), "{none}");
    // Nothing is left beside what was looked at.
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2);
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_was_taken_away_or_replaced_is_not_written_to() {
    for replaced in [false, true] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.db");
        let place = place("sqlite", Some(&file.display().to_string())).await;
        place.open("a").await;
        place.store.probe().await.expect("it is there");
        std::fs::rename(&file, folder.path().join("b.db")).expect("taken away");
        if replaced {
            std::fs::write(&file, "another file").expect("written");
        }
        let probed = place.store.probe().await;
        assert!(matches!(probed, Err(StoreError::Replaced { .. })), "{probed:?}");
        let refused = place.store.commit(vec![place.new_case("b")], Lane::Command).await;
        assert!(matches!(refused, Err(StoreError::Replaced { .. })), "{refused:?}");
        std::fs::rename(folder.path().join("b.db"), &file).expect("put back");
        place.store.probe().await.expect("it is there again");
        place.open("b").await;
        place.store.close().await;
    }
}
