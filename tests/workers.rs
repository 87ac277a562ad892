//! Cases on a PostgreSQL server, as an operator meets them: the same commands, and any number of workers.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use voordeur_testing::Postgres;

use crate::operations::get;
use crate::program::{Place, top};

const EROPAF: &str = "dsl-examples/eropaf/eropaf.pathway";

/// How long a worker may take for something before the test fails: an emergency brake, not a measure.
const PATIENCE: Duration = Duration::from_secs(120);

/// As the page on many workers says it.
fn serve(place: &Place, url: &str) -> Child {
    let page = std::fs::read_to_string(top().join("docs/scale-out.md")).expect("the page");
    let line = page.lines().find_map(|line| line.strip_prefix("voordeur ")).expect("the command");
    let line = line.replace("my.pathway", EROPAF).replace("postgres://voordeur@db.example/cases", url);
    let mut command = place.command(&line.split(' ').collect::<Vec<_>>());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs")
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().expect("sent");
    assert!(sent.success());
}

fn stop(mut child: Child) {
    signal(&child, "-INT");
    let mut err = String::new();
    child.stderr.take().expect("its errors").read_to_string(&mut err).expect("read");
    assert_eq!(child.wait().expect("it ends").code(), Some(0), "{err}");
}

/// The lines of all workers as they come, with the number of the worker.
fn lines(workers: &mut [Child]) -> mpsc::Receiver<(usize, String)> {
    let (send, receive) = mpsc::channel();
    for (number, worker) in workers.iter_mut().enumerate() {
        let out = BufReader::new(worker.stdout.take().expect("its output"));
        let send = send.clone();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if send.send((number, line)).is_err() {
                    break;
                }
            }
        });
    }
    receive
}

fn open(place: &Place, url: &str, label: &str) {
    let at = ["--at", "2008-03-03T10:00"];
    let ran = place.run(
        &[
            &["case", "open", "--db", url, "--pathway", EROPAF, label, "other_report", "--by", "worker"][..],
            &at,
        ]
        .concat(),
    );
    assert_eq!(ran.status, 0, "{ran:?}");
}

