//! Small changes of random pathways.

use crate::random::Dice;

/// A small change: another number, another way on, or a rule that is gone.
pub(crate) fn changed(text: &str, dice: &mut Dice) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let body = |line: &&str| line.starts_with("    ");
    match dice.roll(3) {
        0 => another_number(text, dice),
        1 => edited(
            &lines,
            dice,
            // What holds in each stage must not lead on to another one: that would not end.
            |line| line.contains("-> ") && !line.contains("else ->") && !line.starts_with("    when lately"),
            |line, dice| {
                let at = line.rfind("-> ")? + 3;
                let (before, after) = (line.get(..at)?, line.get(at..)?);
                let rest = after.find([' ', '}']).and_then(|end| after.get(end..)).unwrap_or("");
                Some(format!("{before}{}{rest}", dice.pick(&["s0", "s1", "good", "bad"])))
            },
        ),
        _ => edited(
            &lines,
            dice,
            |line| body(line) && line.trim_start().starts_with("on "),
            |_, _| Some(String::new()),
        ),
    }
}

/// Another number in a term or a condition.
pub(crate) fn another_number(text: &str, dice: &mut Dice) -> String {
    let numbers =
        |line: &&str| ["within ", "after ", "when months >= "].iter().any(|word| line.contains(word));
    let lines: Vec<&str> = text.lines().collect();
    edited(&lines, dice, numbers, |line, dice| {
        let number = dice.roll(4) + 1;
        let at = line.find(|one: char| one.is_ascii_digit() && one != '0');
        let place = at.filter(|at| line.get(..*at).is_some_and(|before| before.ends_with(' ')))?;
        Some(format!("{}{number}{}", line.get(..place)?, line.get(place + 1..)?))
    })
}

fn edited(
    lines: &[&str],
    dice: &mut Dice,
    fits: impl Fn(&&str) -> bool,
    edit: impl Fn(&str, &mut Dice) -> Option<String>,
) -> String {
    let all: Vec<usize> = (0..lines.len()).filter(|at| lines.get(*at).is_some_and(&fits)).collect();
    let at = usize::try_from(dice.roll(all.len().max(1) as u64)).ok().and_then(|at| all.get(at));
    let new = at.and_then(|at| edit(lines.get(*at)?, dice));
    let all = lines.iter().enumerate().map(|(number, line)| match &new {
        Some(new) if Some(&number) == at => new.as_str(),
        _ => line,
    });
    all.map(|line| format!("{line}\n")).collect()
}
