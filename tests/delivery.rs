//! Deliveries, with servers of this file: what goes to whom when one address or one channel fails, and how that is seen.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use serde_json::Value;

use crate::operations::get;
use crate::program::{Place, Ran};

/// 24 bytes in Base64.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A server that keeps what it was sent, until the test ends.
struct Server {
    port: u16,
    seen: Receiver<String>,
}

impl Server {
    fn start(talk: impl Fn(TcpStream, &Sender<String>) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (sender, seen) = channel();
        thread::spawn(move || listener.incoming().flatten().for_each(|line| talk(line, &sender)));
        Self { port, seen }
    }

    /// A mail server that refuses addresses which begin with `bad` for good, and with `busy` for a while.
    fn mail() -> Self {
        Self::start(|line, seen| mail_talk(line, seen).unwrap_or_default())
    }

    /// A receiver of webhooks that always gives the same answer.
    fn hook(answer: &'static str) -> Self {
        Self::start(move |line, seen| hook_talk(line, answer, seen).unwrap_or_default())
    }

    fn mails(&self) -> Vec<String> {
        self.seen.try_iter().collect()
    }
}

fn mail_talk(line: TcpStream, seen: &Sender<String>) -> std::io::Result<()> {
    let mut said = BufReader::new(line.try_clone()?).lines();
    let mut line = line;
    line.write_all(b"220 here\r\n")?;
    while let Some(Ok(word)) = said.next() {
        let word = word.to_lowercase();
        let answer = if word.starts_with("rcpt to:<bad") {
            "550 no such user"
        } else if word.starts_with("rcpt to:<busy") {
            "451 later"
        } else if word == "data" {
            line.write_all(b"354 go on\r\n")?;
            let text: Vec<String> =
                said.by_ref().map_while(Result::ok).take_while(|line| line != ".").collect();
            seen.send(text.join("\n")).unwrap_or_default();
            "250 taken"
        } else {
            "250 well"
        };
        line.write_all(format!("{answer}\r\n").as_bytes())?;
    }
    Ok(())
}

