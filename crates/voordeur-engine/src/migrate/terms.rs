//! What terms count, in both versions: which have become different, and when something is due then.

use jiff::Timestamp;
use voordeur_calendar::{Due, Length, Regime};
use voordeur_messages::say;
use voordeur_protocol::model::{Deadlines, Plan};
use voordeur_protocol::{Anchor, Cause, ObligationId, Opening, OpeningId, Protocol, RuleId, Spec, Term};

use super::counterparts::Counterparts;
use crate::case::{Case, Instance};
use crate::step::moment_of;
use crate::timer::TimerKind;

/// A part of an obligation that has a term of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Preferred,
    Term,
    Accept,
    Contact,
    Silent,
    Step(u8),
    Window,
    Apart,
    Series,
}

/// How it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Counting {
    Term(Term),
    Deadline(Length),
    Delay(Length),
    Window { planned: Option<Length>, before: Length, after: Length },
    Series(Plan),
}

/// A term that is not the same in both versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedTerm {
    /// The obligation, in the new version; nothing for a rule on time.
    pub obligation: Option<ObligationId>,
    /// What it is called: the name of the obligation, or the text of the rule.
    pub name: String,
    /// What it was, in words; `None` when there was none.
    pub before: Option<String>,
    /// What it is; `None` when there is none any more.
    pub now: Option<String>,
    /// Its line in the new version, counted from 1.
    pub line: u32,
    /// What the new version says of the deadlines that run by it; `None` when it says nothing.
    pub said: Option<Deadlines>,
}

/// Every part of an opening that has a term.
pub(super) fn parts(protocol: &Protocol, row: &Opening) -> Vec<(Part, Counting)> {
    let mut all = Vec::new();
    all.extend(row.preferred.map(|term| (Part::Preferred, Counting::Term(term))));
    all.extend(row.term.map(|term| (Part::Term, Counting::Term(term))));
    let apart = |visit: &voordeur_protocol::model::Visit| {
        visit.apart.map(|(_, most)| (Part::Apart, Counting::Deadline(most)))
    };
    match &protocol.obligations.row(row.obligation).spec {
        Spec::Visit(visit) => all.extend(apart(visit)),
        Spec::Series(series) => {
            all.push((Part::Series, Counting::Series(series.plan)));
            all.extend(apart(&series.visit));
        }
        Spec::Referral(referral) => {
            all.extend(referral.accept.map(|term| (Part::Accept, Counting::Term(term))));
            all.extend(referral.contact.map(|term| (Part::Contact, Counting::Term(term))));
        }
        Spec::Question(question) => all.push((Part::Silent, Counting::Deadline(question.silent_after))),
        Spec::Escalation(escalation) => {
            let steps = (0_u8..).zip(&escalation.steps);
            all.extend(steps.filter_map(|(at, step)| Some((Part::Step(at), Counting::Delay(step.after?)))));
        }
        Spec::Contact(contact) => all.push((
            Part::Window,
            Counting::Window { planned: row.planned_after, before: contact.before, after: contact.after },
        )),
        Spec::Task | Spec::Action(_) | Spec::Sub(_) => {}
    }
    all
}

/// How a part counts, when it has a term.
pub(super) fn counting(protocol: &Protocol, row: &Opening, part: Part) -> Option<Counting> {
    parts(protocol, row).into_iter().find(|(own, _)| *own == part).map(|(_, counting)| counting)
}

/// By which part a timer of an obligation runs.
pub(super) fn part_of(
    protocol: &Protocol,
    instance: &Instance,
    kind: TimerKind,
    length: Length,
) -> Option<Part> {
    let row = instance.opening(protocol);
    let has = |part| counting(protocol, row, part);
    Some(match kind {
        TimerKind::Slipped(_) => Part::Preferred,
        TimerKind::NoContact(_) => Part::Contact,
        TimerKind::Silent(_) => Part::Silent,
        TimerKind::Step { step, .. } => Part::Step(step),
        TimerKind::WindowOpens(_) | TimerKind::Missed(_) => Part::Window,
        TimerKind::Period { .. } => Part::Series,
        TimerKind::Overdue(_) => match (has(Part::Apart), has(Part::Term)) {
            (Some(Counting::Deadline(most)), _) if instance.count > 0 && most == length => Part::Apart,
            (_, None) if has(Part::Accept).is_some() => Part::Accept,
            _ => Part::Term,
        },
        _ => return None,
    })
}

