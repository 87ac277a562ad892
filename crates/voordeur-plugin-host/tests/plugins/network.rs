//! Requests of plugins: only where both the plugin and the operator say so, also after names are looked up and after a
//! redirection; secrets that a plugin uses and never sees.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::json;
use voordeur_plugin_host::contract::Operator;
use voordeur_plugin_host::http::{Bounds, Failure, Live, Recording, Request, Response, Transport};
use voordeur_plugin_host::{ActionError, Limits, Plugin, PluginHost, Report, Setup};

use crate::nothing;
use crate::small::{component, data, load, manifest, numbers};

/// A plugin that sends one request, with the secret `token` in a header field, the query and the body when it has
/// one, and tells what came back: `refused` with the body of a response, `needs-human` with why there was none.
fn asking(wants: &[&str], method: &str, url: &str) -> Vec<u8> {
    let mut manifest = manifest();
    manifest["wants"] = json!({ "http": wants, "secrets": ["token"] });
    let imports = r#"
      (import "voordeur:plugin/http@1.0.0" "send" (func $send (param i32 i32 i32 i32 i32 i32 i32 i32 i32)))
      (import "voordeur:plugin/secrets@1.0.0" "placeholder" (func $secret (param i32 i32 i32)))"#;
    let length = |text: &str| u32::try_from(text.len()).expect("small");
    let (method_length, url_length) = (length(method), length(url));
    let data = data(3200, "authorization")
        + &data(3300, "token")
        + &data(3400, method)
        + &data(3500, url)
        + &numbers(3100, &[3200, 13, 0, 0]);
    let body = format!(
        "(call $secret (i32.const 3300) (i32.const 5) (i32.const 3000))
        (i32.store (i32.const 3108) (i32.load (i32.const 3004)))
        (i32.store (i32.const 3112) (i32.load (i32.const 3008)))
        (call $send
          (i32.const 3400) (i32.const {method_length}) (i32.const 3500) (i32.const {url_length})
          (i32.const 3100) (i32.load8_u (i32.const 3000))
          (i32.load (i32.const 3004)) (i32.load (i32.const 3008))
          (i32.const 4000))
        (i32.store (i32.const 2048) (i32.const 1))
        (if (i32.load8_u (i32.const 4000))
          (then
            (i32.store (i32.const 2052) (i32.const 3))
            (i32.store (i32.const 2056) (i32.load (i32.const 4008)))
            (i32.store (i32.const 2060) (i32.load (i32.const 4012))))
          (else
            (i32.store (i32.const 2052) (i32.const 1))
            (i32.store (i32.const 2056) (i32.load (i32.const 4016)))
            (i32.store (i32.const 2060) (i32.load (i32.const 4020)))))
        (i32.const 2048)"
    );
    component(&manifest, imports, &data, &body)
}

/// What a plugin sent and answers from a list: no network.
#[derive(Default)]
struct Fake {
    sent: Mutex<Vec<(Request, bool)>>,
    answers: Mutex<Vec<Response>>,
}

impl Transport for Fake {
    fn send(&self, request: &Request, bounds: Bounds) -> Result<Response, Failure> {
        self.sent.lock().expect("not poisoned").push((request.clone(), bounds.private));
        let mut answers = self.answers.lock().expect("not poisoned");
        let next = if answers.is_empty() {
            Response { status: 200, ..Response::default() }
        } else {
            answers.remove(0)
        };
        Ok(next)
    }
}

fn answer(status: u16, location: Option<&str>, body: &str) -> Response {
    let headers = location.map(|to| ("location".to_owned(), to.to_owned())).into_iter().collect();
    Response { status, headers, body: body.as_bytes().to_vec() }
}

fn host(grants: &str, transport: Arc<dyn Transport>) -> PluginHost {
    let file = format!("[plugin.small]\n{grants}");
    let operator = Operator::read("voordeur.toml", &file).expect("a file");
    let secrets = BTreeMap::from([(("small".to_owned(), "token".to_owned()), "s3cr&t".to_owned())]);
    let limits = Limits { traffic: 2000, requests: 4, ..Limits::default() };
    PluginHost::with(Setup { operator, secrets, transport, limits, ..Setup::default() }).expect("a host")
}

async fn report(host: &PluginHost, wants: &[&str], method: &str, url: &str) -> Report {
    let plugin: Plugin = load(host, &asking(wants, method, url)).await;
    plugin.report(&nothing()).await
}

