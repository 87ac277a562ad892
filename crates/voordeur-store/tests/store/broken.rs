//! A connection that breaks off around a commit, and goes on breaking off: what was written is found out, and what cannot be
//! found out is told as that.

use std::path::Path;

use voordeur_store::{CaseWrite, Key, Store, StoreError};
use voordeur_testing::{Cut, Wire};

use crate::{Place, SERVER, place, protocol};

/// An empty database by a way that breaks when it is told to.
async fn wired(settings: &str) -> Option<(Wire, Place, String)> {
    let server = SERVER.as_ref()?;
    let database = server.database();
    let name = database.split(['/', '?']).nth(3).expect("a name");
    let wire = Wire::to(server);
    let url = wire.url(name, settings);
    Some((wire, place("postgres", Some(&url)).await, url))
}

fn next(place: &Place, id: i64, version: i64) -> CaseWrite {
    place.write(Key::Stored { id, version }, "on", 1)
}

async fn steps(place: &Place, id: i64) -> usize {
    place.store.journal(id).await.expect("read").len()
}

/// Somebody ends the connections one after the other, also those on which it is asked what came of the first.
#[tokio::test]
async fn however_often_the_question_breaks_off_a_write_is_there_once_and_acknowledged() {
    let Some((wire, place, _)) = wired("").await else { return };
    let id = place.open("a").await;
    for (version, first) in [(1, Cut::After), (2, Cut::Before)] {
        let mut cuts = vec![(first, "COMMIT")];
        cuts.extend([(Cut::Before, "BEGIN"); 12]);
        // The question itself is a transaction, of which the answer can be lost as well.
        cuts.extend([(Cut::After, "COMMIT"), (Cut::Before, "COMMIT")]);
        wire.plan(&cuts, false);
        let written = place.commit(next(&place, id, version)).await;
        assert!(written.is_ok() && wire.mend(), "{first:?}: {written:?}");
        let again = place.commit(next(&place, id, version)).await;
        assert!(matches!(again, Err(StoreError::Conflict)), "{first:?}: {again:?}");
    }
    assert_eq!(steps(&place, id).await, 3);
}

/// Nobody can be asked: then it is told that nobody knows, soon, and nothing is tried a second time.
#[tokio::test]
async fn what_nobody_can_be_asked_about_is_told_as_uncertain() {
    let Some((wire, place, _)) = wired("tcp_user_timeout=1000").await else { return };
    let id = place.open("a").await;
    for (version, cut, there) in [(1, Cut::After, 2), (2, Cut::Before, 2)] {
        wire.plan(&[(cut, "COMMIT")], true);
        let uncertain = place.commit(next(&place, id, version)).await;
        assert!(wire.mend(), "it was asked for");
        let Err(error @ StoreError::Uncertain { .. }) = uncertain else { panic!("{cut:?}: {uncertain:?}") };
        assert!(error.is_passing() && error.to_string().contains("case show"), "{error}");
        assert_eq!(steps(&place, id).await, there, "{cut:?}");
        // The writer finds its way back, and is as sure of what it writes as before.
        place.store.put_protocol(&protocol("two")).await.expect("written");
    }
    place.commit(next(&place, id, 2)).await.expect("written");
    let again = place.commit(next(&place, id, 2)).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    assert_eq!(steps(&place, id).await, 3);
}

/// What only reads is asked again.
#[tokio::test]
async fn a_question_whose_connection_breaks_off_is_asked_again() {
    let Some((wire, place, _)) = wired("").await else { return };
    let id = place.open("a").await;
    for cut in [Cut::Before, Cut::After] {
        wire.plan(&[(cut, ""); 6], false);
        let read = place.store.journal(id).await.map(|rows| rows.len());
        assert!(matches!(read, Ok(1)) && wire.mend(), "{cut:?}: {read:?}");
    }
}

/// Of what is looked at as it is at one moment, nothing is asked again: that would be another moment.
#[tokio::test]
async fn who_looks_at_one_moment_does_not_go_on_at_another() {
    let Some((wire, place, url)) = wired("tcp_user_timeout=1000").await else { return };
    let id = place.open("a").await;
    let store = Store::view(Path::new(&url)).await.expect("it opens");
    assert_eq!(store.journal(id).await.expect("read").len(), 1);
    wire.plan(&[(Cut::Before, "")], false);
    let read = store.journal(id).await;
    assert!(matches!(read, Err(StoreError::Unreachable { .. })) && wire.mend(), "{read:?}");
    store.close().await;
}

/// A database of ours stays one, however the question whose it is breaks off.
#[tokio::test]
async fn a_connection_that_breaks_off_makes_no_other_database() {
    let Some((wire, _place, url)) = wired("").await else { return };
    for word in ["information_schema", "FROM about"] {
        for cut in [Cut::Before, Cut::After] {
            wire.plan(&[(cut, word)], false);
            let opened = Store::open(Path::new(&url)).await.map(|_| ());
            assert!(matches!(opened, Err(StoreError::Unreachable { .. })) && wire.mend(), "{opened:?}");
        }
    }
}