fn hook_talk(line: TcpStream, answer: &str, seen: &Sender<String>) -> std::io::Result<()> {
    let mut said = BufReader::new(line.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && said.read_line(&mut head)? > 0 {}
    let length = field(&head, "content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    said.read_exact(&mut body)?;
    seen.send(head).unwrap_or_default();
    let mut line = line;
    line.write_all(format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").as_bytes())
}

/// What stands in a header field.
fn field(text: &str, name: &str) -> Option<String> {
    let fields = text.lines().filter_map(|line| line.split_once(": "));
    fields.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned()).next()
}

fn opened() -> Place {
    let place = Place::new();
    place.write("hook.secret", SECRET);
    assert_eq!(place.open("a").status, 0);
    place
}

fn to_mail(place: &Place, port: u16, addresses: &str) {
    let file = format!(
        "[mail]\nserver = \"127.0.0.1\"\nport = {port}\nsecurity = \"none\"\nfrom = \"voordeur@example.org\"\n\
         [channel.team]\nmail = [{addresses}]\n[role]\nworker = [\"team\"]\n"
    );
    place.write("delivery.toml", file);
}

fn to_hook(place: &Place, port: u16, source: &str, form: &str) {
    let file = format!(
        "[system]\nsource = \"{source}\"\n[channel.hook]\nwebhook = \"http://127.0.0.1:{port}/in/key-of-theirs\"\n\
         private = true\nform = \"{form}\"\nsecret = {{ file = \"hook.secret\" }}\n[role]\nworker = [\"hook\"]\n"
    );
    place.write("delivery.toml", file);
}

fn send(place: &Place, at: &str) -> Ran {
    place.run(&["delivery", "send", "--db", "a.db", "--delivery", "delivery.toml", "--at", at])
}

fn listed(place: &Place) -> String {
    place.run(&["delivery", "list", "--db", "a.db"]).out
}

#[test]
fn each_address_of_a_channel_gets_its_own_mail() {
    let place = opened();
    let server = Server::mail();
    to_mail(&place, server.port, "\"ok@example.org\", \"bad@example.org\", \"busy@example.org\"");
    let ran = send(&place, "2008-03-03T10:05");
    assert_eq!(ran.out, "sent: 1, later: 1, dropped: 0, dead: 1\n", "{ran:?}");
    let first = server.mails();
    assert_eq!(first.len(), 1, "{first:?}");
    assert_eq!(field(&first[0], "to").as_deref(), Some("ok@example.org"));
    let (list, check) = (listed(&place), place.run(&["delivery", "check", "delivery.toml"]).out);
    assert!(list.contains("code 550") && list.contains("code 451"), "{list}");
    assert!(!list.contains('@') && !ran.err.contains('@'), "no address is told: {list} {ran:?}");
    // Who has the file learns which name is which address.
    for line in list.lines() {
        let name = line.split_whitespace().nth(1).expect("a channel");
        assert!(name.starts_with("team/") && check.contains(name), "{name}: {check}");
    }
    // One address is mended, the others stay: who has it does not get it again.
    to_mail(&place, server.port, "\"ok@example.org\", \"mended@example.org\", \"busy@example.org\"");
    let key = list.split_whitespace().next().expect("a key");
    let ran = place.run(&["delivery", "retry", "--db", "a.db", key, "--at", "2008-03-03T10:06"]);
    let words = "dead letters that are tried anew: 1\ndeliveries that waited and are tried now: 1\n";
    assert_eq!((ran.status, ran.out.as_str()), (0, words), "{ran:?}");
    let ran = send(&place, "2008-03-03T11:30");
    assert_eq!(ran.out, "sent: 1, later: 1, dropped: 1, dead: 0\n", "{ran:?}");
    let second = server.mails();
    assert_eq!(second.len(), 1, "{second:?}");
    assert_eq!(field(&second[0], "to").as_deref(), Some("mended@example.org"));
    assert_ne!(field(&first[0], "message-id"), field(&second[0], "message-id"));
    assert_eq!(place.run(&["db", "verify", "--db", "a.db"]).status, 0);
}

#[test]
fn what_waits_for_one_address_goes_to_each_when_more_come() {
    let place = opened();
    let server = Server::mail();
    to_mail(&place, server.port, "\"busy@example.org\"");
    assert_eq!(send(&place, "2008-03-03T10:05").out, "sent: 0, later: 1, dropped: 0, dead: 0\n");
    assert!(listed(&place).contains("  team  a -> worker: waiting"), "{}", listed(&place));
    to_mail(&place, server.port, "\"busy@example.org\", \"ok@example.org\"");
    assert_eq!(send(&place, "2008-03-03T10:15").out, "sent: 1, later: 1, dropped: 1, dead: 0\n");
    to_mail(&place, server.port, "\"ok@example.org\"");
    // What waited for an address that is gone is left to others for an hour, and then it is seen that all have it.
    assert_eq!(send(&place, "2008-03-03T12:30").out, "sent: 0, later: 0, dropped: 1, dead: 0\n");
    assert_eq!(server.mails().len(), 1);
    assert_eq!(listed(&place), "");
}

#[test]
fn keys_of_two_systems_are_told_apart_by_who_receives_them() {
    let hooks = |source: &str, form: &str| {
        let (place, server) = (opened(), Server::hook("503 busy"));
        to_hook(&place, server.port, source, form);
        for at in ["2008-03-03T10:05", "2008-03-03T10:15"] {
            assert_eq!(send(&place, at).out, "sent: 0, later: 1, dropped: 0, dead: 0\n");
        }
        let heads: Vec<String> = server.seen.try_iter().collect();
        assert_eq!(heads.len(), 2, "{heads:?}");
        let id = field(&heads[0], "webhook-id").expect("an id");
        assert_eq!(field(&heads[1], "webhook-id").as_ref(), Some(&id), "the same on every try");
        // The report is of 2008, and was written down now.
        let time = field(&heads[0], "ce-time");
        assert!(time.is_none_or(|time| !time.starts_with("2008")), "{heads:?}");
        (id, field(&heads[0], "ce-id"))
    };
    let (north, event) = hooks("urn:nld:oin:1:systeem:north", "cloudevents-binary");
    let (south, plain) = hooks("urn:nld:oin:1:systeem:south", "standard");
    assert!(north.starts_with("1-1-0-") && south.starts_with("1-1-0-") && north != south, "{north} {south}");
    // A CloudEvent has its source beside its number.
    assert_eq!((event.as_deref(), plain), (Some("1-1-0"), None));
    let mails = |source: &str| {
        let (place, server) = (opened(), Server::mail());
        to_mail(&place, server.port, "\"ok@example.org\"");
        let file = std::fs::read_to_string(place.path().join("delivery.toml")).expect("read");
        place.write("delivery.toml", format!("[system]\nsource = \"{source}\"\n{file}"));
        assert_eq!(send(&place, "2008-03-03T10:05").out, "sent: 1, later: 0, dropped: 0, dead: 0\n");
        field(&server.mails()[0], "message-id").expect("an id")
    };
    assert_eq!(mails("urn:nld:oin:1:systeem:north"), format!("<{north}.team@example.org>"));
    assert_eq!(mails("urn:nld:oin:1:systeem:south"), format!("<{south}.team@example.org>"));
}

#[test]
fn a_receiver_that_asks_for_ages_gets_a_day_and_retry_frees_what_waits() {
    let place = opened();
    let server = Server::hook("503 busy\r\nRetry-After: 99999999999");
    to_hook(&place, server.port, "urn:nld:oin:1:systeem:voordeur", "standard");
    assert_eq!(send(&place, "2008-03-03T10:05").out, "sent: 0, later: 1, dropped: 0, dead: 0\n");
    assert!(listed(&place).contains("not before Tue 2008-03-04 10:05"), "{}", listed(&place));
    let server = Server::hook("200 taken");
    to_hook(&place, server.port, "urn:nld:oin:1:systeem:voordeur", "standard");
    assert_eq!(send(&place, "2008-03-03T10:10").out, "sent: 0, later: 0, dropped: 0, dead: 0\n");
    let retry =
        |key: &str| place.run(&["delivery", "retry", "--db", "a.db", key, "--at", "2008-03-03T10:10"]);
    let ran = retry("1-1-0");
    assert_eq!(
        (ran.status, ran.out.as_str()),
        (0, "deliveries that waited and are tried now: 1\n"),
        "{ran:?}"
    );
    assert_eq!(send(&place, "2008-03-03T10:10").out, "sent: 1, later: 0, dropped: 0, dead: 0\n");
    let refused = retry("1-1-0");
    assert!(refused.status == 1 && refused.err.contains("no delivery of 1-1-0 waits"), "{refused:?}");
}

#[test]
fn a_channel_that_is_down_is_in_the_metrics_and_in_the_log() {
    let place = opened();
    let server = Server::hook("503 busy");
    to_hook(&place, server.port, "urn:nld:oin:1:systeem:voordeur", "standard");
    let words =
        ["serve", "--db", "a.db", "--delivery", "delivery.toml", "--log", "json", "--http", "127.0.0.1:0"];
    let mut command = place.command(&words);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
    let log = BufReader::new(child.stderr.take().expect("its log")).lines();
    let mut log = log.map(|line| serde_json::from_str::<Value>(&line.expect("a line")).expect("JSON"));
    let listening = log.find(|line| line["event"] == "listening").expect("it listens");
    let address = listening["address"].as_str().expect("an address");
    let failed = log.find(|line| line["event"] == "delivery_failed").expect("it tells");
    assert_eq!((&failed["level"], &failed["channel"]), (&"warning".into(), &"hook".into()), "{failed}");
    assert_eq!((&failed["tries"], &failed["case"]), (&1.into(), &"a".into()), "{failed}");
    assert_eq!(failed["why"], "the receiver answered with status 503", "{failed}");
    assert!(failed["key"].is_string() && failed["next_at"].is_string(), "{failed}");
    assert!(!failed.to_string().contains("key-of-theirs"), "the path may be a secret: {failed}");
    let value = |page: &str, name: &str| {
        let line = page.lines().find(|line| line.starts_with(&format!("{name}{{channel=\"hook\"}} ")));
        line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).unwrap_or(0.0)
    };
    let mut page = get(address, "/metrics");
    // The message is of 2008, and counts from then once it was tried in vain.
    while value(&page, "voordeur_delivery_age_seconds") < 1e6 {
        page = get(address, "/metrics");
    }
    assert!(value(&page, "voordeur_deliveries_waiting") >= 1.0, "{page}");
    assert!(value(&page, "voordeur_delivery_failures_total") >= 1.0, "{page}");
    assert!(!page.contains("key-of-theirs"), "{page}");
    let reader = thread::spawn(move || log.count());
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("sent");
    assert!(sent.success());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    reader.join().expect("read");
}
