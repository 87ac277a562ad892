//! Reaching people and programs: a mail server, receivers of webhooks and a calendar program that others have made
//! (`tests/reach/others.py`). Where these are not installed the tests say so and do nothing; with `VOORDEUR_TEST_PYTHON`,
//! the path to a Python that has them, they run (the server that decides whether work lands sets it).

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::Value;

use crate::program::{Place, Ran, top};

/// 24 bytes in Base64.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What tells the source of [`hooks`] from others in the keys of webhooks.
const SOURCE: &str = "-178eaf7aae";

const PATHWAY: &str = r#"pathway door "Door" {
  version "1"
  goal "Nobody is given up unseen"
  office hours 09:00 to 17:00
  agency house "Wijkteam"
  role worker of house
  role teamlead of house
  lead teamlead
  data { months count 0..12 kept because "the visitor reads it" }
  trigger landlord from anyone { asks months -> visiting }
  stage visiting {
    must visit doorstep "First visit" by worker within 3 working days
    remind worker 1 working day before doorstep is due
    on doorstep done    -> good
    on doorstep refused -> bad
    on doorstep overdue notify teamlead "nobody went" -> bad
  }
  end good success no aftercare because "it is well"
  end bad  failure
}
"#;

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says where the others are")]
fn python() -> Option<String> {
    let found = std::env::var("VOORDEUR_TEST_PYTHON").ok().filter(|path| !path.is_empty());
    if found.is_none() {
        let why = "skipped: VOORDEUR_TEST_PYTHON names no Python with the packages of .ci/run";
        writeln!(std::io::stderr(), "{why}").expect("told");
    }
    found
}

/// A program of the other side, that writes a line for what it sees. It ends with the test.
struct Other {
    child: Child,
    input: Option<ChildStdin>,
    said: BufReader<ChildStdout>,
    port: u64,
}

impl Other {
    fn start(python: &str, words: &[&str]) -> Self {
        let script = top().join("tests/reach/others.py");
        let mut command = Command::new(python);
        command.arg(script).args(words).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        let input = child.stdin.take();
        let said = BufReader::new(child.stdout.take().expect("its output"));
        let mut other = Self { child, input, said, port: 0 };
        other.port = other.line().get("port").and_then(Value::as_u64).expect("a port");
        other
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.said.read_line(&mut line).expect("it speaks");
        serde_json::from_str(&line).expect("JSON")
    }

    fn go_on(&mut self) {
        self.input.as_mut().expect("its input").write_all(b"\n").expect("it listens");
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        self.input = None;
        self.child.kill().unwrap_or_default();
        drop(self.child.wait());
    }
}

fn opened() -> Place {
    let place = Place::new();
    place.write("door.pathway", PATHWAY);
    place.write("hook.secret", SECRET);
    let ran = place.run(&[
        "case",
        "open",
        "--db",
        "a.db",
        "--pathway",
        "door.pathway",
        "case-a",
        "landlord",
        "months=3",
        "--by",
        "anyone",
        "--at",
        "2026-03-02T10:00",
    ]);
    assert_eq!(ran.status, 0, "{ran:?}");
    place
}

fn hooks(place: &Place, port: u64, form: &str) {
    place.write(
        "delivery.toml",
        format!(
            "[system]\nsource = \"urn:nld:oin:00000001234567890000:systeem:voordeur\"\n\
             dataref = \"https://voordeur.example/cases/{{case}}\"\n\
             [channel.hook]\nwebhook = \"http://127.0.0.1:{port}/in\"\nprivate = true\nform = \"{form}\"\n\
             secret = {{ file = \"hook.secret\" }}\n[role]\nworker = [\"hook\"]\nteamlead = [\"hook\"]\n"
        ),
    );
}

fn send(place: &Place, at: &str) -> Ran {
    place.run(&["delivery", "send", "--db", "a.db", "--delivery", "delivery.toml", "--at", at])
}

