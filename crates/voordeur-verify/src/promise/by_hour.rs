//! Terms in hours and in days, one after the other, against what they really take: the engine lets all of them pass, for cases that are
//! reported at any time of a day. What is said to be kept no such case may break.

use std::fmt::Write as _;

use jiff::{Timestamp, ToSpan as _};
use voordeur_calendar::{Length, Regime, Unit};
use voordeur_engine::{Case, Event, step};
use voordeur_protocol::guard::Expr;
use voordeur_protocol::{Id as _, ObligationId, Protocol, TriggerId, unchecked};

use super::by_day::random;
use super::confirm::broken_at;
use super::model::{Deed, Form, Start};
use super::verdict::{Verdict, look};
use crate::explore::Budget;
use crate::observe::Term;
use crate::replay::{History, Moment};

/// Tasks one after the other, each with a term in minutes, hours or days, which nobody does in time.
fn pathway(dice: &mut random::Dice) -> String {
    let mut out = String::from(
        "pathway p {\n  version \"1\"\n  lead house\n  agency house\n  role worker of house\n  trigger knock from anyone { -> s0 }\n",
    );
    let stages = 2 + dice.roll(3);
    for n in 0..stages {
        let term = match dice.roll(4) {
            0 => format!("{} days", 1 + dice.roll(2)),
            1 => format!("{} minutes", 30 * (1 + dice.roll(5))),
            _ => format!("{} hours", 1 + dice.roll(9)),
        };
        let next = if n + 1 == stages { "good".to_owned() } else { format!("s{}", n + 1) };
        writeln!(out, "  stage s{n} {{ must task t{n} by worker within {term}  on t{n} done -> {next}  on t{n} overdue -> {next} }}")
            .expect("a string takes it");
    }
    out + "  end good failure\n}\n"
}

/// What nobody does anything about, from a report on.
fn passes(protocol: &Protocol, at: Timestamp) -> History {
    let event = Event::Reported { trigger: TriggerId::from_index(0), data: Vec::new(), by: None };
    let (mut case, mut moments) = (Case::default(), Vec::new());
    let mut next = Some((at, event));
    while let Some((at, event)) = next {
        let done = step(protocol, &case, &event, at).expect("it is taken");
        case = done.case;
        moments.push(Moment { at, event, entries: done.entries });
        next = case.next_timer().map(|timer| (timer.due.at, Event::TimerDue(timer.id)));
    }
    History { moments, refused: None }
}

#[test]
fn what_is_kept_no_hour_breaks() {
    let [mut kept, mut broken, mut undecided] = [0, 0, 0];
    for seed in 0..120 {
        let mut dice = random::Dice(seed);
        let text = pathway(&mut dice);
        let protocol = unchecked(&text).into_iter().next().expect("it is one");
        assert_eq!(protocol.triggers.iter().count(), 1);
        let last = ObligationId::from_index(protocol.obligations.len() - 1);
        let unit = if dice.one_in(2) { Unit::Hours } else { Unit::Days };
        let amount = if unit == Unit::Hours { 4 + dice.roll(60) } else { 1 + dice.roll(4) };
        let length = Length::new(u32::try_from(amount).unwrap_or(1), unit);
        let form = Form::Existence {
            deeds: vec![Deed::Opened(last)],
            from: Start::Report,
            term: Term { length, regime: Regime::OwnNorm },
            when: Expr::True,
        };
        let first =
            protocol.calendar.resolve(jiff::civil::date(2027, 6, 7).at(0, 0, 0, 0)).expect("a moment");
        let starts = (0..24 * 12).map(|n| first.checked_add((5 * n + 1).minutes()).expect("a moment"));
        let is_broken = |at: Timestamp| broken_at(&protocol, &form, &mut passes(&protocol, at)).is_some();
        let really = starts.into_iter().any(is_broken);
        match look(&protocol, &form, Budget::default(), false).0 {
            Verdict::Broken(..) => {
                assert!(
                    really || unit == Unit::Hours,
                    "{length}: only in hours may five minutes be too far apart\n{text}"
                );
                broken += 1;
            }
            Verdict::Undecided(_) => undecided += 1,
            verdict => {
                assert!(!really, "seed {seed}, {length}: {verdict:?}\n{text}");
                kept += 1;
            }
        }
    }
    assert!(
        kept > 30 && broken > 30 && undecided < 12,
        "{kept} kept, {broken} broken, {undecided} undecided"
    );
}
