//! A file that cannot grow: nothing is written by halves, and the same program goes on when there is room.

use std::path::Path;
use std::process::{Command, Stdio};

use voordeur_store::{Lane, Store};

/// Tells the program that it is the one without room, and where its file is.
const ORDER: &str = "VOORDEUR_ROOM";

/// How large a file of this program may become, in bytes.
fn limit(bytes: &str) {
    let me = std::process::id().to_string();
    let set = Command::new("prlimit").args(["--pid", &me, &format!("--fsize={bytes}:")]).status();
    assert!(set.expect("prlimit").success());
}

/// The program whose file cannot grow for a while; as a test of its own it does nothing.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "it is started by the test beside it")]
async fn the_one_without_room() {
    let Ok(file) = std::env::var(ORDER) else { return };
    let place = crate::place("sqlite", Some(&file)).await;
    place.open("a").await;
    limit("4096");
    for label in ["b", "c"] {
        let refused = place.store.commit(vec![place.new_case(label)], Lane::Command).await;
        refused.expect_err("there is no room");
        assert!(place.store.case_labelled(label).await.expect("read").is_none(), "nothing of it is there");
    }
    place.store.probe().await.expect_err("a file beside it finds no room either");
    limit("unlimited");
    place.store.probe().await.expect("there is room again");
    for label in ["b", "c"] {
        place.open(label).await;
    }
    assert_eq!(place.store.faults().await.expect("looked at"), [""; 0]);
    place.store.close().await;
}

#[tokio::test]
async fn a_program_whose_disk_was_full_goes_on_when_there_is_room() {
    if Command::new("prlimit").stdout(Stdio::null()).status().is_err() {
        println!("skipped: there is no prlimit");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let me = std::env::current_exe().expect("this test");
    // Whoever writes too much gets an error, and no signal that ends it.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(me);
    command.args(["--exact", "room::the_one_without_room", "--nocapture"]).env(ORDER, &file);
    let ran = command.output().expect("it runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let store = Store::open(Path::new(&file)).await.expect("opened");
    assert_eq!(store.counts().await.expect("counted").cases, 3);
    store.close().await;
}
