//! Random pathways in which a plugin does something.

use super::random::{Dice, pathway};

/// The pathway of a seed in which a plugin does the first task of a stage.
pub(crate) fn acted(seed: u64) -> Option<String> {
    let mut dice = Dice(seed.wrapping_mul(0xd6e8_feb8_6659_fd93).wrapping_add(41));
    dice.roll(2);
    let text = pathway(seed);
    let is_task = |line: &&str| line.starts_with("    must task a") && !line.contains(" paused ");
    let first = text.lines().find(is_task)?;
    let n: u64 = first.chars().find(char::is_ascii_digit)?.to_string().parse().ok()?;
    // What a rule opens once more is a task.
    if text.contains(&format!(" task a{n}\n")) {
        return None;
    }
    let mut out = String::new();
    for line in text.lines() {
        let line = line
            .replace(&format!("all of (a{n}, b{n}) done"), &format!("all of (a{n} returned, b{n} done)"))
            .replace(&format!("a{n} done"), &format!("a{n} returned"));
        let started = line.strip_prefix(&format!("    must task a{n} by worker"));
        out += &match started {
            Some(clauses) => action(&mut dice, n, clauses),
            None => format!("{line}\n"),
        };
    }
    Some(out)
}

fn action(dice: &mut Dice, n: u64, clauses: &str) -> String {
    let clauses = clauses.replace(" asks ", " returns ");
    let (before, after) = clauses
        .split_once(" returns ")
        .map_or((clauses.as_str(), String::new()), |(term, fields)| (term, format!(" returns {fields}")));
    let failing = dice.pick(&["stop", "retry 1 time, else stop", "retry 2 times"]);
    let mut out = format!(
        "    must action a{n} by plugin \"letter\" {{ does fill{after}{before}  on failure {failing} }}\n    on a{n} gave_up -> {}\n",
        dice.pick(&["good", "bad"])
    );
    for on in ["begun", "failed", "retried"] {
        if dice.one_in(3) {
            out += &format!("    on a{n} {on} -> {}\n", dice.pick(&["s0", "s1", "bad"]));
        }
    }
    if dice.one_in(3) {
        out += &format!(
            "    on rang when a{n} {} -> {}\n",
            dice.pick(&["running", "requested", "failed"]),
            dice.pick(&["s0", "s1", "bad"])
        );
    }
    out
}
