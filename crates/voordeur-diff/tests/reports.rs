//! The reports of a comparison, and what they have in common: fingerprints, acceptances, promises.

use serde_json::Value;
use voordeur_diagnostics::{github, junit, sarif};
use voordeur_diff::{
    Comparison, Finding, Level, Publication, Version, acceptances, annotations, compared, html, json,
    markdown, text,
};
use voordeur_messages::{Lang, speaking};
use voordeur_protocol::Compiled;
use voordeur_syntax::{format, translate};
use voordeur_verify::{Budget, Effect, compile_with};

const OLD: &str = r#"pathway door "At the door" {
  version "1"
  lead house
  agency house "House"
  role worker "Worker" of house
  role chief "Chief" of house
  data { months count 0..9 "Months" }
  trigger report_in from anyone { asks months  when months >= 2 -> talk  otherwise -> good }
  stage talk "Talk" {
    must task call "Call | <b>" by worker within 2 working days
    on call done    -> good
    on call overdue escalate late
  }
  escalation late "Late" { at once notify chief }
  end good "Good" success no aftercare because "a test"
}

promise "somebody calls" for door {
  every call is done or overdue within 3 working days
  possible case ends good
}
"#;

fn later() -> String {
    OLD.replace("within 2 working days", "within 4 working days")
}

fn compiled(name: &str, text: &str) -> Compiled {
    let mut load = |_: &str, path: &str| Err(path.to_owned().into());
    let compiled = compile_with(name, text, &mut load, Budget::default());
    assert!(!compiled.has_errors(), "{:#?}", compiled.problems);
    compiled
}

/// With what is made of the comparison and of both versions.
fn with<T>(old: &str, new: &str, then: impl FnOnce(&Comparison, Version<'_>, Version<'_>) -> T) -> T {
    let (old, new) = (compiled("old.pathway", old), compiled("new.pathway", new));
    let texts = |one: &Compiled| -> Vec<(String, String)> {
        one.sources.files().map(|file| (file.name.to_owned(), file.text.to_owned())).collect()
    };
    let (before, after) = (texts(&old), texts(&new));
    let both = (version(&before, &old), version(&after, &new));
    then(&compared(both.0, both.1, Budget { states: 20_000 }), both.0, both.1)
}

fn version<'a>(texts: &'a [(String, String)], one: &'a Compiled) -> Version<'a> {
    Version { texts, pathways: one.own(), promises: &one.promises, sources: &one.sources }
}

fn findings(old: &str, new: &str) -> Vec<Finding> {
    with(old, new, |comparison, _, _| comparison.findings())
}

#[test]
fn the_comment_says_what_it_comes_to_first() {
    insta::assert_snapshot!(with(OLD, &later(), |comparison, _, _| markdown(comparison)));
}

#[test]
fn the_comment_is_in_dutch_as_well() {
    let dutch = speaking(Lang::Nl, || with(OLD, &later(), |comparison, _, _| markdown(comparison)));
    insta::assert_snapshot!(dutch);
}

/// However much has changed.
#[test]
fn the_comment_fits() {
    let many = |title: &str| {
        let fields: String =
            (0..900).map(|n| format!("\n    field_{n} count 0..9 \"{title} {n}\"")).collect();
        OLD.replace(" \"Months\"", &format!(" \"Months\"{fields}\n "))
    };
    let comment = with(&many("One"), &many("Other"), |comparison, _, _| markdown(comparison));
    assert!(comment.len() <= 60_000, "{}", comment.len());
    assert!(comment.contains(" more "), "{comment}");
}

#[test]
fn the_page_stands_on_its_own() {
    let page = with(OLD, &later(), html);
    assert!(!page.contains("<script") && !page.contains("href=") && !page.contains("src="), "{page}");
    assert_eq!(page.matches("http").count(), page.matches("xmlns=\"http").count(), "nothing from elsewhere");
    assert!(page.contains("Call | &lt;b&gt;") && !page.contains("<b>"), "{page}");
    assert_eq!(page.matches("<svg ").count(), 4, "two examples, two machines");
    assert!(page.contains("vertex stage changed"), "the stage is marked: {page}");
    let without: String =
        page.split("<svg ").map(|part| part.rsplit("</svg>").next().unwrap_or("")).collect();
    insta::assert_snapshot!(without);
}

