//! Whether what is expected is what happened, and all that happened.

use jiff::Timestamp;
use voordeur_diagnostics::Span;
use voordeur_engine::{Entry, Message, Status, TimerKind};
use voordeur_messages::say;
use voordeur_protocol::guard::Facts as _;
use voordeur_protocol::{EndId, Happening, ObligationId, PartyId, Protocol, StageId};

use crate::example::{Action, Expected, Report};
use crate::play::{Failure, Moment, Player};

/// Whether the expectations that follow directly say that the report is refused.
pub(crate) fn refusal_comes(actions: &[(Span, Action)]) -> bool {
    let expects = actions.iter().map_while(|(_, action)| match action {
        Action::Expect { expected, .. } => Some(expected),
        _ => None,
    });
    expects.flatten().any(|(_, expected)| *expected == Expected::Refused)
}

/// The first expectation that is not met, or the first thing that nobody expected.
pub(crate) fn check(
    player: &Player<'_>,
    span: Span,
    expected: &[(Span, Expected)],
    nothing_else: bool,
) -> Option<Failure> {
    let unmet = expected.iter().find_map(|(span, one)| {
        unmet(player, one).map(|message| Failure { span: *span, message, at: first_moment(player) })
    });
    unmet.or_else(|| if nothing_else { something_else(player, span, expected) } else { None })
}

/// The first moment at which something happened since the last report or wait, or the end of the wait.
fn first_moment(player: &Player<'_>) -> Timestamp {
    player.recent().first().map_or(player.now, |moment| moment.at)
}

fn unmet(player: &Player<'_>, expected: &Expected) -> Option<String> {
    let (protocol, case) = (player.protocol, &player.case);
    match expected {
        Expected::Stage(stage) => {
            let here = case.is_running() && case.stay.as_ref().is_some_and(|stay| stay.stage == *stage);
            (!here).then(|| {
                say!(
                    "expected the stage `{stage}`, but {player}",
                    stage = stage_name(protocol, *stage),
                    player = whereabouts(player)
                )
            })
        }
        Expected::Ended(end) => {
            let there = matches!(case.status, Status::Ended { end: found, .. } if found == *end);
            (!there).then(|| {
                say!(
                    "expected the end `{name}`, but {player}",
                    name = protocol.ends.row(*end).name,
                    player = whereabouts(player)
                )
            })
        }
        Expected::Open(obligation) => (!is_open(player, *obligation)).then(|| {
            say!(
                "`{obligation}` is not open{player}",
                obligation = name(protocol, *obligation),
                player = open_list(player)
            )
        }),
        Expected::Due { obligation, at } => due_otherwise(player, *obligation, *at),
        Expected::Happened(obligation, on) => {
            let there = moved(player).any(|(_, o, h)| o == *obligation && h == *on);
            (!there).then(|| did_not_happen(player, *obligation, *on))
        }
        Expected::Told(who) => (!told(player).any(|(_, party)| party == *who))
            .then(|| say!("`{name}` was not told anything", name = protocol.parties.row(*who).name)),
        Expected::Reminded(who) => (!reminded(player).any(|(_, party)| party == *who))
            .then(|| say!("`{name}` was not reminded of anything", name = protocol.parties.row(*who).name)),
        Expected::Refused => {
            let refused = player.recent().last().is_some_and(|moment| moment.refused.is_some());
            (!refused).then(|| say!("the report was not refused"))
        }
        Expected::Recorded(field, value) => {
            let row = protocol.fields.row(*field);
            match case.value(*field) {
                Some(found) if found == value => None,
                Some(found) => Some(say!(
                    "`{name}` is {found}, not {value}",
                    name = row.name,
                    found = row.ty.show(found),
                    value = row.ty.show(value)
                )),
                None => Some(say!("`{name}` has not been recorded", name = row.name)),
            }
        }
    }
}

fn stage_name(protocol: &Protocol, stage: StageId) -> &str {
    &protocol.stages.row(stage).name
}

fn name(protocol: &Protocol, obligation: ObligationId) -> &str {
    &protocol.obligations.row(obligation).name
}

fn whereabouts(player: &Player<'_>) -> String {
    let (protocol, case) = (player.protocol, &player.case);
    match (&case.status, &case.stay) {
        (Status::Unreported, _) => say!("nothing has been reported yet"),
        (Status::Ended { end, .. }, _) => {
            say!("the case has ended in `{name}`", name = protocol.ends.row(*end).name)
        }
        (Status::Running, Some(stay)) => {
            say!("the case is in `{stage}`", stage = stage_name(protocol, stay.stage))
        }
        (Status::Running, None) => say!("the case is in no stage"),
    }
}

