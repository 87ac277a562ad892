//! Terms in working days, one after the other, against every day of the years on which a case can be reported: a promise is kept
//! when no day breaks it.

#![expect(clippy::expect_used, reason = "a panic in a test is a failing test")]

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use voordeur_calendar::{Calendar, Length, Method, Regime, Unit};
use voordeur_verify::{Budget, Verdict, compile, keep, promises};

/// Two tasks, one after the other, and by when the second is to be done or overdue.
fn pathway(terms: [u32; 2], within: &str) -> String {
    let [one, two] = terms;
    format!(
        "pathway p {{
  version \"1\"
  lead house
  calendar nl
  agency house
  role worker of house
  trigger knock from anyone {{ -> first }}
  stage first  {{ must task one by worker within {one} working days  on one done -> second  on one overdue -> second }}
  stage second {{ must task two by worker within {two} working days  on two done -> good  on two overdue -> bad }}
  end good success no aftercare because \"short\"
  end bad failure
}}
promise \"it\" for p {{ two is done or overdue within {within} of report }}
"
    )
}

/// A task, and so much after it is overdue another one, and by when that one is to be done or overdue.
fn escalating(terms: [u32; 3], within: &str) -> String {
    let [one, later, two] = terms;
    format!(
        "pathway p {{
  version \"1\"
  lead house
  calendar nl
  agency house
  role worker of house
  trigger knock from anyone {{ -> first }}
  stage first {{
    must task one by worker within {one} working days
    on one done    -> gone
    on one overdue escalate late
    on two done    -> good
    on two overdue -> bad
  }}
  escalation late {{ after {later} working days task two by worker within {two} working days }}
  end good success no aftercare because \"short\"
  end bad failure
  end gone withdrawn
}}
promise \"it\" for p {{ two is done or overdue within {within} of report }}
"
    )
}

fn verdict(source: &str) -> Verdict {
    let compiled = compile(source);
    assert_eq!(compiled.problems, [], "{source}");
    let (made, problems) = promises(&compiled.promises, &compiled.protocols, &compiled.sources);
    assert_eq!(problems, []);
    let told = keep(made.first().expect("a promise"), Budget::default(), false);
    told.statements.into_iter().next().expect("a statement").verdict
}

/// The days on which a case can be reported: six years, from the day on which histories begin.
fn days() -> impl Iterator<Item = Date> {
    let first = date(2026, 3, 16);
    (0..2192).map(move |number| first.checked_add(number.days()).expect("a day"))
}

/// Whether on some day the last of what comes one after the other is later than that.
fn is_broken(calendar: &Calendar, terms: &[(u32, Method)], within: Length) -> bool {
    days().any(|day| {
        let report = calendar.resolve(day.at(12, 0, 0, 0)).expect("a moment");
        let end = |from, length| calendar.deadline(from, length, Regime::OwnNorm).at;
        let last = terms.iter().fold(report, |from, (amount, method)| {
            let length = Length::new(*amount, Unit::WorkingDays);
            if *method == Method::Delay { calendar.delay(from, length).at } else { end(from, length) }
        });
        last > end(report, within)
    })
}

/// The promise is kept from the first term on that no day breaks; whether that one is decided.
#[track_caller]
fn is_decided(terms: [u32; 2], unit: Unit, word: &str, around: u32) -> bool {
    let counted = terms.map(|amount| (amount, Method::Deadline));
    are_decided(&counted, (unit, word, around), &|within| pathway(terms, within))
}

#[track_caller]
fn are_decided(
    terms: &[(u32, Method)],
    (unit, word, around): (Unit, &str, u32),
    pathway: &dyn Fn(&str) -> String,
) -> bool {
    let calendar = Calendar::dutch();
    let broken = |amount: &u32| is_broken(&calendar, terms, Length::new(*amount, unit));
    let first = (1..).find(|amount| !broken(amount)).expect("a term that is long enough");
    let mut decided = true;
    for amount in first.saturating_sub(around).max(1)..first + around {
        let verdict = verdict(&pathway(&format!("{amount} {word}")));
        let is_right = match verdict {
            Verdict::Kept(_) => amount >= first,
            Verdict::Broken(..) => amount < first,
            _ => amount == first,
        };
        assert!(is_right, "{terms:?} within {amount} {word}, {first} is enough: {verdict:?}");
        decided &= !matches!(verdict, Verdict::Undecided(_));
    }
    decided
}

/// Escalations count from the hour at which they begin.
#[test]
fn a_promise_behind_a_step_of_an_escalation() {
    for terms in [[1, 1, 2], [2, 3, 1], [1, 5, 5]] {
        let [one, later, two] = terms;
        let counted = [(one, Method::Deadline), (later, Method::Delay), (two, Method::Deadline)];
        let source = |within: &str| escalating(terms, within);
        are_decided(&counted, (Unit::WorkingDays, "working days", 3), &source);
        assert!(are_decided(&counted, (Unit::Days, "days", 3), &source), "{terms:?}");
    }
}

const TERMS: [[u32; 2]; 5] = [[1, 1], [2, 3], [5, 5], [5, 10], [10, 10]];

#[test]
fn a_promise_in_working_days() {
    assert!(TERMS.into_iter().all(|terms| is_decided(terms, Unit::WorkingDays, "working days", 3)));
}

#[test]
fn a_promise_in_days() {
    assert!(TERMS.into_iter().all(|terms| is_decided(terms, Unit::Days, "days", 4)));
}

#[test]
fn a_promise_in_weeks() {
    assert!(TERMS.into_iter().all(|terms| is_decided(terms, Unit::Weeks, "weeks", 1)));
}
