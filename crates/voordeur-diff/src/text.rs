//! A comparison for the terminal.

use voordeur_diagnostics::Scene;
use voordeur_messages::say;
use voordeur_verify::{Difference, Done, Example, Incomplete, What};

use crate::comparison::{Comparison, Pathway};
use crate::level::Level;
use crate::structure::{Change, Kind};

/// So many things that happen are shown after the moment at which the versions part.
const SHOWN_AFTER: usize = 4;

/// A comparison as text.
#[must_use]
pub fn text(comparison: &Comparison) -> String {
    let mut lines = Vec::new();
    for pathway in &comparison.pathways {
        of_pathway(pathway, &mut lines);
    }
    lines.extend(comparison.gone.iter().map(|name| say!("{name}: this pathway is gone", name)));
    lines.extend(comparison.added.iter().map(|name| say!("{name}: this pathway is new", name)));
    if !comparison.changes.is_empty() {
        lines.push(say!("Changes in the text:"));
        lines.extend(comparison.changes.iter().flat_map(|change| of_change(comparison, change)));
    }
    lines.extend(closing(comparison));
    lines.join("\n") + "\n"
}

fn of_pathway(pathway: &Pathway, lines: &mut Vec<String>) {
    let [old, new] = &pathway.versions;
    lines.push(say!("{name}: version {old} and version {new}", name = pathway.name, old, new));
    let compared = &pathway.compared;
    for one in compared.differences.iter().filter(|one| !one.follows) {
        of_difference(one, lines);
    }
    let follow = compared.differences.iter().filter(|one| one.follows).count();
    if follow > 0 {
        lines.push(say!("  what follows from these and is not told by itself: {number}", number = follow));
    }
    for one in &compared.unconfirmed {
        lines.push(say!("  undecided: no history with real dates shows {what}", what = one));
    }
    let situations = compared.situations;
    if pathway.is_identical {
        lines.push(say!("  No household is treated differently: only texts for people have changed."));
    } else if let Some(why) = compared.incomplete {
        let why = because(why);
        lines.push(say!("  undecided: {situations} situations were compared, and {why}", situations, why));
    } else if compared.is_proven_same() {
        lines.push(say!(
            "  No household is treated differently: all {situations} situations that there are were compared.",
            situations
        ));
    }
}

pub(crate) fn because(why: Incomplete) -> String {
    match why {
        Incomplete::Budget => say!("there are more than the budget allows (`--budget`)"),
        Incomplete::Answers => say!("one report can be answered in too many ways"),
        Incomplete::Clocks => {
            say!(
                "an event that comes again and again sets a clock each time, without number: see `after … of` an event"
            )
        }
        Incomplete::Engine => say!("rules set each other off without end"),
    }
}

fn of_difference(one: &Difference, lines: &mut Vec<String>) {
    lines.push(format!("  {}: {}", Level::of(one.verdict).in_words(), what(one)));
    let stage = |stage: &Option<String>| stage.clone().unwrap_or_else(|| say!("the report"));
    let [old, new] = &one.stages;
    let (there, here) = (stage(old), stage(new));
    if there == here {
        lines.push(say!("    where: {stage}", stage = there));
    } else {
        lines.push(say!("    where: {old} (old), {new} (new)", old = there, new = here));
    }
    for (cause, which) in one.causes.iter().zip([say!("old"), say!("new")]) {
        if let Some((line, text)) = cause {
            lines.push(format!("    {}", say!("{which} line {line}", which, line)) + &after(text));
        }
    }
    one.examples.iter().for_each(|example| of_example(example, lines));
}

fn of_example(one: &Example, lines: &mut Vec<String>) {
    lines.push(say!("    An example, played in both versions; they part {when}:", when = one.when));
    let [old, new] = &one.scenes;
    let before = |scene: &&Scene| scene.at < one.at;
    lines.extend(old.iter().filter(before).flat_map(Scene::told).map(|line| format!("      {line}")));
    for (scenes, which) in [(old, say!("old")), (new, say!("new"))] {
        let rest = scenes.iter().filter(|scene| scene.at >= one.at).take(SHOWN_AFTER);
        let told: Vec<String> = rest.flat_map(Scene::told).collect();
        if told.is_empty() {
            lines.push(format!("      {which}: {}", say!("nothing")));
        }
        lines.extend(told.into_iter().map(|line| format!("      {which}: {line}")));
    }
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

fn said(all: &[Done]) -> String {
    let each = all.iter().map(|one| match &one.otherwise {
        Some(when) => say!("{what} (otherwise {when})", what = one.text, when),
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

fn of_change(comparison: &Comparison, change: &Change) -> Vec<String> {
    let name = format!("{} {}", change.what, change.name).trim().to_owned();
    let what = match &change.kind {
        Kind::Added => say!("{name} is new", name),
        Kind::Removed => say!("{name} is gone", name),
        Kind::Changed => say!("{name} has changed", name),
        Kind::Renamed { from } => say!("{name} was called {from}", name, from),
        Kind::Moved => say!("{name} stands elsewhere", name),
    };
    let level =
        comparison.level_of(change).map(|level| format!("{}: ", level.in_words())).unwrap_or_default();
    let line = change.new_line.or(change.old_line).unwrap_or(0);
    let mut lines = vec![format!("  {level}{what} ({})", say!("line {line}", line))];
    if matches!(change.kind, Kind::Added | Kind::Removed) {
        return lines;
    }
    for edit in &change.edits {
        let side = |mark: &str, told: &Option<(u32, String)>| {
            told.as_ref().map(|(line, text)| format!("    {mark} {line}: {text}"))
        };
        lines.extend(side("-", &edit.old));
        lines.extend(side("+", &edit.new));
    }
    lines
}

/// How many there are of each level; that nothing has changed.
fn closing(comparison: &Comparison) -> Vec<String> {
    if comparison.is_empty() {
        return vec![say!("Nothing has changed.")];
    }
    let levels = comparison.levels();
    let counts = Level::ALL.iter().filter_map(|level| {
        let number = levels.iter().filter(|one| *one == level).count();
        (number > 0).then(|| format!("{number} {}", level.in_words()))
    });
    let counts = counts.collect::<Vec<_>>().join(", ");
    vec![say!("{counts}; {situations} situations compared", counts, situations = comparison.situations())]
}
