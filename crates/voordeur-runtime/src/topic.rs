//! What a message to people is about, and how it stands in an inbox.

use jiff::Timestamp;
use voordeur_engine::{Case, Message, Reason, Serial};
use voordeur_messages::{mark, translated};
use voordeur_protocol::{Cause, Happening, Obligation, ObligationId, PartyId, Protocol};
use voordeur_store::ItemWrite;

use crate::error::RuntimeError;
use crate::rows::{json, micros};

/// What a message to people is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Somebody has to do something, or may.
    Task,
    /// Something is nearly due.
    Reminder,
    /// A moment of the pathway has come, or a preferred term has gone by.
    Due,
    /// A term has gone by.
    Overdue,
    /// A step of an escalation.
    Escalation,
    /// A referral.
    Referral,
    /// A visit is announced.
    Announcement,
    /// A question to the client.
    Question,
    /// Something stands still until somebody looks at it.
    Attention,
    /// What ties the case to others.
    Tie,
    /// Anything else that the pathway tells.
    Notice,
}

impl Topic {
    /// Each of them.
    pub const ALL: [Self; 11] = [
        Self::Task,
        Self::Reminder,
        Self::Due,
        Self::Overdue,
        Self::Escalation,
        Self::Referral,
        Self::Announcement,
        Self::Question,
        Self::Attention,
        Self::Tie,
        Self::Notice,
    ];

    /// Its name, as tables and programs have it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Reminder => "reminder",
            Self::Due => "due",
            Self::Overdue => "overdue",
            Self::Escalation => "escalation",
            Self::Referral => "referral",
            Self::Announcement => "announcement",
            Self::Question => "question",
            Self::Attention => "attention",
            Self::Tie => "tie",
            Self::Notice => "notice",
        }
    }

    /// The topic with this name; [`Topic::Notice`] when a later program has given it another one.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|known| known.word() == word).unwrap_or(Self::Notice)
    }

    /// Its name for people.
    #[must_use]
    pub fn title(self) -> String {
        translated(match self {
            Self::Task => mark!("task"),
            Self::Reminder => mark!("reminder"),
            Self::Due => mark!("due"),
            Self::Overdue => mark!("overdue"),
            Self::Escalation => mark!("escalation"),
            Self::Referral => mark!("referral"),
            Self::Announcement => mark!("announcement"),
            Self::Question => mark!("question"),
            Self::Attention => mark!("attention"),
            Self::Tie => mark!("tie"),
            Self::Notice => mark!("notice"),
        })
    }

    /// Of a message.
    #[must_use]
    pub fn of(protocol: &Protocol, message: &Message) -> Self {
        match message {
            Message::Assign { .. } => Self::Task,
            Message::Remind { .. } => Self::Reminder,
            Message::Announce { .. } => Self::Announcement,
            Message::Refer { .. } => Self::Referral,
            Message::Ask { .. } => Self::Question,
            Message::Tied { .. } => Self::Tie,
            Message::Notify { reason, .. } => Self::of_reason(protocol, *reason),
            Message::Call { .. }
            | Message::Start { .. }
            | Message::EndedFor { .. }
            | Message::Household { .. } => Self::Notice,
        }
    }

    fn of_reason(protocol: &Protocol, reason: Reason) -> Self {
        match reason {
            Reason::Step { .. } => Self::Escalation,
            Reason::NoConsent { .. }
            | Reason::Stopped { .. }
            | Reason::Withheld { .. }
            | Reason::CalledOff { .. } => Self::Attention,
            Reason::Unanswered { on, .. } => of_happening(on).unwrap_or(Self::Attention),
            Reason::Rule { rule, .. } => match &protocol.rules.row(rule).cause {
                Cause::Obligation(_, on) => of_happening(*on).unwrap_or(Self::Notice),
                Cause::After(..) | Cause::Every(_) | Cause::Birthday { .. } => Self::Due,
                _ => Self::Notice,
            },
        }
    }
}

const fn of_happening(on: Happening) -> Option<Topic> {
    match on {
        Happening::Overdue | Happening::Missed | Happening::Silent => Some(Topic::Overdue),
        Happening::Slipped => Some(Topic::Due),
        _ => None,
    }
}

