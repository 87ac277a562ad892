//! What follows when an action fails, as whoever works with the program sees it: `on failure retry`, `task`, `stop`.

use crate::plugins::{fake, pathway, play};
use crate::program::{Place, Ran};

/// A pathway whose referral fails in this way, without a rule of its own on that.
fn failing(place: &Place, clause: &str) {
    let action = format!(
        r#"{{ by plugin "referral-http" does refer  to house  sees months  returns reference  with title = "Hulpvraag"  within 20 working days  {clause} }}"#
    );
    let text = pathway("months count 0..120 shared with house  reference text", "months", &action);
    let of_its_own = |line: &&str| {
        line.contains("on act gave_up") || line.contains("find_out") && !line.contains("must action")
    };
    let rules: Vec<&str> = text.lines().filter(of_its_own).collect();
    assert_eq!(rules.len(), 3, "{text}");
    let task = clause.contains("find_out");
    let kept = |line: &&str| !of_its_own(line) || task && !line.contains("on act gave_up");
    let text: String = text.lines().filter(kept).map(|line| format!("{line}\n")).collect();
    // Without a task the pathway says itself what follows when somebody gives it up.
    let rule = if task { "" } else { "    on act gave_up  -> bad\n" };
    place.write("visits.pathway", text.replace("    on act overdue", &format!("{rule}    on act overdue")));
}

fn operator(place: &Place, address: &str, config: &str) {
    place.write(
        "voordeur.toml",
        format!(
            "[plugin.referral-http]\nhttp = [{{ to = \"http://{address}\", private = true }}]\n\
             config = {{ base = \"http://{address}\"{config} }}\n"
        ),
    );
}

fn played(place: &Place) -> Ran {
    play(place, r#"{"months": 7}"#, &["--operator", "voordeur.toml", "--until", "2026-03-02T20:00"])
}

const TASK: &str = "on failure task find_out by worker within 1 working day";
const RETRY: &str = "on failure retry 2 times, else task find_out by worker within 1 working day";

#[test]
fn what_may_pass_is_tried_again_ever_later_and_then_somebody_has_a_task() {
    let (address, seen) = fake(vec![("PUT /Task?", "503 Service Unavailable", "{}")]);
    let place = Place::new();
    failing(&place, RETRY);
    operator(&place, &address.to_string(), ", api = \"fhir\"");
    let ran = played(&place);
    assert!(ran.out.contains("for worker: task `find_out`"), "{ran:?}");
    let keys: Vec<String> =
        seen.lock().expect("not poisoned").iter().map(|sent| sent[..60].to_owned()).collect();
    assert!(keys.len() == 3 && keys.iter().all(|key| *key == keys[0]), "three times with one key: {keys:?}");
    // The case goes on.
    let at = ["--operator", "voordeur.toml", "--at", "2026-03-02T21:00"];
    let done = place
        .run(&[&["case", "event", "--db", "a.db", "a", "find_out done", "--by", "worker"], &at[..]].concat());
    assert_eq!(done.status, 0, "{done:?}");
    assert!(place.run(&["case", "list", "--db", "a.db"]).out.contains("bad"));
}

#[test]
fn a_failure_that_is_a_task_at_once_is_not_tried_again() {
    let (address, seen) = fake(vec![("PUT /Task?", "503 Service Unavailable", "{}")]);
    let place = Place::new();
    failing(&place, TASK);
    operator(&place, &address.to_string(), ", api = \"fhir\"");
    let ran = played(&place);
    assert!(ran.out.contains("for worker: task `find_out`"), "{ran:?}");
    assert_eq!(seen.lock().expect("not poisoned").len(), 1);
}

#[test]
fn what_needs_somebody_is_a_task_and_is_not_tried_again() {
    let (address, seen) = fake(Vec::new());
    let place = Place::new();
    failing(&place, RETRY);
    // Nothing says which of the two interfaces: the plugin answers `needs-human`.
    operator(&place, &address.to_string(), "");
    let ran = played(&place);
    assert!(ran.err.contains("somebody has to look at this"), "{ran:?}");
    assert!(ran.out.contains("for worker: task `find_out`") && !ran.out.contains("retried"), "{ran:?}");
    assert!(seen.lock().expect("not poisoned").is_empty());
}

#[test]
fn an_action_that_stops_is_seen_and_goes_on_when_it_was_looked_at() {
    let (address, seen) = fake(vec![("PUT /Task?", "201 Created", r#"{"resourceType": "Task", "id": "9"}"#)]);
    let place = Place::new();
    failing(&place, "on failure stop");
    operator(&place, &address.to_string(), "");
    let ran = played(&place);
    assert!(ran.out.contains("has failed and waits for somebody who looks at it"), "{ran:?}");
    let why = place.run(&["case", "why", "--db", "a.db", "a"]).out;
    assert!(why.contains("action `act`") && why.contains("failed"), "{why}");
    assert!(place.run(&["case", "list", "--db", "a.db"]).out.contains("first"), "it holds the step");
    // The operator mends it, and whoever has looked at it says so.
    operator(&place, &address.to_string(), ", api = \"fhir\"");
    let more = ["--operator", "voordeur.toml", "--at", "2026-03-03T10:00"];
    let ran = place
        .run(&[&["case", "event", "--db", "a.db", "a", "act retried", "--by", "worker"], &more[..]].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert_eq!(seen.lock().expect("not poisoned").len(), 1, "{ran:?}");
    assert!(place.run(&["case", "list", "--db", "a.db"]).out.contains("good"));
}

#[test]
fn the_dutch_spelling_says_the_same() {
    let place = Place::new();
    for (english, dutch) in [
        (TASK, "bij storing taak find_out door worker binnen 1 werkdag"),
        (RETRY, "bij storing herhaal 2 keer, anders taak find_out door worker binnen 1 werkdag"),
        ("on failure stop", "bij storing stop"),
        ("on failure retry, else stop", "bij storing herhaal, anders stop"),
    ] {
        failing(&place, english);
        let clean = place.run(&["check", "visits.pathway", "--format", "concise"]);
        let before = std::fs::read_to_string(place.path().join("visits.pathway")).expect("there");
        assert!(!clean.out.contains("error"), "{english}: {}", clean.out);
        assert_eq!(place.run(&["fmt", "--write", "--lang", "nl", "visits.pathway"]).status, 0);
        let told = std::fs::read_to_string(place.path().join("visits.pathway")).expect("there");
        assert!(told.contains(dutch), "{told}");
        assert_eq!(place.run(&["fmt", "--write", "--lang", "en", "visits.pathway"]).status, 0);
        let after = std::fs::read_to_string(place.path().join("visits.pathway")).expect("there");
        assert_eq!(before, after);
    }
    failing(&place, "retries 2  on failure stop");
    let twice = place.run(&["check", "visits.pathway", "--format", "concise"]);
    assert!(twice.out.contains("`on failure` says how often it is tried again, too"), "{}", twice.out);
}