/// The pictures as well: what the file says is in its own words, everything else in Dutch.
#[test]
fn the_page_is_in_dutch_as_well() {
    let page = speaking(Lang::Nl, || with(OLD, &later(), html));
    for words in [
        "lang=\"nl\"",
        "Toestandsmachine",
        "moet taak call",
        "binnen 4 werkdagen",
        "Wie</text>",
        "oude versie</text>",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    for words in ["State machine", "must task call ·", "4 working days</text>", "old version", "reported by"]
    {
        assert!(!page.contains(words), "{words}: {page}");
    }
}

#[test]
fn the_formats_of_check_are_written_too() {
    with(OLD, &later(), |comparison, old, new| {
        let report = annotations(comparison, old.sources, new.sources);
        insta::assert_snapshot!(github(&report));
        let sarif = sarif(&report, "0.1.0");
        let result = &sarif["runs"][0]["results"][0];
        assert_eq!((&result["ruleId"], &result["level"]), (&"diff-weakens".into(), &"error".into()));
        assert!(junit(&report).contains("failures=\"2\""), "{}", junit(&report));
    });
}

#[test]
fn the_json_is_what_its_schema_says() {
    let schema: Value =
        serde_json::from_str(include_str!("../../../docs/schemas/diff.schema.json")).expect("JSON");
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let gone = OLD.replace(
        "  role chief \"Chief\" of house\n",
        "  role chief \"Chief\" of house\n  event fire \"Fire\"\n",
    );
    let threshold = OLD.replace("months >= 2", "months >= 3");
    for (old, new) in [(OLD, later().as_str()), (OLD, OLD), (&gone, OLD), (OLD, &threshold)] {
        let written = with(old, new, |comparison, _, _| json(comparison));
        let mistakes: Vec<String> = validator.iter_errors(&written).map(|one| one.to_string()).collect();
        assert_eq!(mistakes, Vec::<String>::new(), "{written:#}");
        let mut wrong = written;
        wrong["findings"] = "none".into();
        assert!(!validator.is_valid(&wrong), "the schema can refuse");
    }
}

/// What the pages of the rules `diff-…` give as an example is what is told.
#[test]
fn the_examples_of_the_pages_are_told() {
    let examples = [
        ("diff-shifts", Level::Shifts, "\" by worker within", "\" by chief within"),
        ("diff-strengthens", Level::Strengthens, "within 2 working days", "within 1 working day"),
    ];
    for (rule, level, before, after) in examples {
        let path = format!("{}/../../docs/rules/{rule}.md", env!("CARGO_MANIFEST_DIR"));
        let page = std::fs::read_to_string(path).expect("the page");
        let all = findings(OLD, &OLD.replacen(before, after, 1));
        let told = all.iter().find(|one| one.level == level).unwrap_or_else(|| panic!("{rule}: {all:#?}"));
        assert!(page.contains(&told.title), "{}", told.title);
    }
}

/// The promise holds for two working days and not for four.
#[test]
fn a_promise_that_is_broken_now_comes_first() {
    let all = findings(OLD, &later());
    let first = all.first().expect("a finding");
    assert_eq!(first.level, Level::Weakens);
    assert!(first.title.contains("was kept and is broken now"), "{}", first.title);
    assert_eq!(first.examples.len(), 1);
    let mended = findings(&later(), OLD);
    assert!(mended.iter().any(|one| one.title.contains("was broken and is kept now")), "{mended:#?}");
}

#[test]
fn a_promise_that_is_no_longer_made_is_told() {
    let kept = OLD.replace("  possible case ends good\n", "");
    let told = with(OLD, &kept, |comparison, _, _| text(comparison));
    assert!(told.contains("shifts: promise “somebody calls”: `possible case ends good` is no longer promised; it is still kept"), "{told}");
    let broken = later().replace("  every call is done or overdue within 3 working days\n", "");
    let told = with(OLD, &broken, |comparison, _, _| text(comparison));
    assert!(told.contains("weakens: promise “somebody calls”: `every call is done or overdue within 3 working days` is no longer promised, and not kept"), "{told}");
    let told = with(&kept, OLD, |comparison, _, _| text(comparison));
    assert!(told.contains("`possible case ends good` is new, and kept"), "{told}");
    let mended = OLD.replace("  every call is done or overdue within 3 working days\n", "");
    let told = with(&later(), &mended, |comparison, _, _| text(comparison));
    assert!(told.contains("shifts: promise “somebody calls”: `every call is done or overdue within 3 working days` is no longer promised; it was broken, and is kept now"), "{told}");
    let gone = OLD.replace("call ", "ring ");
    let told = with(OLD, &gone, |comparison, _, _| text(comparison));
    assert!(told.contains("weakens: promise “somebody calls”: `every call is done or overdue within 3 working days` is no longer promised; what it is about is gone"), "{told}");
}

/// Lines that move, the one layout, the other spelling and another language of the program: the same fingerprints.
#[test]
fn a_fingerprint_stays() {
    let marks = |old: &str, new: &str| -> Vec<(Level, String)> {
        findings(old, new).into_iter().map(|one| (one.level, one.fingerprint)).collect()
    };
    let (old, new) = (OLD.to_owned(), later());
    let before = marks(&old, &new);
    assert!(before.len() >= 2);
    let moved = |text: &str| format!("# a new first line\n\n{text}");
    assert_eq!(before, marks(&moved(&old), &moved(&moved(&new))));
    let laid_out = |text: &str| format(text).expect("it can be read").text;
    assert_eq!(before, marks(&laid_out(&old), &laid_out(&new)));
    let dutch = |text: &str| translate(text, Lang::Nl).expect("it can be translated");
    assert_eq!(before, marks(&dutch(&old), &dutch(&new)));
    assert_eq!(before, speaking(Lang::Nl, || marks(&old, &new)));
    // Who accepts four days has not accepted five.
    assert_ne!(before, marks(&old, &new.replace("4 working", "5 working")));
}

#[test]
fn what_is_accepted_counts_no_more_and_is_told() {
    with(OLD, &later(), |comparison, _, _| {
        let mut comparison = comparison.clone();
        let marks: Vec<String> = comparison.findings().into_iter().map(|one| one.fingerprint).collect();
        let lines: String = marks
            .iter()
            .map(|mark| format!("accept {mark} by \"lead\" on 2026-03-16 because \"it takes time\"\n"))
            .chain(["accept 000000000000 by \"lead\" on 2026-03-16 because \"gone\"\n".to_owned()])
            .chain(["accept 000000000001 by \"lead\" on 2026-03-16 until 2026-03-17 because \"over\"\n"
                .to_owned()])
            .collect();
        let read = acceptances(&lines, "2026-03-18").expect("it can be read");
        (comparison.acceptances, comparison.expired) = (read.valid, read.expired);
        assert_eq!(comparison.levels(), []);
        let told = text(&comparison);
        assert!(told.contains("accepted by lead on 2026-03-16: it takes time"), "{told}");
        assert!(told.contains("accepted, and not there: 000000000000"), "{told}");
        assert!(told.contains("accepted until 2026-03-17, and no more: 000000000001"), "{told}");
    });
}

/// What is published does not change: only what means the same may go out as a correction.
#[test]
fn a_text_that_means_the_same_is_a_correction() {
    let of = |new: &str| with(OLD, new, |comparison, _, _| Publication::of(comparison));
    assert_eq!(of(&OLD.replace("\"Good\"", "\"Well\"")), Publication::Correction);
    assert_eq!(of(OLD), Publication::Nothing);
    // Of a pathway that is new nothing is published yet.
    let added = with(OLD, OLD, |_, _, new| {
        let none = Version { texts: &[], pathways: &[], promises: &[], ..new };
        let comparison = compared(none, new, Budget { states: 20_000 });
        (comparison.added.len(), Publication::of(&comparison))
    });
    assert_eq!(added, (1, Publication::Nothing));
    assert_eq!(of(&OLD.replace("version \"1\"", "version \"2\"")), Publication::Nothing);
    let because = |new: &str| match of(new) {
        Publication::NewVersion { because, same_label } => (because, same_label),
        other => panic!("{other:?}"),
    };
    let second = |text: String| text.replace("version \"1\"", "version \"2\"");
    assert_eq!(because(&later()), (vec!["`talk` says something else".to_owned()], Some("1".to_owned())));
    assert_eq!(because(&second(later())).1, None);
    let renamed = OLD
        .replace("end good", "end well was good")
        .replace("-> good", "-> well")
        .replace("case ends good", "case ends well");
    assert!(because(&renamed).0.contains(&"`good` has another name".to_owned()));
    let gone = OLD
        .replace("    on call overdue escalate late\n", "    on call overdue notify chief\n")
        .replace("  escalation late \"Late\" { at once notify chief }\n", "");
    assert!(because(&gone).0.contains(&"`late` is gone".to_owned()));
}

/// What the program refuses under the same label is no correction, and the reason is what has changed.
#[test]
fn the_reason_is_the_part_that_has_changed() {
    let because = |new: &str| match with(OLD, new, |comparison, _, _| Publication::of(comparison)) {
        Publication::NewVersion { because, .. } => because,
        other => panic!("{other:?}: {new}"),
    };
    let alike = because(&OLD.replace("when months >= 2 ->", "when not months < 2 ->"));
    assert!(alike[0] == "`report_in` says something else", "{alike:?}");
    assert!(alike[1].starts_with("no household is treated differently"), "{alike:?}");
    let more = "  trigger own_report from client { asks months  -> talk }\n  stage talk";
    assert_eq!(because(&OLD.replace("  stage talk", more)), ["`own_report` is new"]);
    let kept =
        because(&OLD.replace("  lead house\n", "  lead house\n  keep case for 5 years after closing\n"));
    assert!(kept.contains(&"a closed case is kept for another time".to_owned()), "{kept:?}");
    assert!(
        kept.iter().all(|one| !one.contains("differently,") && !one.contains("households are")),
        "{kept:?}"
    );
    let first = because(&OLD.replace("version \"1\"", "version \"1\" from 2027-01-01"));
    assert_eq!(first, ["it begins on another day"]);
}

/// The catalogue of the ZGW standards lets the last day of a published version be set.
#[test]
fn the_last_day_may_be_set() {
    let new = OLD.replace("version \"1\"", "version \"1\" until 2030-12-31");
    with(OLD, &new, |comparison, _, _| {
        assert_eq!(Publication::of(comparison), Publication::LastDay);
        let told = text(comparison);
        assert!(told.contains("that may be set on the published version"), "{told}");
        assert!(!told.contains("needs a new version"), "{told}");
    });
}

/// One household is better off and another one worse: every report says so, and which example is which.
#[test]
fn what_is_mixed_says_so_everywhere() {
    let (old, new) =
        (OLD.replace("2 working days", "5 working days"), OLD.replace("2 working days", "7 days"));
    with(&old, &new, |comparison, before, after| {
        let report = annotations(comparison, before.sources, after.sources);
        let sarif = sarif(&report, "0.1.0").to_string();
        let told = [
            text(comparison),
            markdown(comparison),
            html(comparison, before, after),
            sarif,
            github(&report),
            junit(&report),
        ];
        for told in &told {
            assert!(told.contains("mixed: one household is worse off, another one better"), "{told}");
            assert!(told.contains("ousehold that is worse off") && told.contains("better off"), "{told}");
        }
        let one =
            comparison.findings().into_iter().find(|one| one.examples.len() == 2).expect("two examples");
        let effects: Vec<_> = one.examples.iter().map(|example| example.effect).collect();
        assert_eq!(effects, [Some(Effect::Weaker), Some(Effect::Stronger)]);
    });
}

/// Each answer by itself is told as that, and not as a condition that holds as a whole.
#[test]
fn for_whom_is_one_answer_at_a_time() {
    with(OLD, &OLD.replace("months >= 2", "months >= 3"), |comparison, before, after| {
        let report = annotations(comparison, before.sources, after.sources);
        let told = [text(comparison), markdown(comparison), html(comparison, before, after), github(&report)];
        for told in &told {
            assert!(told.contains("one answer at a time and all else as in the example: months 2"), "{told}");
        }
    });
}

#[test]
fn what_is_the_same_is_not_called_reworded() {
    let told = with(OLD, OLD, |comparison, _, _| text(comparison));
    assert!(told.contains("both versions say the same") && !told.contains("only texts"), "{told}");
}

/// A pathway with another name was called nothing else: no `was` says so.
#[test]
fn another_pathway_is_not_the_same_one() {
    let told = with(OLD, &OLD.replace(" door ", " gate "), |comparison, _, _| text(comparison));
    assert!(!told.contains("was called") && told.contains("stands in its place"), "{told}");
}

/// What happens is called as the reader calls it, however the file spells it.
#[test]
fn what_happens_is_told_in_the_language_of_the_reader() {
    let told = speaking(Lang::Nl, || with(OLD, &later(), |comparison, _, _| text(comparison)));
    assert!(told.contains("`call` te_laat") && !told.contains("`call` overdue"), "{told}");
}

/// Much falls due in both versions when something does in one of them alone: that is shown all the same.
#[test]
fn what_parts_them_is_shown_beside_what_comes_in_both() {
    let others: String = (0..6)
        .map(|n| {
            format!("    must task wait_{n} by worker within 1 week  on wait_{n} overdue notify chief\n")
        })
        .collect();
    let many = |term: &str| {
        let call = format!("{others}    must task call \"Call | <b>\" by worker within {term}");
        OLD.replace("    must task call \"Call | <b>\" by worker within 2 working days", &call)
    };
    let told = with(&many("1 week"), &many("8 days"), |comparison, _, _| text(comparison));
    assert!(told.contains("old: Tue 2026-03-24 00:00  task `call` overdue"), "{told}");
}

/// A report that answers a question that is gone is refused: the proof is about what both versions take.
#[test]
fn a_question_that_is_gone_with_its_field_is_not_called_editorial() {
    let asked = OLD
        .replace("\"Months\" }", "\"Months\"  alone yes_no \"Alone\" kept because \"a test\" }")
        .replace("asks months ", "asks months, alone ");
    let told = with(&asked, OLD, |comparison, _, _| text(comparison));
    assert!(told.contains("breaks: field alone is gone"), "{told}");
    assert!(!told.contains("No household is treated differently") && !told.contains("editorial"), "{told}");
    assert!(told.contains("What both versions take is answered alike"), "{told}");
}