fn is_open(player: &Player<'_>, obligation: ObligationId) -> bool {
    player.case.open.iter().any(|instance| instance.opening(player.protocol).obligation == obligation)
}

fn open_list(player: &Player<'_>) -> String {
    let open =
        player.case.open.iter().map(|instance| format!("`{}`", instance.obligation(player.protocol).name));
    let words: Vec<String> = open.collect();
    if words.is_empty() { say!("; nothing is") } else { say!("; open are {words}", words = words.join(", ")) }
}

fn due_otherwise(player: &Player<'_>, obligation: ObligationId, at: Timestamp) -> Option<String> {
    let protocol = player.protocol;
    let mut ends: Vec<(Timestamp, bool)> = (player.case.timers.iter())
        .filter(|timer| {
            let of = timer.kind.serial().and_then(|serial| player.case.instance(serial));
            of.is_some_and(|instance| instance.opening(protocol).obligation == obligation)
                && is_term(timer.kind)
        })
        .map(|timer| (timer.due.at, timer.due.why.provisional()))
        .collect();
    if ends.iter().any(|(end, _)| *end == at) {
        return None;
    }
    ends.sort();
    let name = name(protocol, obligation);
    Some(match ends.as_slice() {
        [] if !is_open(player, obligation) => say!("`{name}` is not open, so it is not due either", name),
        [] => say!("`{name}` has no term", name),
        ends => {
            let told = |(end, provisional): &(Timestamp, bool)| {
                let day = last_day(protocol, *end);
                if *provisional { say!("{date} (provisional)", date = day) } else { day }
            };
            let days: Vec<String> = ends.iter().map(told).collect();
            say!("`{name}` is due {days}", name, days = days.join(" and "))
        }
    })
}

/// Whether a timer is the end of a term, and not a reminder or a rule.
const fn is_term(kind: TimerKind) -> bool {
    matches!(
        kind,
        TimerKind::Overdue(_)
            | TimerKind::NoContact(_)
            | TimerKind::Slipped(_)
            | TimerKind::Silent(_)
            | TimerKind::Missed(_)
    )
}

/// The end of a term in words: what ends at midnight ends with the day before.
fn last_day(protocol: &Protocol, end: Timestamp) -> String {
    let local = protocol.calendar.local(end);
    match local.date().yesterday() {
        Ok(day) if local.time() == jiff::civil::Time::midnight() => day.to_string(),
        _ => local.strftime("%Y-%m-%d %H:%M").to_string(),
    }
}

fn did_not_happen(player: &Player<'_>, obligation: ObligationId, on: Happening) -> String {
    let row = player.protocol.obligations.row(obligation);
    let spelling = player.protocol.spelling;
    let found: Vec<String> = moved(player)
        .filter(|(_, other, _)| *other == obligation)
        .map(|(_, _, on)| format!("`{}`", row.happening_name(on, spelling)))
        .collect();
    let instead = if found.is_empty() {
        say!("nothing happened to it")
    } else {
        say!("it was {found}", found = found.join(", then "))
    };
    say!(
        "`{name}` was not `{spelling}`: {instead}",
        name = row.name,
        spelling = row.happening_name(on, spelling),
        instead
    )
}

fn entries<'a>(player: &'a Player<'_>) -> impl Iterator<Item = (&'a Moment, &'a Entry)> {
    player.recent().iter().flat_map(|moment| moment.entries.iter().map(move |entry| (moment, entry)))
}

fn moved<'a>(player: &'a Player<'_>) -> impl Iterator<Item = (Timestamp, ObligationId, Happening)> + 'a {
    let protocol = player.protocol;
    entries(player).filter_map(move |(moment, entry)| match entry {
        Entry::Moved { opening, on, .. } => {
            Some((moment.at, protocol.openings.row(*opening).obligation, *on))
        }
        _ => None,
    })
}

fn told<'a>(player: &'a Player<'_>) -> impl Iterator<Item = (Timestamp, PartyId)> + 'a {
    entries(player).filter_map(|(moment, entry)| match entry {
        Entry::Sent(Message::Notify { who, .. }) => Some((moment.at, *who)),
        _ => None,
    })
}

fn reminded<'a>(player: &'a Player<'_>) -> impl Iterator<Item = (Timestamp, PartyId)> + 'a {
    entries(player).filter_map(|(moment, entry)| match entry {
        Entry::Sent(Message::Remind { who, .. }) => Some((moment.at, *who)),
        _ => None,
    })
}

