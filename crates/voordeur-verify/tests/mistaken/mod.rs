//! Random pathways with mistakes in them, among them conditions that wait for what is missed.

use crate::random::{Dice, grown, known, line, plain, since};

/// The pathway of a seed with mistakes in it: answers left out, conditions that leave something open or overlap, rules on an
/// event in a stage and in `always`.
pub(crate) fn mistaken(seed: u64) -> String {
    let mut dice = Dice(seed.wrapping_mul(0x2545_f491_4f6c_dd1d).wrapping_add(7));
    dice.roll(2);
    let plain = plain(seed);
    let names: Vec<String> =
        (0..3).map(|n| format!("s{n}")).filter(|name| plain.contains(&format!("  stage {name} "))).collect();
    let targets: Vec<&str> = names.iter().map(String::as_str).chain(["good", "bad"]).collect();
    let mut out = String::new();
    for text in plain.lines() {
        let waiting = waits(&mut dice, text, &plain);
        let changed = waiting.or_else(|| change(&mut dice, text));
        changed.into_iter().for_each(|text| line(&mut out, text));
        if text.starts_with("  event") {
            line(&mut out, "  event seen from anyone");
        }
        if text.starts_with("  stage s") {
            rules(&mut dice, &mut out, &targets);
        }
    }
    out.truncate(out.trim_end().len() - 1);
    if dice.one_in(2) && !plain.contains("  always") {
        line(
            &mut out,
            format!("  always {{ on seen when {} -> {} }}", condition(&mut dice), dice.pick(&targets)),
        );
    }
    grown(known(out) + "}\n", seed)
}

fn condition(dice: &mut Dice) -> String {
    let months = format!("months >= {}", 1 + dice.roll(8));
    let since = since(dice);
    dice.pick(&["urgent", "not urgent", &months, "known months", &since]).to_owned()
}

/// A condition may wait for what a rule is on: for that alone, for more, or for that or something else.
fn waits(dice: &mut Dice, text: &str, plain: &str) -> Option<String> {
    let (name, rest) = text.strip_prefix("    on ")?.split_once(' ')?;
    let (on, then) = rest.split_once(' ')?;
    if !matches!(on, "overdue" | "exhausted") || !dice.one_in(3) {
        return None;
    }
    let number = name.get(1..)?;
    let other = ["a", "b", "v", "k"].map(|kind| format!("{kind}{number}"));
    let other = other.iter().find(|one| *one != name && plain.contains(&format!(" {one} by worker")));
    let condition = condition(dice);
    let more = match (dice.roll(6), other) {
        (0, _) => String::new(),
        (1 | 2, Some(other)) => format!(" and {}{other} done", dice.pick(&["", "not "])),
        (3, Some(other)) => format!(" and {other} done and {condition}"),
        (4, Some(other)) => format!(" and {condition} or {other} done"),
        (5, Some(other)) if on == "overdue" && !other.starts_with('v') => {
            return Some(format!("    when any of ({name}, {other}) overdue {then}"));
        }
        _ => format!(" and {condition}"),
    };
    Some(format!("    when {name} {on}{more} {then}"))
}

/// A rule may be lost, or get another condition.
fn change(dice: &mut Dice, text: &str) -> Option<String> {
    if !text.starts_with("    on ") {
        return Some(text.to_owned());
    }
    match dice.roll(6) {
        0 => None,
        1 if text.contains("otherwise") => {
            Some(text.replace("otherwise", &format!("when {}", condition(dice))))
        }
        1 if !text.contains(" when ") => {
            Some(text.replacen(" -> ", &format!(" when {} -> ", condition(dice)), 1))
        }
        _ => Some(text.to_owned()),
    }
}

fn rules(dice: &mut Dice, out: &mut String, targets: &[&str]) {
    for _ in 0..dice.roll(3) {
        let (condition, target) = (condition(dice), dice.pick(targets));
        match dice.roll(5) {
            0 => line(out, format!("    when {condition} -> {target}")),
            1 => line(out, format!("    after {} days -> {target}", 1 + dice.roll(2))),
            // It changes nothing, and comes before what does.
            2 => line(out, format!("    after {} days notify house", 1 + dice.roll(2))),
            _ => line(out, format!("    on seen when {condition} -> {target}")),
        }
    }
}
