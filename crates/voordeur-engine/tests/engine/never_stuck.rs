//! The law of coming over: for any pathway, any edit of it, and any history, a case that comes over waits for something that
//! lives, and its journal gives it.

use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use voordeur_engine::{Event, Obstacle, stranded, waiting, waits_for_ever};
use voordeur_protocol::CheckedProtocol;

use crate::laws::{Draw, SOURCES, event};
use crate::migrate::{at, carried, folds};
use crate::play::{Play, protocol};

/// Pathways with all that waits: beside those of the laws, standstills, series, contacts and interrupted stages.
const MORE: [&str; 3] = [
    WAITS,
    include_str!("../../../../dsl-examples/op-de-rails/op-de-rails.pathway"),
    include_str!("../../../../dsl-examples/sittard/sittard.pathway"),
];

const WAITS: &str = r#"pathway waits {
  version "1"
  lead house
  agency house
  agency helper
  role worker of house
  data { waits yes_no?  months count 0..9? shared with helper }
  event stop from worker
  event go from worker
  event ready from worker { asks months }
  event ill from worker
  event crisis from worker
  trigger report_in from anyone { -> first }
  stage first {
    must task decide by worker within 10 days paused while known waits and waits
    must task later by worker within 5 days of ready
    must visit meet by worker within 1 week attempts 3, 2 to 7 days apart
    must series coaching by worker { 4 visits in 40 days }
    may refer away
    on stop record waits = yes
    on go   record waits = no
    on decide done    -> second
    on decide overdue escalate late
    on later overdue  notify house
    on meet overdue   escalate late
    on meet exhausted notify house
    on meet refused   notify house
    on away exhausted notify house
    on coaching all_done notify house
    on coaching over     notify house
    on coaching missed   notify house
    on coaching refused  -> bad
    after 3 weeks notify house
    every 1 week notify house
    when known months and months >= 5 -> second
  }
  stage second {
    must task write by worker within 2 weeks keeps running
    must refer away
    on away taken_up  -> cared
    on away exhausted -> cared
    on write overdue  notify house
    every 2 weeks notify house
  }
  stage rest {
    must task look by worker within 5 days
    on look done    -> back
    on look overdue notify worker -> back
  }
  stage alarm {
    must task calm by worker within 2 days
    on calm done    -> back
    on calm overdue notify house -> back
  }
  referral away { to helper  hands over months  warm  accept within 5 working days  contact within 3 weeks
    remind helper 1 working day before each
    declined or overdue: ask again once, then exhausted }
  escalation late { at once notify worker  after 2 days notify house  after 4 days task take_over by worker within 2 days }
  always {
    on ill -> rest
    on crisis -> alarm
    on write overdue notify house
    on deceased -> bad
  }
  aftercare cared {
    by worker
    visit revisit after 1 month, 3 months window 1 week before to 1 week after
    on revisit missed notify house
    then -> good
  }
  end good success
  end bad failure
}
"#;

fn source(which: usize) -> &'static str {
    SOURCES.iter().chain(&MORE).nth(which).expect("a pathway")
}

/// One edit of a text: which, and where.
type Edit = (u8, u16, u8);

/// The stages of a text, with where each block begins and ends, in lines.
fn stages(lines: &[String]) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let mut words = line.split_whitespace();
        let (Some("stage" | "fase"), Some(name), true) = (words.next(), words.next(), line.ends_with('{'))
        else {
            continue;
        };
        let indent = line.len() - line.trim_start().len();
        let end = lines
            .iter()
            .skip(at)
            .position(|line| line.trim() == "}" && line.len() - line.trim_start().len() == indent);
        found.extend(end.map(|end| (name.to_owned(), at, at + end)));
    }
    found
}

/// The text after an edit; it may be none that compiles.
fn edited(text: &str, (what, place, to): Edit) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let place = usize::from(place);
    match what % 5 {
        // Another number.
        0 | 1 => {
            let with = |line: &String| {
                !line.contains('"')
                    && [" days", " week", " working day", " month", " visits"]
                        .iter()
                        .any(|unit| line.contains(unit))
            };
            let numbered: Vec<usize> = (0..lines.len()).filter(|at| with(&lines[*at])).collect();
            if let Some(at) = numbered.get(place % numbered.len().max(1)) {
                let digits: String = lines[*at]
                    .chars()
                    .map(|one| if one.is_ascii_digit() { char::from(b'1' + to % 9) } else { one })
                    .collect();
                lines[*at] = digits;
            }
        }
        // A line less.
        2 => {
            let at = place % lines.len();
            if !lines[at].ends_with('{') && lines[at].trim() != "}" {
                lines.remove(at);
            }
        }
        // A clause less.
        3 => {
            let clauses = [
                " paused while known waits and waits",
                " keeps running",
                " statutory",
                "  after 2 days notify house",
                ", 3 months",
                " of ready",
                "  warm",
            ];
            let clause = clauses[usize::from(to) % clauses.len()];
            return lines.join("\n").replacen(clause, "", 1);
        }
        // A stage less, with all that leads to it.
        _ => {
            let all = stages(&lines);
            if let Some((name, from, end)) = all.get(place % all.len().max(1)).cloned() {
                let leads = format!("-> {name}");
                lines.drain(from..=end);
                lines.retain(|line| !line.trim_end().ends_with(&leads));
            }
        }
    }
    lines.join("\n")
}

