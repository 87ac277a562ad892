//! What the documentation shows is what happens. `UPDATE_DOCS=1` writes the outputs into the pages; read them.

use std::fs;

use crate::program::{Place, top};

fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).filter_map(|rest| Some(rest.split_once("```")?.0.to_owned())).collect()
}

/// The next fenced block: what stands behind its fence, what is in it, and what comes after it.
fn next_block(page: &str) -> Option<(&str, &str, &str)> {
    let (_, from) = page.split_once("\n```")?;
    let (fence, from) = from.split_once('\n')?;
    let end = if from.starts_with("```") { 0 } else { from.find("\n```")? + 1 };
    let after = from[end..].strip_prefix("```")?;
    Some((fence, &from[..end], after))
}

/// Runs the commands of every console block of a page, in one folder, in order. A block of a pathway with the name
/// of a file is written to that file first; with a `…` behind the name it is the end of that file, from its first line on.
#[expect(clippy::disallowed_methods, reason = "a test may be told to write its pages anew")]
fn console(name: &str) {
    let place = Place::new();
    let page = fs::read_to_string(top().join(name)).expect("the page");
    let mut written = page.clone();
    let mut rest = page.as_str();
    while let Some((fence, block, after)) = next_block(rest) {
        rest = after;
        match fence.strip_prefix("pathway ").map(|file| (file, file.strip_suffix(" …"))) {
            Some((_, Some(file))) => place.write(file, with_end(&place, file, block)),
            Some((file, None)) => place.write(file, block),
            None => {}
        }
        if fence != "console" {
            continue;
        }
        let mut shown = String::new();
        for line in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
            let ran = place.shell(line);
            shown.push_str(&format!("$ {line}\n{}{}", ran.out, ran.err));
        }
        written = written.replacen(&format!("```console\n{block}```"), &format!("```console\n{shown}```"), 1);
    }
    if written != page {
        assert!(
            std::env::var_os("UPDATE_DOCS").is_some(),
            "{name} shows something else than what happens:\n{written}"
        );
        fs::write(top().join(name), written).expect("the page can be written");
    }
}

/// A file with another end: what begins with the first line of it.
fn with_end(place: &Place, file: &str, end: &str) -> String {
    let text = fs::read_to_string(place.path().join(file)).expect("the file was written before");
    let first = end.lines().next().expect("it has lines");
    let (before, _) = text.split_once(first).expect("the file has that line");
    format!("{before}{end}")
}

#[test]
fn the_tour_is_true() {
    console("docs/tour.md");
}

#[test]
fn the_tutorial_is_true() {
    console("docs/tutorial.md");
}

#[test]
fn what_the_page_of_differences_shows_is_true() {
    console("docs/diff.md");
}

#[test]
fn what_the_page_of_reviews_shows_is_true() {
    console("docs/review.md");
}

#[test]
fn open_cases_come_over_as_the_page_tells() {
    console("docs/migration.md");
}

#[test]
fn what_the_page_of_guarantees_shows_is_true() {
    console("docs/guarantees.md");
}

#[test]
fn what_the_page_of_privacy_shows_is_true() {
    console("docs/privacy.md");
}

#[test]
fn what_the_page_of_operations_shows_is_true() {
    console("docs/operations.md");
}

#[test]
fn what_the_page_of_reaching_people_shows_is_true() {
    console("docs/reach.md");
}

/// Every test of the workspace, by name.
fn tests() -> String {
    let mut folders = vec![top().join("crates"), top().join("tests")];
    let mut all = String::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if path.is_dir() && !["src", "target", "snapshots"].contains(&name.as_str()) {
                folders.push(path);
            } else if name.ends_with(".rs") {
                all += &fs::read_to_string(path).expect("source");
            }
        }
    }
    all
}

