//! Plugins, as whoever writes a pathway, a plugin, or an operator file meets them. The small components in
//! `tests/plugins` are made by the tests of the plugin host.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::program::{Place, Ran, top};

/// A pathway with one action; `{action}` is the block of it, `{fields}` its fields.
pub(crate) fn pathway(fields: &str, asks: &str, action: &str) -> String {
    format!(
        r#"pathway visits "Visits" {{
  version "1"
  lead   house
  agency house
  role   worker of house
  data {{ {fields} }}
  trigger knock from anyone {{ asks {asks} -> first }}
  stage first {{
    must action act {action}
    on act returned -> good
    on act gave_up  task find_out by worker within 1 working day
    on act overdue  -> bad
    on find_out done    -> bad
    on find_out overdue -> bad
  }}
  end good success
  end bad  failure
}}
"#
    )
}

fn own_plugins(place: &Place) {
    let target = top().join("tests/plugins").canonicalize().expect("there");
    std::os::unix::fs::symlink(target, place.path().join("small")).expect("a link");
}

const TELLING: &str = r#"by plugin "telling" { does fill  to house  sees months  within 1 working day }"#;

pub(crate) fn play(place: &Place, data: &str, more: &[&str]) -> Ran {
    place.write(
        "events.jsonl",
        format!(
            "{{\"at\": \"2026-03-02T10:00\", \"case\": \"a\", \"trigger\": \"knock\", \"data\": {data}}}\n"
        ),
    );
    let mut words = vec!["run", "visits.pathway", "--events", "events.jsonl", "--db", "a.db"];
    words.extend(more);
    place.run(&words)
}