impl Counterparts<'_> {
    /// Whether two ways of counting come to the same.
    pub(super) fn same_counting(&self, old: Option<Counting>, new: Option<Counting>) -> bool {
        let is_same = match (old, new) {
            (Some(Counting::Term(old)), Some(Counting::Term(new))) => {
                self.anchor(old.anchor) == Some(new.anchor)
                    && (old.length, old.regime, old.back) == (new.length, new.regime, new.back)
            }
            (old, new) => old == new,
        };
        is_same && old.is_none_or(|old| lengths(old).into_iter().flatten().all(|one| self.counts_alike(one)))
    }

    /// Whether two rules on time wait for as long.
    pub(super) fn wait_alike(&self, old: &Cause, new: &Cause) -> bool {
        length_of(old) == length_of(new) && length_of(old).is_none_or(|length| self.counts_alike(length))
    }

    /// The openings of the new version with those that they were.
    fn openings(&self) -> impl Iterator<Item = (OpeningId, OpeningId)> {
        let stage_of = |id: OpeningId| self.home(id).and_then(|stage| self.stage(stage));
        self.old.openings.iter().filter_map(move |(id, _)| Some((id, self.opening(id, stage_of(id))?)))
    }

    /// Every term that is not the same, each once.
    pub(super) fn changed_terms(&self) -> Vec<ChangedTerm> {
        let mut changed: Vec<ChangedTerm> = Vec::new();
        for (old, new) in self.openings() {
            let (old, new) = (self.old.openings.row(old), self.new.openings.row(new));
            let (before, now) = (parts(self.old, old), parts(self.new, new));
            let all = before.iter().chain(&now).map(|(part, _)| *part);
            let mut seen = Vec::new();
            for part in all {
                if seen.contains(&part) {
                    continue;
                }
                seen.push(part);
                let of = |all: &[(Part, Counting)]| {
                    all.iter().find(|(own, _)| *own == part).map(|(_, counting)| *counting)
                };
                if !self.same_counting(of(&before), of(&now)) {
                    let row = self.new.obligations.row(new.obligation);
                    let before = of(&before).map(|counting| in_words(self.old, counting));
                    let now = of(&now).map(|counting| in_words(self.new, counting));
                    changed.push(ChangedTerm {
                        obligation: Some(new.obligation),
                        name: row.name.clone(),
                        now: otherwise(before.as_ref(), now),
                        before,
                        line: if new.line > 0 { new.line } else { row.line },
                        said: None,
                    });
                }
            }
        }
        for (old, before) in self.old.rules.iter() {
            let Some(now) = self.rule(old).map(|id| self.new.rules.row(id)) else { continue };
            if !self.wait_alike(&before.cause, &now.cause) {
                let [before, is] =
                    [before, now].map(|rule| length_of(&rule.cause).map(|one| one.to_string()));
                changed.push(ChangedTerm {
                    obligation: None,
                    name: now.text.clone(),
                    now: otherwise(before.as_ref(), is),
                    before,
                    line: now.line,
                    said: None,
                });
            }
        }
        let open = self.new.open_cases.as_ref();
        for one in &mut changed {
            one.said = open.and_then(|open| open.deadlines_of(one.obligation));
        }
        changed.sort_by(|a, b| (a.line, &a.name).cmp(&(b.line, &b.name)));
        changed.dedup();
        changed
    }

    /// What the new version says of the deadlines of an obligation, or of a rule on time.
    pub(super) fn said(&self, obligation: Option<ObligationId>) -> Deadlines {
        let open = self.new.open_cases.as_ref();
        open.and_then(|open| open.deadlines_of(obligation)).unwrap_or(Deadlines::Keep)
    }
}

/// How long a rule on time waits.
const fn length_of(cause: &Cause) -> Option<Length> {
    match cause {
        Cause::After(length, _) | Cause::Every(length) => Some(*length),
        _ => None,
    }
}

/// The lengths by which a part counts.
const fn lengths(counting: Counting) -> [Option<Length>; 3] {
    match counting {
        Counting::Term(term) => [term.length, None, None],
        Counting::Deadline(length) | Counting::Delay(length) => [Some(length), None, None],
        Counting::Window { planned, before, after } => [planned, Some(before), Some(after)],
        Counting::Series(Plan::Number { within, .. }) => [Some(within), None, None],
        Counting::Series(Plan::Rate { per, lasting, .. }) => [Some(per), Some(lasting), None],
    }
}

