//! Random pathways with mistakes in them.

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
        let changed = change(&mut dice, text);
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
        match dice.roll(4) {
            0 => line(out, format!("    when {condition} -> {target}")),
            1 => line(out, format!("    after {} days -> {target}", 1 + dice.roll(2))),
            _ => line(out, format!("    on seen when {condition} -> {target}")),
        }
    }
}
