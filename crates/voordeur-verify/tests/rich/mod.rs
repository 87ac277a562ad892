//! Random pathways with what depends on the day, the hour and the calendar, and with what others decide.

use crate::random::{Dice, line, pathway};

/// What is in some of them.
pub(crate) const WORDS: [&str; 14] = [
    "working days",
    "statutory",
    "hours",
    "weeks",
    "paused while",
    "every ",
    "question",
    "escalate ",
    "deviation",
    "only on working days",
    "office_time",
    "weekend",
    "aftercare",
    "sums ",
];

/// The pathway of a seed.
pub(crate) fn rich(seed: u64) -> String {
    let mut dice = Dice(seed.wrapping_mul(0xc2b2_ae3d_27d4_eb4f).wrapping_add(13));
    dice.roll(2);
    // What keeps running when its stage begins anew is there many times over: that is for the other engine.
    let text = pathway(seed).replace(" keeps running", "");
    let mut out = String::new();
    let mut stage = 0;
    for text in text.lines() {
        let looking = looking(&mut dice, text);
        line(&mut out, counted(&mut dice, &looking));
        if text.starts_with("  stage s") {
            more(&mut dice, &mut out, stage);
            stage += 1;
        }
    }
    declared(&mut dice, out)
}

/// Terms in other units.
fn counted(dice: &mut Dice, text: &str) -> String {
    let term = text.contains(" within ") || text.starts_with("    after ");
    if !term || text.contains("days apart") {
        return text.to_owned();
    }
    match dice.roll(6) {
        0 | 1 => text.replacen(" days", " working days", 1),
        2 if text.starts_with("    must task") && !text.contains(" of rang") => {
            text.replacen(" days", " weeks statutory", 1)
        }
        3 => text.replacen(" days", " hours", 1),
        _ => text.to_owned(),
    }
}

/// Conditions that ask what day it is, and escalations.
fn looking(dice: &mut Dice, text: &str) -> String {
    if let Some((on, rest)) = text.split_once(" when since ")
        && let Some((_, target)) = rest.split_once(" -> ")
        && dice.one_in(2)
    {
        let day = dice.pick(&["weekend", "working_day", "office_time", "holiday or weekend"]);
        return format!("{on} when {day} -> {target}");
    }
    if text.starts_with("    must visit") && dice.one_in(3) {
        return format!("{text} only on working days 09:00 to 17:00");
    }
    let tells = text.starts_with("    on ") && text.ends_with("overdue notify house");
    if tells && dice.one_in(2) { text.replace("notify house", "escalate late") } else { text.to_owned() }
}

/// More in a stage.
fn more(dice: &mut Dice, out: &mut String, n: usize) {
    let target = |dice: &mut Dice| dice.pick(&["s0", "s1", "good", "bad"]).to_owned();
    if dice.one_in(4) {
        line(out, format!("    every {} days notify house", 1 + dice.roll(3)));
    }
    if dice.one_in(5) {
        line(
            out,
            format!(
                "    must question q{n} {{ answers yes_please, no_thanks  silent after {} days }}",
                1 + dice.roll(4)
            ),
        );
        for on in ["yes_please", "no_thanks", "silent"] {
            line(out, format!("    on q{n} {on} -> {}", target(dice)));
        }
    }
    if dice.one_in(5) {
        line(out, format!("    deviation house may move to {}", dice.pick(&["s0", "s1"])));
    }
    if dice.one_in(5) {
        line(out, format!("    may task h{n} by worker asks used  repeatable"));
        line(out, format!("    when much >= {} -> {}", 2 + dice.roll(4), target(dice)));
    }
}

/// What is declared beside the stages.
fn declared(dice: &mut Dice, mut text: String) -> String {
    if text.contains("escalate late") {
        let late = "  escalation late { at once notify house   after 2 days task take_over by house within 1 day }\n";
        text = text.replacen("  referral ", &format!("{late}  referral "), 1);
    }
    if text.contains("when much") {
        let fields =
            format!("months count 0..9  used count 0..5  much sums used over {} days", 2 + dice.roll(6));
        text = text.replacen("months count 0..9", &fields, 1);
    }
    if text.contains("office_time") {
        text = text.replacen("  lead house\n", "  lead house\n  office hours 09:00 to 17:00\n", 1);
    }
    if dice.one_in(4) {
        let look = "  aftercare afterwards { call ring after 2 weeks window 0 days before to 1 week after  by worker  on ring missed notify house  then -> good }\n";
        text = text.replacen(" done -> good\n", " done -> afterwards\n", 1);
        text = text.replacen("  end good success\n", &format!("{look}  end good success\n"), 1);
    }
    text
}