#[test]
fn a_field_that_an_action_does_not_see_does_not_reach_the_plugin() {
    let place = Place::new();
    own_plugins(&place);
    let fields =
        "months count 0..120 shared with house  arrears money shared with house kept because \"short\"";
    place.write("visits.pathway", pathway(fields, "months, arrears", TELLING));
    let ran = play(&place, r#"{"months": 7, "arrears": "€90071.99"}"#, &["--plugins", "small"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let shown = place.run(&["case", "show", "--db", "a.db", "a"]).out;
    // The plugin gives back all that it was shown, as a document.
    assert!(shown.contains("{'fields':{'months':7},'settings':{}}"), "{shown}");
    let document = shown.split("document").last().expect("a document");
    assert!(!document.contains("9007199") && !document.contains("arrears"), "{shown}");
}

#[test]
fn check_holds_actions_against_their_plugins() {
    let place = Place::new();
    let action = r#"by plugin "debt-budget" { does free_to_spend  to house  sees income, rent  returns free, short  within 1 working day }"#;
    let right = "income money shared with house  rent money shared with house  free money  short yes_no";
    place.write("visits.pathway", pathway(right, "income, rent", action));
    let clean = place.run(&["check", "visits.pathway", "--format", "concise"]);
    assert!(!clean.out.contains("plugin-mismatch"), "{}", clean.out);
    let wrong = right.replace("income money", "income count 0..9").replace("short yes_no", "short text");
    place.write("visits.pathway", pathway(&wrong, "income, rent", action));
    let found = place.run(&["check", "visits.pathway", "--format", "concise"]);
    assert_eq!(found.status, 1, "{found:?}");
    for part in [
        "plugin-mismatch",
        "`income` is a whole number from 0 to 9, and the plugin `debt-budget` takes an amount of money",
        "the plugin `debt-budget` returns `short` as yes or no, and the field is a text",
    ] {
        assert!(found.out.contains(part), "{part}: {}", found.out);
    }
    // `--watch` finds what `check` finds.
    let mut command = place.command(&["check", "--watch", "--format", "concise", "visits.pathway"]);
    let mut watching = command.stdout(Stdio::piped()).spawn().expect("it runs");
    let told = std::io::BufReader::new(watching.stdout.take().expect("its output"));
    let lines: Vec<String> =
        std::io::BufRead::lines(told).take(found.out.lines().count()).map_while(Result::ok).collect();
    watching.kill().expect("it can be ended");
    watching.wait().expect("it has ended");
    assert_eq!(lines, found.out.lines().collect::<Vec<_>>());
    // Whoever does not have the plugins is not held up.
    let without = place.run(&["check", "visits.pathway", "--format", "concise", "--plugins", "nowhere"]);
    assert!(!without.out.contains("plugin-mismatch"), "{}", without.out);
    let refused = play(&place, r#"{"income": 3, "rent": "€1.00"}"#, &[]);
    assert!(refused.status == 2 && refused.err.contains("takes an amount of money"), "{refused:?}");
}

#[test]
fn what_a_plugin_computes_becomes_data() {
    let place = Place::new();
    let action = r#"by plugin "debt-budget" { does free_to_spend  to house  sees income, rent  returns free, short  within 1 working day }"#;
    let fields = "income money shared with house  rent money shared with house  free money  short yes_no";
    let decides =
        "on act returned when free >= €850.00 and not short -> good\n    on act returned otherwise -> bad";
    let text = pathway(fields, "income, rent", action).replace("on act returned -> good", decides);
    place.write("visits.pathway", text);
    for (rent, end) in [("€650.00", "good"), ("€650.01", "bad"), ("€1500.01", "bad")] {
        std::fs::remove_file(place.path().join("a.db")).unwrap_or_default();
        let ran = play(&place, &format!(r#"{{"income": "€1500.00", "rent": "{rent}"}}"#), &[]);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(ran.out.contains(&format!("ended in `{end}`")), "{rent}: {}", ran.out);
    }
}

#[test]
fn the_plugins_that_are_shipped_pass_their_cases() {
    let place = Place::new();
    for plugin in ["debt-budget", "eligibility-table", "email", "letter", "referral-http"] {
        let ran = place.run(&["plugin", "test", &format!("wasm-plugins/{plugin}")]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{plugin}: {}", ran.out);
        let inspected = place.run(&["plugin", "inspect", &format!("wasm-plugins/{plugin}/{plugin}.wasm")]);
        assert!(inspected.out.contains(&format!("plugin: {plugin}\n")), "{}", inspected.out);
    }
}

#[test]
fn a_lock_pins_components_and_another_one_is_refused() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("mine")).expect("a folder");
    let copy =
        |from: &str| std::fs::copy(top().join(from), place.path().join("mine/letter.wasm")).expect("copied");
    copy("wasm-plugins/letter/letter.wasm");
    let action = r#"by plugin "letter" { does fill  to house  sees months  with template = "{months}"  within 1 working day }"#;
    place.write("visits.pathway", pathway("months count 0..120 shared with house", "months", action));
    let lock = ["plugin", "lock", "visits.pathway", "--plugins", "mine"];
    let pinned = place.run(&lock);
    assert!(pinned.status == 0 && pinned.out.starts_with("visits 1: `letter` is sha256:"), "{pinned:?}");
    assert_eq!(place.run(&lock).out, "", "nothing changes the second time");
    let mine = ["--plugins", "mine", "--lock", "voordeur.lock"];
    let ran = play(&place, r#"{"months": 7}"#, &mine);
    assert_eq!(ran.status, 0, "{ran:?}");
    // A byte in a custom section behind: it does the same, and it is another component.
    let mut bytes = std::fs::read(place.path().join("mine/letter.wasm")).expect("read");
    bytes.extend([0, 2, 1, b'x']);
    place.write("mine/letter.wasm", &bytes);
    let refused = play(&place, r#"{"months": 7}"#, &mine);
    assert!(refused.status == 2 && refused.err.contains("the lock file pins sha256:"), "{refused:?}");
    assert!(place.run(&lock).out.contains("stays as it was pinned"));
    let mut update = lock.to_vec();
    update.push("--update");
    assert!(place.run(&update).out.contains("is sha256:"));
    std::fs::remove_file(place.path().join("a.db")).expect("there");
    assert_eq!(play(&place, r#"{"months": 7}"#, &mine).status, 0);
}

#[test]
fn an_action_that_may_have_happened_before_a_crash_becomes_a_task() {
    let place = Place::new();
    own_plugins(&place);
    let action = r#"by plugin "endless" { does fill  to house  sees months  within 20 working days }"#;
    place.write("visits.pathway", pathway("months count 0..120 shared with house", "months", action));
    // The call goes on until the limit on its time, which is far away: it is under way when the program is killed.
    place.write("voordeur.toml", "[plugins]\nlimits = { fuel = 9_000_000_000_000, seconds = 3000 }\n");
    place.write(
        "events.jsonl",
        "{\"at\": \"2026-03-02T10:00\", \"case\": \"a\", \"trigger\": \"knock\", \"data\": {\"months\": 3}}\n",
    );
    let words = [
        "run",
        "visits.pathway",
        "--events",
        "events.jsonl",
        "--db",
        "a.db",
        "--plugins",
        "small",
        "--operator",
        "voordeur.toml",
    ];
    let mut child = place.command(&words).stdout(Stdio::null()).spawn().expect("it runs");
    let begun = || place.run(&["case", "show", "--db", "a.db", "a"]).out.contains("action `act` begun");
    while child.try_wait().expect("asked").is_none() && !begun() {
        thread::yield_now();
    }
    child.kill().expect("it was running");
    child.wait().expect("gone");
    let after = [
        "case",
        "advance",
        "--db",
        "a.db",
        "a",
        "--until",
        "2026-03-02T12:00",
        "--plugins",
        "small",
        "--operator",
        "voordeur.toml",
    ];
    let ran = place.run(&after);
    assert!(ran.err.contains("nobody knows whether this was carried out"), "{ran:?}");
    let why = place.run(&["case", "why", "--db", "a.db", "a"]).out;
    assert!(why.contains("task `find_out`"), "{why}");
}

/// What a fake answers: how requests begin, the status and the body.
pub(crate) type Answers = Vec<(&'static str, &'static str, &'static str)>;

/// A fake of an API on this machine: answers by method and path, and tells what it was sent.
pub(crate) fn fake(answers: Answers) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    fake_behind(answers, |stream| Box::new(stream))
}

/// A stream of bytes to and fro.
pub(crate) trait Line: Read + Write {}

impl<T: Read + Write> Line for T {}

/// The same, with something between it and the network.
pub(crate) fn fake_behind(
    answers: Answers,
    wrap: impl Fn(TcpStream) -> Box<dyn Line> + Send + 'static,
) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let mut stream = wrap(stream);
            let request = whole(&mut stream);
            if request.is_empty() {
                continue;
            }
            let known = answers.iter().find(|(start, ..)| request.starts_with(start));
            let (_, status, body) = known.copied().unwrap_or(("", "404 Not Found", "{}"));
            log.lock().expect("not poisoned").push(request);
            let length = body.len();
            let reply = format!(
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            stream.write_all(reply.as_bytes()).and_then(|()| stream.flush()).unwrap_or_default();
        }
    });
    (address, seen)
}

/// A request with its body, whose length its header tells.
fn whole(stream: &mut impl Read) -> String {
    let mut text = String::new();
    let mut bytes = [0; 4096];
    loop {
        let count = stream.read(&mut bytes).unwrap_or(0);
        text.push_str(&String::from_utf8_lossy(bytes.get(..count).unwrap_or_default()));
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if count == 0 {
                return text;
            }
            continue;
        };
        let length = head
            .to_lowercase()
            .split_once("content-length: ")
            .and_then(|(_, rest)| rest.lines().next()?.parse().ok())
            .unwrap_or(0);
        if body.len() >= length || count == 0 {
            return text;
        }
    }
}

pub(crate) const REFER: &str = r#"by plugin "referral-http" { does refer  to house  sees months  returns reference  with title = "Hulpvraag"  within 1 working day }"#;

#[test]
fn a_referral_becomes_a_case_of_the_zaken_api_once() {
    let (address, seen) = fake(vec![(
        "POST /zaken ",
        "201 Created",
        r#"{"url": "http://zaken.test/zaken/7", "identificatie": "voordeur-1-1"}"#,
    )]);
    let place = Place::new();
    place.write(
        "visits.pathway",
        pathway("months count 0..120 shared with house  reference text", "months", REFER),
    );
    place.write(
        "voordeur.toml",
        format!(
            "[plugin.referral-http]\nhttp = [{{ to = \"http://{address}\", private = true }}]\nsecrets = {{ token = {{ file = \"token\" }} }}\n\
             config = {{ base = \"http://{address}\", api = \"zgw\", organisation = \"823288444\", case_type = \"http://catalogi.test/zaaktypen/1\" }}\n"
        ),
    );
    place.write("token", "a token that nobody sees\n");
    let ran = play(&place, r#"{"months": 7}"#, &["--operator", "voordeur.toml"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.out.contains("ended in `good`"), "{ran:?}");
    let sent = seen.lock().expect("not poisoned").clone();
    assert_eq!(sent.len(), 1, "{sent:?}");
    for part in [
        "Bearer a token that nobody sees",
        "\"identificatie\":\"voordeur-",
        "\"bronorganisatie\":\"823288444\"",
        "\"startdatum\":\"2026-03-02\"",
        "\"omschrijving\":\"Hulpvraag\"",
    ] {
        assert!(sent[0].contains(part), "{part}: {}", sent[0]);
    }
    let kept = std::fs::read(place.path().join("a.db")).expect("the database");
    let kept = String::from_utf8_lossy(&kept).into_owned() + &ran.out + &ran.err;
    assert!(!kept.contains("that nobody sees"), "the secret stays with the host");
}

#[test]
fn without_the_operator_nothing_goes_out() {
    let (address, seen) = fake(vec![]);
    let place = Place::new();
    place.write(
        "visits.pathway",
        pathway("months count 0..120 shared with house  reference text", "months", REFER),
    );
    place.write(
        "voordeur.toml",
        format!("[plugin.referral-http]\nconfig = {{ base = \"http://{address}\", api = \"zgw\", organisation = \"823288444\", case_type = \"x\" }}\n"),
    );
    let ran = play(&place, r#"{"months": 7}"#, &["--operator", "voordeur.toml"]);
    assert!(ran.err.contains("the operator does not grant"), "{ran:?}");
    assert!(seen.lock().expect("not poisoned").is_empty());
}

#[test]
fn a_plugin_is_started_in_each_language_and_a_name_that_is_none_is_refused() {
    let place = Place::new();
    for language in ["rust", "js", "py"] {
        let name = format!("left-{language}");
        let ran = place.run(&["plugin", "new", &name, "--lang", language]);
        assert!(ran.status == 0 && ran.out.contains("voordeur plugin test ."), "{ran:?}");
        let wit =
            std::fs::read_to_string(place.path().join(&name).join("wit/plugin.wit")).expect("the contract");
        assert!(wit.contains("package voordeur:plugin@1.0.0"));
        let again = place.run(&["plugin", "new", &name, "--in", language]);
        assert!(again.status == 1 && again.err.contains("it is there already"), "{again:?}");
        let untested = place.run(&["plugin", "test", &name]);
        assert!(untested.status == 1 && untested.err.contains("build the plugin first"), "{untested:?}");
    }
    for same in [["--lang=js", "--lang=nl"], ["--in", "js"]] {
        let ran = place.run(&[&["plugin", "new", "again"], &same[..]].concat());
        assert_eq!(ran.status, 0, "{ran:?}");
        std::fs::remove_dir_all(place.path().join("again")).expect("it was made");
    }
    for wrong in [["Left", "--in", "js"], ["left", "--lang", "go"], ["left", "--lang", "nl"]] {
        let ran = place.run(&[&["plugin", "new"], &wrong[..]].concat());
        assert!(ran.status > 0 && !place.path().join("left").exists(), "{ran:?}");
    }
}

#[test]
fn what_is_no_plugin_is_told_and_nothing_is_written() {
    let place = Place::new();
    place.write("text.wasm", "hello");
    place.write("module.wasm", b"\0asm\x01\0\0\0");
    let letter = std::fs::read(top().join("wasm-plugins/letter/letter.wasm")).expect("read");
    place.write("cut.wasm", &letter[..5000]);
    for (file, why) in [
        ("text.wasm", "it does not begin as WebAssembly does"),
        ("module.wasm", "`voordeur plugin component MODULE FILE`"),
        ("cut.wasm", "this is no WebAssembly component"),
        ("none.wasm", "there is no such file"),
    ] {
        let ran = place.run(&["plugin", "inspect", file]);
        assert!(ran.status == 2 && ran.err.contains(file) && ran.err.contains(why), "{ran:?}");
        let made = place.run(&["plugin", "component", file, "made.wasm"]);
        assert!(made.status == 2 && made.err.contains(file), "{made:?}");
        assert!(!place.path().join("made.wasm").exists());
    }
    let nowhere = place.run(&["plugin", "test", "nowhere"]);
    assert!(nowhere.status == 1 && nowhere.err.contains("nowhere: there is no such folder"), "{nowhere:?}");
}
