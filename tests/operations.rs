//! What an operator meets: metrics, the log, a stop, what does not go on by itself, a holiday that is decreed.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::program::Place;

const EROPAF: &str = "dsl-examples/eropaf/eropaf.pathway";

/// What somebody answers at an address.
pub(crate) fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("somebody answers");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    answer
}

/// `serve` with its log as JSON, and the lines of that log.
fn serve(place: &Place) -> (Child, impl Iterator<Item = Value>) {
    let words = ["serve", "--db", "a.db", "--log", "json", "--http", "127.0.0.1:0"];
    let mut child =
        place.command(&words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
    let log = BufReader::new(child.stderr.take().expect("its log")).lines();
    (child, log.map(|line| serde_json::from_str(&line.expect("a line")).expect("each line is JSON")))
}

fn end(mut child: Child) {
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("sent");
    assert!(sent.success());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

/// The metrics that docs/operations.md tells of.
fn named() -> Vec<String> {
    let page = include_str!("../docs/operations.md");
    let rows = page.lines().filter(|line| line.starts_with("| `voordeur_"));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    let names = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    names.map(|name| name.split('{').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn metrics_health_and_the_log_tell_how_it_goes_and_nothing_personal() {
    let place = Place::new();
    // Longer than what a count of seconds has by chance.
    let data = ["months_in_arrears=7", "arrears=€7654321.09", "bailiff_involved=no"];
    let open = ["case", "open", "--db", "a.db", "--pathway", EROPAF, "house-a", "corporation_report"];
    let by = ["--by", "corporation/m-17", "--at", "2008-03-03T10:00"];
    let ran = place.run(&[&open[..], &data[..], &by[..]].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    let (child, mut log) = serve(&place);
    let mut seen: Vec<Value> = Vec::new();
    while seen.last().is_none_or(|line| line["event"] != "listening") {
        seen.push(log.next().expect("a line"));
    }
    let address = seen.last().expect("a line")["address"].as_str().expect("an address").to_owned();
    // It is years behind, and catches up.
    while !seen.iter().any(|line| line["event"] == "message" && line["to"] == "teamlead") {
        seen.push(log.next().expect("a line"));
    }
    while !get(&address, "/ready").starts_with("HTTP/1.1 200") {}
    assert!(get(&address, "/health").ends_with("ok\n"));
    assert!(get(&address, "/elsewhere").starts_with("HTTP/1.1 404"));
    let mut page = get(&address, "/metrics");
    while !page.contains("voordeur_open_cases{") {
        page = get(&address, "/metrics");
    }
    for name in [
        "voordeur_timer_lag_seconds 0\n",
        "voordeur_outbox_age_seconds{kind=\"notice\"}",
        "voordeur_open_cases{pathway=\"eropaf\",stage=\"",
        "voordeur_steps_total ",
        "voordeur_journal_steps_total ",
        "voordeur_incidents 0\n",
        "voordeur_leader 1\n",
        "voordeur_database_up 1\n",
    ] {
        assert!(page.contains(name), "{name}: {page}");
    }
    let told = named();
    assert!(told.len() > 15, "{told:?}");
    for name in told {
        assert!(
            page.contains(&format!("# TYPE {name} ")),
            "{name} is on the page and not in the metrics: {page}"
        );
    }
    end(child);
    seen.extend(log);
    assert_eq!(seen.last().expect("a line")["event"], "stopped");
    let step = seen.iter().find(|line| line["event"] == "step").expect("a step");
    assert!(step["lag_seconds"].as_f64().expect("a number") > 1e6 && step["case"] == "house-a", "{step}");
    let all = seen.iter().map(Value::to_string).collect::<Vec<_>>().join("\n") + &page;
    for personal in ["7654321", "765432109", "m-17", "\"7\"", "=7"] {
        assert!(!all.contains(personal), "{personal}: {all}");
    }
    assert!(!page.contains("house-a"), "metrics name no case: {page}");
    // What it had taken was given back: another one goes on at once.
    assert_eq!(place.run(&["db", "verify", "--db", "a.db"]).status, 0);
}

/// The files that the program may write are no larger than a few pages, which the system tells as a fault of the disk; then they may
/// be as large as they have to be.
#[test]
fn a_disk_that_fails_is_told_and_work_goes_on_when_it_is_well() {
    let place = Place::new();
    for n in 0..40 {
        assert_eq!(place.open(&format!("case-{n}")).status, 0);
    }
    let line = format!(
        "trap '' XFSZ; ulimit -S -f 60; exec {} serve --db a.db --log json --http 127.0.0.1:0",
        env!("CARGO_BIN_EXE_voordeur")
    );
    let mut command = Command::new("bash");
    command.args(["-c", &line]).current_dir(place.path()).env("LC_ALL", "C");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
    let log = BufReader::new(child.stderr.take().expect("its log")).lines();
    let mut log = log.map(|line| serde_json::from_str::<Value>(&line.expect("a line")).expect("JSON"));
    let listening = log.find(|line| line["event"] == "listening").expect("it listens");
    let address = listening["address"].as_str().expect("an address").to_owned();
    let away = log.find(|line| line["event"] == "database_away").expect("it tells");
    let why = away["why"].as_str().expect("why");
    assert!(why.contains("cannot open or write the database"), "{why}");
    assert!(get(&address, "/ready").starts_with("HTTP/1.1 503"));
    assert!(get(&address, "/health").starts_with("HTTP/1.1 200"));
    let pid = child.id().to_string();
    let mended = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"]).status();
    assert!(mended.expect("it runs").success());
    log.find(|line| line["event"] == "database_back").expect("it tells");
    assert!(get(&address, "/ready").starts_with("HTTP/1.1 200"));
    assert_eq!(place.open("later").status, 0);
    log.find(|line| line["event"] == "step" && line["case"] == "later").expect("work goes on");
    let reader = std::thread::spawn(move || log.count());
    end(child);
    reader.join().expect("read");
    assert_eq!(place.run(&["db", "verify", "--db", "a.db"]).status, 0);
}

#[test]
fn a_dead_letter_counts_among_the_incidents() {
    let place = Place::new();
    place.open("a");
    let file = "echo whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw > s\n\
        printf '[channel.c]\\nwebhook = \"http://127.0.0.1:9/h\"\\nprivate = true\\nsecret = { file = \"s\" }\\n[role]\\nworker = [\"c\"]\\n' > there.toml\n\
        printf '[role]\\nworker = []\\n' > gone.toml";
    place.shell(file);
    for (file, at) in [("there.toml", "2008-03-03T10:05"), ("gone.toml", "2008-03-03T12:15")] {
        place.run(&["delivery", "send", "--db", "a.db", "--delivery", file, "--at", at]);
    }
    let listed = place.run(&["incidents", "list", "--db", "a.db"]);
    assert_eq!((listed.status, listed.out.lines().count()), (1, 1), "{listed:?}");
    let (child, mut log) = serve(&place);
    let listening = log.find(|line| line["event"] == "listening").expect("a line");
    let address = listening["address"].as_str().expect("an address");
    let mut page = get(address, "/metrics");
    while !page.contains("voordeur_incidents ") {
        page = get(address, "/metrics");
    }
    assert!(page.contains("voordeur_incidents 1\n") && page.contains("voordeur_dead_letters 1\n"), "{page}");
    end(child);
}

#[test]
fn an_event_without_somebody_who_reports_it_is_refused() {
    let place = Place::new();
    place.open("a");
    let event = ["case", "event", "--db", "a.db", "a", "take_in done", "--at", "2008-03-04T10:00"];
    let data = ["visit_needed=yes", "bailiff_involved=yes", "months_in_arrears=4", "arrears=€900.00"];
    let with = |by: &[&str]| place.run(&[&event[..], &data[..], by].concat());
    let nobody = with(&[]);
    assert_eq!(nobody.status, 1);
    assert!(nobody.err.contains("say who reports this, with `--by`"), "{}", nobody.err);
    let name = with(&["--by", "worker/Jan de Vries"]);
    assert_eq!(name.status, 1, "a person is a reference: {}", name.err);
    let other = with(&["--by", "corporation/m-17"]);
    assert_eq!(other.status, 1, "the pathway does not let them: {}", other.err);
    let ran = with(&["--by", "worker/m-17"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let shown = place.run(&["case", "show", "--db", "a.db", "a"]).out;
    assert!(shown.contains("reported by `m-17`"), "{shown}");
}

#[test]
fn what_stands_still_is_listed_and_mended() {
    let place = Place::new();
    place.open("a");
    let event =
        ["case", "event", "--db", "a.db", "a", "take_in done", "--by", "worker", "--at", "2008-03-04T10:00"];
    let data = ["visit_needed=no", "bailiff_involved=yes", "months_in_arrears=4", "arrears=€900.00"];
    place.run(&[&event[..], &data[..], &["--plugins", "nowhere"]].concat());
    let list = || place.run(&["incidents", "list", "--db", "a.db"]);
    let none = list();
    assert_eq!(
        (none.status, none.out.as_str()),
        (0, "nothing waits for an operator\n"),
        "it is tried again by itself"
    );
    let nobody = place.run(&["incidents", "retry", "--db", "a.db", "a/action-99"]);
    assert_eq!(nobody.status, 1, "who decides about an action stands in the journal: {nobody:?}");
    assert!(!nobody.err.contains("has no incident"), "{}", nobody.err);
    let wrong = place.run(&["incidents", "retry", "--db", "a.db", "a/action-99", "--by", "worker"]);
    assert_eq!(wrong.status, 1);
    assert!(wrong.err.contains("`a` has no incident `action-99`"), "{}", wrong.err);
    assert_eq!(place.run(&["incidents", "retry", "--db", "a.db", "nothing"]).status, 1);
}

#[test]
fn a_worker_without_channels_leaves_messages_to_one_that_has_some() {
    let place = Place::new();
    place.shell(
        "echo whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw > s\n\
         printf '[channel.c]\\nwebhook = \"http://127.0.0.1:9/h\"\\nprivate = true\\nsecret = { file = \"s\" }\\n[role]\\n\"*\" = [\"c\"]\\n' > c.toml",
    );
    place.open("a");
    let send = || place.run(&["delivery", "send", "--db", "a.db", "--delivery", "c.toml"]);
    assert_eq!(send().status, 0);
    place.open("b");
    let (child, mut log) = serve(&place);
    log.find(|line| line["event"] == "step" && line["case"] == "b").expect("timers fire");
    end(child);
    assert_eq!(log.filter(|line| line["event"] == "message").count(), 0, "it sends nothing");
    assert_eq!(send().status, 0);
    let listed = place.run(&["delivery", "list", "--db", "a.db"]).out;
    assert!(
        listed.contains(" b -> worker: waiting") && listed.contains(" b -> teamlead: waiting"),
        "{listed}"
    );
}

#[test]
fn a_decree_is_shown_before_it_is_applied() {
    let place = Place::new();
    let open = ["case", "open", "--db", "a.db", "--pathway", EROPAF, "a", "other_report", "--by", "worker"];
    assert_eq!(
        place.run(&[&["--virtual-clock"], &open[..], &["--at", "2029-05-09T10:00"]].concat()).status,
        0
    );
    let decree = ["decree", "--db", "a.db", "2029-05-11", "--because", "Stcrt. 2028, 1"];
    let at = ["--at", "2029-05-09T12:00"];
    let preview = place.run(&[&decree[..], &at[..]].concat());
    assert!(preview.out.contains("would move; nothing was changed"), "{preview:?}");
    assert!(preview.out.contains("the term of task `take_in`"), "{preview:?}");
    let apply = [&["--virtual-clock"], &decree[..], &at[..], &["--apply"]].concat();
    assert!(place.run(&apply).err.contains("say who decides this"), "nothing is decided by nobody");
    let applied = place.run(&[&apply[..], &["--by", "m-17"]].concat());
    assert_eq!(applied.status, 0, "{applied:?}");
    let lines = |text: &str| {
        text.lines().filter(|line| line.starts_with("  ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines(&preview.out), lines(&applied.out), "what was shown is what moves");
    let again = place.run(&[&decree[..], &at[..]].concat());
    assert!(again.out.starts_with("0 timers of 0 cases"), "{again:?}");
    assert!(place.run(&["case", "show", "--db", "a.db", "a"]).out.contains("Stcrt. 2028, 1"));
    assert_eq!(place.run(&["db", "verify", "--db", "a.db"]).status, 0);
    let wrong = place.run(&["decree", "--db", "a.db", "11-5-2029", "--because", "x"]);
    assert_eq!((wrong.status, wrong.err.as_str()), (1, "error: `11-5-2029` is no day; write `2029-05-11`\n"));
}

/// What an operator decides about cases stands in their journal with who that was, by a reference and never a name.
#[test]
fn the_journal_has_who_decides_what_an_operator_does() {
    let place = Place::new();
    let open = |label: &str, household: &str| {
        let words =
            ["case", "open", "--db", "a.db", "--pathway", EROPAF, label, "other_report", "--by", "worker"];
        place.run(&[&words[..], &["--household", household, "--at", "2010-03-03T10:00"]].concat())
    };
    assert_eq!(open("house-a", "h-1").status, 0);
    let retire =
        ["retire", "--db", "a.db", "eropaf", "2008.1", "--owner", "teamlead", "--at", "2010-04-01T09:00"];
    let refused = place.run(&[&retire[..], &["--by", "123456782"]].concat());
    assert!(refused.status == 1 && !refused.err.contains("123456782"), "{refused:?}");
    assert_eq!(place.run(&[&retire[..], &["--by", "m-17"]].concat()).status, 0);
    let lead = ["household", "lead", "--db", "a.db", "h-1", "house-a", "--by", "m-18"];
    assert_eq!(place.run(&[&lead[..], &["--at", "2010-04-02T09:00"]].concat()).status, 0);
    let show = place.run(&["case", "show", "--db", "a.db", "house-a"]).out;
    assert!(show.contains("`m-17`") && show.contains("`m-18`"), "{show}");
}
