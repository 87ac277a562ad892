//! A comparison for programs.

use serde_json::{Value, json};
use voordeur_diagnostics::Scene;
use voordeur_verify::{Difference, Done, Effect, Example, What};

use crate::comparison::{Comparison, Pathway};
use crate::level::Level;
use crate::structure::{Change, Edit, Kind};

/// A comparison as JSON. The words of levels, verdicts and kinds are the same in every language.
#[must_use]
pub fn json(comparison: &Comparison) -> Value {
    json!({
        "proven_same": comparison.is_proven_same(),
        "situations": comparison.situations(),
        "pathways": comparison.pathways.iter().map(of_pathway).collect::<Vec<_>>(),
        "gone": comparison.gone,
        "added": comparison.added,
        "changes": comparison.changes.iter().map(|change| of_change(comparison, change)).collect::<Vec<_>>(),
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
        "differences": compared.differences.iter().map(of_difference).collect::<Vec<_>>(),
        "undecided": compared.unconfirmed,
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

fn of_difference(one: &Difference) -> Value {
    let cause = |cause: &Option<(u32, String)>| {
        cause.as_ref().map(|(line, text)| json!({ "line": line, "text": text }))
    };
    let [old, new] = &one.causes;
    json!({
        "level": Level::of(one.verdict).word(),
        "verdict": verdict(one.verdict),
        "what": of_what(&one.what),
        "stages": one.stages,
        "causes": [cause(old), cause(new)],
        "follows": one.follows,
        "examples": one.examples.iter().map(of_example).collect::<Vec<_>>(),
    })
}

fn of_example(one: &Example) -> Value {
    let [before, after] = &one.scenes;
    json!({ "at": one.at, "old": of_scenes(before), "new": of_scenes(after) })
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
