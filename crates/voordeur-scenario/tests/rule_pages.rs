//! Every rule has a page, and the examples of the pages are tests: the wrong one gives that rule and the
//! message shown, the right one is clean, and what a fix makes of the wrong one is better. `UPDATE_PAGES=1`
//! writes the messages into the pages; read them.

#![expect(clippy::expect_used, clippy::panic, reason = "a panic in a test is a failing test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use voordeur_diagnostics::{Applicability, Diagnostic, Rule, Severity, SourceFile, mend, text};
use voordeur_messages::Lang;
use voordeur_plugin_contract::{Manifest, finding, misfits};
use voordeur_syntax::{MAX_BYTES, decode, translate};
use voordeur_verify::compile;

#[test]
fn the_examples_of_every_page_are_right() {
    for rule in Rule::ALL {
        let page = fs::read_to_string(path(*rule)).expect("every rule has a page");
        let (name, source, problems) = wrong(*rule, &page);
        assert!(problems.iter().any(|problem| problem.rule == *rule), "{rule}: {problems:#?}");
        for problem in &problems {
            assert_eq!(problem.severity, problem.rule.level(), "{problem:#?}");
        }
        let others: Vec<&Diagnostic> = problems.iter().filter(|problem| problem.rule != *rule).collect();
        assert!(others.is_empty() || *rule == Rule::TooManyProblems, "{rule}: {others:#?}");
        let shown = text(SourceFile { name, text: &source }, &problems, false);
        let last = shown.trim_end().lines().rev().take(12).collect::<Vec<_>>();
        let shown: Vec<&str> = if problems.len() > 3 {
            last.into_iter().rev().collect()
        } else {
            shown.trim_end().lines().collect()
        };
        compare(*rule, &page, &shown.join("\n"));
        let right = blocks(section(*rule, &page, "Right"), "pathway");
        assert!(!right.is_empty(), "{rule}: the mended example is missing");
        for right in right {
            assert_eq!(found(&right), [], "{rule}");
        }
    }
}

/// Name, what it says, level and version as the registry has them; then what it does, and why.
#[test]
fn every_page_is_whole() {
    for rule in Rule::ALL {
        let page = fs::read_to_string(path(*rule)).expect("every rule has a page");
        let level = if rule.level() == Severity::Error { "error" } else { "warning" };
        let head = format!("# {rule}\n\n{}\n\n**{level}**, since {}\n\n", rule.summary(), rule.since());
        let rest =
            page.strip_prefix(&head).unwrap_or_else(|| panic!("{rule}: the page has to begin with\n{head}"));
        let (does, _) = rest.split_once("\n## ").expect("sections");
        assert!(does.trim().len() > 40, "{rule}: what it does");
        assert!(section(*rule, &page, "Why").trim().len() > 60, "{rule}: where it comes from");
        let order = ["\n## Why\n", "\n## Wrong\n", "\n## Right\n"].map(|title| page.find(title));
        assert!(order.is_sorted() && order.iter().all(Option::is_some), "{rule}: why, wrong, right");
        assert_eq!(rule.page_text(), page, "{rule}: what `explain` shows");
    }
}

/// What stands under a heading.
fn section<'a>(rule: Rule, page: &'a str, title: &str) -> &'a str {
    let (_, after) = page.split_once(&format!("\n## {title}\n")).unwrap_or_else(|| panic!("{rule}: {title}"));
    after.split("\n## ").next().unwrap_or(after)
}

/// A fix is text of the language: with it less is wrong, and nothing is wrong that was right before.
#[test]
fn what_a_fix_makes_is_better() {
    let mut fixes = BTreeMap::new();
    for rule in Rule::ALL {
        let page = fs::read_to_string(path(*rule)).expect("every rule has a page");
        let english = blocks(section(*rule, &page, "Wrong"), "pathway");
        let dutch: Vec<String> =
            english.iter().filter_map(|source| translate(source, Lang::Nl).ok()).collect();
        for source in english.iter().chain(&dutch) {
            let before = found(source);
            for problem in before.iter().filter(|problem| problem.fix.is_some()) {
                let mended = mend(source, std::slice::from_ref(problem), Applicability::ShowOnly);
                let mended = mended.unwrap_or_else(|| panic!("{rule}: the fix fits nowhere: {problem:#?}"));
                let after = found(&mended.text);
                assert!(after.len() < before.len(), "{rule}: {}\n{after:#?}", mended.text);
                let fix = problem.fix.as_ref().map(|fix| fix.applicability.word());
                fixes.insert(problem.rule.name(), fix.unwrap_or_default());
            }
        }
    }
    insta::assert_debug_snapshot!(fixes);
}

#[test]
fn every_page_is_about_a_rule() {
    for entry in fs::read_dir(folder()).expect("the folder") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        let rule = name.strip_suffix(".md").and_then(Rule::from_name);
        assert!(rule.is_some(), "{name}");
    }
}

