//! Timers of a case: for what, when, why then.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use voordeur_calendar::{Due, Length};
use voordeur_protocol::{Cause, Effect, Protocol, RuleId};

use crate::case::{Case, Serial};
use crate::recount::is_reminder;

/// The number of a timer within its case, counted from 1. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimerId(pub u32);

/// A timer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Timer {
    /// Its number in the case.
    pub id: TimerId,
    /// What it is for.
    pub kind: TimerKind,
    /// When it fires, with the reasoning behind the date.
    pub due: Due,
    /// The stay it belongs to; a timer of an interrupted stay is held.
    pub stay: u32,
    /// Whether it is held: it fires on return to its stage.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// Whether its clock stands still, because the pathway says so (`paused while`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
}

/// What a timer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerKind {
    /// Remind somebody before the term of an obligation ends.
    Remind {
        /// Of which obligation.
        of: Serial,
        /// Which reminder of its opening, counted from 0.
        reminder: u8,
    },
    /// Remind the receiving agency before the term for acceptance of a referral ends.
    RemindAccept(Serial),
    /// Remind the receiving agency before the term for contact of a referral ends.
    RemindContact(Serial),
    /// The window of a contact opens.
    WindowOpens(Serial),
    /// The preferred term has gone by.
    Slipped(Serial),
    /// The term has gone by; for a referral, that for acceptance.
    Overdue(Serial),
    /// The term for contact of a referral has gone by.
    NoContact(Serial),
    /// No answer to a question counts as silence.
    Silent(Serial),
    /// The next step of an escalation.
    Step {
        /// Of which escalation.
        of: Serial,
        /// Which step, counted from 0.
        step: u8,
    },
    /// An `after` rule of the stage.
    After(RuleId),
    /// An `every` rule of the stage.
    Every {
        /// Which rule.
        rule: RuleId,
        /// How often it has fired after this time.
        times: u32,
    },
    /// The window of a contact has closed.
    Missed(Serial),
    /// A failed plugin call is made once more.
    Retry(Serial),
    /// A period of a series is over, counted from 1.
    Period {
        /// Of which series.
        of: Serial,
        /// Which period.
        number: u32,
    },
}

impl TimerKind {
    /// The rank among timers due at the same instant: a reminder goes out before the deadline it warns
    /// of, and obligations come before the rules of the stage, so that nothing fires for a stage that
    /// a deadline has just ended.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Remind { .. } | Self::RemindAccept(_) | Self::RemindContact(_) => 0,
            Self::WindowOpens(_) => 1,
            Self::Slipped(_) => 2,
            Self::Overdue(_) => 3,
            Self::NoContact(_) => 4,
            Self::Silent(_) => 5,
            Self::Step { .. } => 6,
            Self::After(_) => 7,
            Self::Every { .. } => 8,
            Self::Missed(_) => 9,
            Self::Retry(_) => 10,
            Self::Period { .. } => 11,
        }
    }

    /// The obligation it belongs to; `None` for a rule of the stage.
    #[must_use]
    pub const fn serial(self) -> Option<Serial> {
        match self {
            Self::Remind { of, .. } | Self::Step { of, .. } | Self::Period { of, .. } => Some(of),
            Self::RemindAccept(serial)
            | Self::RemindContact(serial)
            | Self::WindowOpens(serial)
            | Self::Slipped(serial)
            | Self::Overdue(serial)
            | Self::NoContact(serial)
            | Self::Silent(serial)
            | Self::Missed(serial)
            | Self::Retry(serial) => Some(serial),
            Self::After(_) | Self::Every { .. } => None,
        }
    }
}

impl Timer {
    /// Whether it only reminds, and it makes no sense any more when it fires as late as this: the term that it warns of is
    /// over by then, or a later reminder of the same is due as well; of a rule that tells somebody something every so long the
    /// next time is due as well.
    #[must_use]
    pub fn is_senseless(&self, protocol: &Protocol, case: &Case, now: Timestamp) -> bool {
        if only_tells(protocol, self.kind) {
            return next_round(protocol, case, self.kind).is_some_and(|(_, due)| due.at <= now);
        }
        let end = self.due.why.anchor;
        let same = |other: &&Self| {
            other.id != self.id
                && is_reminder(other.kind)
                && other.kind.serial() == self.kind.serial()
                && other.due.why.anchor == end
                && other.due.at <= now
                && other.order() > self.order()
        };
        is_reminder(self.kind) && (end <= now || case.timers.iter().any(|other| same(&other)))
    }

    pub(crate) fn fits(&self, protocol: &Protocol) -> bool {
        match self.kind {
            TimerKind::After(rule) | TimerKind::Every { rule, .. } => protocol.rules.get(rule).is_some(),
            _ => true,
        }
    }

    /// The order in which timers fire. A rule of a stage goes before one of `always`.
    #[must_use]
    pub const fn order(&self) -> (Timestamp, u8, bool, TimerId) {
        let of_always = self.stay == 0 && self.kind.serial().is_none();
        (self.due.at, self.kind.rank(), of_always, self.id)
    }
}

/// Whether it is a rule that tells somebody something every so long, and does nothing else.
pub(crate) fn only_tells(protocol: &Protocol, kind: TimerKind) -> bool {
    let TimerKind::Every { rule, .. } = kind else { return false };
    let row = protocol.rules.row(rule);
    let told = row.effects.iter().all(|effect| matches!(effect, Effect::Notify { .. }));
    matches!(row.cause, Cause::Every(_)) && row.target.is_none() && told
}

/// The next time of an `every` rule, counted from entering the stage and not from the time before, so that a month of 28 days does
/// not shorten the months after it.
pub(crate) fn next_round(protocol: &Protocol, case: &Case, kind: TimerKind) -> Option<(TimerKind, Due)> {
    let TimerKind::Every { rule, times } = kind else { return None };
    let Cause::Every(length) = protocol.rules.row(rule).cause else { return None };
    let times = times.saturating_add(1);
    let all = Length { amount: length.amount.saturating_mul(times), ..length };
    let due = protocol.calendar.delay(case.stay.as_ref()?.entered_at, all);
    Some((TimerKind::Every { rule, times }, due))
}
