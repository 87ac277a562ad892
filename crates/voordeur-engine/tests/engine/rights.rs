//! Who may report what: whatever was accepted in random steps on example pathways, tried from everybody; and stories on small ones.

use serde_json::json;
use voordeur_engine::{Case, Event, Rejection, step};
use voordeur_messages::{Lang, speaking};
use voordeur_protocol::model::PartyKind;
use voordeur_protocol::{
    CheckedProtocol, EventId, Happening, Id as _, Obligation, ObligationId, Occurrence, PartyId, Spec,
};

use crate::guarantees::{may_see, play_all};
use crate::play::{play, protocol};
use crate::small::pathway;

/// Whatever was accepted from somebody is tried from everybody: only to whom the pathway gives the right may say it.
#[test]
fn who_has_no_right_to_report_something_is_refused() {
    let (mut accepted, mut refused, mut of_consent) = (0, 0, 0);
    play_all(|seen| {
        let Event::Occurred { what, data, .. } = seen.event else { return };
        let consent = [EventId::CONSENT_GIVEN, EventId::CONSENT_WITHDRAWN].map(Occurrence::Event);
        for index in 0..seen.protocol.parties.len() {
            let party = PartyId::from_index(index);
            let event = Event::Occurred { what: *what, data: data.clone(), by: Some(party) };
            let answer = step(seen.protocol, seen.before, &event, seen.at);
            let sensitive = data.iter().any(|(field, _)| seen.protocol.fields.row(*field).sensitive);
            if sensitive && seen.protocol.parties.row(party).volunteers {
                assert!(
                    answer.is_err(),
                    "{party:?} are volunteers, and report {what:?} with what is sensitive"
                );
            } else if may_report(seen.protocol, seen.before, *what, party) {
                assert!(answer.is_ok(), "{party:?} may report {what:?}: {answer:?}");
                accepted += 1;
            } else {
                assert!(is_refused(answer.as_ref().err()), "{party:?} reports {what:?}: {answer:?}");
                refused += 1;
                of_consent += usize::from(consent.contains(what));
            }
        }
    });
    assert!(accepted > 1000 && refused > 1000, "{accepted} accepted, {refused} refused");
    assert!(of_consent > 20, "{of_consent} of them about consent");
}

fn is_refused(why: Option<&Rejection>) -> bool {
    let refused = |why: &Rejection| {
        matches!(
            why,
            Rejection::NotTheirs { .. } | Rejection::NotToDecide { .. } | Rejection::OfItsCases { .. }
        )
    };
    why.is_some_and(refused)
}

/// Whoever does it, those who do it with them, whoever passes it on, and the lead; for an event those whom the pathway names,
/// for consent, a death and a move the client, whoever works with it, and who was asked to help. About what a
/// plugin does, and what starts cases, those decide who work with the household; what becomes of such a case only it says.
fn may_report(protocol: &CheckedProtocol, before: &Case, what: Occurrence, party: PartyId) -> bool {
    const IN_TOUCH: [EventId; 4] =
        [EventId::CONSENT_GIVEN, EventId::CONSENT_WITHDRAWN, EventId::DECEASED, EventId::MOVED_AWAY];
    match what {
        Occurrence::Event(event) if IN_TOUCH.contains(&event) => {
            assert!(protocol.events.row(event).from.is_empty());
            let client = protocol.parties.row(party).kind == PartyKind::Client;
            client || works_with_it(protocol, party, Some(before))
        }
        Occurrence::Event(event) => {
            let from = &protocol.events.row(event).from;
            let anyone = |right: &PartyId| protocol.parties.row(*right).kind == PartyKind::Anyone;
            from.is_empty() || from.iter().any(anyone) || speaks_for(protocol, party, from)
        }
        Occurrence::Obligation(obligation, on) => {
            let row = protocol.obligations.row(obligation);
            let chosen = matches!(on, Happening::Begun | Happening::Waived);
            let Some(doer) = row.by else {
                let client = protocol.parties.row(party).kind == PartyKind::Client;
                return match row.spec {
                    Spec::Sub(_) if !chosen => false,
                    Spec::Sub(_) | Spec::Action(_) => works_with_it(protocol, party, None),
                    _ => client || works_with_it(protocol, party, Some(before)),
                };
            };
            let via = match &row.spec {
                Spec::Referral(referral) if on == Happening::PassedOn => referral.via,
                _ => None,
            };
            let doers: Vec<PartyId> =
                std::iter::once(doer).chain(row.with.iter().copied()).chain(via).collect();
            let chooses = matches!(row.spec, Spec::Referral(_)) && chosen;
            party == protocol.lead
                || speaks_for(protocol, party, &doers)
                || chooses && works_with_it(protocol, party, None)
        }
    }
}

