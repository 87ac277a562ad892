//! Terms that follow each other from the report on, of whatever unit and law: the table of bounds says exactly how soon and how late they
//! end, on every day of six years.

#![expect(clippy::expect_used, clippy::panic, reason = "a panic in a test is a failing test")]

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use voordeur_calendar::{Calendar, Length, Regime, Unit};
use voordeur_protocol::{CheckedProtocol, compile};
use voordeur_verify::{Budget, Milestone, Verdict, bounds, keep, promises, verify};

/// The first day of the version, and of the days of the reports.
const FIRST: Date = date(2027, 1, 4);

/// So many chains are compared.
const CHAINS: u64 = 150;

/// A term of a chain: a task that is overdue, or a delay.
#[derive(Debug, Clone, Copy)]
struct Link {
    length: Length,
    regime: Regime,
    is_task: bool,
}

/// A generator of numbers, always the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

/// The chain of a seed.
fn chain(seed: u64) -> Vec<Link> {
    let mut dice = Dice(seed.wrapping_mul(0x9e6c_63d0_76cc_4f45).wrapping_add(7));
    dice.roll(2);
    let link = |dice: &mut Dice| {
        let (unit, most) = match dice.roll(5) {
            0 => (Unit::Days, 20),
            1 => (Unit::Weeks, 9),
            2 => (Unit::Months, 4),
            3 => (Unit::WorkingDays, 12),
            _ => (Unit::Years, 2),
        };
        let is_task = dice.one_in(2);
        let by_law = is_task && unit != Unit::WorkingDays && dice.one_in(3);
        let regime = if by_law { Regime::Statutory } else { Regime::OwnNorm };
        let amount = 1 + u32::try_from(dice.roll(most)).unwrap_or(0);
        Link { length: Length::new(amount, unit), regime, is_task }
    };
    (0..2 + dice.roll(3)).map(|_| link(&mut dice)).collect()
}

fn pathway(chain: &[Link], promised: &str) -> String {
    let stage = |(n, link): (usize, &Link)| {
        let (to, Link { length, regime, is_task }) = (n + 1, *link);
        let law = if regime == Regime::Statutory { " statutory" } else { "" };
        if is_task {
            format!(
                "  stage s{n} {{ must task t{n} by worker within {length}{law}  on t{n} done -> gone  on t{n} overdue -> s{to} }}\n"
            )
        } else {
            format!("  stage s{n} {{ after {length} -> s{to} }}\n")
        }
    };
    let stages: String = chain.iter().enumerate().map(stage).collect();
    let last = chain.len();
    format!(
        "pathway p \"P\" {{
  version \"1\" from {FIRST}
  goal \"x\"
  for whom \"everybody\"
  lead house
  calendar nl
  agency house
  role worker of house
  trigger knock from anyone {{ -> s0 }}
{stages}  stage s{last} {{ must task look by worker within 1 week  on look done -> good  on look overdue -> bad }}
  always {{ on moved_away -> gone }}
  end good success no aftercare because \"x\"
  end bad failure
  end gone withdrawn
}}
promise \"it\" for p {{ {promised} }}
"
    )
}

/// The same where whatever is done leads on as well: each term may end sooner, at any moment.
fn done_sooner(chain: &[Link], promised: &str) -> String {
    let all = (0..chain.len()).fold(pathway(chain, promised), |source, n| {
        source.replace(&format!("on t{n} done -> gone"), &format!("on t{n} done -> s{}", n + 1))
    });
    assert!(!all.contains("done -> gone"), "{all}");
    all
}

fn checked(source: &str) -> CheckedProtocol {
    let mut compiled = compile(source);
    if compiled.protocols.is_empty() {
        panic!("{source}\n{:#?}", compiled.problems);
    }
    compiled.protocols.remove(0)
}

/// In how many days after the report the last stage is entered: the fewest and the most.
fn by_day(calendar: &Calendar, chain: &[Link]) -> (i64, i64) {
    let took = (0..2192).map(|n| {
        let day = FIRST.checked_add(n.days()).expect("a day");
        let report = calendar.resolve(day.at(10, 0, 0, 0)).expect("a moment");
        let end = chain.iter().fold(report, |at, link| match link.is_task {
            true => calendar.deadline(at, link.length, link.regime).at,
            false => calendar.delay(at, link.length).at,
        });
        calendar.days_between(day, calendar.date(end))
    });
    took.fold((i64::MAX, 0), |(least, most), days| (least.min(days), most.max(days)))
}

