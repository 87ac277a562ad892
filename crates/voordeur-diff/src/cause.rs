//! Where the cause of a difference stands: the declaration of what is opened, where the change is in that, and in which file,
//! where that is not the file itself.

use voordeur_diagnostics::Sources;
use voordeur_verify::{Difference, What};

use crate::structure::Change;

/// So many words of a rule tell its line.
const WORDS: usize = 4;

/// The files of the causes of a difference; `None` for one that stands in the file itself, or is not known.
pub(crate) fn files(old: &Sources, new: &Sources, one: &Difference) -> [Option<String>; 2] {
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

/// Puts the line of what has changed in the place of the line that only opens it.
pub(crate) fn to_declaration(one: &mut Difference, changes: &[Change]) {
    let What::Aspect { of, .. } = &one.what else { return };
    let edits = || changes.iter().flat_map(|change| change.edits.iter().map(move |edit| (change, edit)));
    let line = |side: &Option<(u32, String)>| side.as_ref().map(|(line, _)| *line);
    let [before, after] = &one.causes;
    let touched = edits().any(|(change, edit)| {
        change.file.is_none()
            && (edit.old.is_some() && line(&edit.old) == line(before)
                || edit.new.is_some() && line(&edit.new) == line(after))
    });
    let own = edits().find(|(change, edit)| change.name == *of && !edit.wording);
    if let Some((change, edit)) = own.filter(|_| !touched) {
        let place = |line: Option<u32>, whole: Option<u32>| Some((line.or(whole)?, String::new()));
        one.causes = [place(line(&edit.old), change.old_line), place(line(&edit.new), change.new_line)];
    }
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