/// What a length is now that is written as it was: its days are others.
fn otherwise(before: Option<&String>, now: Option<String>) -> Option<String> {
    now.map(|now| match before {
        Some(before) if *before == now => say!("{length}, by another school calendar", length = now),
        _ => now,
    })
}

fn in_words(protocol: &Protocol, counting: Counting) -> String {
    match counting {
        Counting::Term(term) => {
            let length = match (term.length, term.back) {
                (None, _) => say!("the same day"),
                (Some(length), None) => length.to_string(),
                (Some(length), Some(_)) => say!("{length} before", length = length.to_string()),
            };
            let length = match term.regime {
                Regime::OwnNorm => length,
                Regime::Statutory => say!("{length} statutory", length),
                Regime::Eu => say!("{length} eu", length),
            };
            match anchor_in_words(protocol, term.anchor) {
                Some(anchor) => say!("{length}, counted from `{anchor}`", length, anchor),
                None => length,
            }
        }
        Counting::Deadline(length) | Counting::Delay(length) => length.to_string(),
        Counting::Window { planned, before, after } => {
            let planned = planned.map_or_else(String::new, |planned| planned.to_string());
            say!(
                "{planned}, window {before} to {after}",
                planned,
                before = before.to_string(),
                after = after.to_string()
            )
        }
        Counting::Series(plan) => plan.in_words(),
    }
}

fn anchor_in_words(protocol: &Protocol, anchor: Anchor) -> Option<String> {
    Some(match anchor {
        Anchor::Opening => return None,
        Anchor::Report => say!("report"),
        Anchor::Happened(of, on) => {
            let row = protocol.obligations.row(of);
            format!("{} {}", row.name, row.happening_name(on, protocol.spelling))
        }
        Anchor::Field(field) => protocol.fields.row(field).name.clone(),
        Anchor::Event(event) => protocol.events.row(event).name.clone(),
    })
}

/// When a part is due. `start`: what it counts from when it counts from its opening. Nothing while what it counts from has
/// not happened.
pub(super) fn due(
    protocol: &Protocol,
    case: &Case,
    counting: Counting,
    kind: TimerKind,
    start: Timestamp,
) -> Option<Due> {
    let calendar = &protocol.calendar;
    Some(match counting {
        Counting::Term(term) => {
            let anchor = match term.anchor {
                Anchor::Opening => start,
                later => moment_of(calendar, case, later)?,
            };
            match (term.length, term.back) {
                (Some(length), Some(back)) => {
                    calendar.before_day(calendar.date(anchor), length, back.or_earlier)
                }
                (Some(length), None) => calendar.deadline(anchor, length, term.regime),
                (None, _) => calendar.same_day(anchor),
            }
        }
        Counting::Deadline(length) => calendar.deadline(start, length, Default::default()),
        Counting::Delay(length) => calendar.delay(start, length),
        Counting::Window { planned, before, after } => {
            let planned = planned.map_or(start, |planned| calendar.delay(start, planned).at);
            match kind {
                TimerKind::WindowOpens(_) => calendar.opens(planned, before),
                _ => calendar.deadline(planned, after, Default::default()),
            }
        }
        Counting::Series(_) => return None,
    })
}

/// When a rule on time is due in the new version.
pub(super) fn rule_due(
    protocol: &Protocol,
    case: &Case,
    rule: RuleId,
    (entered, now): (Timestamp, Timestamp),
    from_today: bool,
) -> Option<(Due, u32)> {
    let calendar = &protocol.calendar;
    match &protocol.rules.row(rule).cause {
        Cause::After(length, anchor) => {
            let start = match anchor {
                Anchor::Opening if from_today => now,
                Anchor::Opening => entered,
                later => moment_of(calendar, case, *later)?,
            };
            Some((calendar.delay(start, *length), 0))
        }
        // The rounds stay those of the stay: the next one that is still to come.
        Cause::Every(length) => {
            let round = |times: u32| {
                calendar.delay(entered, Length { amount: length.amount.saturating_mul(times), ..*length })
            };
            (1..=10_000).map(|times| (round(times), times)).find(|(due, _)| due.at > now)
        }
        _ => None,
    }
}
