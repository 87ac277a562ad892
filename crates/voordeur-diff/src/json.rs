//! A comparison for programs.

use serde_json::{Value, json};
use voordeur_diagnostics::Scene;
use voordeur_verify::{Difference, Done, Effect, Example, What};

use crate::acceptance::Acceptance;
use crate::comparison::{Comparison, Pathway};
use crate::declared::Declared;
use crate::finding::{Finding, Subject};
use crate::level::Level;
use crate::promise::{Fate, Promised};
use crate::publication::Publication;
use crate::structure::{Change, Edit, Kind};
use crate::summary::headline;

/// The version of the format: it grows when a program that reads it would have to change.
pub const JSON_VERSION: u32 = 1;

/// A comparison as JSON. The words of levels, verdicts and kinds are the same in every language.
#[must_use]
pub fn json(comparison: &Comparison) -> Value {
    let findings = comparison.findings();
    json!({
        "version": JSON_VERSION,
        "headline": headline(comparison),
        "findings": findings.iter().map(of_finding).collect::<Vec<_>>(),
        "promises": comparison.promises.iter().map(of_promise).collect::<Vec<_>>(),
        "accepted_in_vain": comparison.unmatched().into_iter().map(of_acceptance).collect::<Vec<_>>(),
        "acceptances_expired": comparison.expired.iter().map(of_acceptance).collect::<Vec<_>>(),
        "publication": of_publication(&Publication::of(comparison)),
        "proven_same": comparison.is_proven_same(),
        "situations": comparison.situations(),
        "pathways": comparison.pathways.iter().map(of_pathway).collect::<Vec<_>>(),
        "gone": comparison.gone,
        "added": comparison.added,
        "changes": comparison.changes.iter().map(|change| of_change(comparison, change)).collect::<Vec<_>>(),
    })
}

fn of_publication(one: &Publication) -> Value {
    let (because, same_label) = match one {
        Publication::NewVersion { because, same_label } => (because.as_slice(), same_label.as_ref()),
        Publication::Nothing | Publication::LastDay | Publication::Correction => ([].as_slice(), None),
    };
    json!({ "as": one.word(), "because": because, "same_label": same_label })
}

fn of_finding(one: &Finding) -> Value {
    let ([old, new], [before, after]) = (&one.causes, &one.files);
    let line = |cause: &Option<(u32, String)>| cause.as_ref().map(|(line, _)| *line);
    json!({
        "fingerprint": (!one.fingerprint.is_empty()).then_some(&one.fingerprint),
        "level": one.level.word(),
        "subject": subject(one.subject),
        "pathway": (!one.pathway.is_empty()).then_some(&one.pathway),
        "title": one.title,
        "old_line": line(old),
        "new_line": line(new),
        "old_file": before,
        "new_file": after,
        "reported_from": one.days.from.map(|day| day.to_string()),
        "reported_until": one.days.until.map(|day| day.to_string()),
        "accepted": one.accepted.as_ref().map(of_acceptance),
    })
}

fn of_declared(one: &Declared) -> Value {
    json!({
        "level": one.level.word(),
        "what": one.what,
        "name": one.name,
        "aspect": one.aspect,
        "old": one.old,
        "new": one.new,
        "lines": one.lines,
    })
}

const fn subject(of: Subject) -> &'static str {
    match of {
        Subject::Pathway => "pathway",
        Subject::Promise => "promise",
        Subject::Household => "household",
        Subject::Declared => "declared",
        Subject::Unconfirmed => "unconfirmed",
        Subject::Incomplete => "incomplete",
        Subject::Change(_) => "change",
    }
}

fn of_acceptance(one: &Acceptance) -> Value {
    json!({
        "fingerprint": one.fingerprint,
        "by": one.by,
        "on": one.on,
        "until": one.until,
        "because": one.because,
        "line": one.line,
    })
}