/// The first version after these edits that compiles, and says what becomes of open cases.
fn new_version(text: &str, edits: &[Edit], says: u8, moves: &[(u8, u8)]) -> Option<CheckedProtocol> {
    let old: Vec<String> = stages(&text.lines().map(str::to_owned).collect::<Vec<_>>())
        .into_iter()
        .map(|(name, ..)| name)
        .collect();
    let changed = edits.iter().fold(text.to_owned(), |text, edit| {
        let next = edited(&text, *edit);
        if compiles(&next).is_some() { next } else { text }
    });
    let new: Vec<String> = stages(&changed.lines().map(str::to_owned).collect::<Vec<_>>())
        .into_iter()
        .map(|(name, ..)| name)
        .collect();
    let mut block =
        ["keep deadlines", "recompute from start", "recompute from today"][usize::from(says % 3)].to_owned();
    let mut named = Vec::new();
    for (from, to) in moves {
        if let (Some(from), Some(to)) =
            (old.get(usize::from(*from) % old.len().max(1)), new.get(usize::from(*to) % new.len().max(1)))
            && !named.contains(from)
        {
            named.push(from.clone());
            block.push_str(&format!("  stage {from} -> {to}"));
        }
    }
    let lead = changed.find("\n  lead").or_else(|| changed.find("\n  regie"))? + 1;
    let mut said = changed.clone();
    said.insert_str(lead, &format!("  open cases {{ {block} }}\n"));
    compiles(&said)
}

fn compiles(text: &str) -> Option<CheckedProtocol> {
    voordeur_protocol::compile(text).protocols.into_iter().next()
}

/// Now and then what interrupts, or what lets clocks stand still.
fn special(protocol: &CheckedProtocol, draw: &Draw) -> Option<Event> {
    let names = ["ill", "crisis", "stop", "go", "ready", "abuse"];
    let name = names.get(usize::try_from(draw.answers % 12).expect("small"))?;
    let what = protocol.occurrence_named(name).ok()?;
    Some(Event::Occurred { what, data: Vec::new(), by: None })
}

fn played(which: usize, draws: &[Draw]) -> (Play, jiff::Timestamp) {
    let mut play = Play::new(protocol(source(which)));
    let mut now = at("2026-03-02T09:00:00Z");
    for draw in draws {
        now += SignedDuration::from_hours(draw.hours());
        play.let_pass(now);
        let Some(event) = event(&play.protocol, &play.case, draw) else { break };
        play.step(&event, now);
        if let Some(event) = special(&play.protocol, draw) {
            play.step(&event, now);
        }
    }
    (play, now)
}

/// Short histories: most cases still run. One in three moves is an event of the case.
fn short() -> impl Strategy<Value = Vec<Draw>> {
    let pick = prop_oneof![2 => any::<u16>(), 1 => any::<u16>().prop_map(|pick| pick / 16 * 16)];
    let draw =
        (pick, any::<u64>(), 0_u16..120).prop_map(|(pick, answers, hours)| Draw { pick, answers, hours });
    prop::collection::vec(draw, 1..10)
}

/// Which pathway: every other time that with all that waits.
fn which() -> impl Strategy<Value = usize> {
    prop_oneof![Just(SOURCES.len()), 0..SOURCES.len() + MORE.len()]
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec((any::<u8>(), any::<u16>(), any::<u8>()), 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whoever_comes_over_waits_for_something_that_lives(
        which in which(),
        first in short(),
        edits in edits(),
        says in any::<u8>(),
        moves in prop::collection::vec((any::<u8>(), any::<u8>()), 0..3),
        then in short(),
    ) {
        let (play, now) = played(which, &first);
        let Some(new) = new_version(source(which), &edits, says, &moves) else { return Ok(()) };
        if !play.case.is_running() {
            return Ok(());
        }
        let over = match carried(&play, &new, now) {
            Ok(over) => over,
            // What keeps it is said; the last guard is for faults of the program only.
            Err(why) => {
                prop_assert!(why.iter().all(|one| !matches!(one, Obstacle::Stranded(_))), "{:?}", why);
                return Ok(());
            }
        };
        folds(&play.protocol, &new, &play.journal, &over);
        let stuck = waits_for_ever(&new, &over.case) && !waits_for_ever(&play.protocol, &play.case);
        prop_assert!(!stuck, "{:#?}", over.case);
        let mut on = Play::new(new);
        (on.case, on.journal) = (over.case, Vec::new());
        let mut now = now;
        for draw in &then {
            prop_assert_eq!(stranded(&on.protocol, &on.case), vec![]);
            let waits = !on.case.is_running() || !waiting(&on.protocol, &on.case).is_empty();
            prop_assert!(waits, "{:#?}\n{:#?}\n{:#?}", play.shown, on.shown, on.case);
            now = on.case.touched_at.max(now) + SignedDuration::from_hours(draw.hours());
            on.let_pass(now);
            let Some(event) = event(&on.protocol, &on.case, draw) else { break };
            on.step(&event, now);
        }
    }
}

/// The edits do what they are for: most versions compile, and cases come over or are kept for each reason that is told.
#[test]
fn the_edits_are_worth_trying() {
    let (mut kept, mut came, mut resumed, mut ran_on) = (0, 0, 0, 0);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy =
        (which(), short(), edits(), any::<u8>(), prop::collection::vec((any::<u8>(), any::<u8>()), 0..3));
    for _ in 0..250 {
        let (which, first, edits, says, moves) = strategy.new_tree(&mut runner).expect("a draw").current();
        let (play, now) = played(which, &first);
        let Some(new) = new_version(source(which), &edits, says, &moves) else { continue };
        if !play.case.is_running() {
            continue;
        }
        match carried(&play, &new, now) {
            Ok(over) => {
                came += 1;
                resumed += usize::from(play.case.suspended.is_some() && over.case.suspended.is_none());
                ran_on += over.shifts.iter().filter(|shift| shift.runs_on).count();
            }
            Err(_) => kept += 1,
        }
    }
    assert!(came > 50 && kept > 10 && resumed > 0 && ran_on > 0, "{came} {kept} {resumed} {ran_on}");
}
