//! A comparison for the terminal.

use std::collections::BTreeSet;

use voordeur_diagnostics::Scene;
use voordeur_messages::say;
use voordeur_verify::{Difference, Done, Effect, Example, Incomplete, What};

use crate::comparison::{Comparison, Pathway};
use crate::finding::{Finding, Subject};
use crate::level::Level;
use crate::publication::Publication;
use crate::structure::{Change, Kind};
use crate::summary::closing;

/// So many things that happen are shown after the moment at which the versions part.
const SHOWN_AFTER: usize = 4;

/// So many at most, with those that come in both.
const MOST_AFTER: usize = 12;

/// A comparison as text.
#[must_use]
pub fn text(comparison: &Comparison) -> String {
    let (findings, mut lines) = (comparison.findings(), Vec::new());
    let promises = |is_first: bool| {
        let all = findings.iter().filter(|one| one.subject == Subject::Promise);
        all.filter(move |one| (one.level <= Level::Weakens) == is_first)
    };
    let breaking = |number: usize| {
        let is_it = |one: &&Finding| one.subject == Subject::Change(number) && one.level == Level::Breaks;
        findings.iter().find(is_it)
    };
    // The most severe first: what open cases, and programs that report, cannot follow.
    for (number, change) in comparison.changes.iter().enumerate() {
        let broken = breaking(number).and_then(|one| of_change(change, Some(one)).into_iter().next());
        lines.extend(broken.map(|line| line.trim_start().to_owned()));
    }
    promises(true).for_each(|one| of_promise(one, &mut lines));
    for pathway in &comparison.pathways {
        of_pathway(pathway, comparison, &findings, &mut lines);
    }
    promises(false).for_each(|one| of_promise(one, &mut lines));
    let whole = findings.iter().filter(|one| matches!(one.subject, Subject::Pathway));
    lines.extend(whole.map(|one| one.title.clone() + &marked(one)));
    if !comparison.changes.is_empty() {
        lines.push(say!("Changes in the text:"));
        for (number, change) in comparison.changes.iter().enumerate() {
            let finding = findings.iter().find(|one| one.subject == Subject::Change(number));
            lines.extend(of_change(change, finding.filter(|_| breaking(number).is_none())));
        }
    }
    if comparison.is_module() && !comparison.is_proven_same() {
        lines.push(of_module());
    }
    lines.extend(of_acceptances(comparison));
    lines.extend(Publication::of(comparison).in_words());
    lines.push(closing(comparison));
    lines.join("\n") + "\n"
}

fn of_pathway(pathway: &Pathway, comparison: &Comparison, findings: &[Finding], lines: &mut Vec<String>) {
    let [old, new] = &pathway.versions;
    lines.push(say!("{name}: version {old} and version {new}", name = pathway.name, old, new));
    let compared = &pathway.compared;
    let own = |one: &&Finding| one.pathway == pathway.name;
    for one in findings
        .iter()
        .filter(own)
        .filter(|one| matches!(one.subject, Subject::Household | Subject::Declared))
    {
        of_difference(one, lines);
    }
    let follow = compared.differences.iter().filter(|one| one.follows).count();
    if follow > 0 {
        lines.push(say!("  what follows from these and is not told by itself: {number}", number = follow));
    }
    for one in findings.iter().filter(own).filter(|one| matches!(one.subject, Subject::Unconfirmed)) {
        lines.push(format!("  {}: {}{}", one.level.in_words(), one.title, marked(one)));
    }
    let situations = compared.situations;
    if pathway.is_identical && comparison.changes.is_empty() {
        lines.push(say!("  No household is treated differently: both versions say the same."));
    } else if pathway.is_identical {
        lines.push(say!("  No household is treated differently: only texts for people have changed."));
    } else if let Some(why) = compared.incomplete {
        let why = because(why);
        lines.push(say!("  undecided: {situations} situations were compared, and {why}", situations, why));
    } else if compared.is_proven_same() && !pathway.starts.is_empty() {
        lines.push(say!(
            "  What it does itself is answered alike: all {situations} situations from which something that has changed can be met were compared. What it starts is not: see {names}.",
            situations,
            names = pathway.starts.join(", ")
        ));
    } else if compared.is_proven_same() && (!pathway.is_proven_same() || comparison.breaks()) {
        lines.push(say!(
            "  What both versions take is answered alike: all {situations} situations from which something that has changed can be met were compared.",
            situations
        ));
    } else if compared.is_proven_same() {
        lines.push(say!(
            "  No household is treated differently: all {situations} situations from which something that has changed can be met were compared.",
            situations
        ));
    }
}

