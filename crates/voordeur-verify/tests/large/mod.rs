//! A pathway larger than any project has: 200 stages, more than 400 rules, 60 terms that run three at a time.

use std::fmt::Write as _;

/// So many stages.
pub(crate) const STAGES: usize = 200;

/// Its text. Every tenth stage has three tasks beside each other, each with a term; the others wait for one task,
/// and somebody is told every two weeks.
pub(crate) fn pathway() -> String {
    let mut stages = String::new();
    for number in 0..STAGES {
        let _ = writeln!(stages, "  stage s{number} {{");
        if number % 10 == 0 {
            terms(&mut stages, number);
        } else {
            waiting(&mut stages, number);
        }
        stages.push_str("  }\n");
    }
    format!(
        "pathway large {{
  version \"1\"
  lead house
  agency house
  role worker of house
  data {{ urgent yes_no  months count 0..120 }}
  trigger knock from anyone {{ asks urgent, months  when urgent -> s0  otherwise -> s1 }}
{stages}  end good success
  end bad failure
}}
"
    )
}

fn terms(stages: &mut String, number: usize) {
    let next = next(number);
    for (letter, days) in [("a", 3), ("b", 5), ("c", 10)] {
        let _ = writeln!(stages, "    must task {letter}{number} by worker within {days} working days");
        let _ = writeln!(stages, "    on {letter}{number} overdue notify house");
    }
    let _ = writeln!(stages, "    when all of (a{number}, b{number}, c{number}) done -> {next}");
    let _ = writeln!(stages, "    after 6 weeks -> bad");
}

fn waiting(stages: &mut String, number: usize) {
    let next = next(number);
    let _ = writeln!(stages, "    must task t{number} by worker");
    if number % 10 == 5 {
        let far = next_hub(number);
        let _ = writeln!(stages, "    on t{number} done when months >= {} -> {far}", number % 12 + 1);
        let _ = writeln!(stages, "    on t{number} done otherwise -> {next}");
    } else {
        let _ = writeln!(stages, "    on t{number} done -> {next}");
    }
    let _ = writeln!(stages, "    every 2 weeks notify house");
}

fn next(number: usize) -> String {
    if number + 1 < STAGES { format!("s{}", number + 1) } else { "good".to_owned() }
}

fn next_hub(number: usize) -> String {
    let hub = (number / 10 + 1) * 10;
    if hub < STAGES { format!("s{hub}") } else { "bad".to_owned() }
}
