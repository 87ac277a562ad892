//! Random pathways of two or three stages, with everything in them that counts days.

/// A generator of numbers, always the same for the same seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    pub(crate) fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }

    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        let at = usize::try_from(self.roll(from.len() as u64)).unwrap_or(0);
        from.get(at).copied().unwrap_or("good")
    }
}

/// The pathway of a seed.
pub(crate) fn pathway(seed: u64) -> String {
    grown(summed(again(stopped(served(plain(seed), seed), seed), seed), seed), seed)
}

/// The pathway of a seed, without ages.
pub(crate) fn plain(seed: u64) -> String {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1));
    dice.roll(2);
    let names: Vec<String> = (0..2 + dice.roll(2)).map(|n| format!("s{n}")).collect();
    let targets: Vec<&str> = names.iter().map(String::as_str).chain(["good", "bad"]).collect();
    let mut out = HEAD.to_owned();
    let (first, other) = (dice.pick(&targets), dice.pick(&targets));
    line(
        &mut out,
        format!(
            "  trigger t from anyone {{ asks urgent, months  when urgent -> {first}  otherwise -> {other} }}"
        ),
    );
    for (number, name) in names.iter().enumerate() {
        let limit = format!(" at most {} times, else -> bad", 1 + dice.roll(2));
        line(&mut out, format!("  stage {name}{} {{", if dice.one_in(4) { &limit } else { "" }));
        stage(&mut dice, &mut out, number, &targets);
        line(&mut out, "  }");
    }
    let always = always(&mut dice, &out, &targets);
    if dice.one_in(3) {
        interruption(&mut dice, &mut out, &always);
    } else if !always.is_empty() {
        line(&mut out, format!("  always {{ {always}}}"));
    }
    for number in 0..names.len() {
        referral(&mut dice, &mut out, number);
    }
    known(out) + "  end good success\n  end bad failure\n}\n"
}

const HEAD: &str = "pathway p {
  version \"1\"
  lead house
  agency house
  agency helper
  role worker of house
  data { urgent yes_no shared with helper  months count 0..9 }
  event rang from anyone
";

pub(crate) fn line(out: &mut String, text: impl AsRef<str>) {
    out.push_str(text.as_ref());
    out.push('\n');
}

/// What is answered in any stage: what keeps running, and sometimes the ring at the door.
fn always(dice: &mut Dice, stages: &str, targets: &[&str]) -> String {
    let mut rules = String::new();
    for n in (0..3).filter(|n| stages.contains(&format!("must task k{n} "))) {
        let way = format!("-> {}", dice.pick(targets));
        let way = if dice.one_in(2) { &way } else { "notify house" };
        rules += &format!("on k{n} overdue {way}  ");
        if dice.one_in(2) {
            rules += &format!("on k{n} done -> {}  ", dice.pick(targets));
        }
    }
    rules
}

fn interruption(dice: &mut Dice, out: &mut String, always: &str) {
    let (days, then) = (1 + dice.roll(3), dice.pick(&["back", "bad"]));
    line(
        out,
        format!(
            "  stage look {{ must task look_in by worker within {days} days  on look_in done -> back  on look_in overdue -> {then} }}"
        ),
    );
    line(out, format!("  always {{ on rang -> look  {always}}}"));
}

fn referral(dice: &mut Dice, out: &mut String, n: usize) {
    let days = 1 + dice.roll(3);
    let contact = format!(" contact within {} days", days + dice.roll(3));
    let contact = if dice.one_in(2) { &contact } else { "" };
    let warm = if dice.one_in(2) { " warm" } else { "" };
    line(
        out,
        format!(
            "  referral r{n} {{ to helper accept within {days} days{contact}{warm}  declined or overdue: ask again once, then exhausted }}"
        ),
    );
}