pub(crate) fn because(why: Incomplete) -> String {
    match why {
        Incomplete::Budget => say!(
            "more work is left than the budget allows (`--budget`; a situation in which much goes on is worked out several times)"
        ),
        Incomplete::Answers => say!("one report can be answered in too many ways"),
        Incomplete::Clocks => {
            say!(
                "an event that comes again and again sets a clock each time, without number: see `after … of` an event"
            )
        }
        Incomplete::Engine => say!("rules set each other off without end"),
        Incomplete::Birthdays => say!("several rules wait for the same birthday"),
    }
}

fn of_difference(one: &Finding, lines: &mut Vec<String>) {
    lines.push(format!("  {}: {}{}", one.level.in_words(), one.title, marked(one)));
    if one.subject == Subject::Household {
        lines.push("    ".to_owned() + &place(one));
    }
    for ((cause, file), which) in one.causes.iter().zip(&one.files).zip([say!("old"), say!("new")]) {
        if let Some((line, text)) = cause {
            let told = match file {
                None => say!("{which} line {line}", which, line),
                Some(file) => say!("{which} line {line} of {file}", which, line, file),
            };
            lines.push(format!("    {told}") + &after(text));
        }
    }
    for example in &one.examples {
        lines.extend(for_whom(example).map(|whom| format!("    {whom}")));
        of_example(&caption(one, example), example, lines);
    }
}

fn of_promise(one: &Finding, lines: &mut Vec<String>) {
    lines.push(format!("{}: {}{}", one.level.in_words(), one.title, marked(one)));
    for example in &one.examples {
        let [_, new] = &example.scenes;
        lines.push(format!("  {}", caption(one, example)));
        lines.extend(new.iter().flat_map(Scene::told).map(|line| format!("    {line}")));
    }
}

/// What the example of a finding is: where the versions part, or the case that breaks a promise.
pub(crate) fn caption(one: &Finding, example: &Example) -> String {
    match one.subject {
        Subject::Promise => say!("A case of the new version that breaks it:"),
        _ => of_household(example),
    }
}

fn of_household(example: &Example) -> String {
    as_if(example, of_history(example))
}

/// That a history is one of versions in which other things that have changed have been made the same.
pub(crate) fn as_if(example: &Example, caption: String) -> String {
    if example.evened.is_empty() {
        return caption;
    }
    let names = example.evened.join(", ");
    say!("As if what else has changed in {names} said the same in both versions. {caption}", names, caption)
}

fn of_history(example: &Example) -> String {
    let when = &example.when;
    match example.effect {
        Some(Effect::Weaker) => {
            say!("A household that is worse off, played in both versions; they part {when}:", when)
        }
        Some(Effect::Stronger) => {
            say!("A household that is better off, played in both versions; they part {when}:", when)
        }
        _ => say!("An example, played in both versions; they part {when}:", when),
    }
}

/// What is compared without a pathway.
pub(crate) fn of_module() -> String {
    say!("There is no pathway here: what this means for households is told by the pathways that import it.")
}

/// For whom it is so.
pub(crate) fn for_whom(example: &Example) -> Option<String> {
    let whom = example.whom.join("; ");
    (!whom.is_empty())
        .then(|| say!("for whom, one answer at a time and all else as in the example: {whom}", whom))
}

/// In which stage.
pub(crate) fn place(one: &Finding) -> String {
    if one.subject == Subject::Promise {
        return say!("a case of the new version breaks it");
    }
    let stage = |stage: &Option<String>| stage.clone().unwrap_or_else(|| say!("the report"));
    let both = |[old, new]: &[Option<String>; 2]| {
        let (old, new) = (stage(old), stage(new));
        if old == new { old } else { say!("{old} (old), {new} (new)", old, new) }
    };
    let all: Vec<String> = std::iter::once(&one.stages).chain(&one.also).map(both).collect();
    say!("where: {stage}", stage = all.join("; "))
}