/// Of the lead, or somebody who does something; with a case also who was asked to help it.
fn works_with_it(protocol: &CheckedProtocol, party: PartyId, helps: Option<&Case>) -> bool {
    let asked = |case: &Case, id: ObligationId| {
        let open = case.open.iter().filter(|one| one.opening(protocol).obligation == id);
        case.last.iter().any(|last| last.obligation == id)
            || open.into_iter().any(|one| !one.is_offered(protocol))
    };
    let counts = |(id, row): &(ObligationId, &Obligation)| {
        !matches!(row.spec, Spec::Referral(_)) || helps.is_some_and(|case| asked(case, *id))
    };
    let all = protocol.obligations.iter().filter(counts);
    let doers: Vec<PartyId> = all.flat_map(|(_, row)| row.by.iter().chain(&row.with).copied()).collect();
    may_see(protocol, &[protocol.lead], party) || speaks_for(protocol, party, &doers)
}

/// Is one of them, or their agency, or a role of one of them that is an agency. Not another role of the same agency.
fn speaks_for(protocol: &CheckedProtocol, party: PartyId, of: &[PartyId]) -> bool {
    let agency = |party: PartyId| match protocol.parties.row(party).kind {
        PartyKind::Role { of } => Some(of),
        _ => None,
    };
    of.contains(&party)
        || agency(party).is_some_and(|agency| of.contains(&agency))
        || of.iter().any(|one| agency(*one) == Some(party))
}

/// A plugin answers for an action; else those who work with the household say what becomes of it.
#[test]
fn who_does_not_work_with_the_household_decides_about_no_action() {
    let source = pathway(
        "  role clerk of helper",
        "    must action mail by plugin \"letter\" { does fill  within 1 week  on failure stop }
    on mail returned -> good
    on mail gave_up  -> bad
    on mail overdue  notify house
    after 3 months   -> bad",
    );
    insta::assert_snapshot!(play(
        &source,
        "
        2024-03-04 10:00 knock
        2024-03-04 10:01 plugin 1 failed
        2024-03-05 10:00 mail gave_up by client
        2024-03-05 10:00 mail gave_up by clerk
        2024-03-05 10:00 mail retried by clerk
        2024-03-05 10:00 mail retried by worker
        2024-03-05 10:01 plugin 1 failed
        2024-03-06 10:00 mail gave_up by worker
        "
    ));
}

/// Whoever is announced by letter stands at no door before the day in the letter, however often somebody was there before it.
#[test]
fn a_visit_that_is_announced_after_its_attempts_does_not_come_before_its_day() {
    let source = pathway(
        "",
        "    must visit talk by worker within 3 weeks attempts 2, 1 to 7 days apart
      then announce by letter, and attempt once more after 5 working days
    on talk done      -> good
    on talk refused   -> bad
    on talk exhausted -> bad
    on talk overdue   notify house",
    );
    insta::assert_snapshot!(play(
        &source,
        "
        2026-01-05 10:00 knock
        2026-01-06 10:00 talk not_home by worker
        2026-01-08 10:00 talk not_home by worker
        2026-01-08 10:05 talk refused by worker
        2026-01-15 23:00 talk done by worker
        2026-01-16 10:00 talk done by worker
        "
    ));
}

/// Of a letter that goes out on a day off the working days begin with the next one.
#[test]
fn a_day_off_is_no_working_day_between_a_letter_and_its_visit() {
    let source = pathway(
        "",
        "    must visit talk by worker within 3 weeks announced by letter at least 1 working day before attempts 2, 1 to 7 days apart
    on talk done      -> good
    on talk refused   -> bad
    on talk exhausted -> bad
    on talk overdue   notify house",
    );
    insta::assert_snapshot!(play(
        &source,
        "
        2026-01-10 23:50 knock
        2026-01-12 00:05 talk done by worker
        2026-01-13 00:05 talk done by worker
        "
    ));
}

