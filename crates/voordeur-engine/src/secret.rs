//! What of a journal tells something personal beside the values themselves: moments that were counted from one, the turns of rules
//! for such moments, and why people did something. Whoever stores a journal takes all of it out, and keeps it under a key.

use std::sync::Arc;

use jiff::Timestamp;
use voordeur_calendar::Due;
use voordeur_protocol::{Anchor, Cause, Protocol, Spec, Term};

use crate::case::{Case, Serial};
use crate::entry::Entry;
use crate::message::Message;
use crate::timer::TimerKind;

/// What a reason begins with that was taken out.
pub const WITHHELD: &str = "sealed:";

/// Something personal of an [entry](Entry::secrets_mut).
#[derive(Debug)]
pub enum Secret<'a> {
    /// A moment with its reasoning; marked, whether it was taken out.
    Due(&'a mut Due),
    /// A moment.
    Moment(&'a mut Timestamp),
    /// Why people did something.
    Words(&'a mut Arc<str>),
}

impl Entry {
    /// What is personal of it beside its [values](Self::values_mut), in order.
    pub fn secrets_mut(&mut self) -> Vec<Secret<'_>> {
        match self {
            Self::TimerSet(timer) | Self::TimerFired(timer) | Self::ReminderSkipped(timer) => {
                dues([&mut timer.due])
            }
            Self::TimerDropped { timer, because, .. } => {
                let mut all = dues([&mut timer.due]);
                all.push(Secret::Words(because));
                all
            }
            Self::ClockRuns { moved, .. } | Self::Recounted { moved, .. } => {
                dues(moved.iter_mut().map(|(_, due)| due))
            }
            Self::Deviated { because, .. } | Self::ActionMended { because: Some(because), .. } => {
                vec![Secret::Words(because)]
            }
            Self::Sent(message) => message.personal_due_mut().map(Secret::Moment).into_iter().collect(),
            Self::Migrated(arrival) => {
                let mut all = dues(arrival.case.timers.iter_mut().map(|timer| &mut timer.due));
                all.extend(arrival.turns.iter_mut().map(|(_, at)| Secret::Moment(at)));
                all
            }
            _ => Vec::new(),
        }
    }
}

impl Entry {
    /// Whether anything of it is personal beside its [values](Self::values_mut).
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        match self {
            Self::TimerSet(timer) | Self::TimerFired(timer) | Self::ReminderSkipped(timer) => {
                timer.due.is_secret()
            }
            Self::TimerDropped { .. }
            | Self::Deviated { .. }
            | Self::ActionMended { because: Some(_), .. } => true,
            Self::ClockRuns { moved, .. } | Self::Recounted { moved, .. } => {
                moved.iter().any(|(_, due)| due.is_secret())
            }
            Self::Sent(message) => message.tells_personal_due(),
            Self::Migrated(arrival) => {
                !arrival.turns.is_empty() || arrival.case.timers.iter().any(|timer| timer.due.is_secret())
            }
            _ => false,
        }
    }
}

/// Those that were counted from something personal.
fn dues<'a>(all: impl IntoIterator<Item = &'a mut Due>) -> Vec<Secret<'a>> {
    all.into_iter().filter(|due| due.is_secret()).map(Secret::Due).collect()
}

impl Message {
    /// When what it is about is due, where that was counted from something personal.
    const fn personal_due_mut(&mut self) -> Option<&mut Timestamp> {
        match self {
            Self::Remind { due, personal: true, .. }
            | Self::Assign { due: Some(due), personal: true, .. } => Some(due),
            _ => None,
        }
    }

    /// Whether it says when something is due that was counted from something personal.
    #[must_use]
    pub const fn tells_personal_due(&self) -> bool {
        matches!(
            self,
            Self::Remind { personal: true, .. } | Self::Assign { due: Some(_), personal: true, .. }
        )
    }

    /// When what it is about is due, and whether that may still change; nothing where it was taken out.
    #[must_use]
    pub fn due(&self) -> Option<(Timestamp, bool)> {
        match self {
            Self::Remind { due, provisional, personal, .. }
            | Self::Assign { due: Some(due), provisional, personal, .. } => {
                (!personal || *due != Timestamp::UNIX_EPOCH).then_some((*due, *provisional))
            }
            _ => None,
        }
    }

    /// Takes out when it is due, where that was counted from something personal.
    pub const fn withhold_due(&mut self) {
        if let Some(due) = self.personal_due_mut() {
            *due = Timestamp::UNIX_EPOCH;
        }
    }

    /// Puts back what was [taken out](Self::withhold_due), as it is in the case now.
    pub fn restore_due(&mut self, case: &Case) {
        let (Self::Remind { serial, .. } | Self::Assign { serial, .. }) = self else { return };
        let known = case.due_of(*serial);
        if let Some((due, known)) = self.personal_due_mut().zip(known) {
            *due = known.at;
        }
    }
}

/// Whether the moment of a timer is counted from a personal value.
pub(crate) fn tells_value(protocol: &Protocol, case: &Case, kind: TimerKind) -> bool {
    match kind {
        TimerKind::After(rule) | TimerKind::Every { rule, .. } => {
            let cause = &protocol.rules.row(rule).cause;
            matches!(cause, Cause::After(_, Anchor::Field(_)) | Cause::Birthday { .. })
        }
        TimerKind::Overdue(of)
        | TimerKind::Slipped(of)
        | TimerKind::NoContact(of)
        | TimerKind::Remind { of, .. }
        | TimerKind::RemindAccept(of)
        | TimerKind::RemindContact(of) => has_personal_term(protocol, case, of),
        _ => false,
    }
}

fn has_personal_term(protocol: &Protocol, case: &Case, of: Serial) -> bool {
    let Some(instance) = case.instance(of) else { return false };
    let row = instance.opening(protocol);
    let own = match &protocol.obligations.row(row.obligation).spec {
        Spec::Referral(referral) => [referral.accept, referral.contact],
        _ => [None, None],
    };
    let of_field = |term: Term| matches!(term.anchor, Anchor::Field(_));
    [row.term, row.preferred].into_iter().chain(own).flatten().any(of_field)
}
