//! The fifteen projects of the report: every pathway is clean and shown by scenarios, its events can be played, and
//! every fact of the report has its line.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::program::{Place, top};

/// How many facts the report states about each project: P1 to P15.
const FACTS: [u32; 15] = [15, 19, 16, 15, 20, 14, 14, 11, 13, 18, 16, 10, 11, 12, 14];

/// Where the report says that something is missing or unknown: there the project has to decide.
const MISSING: [&str; 41] = [
    "1.9", "1.10", "1.13", "1.14", "1.15", "2.13", "2.15", "2.16", "2.17", "3.11", "3.12", "3.13", "3.14",
    "3.16", "4.14", "5.17", "5.20", "6.9", "6.10", "6.11", "6.14", "7.5", "7.6", "7.7", "7.11", "7.12",
    "8.9", "9.7", "9.12", "10.18", "11.6", "11.11", "11.13", "11.15", "12.6", "13.8", "13.9", "14.8", "14.9",
    "14.12", "15.11",
];

/// How many percent of every example its scenarios show at least.
const LEAST: &str = "80";

fn below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the examples are there");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    let mut found: Vec<PathBuf> = paths.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    found.sort();
    found
}

fn projects() -> Vec<PathBuf> {
    let folders = below(&top().join("dsl-examples"), "");
    folders.into_iter().filter(|path| path.is_dir()).collect()
}

fn shown(path: &Path) -> String {
    path.strip_prefix(top()).expect("it is in the project").display().to_string()
}

#[test]
fn every_scenario_of_every_project_passes() {
    let place = Place::new();
    let ran = place.run(&["test", "dsl-examples", "--min-coverage", LEAST]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    for project in projects() {
        let files = below(&project, ".pathway");
        assert!(!files.is_empty(), "{} has no pathway", project.display());
        for file in files {
            let text = std::fs::read_to_string(&file).expect("it can be read");
            assert!(text.contains("\nscenario "), "{} shows nothing", shown(&file));
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test may be told to write its pages anew")]
fn every_fact_of_the_report_has_its_line() {
    let place = Place::new();
    let mut told: BTreeSet<String> = BTreeSet::new();
    for project in projects() {
        let ran = place.run(&["facts", &shown(&project)]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""));
        let page = project.join("FACTS.md");
        if ran.out.is_empty() {
            // Early signals is no project of the report.
            assert!(!page.exists(), "{} tells facts that no pathway carries", shown(&page));
            continue;
        }
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&page, &ran.out).expect("it can be written");
        }
        let written = std::fs::read_to_string(&page).unwrap_or_default();
        assert_eq!(written, ran.out, "{}: run the tests with UPDATE_DOCS=1", shown(&page));
        for row in ran.out.lines().filter_map(|line| line.strip_prefix("| P")) {
            let id = row.split(' ').next().expect("a fact has a number");
            assert!(told.insert(id.to_owned()), "P{id} is told twice");
            let decided = row.contains("decided: ");
            assert!(decided || !MISSING.contains(&id), "P{id}: the report is silent, and so is the project");
        }
    }
    let all = FACTS
        .iter()
        .zip(1..)
        .flat_map(|(count, project)| (1..=*count).map(move |row| format!("{project}.{row}")));
    assert_eq!(told, all.collect());
}

#[test]
fn the_example_events_of_every_project_can_be_played() {
    let place = Place::new();
    for project in projects() {
        let events = below(&project, "events.jsonl");
        assert!(!events.is_empty(), "{} has no events", project.display());
        for file in events {
            let own = file.to_string_lossy().replace(".events.jsonl", ".pathway");
            let own =
                Some(PathBuf::from(own)).filter(|path| path.extension().is_some_and(|e| e == "pathway"));
            let pathway = own.or_else(|| below(&project, ".pathway").pop()).expect("a project has a pathway");
            let ran = place.run(&["run", &shown(&pathway), "--events", &shown(&file)]);
            assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", shown(&file));
            let name = shown(&file).replace("dsl-examples/", "").replace(['/', '.'], "_");
            insta::assert_snapshot!(name, ran.out, &format!("{} {}", shown(&pathway), shown(&file)));
        }
    }
}
