//! SARIF 2.1.0, for platforms that collect findings.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use voordeur_messages::said;

use super::word;
use crate::diagnostic::{Applicability, Diagnostic, Fix};
use crate::report::{Located, Report};
use crate::rules::Rule;
use crate::source::{LineIndex, SourceFile};
use crate::span::Span;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The findings as a SARIF log with one run of this version of the tool.
#[must_use]
pub fn sarif(report: &Report<'_>, version: &str) -> Value {
    let mut rules: Vec<Rule> = report.all().iter().map(|located| located.finding.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    let mut seen = BTreeMap::new();
    let results: Vec<Value> = report.all().iter().map(|located| result(located, &rules, &mut seen)).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "voordeur",
                "semanticVersion": version,
                "rules": rules.iter().map(|rule| descriptor(*rule)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": report.open_questions().is_empty(),
                "toolExecutionNotifications": report.open_questions().iter().map(|(_, what)| json!({
                    "level": "error",
                    "message": { "text": what },
                })).collect::<Vec<_>>(),
            }],
            "artifacts": report.files().iter().map(|name| json!({ "location": { "uri": uri(name) } })).collect::<Vec<_>>(),
            "results": results,
        }],
    })
}

fn descriptor(rule: Rule) -> Value {
    json!({
        "id": rule.name(),
        "shortDescription": { "text": said(rule.summary(), &[]) },
        "help": { "text": said(rule.summary(), &[]), "markdown": rule.page_text() },
        "defaultConfiguration": { "level": word(rule.level()) },
        "properties": { "since": rule.since() },
    })
}

fn result(located: &Located<'_>, rules: &[Rule], seen: &mut BTreeMap<String, usize>) -> Value {
    let (file, finding) = (located.file, &located.finding);
    let index = LineIndex::new(file.text);
    let doubt = finding.in_doubt();
    let parts = [Some(&finding.message), finding.help.as_ref(), doubt.as_ref()];
    let text = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("\n\n");
    let mut result = json!({
        "ruleId": finding.rule.name(),
        "ruleIndex": rules.iter().position(|rule| *rule == finding.rule),
        "level": word(finding.severity),
        "message": { "text": text },
        "locations": [location(file, &index, finding.span)],
        "partialFingerprints": { "voordeurFinding/v1": fingerprint(located, seen) },
    });
    let related: Vec<Value> = (finding.labels.iter())
        .map(|label| {
            let mut location = location(file, &index, label.span);
            put(&mut location, "message", json!({ "text": label.text }));
            location
        })
        .collect();
    if !related.is_empty() {
        put(&mut result, "relatedLocations", Value::from(related));
    }
    if !finding.history.is_empty() {
        put(&mut result, "codeFlows", json!([flow(file, &index, finding)]));
    }
    // Programs apply what stands under `fixes`; what only shows the form is in the message already.
    if let Some(fix) = finding.fix.as_ref().filter(|fix| fix.applicability != Applicability::ShowOnly) {
        put(&mut result, "fixes", json!([change(file, &index, fix)]));
    }
    if let Some(excuse) = &located.excuse {
        let justification = format!("{} (until {})", excuse.because, excuse.until);
        put(&mut result, "suppressions", json!([{ "kind": "inSource", "justification": justification }]));
    }
    result
}

/// The case history: its moments in order, each at the place of the finding.
fn flow(file: SourceFile<'_>, index: &LineIndex, finding: &Diagnostic) -> Value {
    let steps: Vec<Value> = (finding.history.iter())
        .map(|scene| {
            let mut place = location(file, index, finding.span);
            let text = format!("{}  {}", scene.when, scene.lines.join("; "));
            put(&mut place, "message", json!({ "text": text }));
            json!({ "location": place, "properties": { "at": scene.at } })
        })
        .collect();
    json!({ "threadFlows": [{ "locations": steps }] })
}

fn put(object: &mut Value, key: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

fn location(file: SourceFile<'_>, index: &LineIndex, span: Span) -> Value {
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(file.name) },
        "region": region(file, index, span),
    } })
}

fn region(file: SourceFile<'_>, index: &LineIndex, span: Span) -> Value {
    let (start, end) = (index.place(file.text, span.start), index.place(file.text, span.end));
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

fn change(file: SourceFile<'_>, index: &LineIndex, fix: &Fix) -> Value {
    let replacements: Vec<Value> = (fix.edits.iter())
        .map(|edit| {
            json!({
                "deletedRegion": region(file, index, edit.span),
                "insertedContent": { "text": edit.replacement },
            })
        })
        .collect();
    json!({
        "artifactChanges": [{
            "artifactLocation": { "uri": uri(file.name) },
            "replacements": replacements,
        }],
        "properties": { "applicability": fix.applicability.word() },
    })
}

/// The same for the same finding, however its message is said and wherever its line has moved: the rule and the
/// names of what it is about. Findings that are alike in that are counted.
fn fingerprint(located: &Located<'_>, seen: &mut BTreeMap<String, usize>) -> String {
    let mut digest = Sha256::new();
    digest.update(located.finding.rule.name());
    for name in &located.about {
        digest.update([0]);
        digest.update(name);
    }
    let hash: String = digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let count = seen.entry(hash.clone()).or_insert(0);
    *count += 1;
    format!("{hash}:{count}")
}

/// A path as it may stand in a URI.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let written = path
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") });
    written.collect()
}