/// The fingerprint, and who has accepted it.
fn marked(one: &Finding) -> String {
    let accepted = one.accepted.as_ref().map(|one| format!("; {}", one.in_words()));
    format!(" [{}]{}", one.fingerprint, accepted.unwrap_or_default())
}

/// Acceptances that are about nothing, and those that have ended.
pub(crate) fn of_acceptances(comparison: &Comparison) -> Vec<String> {
    let unmatched = comparison.unmatched().into_iter().map(|one| {
        say!("accepted, and not there: {mark} (line {line})", mark = one.fingerprint, line = one.line)
    });
    let expired = comparison.expired.iter().map(|one| {
        let (mark, line) = (&one.fingerprint, one.line);
        let until = one.until.as_deref().unwrap_or_default();
        say!("accepted until {until}, and no more: {mark} (line {line})", until, mark, line)
    });
    unmatched.chain(expired).collect()
}

fn of_example(caption: &str, one: &Example, lines: &mut Vec<String>) {
    lines.push(format!("    {caption}"));
    let [old, new] = &one.scenes;
    let before: BTreeSet<&str> =
        old.iter().chain(new).map(|scene| scene.at.as_str()).filter(|at| *at < one.at.as_str()).collect();
    for at in before {
        // What else has changed may show before: when something is due.
        let [first, second] = [old, new].map(|scenes| told(scenes.iter().filter(|scene| scene.at == at)));
        if first == second {
            lines.extend(first.into_iter().map(|line| format!("      {line}")));
        } else {
            of_one(&say!("old"), first, lines);
            of_one(&say!("new"), second, lines);
        }
    }
    // What comes in both at the moment at which they part stands once.
    let in_both = |scene: &&Scene| scene.at == one.at && old.contains(scene) && new.contains(scene);
    lines.extend(told(old.iter().filter(in_both)).iter().map(|line| format!("      {line}")));
    for (scenes, others, which) in [(old, new, say!("old")), (new, old, say!("new"))] {
        let rest = scenes.iter().filter(|scene| scene.at >= one.at && !in_both(scene));
        let rest = told(until_enough(rest.collect(), others).into_iter());
        let rest = if rest.is_empty() { vec![say!("nothing")] } else { rest };
        of_one(&which, rest, lines);
    }
}

/// As many scenes as it takes to show some that come in one version alone; what comes in both before that is shown with it.
fn until_enough<'s>(scenes: Vec<&'s Scene>, others: &[Scene]) -> Vec<&'s Scene> {
    let alone = scenes.iter().enumerate().filter(|(_, scene)| !others.contains(scene));
    let enough = alone.map(|(at, _)| at + 1).take(SHOWN_AFTER).last().unwrap_or(0);
    let shown = enough.clamp(SHOWN_AFTER, MOST_AFTER);
    scenes.into_iter().take(shown).collect()
}

fn told<'s>(scenes: impl Iterator<Item = &'s Scene>) -> Vec<String> {
    scenes.flat_map(Scene::told).collect()
}

/// What one version alone does.
fn of_one(which: &str, told: Vec<String>, lines: &mut Vec<String>) {
    lines.extend(told.into_iter().map(|line| format!("      {which}: {line}")));
}