#[test]
fn every_guarantee_of_the_report_has_its_tests() {
    let page = |name: &str| fs::read_to_string(top().join(name)).expect("the page");
    let (wanted, kept) = (page("docs/recommendations.md"), page("docs/guarantees.md"));
    let rows = |page: &str| {
        let rows = page.lines().filter(|line| line.starts_with("| VD"));
        rows.map(|line| line.split(" | ").map(str::to_owned).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let id = |row: &[String]| row.first().cloned().unwrap_or_default();
    let wanted: Vec<String> = rows(&wanted)
        .iter()
        .filter(|row| row.get(2).is_some_and(|kind| kind == "R"))
        .map(|row| id(row))
        .collect();
    let kept = rows(&kept);
    assert_eq!(wanted, kept.iter().map(|row| id(row)).collect::<Vec<_>>());
    let source = tests();
    for row in kept {
        let named: Vec<&str> =
            row.last().map(|cell| cell.split('`').skip(1).step_by(2).collect()).unwrap_or_default();
        assert!(!named.is_empty(), "{row:?} names no test");
        for test in named {
            assert!(source.contains(&format!("fn {test}()")), "there is no test `{test}`");
        }
    }
}

#[test]
fn what_shows_each_promise_of_the_runtime_is_there() {
    let page = fs::read_to_string(top().join("docs/proof.md")).expect("the page");
    let source = tests();
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.contains('`'));
    let mut shown = 0;
    for row in rows {
        let cell = row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        for test in cell.split('`').skip(1).step_by(2) {
            assert!(source.contains(&format!("fn {test}(")), "there is no test `{test}`");
            shown += 1;
        }
    }
    assert!(shown > 60, "{shown}");
}

#[test]
fn the_main_job_of_the_readme_works() {
    let readme = fs::read_to_string(top().join("README.md")).expect("the page");
    let commands = blocks(&readme, "sh");
    assert_eq!(
        commands.len(),
        3,
        "one command runs the main job, one runs the tests, one installs the program"
    );
    let job = commands[0].trim().strip_prefix("cargo run -- ").expect("the program");
    let ran = Place::new().shell(&format!("voordeur {job}"));
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    for part in [
        "household-a: in `nazorg`",
        "household-b: in `intake`",
        "household-c: ended",
        "Summary",
        "because line ",
    ] {
        assert!(ran.out.contains(part), "{part}:\n{}", ran.out);
    }
    assert_eq!(commands[1].trim(), "cargo test --workspace");
    let package = commands[2].trim().strip_prefix("cargo install --locked --path ").expect("a package");
    let manifest = fs::read_to_string(top().join(package).join("Cargo.toml")).expect("it is a package");
    assert!(manifest.contains("[[bin]]\nname = \"voordeur\""), "it has the program");
}

#[test]
fn the_pathway_of_the_readme_is_clean_and_the_mistake_is_found() {
    let readme = fs::read_to_string(top().join("README.md")).expect("the page");
    let place = Place::new();
    let source = blocks(&readme, "pathway").remove(0);
    place.write("door.pathway", &source);
    let clean = place.run(&["check", "door.pathway"]);
    assert_eq!(clean.status, 0, "{}", clean.out);
    let without: Vec<&str> = source.lines().filter(|line| !line.contains("first_visit exhausted")).collect();
    place.write("door.pathway", without.join("\n"));
    let found = place.run(&["check", "door.pathway"]);
    assert_eq!(found.status, 1);
    let message = blocks(&readme, "text").remove(0);
    let (_, below) = found.out.split_once(message.trim()).expect("what the page shows");
    assert!(below.trim_start().starts_with("this is how it can come about:"), "{}", found.out);
    place.write("door.pathway", &source);
    assert_eq!(place.run(&["fmt", "--check", "door.pathway"]).status, 0, "it has the one layout");
}

#[test]
fn the_pathway_of_the_plugin_page_fits_the_plugin() {
    let page = fs::read_to_string(top().join("wasm-plugins/README.md")).expect("the page");
    let eropaf = fs::read_to_string(top().join("dsl-examples/eropaf/eropaf.pathway")).expect("the example");
    let action = blocks(&page, "pathway").remove(0);
    let start = eropaf.find("  action hold_eviction").expect("the action");
    let end = eropaf[start..].find("\n  }\n").expect("its end") + start + 5;
    let place = Place::new();
    place.write("changed.pathway", format!("{}{action}{}", &eropaf[..start], &eropaf[end..]));
    assert_eq!(place.run(&["check", "changed.pathway"]).out.lines().count(), 1);
}

/// The pictures of the lifecycles are drawn from the tables that the engine uses.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test may be told to write its pages anew")]
fn the_lifecycles_are_those_of_the_engine() {
    let head = "# Lifecycles\n\nHow each kind of obligation lives. These pictures are made from the tables that the engine uses.\n";
    let each = voordeur_protocol::Kind::ALL.iter().map(|kind| {
        let picture = voordeur_diagram::lifecycle_mermaid(*kind);
        format!("\n## {}\n\n```mermaid\n{picture}```\n", kind.word())
    });
    let wanted = format!("{head}{}", each.collect::<String>());
    let path = top().join("docs/lifecycles.md");
    if fs::read_to_string(&path).unwrap_or_default() != wanted {
        assert!(std::env::var_os("UPDATE_DOCS").is_some(), "docs/lifecycles.md is not up to date");
        fs::write(path, wanted).expect("the page can be written");
    }
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    for name in [
        "README.md",
        "docs/tour.md",
        "docs/language.md",
        "docs/decisions.md",
        "docs/formatting.md",
        "docs/plugins.md",
        "docs/diagnostics.md",
        "docs/scale-out.md",
        "docs/guarantees.md",
        "docs/privacy.md",
        "docs/diff.md",
        "docs/review.md",
        "docs/migration.md",
        "CHANGELOG.md",
        "wasm-plugins/README.md",
    ] {
        let path = top().join(name);
        let page = fs::read_to_string(&path).expect(name);
        for link in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !link.starts_with("http") && !link.starts_with('#') {
                let target = path.parent().expect("a folder").join(link.split('#').next().unwrap_or(link));
                assert!(target.exists(), "{name}: {link}");
            }
        }
    }
}
