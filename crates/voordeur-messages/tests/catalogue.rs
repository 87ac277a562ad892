//! Everything that is said has its Dutch, and everything in the catalogue is said. `UPDATE_MESSAGES=1` writes what
//! is missing into `nl.po`, without its Dutch, and takes out what nobody says any more.

#![expect(clippy::expect_used, clippy::panic, reason = "a panic in a test is a failing test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use voordeur_messages::{DUTCH, Lang, entries, say, speaking};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("the sources are there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every text that is said, in the order of the sources, with the first place where it is.
fn said() -> Vec<(String, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in std::fs::read_dir(&crates).expect("the crates are there") {
        let folder = folder.expect("it can be read").path();
        if !folder.ends_with("voordeur-messages") && folder.join("src").is_dir() {
            sources(&folder.join("src"), &mut files);
        }
    }
    files.sort();
    let mut found: Vec<(String, String)> = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("it can be read");
        let place =
            file.strip_prefix(&crates).expect("it is a crate").display().to_string().replace('\\', "/");
        let help = if place.starts_with("cli/src/args/") { help(&text) } else { Vec::new() };
        let rules = if place.ends_with("diagnostics/src/rules.rs") { summaries(&text) } else { Vec::new() };
        for template in templates(&text).into_iter().chain(help).chain(rules) {
            if !found.iter().any(|(known, _)| *known == template) {
                found.push((template, place.clone()));
            }
        }
    }
    found
}

/// The help of the command line: each comment is a text, as `clap` takes it.
fn help(source: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut before = false;
    for line in source.lines() {
        let comment = line.trim().strip_prefix("/// ");
        match (comment, found.last_mut()) {
            (Some(more), Some(last)) if before => last.push_str(&format!(" {more}")),
            (Some(first), _) => found.push(first.to_owned()),
            (None, _) => {}
        }
        before = comment.is_some();
    }
    for text in &mut found {
        if text.ends_with('.') && !text.ends_with("..") {
            text.pop();
        }
    }
    found
}

/// What each rule says: the last text on its line of the registry.
fn summaries(source: &str) -> Vec<String> {
    let rules = source.lines().filter(|line| line.contains(" error \"") || line.contains(" warning \""));
    rules.filter_map(|line| line.rsplit('"').nth(1)).map(str::to_owned).collect()
}

fn templates(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for start in ["say!(", "mark!("] {
        for (at, _) in source.match_indices(start) {
            let rest = source.get(at + start.len()..).unwrap_or_default().trim_start();
            if let Some(literal) = rest.strip_prefix('"') {
                found.push((at, unescaped(literal)));
            }
        }
    }
    found.sort();
    found.into_iter().map(|(_, text)| text).collect()
}

/// The value of a string literal, up to its closing quote.
fn unescaped(literal: &str) -> String {
    let mut out = String::new();
    let mut chars = literal.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => return out,
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some('\n') => while chars.next_if(|c| c.is_whitespace()).is_some() {},
                Some(other) => out.push(other),
                None => {}
            },
            other => out.push(other),
        }
    }
    panic!("a literal is not closed: {out}");
}

/// The names in a text, sorted; each as often as it stands there at least once.
fn names(text: &str) -> Vec<&str> {
    let of_name = |c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit();
    let mut found: Vec<&str> = text
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .filter(|(name, _)| !name.is_empty() && name.chars().all(of_name))
        .map(|(name, _)| name)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[test]
fn neither_language_misses_a_message() {
    let said = said();
    let dutch: BTreeMap<String, String> = entries(DUTCH).into_iter().collect();
    update(&said, &dutch);
    let missing: Vec<_> = said.iter().filter(|(text, _)| !dutch.contains_key(text)).collect();
    assert!(
        missing.is_empty(),
        "no Dutch in nl.po (run with UPDATE_MESSAGES=1, then translate): {missing:#?}"
    );
    let left: Vec<&String> =
        dutch.keys().filter(|text| !said.iter().any(|(known, _)| known == *text)).collect();
    assert!(left.is_empty(), "nobody says this any more: {left:#?}");
}

#[test]
fn both_languages_name_the_same_values() {
    for (english, dutch) in entries(DUTCH) {
        assert_eq!(names(&english), names(&dutch), "{english}");
        let ends = |text: &str| (text.starts_with([' ', ',', ';', ':']), text.ends_with([' ', '\n']));
        assert_eq!(ends(&english), ends(&dutch), "it joins what stands around it otherwise: {english}");
        assert_eq!(english.matches('`').count() % 2, 0, "{english}");
        assert_eq!(dutch.matches('`').count() % 2, 0, "{dutch}");
    }
}

#[test]
fn a_message_is_said_in_the_language_of_its_closure() {
    let said = |lang| speaking(lang, || say!("`{name}` is declared more than once", name = "intake"));
    assert_eq!(said(Lang::En), "`intake` is declared more than once");
    assert_eq!(said(Lang::Nl), "`intake` is meer dan eens gedeclareerd");
}

#[expect(clippy::disallowed_methods, reason = "a test may be told to write the catalogue anew")]
fn update(said: &[(String, String)], dutch: &BTreeMap<String, String>) {
    if std::env::var_os("UPDATE_MESSAGES").is_none() {
        return;
    }
    let mut out =
        "msgid \"\"\nmsgstr \"\"\n\"Language: nl\\n\"\n\"Content-Type: text/plain; charset=UTF-8\\n\"\n"
            .to_owned();
    for (text, place) in said {
        let translation = dutch.get(text).map(String::as_str).unwrap_or_default();
        write!(out, "\n#: {place}\nmsgid {}\nmsgstr {}\n", quoted(text), quoted(translation))
            .expect("a string");
    }
    std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("nl.po"), out).expect("it can be written");
}

fn quoted(text: &str) -> String {
    let inner = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r");
    format!("\"{inner}\"")
}