/// The bounds of the stage after a chain.
fn bounds_after(chain: &[Link], source: &str) -> (i64, i64) {
    let protocol = checked(source);
    let (rows, incomplete) = bounds(&protocol, Budget::default());
    assert!(incomplete.is_none(), "{source}");
    let last = format!("s{}", chain.len());
    let row = rows.iter().find(|row| match row.milestone {
        Milestone::Stage(stage) => protocol.stages.row(stage).name == last,
        Milestone::End(_) => false,
    });
    let row = row.unwrap_or_else(|| panic!("{source}"));
    assert!(row.is_earliest && row.is_latest, "{source}");
    let days = |day: Option<i32>| day.map(i64::from).unwrap_or_else(|| panic!("{source}"));
    (days(row.earliest), days(row.latest))
}

#[test]
fn bounds_of_terms_in_a_row_are_those_of_the_calendar() {
    let calendar = Calendar::dutch();
    for seed in 0..CHAINS {
        let chain = chain(seed);
        let source = pathway(&chain, "look is opened within 1 day of report");
        assert_eq!(bounds_after(&chain, &source), by_day(&calendar, &chain), "{source}");
    }
}

/// Who does something sooner comes no later to what follows; and who does all of it at once waits for the delays alone.
#[test]
fn what_is_done_sooner_is_over_no_later() {
    let calendar = Calendar::dutch();
    for seed in 0..CHAINS {
        let chain = chain(seed);
        let source = done_sooner(&chain, "look is opened within 1 day of report");
        let delays: Vec<Link> = chain.iter().copied().filter(|link| !link.is_task).collect();
        let days = (by_day(&calendar, &delays).0, by_day(&calendar, &chain).1);
        assert_eq!(bounds_after(&chain, &source), days, "{source}");
    }
}

/// A promise is kept from the first number of days on that no day breaks, and that is decided.
#[test]
fn promises_about_terms_in_a_row_are_decided() {
    let calendar = Calendar::dutch();
    for seed in 0..CHAINS / 5 {
        let chain = chain(seed);
        let (_, most) = by_day(&calendar, &chain);
        let verdict = |days: i64| {
            let promised = format!("look is opened within {days} days of report");
            let source =
                if seed % 2 == 0 { pathway(&chain, &promised) } else { done_sooner(&chain, &promised) };
            let compiled = compile(&source);
            let (made, problems) = promises(&compiled.promises, &compiled.protocols, &compiled.sources);
            assert_eq!(problems, [], "{source}");
            let told = keep(made.first().expect("a promise"), Budget::default(), false);
            let verdict = told.statements.into_iter().next().expect("a statement").verdict;
            (verdict, source)
        };
        let (kept, source) = verdict(most);
        assert!(matches!(kept, Verdict::Kept(_)), "{kept:?} {source}");
        let (broken, source) = verdict(most - 2);
        assert!(matches!(broken, Verdict::Broken(..)), "{broken:?} {source}");
    }
}

/// Conditions on how long ago the report was are held against it as well.
#[test]
fn what_no_day_of_the_report_comes_to_never_applies() {
    let look = |condition: &str| {
        let source = pathway(
            &[Link { length: Length::new(1, Unit::Months), regime: Regime::OwnNorm, is_task: false }; 3],
            "possible case ends good",
        );
        let source = source.replace(
            "on look done -> good",
            &format!("on look done when since report {condition} -> bad  on look done otherwise -> good"),
        );
        let report = verify(&checked(&source), Budget::default());
        report.findings.iter().map(|one| one.rule.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(look("<= 86 days"), ["dead-rule"]);
    assert_eq!(look("<= 87 days"), Vec::<String>::new());
    assert_eq!(look("> 99 days"), ["dead-rule"]);
    assert_eq!(look(">= 99 days"), Vec::<String>::new());
}