/// Why there was no response.
fn denied(report: &Report) -> String {
    match &report.result {
        Err(ActionError::NeedsHuman(why)) => why.clone(),
        other => panic!("{other:?}"),
    }
}

fn body(report: &Report) -> String {
    match &report.result {
        Err(ActionError::Refused(body)) => body.clone(),
        other => panic!("{other:?}"),
    }
}

const ZAKEN: &str = "https://zaken.example.nl/api";

#[tokio::test]
async fn both_the_plugin_and_the_operator_must_say_so() {
    let fake = Arc::new(Fake::default());
    let granted = host(&format!("http = [\"{ZAKEN}\"]"), fake.clone());
    let not_granted = host("", fake.clone());
    let why = denied(&report(&not_granted, &["https://*"], "GET", ZAKEN).await);
    assert!(why.contains("http = [\"https://zaken.example.nl\"]") && why.contains("[plugin.small]"), "{why}");
    let why = denied(&report(&granted, &["https://other.example.nl"], "GET", ZAKEN).await);
    assert!(why.contains("does not ask"), "{why}");
    for elsewhere in [
        "https://zaken.example.nl/admin",
        "https://zaken.example.nl:444/api",
        "http://zaken.example.nl/api",
        "https://evil.test/",
        "https://zaken.example.nl@evil.test/api",
    ] {
        denied(&report(&granted, &["https://*", "http://*"], "GET", elsewhere).await);
    }
    assert!(fake.sent.lock().expect("not poisoned").is_empty(), "nothing went out");
    body(&report(&granted, &["https://*"], "GET", ZAKEN).await);
    let sent = fake.sent.lock().expect("not poisoned").clone();
    assert_eq!(sent.len(), 1);
    assert!(!sent[0].1, "not into a private network");
}

#[tokio::test]
async fn what_is_no_request_does_not_go_out() {
    let fake = Arc::new(Fake::default());
    let host = host(&format!("http = [\"{ZAKEN}\"]"), fake.clone());
    for (method, url) in [("CONNECT", ZAKEN), ("get", ZAKEN), ("GET", "zaken"), ("GET", "file:///etc/passwd")]
    {
        denied(&report(&host, &["https://*"], method, url).await);
    }
    assert!(fake.sent.lock().expect("not poisoned").is_empty(), "nothing went out");
}

#[tokio::test]
async fn a_redirection_is_looked_at_as_if_it_were_asked_for() {
    let fake = Arc::new(Fake::default());
    let host = host(&format!("http = [\"{ZAKEN}\"]"), fake.clone());
    let answers = |list: Vec<Response>| *fake.answers.lock().expect("not poisoned") = list;
    answers(vec![answer(302, Some("/api/2"), ""), answer(200, None, "second")]);
    assert_eq!(body(&report(&host, &["https://*"], "GET", ZAKEN).await), "second");
    for to in [
        "https://evil.test/",
        "http://zaken.example.nl/api",
        "http://169.254.169.254/latest",
        "/admin",
        "//evil.test/api",
    ] {
        answers(vec![answer(302, Some(to), ""), answer(200, None, "stolen")]);
        let denied = denied(&report(&host, &["https://*"], "GET", ZAKEN).await);
        assert!(denied.contains("does not"), "{to}: {denied}");
    }
    // Round and round: the limit on requests comes first here.
    answers((0..20).map(|_| answer(302, Some(ZAKEN), "")).collect());
    denied(&report(&host, &["https://*"], "GET", ZAKEN).await);
    // What changes something is not sent on: the plugin is told.
    answers(vec![answer(307, Some("https://evil.test/"), "moved")]);
    assert_eq!(body(&report(&host, &["https://*"], "POST", ZAKEN).await), "moved");
}

#[tokio::test]
async fn a_plugin_uses_a_secret_that_it_never_sees() {
    let fake = Arc::new(Fake::default());
    let host =
        host(&format!("http = [\"{ZAKEN}\"]\nsecrets = {{ token = {{ env = \"TOKEN\" }} }}"), fake.clone());
    *fake.answers.lock().expect("not poisoned") =
        vec![answer(200, Some("s3cr&t"), "you sent s3cr&t, s3cr&t")];
    let report = report(&host, &["https://*"], "POST", ZAKEN).await;
    let sent = fake.sent.lock().expect("not poisoned").clone();
    assert_eq!(sent[0].0.headers, [("authorization".to_owned(), "s3cr&t".to_owned())]);
    assert_eq!(sent[0].0.body, b"s3cr&t");
    let seen = body(&report);
    assert!(seen.starts_with("you sent voordeur-secret-") && !seen.contains("s3cr"), "{seen}");
    let recorded = serde_json::to_string(&report.exchanges).expect("JSON");
    assert!(recorded.contains("voordeur-secret-") && !recorded.contains("s3cr"), "{recorded}");
}