fn of_promise(one: &Promised) -> Value {
    let fate = match one.fate {
        Fate::Broken => "broken",
        Fate::Mended => "mended",
        Fate::Dropped => "dropped",
        Fate::Added => "added",
        Fate::Open => "open",
    };
    let [old, new] = one.lines;
    json!({
        "fate": fate,
        "level": one.level.word(),
        "pathway": one.pathway,
        "title": one.title,
        "text": one.text,
        "kept": one.is_kept,
        "old_line": old,
        "new_line": new,
        "history": of_scenes(&one.history),
    })
}

fn of_pathway(pathway: &Pathway) -> Value {
    let compared = &pathway.compared;
    json!({
        "name": pathway.name,
        "versions": pathway.versions,
        "identical": pathway.is_identical,
        "situations": compared.situations,
        "complete": compared.incomplete.is_none(),
        "differences": compared.differences.iter().map(|one| of_difference(pathway, one)).collect::<Vec<_>>(),
        "undecided": compared.unconfirmed.iter().map(|one| &one.text).collect::<Vec<_>>(),
        "declared": pathway.declared.iter().map(of_declared).collect::<Vec<_>>(),
    })
}

const fn verdict(effect: Effect) -> &'static str {
    match effect {
        Effect::Weaker => "weaker",
        Effect::Mixed => "mixed",
        Effect::NotComparable => "not comparable",
        Effect::Stronger => "stronger",
    }
}

fn of_difference(pathway: &Pathway, one: &Difference) -> Value {
    let cause = |cause: &Option<(u32, String)>| {
        cause.as_ref().map(|(line, text)| json!({ "line": line, "text": text }))
    };
    let [old, new] = &one.causes;
    json!({
        "level": pathway.level_of(one).word(),
        "verdict": verdict(one.verdict),
        "what": of_what(&one.what),
        "stages": one.stages,
        "also": one.also,
        "causes": [cause(old), cause(new)],
        "follows": one.follows,
        "examples": one.examples.iter().map(of_example).collect::<Vec<_>>(),
    })
}

fn of_example(one: &Example) -> Value {
    let [before, after] = &one.scenes;
    json!({
        "at": one.at,
        "whom": one.whom,
        "effect": one.effect.map(verdict),
        "evened": one.evened,
        "old": of_scenes(before),
        "new": of_scenes(after),
    })
}

fn of_what(what: &What) -> Value {
    let done = |all: &[Done]| {
        all.iter()
            .map(|one| json!({ "key": one.key, "text": one.text, "otherwise": one.otherwise }))
            .collect::<Vec<_>>()
    };
    match what {
        What::Aspect { of, aspect } => {
            json!({ "of": of, "aspect": aspect.key, "old": aspect.old, "new": aspect.new })
        }
        What::Answers { old, new } => json!({ "only_old": done(old), "only_new": done(new) }),
    }
}

fn of_scenes(scenes: &[Scene]) -> Value {
    scenes.iter().map(|scene| json!({ "at": scene.at, "lines": scene.lines })).collect()
}

fn of_change(comparison: &Comparison, change: &Change) -> Value {
    let (kind, from) = match &change.kind {
        Kind::Added => ("added", None),
        Kind::Removed => ("removed", None),
        Kind::Changed => ("changed", None),
        Kind::Renamed { from } => ("renamed", Some(from)),
        Kind::Moved => ("moved", None),
    };
    json!({
        "kind": kind,
        "what": change.what,
        "name": change.name,
        "from": from,
        "old_line": change.old_line,
        "new_line": change.new_line,
        "level": comparison.level_of(change).map(Level::word),
        "edits": change.edits.iter().map(of_edit).collect::<Vec<_>>(),
    })
}

fn of_edit(edit: &Edit) -> Value {
    let side = |side: &Option<(u32, String)>| {
        side.as_ref().map(|(line, text)| json!({ "line": line, "text": text }))
    };
    json!({ "old": side(&edit.old), "new": side(&edit.new), "wording": edit.wording })
}