fn verified(place: &Place, url: &str) {
    let ran = place.run(&["db", "verify", "--db", url]);
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn the_same_commands_give_the_same_on_a_server_and_in_a_file() {
    let Some(server) = Postgres::start() else { return };
    let url = server.database();
    let place = Place::new();
    let both = |words: &dyn Fn(&str) -> Vec<String>| {
        let [file, there] = ["a.db", url.as_str()].map(|db| {
            let words = words(db);
            place.run(&words.iter().map(String::as_str).collect::<Vec<_>>())
        });
        assert_eq!((file.status, &file.out), (there.status, &there.out), "{} and {}", file.err, there.err);
        file
    };
    let owned = |words: &[&str]| words.iter().copied().map(str::to_owned).collect::<Vec<_>>();
    both(&|db| {
        owned(&[
            "case",
            "open",
            "--db",
            db,
            "--pathway",
            EROPAF,
            "a",
            "other_report",
            "--by",
            "worker",
            "--at",
            "2008-03-03T10:00",
        ])
    });
    both(&|db| {
        owned(&[
            "case",
            "open",
            "--db",
            db,
            "a",
            "other_report",
            "--by",
            "worker",
            "--at",
            "2008-03-03T10:00",
        ])
    });
    let data = ["visit_needed=yes", "bailiff_involved=yes", "months_in_arrears=4", "arrears=€900.00"];
    both(&|db| {
        owned(
            &[
                &[
                    "case",
                    "event",
                    "--db",
                    db,
                    "a",
                    "take_in done",
                    "--by",
                    "worker",
                    "--at",
                    "2008-03-04T10:00",
                ],
                &data[..],
            ]
            .concat(),
        )
    });
    both(&|db| owned(&["case", "advance", "--db", db, "--until", "2008-06-30"]));
    for look in ["list", "show", "why"] {
        let shown = both(&|db| {
            let label: &[&str] = if look == "list" { &[] } else { &["a"] };
            owned(&[&["case", look, "--db", db], label].concat())
        });
        assert!(shown.out.len() > 40, "{shown:?}");
    }
    let verified = both(&|db| owned(&["db", "verify", "--db", db]));
    assert!(verified.out.starts_with("1 cases, "), "{}", verified.out);
}

#[test]
fn workers_share_the_work_and_one_that_stood_still_or_was_killed_changes_nothing() {
    let Some(server) = Postgres::start() else { return };
    let url = server.database();
    let place = Place::new();
    open(&place, &url, "case-0");
    let mut workers: Vec<Child> = (0..3).map(|_| serve(&place, &url)).collect();
    let said = lines(&mut workers);
    let mut seen: Vec<(usize, String)> = Vec::new();
    let wait_for = |label: &str, seen: &mut Vec<(usize, String)>| {
        let wanted = format!("{label}  message to teamlead: told teamlead: escalation `late`");
        while !seen.iter().any(|(_, line)| line.contains(&wanted)) {
            seen.push(said.recv_timeout(PATIENCE).expect("a line"));
        }
    };
    for n in 1..10 {
        open(&place, &url, &format!("case-{n}"));
    }
    (0..10).for_each(|n| wait_for(&format!("case-{n}"), &mut seen));
    // One stands still in the middle of whatever it does, another is killed: the rest goes on.
    signal(&workers[0], "-STOP");
    signal(&workers[1], "-KILL");
    for n in 10..20 {
        open(&place, &url, &format!("case-{n}"));
    }
    (10..20).for_each(|n| wait_for(&format!("case-{n}"), &mut seen));
    signal(&workers[0], "-CONT");
    for n in 20..24 {
        open(&place, &url, &format!("case-{n}"));
    }
    (20..24).for_each(|n| wait_for(&format!("case-{n}"), &mut seen));
    workers.remove(1).wait().expect("gone");
    workers.into_iter().for_each(stop);
    verified(&place, &url);
    let told = steps(&seen);
    let mut once = told.clone();
    once.dedup();
    assert_eq!(told, once, "no step was made twice");
    let held =
        server.sql(&name(&url), "SELECT count(*) FROM timer WHERE due_at < 1204538400000000 AND armed");
    assert_eq!(held, "0", "nothing is stuck");
}

fn name(url: &str) -> String {
    url.split(['/', '?']).nth(3).expect("a name").to_owned()
}

#[test]
fn a_server_that_restarts_is_found_again_and_loses_nothing() {
    let Some(mut server) = Postgres::start() else { return };
    let url = server.database();
    let place = Place::new();
    open(&place, &url, "before");
    let mut workers = vec![serve(&place, &url)];
    let said = lines(&mut workers);
    let wait_for = |label: &str| {
        let wanted = format!("{label}  message to teamlead: told teamlead: escalation `late`");
        while !said.recv_timeout(PATIENCE).expect("a line").1.contains(&wanted) {}
    };
    wait_for("before");
    for round in 0..2 {
        server.kill();
        server.run();
        let label = format!("after-{round}");
        open(&place, &url, &label);
        wait_for(&label);
        let database = name(&url);
        server.sql(&database, &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}' AND pid <> pg_backend_pid()"));
        let label = format!("cut-{round}");
        open(&place, &url, &label);
        wait_for(&label);
    }
    workers.into_iter().for_each(stop);
    verified(&place, &url);
}

#[test]
fn a_server_that_is_gone_is_told_at_once_and_when_it_is_back() {
    let Some(mut server) = Postgres::start() else { return };
    let url = server.database();
    let place = Place::new();
    open(&place, &url, "a");
    let words = ["serve", "--db", &url, "--log", "json", "--http", "127.0.0.1:0"];
    let mut command = place.command(&words);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
    let log = BufReader::new(child.stderr.take().expect("its log")).lines().map_while(Result::ok);
    let mut log = log.map(|line| serde_json::from_str::<serde_json::Value>(&line).expect("JSON"));
    let listening = log.find(|line| line["event"] == "listening").expect("it listens");
    let address = listening["address"].as_str().expect("an address").to_owned();
    let is = |path: &str, status: &str| get(&address, path).starts_with(&format!("HTTP/1.1 {status}"));
    let up = |value: &str| get(&address, "/metrics").contains(&format!("\nvoordeur_database_up {value}\n"));
    log.find(|line| line["event"] == "step").expect("it works");
    while !is("/ready", "200") {
        std::thread::yield_now();
    }
    assert!(up("1"));
    server.kill();
    log.find(|line| line["event"] == "database_away").expect("it tells");
    assert!(is("/ready", "503") && up("0") && is("/health", "200"));
    server.run();
    // In between nothing else is told: once it is away, once it is back.
    assert_eq!(log.next().expect("the next line")["event"], "database_back");
    assert!(is("/ready", "200") && up("1"));
    signal(&child, "-INT");
    let rest: Vec<serde_json::Value> = log.collect();
    assert!(
        rest.iter().all(|line| !line["event"].as_str().is_some_and(|event| event.starts_with("database"))),
        "{rest:?}"
    );
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    verified(&place, &url);
}

/// The steps that the workers tell, each with its moment: whoever writes a step tells it.
fn steps(seen: &[(usize, String)]) -> Vec<&str> {
    let mut steps: Vec<&str> =
        seen.iter().map(|(_, line)| line.as_str()).filter(|line| line.contains("  step: ")).collect();
    steps.sort_unstable();
    steps
}

#[test]
fn a_standby_takes_over_with_everything_that_was_acknowledged() {
    let Some(mut primary) = Postgres::start() else { return };
    let standby = primary.standby();
    let place = Place::new();
    // The address leads to whichever of the two is in charge.
    let link = place.path().join("db");
    std::os::unix::fs::symlink(primary.folder(), &link).expect("a link");
    let database = name(&primary.database());
    let url = format!("postgres://voordeur@localhost/{database}?host={}", link.display());
    open(&place, &url, "before");
    let mut workers: Vec<Child> = (0..2).map(|_| serve(&place, &url)).collect();
    let said = lines(&mut workers);
    let mut seen: Vec<(usize, String)> = Vec::new();
    let at = |label: &str| {
        let words = [
            "case",
            "open",
            "--db",
            &url,
            "--pathway",
            EROPAF,
            label,
            "other_report",
            "--by",
            "worker",
            "--at",
            "2008-03-03T10:00",
        ];
        place.run(&words)
    };
    // Reports keep coming in while the primary dies: some are acknowledged, some are not.
    let acknowledged: Vec<String> = std::thread::scope(|scope| {
        let reports = scope.spawn(|| {
            let labels = (0..20).map(|n| format!("case-{n}"));
            labels.filter(|label| at(label).status == 0).collect::<Vec<_>>()
        });
        while !seen.iter().any(|(_, line)| line.contains("case-5  message")) {
            seen.push(said.recv_timeout(PATIENCE).expect("a line"));
        }
        primary.kill();
        standby.promote();
        std::fs::remove_file(&link).expect("gone");
        std::os::unix::fs::symlink(standby.folder(), &link).expect("a link");
        reports.join().expect("they came in")
    });
    assert_eq!(at("after").status, 0);
    let last = "after  message to teamlead: told teamlead: escalation `late`";
    while !seen.iter().any(|(_, line)| line.contains(last)) {
        seen.push(said.recv_timeout(PATIENCE).expect("a line"));
    }
    let overdue = "SELECT count(*) FROM timer WHERE due_at < 1204538400000000 AND armed";
    while standby.sql(&database, overdue) != "0" {}
    workers.into_iter().for_each(stop);
    seen.extend(said.iter());
    let listed = place.run(&["case", "list", "--db", &url]).out;
    for label in acknowledged.iter().map(String::as_str).chain(["before", "after"]) {
        assert!(
            listed.lines().any(|line| line.starts_with(&format!("{label} "))),
            "{label} is lost: {listed}"
        );
    }
    assert!(acknowledged.len() > 5, "{acknowledged:?}");
    let told = steps(&seen);
    let mut once = told.clone();
    once.dedup();
    assert_eq!(told, once, "no step was made twice");
    verified(&place, &url);
}

/// As the page on operations says it.
#[test]
fn a_copy_of_a_server_is_made_while_it_serves_and_goes_on_where_it_was_made() {
    let Some(server) = Postgres::start() else { return };
    let (url, restored) = (server.database(), server.database());
    let place = Place::new();
    open(&place, &url, "before");
    let mut workers = vec![serve(&place, &url)];
    let said = lines(&mut workers);
    let wait_for = |wanted: &str| while !said.recv_timeout(PATIENCE).expect("a line").1.contains(wanted) {};
    wait_for("before  message to teamlead: told teamlead: escalation `late`");
    let page = std::fs::read_to_string(top().join("docs/operations.md")).expect("the page");
    let line = |program: &str| {
        let line = page.lines().find(|line| line.starts_with(program)).expect("the command");
        let line = line.replace("postgres://voordeur@db.example/cases", &format!("'{url}'"));
        line.replace("postgres://voordeur@db.example/restored", &format!("'{restored}'"))
    };
    server.shell(&line("pg_dump "));
    open(&place, &url, "after");
    wait_for("after  message to teamlead: told teamlead: escalation `late`");
    workers.into_iter().for_each(stop);
    server.shell(&line("psql "));
    verified(&place, &restored);
    let listed = place.run(&["case", "list", "--db", &restored]).out;
    assert!(listed.contains("before") && !listed.contains("after"), "{listed}");
    open(&place, &restored, "later");
    let ran = place.run(&[
        "--virtual-clock",
        "case",
        "advance",
        "--db",
        &restored,
        "before",
        "--until",
        "2030-01-01",
    ]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let mut workers = vec![serve(&place, &restored)];
    let said = lines(&mut workers);
    let last = "later  message to teamlead: told teamlead: escalation `late`";
    while !said.recv_timeout(PATIENCE).expect("a line").1.contains(last) {}
    workers.into_iter().for_each(stop);
    verified(&place, &restored);
}