fn stage(dice: &mut Dice, out: &mut String, n: usize, targets: &[&str]) {
    let one = !dice.one_in(4);
    if one {
        first_task(dice, out, n, targets);
    }
    let two = dice.one_in(3);
    if two {
        line(out, format!("    must task b{n} by worker within {} days", 1 + dice.roll(3)));
        if dice.one_in(2) {
            line(out, format!("    on b{n} done -> {}", dice.pick(targets)));
        }
        line(out, format!("    on b{n} overdue -> {}", dice.pick(targets)));
    }
    if !(one && two) && dice.one_in(3) {
        line(
            out,
            format!(
                "    must visit v{n} by worker within {} days attempts 2, 1 to {} days apart",
                1 + dice.roll(2),
                2 + dice.roll(2)
            ),
        );
        for on in ["done", "refused", "exhausted", "overdue"] {
            line(out, format!("    on v{n} {on} -> {}", dice.pick(targets)));
        }
    }
    if !one && dice.one_in(2) {
        line(out, format!("    must refer r{n}"));
        for on in ["taken_up", "exhausted"] {
            line(out, format!("    on r{n} {on} -> {}", dice.pick(targets)));
        }
    }
    if one && two && dice.one_in(2) {
        line(out, format!("    when all of (a{n}, b{n}) done -> {}", dice.pick(targets)));
    }
    if !two && dice.one_in(5) {
        line(out, format!("    must task k{n} by worker within {} days keeps running", 1 + dice.roll(2)));
    }
    if !one && dice.one_in(4) {
        line(out, format!("    must task e{n} by worker within {} days of rang", 1 + dice.roll(2)));
        for on in ["done", "overdue"] {
            line(out, format!("    on e{n} {on} -> {}", dice.pick(targets)));
        }
    }
    match dice.roll(4) {
        0 => line(out, format!("    after {} days -> {}", 1 + dice.roll(3), dice.pick(targets))),
        1 => line(
            out,
            format!("    after {} days of report -> {}", 2 + dice.roll(4), dice.pick(&["good", "bad"])),
        ),
        _ => {}
    }
}

fn first_task(dice: &mut Dice, out: &mut String, n: usize, targets: &[&str]) {
    let term = format!(" within {} days", 1 + dice.roll(3));
    let term = if dice.one_in(5) { "" } else { &term };
    let asks = if dice.one_in(3) { " asks months" } else { "" };
    line(out, format!("    must task a{n} by worker{term}{asks}"));
    match dice.roll(5) {
        0 => line(out, format!("    on a{n} done -> {}", dice.pick(targets))),
        2 => {
            let (since, target) = (since(dice), dice.pick(targets));
            line(out, format!("    on a{n} done when {since} -> {target}"));
            line(out, format!("    on a{n} done otherwise -> {}", dice.pick(targets)));
        }
        1 => {
            line(
                out,
                format!("    on a{n} done when months >= {} -> {}", 1 + dice.roll(8), dice.pick(targets)),
            );
            line(out, format!("    on a{n} done otherwise -> {}", dice.pick(targets)));
        }
        _ => {}
    }
    if !term.is_empty() {
        let way =
            if dice.one_in(2) { format!("-> {}", dice.pick(targets)) } else { "notify house".to_owned() };
        line(out, format!("    on a{n} overdue {way}"));
    }
}

/// How long ago something was.
pub(crate) fn since(dice: &mut Dice) -> String {
    let (start, days) = (dice.pick(&["report", "entry", "rang", "a0 done"]), 1 + dice.roll(3));
    let sign = dice.pick(&["<", ">=", ">"]);
    format!("since {start} {sign} {days} days")
}

/// A task that is not there cannot be done.
pub(crate) fn known(text: String) -> String {
    if text.contains("must task a0 ") { text } else { text.replace("since a0 done", "since entry") }
}

/// In some pathways it matters how old somebody is, and a birthday comes while the case runs.
pub(crate) fn grown(text: String, seed: u64) -> String {
    let mut dice = Dice(seed.wrapping_mul(0x9fb2_1c65_1e98_df25).wrapping_add(3));
    dice.roll(2);
    if !dice.one_in(5) {
        return text;
    }
    let mut out = String::new();
    for text in text.lines() {
        line(&mut out, aged(&mut dice, text));
    }
    out
}

