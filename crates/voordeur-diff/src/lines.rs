//! The lines of two texts in the one layout that have changed, each change by itself: a line that says something else, lines that are
//! new, lines that are gone. A block that is opened is taken with all that is in it.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// What begins a part of a file that no case is handled by.
const STORIES: [&str; 3] = ["scenario", "promise", "belofte"];

/// With so many words in common lines are about the same.
const WORDS: usize = 2;

/// With which words a condition begins, in either spelling.
const CONDITIONS: [&str; 3] = ["when", "als", "zodra"];

/// Lines that have changed together; one of both may be none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) old: Range<usize>,
    pub(crate) new: Range<usize>,
}

/// The lines of a text without its scenarios and promises.
pub(crate) fn without_stories(text: &str) -> Vec<String> {
    let mut is_story = false;
    let mut all = Vec::new();
    for line in text.lines() {
        let begins = line.chars().next().is_some_and(char::is_alphabetic);
        if begins {
            is_story = line.split_whitespace().next().is_some_and(|word| STORIES.contains(&word));
        }
        if !is_story {
            all.push(line.to_owned());
        }
    }
    all
}

/// A line without the blanks that only put it beside others.
pub(crate) fn unaligned(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let margin = line.chars().take_while(|sign| sign.is_whitespace());
    margin.chain(words.join(" ").chars()).collect()
}

/// What has changed between two texts, in order.
pub(crate) fn edits(old: &[String], new: &[String]) -> Vec<Edit> {
    let mut all = Vec::new();
    for op in capture_diff_slices(Algorithm::Patience, old, new) {
        match op {
            DiffOp::Equal { .. } => {}
            DiffOp::Delete { .. } | DiffOp::Insert { .. } => {
                alone(&mut all, (old, op.old_range()), (new, op.new_range()));
            }
            DiffOp::Replace { .. } => paired(&mut all, (old, op.old_range()), (new, op.new_range())),
        }
    }
    all
}

/// Lines of a text.
type Lines<'a> = (&'a [String], Range<usize>);

/// Lines in the place of others: each with the one that is most about the same.
fn paired(all: &mut Vec<Edit>, (old, there): Lines<'_>, (new, here): Lines<'_>) {
    let alike = |at: usize, other: usize| match (old.get(at), new.get(other)) {
        (Some(one), Some(other)) if lead_to_the_same(one, other) => in_common(one, other).max(WORDS),
        (Some(one), Some(other)) => in_common(one, other),
        _ => 0,
    };
    let (mut from_old, mut from_new) = (there.start, here.start);
    for at in there.clone() {
        let is_of_another =
            |other: usize| (at + 1..there.end).any(|later| alike(later, other) > alike(at, other));
        let fits = (from_new..here.end).filter(|other| alike(at, *other) >= WORDS && !is_of_another(*other));
        // Of several that are as much alike the first.
        if let Some(same) = fits.max_by_key(|other| (alike(at, *other), usize::MAX - *other)) {
            alone(all, (old, from_old..at), (new, from_new..same));
            all.push(Edit { old: at..at + 1, new: same..same + 1 });
            (from_old, from_new) = (at + 1, same + 1);
        }
    }
    alone(all, (old, from_old..there.end), (new, from_new..here.end));
}

/// How many words two lines have in common at their beginning, whatever their numbers.
fn in_common(one: &str, other: &str) -> usize {
    let is_number = |word: &str| word.chars().all(|sign| sign.is_ascii_digit());
    let same = |(one, other): &(&str, &str)| one == other || is_number(one) && is_number(other);
    one.split_whitespace().zip(other.split_whitespace()).take_while(same).count()
}

/// Whether both are conditions, under which a case goes to the same: then the condition has changed.
fn lead_to_the_same(one: &str, other: &str) -> bool {
    let target = |line: &str| {
        let is_condition = line.split_whitespace().next().is_some_and(|word| CONDITIONS.contains(&word));
        line.split_once("->").filter(|_| is_condition).map(|(_, target)| target.trim().to_owned())
    };
    target(one).is_some_and(|goes| target(other) == Some(goes))
}