fn advance(place: &Place, until: &str) {
    let ran = place.run(&["case", "advance", "--db", "a.db", "--until", until]);
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn webhooks_are_signed_and_come_again_under_the_same_key_until_they_are_taken() {
    let Some(python) = python() else { return };
    let place = opened();
    let mut other = Other::start(&python, &["hooks", SECRET, "503", "200"]);
    hooks(&place, other.port, "standard");
    let ran = send(&place, "2026-03-02T10:01");
    assert_eq!((ran.status, ran.out.as_str()), (0, "sent: 0, later: 1, dropped: 0, dead: 0\n"), "{ran:?}");
    let listed = place.run(&["delivery", "list", "--db", "a.db"]).out;
    assert!(listed.contains("waiting, tries in vain: 1; not before Mon 2026-03-02 10:01"), "{listed}");
    assert!(listed.contains("the receiver answered with status 503"), "{listed}");
    assert_eq!(send(&place, "2026-03-02T10:01").out, "sent: 0, later: 0, dropped: 0, dead: 0\n");
    assert_eq!(send(&place, "2026-03-02T10:10").out, "sent: 1, later: 0, dropped: 0, dead: 0\n");
    let (first, second) = (other.line(), other.line());
    for seen in [&first, &second] {
        assert_eq!(seen["signed"], true, "{seen}");
        assert_eq!(seen["id"], format!("1-1-0{SOURCE}"), "{seen}");
        assert_eq!(seen["plain"]["type"], "nl.voordeur.taak.toegewezen.v1", "{seen}");
        assert_eq!(seen["plain"]["data"]["obligation"], "doorstep", "{seen}");
    }
    assert_eq!(first["plain"], second["plain"]);
    assert_eq!(place.run(&["delivery", "list", "--db", "a.db"]).out, "");
}

#[test]
fn a_dead_letter_is_seen_and_can_be_tried_anew() {
    let Some(python) = python() else { return };
    let place = opened();
    let mut other = Other::start(&python, &["hooks", SECRET, "410", "200"]);
    hooks(&place, other.port, "standard");
    let ran = send(&place, "2026-03-02T10:01");
    assert_eq!((ran.status, ran.out.as_str()), (1, "sent: 0, later: 0, dropped: 0, dead: 1\n"), "{ran:?}");
    assert!(ran.err.contains("case-a: the message 1-1-0 did not go out by `hook`"), "{ran:?}");
    let listed = place.run(&["delivery", "list", "--db", "a.db", "--state", "dead"]).out;
    assert!(
        listed.starts_with("1-1-0     hook  case-a -> worker: dead, tries in vain: 1; Mon 2026-03-02 10:01"),
        "{listed}"
    );
    let refused = place.run(&["delivery", "retry", "--db", "a.db", "9-9-9"]);
    assert_eq!(refused.status, 1, "{refused:?}");
    let ran = place.run(&["delivery", "retry", "--db", "a.db", "1-1-0", "--at", "2026-03-02T11:00"]);
    assert_eq!(ran.out, "dead letters that are tried anew: 1\n", "{ran:?}");
    assert_eq!(send(&place, "2026-03-02T11:00").out, "sent: 1, later: 0, dropped: 0, dead: 0\n");
    assert_eq!(other.line()["id"], other.line()["id"]);
    // It stood in the inbox all the while.
    assert!(place.run(&["inbox", "--db", "a.db", "--role", "worker"]).out.starts_with("1-1-0"));
}

#[test]
fn cloud_events_are_read_by_another_library_in_both_modes() {
    let Some(python) = python() else { return };
    let mut events = Vec::new();
    for form in ["cloudevents", "cloudevents-binary"] {
        let place = opened();
        let mut other = Other::start(&python, &["hooks", SECRET, "200"]);
        hooks(&place, other.port, form);
        // The reminder is written while it makes sense, and is sent by nobody until it makes none.
        advance(&place, "2026-03-04T20:00");
        advance(&place, "2026-03-09");
        assert_eq!(send(&place, "2026-03-09T10:00").out, "sent: 2, later: 0, dropped: 1, dead: 0\n");
        let mut two = [other.line(), other.line()];
        two.sort_by_key(|seen| seen["id"].to_string());
        for seen in &two {
            assert_eq!(seen["signed"], true, "{seen}");
            let event = &seen["event"];
            assert_eq!(event["specversion"], "1.0");
            assert_eq!(event["source"], "urn:nld:oin:00000001234567890000:systeem:voordeur");
            let id = event["id"].as_str().expect("an id");
            assert_eq!((&event["subject"], &seen["id"]), (&"case-a".into(), &format!("{id}{SOURCE}").into()));
            assert_eq!(event["dataref"], "https://voordeur.example/cases/case-a");
            for (name, value) in event.as_object().expect("attributes") {
                let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
                assert!(plain && name.len() <= 20, "{name}");
                // Neither the answer nor its field goes out.
                assert!(!value.to_string().contains("months"), "{name}: {value}");
            }
        }
        let kinds: Vec<&Value> = two.iter().map(|seen| &seen["event"]["type"]).collect();
        assert_eq!(kinds, ["nl.voordeur.taak.toegewezen.v1", "nl.voordeur.termijn.verstreken.v1"]);
        let is_binary = two[0]["headers"].as_array().expect("names").contains(&Value::from("ce-type"));
        assert_eq!(is_binary, form == "cloudevents-binary");
        // When it was written down: each time somebody else was quicker or slower.
        let timeless = two.map(|seen| {
            let mut event = seen["event"].clone();
            assert!(event.as_object_mut().is_some_and(|all| all.remove("time").is_some()), "{event}");
            event
        });
        events.push(timeless);
    }
    assert_eq!(events[0], events[1], "both modes say the same");
}

#[test]
fn a_sender_that_is_killed_sends_again_under_the_same_key_and_loses_nothing() {
    let Some(python) = python() else { return };
    let place = opened();
    let mut other = Other::start(&python, &["hooks", SECRET, "hold", "200"]);
    hooks(&place, other.port, "standard");
    let words =
        ["delivery", "send", "--db", "a.db", "--delivery", "delivery.toml", "--at", "2026-03-02T10:01"];
    let mut sender = place.command(&words).stdout(Stdio::null()).spawn().expect("it runs");
    let first = other.line();
    // The receiver has it, and nobody has written that down.
    sender.kill().expect("killed");
    sender.wait().expect("gone");
    other.go_on();
    let listed = place.run(&["delivery", "list", "--db", "a.db"]).out;
    assert!(listed.contains("waiting"), "{listed}");
    // What the dead one held is free when its lease is over, and not before.
    assert_eq!(send(&place, "2026-03-02T10:01").out, "sent: 0, later: 0, dropped: 0, dead: 0\n");
    assert_eq!(send(&place, "2026-03-02T10:03").out, "sent: 1, later: 0, dropped: 0, dead: 0\n");
    let second = other.line();
    assert_eq!((&first["id"], &first["plain"]), (&second["id"], &second["plain"]));
    assert_eq!(send(&place, "2026-03-03T10:03").out, "sent: 0, later: 0, dropped: 0, dead: 0\n");
}

#[test]
fn office_hours_hold_a_reminder_and_no_deadline() {
    let Some(python) = python() else { return };
    let place = opened();
    let mut other = Other::start(&python, &["hooks", SECRET, "200"]);
    hooks(&place, other.port, "standard");
    assert_eq!(send(&place, "2026-03-02T10:01").out, "sent: 1, later: 0, dropped: 0, dead: 0\n");
    other.line();
    // The reminder of Wednesday is sent by nobody until Wednesday night.
    advance(&place, "2026-03-04T20:00");
    let ran = send(&place, "2026-03-04T20:00");
    assert_eq!(ran.out, "sent: 0, later: 0, dropped: 0, dead: 0\n", "{ran:?}");
    let listed = place.run(&["delivery", "list", "--db", "a.db"]).out;
    assert!(listed.contains("not before Thu 2026-03-05 09:00"), "{listed}");
    assert_eq!(send(&place, "2026-03-05T08:59").out, "sent: 0, later: 0, dropped: 0, dead: 0\n");
    assert_eq!(send(&place, "2026-03-05T09:00").out, "sent: 1, later: 0, dropped: 0, dead: 0\n");
    assert_eq!(other.line()["plain"]["type"], "nl.voordeur.termijn.herinnering.v1");
    // The end of the term is told in the night in which it comes.
    advance(&place, "2026-03-06T00:00");
    assert_eq!(send(&place, "2026-03-06T00:00").out, "sent: 1, later: 0, dropped: 0, dead: 0\n");
    assert_eq!(other.line()["plain"]["type"], "nl.voordeur.termijn.verstreken.v1");
}

/// An authority and a certificate of it, in files.
fn certificates(place: &Place) {
    let mut params = CertificateParams::new(Vec::new()).expect("an authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = params.self_signed(&key).expect("an authority");
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().expect("a key");
    let own = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("a name");
    let own = own.signed_by(&key, &issuer).expect("a certificate");
    place.write("authority.pem", authority.pem());
    place.write("own.pem", own.pem());
    place.write("own.key", key.serialize_pem());
}

fn mail(place: &Place, port: u64, to: &str) {
    place.write(
        "delivery.toml",
        format!(
            "[system]\ndataref = \"https://voordeur.example/cases/{{case}}\"\n\
             [mail]\nserver = \"127.0.0.1\"\nport = {port}\nfrom = \"Voordeur <voordeur@example.org>\"\n\
             user = \"voordeur\"\npassword = {{ file = \"mail.secret\" }}\nauthority = \"authority.pem\"\n\
             [channel.team]\nmail = [\"{to}\"]\n[role]\nworker = [\"team\"]\n"
        ),
    );
}

#[test]
fn mail_arrives_at_a_real_server_over_tls_and_after_a_login() {
    let Some(python) = python() else { return };
    let place = opened();
    certificates(&place);
    let path = |name: &str| place.path().join(name).display().to_string();
    let mut other = Other::start(&python, &["smtp", &path("own.pem"), &path("own.key"), "voordeur", "right"]);
    mail(&place, other.port, "team@example.org");
    // A wrong password is no reason to give up.
    place.write("mail.secret", "wrong\n");
    let ran = send(&place, "2026-03-02T10:01");
    assert_eq!(ran.out, "sent: 0, later: 1, dropped: 0, dead: 0\n", "{ran:?}");
    let listed = place.run(&["delivery", "list", "--db", "a.db"]).out;
    assert!(listed.contains("the mail server answered with code 535"), "{listed}");
    place.write("mail.secret", "right\n");
    let ran = send(&place, "2026-03-02T10:10");
    assert_eq!(ran.out, "sent: 1, later: 0, dropped: 0, dead: 0\n", "{ran:?}");
    let seen = other.line();
    assert_eq!((&seen["encrypted"], &seen["to"][0]), (&Value::from(true), &Value::from("team@example.org")));
    let headers = &seen["headers"];
    assert_eq!(headers["message-id"], "<1-1-0.team@example.org>");
    assert_eq!(
        (&headers["subject"], &headers["auto-submitted"]),
        (&"case-a: task".into(), &"auto-generated".into())
    );
    let text = seen["text"].as_str().expect("text");
    assert!(text.contains("visit `doorstep` (First visit), due at the end of Thu 2026-03-05"), "{text}");
    assert!(text.contains("https://voordeur.example/cases/case-a"), "{text}");
    assert!(!text.contains("months"), "{text}");
}

#[test]
fn an_address_that_is_gone_is_a_dead_letter_and_a_stranger_gets_no_mail() {
    let Some(python) = python() else { return };
    let place = opened();
    certificates(&place);
    let path = |name: &str| place.path().join(name).display().to_string();
    let other = Other::start(&python, &["smtp", &path("own.pem"), &path("own.key"), "voordeur", "right"]);
    place.write("mail.secret", "right");
    // Somebody else's certificate: not a word is said to it.
    mail(&place, other.port, "gone@example.org");
    let trusted = std::fs::read(place.path().join("authority.pem")).expect("read");
    certificates(&place);
    assert_eq!(send(&place, "2026-03-02T10:01").out, "sent: 0, later: 1, dropped: 0, dead: 0\n");
    place.write("authority.pem", trusted);
    let ran = send(&place, "2026-03-02T10:10");
    assert_eq!((ran.status, ran.out.as_str()), (1, "sent: 0, later: 0, dropped: 0, dead: 1\n"), "{ran:?}");
    assert!(
        ran.err.contains("the mail server answered with code 550") && !ran.err.contains("gone@"),
        "{ran:?}"
    );
}

/// What a calendar program makes of a file.
fn read(python: &str, place: &Place, file: &str) -> Vec<Value> {
    let script = top().join("tests/reach/others.py");
    let ran = Command::new(python).arg(script).args(["ics", file]).current_dir(place.path()).output();
    let ran = Ran::from(ran.expect("it runs"));
    assert_eq!(ran.status, 0, "{ran:?}");
    ran.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn a_calendar_program_reads_visits_and_deadlines() {
    let Some(python) = python() else { return };
    let place = opened();
    let ran = place.run(&["calendar", "--db", "a.db", "--role", "worker", "--to", "worker.ics"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let events = read(&python, &place, "worker.ics");
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["summary"], "case-a: visit: First visit");
    // Until the end of Thursday: the whole day, of which the day after is the end.
    assert_eq!((&events[0]["start"], &events[0]["end"]), (&"2026-03-05".into(), &"2026-03-06".into()));
    assert_eq!(events[0]["errors"], Value::Array(Vec::new()));
    let uid = events[0]["uid"].clone();
    // The same text again, and an event keeps its number when the case goes on.
    let again = place.run(&["calendar", "--db", "a.db", "--role", "worker"]);
    assert_eq!(again.out, std::fs::read_to_string(place.path().join("worker.ics")).expect("read"));
    let attempt = ["case", "event", "--db", "a.db", "case-a", "doorstep not_home"];
    let ran = place.run(&[&attempt[..], &["--by", "worker", "--at", "2026-03-03T10:00"]].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    place.run(&["calendar", "--db", "a.db", "--role", "worker", "--to", "worker.ics"]);
    assert_eq!(read(&python, &place, "worker.ics")[0]["uid"], uid);
    let nobody = place.run(&["calendar", "--db", "a.db", "--role", "wroker"]);
    assert!(nobody.status == 1 && nobody.err.contains("no pathway has a party `wroker`"), "{nobody:?}");
}

/// One request; the status and the body.
fn get(address: &str, path: &str) -> (String, String) {
    let mut line = TcpStream::connect(address).expect("somebody listens");
    write!(line, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    line.read_to_string(&mut answer).expect("answered");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.to_owned(), body.to_owned())
}

#[test]
fn calendars_are_served_under_addresses_that_nobody_guesses() {
    let Some(python) = python() else { return };
    let place = opened();
    place.write("calendar.secret", "oX2uW8nJr5q1vK7dLz3mYb6tHc9sGe4f");
    let config = "[calendar]\nlisten = \"127.0.0.1:0\"\nsecret = { file = \"calendar.secret\" }\nroles = [\"worker\"]\n";
    place.write("delivery.toml", config);
    let link = place.run(&["calendar", "--role", "worker", "--link", "--delivery", "delivery.toml"]).out;
    let path = link.trim().split_once(":0").expect("an address").1.to_owned();
    let words = ["serve", "--db", "a.db", "--delivery", "delivery.toml"];
    let mut command = place.command(&words);
    let mut served = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it runs");
    let mut said = BufReader::new(served.stderr.take().expect("its errors"));
    let address = loop {
        let mut line = String::new();
        assert!(said.read_line(&mut line).expect("it speaks") > 0, "it ended");
        if let Some((_, address)) = line.trim().split_once("calendars at http://") {
            break address.to_owned();
        }
    };
    let (head, body) = get(&address, &path);
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("text/calendar"), "{head}");
    place.write("served.ics", body);
    // By now the clock of this machine has ended the case; a calendar without events is one too.
    read(&python, &place, "served.ics");
    for wrong in ["/calendar/worker.ics", "/calendar/.ics", "/", path.trim_end_matches(".ics")] {
        assert!(get(&address, wrong).0.starts_with("HTTP/1.1 404"), "{wrong}");
    }
    Command::new("kill").arg(served.id().to_string()).status().expect("told to stop");
    assert_eq!(served.wait().expect("it ends").code(), Some(0));
}

#[test]
fn people_work_from_the_inboxes_of_their_roles() {
    let place = opened();
    place.write("delivery.toml", "[person.w-1]\nroles = [\"worker\"]\n[person.w-2]\nroles = [\"worker\"]\n");
    let inbox = |person: &str| {
        let words =
            ["inbox", "--db", "a.db", "--delivery", "delivery.toml", "--at", "2026-03-02T10:01", "--person"];
        place.run(&[&words[..], &[person]].concat()).out
    };
    assert!(inbox("w-1").starts_with("1-1-0") && inbox("w-2").starts_with("1-1-0"));
    assert_eq!(place.run(&["inbox", "take", "--db", "a.db", "1-1-0", "--person", "w-1"]).status, 0);
    assert!(inbox("w-1").contains("taken by `w-1`"), "{}", inbox("w-1"));
    assert_eq!(inbox("w-2"), "");
    let refused = place.run(&["inbox", "take", "--db", "a.db", "1-1-0", "--person", "w-2"]);
    assert!(refused.status == 1 && refused.err.contains("was taken by `w-1`"), "{refused:?}");
    place.run(&["inbox", "snooze", "--db", "a.db", "1-1-0", "--until", "2026-03-02T12:00"]);
    assert_eq!(inbox("w-1"), "");
    place.run(&["inbox", "reopen", "--db", "a.db", "1-1-0"]);
    assert!(inbox("w-2").starts_with("1-1-0"));
    let done =
        place.run(&["inbox", "done", "--db", "a.db", "1-1-0", "--by", "w-2", "--at", "2026-03-02T11:00"]);
    assert!(done.out.contains("done Mon 2026-03-02 11:00 by `w-2`"), "{done:?}");
    assert_eq!(inbox("w-1"), "");
    let refused = |words: &[&str], why: &str| {
        let ran = place.run(&[&["inbox"][..], words, &["--db", "a.db", "1-1-0"]].concat());
        assert!(ran.status == 1 && ran.err.contains(why), "{ran:?}");
    };
    refused(&["snooze", "--until", "2026-03-03T12:00"], "is done already; `voordeur inbox reopen 1-1-0`");
    place.run(&["inbox", "reopen", "--db", "a.db", "1-1-0"]);
    refused(&["snooze", "--until", "2260-03-03T12:00"], "can sleep for a year at most");
    refused(&["done", "--at", "2026-03-02T09:00"], "was not there yet at that moment");
    let unknown = place.run(&["inbox", "done", "--db", "a.db", "7-7-7"]);
    assert!(unknown.status == 1 && unknown.err.contains("there is no item 7-7-7"), "{unknown:?}");
}

#[test]
fn a_file_of_channels_that_is_wrong_is_told_with_its_line() {
    let place = opened();
    place.write("short.secret", "abc");
    let check = |text: &str| {
        place.write("delivery.toml", text);
        let ran = place.run(&["delivery", "check", "delivery.toml", "--db", "a.db"]);
        format!("{}: {}{}", ran.status, ran.out, ran.err)
    };
    let secret = "secret = { file = \"hook.secret\" }";
    let mail = "[mail]\nserver = \"mail.example.org\"\nfrom = \"voordeur@example.org\"\n";
    insta::assert_snapshot!(
        [
            check(&format!(
                "[channel.a]\nwebhook = \"https://example.org/in\"\n{secret}\n[role]\nworker = [\"a\"]\n"
            )),
            check(&format!(
                "[channel.a]\nwebhook = \"https://example.org/in\"\n{secret}\n[role]\nwroker = [\"a\"]\n"
            )),
            check("[role]\nworker = [\"b\"]\n"),
            check("[channel.a]\nwebhok = \"x\"\n"),
            check(&format!("[channel.a]\nwebhook = \"http://example.org/in\"\n{secret}\n")),
            check("[channel.a]\nwebhook = \"https://example.org/in\"\nsecret = { file = \"none.secret\" }\n"),
            check(
                "[channel.a]\nwebhook = \"https://example.org/in\"\nsecret = { file = \"short.secret\" }\n"
            ),
            check(
                "[channel.a]\nwebhook = \"https://example.org/in\"\nsecret = { env = \"VOORDEUR_NONE\" }\n"
            ),
            check("[channel.a]\nwebhook = \"https://example.org/in\"\n"),
            check(&format!(
                "[channel.a]\nwebhook = \"https://example.org/in\"\nform = \"cloudevents\"\n{secret}\n"
            )),
            check("[system]\nsource = \"voordeur\"\n"),
            check("[channel.a]\nmail = [\"team@example.org\"]\n"),
            check(&format!("{mail}[channel.a]\nmail = [\"team\"]\n")),
            check(&format!("{mail}security = \"none\"\n")),
            check(&format!("{mail}user = \"x\"\n")),
            check("[calendar]\nlisten = \"0.0.0.0:80\"\nsecret = { file = \"hook.secret\" }\nroles = []\n"),
            check("[calendar]\nsecret = { file = \"short.secret\" }\nroles = []\n"),
            check("[role\n"),
        ]
        .concat()
    );
}
