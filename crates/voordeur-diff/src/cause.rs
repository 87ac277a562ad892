//! Where the cause of a difference stands: the declaration of what is opened, where the change is in that, and in which file,
//! where that is not the file itself.

use voordeur_diagnostics::Sources;
use voordeur_verify::{Difference, Done, What};

use crate::structure::{Change, Edit};

/// So many words of a rule tell its line.
const WORDS: usize = 4;

/// The files of the causes of a difference; `None` for one that stands in the file itself, or is not known.
pub(crate) fn files_of(old: &Sources, new: &Sources, one: &Difference) -> [Option<String>; 2] {
    let name = match &one.what {
        What::Aspect { of, .. } => of.as_str(),
        What::Answers { .. } => "",
    };
    let [before, after] = &one.causes;
    [
        before.as_ref().and_then(|cause| file(old, cause, name)),
        after.as_ref().and_then(|cause| file(new, cause, name)),
    ]
}

/// Puts the line of what has changed in the place of the line that only opens it, or that fires.
pub(crate) fn to_declaration(one: &mut Difference, changes: &[Change]) {
    let What::Aspect { of, aspect } = &one.what else { return to_edit(one, changes) };
    let edits = || changes.iter().flat_map(|change| change.edits.iter().map(move |edit| (change, edit)));
    let line = |side: &Option<(u32, String)>| side.as_ref().map(|(line, _)| *line);
    let [before, after] = &one.causes;
    let touched = edits().any(|(change, edit)| {
        change.file.is_none()
            && (edit.old.is_some() && line(&edit.old) == line(before)
                || edit.new.is_some() && line(&edit.new) == line(after))
    });
    let of_it = || edits().filter(|(change, edit)| change.name == *of && !edit.wording);
    // Of several lines that have changed the one that says what differs.
    let own = of_it().find(|(_, edit)| says(edit, &aspect.plain)).or_else(|| of_it().next());
    if let Some((change, edit)) = own.filter(|_| !touched) {
        let place = |line: Option<u32>, whole: Option<u32>| Some((line.or(whole)?, String::new()));
        one.causes = [place(line(&edit.old), change.old_line), place(line(&edit.new), change.new_line)];
    }
}

/// Whether the old line has the first value in it, and the new one the second.
fn says(edit: &Edit, values: &[String; 2]) -> bool {
    [&edit.old, &edit.new].iter().zip(values).all(|(line, value)| {
        // Which step it is of, or what it counts from, is written otherwise.
        let value = value.split(" (").next().unwrap_or_default();
        let has_it = |(_, text): &(u32, String)| text.contains(value);
        !value.is_empty() && line.as_ref().is_some_and(has_it)
    })
}

/// Puts the change that brings it about in the place of the rule that fires: the one at whose line that rule stands, the only one that
/// there is, or the only one of what it is known to come of.
fn to_edit(one: &mut Difference, changes: &[Change]) {
    let meant = changes.iter().filter(|change| change.file.is_none() && !change.is_wording());
    let edits: Vec<(&Change, &Edit)> = meant
        .flat_map(|change| change.edits.iter().map(move |edit| (change, edit)))
        .filter(|(_, edit)| !edit.wording)
        .collect();
    let line = |side: &Option<(u32, String)>| side.as_ref().map(|(line, _)| *line);
    let [before, after] = &one.causes;
    let is_at = |(_, edit): &&(&Change, &Edit)| {
        edit.old.is_some() && line(&edit.old) == line(before)
            || edit.new.is_some() && line(&edit.new) == line(after)
    };
    let own = edits.iter().find(is_at).or_else(|| edits.first().filter(|_| edits.len() == 1));
    let own = own.or_else(|| only_one_of(one.comes_of.as_ref()?, &edits));
    let Some((change, edit)) = own.or_else(|| of_what_is_done(&one.what, &edits)) else { return };
    let place = |side: &Option<(u32, String)>, whole: Option<u32>| {
        side.clone().or_else(|| Some((whole?, String::new())))
    };
    one.causes = [place(&edit.old, change.old_line), place(&edit.new, change.new_line)];
}

