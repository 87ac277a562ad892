//! Guarantees of the report (docs/guarantees.md), looked for in thousands of random steps on example pathways. Each
//! test also counts how often its guarantee was at work: one that never is proves nothing.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use voordeur_calendar::{Calendar, Length, Unit};
use voordeur_engine::{
    By, Case, Data, Entry, Event, Message, Reason, Rejection, Serial, Succession, Tie, apply, step,
};
use voordeur_protocol::model::{Deviation, EndKind, PartyKind};
use voordeur_protocol::{CheckedProtocol, FieldId, Happening, ObligationId, Occurrence, PartyId, Spec};

use crate::laws::{Draw, event};
use crate::play::protocol;
use crate::small::pathway;

const SOURCES: [&str; 7] = [
    include_str!("../../../../dsl-examples/school-absence/school-absence.pathway"),
    include_str!("../../../../dsl-examples/early-signals/early-signals.pathway"),
    include_str!("../../../../dsl-examples/eropaf/eropaf.pathway"),
    include_str!("../../../../dsl-examples/families-first/families-first.pathway"),
    include_str!("../../../../dsl-examples/tilburg/tilburg.pathway"),
    include_str!("../../../../dsl-examples/wielwijk/wielwijk.pathway"),
    include_str!("../../../../dsl-examples/tien-voor-toekomst/tien-voor-toekomst.pathway"),
];

const SEEDS: u64 = 160;

/// A step: the case before it, the event, and what the journal says.
pub(crate) struct Seen<'a> {
    pub(crate) protocol: &'a CheckedProtocol,
    pub(crate) before: &'a Case,
    pub(crate) event: &'a Event,
    pub(crate) at: Timestamp,
    entries: &'a [Entry],
}