/// What is found in a file: when it is read and checked, and when its scenarios are played.
fn found(source: &str) -> Vec<Diagnostic> {
    let mut compiled = compile(source);
    let (scenarios, problems) = voordeur_scenario::compile(&compiled.scenarios, &compiled.protocols);
    let played = scenarios.iter().flat_map(|scenario| {
        scenario
            .examples
            .iter()
            .filter_map(|example| voordeur_scenario::play(&scenario.protocol, example).failure)
    });
    let failed = played.map(|failure| Diagnostic::error(Rule::ScenarioFailed, failure.span, failure.message));
    let (promises, wrong) =
        voordeur_verify::promises(&compiled.promises, &compiled.protocols, &compiled.sources);
    let problems = if compiled.has_errors() { Vec::new() } else { problems };
    compiled.problems.extend(problems.into_iter().chain(wrong));
    // What can happen to a case is looked at when nothing else is left to say.
    if compiled.problems.is_empty() {
        for pathway in compiled.own().to_vec() {
            let report = voordeur_verify::verify(&pathway, voordeur_verify::Budget::default());
            assert_eq!((report.incomplete, report.unconfirmed), (None, 0), "{source}");
            compiled.admit(&pathway.name, report.findings);
        }
        for promise in &promises {
            let kept = voordeur_verify::keep(promise, voordeur_verify::Budget::default(), false);
            let findings = kept.statements.iter().filter_map(|told| told.finding(promise)).collect();
            compiled.admit(&promise.protocol.name, findings);
        }
    }
    compiled.expire(jiff::civil::date(2026, 1, 1));
    compiled.problems.into_iter().chain(failed).collect()
}

/// The wrong example with what is found in it. Some cannot stand on a page and are made here.
fn wrong(rule: Rule, page: &str) -> (&'static str, String, Vec<Diagnostic>) {
    let of = |source: String| {
        let problems = found(&source);
        ("visits.pathway", source, problems)
    };
    match rule {
        Rule::NotUtf8 => ("visits.pathway", String::new(), decoded(b"pathway \xff\xfe")),
        Rule::TooLarge => ("visits.pathway", String::new(), decoded(&vec![b' '; MAX_BYTES + 1])),
        Rule::NestedTooDeep => of(deep()),
        Rule::TooManyProblems => of(many()),
        Rule::PluginMismatch => misfit(page),
        _ => of(blocks(page, "pathway").into_iter().next().expect("a wrong example")),
    }
}

/// The pathway of the page, held against what the plugin on the page says of itself.
fn misfit(page: &str) -> (&'static str, String, Vec<Diagnostic>) {
    let source = blocks(page, "pathway").into_iter().next().expect("a wrong example");
    let manifest = Manifest::read(&blocks(page, "json").concat()).expect("a manifest");
    let compiled = compile(&source);
    let misfits = compiled.own().iter().flat_map(|pathway| {
        pathway.obligations.rows().flat_map(|row| {
            let found = misfits(pathway, row, &manifest);
            found.iter().map(|misfit| finding(misfit, row, &compiled.sources)).collect::<Vec<_>>()
        })
    });
    let misfits = misfits.collect();
    ("visits.pathway", source, misfits)
}

fn decoded(bytes: &[u8]) -> Vec<Diagnostic> {
    let problem = *decode(bytes).expect_err("a problem");
    vec![Diagnostic { span: voordeur_diagnostics::Span::new(0, 0), ..problem }]
}

fn deep() -> String {
    let page = fs::read_to_string(path(Rule::GapInGuards)).expect("the page");
    let right = blocks(&page, "pathway").into_iter().nth(1).expect("a right example");
    let (open, close) = ("(".repeat(10_000), ")".repeat(10_000));
    right.replacen("when urgent", &format!("when {open}urgent{close}"), 1)
}

fn many() -> String {
    let lines: Vec<String> = (0..40).map(|n| format!("  agency a{n}\n  => b\n")).collect();
    format!("pathway a {{\n{}}}\n", lines.concat())
}

#[expect(clippy::disallowed_methods, reason = "a test may be told to write its pages anew")]
fn compare(rule: Rule, page: &str, shown: &str) {
    // A line of 20,000 brackets is cut off on the page.
    let cut = |line: &str| match line.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    };
    let shown: Vec<String> = shown.lines().map(cut).collect();
    let shown = shown.join("\n");
    let written = blocks(page, "text").into_iter().next().expect("the message").trim_end().to_owned();
    if written == shown {
        return;
    }
    assert!(
        std::env::var_os("UPDATE_PAGES").is_some(),
        "{rule}: the page shows\n{written}\nand the message is\n{shown}"
    );
    let start = page.find("```text\n").expect("a block") + "```text\n".len();
    let (head, rest) = page.split_at(start);
    let (_, tail) = rest.split_once("```").expect("its end");
    fs::write(path(rule), format!("{head}{shown}\n```{tail}")).expect("the page can be written");
}

fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).filter_map(|rest| Some(rest.split_once("```")?.0.to_owned())).collect()
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules"))
}

fn path(rule: Rule) -> PathBuf {
    folder().join(format!("{}.md", rule.name()))
}