/// The change of what one version does, and the other one does not, where that has been declared otherwise: every rule that leads there
/// stands as it did.
fn of_what_is_done<'e, 'c>(
    what: &What,
    edits: &'e [(&'c Change, &'c Edit)],
) -> Option<&'e (&'c Change, &'c Edit)> {
    let What::Answers { old, new } = what else { return None };
    // What is done stands before what it is done with.
    let name = |done: &'_ Done| done.key.split_whitespace().nth(1).map(str::to_owned);
    let mut names: Vec<String> = old.iter().chain(new).filter_map(name).collect();
    names.sort_unstable();
    names.dedup();
    let of = |name: &String| edits.iter().find(|(change, _)| change.name == *name);
    let mut declared: Vec<_> = names.iter().filter_map(of).collect();
    match (declared.pop(), declared.is_empty()) {
        (Some(only), true) => Some(only),
        (Some(_), false) => None,
        (None, _) => {
            names.iter().find_map(|name| only_one_of(name, edits).or_else(|| only_opening(name, edits)))
        }
    }
}

/// Words before a name that open what has it.
const OPENS: [&str; 9] =
    ["task", "visit", "call", "series", "refer", "question", "action", "start", "escalate"];

/// The only change of a line that opens what has this name.
fn only_opening<'e, 'c>(
    name: &str,
    edits: &'e [(&'c Change, &'c Edit)],
) -> Option<&'e (&'c Change, &'c Edit)> {
    let opens = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.windows(2).any(|pair| matches!(pair, [word, own] if OPENS.contains(word) && *own == name))
    };
    let mut all =
        edits.iter().filter(|(_, edit)| edit.old.iter().chain(&edit.new).any(|(_, text)| opens(text)));
    all.next().filter(|_| all.next().is_none())
}

/// The only change of what has this name: the line that says the name, or else the only one within its declaration.
fn only_one_of<'e, 'c>(
    name: &str,
    edits: &'e [(&'c Change, &'c Edit)],
) -> Option<&'e (&'c Change, &'c Edit)> {
    let says = |(_, edit): &&(&Change, &Edit)| {
        let mut sides = edit.old.iter().chain(&edit.new);
        sides.any(|(_, text)| text.split_whitespace().any(|word| word == name))
    };
    let only = |mut all: Vec<&'e (&'c Change, &'c Edit)>| all.pop().filter(|_| all.is_empty());
    only(edits.iter().filter(says).collect())
        .or_else(|| only(edits.iter().filter(|(change, _)| change.name == name).collect()))
}

/// Puts the words of the file in the place of the English ones of a line that has changed, where the file is not in English: its causes
/// are read by people from there on.
pub(crate) fn as_spelled(one: &mut Difference, changes: &[Change]) {
    let edits = || changes.iter().flat_map(|change| &change.edits);
    let [before, after] = &mut one.causes;
    let spell =
        |cause: &mut Option<(u32, String)>, told: fn(&Edit) -> &Option<(u32, String)>, side: usize| {
            let own = edits().find(|edit| cause.is_some() && told(edit) == cause);
            let spelled = own.and_then(|edit| edit.spelled.get(side)?.clone());
            if let (Some((_, text)), Some(spelled)) = (cause, spelled) {
                *text = spelled;
            }
        };
    spell(before, |edit| &edit.old, 0);
    spell(after, |edit| &edit.new, 1);
}

/// The file that has this at its line. A line is one of its own file.
fn file(sources: &Sources, (line, text): &(u32, String), name: &str) -> Option<String> {
    let said = if text.is_empty() { name } else { text };
    let said: Vec<&str> = said.split_whitespace().take(WORDS).collect();
    let at = usize::try_from(*line).ok()?.checked_sub(1)?;
    let has_it = |text: &str| {
        let words: Vec<&str> = text.lines().nth(at).unwrap_or_default().split_whitespace().collect();
        !said.is_empty() && words.windows(said.len()).any(|words| words == said)
    };
    let mut all = sources.files();
    let main = all.next()?;
    if has_it(main.text) { None } else { all.find(|file| has_it(file.text)).map(|file| file.name.to_owned()) }
}
