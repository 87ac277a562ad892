//! Input that nobody meant: a clear message, a non-zero exit status, nothing half written, never a panic.

use std::fs;

use proptest::prelude::*;

use crate::program::{Place, Ran};

const EROPAF: &str = "dsl-examples/eropaf/eropaf.pathway";

fn eropaf() -> String {
    fs::read_to_string(Place::new().path().join(EROPAF)).expect("the example")
}

fn check(content: impl AsRef<[u8]>) -> Ran {
    let place = Place::new();
    place.write("bad.pathway", content);
    let ran = place.run(&["check", "bad.pathway"]);
    no_panic(&ran);
    ran
}

fn no_panic(ran: &Ran) {
    assert!((0..=2).contains(&ran.status), "{ran:?}");
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
}

#[test]
fn files_that_are_no_pathway() {
    for (what, content, part) in [
        ("binary", b"\x7fELF\x02\x01\x01\x00\xff\xfe\x00".to_vec(), "not-utf8"),
        (
            "UTF-16",
            "pathway".encode_utf16().flat_map(u16::to_le_bytes).chain([0xff]).collect(),
            "bad.pathway",
        ),
        ("Latin-1", b"pathway a \"caf\xe9\" { }".to_vec(), "not-utf8"),
        ("empty", Vec::new(), "bad.pathway"),
        ("prose", b"Dear reader,\n\nthis is a letter.\n".to_vec(), "syntax-error"),
        ("zero bytes", vec![0; 1000], "bad.pathway"),
    ] {
        let ran = check(content);
        assert_eq!(ran.status, 1, "{what}: {ran:?}");
        assert!(ran.out.contains(part), "{what}: {}", ran.out);
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_read() {
    let crlf = format!("\u{feff}{}", eropaf().replace('\n', "\r\n"));
    let ran = check(crlf);
    assert_eq!(ran.status, 0, "{}", ran.out);
}

#[test]
fn ten_megabytes_are_read_or_refused_in_time() {
    let comment = "# a line that says nothing and goes on for a while, as they do in files that grow\n";
    assert_eq!(check(eropaf() + &comment.repeat(10_000_000 / comment.len())).status, 0);
    let agencies: String = (0..300_000).map(|n| format!("  agency a{n} \"Agency {n}\"\n")).collect();
    let ran = check(format!("pathway big {{\n{agencies}}}\n"));
    assert_eq!(ran.status, 1);
    assert!(ran.out.contains("too-large"), "{}", &ran.out[..ran.out.len().min(2000)]);
    assert_eq!(check("{".repeat(10_000_000)).status, 1);
}

#[test]
fn ten_thousand_deep_is_refused() {
    for (open, close) in [("(", ")"), ("not ", ""), ("{ ", "}")] {
        let condition = format!("{}visit_needed{}", open.repeat(10_000), close.repeat(10_000));
        let ran = check(eropaf().replacen("when visit_needed", &format!("when {condition}"), 1));
        assert_eq!(ran.status, 1, "{open}");
    }
}

#[test]
fn several_mistakes_give_several_messages() {
    let bad = eropaf()
        .replace("by worker within 2 working days\n", "by wroker within 2 working days\n")
        .replace("eviction = pending", "eviction = pendign")
        .replace("accept     within 5 working days", "accept     within 5 wroking days")
        .replace("on check_in missed", "on check_in mised");
    let ran = check(bad);
    for part in ["wroker", "pendign", "wroking", "mised"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
}

#[test]
fn json_findings_have_places() {
    let place = Place::new();
    place.write("bad.pathway", eropaf().replacen("lead     meldpunt", "lead     meldpnut", 1));
    let ran = place.run(&["check", "--format", "json", "bad.pathway"]);
    assert_eq!(ran.status, 1);
    let found: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    insta::assert_json_snapshot!(found);
}

#[test]
fn commands_that_cannot_be_carried_out() {
    let place = Place::new();
    place.write("empty.jsonl", "");
    for words in [
        vec!["check"],
        vec!["check", "missing.pathway"],
        vec!["graph", "."],
        vec!["graph", "missing.pathway"],
        vec!["graph", EROPAF, "--format", "png"],
        vec!["run", EROPAF],
        vec!["run", EROPAF, "--events", "missing.jsonl"],
        vec!["run", EROPAF, "--events", "empty.jsonl", "--until", "soon"],
        vec!["run", EROPAF, "--events", "empty.jsonl", "--plugins", "nowhere"],
        vec!["case", "list", "--db", "missing.db"],
        vec!["case", "why", "a", "--db", "missing.db"],
        vec!["serve", "--db", "missing.db"],
        vec!["frobnicate"],
    ] {
        let ran = place.run(&words);
        no_panic(&ran);
        assert_eq!(ran.status, 2, "{words:?}: {ran:?}");
        assert!(!ran.err.is_empty(), "{words:?}");
    }
    assert!(!place.path().join("missing.db").exists(), "a command that reads makes no database");
}

#[test]
fn events_that_cannot_be_played_are_all_named_with_their_lines() {
    let place = Place::new();
    place.write(
        "events.jsonl",
        r#"{"at": "2008-03-03T10:00", "case": "a", "trigger": "self_repot", "data": {}}
not json
{"at": "2008-03-03T10:00", "case": "a", "event": "take_in"}
{"at": "2008-03-03T10:00", "case": "a", "event": "take_in overdue"}
{"at": "2008-03-30T02:30", "case": "a", "event": "deceased"}
{"at": "2008-10-26T02:30", "case": "a", "event": "deceased"}
{"at": "2008-03-03T10:00", "case": "a", "trigger": "self_report", "data": {"bailiff_involved": "perhaps"}}
{"at": "2008-03-03T10:00", "case": "a", "trigger": "self_report", "data": {"bailif_involved": "no"}}
{"at": "2008-03-03T10:00", "cas": "a", "event": "deceased"}
{"at": "2008-03-03T10:00", "case": "a", "event": "deceased", "by": "nobody"}
[1, 2]
"#,
    );
    let ran = place.run(&["run", EROPAF, "--events", "events.jsonl"]);
    no_panic(&ran);
    assert_eq!(ran.status, 1);
    insta::assert_snapshot!(ran.err);
    assert!(!ran.err.contains("perhaps"), "a value may be personal");
}

#[test]
fn events_out_of_order_are_refused_with_both_lines() {
    let place = Place::new();
    place.write(
        "events.jsonl",
        "{\"at\": \"2008-03-03T10:00\", \"case\": \"a\", \"trigger\": \"other_report\"}\n\
         {\"at\": \"2008-03-02T10:00\", \"case\": \"a\", \"event\": \"deceased\"}\n",
    );
    let ran = place.run(&["run", EROPAF, "--events", "events.jsonl", "--db", "a.db"]);
    assert_eq!(ran.status, 1);
    assert!(ran.err.contains("events.jsonl:2: this happens before line 1"), "{}", ran.err);
    assert!(!place.path().join("a.db").exists(), "nothing was begun");
}

#[test]
fn refused_events_are_told_and_the_others_are_played() {
    let place = Place::new();
    place.write(
        "events.jsonl",
        "{\"at\": \"2008-03-03T10:00\", \"case\": \"a\", \"trigger\": \"other_report\"}\n\
         {\"at\": \"2008-03-03T11:00\", \"case\": \"b\", \"event\": \"deceased\"}\n\
         {\"at\": \"2008-03-03T11:00\", \"case\": \"a\", \"event\": \"first_visit done\"}\n\
         {\"at\": \"2008-03-03T11:00\", \"case\": \"999999990\", \"trigger\": \"other_report\"}\n\
         {\"at\": \"2008-03-03T12:00\", \"case\": \"a\", \"event\": \"moved_away\"}\n",
    );
    let ran = place.run(&["run", EROPAF, "--events", "events.jsonl"]);
    assert_eq!(ran.status, 1);
    assert!(ran.out.contains("a: ended in `ended_moved`"), "{}", ran.out);
    insta::assert_snapshot!(ran.err);
}

#[test]
fn databases_that_are_not_ours() {
    let place = Place::new();
    place
        .write("text.db", "this is no database, it is a text that is long enough to be taken for one or not");
    place.write("empty.db", "");
    assert_eq!(place.open("a").status, 0);
    let ran = place.run(&["case", "list", "--db", "text.db"]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("text.db: this is not a database of voordeur"), "{}", ran.err);
    // Somebody has emptied it: nothing is made in its place, and nothing is proved of it.
    for command in [["case", "list"], ["db", "verify"]] {
        let ran = place.run(&[&command[..], &["--db", "empty.db"]].concat());
        assert_eq!(ran.status, 2);
        assert!(ran.err.contains("empty.db: this is not a database of voordeur"), "{}", ran.err);
        assert_eq!(fs::read(place.path().join("empty.db")).expect("there").len(), 0);
    }
    // The database of another program stays as it is, to the byte.
    let others = place.path().join("others.db");
    let address = format!("sqlite://{}?mode=rwc", others.display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let other = sqlx::SqlitePool::connect(&address).await.expect("it opens");
        sqlx::raw_sql("CREATE TABLE cases (name TEXT)").execute(&other).await.expect("made");
        other.close().await;
    });
    let before = fs::read(&others).expect("there");
    for words in [vec!["case", "list"], vec!["serve", EROPAF], vec!["db", "backup", "copy.db"]] {
        let ran = place.run(&[&words[..], &["--db", "others.db"]].concat());
        assert_eq!(ran.status, 2);
        assert!(ran.err.contains("others.db: this is not a database of voordeur"), "{}", ran.err);
    }
    assert!(fs::read(&others).expect("there") == before);
    assert!(!place.path().join("others.db-wal").exists() && !place.path().join("copy.db").exists());
    // One that only newer programs understand.
    fs::copy(place.path().join("a.db"), place.path().join("newer.db")).expect("a copy");
    let address = format!("sqlite://{}", place.path().join("newer.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let newer = sqlx::SqlitePool::connect(&address).await.expect("it opens");
        sqlx::raw_sql("UPDATE about SET oldest = 99").execute(&newer).await.expect("changed");
        sqlx::raw_sql("PRAGMA user_version = 99").execute(&newer).await.expect("changed");
        newer.close().await;
    });
    let ran = place.run(&["case", "list", "--db", "newer.db"]);
    assert_eq!(ran.status, 2);
    let said = format!("version 99 and this program knows version {}", voordeur_store::SCHEMA_VERSION);
    assert!(ran.err.contains(&said), "{}", ran.err);
    // Half a file.
    let bytes = fs::read(place.path().join("a.db")).expect("the database");
    place.write("half.db", &bytes[..bytes.len() / 2]);
    let ran = place.run(&["case", "list", "--db", "half.db"]);
    no_panic(&ran);
    assert_ne!(ran.status, 0, "{ran:?}");
}

#[test]
fn a_locked_database_is_named() {
    let place = Place::new();
    assert_eq!(place.open("a").status, 0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let address = format!("sqlite://{}", place.path().join("a.db").display());
    let event =
        ["case", "event", "--db", "a.db", "a", "moved_away", "--by", "worker", "--at", "2008-03-04T10:00"];
    let ran = runtime.block_on(async {
        let holder = sqlx::SqlitePool::connect(&address).await.expect("it opens");
        let lock = holder.begin_with("BEGIN EXCLUSIVE").await.expect("the lock");
        let ran = place.run(&event);
        lock.rollback().await.expect("given back");
        holder.close().await;
        ran
    });
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.err.contains("locked by another program"), "{}", ran.err);
    let again = place.run(&event);
    assert_eq!(again.status, 0, "nothing was lost: {again:?}");
}

/// A disk that is full: the largest file that the program may write is a little more than what is there.
#[test]
fn a_full_disk_loses_nothing() {
    let place = Place::new();
    assert_eq!(place.open("a").status, 0);
    let mut events = String::new();
    for n in 0..3000 {
        events.push_str(&format!(
            "{{\"at\": \"2008-03-03T10:00\", \"case\": \"c{n}\", \"trigger\": \"other_report\"}}\n"
        ));
    }
    place.write("events.jsonl", events);
    let ran = place.shell(&format!(
        "trap '' XFSZ; ulimit -f 300; voordeur run {EROPAF} --events events.jsonl --db a.db > out.txt"
    ));
    no_panic(&ran);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.err.contains("a.db: "), "{}", ran.err);
    let listed = place.run(&["case", "list", "--db", "a.db", "--format", "json"]);
    assert_eq!(listed.status, 0, "{listed:?}");
    let cases: Vec<serde_json::Value> = serde_json::from_str(&listed.out).expect("JSON");
    assert!(cases.len() > 1 && cases.len() < 3001, "{}", cases.len());
    // Every case that is there is whole.
    let shown = place.run(&["case", "show", "--db", "a.db", cases[1]["case"].as_str().expect("a label")]);
    assert!(shown.out.contains("entered `intake`"), "{}", shown.out);
}

#[test]
fn a_copy_is_whole_or_not_there() {
    let place = Place::new();
    for label in ["a", "b", "c"] {
        assert_eq!(place.open(label).status, 0);
    }
    let there = |name: &str| place.path().join(name).exists();
    let ran = place.shell("trap '' XFSZ; ulimit -f 40; voordeur db backup --db a.db copy.db");
    no_panic(&ran);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.err.contains("copy.db"), "{}", ran.err);
    assert!(!there("copy.db") && !there("copy.db.part"), "half a copy is none");
    // Whoever was killed halfway has left a part.
    place.write("copy.db.part", "half a copy");
    place.write("copy.db.part-journal", "what is to be taken back");
    let ran = place.run(&["db", "backup", "--db", "a.db", "copy.db"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(there("copy.db") && !there("copy.db.part") && !there("copy.db.part-journal"));
    assert_eq!(place.run(&["db", "verify", "--db", "copy.db"]).status, 0);
}

#[test]
fn plugins_that_do_not_fit_the_pathway_are_found_before_it_runs() {
    let place = Place::new();
    place.write("events.jsonl", "");
    for (from, to, part) in [
        ("does    fill", "does    fil", "the plugin `letter` has no action `fil`; it has `fill`"),
        ("with    template", "with    templat", "the action `hold_eviction` needs `with template"),
        (
            "by plugin \"letter\"",
            "by plugin \"telegram\"",
            "there is no plugin `telegram`: looked for wasm-plugins",
        ),
    ] {
        place.write("changed.pathway", eropaf().replacen(from, to, 1));
        let ran = place.run(&["run", "changed.pathway", "--events", "events.jsonl"]);
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(ran.err.contains(part), "{}", ran.err);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = Place::new();
    for words in [
        format!("check --format json {EROPAF}"),
        format!("test --format json --coverage=json {EROPAF} {EROPAF} {EROPAF}"),
        format!("graph {EROPAF}"),
        "date '6 weeks after 2026-04-02' --format json".to_owned(),
    ] {
        let ran = place.shell(&format!("voordeur {words} | true"));
        assert_eq!(ran.err, "", "{words}");
    }
}

#[test]
fn labels_of_cases_are_no_names() {
    let place = Place::new();
    for label in ["Jan de Vries", "999999990", "a/b", "", "x-12345678", &"a".repeat(41)] {
        let ran = place.run(&[
            "case",
            "open",
            "--db",
            "a.db",
            "--pathway",
            EROPAF,
            label,
            "other_report",
            "--by",
            "worker",
            "--at",
            "2008-03-03T10:00",
        ]);
        assert_ne!(ran.status, 0, "{label}");
        assert!(!ran.err.contains("999999990") && !ran.err.contains("12345678"), "{}", ran.err);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// The example with something of it changed, cut or doubled.
    #[test]
    fn damaged_pathways_do_not_break_the_program(at in 0..8000_usize, length in 0..400_usize, put in "[{}\"#()a-z0-9 \n>-]{0,12}") {
        let source = eropaf();
        let floor = |mut at: usize| { while !source.is_char_boundary(at) { at -= 1; } at };
        let start = floor(at.min(source.len()));
        let end = floor((start + length).min(source.len()));
        let compiled = voordeur_protocol::compile(&format!("{}{put}{}", &source[..start], &source[end..]));
        prop_assert!(compiled.has_errors() || !compiled.protocols.is_empty());
    }
}