/// Something that a reader of the pathway would call an event of its own. What follows by itself (a
/// cancelled obligation of a stage that was left, a resolved escalation) is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Stage(StageId),
    Ended(EndId),
    Opened(ObligationId),
    Happened(ObligationId, Happening),
    Told(PartyId),
    Reminded(PartyId),
    Refused,
}

fn something_else(player: &Player<'_>, span: Span, expected: &[(Span, Expected)]) -> Option<Failure> {
    let seen = seen(player);
    let covered = |at: Timestamp, one: &Seen| expected.iter().any(|(_, e)| covers(e, *one, at, &seen));
    seen.iter().find(|(at, one)| !covered(*at, one)).map(|(at, one)| Failure {
        span,
        message: say!("nobody expected this: {one}", one = words(player.protocol, *one)),
        at: *at,
    })
}

fn seen(player: &Player<'_>) -> Vec<(Timestamp, Seen)> {
    let own = player.recent().first().and_then(|moment| moment.report);
    let found = player.recent().iter().flat_map(|moment| {
        let refused = moment.refused.is_some().then_some((moment.at, Seen::Refused));
        let entries = moment.entries.iter().filter_map(|entry| seen_in(player.protocol, entry));
        refused.into_iter().chain(entries.map(|seen| (moment.at, seen))).collect::<Vec<_>>()
    });
    let reported = |one: &Seen| match (own.and_then(Report::occurrence), one) {
        (Some(voordeur_protocol::Occurrence::Obligation(o, on)), Seen::Happened(obligation, happening)) => {
            (o, on) == (*obligation, *happening)
        }
        _ => false,
    };
    let last_stage = player.case.stay.as_ref().map(|stay| stay.stage);
    found
        .filter(|(_, one)| !reported(one))
        // A stage that was passed through, and what it opened, is over already.
        .filter(|(_, one)| !matches!(one, Seen::Stage(stage) if Some(*stage) != last_stage || !player.case.is_running()))
        .filter(|(_, one)| !matches!(one, Seen::Opened(obligation) if !is_open(player, *obligation)))
        .collect()
}

fn seen_in(protocol: &Protocol, entry: &Entry) -> Option<Seen> {
    Some(match entry {
        Entry::StageEntered { stage, .. } | Entry::Resumed { stage, .. } => Seen::Stage(*stage),
        Entry::Ended { end } => Seen::Ended(*end),
        Entry::Opened { opening, .. } => Seen::Opened(protocol.openings.row(*opening).obligation),
        Entry::Moved { on: Happening::Cancelled | Happening::Resolved, .. } => return None,
        Entry::Moved { opening, on, .. } => Seen::Happened(protocol.openings.row(*opening).obligation, *on),
        Entry::Sent(Message::Notify { who, .. }) => Seen::Told(*who),
        Entry::Sent(Message::Remind { who, .. }) => Seen::Reminded(*who),
        _ => return None,
    })
}

/// Whether an expectation accounts for something. What happens to an obligation at one moment belongs
/// together: that a referral is asked again says that it was overdue.
fn covers(expected: &Expected, one: Seen, at: Timestamp, all: &[(Timestamp, Seen)]) -> bool {
    match (expected, one) {
        (Expected::Stage(e), Seen::Stage(s)) => *e == s,
        (Expected::Ended(e), Seen::Ended(s)) => *e == s,
        (
            Expected::Open(e) | Expected::Due { obligation: e, .. } | Expected::Happened(e, _),
            Seen::Opened(s),
        ) => *e == s,
        (Expected::Happened(e, on), Seen::Happened(s, _)) => {
            *e == s && all.contains(&(at, Seen::Happened(s, *on)))
        }
        (Expected::Told(e), Seen::Told(s)) | (Expected::Reminded(e), Seen::Reminded(s)) => *e == s,
        (Expected::Refused, Seen::Refused) => true,
        _ => false,
    }
}

fn words(protocol: &Protocol, seen: Seen) -> String {
    let party = |id: PartyId| protocol.parties.row(id).name.as_str();
    match seen {
        Seen::Stage(stage) => say!("the stage `{stage}` was entered", stage = stage_name(protocol, stage)),
        Seen::Ended(end) => say!("the case ended in `{name}`", name = protocol.ends.row(end).name),
        Seen::Opened(obligation) => {
            say!("`{obligation}` was opened", obligation = name(protocol, obligation))
        }
        Seen::Happened(obligation, on) => {
            let row = protocol.obligations.row(obligation);
            format!("`{} {}`", row.name, row.happening_name(on, protocol.spelling))
        }
        Seen::Told(who) => say!("`{who}` was told something", who = party(who)),
        Seen::Reminded(who) => say!("`{who}` was reminded", who = party(who)),
        Seen::Refused => say!("the report was refused"),
    }
}