fn aged(dice: &mut Dice, text: &str) -> String {
    let age = format!("age of born {} 18", dice.pick(&["<", ">="]));
    let birthday = format!("on birthday 18 of born -> {}", dice.pick(&["s0", "s1", "good", "bad"]));
    if text.starts_with("  data {") {
        return text.replace(" }", "  born birthdate }");
    }
    if text.starts_with("  trigger") {
        let text = text.replace("asks urgent,", "asks urgent, born,");
        return if dice.one_in(2) { text.replace("when urgent ", &format!("when {age} ")) } else { text };
    }
    if text.starts_with("  always {") && dice.one_in(2) {
        return text.replace("always {", &format!("always {{ {birthday} "));
    }
    if text.starts_with("    after ") && dice.one_in(2) {
        return format!("    {birthday}");
    }
    match text.split_once(" when ").and_then(|(on, rest)| Some((on, rest.split_once(" -> ")?))) {
        Some((on, (_, target))) if text.starts_with("    on ") && dice.one_in(2) => {
            format!("{on} when {age} -> {target}")
        }
        _ => text.to_owned(),
    }
}

/// In some pathways somebody comes by again and again for a while: so often per some days, or so often in all.
fn served(text: String, seed: u64) -> String {
    let mut dice = Dice(seed.wrapping_mul(0xa076_1d64_78bd_642f).wrapping_add(7));
    dice.roll(2);
    if !dice.one_in(5) {
        return text;
    }
    let stage = format!("  stage s{}", dice.roll(2));
    let mut out = String::new();
    for text in text.lines() {
        line(&mut out, text);
        if text.starts_with(&stage) {
            series(&mut dice, &mut out);
        }
    }
    out
}

fn series(dice: &mut Dice, out: &mut String) {
    let most = 1 + dice.roll(2);
    let visits = if most > 1 { "1 to 2 visits" } else { "1 visit" };
    let plan = match dice.roll(3) {
        0 => format!("{} visits in {} days", 1 + most, 1 + dice.roll(5)),
        1 => format!("{visits} per day for {} days", 1 + dice.roll(4)),
        _ => format!("{visits} per week for {} days", 5 + dice.roll(8)),
    };
    let spaced = if dice.one_in(4) { "  at least 1 day apart" } else { "" };
    line(out, format!("    must series w by worker {{ {plan}{spaced} }}"));
    for on in ["missed", "all_done", "over", "refused"] {
        let target = dice.pick(&["s0", "s1", "good", "bad"]);
        let tells = on == "missed" && dice.one_in(2);
        let way = if tells { "notify house".to_owned() } else { format!("-> {target}") };
        line(out, format!("    on w {on} {way}"));
    }
}

/// In some pathways clocks stand still for as long as something is waited for.
fn stopped(text: String, seed: u64) -> String {
    let mut dice = Dice(seed.wrapping_mul(0x8ebc_6af0_9c88_c6e3).wrapping_add(11));
    dice.roll(2);
    if !dice.one_in(5) {
        return text;
    }
    let mut out = String::new();
    for text in text.lines() {
        line(&mut out, stopping(&mut dice, text));
    }
    out
}

fn stopping(dice: &mut Dice, text: &str) -> String {
    if text.starts_with("  data {") {
        return text.replace(" }", "  waits yes_no }");
    }
    if text.starts_with("  event rang") {
        return format!("{text}\n  event waited from anyone {{ asks waits }}");
    }
    if text.starts_with("  stage s") {
        return format!("{text}\n    on waited notify house");
    }
    let has_term = text.contains(" within ") && !text.contains(" of rang");
    let is_must = text.starts_with("    must task") || text.starts_with("    must visit");
    if is_must && has_term && !dice.one_in(3) {
        return text.replacen(" within ", " paused while waits because \"they wait\" within ", 1);
    }
    text.to_owned()
}