/// Plays each pathway many times and shows every accepted step.
pub(crate) fn play_all(mut look: impl FnMut(&Seen<'_>)) {
    for source in SOURCES {
        let protocol = protocol(source);
        for seed in 0..SEEDS {
            play(&protocol, seed, &mut look);
        }
    }
}

fn play(protocol: &CheckedProtocol, seed: u64, look: &mut impl FnMut(&Seen<'_>)) {
    let (mut case, mut roll) = (Case::default(), seed);
    let mut now: Timestamp = "2008-03-03T09:00:00Z".parse().expect("a moment");
    for _ in 0..150 {
        let draw = Draw {
            pick: u16::try_from(next(&mut roll) % 60_000).expect("small"),
            answers: next(&mut roll),
            hours: u16::try_from(next(&mut roll) % 90).expect("small"),
        };
        let until = now + SignedDuration::from_hours(draw.hours.into());
        while let Some((id, due)) = case.next_timer().map(|timer| (timer.id, timer.due.at)) {
            if due > until {
                break;
            }
            let at = due.max(case.touched_at);
            take(protocol, &mut case, &Event::TimerDue(id), at, look);
        }
        now = until;
        let Some(event) = event(protocol, &case, &draw) else { continue };
        take(protocol, &mut case, &said_by(protocol, event), now, look);
    }
}

/// SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb)
}

/// Whoever does something says so.
fn said_by(protocol: &CheckedProtocol, event: Event) -> Event {
    match event {
        Event::Occurred { what: what @ Occurrence::Obligation(obligation, _), data, .. } => {
            Event::Occurred { what, data, by: protocol.obligations.row(obligation).by }
        }
        event => event,
    }
}

fn take(
    protocol: &CheckedProtocol,
    case: &mut Case,
    event: &Event,
    at: Timestamp,
    look: &mut impl FnMut(&Seen<'_>),
) {
    let Ok(transition) = step(protocol, case, event, at) else { return };
    look(&Seen { protocol, before: case, event, at, entries: &transition.entries });
    *case = transition.case;
}

#[test]
fn a_case_does_not_end_well_while_a_referral_is_unaccepted() {
    let (mut ended, mut held) = (0, 0);
    let referrals = protocol(&pathway(
        "  referral warmly { to helper  warm  accept within 5 working days  contact within 4 weeks }
  referral plainly { to helper  accept within 5 working days  declined or overdue: ask again once, then exhausted }",
        "    must refer warmly keeps running
    must refer plainly keeps running
    must task talk by worker within 3 weeks
    on talk done         -> good
    on talk overdue      notify house
    on warmly exhausted  notify house
    on plainly exhausted notify house
    after 6 months -> bad",
    ));
    let offered = protocol(&pathway(
        "  referral plainly { to helper  accept within 5 working days  declined or overdue: ask again once, then exhausted }",
        "    may  refer plainly keeps running
    must task talk by worker within 3 weeks
    on talk done         -> good
    on talk overdue      notify house
    on plainly exhausted notify house
    after 6 months -> bad",
    ));
    for seed in 0..400 {
        play(&referrals, seed, &mut |seen| judge(seen, &mut ended, &mut held));
    }
    let before = (ended, held);
    for seed in 0..400 {
        play(&offered, seed, &mut |seen| judge(seen, &mut ended, &mut held));
    }
    assert!(
        ended > before.0 + 50 && held > before.1 + 20,
        "{before:?}, {ended} ended well, {held} were held"
    );
    play_all(|seen| judge(seen, &mut ended, &mut held));
    assert!(ended > 100 && held > 100, "{ended} ended well, {held} were held");
}

/// An offer that keeps running does not stand for what must be done: nobody would have to take it up.
#[test]
fn what_must_be_done_takes_the_place_of_what_was_only_offered() {
    let pathway = protocol(&pathway(
        "  referral plainly { to helper  accept within 5 working days  declined or overdue: ask again once, then exhausted }",
        "    may  refer plainly keeps running
    must task talk by worker within 3 weeks
    on talk done         refer plainly
    on talk overdue      notify house
    on plainly accepted  -> good
    on plainly exhausted notify house
    after 6 months -> bad",
    ));
    let mut replaced = 0;
    for seed in 0..200 {
        play(&pathway, seed, &mut |seen| {
            let mut case = seen.before.clone();
            seen.entries.iter().for_each(|entry| apply(seen.protocol, &mut case, seen.at, entry));
            let offered = |case: &Case| case.open.iter().filter(|one| one.is_offered(seen.protocol)).count();
            let must = |entry: &Entry| matches!(entry, Entry::Sent(Message::Refer { again: 0, .. }));
            let by_rule = seen.entries.iter().any(|entry| matches!(entry, Entry::RuleFired { .. }));
            if by_rule && seen.entries.iter().any(must) && offered(seen.before) == 1 {
                assert_eq!(offered(&case), 0, "{:#?}", seen.entries);
                replaced += 1;
            }
        });
    }
    assert!(replaced > 20, "{replaced}");
}

/// Nor by way of a stage that has been entered as often as it may be, nor by a deviation.
#[test]
fn a_limit_does_not_end_a_case_well_while_a_referral_is_unaccepted() {
    let round = protocol(
        "pathway p {
  version \"1\"
  lead house
  agency house
  agency helper
  role worker of house
  trigger knock from anyone { -> first }
  referral plainly { to helper  accept within 5 working days  declined or overdue: ask again once, then exhausted }
  stage first at most 1 times, else -> good {
    must task talk by worker within 3 weeks
    on talk done    -> second
    on talk overdue notify house
  }
  stage second {
    must refer plainly keeps running
    must task plan by worker within 3 weeks
    on plan done         -> first
    on plan overdue      notify house
    on plainly exhausted notify house
    deviation worker may move to first
  }
  always { on plainly exhausted notify house }
  end good success no aftercare because \"short\"
}
",
    );
    let (mut ended, mut held, mut refused) = (0, 0, 0);
    for seed in 0..400 {
        play(&round, seed, &mut |seen| {
            judge(seen, &mut ended, &mut held);
            let stage = round.stage_named("first").expect("a stage");
            let by = round.party_named("worker").ok();
            let move_on = Event::Deviated { what: Deviation::MoveTo(stage), because: "sooner".into(), by };
            let mut case = seen.before.clone();
            seen.entries.iter().for_each(|entry| apply(&round, &mut case, seen.at, entry));
            match step(&round, &case, &move_on, seen.at) {
                Err(Rejection::ReferralOpen { .. }) => refused += 1,
                Err(_) => {}
                Ok(done) => judge(
                    &Seen { before: &case, event: &move_on, entries: &done.entries, ..*seen },
                    &mut ended,
                    &mut held,
                ),
            }
        });
    }
    assert!(ended > 100 && held > 50 && refused > 50, "{ended} ended well, {held} held, {refused} refused");
}

/// Whoever was asked to help hears it when that is no longer so; of a case that does not end well, the lead too.
#[test]
fn who_was_asked_to_help_hears_that_it_is_called_off() {
    let (mut receivers, mut leads, mut given_up) = (0, 0, 0);
    play_all(|seen| {
        let mut case = seen.before.clone();
        let told = |who: PartyId, of: ObligationId| {
            let who = seen.protocol.parties.row(who).contact.unwrap_or(who);
            seen.entries.iter().any(|entry| {
                matches!(entry, Entry::Sent(Message::Notify { who: to, reason: Reason::CalledOff { obligation } })
                    if *obligation == of && *to == who)
            })
        };
        let badly = seen.entries.iter().any(|entry| {
            matches!(entry, Entry::Ended { end } if seen.protocol.ends.row(*end).kind != EndKind::Success)
        });
        for entry in seen.entries {
            if let Entry::Moved { serial, opening, on, .. } = entry {
                let opening = seen.protocol.openings.row(*opening);
                let row = seen.protocol.obligations.row(opening.obligation);
                let state = case.instance(*serial).map(|one| row.kind.lifecycle().state(one.state).name);
                let no_more = match on {
                    Happening::Cancelled => matches!(state, Some("sent" | "passed_on")),
                    Happening::Exhausted => {
                        given_up += 1;
                        matches!(state, Some("sent" | "passed_on" | "accepted"))
                    }
                    _ => false,
                };
                if let (Spec::Referral(referral), true) = (&row.spec, no_more) {
                    let asked = referral.via.filter(|_| state == Some("sent")).unwrap_or(referral.to);
                    assert!(told(asked, opening.obligation), "{} hears nothing", row.name);
                    receivers += 1;
                    if badly && *on == Happening::Cancelled {
                        assert!(told(seen.protocol.lead, opening.obligation), "the lead hears nothing");
                        leads += 1;
                    }
                }
            }
            apply(seen.protocol, &mut case, seen.at, entry);
        }
    });
    assert!(
        receivers > 20 && leads > 5 && given_up > 20,
        "{receivers} receivers, {leads} leads, {given_up} given up"
    );
}

fn judge(seen: &Seen<'_>, ended: &mut usize, held: &mut usize) {
    *held += seen.entries.iter().filter(|entry| matches!(entry, Entry::Withheld { .. })).count();
    let well = seen.entries.iter().any(|entry| {
            matches!(entry, Entry::Ended { end } if seen.protocol.ends.row(*end).kind == EndKind::Success)
        });
    if !well {
        return;
    }
    *ended += 1;
    let mut case = seen.before.clone();
    for entry in seen.entries {
        if let Entry::Moved { serial, on: Happening::Cancelled, .. } = entry {
            assert!(
                !is_unfinished(seen.protocol, &case, *serial),
                "{serial:?} fell away: {:#?}",
                seen.entries
            );
        }
        apply(seen.protocol, &mut case, seen.at, entry);
    }
}

/// A referral that was made, not accepted, or warm and without contact.
fn is_unfinished(protocol: &CheckedProtocol, case: &Case, serial: Serial) -> bool {
    let Some(instance) = case.instance(serial) else { return false };
    let Spec::Referral(referral) = &instance.obligation(protocol).spec else { return false };
    let state = instance.obligation(protocol).kind.lifecycle().state(instance.state).name;
    state != "offered" && (referral.warm || state != "accepted")
}

#[test]
fn everything_that_people_report_is_in_the_journal_with_who_and_when() {
    let mut named = 0;
    play_all(|seen| {
        assert!(!seen.entries.is_empty(), "{:?} left no trace", seen.event);
        let Event::Occurred { by: Some(by), .. } = seen.event else { return };
        let tells = |entry: &Entry| match entry {
            Entry::Moved { by, .. } | Entry::Occurred { by, .. } => *by,
            _ => None,
        };
        let attempt_of_a_series =
            seen.entries.iter().any(|entry| matches!(entry, Entry::AttemptNotCounted { .. }));
        let said: Vec<By> = seen.entries.iter().map(tells).collect();
        assert!(attempt_of_a_series || said.contains(&Some(*by)), "nobody said {:?}", seen.event);
        named += 1;
    });
    assert!(named > 1000, "{named}");
}

#[test]
fn an_announced_visit_comes_after_its_letter_and_not_before_the_day_that_it_names() {
    let mut letters: BTreeMap<Serial, Timestamp> = BTreeMap::new();
    let (mut made, mut early) = (0, 0);
    play_all(|seen| {
        if seen.before.trigger.is_none() {
            letters.clear();
        }
        for entry in seen.entries {
            if let Entry::Sent(Message::Announce { serial, .. }) = entry {
                letters.insert(*serial, seen.at);
            }
            let Entry::Moved {
                serial, on: Happening::Done | Happening::Refused | Happening::NotHome, ..
            } = entry
            else {
                continue;
            };
            let Some((lead, attempts)) = announced(seen, *serial) else { continue };
            if attempts == 0 {
                let letter = letters.get(serial).expect("a letter went before");
                assert!(
                    have_passed(&seen.protocol.calendar, *letter, seen.at, lead),
                    "{letter} {} {lead:?}",
                    seen.at
                );
                made += 1;
            }
        }
    });
    // The day before, it is refused.
    for source in SOURCES {
        let protocol = protocol(source);
        for seed in 0..SEEDS {
            play(&protocol, seed, &mut |seen| early += too_early(seen));
        }
    }
    assert!(made > 20 && early > 20, "{made} made, {early} refused");
}

/// How long before it the visit was announced, and how often it was tried.
fn announced(seen: &Seen<'_>, serial: Serial) -> Option<(Length, u32)> {
    let instance = seen.before.instance(serial)?;
    match &instance.obligation(seen.protocol).spec {
        Spec::Visit(visit) => Some((visit.announced.as_ref()?.1, instance.count)),
        _ => None,
    }
}

/// Counted by hand, day by day.
fn have_passed(calendar: &Calendar, from: Timestamp, to: Timestamp, length: Length) -> bool {
    let (from, to) = (calendar.date(from), calendar.date(to));
    let amount = i64::from(length.amount);
    let days = |day: &Date| match length.unit {
        Unit::WorkingDays => calendar.is_working_day(*day),
        _ => true,
    };
    let wanted = if length.unit == Unit::Weeks { amount * 7 } else { amount };
    // Working days lie in between as a whole: a letter on a day off goes out on the next one.
    let wanted = wanted + i64::from(length.unit == Unit::WorkingDays && !calendar.is_working_day(from));
    let mut passed = 0;
    let mut day = from;
    while day < to {
        day = day.tomorrow().expect("a day");
        passed += i64::from(days(&day));
    }
    passed >= wanted
}

/// How many announced visits that were just opened are refused at once.
fn too_early(seen: &Seen<'_>) -> usize {
    let mut case = seen.before.clone();
    for entry in seen.entries {
        apply(seen.protocol, &mut case, seen.at, entry);
    }
    let fresh = seen.entries.iter().filter_map(|entry| match entry {
        Entry::Sent(Message::Announce { serial, obligation }) => Some((*serial, *obligation)),
        _ => None,
    });
    let refused = fresh.filter(|(serial, obligation)| {
        let Some(instance) = case.instance(*serial) else { return false };
        let Spec::Visit(visit) = &instance.obligation(seen.protocol).spec else { return false };
        if visit.announced.is_none() {
            return false;
        }
        let what = Occurrence::Obligation(*obligation, Happening::NotHome);
        let event = Event::Occurred { what, data: Data::new(), by: None };
        assert!(step(seen.protocol, &case, &event, seen.at).is_err(), "made on the day of the letter");
        true
    });
    refused.count()
}

#[test]
fn what_goes_out_is_what_the_pathway_shares() {
    let mut shared = 0;
    play_all(|seen| {
        for entry in seen.entries {
            let Entry::Sent(message) = entry else { continue };
            let (obligation, fields) = match message {
                Message::Refer { obligation, fields, .. }
                | Message::Call { obligation, fields, .. }
                | Message::Start { obligation, fields, .. } => (*obligation, fields),
                _ => continue,
            };
            let row = seen.protocol.obligations.row(obligation);
            let (declared, to): (&[FieldId], Option<PartyId>) = match &row.spec {
                Spec::Referral(referral) => (&referral.hands_over, Some(referral.to)),
                Spec::Action(action) => (&action.sees, None),
                Spec::Sub(sub) => (&sub.hands_over, None),
                _ => (&[], None),
            };
            for (field, _) in fields {
                assert!(declared.contains(field), "{} is not handed over by {}", field.0, row.name);
                let field = seen.protocol.fields.row(*field);
                assert!(to.is_none_or(|to| may_see(seen.protocol, &field.shared_with, to)), "{}", field.name);
                shared += 1;
            }
        }
    });
    assert!(shared > 100, "{shared}");
}

/// Shared with the receiver, or with somebody of the same agency.
pub(crate) fn may_see(protocol: &CheckedProtocol, with: &[PartyId], to: PartyId) -> bool {
    let agency = |party: PartyId| match protocol.parties.row(party).kind {
        PartyKind::Role { of } => of,
        _ => party,
    };
    with.iter().any(|party| agency(*party) == agency(to))
}

#[test]
fn every_field_has_a_ground_of_the_privacy_law() {
    for source in SOURCES {
        let protocol = protocol(source);
        let fields = protocol.fields.rows().filter(|field| field.derived.is_none()).count();
        assert!(
            fields == 0 || !protocol.bases.is_empty(),
            "{}: personal data without a ground",
            protocol.name
        );
    }
}

#[test]
fn a_tie_is_written_once_and_its_lead_is_told() {
    let protocol = protocol(SOURCES[2]);
    let now: Timestamp = "2008-03-03T09:00:00Z".parse().expect("a moment");
    let trigger = protocol.trigger_named("other_report").expect("a trigger");
    let household = Event::Tied { tie: Tie::Household("h-1".into()), by: None };
    assert!(step(&protocol, &Case::default(), &household, now).is_err(), "nothing is reported yet");
    let report = Event::Reported { trigger, data: Vec::new(), by: None };
    let case = step(&protocol, &Case::default(), &report, now).expect("reported").case;
    let case = step(&protocol, &case, &household, now).expect("tied").case;
    let other = Event::Tied { tie: Tie::Household("h-2".into()), by: None };
    assert!(step(&protocol, &case, &other, now).is_err(), "it is about one household");
    let lead = Event::Tied { tie: Tie::LeadCase("b".into()), by: None };
    let led = step(&protocol, &case, &lead, now).expect("led");
    let told =
        |entry: &Entry| matches!(entry, Entry::Sent(Message::Tied { who, .. }) if *who == protocol.lead);
    assert!(led.entries.iter().any(told), "{:?}", led.entries);
    assert!(step(&protocol, &led.case, &lead, now).is_err(), "once");
    assert_eq!(led.case.ties.lead_case.as_deref(), Some("b"));
}

/// Also the lead hears who answers for the case when its version is retired, and is told once.
#[test]
fn whoever_answers_for_a_case_of_a_retired_version_is_told_and_so_is_the_lead() {
    let protocol = protocol(SOURCES[2]);
    let now: Timestamp = "2008-03-03T09:00:00Z".parse().expect("a moment");
    let trigger = protocol.trigger_named("other_report").expect("a trigger");
    let report = Event::Reported { trigger, data: Vec::new(), by: None };
    let case = step(&protocol, &Case::default(), &report, now).expect("reported").case;
    let lead = protocol.parties.row(protocol.lead).contact.unwrap_or(protocol.lead);
    let other = protocol.parties.iter().map(|(id, _)| id).find(|id| {
        let row = protocol.parties.row(*id);
        matches!(row.kind, PartyKind::Role { .. }) && *id != lead
    });
    let other = other.expect("another role");
    for (owner, receivers) in [(other, vec![other, lead]), (protocol.lead, vec![lead])] {
        let tie = Tie::Retired(Succession::Owner(owner));
        let told = step(&protocol, &case, &Event::Tied { tie, by: None }, now).expect("retired").entries;
        let told = told.iter().filter_map(|entry| match entry {
            Entry::Sent(Message::Tied { who, .. }) => Some(*who),
            _ => None,
        });
        assert_eq!(told.collect::<Vec<_>>(), receivers);
    }
}