/// The party in whose inbox a message belongs; nobody's when it is for a program.
#[must_use]
pub(crate) fn receiver(message: &Message) -> Option<PartyId> {
    match message {
        Message::Notify { who, .. }
        | Message::Remind { who, .. }
        | Message::Assign { who, .. }
        | Message::Tied { who, .. } => Some(*who),
        Message::Refer { to, .. } => Some(*to),
        Message::Announce { .. } | Message::Ask { .. } => Some(PartyId::CLIENT),
        Message::Call { .. }
        | Message::Start { .. }
        | Message::EndedFor { .. }
        | Message::Household { .. } => None,
    }
}

/// The open obligation that a message is about, by its number in the case.
#[must_use]
pub(crate) const fn serial(message: &Message) -> Option<Serial> {
    match message {
        Message::Remind { serial, .. }
        | Message::Assign { serial, .. }
        | Message::Announce { serial, .. }
        | Message::Refer { serial, .. }
        | Message::Ask { serial, .. } => Some(*serial),
        _ => None,
    }
}

/// The obligation that a message is about.
#[must_use]
pub(crate) fn obligation(protocol: &Protocol, message: &Message) -> Option<ObligationId> {
    match message {
        Message::Remind { obligation, .. }
        | Message::Announce { obligation, .. }
        | Message::Refer { obligation, .. }
        | Message::Ask { obligation, .. } => Some(*obligation),
        Message::Assign { opening, .. } => Some(protocol.openings.row(*opening).obligation),
        Message::Notify { reason, .. } => match reason {
            Reason::Step { obligation, .. }
            | Reason::Unanswered { obligation, .. }
            | Reason::NoConsent { obligation }
            | Reason::Stopped { obligation }
            | Reason::Withheld { obligation }
            | Reason::CalledOff { obligation } => Some(*obligation),
            Reason::Rule { rule, .. } => match &protocol.rules.row(*rule).cause {
                Cause::Obligation(obligation, _) => Some(*obligation),
                _ => None,
            },
        },
        _ => None,
    }
}

/// The same message without personal values.
pub(crate) fn bare(message: &Message) -> Message {
    let mut message = message.clone();
    if let Message::Refer { fields, .. } = &mut message {
        fields.clear();
    }
    message.withhold_due();
    message
}

/// When a message may reach people: a reminder within the office hours of its pathway, as long as that is before what it
/// reminds of; everything else at once.
pub(crate) fn held_until(protocol: &Protocol, message: &Message, now: Timestamp) -> Timestamp {
    match (message, message.due()) {
        (Message::Remind { .. }, Some((due, _))) => protocol.calendar.reminder_time(now, due),
        _ => now,
    }
}

/// The latest of such moments ([`held_until`]), whatever is a working day.
pub(crate) fn held_at_most(message: &Message, written: Timestamp) -> Timestamp {
    match message {
        // Where that was erased nobody can tell.
        Message::Remind { .. } => message.due().map_or(Timestamp::MAX, |(due, _)| written.max(due)),
        _ => written,
    }
}

/// Whether a message asks for nothing any more: what it is about is not open.
#[must_use]
pub(crate) fn is_over(case: &Case, message: &Message) -> bool {
    serial(message).is_some_and(|serial| case.instance(serial).is_none())
}

/// Whether what somebody had to do is for others now, in the version on which its case runs: they have heard of it.
pub(crate) fn is_handed_over(was: &Protocol, now: &Protocol, case: &Case, message: &Message) -> bool {
    let Message::Assign { who, serial, opening, .. } = message else { return false };
    let Some(instance) = case.instance(*serial) else { return false };
    let name = &was.parties.row(*who).name;
    let does = |protocol: &Protocol, row: &Obligation| {
        row.by.iter().chain(&row.with).any(|doer| protocol.parties.row(*doer).name == *name)
    };
    let before = was.obligations.row(was.openings.row(*opening).obligation);
    // Who has another name in the new version is still who it was.
    now.parties.rows().any(|party| party.name == *name)
        && does(was, before)
        && !does(now, instance.obligation(now))
}

/// How a message stands in an inbox that was written at a moment.
pub(crate) fn item(
    protocol: &Protocol,
    message: &Message,
    written: Timestamp,
) -> Result<Option<ItemWrite>, RuntimeError> {
    let Some(who) = receiver(message) else { return Ok(None) };
    Ok(Some(ItemWrite {
        party: protocol.parties.row(who).name.clone(),
        topic: Topic::of(protocol, message).word().to_owned(),
        visible_at: micros(held_until(protocol, message, written)),
        message: json("message", &bare(message))?,
    }))
}