/// In some pathways it counts how often something happened lately, or how much of it there was.
fn summed(text: String, seed: u64) -> String {
    let mut dice = Dice(seed.wrapping_mul(0xc2b2_ae3d_27d4_eb4f).wrapping_add(13));
    dice.roll(2);
    if !dice.one_in(5) {
        return text;
    }
    let (sum, days) = (dice.one_in(3), 1 + dice.roll(4));
    let of = if sum { "lately sums blows" } else { "lately counts struck" };
    let most = if sum { 3 } else { 2 };
    let mut out = String::new();
    for text in text.lines() {
        let field = if sum { "  blows count 0..2" } else { "" };
        line(
            &mut out,
            match text {
                text if text.starts_with("  data {") => {
                    text.replace(" }", &format!("{field}  {of} over {days} days }}"))
                }
                text if text.starts_with("  event rang") => {
                    let asks = if sum { " { asks blows }" } else { "" };
                    format!("{text}\n  event struck from anyone{asks}")
                }
                text if text.starts_with("  stage s") => struck(&mut dice, text, most),
                text => counting(&mut dice, text, most),
            },
        );
    }
    out
}

fn struck(dice: &mut Dice, text: &str, most: u64) -> String {
    // Back to where it holds as well would not end.
    let target = dice.pick(&["good", "bad"]);
    let rule = format!("\n    when lately >= {} -> {target}", 1 + dice.roll(most));
    let rule = if dice.one_in(3) { &rule } else { "" };
    format!("{text}\n    on struck notify house{rule}")
}

fn counting(dice: &mut Dice, text: &str, most: u64) -> String {
    let lately = format!("lately {} {}", dice.pick(&["<", ">="]), 1 + dice.roll(most));
    match text.split_once(" when ").and_then(|(on, rest)| Some((on, rest.split_once(" -> ")?))) {
        Some((on, (_, target))) if text.starts_with("    on ") && !dice.one_in(3) => {
            format!("{on} when {lately} -> {target}")
        }
        _ => text.to_owned(),
    }
}

/// In some pathways what is done is opened once more, or opens something that opens it again, where the case begins.
fn again(text: String, seed: u64) -> String {
    let mut dice = Dice(seed.wrapping_mul(0xd6e8_feb8_6659_fd93).wrapping_add(5));
    dice.roll(2);
    if !dice.one_in(4) {
        return text;
    }
    let silent = |n: &u64| text.contains(&must(*n)) && !text.contains(&format!("on a{n} done"));
    let Some(n) = (0..3).find(silent) else { return text };
    let opened = if dice.one_in(2) { format!("z{n}") } else { format!("a{n}") };
    let back = if dice.one_in(4) { "-> bad".to_owned() } else { format!("task a{n}") };
    let missed = dice.pick(&["-> good", "notify house"]);
    let round = format!(
        "    on a{n} done task {opened}\n    on z{n} done {back}\n    on z{n} overdue {missed}\n{}",
        must(n)
    );
    let beside = format!("  task z{n} {{ by worker within {} days }}\n", 1 + dice.roll(2));
    begins_in(&declared(&text.replacen(&must(n), &round, 1), n, beside), n)
}

fn must(n: u64) -> String {
    format!("    must task a{n}")
}

/// The same, with the first task declared beside the stages: it is opened in more than one place.
fn declared(text: &str, n: u64, mut beside: String) -> String {
    let must = must(n);
    let mut out = String::new();
    for text in text.lines() {
        match text.strip_prefix(&must) {
            Some(clauses) => {
                line(&mut beside, format!("  task a{n} {{{clauses} }}"));
                line(&mut out, &must);
            }
            None => line(&mut out, text),
        }
    }
    out.replacen("  trigger", &format!("{beside}  trigger"), 1)
}

/// The same, with a case that may begin in this stage.
fn begins_in(text: &str, n: u64) -> String {
    let begins = |line: &str| match line.split_once("  otherwise -> ") {
        Some((before, _)) if line.starts_with("  trigger") => format!("{before}  otherwise -> s{n} }}\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(begins).collect()
}