#[tokio::test]
async fn a_secret_that_is_not_granted_is_not_there() {
    let fake = Arc::new(Fake::default());
    let host = host(&format!("http = [\"{ZAKEN}\"]"), fake.clone());
    body(&report(&host, &["https://*"], "POST", ZAKEN).await);
    let sent = fake.sent.lock().expect("not poisoned").clone();
    assert!(sent[0].0.headers.is_empty() && sent[0].0.body.is_empty());
}

#[tokio::test]
async fn what_was_recorded_can_be_played_back() {
    let fake = Arc::new(Fake::default());
    *fake.answers.lock().expect("not poisoned") = vec![answer(201, None, r#"{"id": 7}"#)];
    let grants = format!("http = [\"{ZAKEN}\"]");
    let first = report(&host(&grants, fake), &["https://*"], "POST", ZAKEN).await;
    let recording = serde_json::to_string(&first.exchanges).expect("JSON");
    let again = Arc::new(Recording::new(serde_json::from_str(&recording).expect("a recording")));
    let second = report(&host(&grants, again.clone()), &["https://*"], "POST", ZAKEN).await;
    assert_eq!(body(&second), r#"{"id":7}"#);
    assert!(again.left().is_empty());
    let other = Arc::new(Recording::new(serde_json::from_str(&recording).expect("a recording")));
    let wrong = report(&host(&grants, other), &["https://*"], "PUT", ZAKEN).await;
    assert!(denied(&wrong).contains("no such request"), "{:?}", wrong.result);
}

/// A server on this machine that answers every request alike, and tells what it was sent.
fn server(reply: &'static str) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut bytes = vec![0; 4096];
            let count = stream.read(&mut bytes).unwrap_or(0);
            log.lock().expect("not poisoned").push(String::from_utf8_lossy(&bytes[..count]).into_owned());
            stream.write_all(reply.as_bytes()).unwrap_or_default();
        }
    });
    (address, seen)
}

const HELLO: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

#[tokio::test]
async fn a_private_network_is_reached_only_when_the_operator_says_private() {
    let (address, seen) = server(HELLO);
    let url = format!("http://{address}/api");
    let open = host(&format!("http = [{{ to = \"{url}\", private = true }}]"), Arc::new(Live::default()));
    assert_eq!(body(&report(&open, &["http://127.0.0.1", &url], "GET", &url).await), "hello");
    assert_eq!(seen.lock().expect("not poisoned").len(), 1);
    // A name of the public internet that leads to this machine: judged after it was looked up.
    let rebinding = Live::default().with_look_up(Arc::new(move |host, port| {
        assert_eq!((host, port), ("zaken.example.nl", 443));
        Ok(vec![address])
    }));
    let closed = host(&format!("http = [\"{ZAKEN}\"]"), Arc::new(rebinding));
    let why = denied(&report(&closed, &["https://*"], "GET", ZAKEN).await);
    assert!(why.contains("private network"), "{why}");
    assert_eq!(seen.lock().expect("not poisoned").len(), 1, "nobody called again");
    // Also where an address is written instead of a name.
    for inside in [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/",
        "https://2130706433/",
        "https://0x7f.1/",
    ] {
        let closed = host("http = [\"https://*\"]", Arc::new(Live::default()));
        let why = denied(&report(&closed, &["https://*"], "GET", inside).await);
        assert!(why.contains("private network"), "{inside}: {why}");
    }
}

#[tokio::test]
async fn a_response_without_an_end_meets_the_limit() {
    let (address, _) = server("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhello");
    let url = format!("http://{address}/");
    let narrow = host(&format!("http = [{{ to = \"{url}\", private = true }}]"), Arc::new(Live::default()));
    let why = denied(&report(&narrow, &["http://*", &url], "GET", &url).await);
    assert!(!why.is_empty());
}