fn after(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

/// What differs, in a line.
pub(crate) fn what(one: &Difference) -> String {
    match &one.what {
        What::Aspect { of, aspect } => {
            let (old, new) = (shown(&aspect.old), shown(&aspect.new));
            say!("{of}, {aspect}: {old} becomes {new}", of, aspect = aspect_in_words(aspect.key), old, new)
        }
        What::Answers { old, new } => {
            let (gone, come) = (said(old), said(new));
            match (old.is_empty(), new.is_empty()) {
                // What the other version does by itself as well, when nobody reports anything.
                (false, true) if are_moved(old) => say!("later: {gone}", gone = texts(old)),
                (true, _) if are_moved(new) => say!("sooner: {come}", come = texts(new)),
                (false, true) => say!("no more: {gone}", gone),
                (true, _) => say!("new: {come}", come),
                (false, false) => say!("{gone} becomes {come}", gone, come),
            }
        }
    }
}

fn shown(value: &str) -> String {
    if value.is_empty() { say!("nothing") } else { value.to_owned() }
}

fn are_moved(all: &[Done]) -> bool {
    all.iter().all(|one| one.is_moved)
}

fn texts(all: &[Done]) -> String {
    all.iter().map(|one| one.text.clone()).collect::<Vec<_>>().join(", ")
}

fn said(all: &[Done]) -> String {
    let each = all.iter().map(|one| match &one.otherwise {
        Some(_) => say!("{what} (otherwise later)", what = one.text),
        None => one.text.clone(),
    });
    each.collect::<Vec<_>>().join(", ")
}

/// In what an obligation differs, in words.
pub(crate) fn aspect_in_words(key: &str) -> String {
    match key {
        "term" => say!("term"),
        "preferred-term" => say!("preferred term"),
        "planned" => say!("planned after"),
        "duty" => say!("how strongly it binds"),
        "keeps-running" => say!("goes on when its stage is left"),
        "pause" => say!("when its clock stands still"),
        "reminder" => say!("who is reminded, and how long before"),
        "who" => say!("who does it"),
        "people" => say!("how many people"),
        "asks" => say!("what is asked"),
        "consent" => say!("needs consent"),
        "to" => say!("to whom"),
        "via" => say!("through whom"),
        "warm" => say!("warm"),
        "accept" => say!("term for acceptance"),
        "contact" => say!("term for contact"),
        "ask-again" => say!("how often it is asked again"),
        "hands-over" => say!("what is handed over"),
        "silent" => say!("when no answer is silence"),
        "plugin" => say!("plugin"),
        "settings" => say!("what it is given"),
        "retries" => say!("how often it is tried again"),
        "how" => say!("visit or call"),
        "window-before" => say!("how long before"),
        "window-after" => say!("how long after"),
        "pathway" => say!("pathway"),
        "attempts" => say!("attempts"),
        "lasts" => say!("how long it lasts"),
        "apart" => say!("how far apart"),
        "unannounced" => say!("unannounced"),
        "parts-of-day" => say!("at different parts of the day"),
        "announced" => say!("how it is announced"),
        "prepared" => say!("what comes before it"),
        "hours" => say!("at what hours"),
        "break-off" => say!("may be broken off"),
        "plan" => say!("how many"),
        "step" => say!("when a step comes"),
        other => other.to_owned(),
    }
}

/// How a declaration differs: in a word for programs and in a line.
pub(crate) fn of_kind(change: &Change) -> (&'static str, String) {
    let what = change.spelled_what.as_ref().unwrap_or(&change.what);
    let name = format!("{what} {}", change.name).trim().to_owned();
    match &change.kind {
        Kind::Added => ("added", say!("{name} is new", name)),
        Kind::Removed => ("removed", say!("{name} is gone", name)),
        Kind::Changed => ("changed", say!("{name} has changed", name)),
        Kind::Renamed { from } => ("renamed", say!("{name} was called {from}", name, from)),
        Kind::Moved => ("moved", say!("{name} stands elsewhere", name)),
    }
}

fn of_change(change: &Change, finding: Option<&Finding>) -> Vec<String> {
    let (_, what) = of_kind(change);
    let level = finding.map(|one| format!("{}: ", one.level.in_words())).unwrap_or_default();
    let mark = finding.map(marked).unwrap_or_default();
    let line = change.new_line.or(change.old_line).unwrap_or(0);
    let line = match &change.file {
        None => say!("line {line}", line),
        Some(file) => say!("line {line} of {file}", line, file),
    };
    let mut lines = vec![format!("  {level}{what} ({line}){mark}")];
    if matches!(change.kind, Kind::Added | Kind::Removed) {
        return lines;
    }
    for edit in &change.edits {
        let side = |mark: &str, told: &Option<(u32, String)>| {
            told.as_ref().map(|(line, text)| format!("    {mark} {line}: {text}"))
        };
        let [old, new] = edit.shown();
        lines.extend(side("-", &old));
        lines.extend(side("+", &new));
    }
    lines
}
