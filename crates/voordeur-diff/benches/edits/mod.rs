//! Changes of one place in the text of a pathway: a term that is one longer; a rule that is gone, whose condition begins with `not`, or
//! that leads elsewhere. Whether what comes of it can be compiled is not looked at here.

/// From where to where something stands in a text, and what stands there instead.
#[derive(Clone)]
pub(crate) struct Edit {
    start: usize,
    end: usize,
    instead: String,
}

/// The text with these changes, which stand in it in this order.
pub(crate) fn edited(text: &str, edits: &[Edit]) -> String {
    let (mut new, mut done) = (String::new(), 0);
    for one in edits {
        new.push_str(text.get(done..one.start).unwrap_or_default());
        new.push_str(&one.instead);
        done = one.end;
    }
    new + text.get(done..).unwrap_or_default()
}

/// Every term is one longer.
pub(crate) fn terms(text: &str) -> Vec<Edit> {
    let own = own(text);
    let begins = |word: &str| own.match_indices(word).map(|(at, _)| at + word.len()).collect::<Vec<_>>();
    let mut places: Vec<usize> =
        ["within ", "binnen ", "after ", "na "].iter().flat_map(|word| begins(word)).collect();
    places.sort_unstable();
    let found = places.into_iter().filter_map(|start| {
        let after = text.get(start..)?;
        let digits = after.find(|one: char| !one.is_ascii_digit()).filter(|end| *end > 0)?;
        let number: u64 = after.get(..digits)?.parse().ok()?;
        Some(Edit { start, end: start + digits, instead: (number + 1).to_string() })
    });
    found.collect()
}

/// Every rule of one line is gone, its condition begins with `not` or does so no more, or it leads to another stage or end: the one that is
/// declared after its own, where it leads to one.
pub(crate) fn rules(text: &str) -> Vec<Edit> {
    let targets = targets(own(text));
    let mut start = 0;
    let mut found = Vec::new();
    for line in own(text).split_inclusive('\n') {
        let end = start + line.len();
        if is_rule(line.trim_start()) {
            found.push(Edit { start, end, instead: String::new() });
            found.extend(negated(line, start));
        }
        found.extend(led_elsewhere(line, start, &targets));
        start = end;
    }
    found
}

/// Examples play the pathway: a change of them is none of it.
fn own(text: &str) -> &str {
    text.split("\nscenario ").next().unwrap_or(text)
}

fn is_rule(line: &str) -> bool {
    ["on ", "after ", "when ", "every ", "bij ", "na ", "als ", "elke "]
        .iter()
        .any(|word| line.starts_with(word))
}

fn negated(line: &str, start: usize) -> Option<Edit> {
    let (word, not) = if line.contains(" when ") { (" when ", "not ") } else { (" als ", "niet ") };
    let at = line.find(word)? + word.len();
    let has_not = line.get(at..)?.starts_with(not);
    let (end, instead) = if has_not { (at + not.len(), "") } else { (at, not) };
    Some(Edit { start: start + at, end: start + end, instead: instead.to_owned() })
}

fn led_elsewhere(line: &str, start: usize, targets: &[&str]) -> Option<Edit> {
    let at = line.rfind("-> ")? + 3;
    let target = line.get(at..)?.trim_end();
    let own = targets.iter().position(|one| *one == target).unwrap_or(targets.len());
    let instead = targets.iter().cycle().skip(own + 1).find(|one| **one != target)?;
    Some(Edit { start: start + at, end: start + at + target.len(), instead: (*instead).to_owned() })
}

/// What is declared of which a rule may lead to, in order.
fn targets(text: &str) -> Vec<&str> {
    text.lines().filter_map(declared).filter(|name| !name.is_empty()).collect()
}

fn declared(line: &str) -> Option<&str> {
    let words = ["stage ", "aftercare ", "end ", "fase ", "nazorg ", "einde "];
    let line = line.trim_start();
    let rest = words.iter().find_map(|word| line.strip_prefix(word))?;
    rest.split(|one: char| !one.is_alphanumeric() && one != '_').next()
}