/// Lines that have no other: those that are gone, and those that are new.
fn alone(all: &mut Vec<Edit>, (old, there): Lines<'_>, (new, here): Lines<'_>) {
    let (at_old, at_new) = (there.end, here.start);
    all.extend(blocks(old, there).map(|old| Edit { old, new: at_new..at_new }));
    all.extend(blocks(new, here).map(|new| Edit { old: at_old..at_old, new }));
}

/// Whole blocks, and lines that stand by themselves.
fn blocks(text: &[String], lines: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    let (mut start, mut depth) = (lines.start, 0);
    for at in lines.clone() {
        depth += text.get(at).map_or(0, |line| opened(line));
        if depth <= 0 {
            all.push(start..at + 1);
            (start, depth) = (at + 1, 0);
        }
    }
    if start < lines.end {
        all.push(start..lines.end);
    }
    all.into_iter()
}

/// So many blocks more are open after a line than before it.
fn opened(line: &str) -> i32 {
    let mut is_text = false;
    line.chars().fold(0, |depth, sign| {
        is_text ^= sign == '"';
        match sign {
            '{' if !is_text => depth + 1,
            '}' if !is_text => depth - 1,
            _ => depth,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{edits, without_stories};

    fn told(old: &str, new: &str) -> Vec<(String, String)> {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let (old, new) = (lines(old), lines(new));
        let found = edits(&old, &new).into_iter();
        found.map(|edit| (old[edit.old].join("/"), new[edit.new].join("/"))).collect()
    }

    #[test]
    fn each_line_is_a_change_of_its_own() {
        let (old, new) = ("a b\non x notify y\non z -> w\nend", "a b\nmay task l\non x -> y\non z -> v\nend");
        let expected = [("", "may task l"), ("on x notify y", "on x -> y"), ("on z -> w", "on z -> v")];
        let found = told(old, new);
        assert_eq!(found.len(), 3, "{found:?}");
        for (old, new) in expected {
            assert!(found.contains(&(old.to_owned(), new.to_owned())), "{found:?}");
        }
    }

    #[test]
    fn a_condition_that_leads_to_the_same_has_changed() {
        let (old, new) = ("when a and b -> x\nwhen c -> y", "when not a and b -> x\nwhen d -> y");
        let pair = |old: &str, new: &str| (old.to_owned(), new.to_owned());
        assert_eq!(
            told(old, new),
            [pair("when a and b -> x", "when not a and b -> x"), pair("when c -> y", "when d -> y")]
        );
        assert_eq!(told("when a -> x", "when b -> y").len(), 2, "something else leads to something else");
    }

    #[test]
    fn a_line_goes_with_the_one_that_is_most_like_it() {
        let found = told(
            "must task call within 2 days",
            "must task tell within 3 days\nmust task call within 3 days",
        );
        let call = ("must task call within 2 days".to_owned(), "must task call within 3 days".to_owned());
        assert!(found.contains(&call), "{found:?}");
        let steps = [
            "after 2 days notify desk\nafter 1 week task t",
            "after 3 days notify desk\nafter 2 weeks task t",
        ];
        let found = told(steps[0], steps[1]);
        assert!(
            found.contains(&("after 2 days notify desk".to_owned(), "after 3 days notify desk".to_owned())),
            "{found:?}"
        );
    }

    #[test]
    fn a_block_is_one_change() {
        let found = told("a\nz", "a\nstage s {\n  must x\n  on x -> y\n}\nevent e\nz");
        let found: Vec<&str> = found.iter().map(|(_, new)| new.as_str()).collect();
        assert_eq!(found, ["stage s {/  must x/  on x -> y/}", "event e"]);
    }

    #[test]
    fn scenarios_and_promises_are_left_out() {
        let text = "pathway p {\n  x\n}\nscenario \"s\" for p {\n  y\n}\npathway q {\n}\n";
        assert_eq!(without_stories(text), ["pathway p {", "  x", "}", "pathway q {", "}"]);
    }
}
