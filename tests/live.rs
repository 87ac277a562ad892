//! `serve`, as an operator meets it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use crate::program::Place;

const EROPAF: &str = "dsl-examples/eropaf/eropaf.pathway";

fn open(place: &Place, label: &str) {
    let ran = place.open(label);
    assert_eq!(ran.status, 0, "{ran:?}");
}

fn serve(place: &Place) -> Child {
    let mut command = place.command(&["serve", EROPAF, "--db", "a.db"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs")
}

/// Stops it as Ctrl-C does, and gives what it said on the error stream.
fn stop(mut child: Child) -> String {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("sent");
    assert!(sent.success());
    let mut err = String::new();
    child.stderr.take().expect("its errors").read_to_string(&mut err).expect("read");
    assert_eq!(child.wait().expect("it ends").code(), Some(0), "{err}");
    err
}

#[test]
fn it_fires_sends_stops_cleanly_and_goes_on_after_a_restart() {
    let place = Place::new();
    open(&place, "first");
    let mut child = serve(&place);
    let mut lines =
        BufReader::new(child.stdout.take().expect("its output")).lines().map(|line| line.expect("a line"));
    assert!(lines.any(|line| line.contains("first  message to teamlead: told teamlead: escalation `late`")));
    // Another program writes to the same database: its messages go out as well.
    open(&place, "second");
    assert!(lines.any(|line| line.contains("second  message to worker: for worker: task `take_in`")));
    let said = stop(child);
    assert!(said.contains("Ctrl-C stops") && said.contains("timers fired"), "{said}");
    let why = place.run(&["case", "why", "--db", "a.db", "first"]);
    assert!(why.out.contains("task `take_over`") && why.out.contains("next: "), "{}", why.out);
    // What was sent is not sent again; what comes new is.
    let mut child = serve(&place);
    open(&place, "third");
    let out = BufReader::new(child.stdout.take().expect("its output"));
    let mut lines = out.lines().map(|line| line.expect("a line"));
    let seen: Vec<String> =
        lines.by_ref().take_while(|line| !line.contains("third  message to worker")).collect();
    assert!(!seen.iter().any(|line| line.contains("first  message")), "{seen:?}");
    stop(child);
}

#[test]
fn it_calls_plugins_and_tells_what_goes_wrong() {
    let place = Place::new();
    open(&place, "first");
    let data = ["visit_needed=no", "bailiff_involved=yes", "months_in_arrears=4", "arrears=€900.00"];
    let mut words = vec![
        "case",
        "event",
        "--db",
        "a.db",
        "first",
        "take_in done",
        "--by",
        "worker",
        "--at",
        "2008-03-04T10:00",
    ];
    words.extend(data);
    words.extend(["--plugins", "nowhere"]);
    let ran = place.run(&words);
    assert_eq!(ran.status, 0, "the report stands: {ran:?}");
    assert!(ran.err.contains("there is no plugin `letter`: looked for"), "{}", ran.err);
    let mut child = serve(&place);
    let mut lines =
        BufReader::new(child.stdout.take().expect("its output")).lines().map(|line| line.expect("a line"));
    assert!(lines.any(|line| line.contains("action `hold_eviction` returned")));
    stop(child);
    let shown = place.run(&["case", "show", "--db", "a.db", "first"]).out;
    assert!(shown.contains("achterstand van € 900,00") && shown.contains("Kenmerk: voordeur-1-"), "{shown}");
}

#[test]
fn a_backup_is_made_while_it_serves_and_goes_on_where_it_was_made() {
    let place = Place::new();
    open(&place, "first");
    let mut child = serve(&place);
    let mut lines =
        BufReader::new(child.stdout.take().expect("its output")).lines().map(|line| line.expect("a line"));
    assert!(lines.any(|line| line.contains("first  message to teamlead: told teamlead: escalation `late`")));
    let made = place.run(&["db", "backup", "--db", "a.db", "copy.db"]);
    assert_eq!(made.status, 0, "{made:?}");
    assert!(
        made.out.starts_with("1 cases, ") && made.out.contains("the journal gives every row"),
        "{made:?}"
    );
    let again = place.run(&["db", "backup", "--db", "a.db", "copy.db"]);
    assert_eq!((again.status, again.err.as_str()), (1, "error: copy.db: it is there already\n"));
    open(&place, "second");
    assert!(lines.any(|line| line.contains("second  message to teamlead")));
    stop(child);
    // Put back, it has what was there, and goes on.
    std::fs::rename(place.path().join("copy.db"), place.path().join("a.db")).expect("put back");
    for rest in ["a.db-wal", "a.db-shm"] {
        std::fs::remove_file(place.path().join(rest)).unwrap_or_default();
    }
    let ran =
        place.run(&["--virtual-clock", "case", "advance", "--db", "a.db", "first", "--until", "2030-01-01"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let listed = place.run(&["case", "list", "--db", "a.db"]).out;
    assert!(listed.contains("first") && !listed.contains("second"), "{listed}");
    assert_eq!(place.run(&["db", "verify", "--db", "a.db"]).status, 0);
}