/// `story`: the type of what is sensitive.
fn with_volunteers(story: &str) -> CheckedProtocol {
    let declared = "  agency broker
  role vol of house volunteers
  role desk of helper
  basis public_task \"a law\"
  referral handover { to broker  accept within 5 working days  contact within 4 weeks }
  event told from anyone { asks story }
  trigger signal from anyone { asks arrears, story -> first }";
    let stage = "    must task talk by worker within 3 weeks
    may refer handover
    on told          notify house
    on talk done     -> good
    on talk overdue  notify house
    on handover exhausted -> bad";
    let fields = format!(
        "data {{ arrears yes_no kept because \"a test\"  story {story} sensitive kept because \"a test\" }}"
    );
    protocol(&pathway(declared, stage).replace("data { ready yes_no  start_date date }", &fields))
}

/// Who reports it with these answers, in a new case or in one that runs.
fn reports(
    protocol: &CheckedProtocol,
    name: &str,
    by: &str,
    data: &serde_json::Value,
) -> Result<Case, Rejection> {
    let by = Some(protocol.party_named(by).expect("a party"));
    let data = protocol.data_from_json(data.as_object().expect("fields")).expect("data");
    let at = "2024-03-04T10:00:00Z".parse().expect("a moment");
    let (case, event) = match protocol.trigger_named(name) {
        Ok(trigger) => (Case::default(), Event::Reported { trigger, data, by }),
        Err(_) => {
            let what = protocol.occurrence_named(name).expect("an event");
            (running(protocol), Event::Occurred { what, data, by })
        }
    };
    step(protocol, &case, &event, at).map(|done| done.case)
}

fn running(protocol: &CheckedProtocol) -> Case {
    let trigger = protocol.trigger_named("knock").expect("a trigger");
    let report = Event::Reported { trigger, data: Vec::new(), by: None };
    let at = "2024-03-04T09:00:00Z".parse().expect("a moment");
    step(protocol, &Case::default(), &report, at).expect("reported").case
}

#[test]
fn volunteers_give_no_value_of_a_sensitive_field() {
    let (both, bare) = (json!({ "arrears": true, "story": "x" }), json!({ "arrears": true }));
    let story = json!({ "story": "x" });
    let (free, needed) = (with_volunteers("text?"), with_volunteers("text"));
    for (protocol, name, data) in [
        (&free, "signal", &both),
        (&free, "told", &story),
        (&needed, "signal", &both),
        (&needed, "signal", &bare),
    ] {
        let refused = reports(protocol, name, "vol", data).expect_err("it is sensitive");
        let Rejection::NotForVolunteers { by, what, field } = &refused else { panic!("{refused:?}") };
        assert_eq!((by.as_str(), what.as_str(), field.as_str()), ("vol", name, "story"));
    }
    reports(&free, "signal", "vol", &bare).expect("what is not sensitive they report");
    for by in ["house", "worker", "client", "broker"] {
        reports(&needed, "signal", by, &both).expect("they are no volunteers");
    }
}

/// What is refused is told in one language: with no word of the other one but names.
#[test]
fn what_is_refused_is_told_in_the_language_that_is_spoken() {
    let protocol = with_volunteers("text");
    let refused =
        |name: &str, by: &str| reports(&protocol, name, by, &json!({})).expect_err("it does not fit");
    let told = speaking(Lang::Nl, || {
        let stage = protocol.stage_named("nowhere").expect_err("there is none");
        let party = protocol.party_named("nobody").expect_err("there is none");
        let outcome = protocol.occurrence_named("talk do").expect_err("there is none");
        [
            refused("consent withdrawn", "desk").to_string(),
            refused("handover passed_on", "house").to_string(),
            refused("handover taken_up", "broker").to_string(),
            stage.to_string(),
            party.to_string(),
            outcome.to_string(),
        ]
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn who_may_not_report_is_told_everybody_who_may() {
    let protocol = with_volunteers("text");
    let answer = |by: &str| reports(&protocol, "consent withdrawn", by, &json!({}));
    let is_right = |by: &String| !matches!(answer(by), Err(Rejection::NotTheirs { .. }));
    let refused = answer("desk").expect_err("they do not work with the household");
    let Rejection::NotTheirs { expected, .. } = &refused else { panic!("{refused:?}") };
    let parties = protocol.parties.rows().map(|row| row.name.clone());
    let may: Vec<String> = parties.filter(|by| by != "anyone").filter(is_right).collect();
    assert_eq!(*expected, may);
    assert_eq!(may, ["client", "house", "worker", "broker", "vol"]);
    let words =
        "`desk` does not report `consent withdrawn`; `client`, `house`, `worker`, `broker` or `vol` does";
    assert_eq!(refused.to_string(), words);
}
