//! Journal entries in words, for timelines and logs.
//!
//! The words name fields and never their values, so that a timeline can be shown to anyone who may see
//! that the case exists.

use voordeur_protocol::model::Deviation;
use voordeur_protocol::{
    Cause, Effect, Happening, ObligationId, OpeningId, PartyId, Protocol, RuleId, Spec, StageId,
};

use crate::case::Case;
use crate::entry::{Entry, Message, NotCounted, Reason};
use crate::event::By;
use crate::timer::{Timer, TimerKind};

/// How much an entry matters to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Where the case is: report, stages, end.
    Headline,
    /// What was done, what was missed, who was told.
    Event,
    /// What the engine set up for later.
    Detail,
}

/// One entry in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How much it matters.
    pub weight: Weight,
    /// What happened.
    pub text: String,
}

/// An entry of the journal in words.
#[must_use]
pub fn describe(protocol: &Protocol, entry: &Entry) -> Line {
    Line { weight: weight(entry), text: Words(protocol).entry(entry) }
}

/// A message in words: `to teamlead: …`.
#[must_use]
pub fn describe_message(protocol: &Protocol, message: &Message) -> String {
    Words(protocol).message(message)
}

/// A timer of a case in words: `a reminder of visit `arrival``.
#[must_use]
pub fn describe_timer(protocol: &Protocol, case: &Case, timer: &Timer) -> String {
    let words = Words(protocol);
    let instance = timer.kind.serial().and_then(|serial| case.instance(serial));
    match (instance, timer.kind) {
        (Some(instance), TimerKind::Step { step, .. }) => {
            let obligation = instance.opening(protocol).obligation;
            format!("step {} of {}", step.saturating_add(1), words.obligation(obligation))
        }
        (Some(instance), kind) => {
            format!(
                "{} of {}",
                Words::timer_kind(kind),
                words.obligation(instance.opening(protocol).obligation)
            )
        }
        (None, _) => words.timer(timer),
    }
}

const fn weight(entry: &Entry) -> Weight {
    match entry {
        Entry::Reported { .. }
        | Entry::Occurred { .. }
        | Entry::Deviated { .. }
        | Entry::StageEntered { .. }
        | Entry::Suspended { .. }
        | Entry::Resumed { .. }
        | Entry::LimitReached { .. }
        | Entry::Withheld { .. }
        | Entry::Ended { .. } => Weight::Headline,
        Entry::Moved { on: Happening::Cancelled, .. } => Weight::Detail,
        Entry::Moved { .. } | Entry::AttemptNotCounted { .. } | Entry::Sent(_) | Entry::Deferred { .. } => {
            Weight::Event
        }
        _ => Weight::Detail,
    }
}

struct Words<'a>(&'a Protocol);

impl Words<'_> {
    fn entry(&self, entry: &Entry) -> String {
        match entry {
            Entry::Reported { trigger, by, .. } => {
                format!("reported through `{}`{}", self.0.triggers.row(*trigger).name, self.by(*by))
            }
            Entry::Occurred { event, by } => format!("`{}`{}", self.0.events.row(*event).name, self.by(*by)),
            Entry::Deviated { what, because, by } => {
                let what = match what {
                    Deviation::Skip(obligation) => format!("skipped {}", self.obligation(*obligation)),
                    Deviation::Repeat(obligation) => format!("repeated {}", self.obligation(*obligation)),
                    Deviation::MoveTo(stage) => format!("moved to `{}`", self.stage(*stage)),
                };
                format!("{what}{}, because {because}", self.by(*by))
            }
            Entry::BelongsTo { parent } => format!("belongs to the case `{}`", parent.label),
            Entry::TimerFired(timer) => format!("the time came for {}", self.timer(timer)),
            Entry::Recorded { field, .. } => format!("recorded `{}`", self.0.fields.row(*field).name),
            Entry::RuleFired { rule } => format!("rule on {}", self.rule(*rule)),
            Entry::Withheld { rule, .. } => {
                format!("a warm referral is open, so this waits for it: {}", self.rule(*rule))
            }
            Entry::StageLeft { stage, .. } => format!("left `{}`", self.stage(*stage)),
            Entry::StageEntered { stage, .. } => format!("entered `{}`", self.stage(*stage)),
            Entry::LimitReached { stage } => {
                format!("`{}` has been entered as often as it may", self.stage(*stage))
            }
            Entry::Suspended { stage, .. } => {
                format!("`{}` is interrupted; its clocks are held", self.stage(*stage))
            }
            Entry::Resumed { stage, .. } => {
                format!("back in `{}`, with its clocks as they were", self.stage(*stage))
            }
            Entry::Deferred { obligation, on, .. } => {
                format!("{} waits for the return to its stage", self.happened(*obligation, *on))
            }
            _ => self.obligation_entry(entry),
        }
    }

    fn obligation_entry(&self, entry: &Entry) -> String {
        match entry {
            Entry::Opened { opening, .. } => format!("opened {}", self.opening(*opening)),
            Entry::AlreadyOpen { opening } => format!("{} was open already", self.opening(*opening)),
            Entry::Moved { opening, on, by, .. } => {
                format!("{}{}", self.happened(self.0.openings.row(*opening).obligation, *on), self.by(*by))
            }
            Entry::Counted { serial, .. } => format!("counted for #{}", serial.0),
            Entry::ChildrenStarted { serial, count } => format!("#{} starts {count} cases", serial.0),
            Entry::NotOpened { opening } => {
                format!("{} needs consent, so it was not opened", self.opening(*opening))
            }
            Entry::ClockPaused { serial } => format!("the clocks of #{} stand still", serial.0),
            Entry::ClockRuns { serial, days } => {
                format!(
                    "the clocks of #{} go on, {days} day{} later",
                    serial.0,
                    if *days == 1 { "" } else { "s" }
                )
            }
            Entry::PeriodOver { serial } => format!("a period of #{} is over", serial.0),
            Entry::AttemptNotCounted { why, .. } => {
                format!("the attempt does not count: {}", self.not_counted(*why))
            }
            Entry::NotBefore { serial, at, .. } => format!("#{} not before {}", serial.0, self.moment(*at)),
            Entry::TimerSet(timer) => {
                format!("timer for {}: {}", self.timer(timer), self.moment(timer.due.at))
            }
            Entry::TimersCleared(ids) => {
                format!("cleared {} timer{}", ids.len(), if ids.len() == 1 { "" } else { "s" })
            }
            Entry::Sent(message) => self.message(message),
            Entry::Ended { end } => {
                let end = &self.0.ends.row(*end);
                format!("ended in `{}` ({})", end.name, end.kind.word())
            }
            _ => String::new(),
        }
    }

    fn not_counted(&self, why: NotCounted) -> String {
        match why {
            NotCounted::TooSoon { not_before } => {
                format!("the next one counts from {}", self.moment(not_before))
            }
            NotCounted::OutsideHours => "visits are not made at this time".to_owned(),
            NotCounted::TooMany => "there were as many visits as were agreed for this time".to_owned(),
            NotCounted::SamePartOfDay => "this part of the day was tried before".to_owned(),
        }
    }

    fn message(&self, message: &Message) -> String {
        match message {
            Message::Notify { who, reason } => format!("told {}: {}", self.party(*who), self.reason(*reason)),
            Message::Remind { who, obligation, due, .. } => {
                format!(
                    "reminded {}: {} is due {}",
                    self.party(*who),
                    self.obligation(*obligation),
                    self.deadline(*due)
                )
            }
            Message::Assign { who, opening, due, .. } => {
                let due = due.map_or(String::new(), |due| format!(", due {}", self.deadline(due)));
                format!("for {}: {}{due}", self.party(*who), self.opening(*opening))
            }
            Message::Announce { obligation, .. } => format!("announced {}", self.obligation(*obligation)),
            Message::Refer { to, obligation, again, fields, .. } => {
                let again = if *again == 0 { "referred" } else { "asked again" };
                format!(
                    "{again} to {}: {}{}",
                    self.party(*to),
                    self.obligation(*obligation),
                    self.fields(fields)
                )
            }
            Message::Ask { obligation, .. } => format!("asked the client: {}", self.obligation(*obligation)),
            Message::Start { obligation, count, fields, .. } => {
                let cases = if *count == 1 { "1 case".to_owned() } else { format!("{count} cases") };
                format!("starts {cases}: {}{}", self.obligation(*obligation), self.fields(fields))
            }
            Message::EndedFor { parent, .. } => {
                format!("told the case `{}` that this one has ended", parent.label)
            }
            Message::Call { obligation, attempt, fields, .. } => {
                let times = if *attempt == 1 { String::new() } else { format!(" (call {attempt})") };
                format!(
                    "called the plugin for {}{times}{}",
                    self.obligation(*obligation),
                    self.fields(fields)
                )
            }
        }
    }

    fn fields(&self, fields: &[(voordeur_protocol::FieldId, voordeur_protocol::Value)]) -> String {
        let names: Vec<String> =
            fields.iter().map(|(field, _)| format!("`{}`", self.0.fields.row(*field).name)).collect();
        if names.is_empty() { String::new() } else { format!(", with {}", names.join(", ")) }
    }

    fn reason(&self, reason: Reason) -> String {
        match reason {
            Reason::Rule { rule, effect } => {
                let row = &self.0.rules.row(rule);
                notice(&row.effects, effect).unwrap_or_else(|| self.cause_of(rule))
            }
            Reason::Step { obligation, step, effect } => self.step_reason(obligation, step, effect),
            Reason::Unanswered { obligation, on } => {
                format!("{}, and no rule of the pathway answers it", self.happened(obligation, on))
            }
            Reason::NoConsent { obligation } => {
                format!("{} needs consent, and there is none", self.obligation(obligation))
            }
            Reason::Withheld { obligation } => {
                format!("the case cannot close while {} is open", self.obligation(obligation))
            }
        }
    }

    fn step_reason(&self, obligation: ObligationId, step: u8, effect: u8) -> String {
        let row = &self.0.obligations.row(obligation);
        let text = match &row.spec {
            Spec::Escalation(escalation) => {
                escalation.steps.get(usize::from(step)).and_then(|step| notice(&step.effects, effect))
            }
            _ => None,
        };
        text.unwrap_or_else(|| {
            format!("escalation `{}` ({}), step {}", row.name, row.title, step.saturating_add(1))
        })
    }

    fn timer(&self, timer: &Timer) -> String {
        match timer.kind {
            TimerKind::Step { step, .. } => self.step_of(timer, step),
            TimerKind::After(rule) | TimerKind::Every { rule, .. } => self.rule(rule),
            kind => format!("{} of #{}", Self::timer_kind(kind), kind.serial().map_or(0, |serial| serial.0)),
        }
    }

    const fn timer_kind(kind: TimerKind) -> &'static str {
        match kind {
            TimerKind::Remind { .. } | TimerKind::RemindAccept(_) | TimerKind::RemindContact(_) => {
                "a reminder"
            }
            TimerKind::WindowOpens(_) => "the opening of the window",
            TimerKind::Slipped(_) => "the preferred term",
            TimerKind::Overdue(_) => "the term",
            TimerKind::NoContact(_) => "the term for contact",
            TimerKind::Silent(_) => "the wait for an answer",
            TimerKind::Step { .. } => "a step",
            TimerKind::After(_) | TimerKind::Every { .. } => "a rule",
            TimerKind::Missed(_) => "the end of the window",
            TimerKind::Retry(_) => "another call",
            TimerKind::Period { .. } => "the end of a period",
        }
    }

    fn step_of(&self, timer: &Timer, step: u8) -> String {
        format!("step {} of #{}", step.saturating_add(1), timer.kind.serial().map_or(0, |serial| serial.0))
    }

    fn rule(&self, rule: RuleId) -> String {
        let row = &self.0.rules.row(rule);
        format!("line {}: {}", row.line, row.text)
    }

    /// What a rule without words of its own tells about.
    fn cause_of(&self, rule: RuleId) -> String {
        match &self.0.rules.row(rule).cause {
            Cause::Obligation(obligation, on) => self.happened(*obligation, *on),
            Cause::Event(event) => format!("`{}`", self.0.events.row(*event).name),
            _ => self.rule(rule),
        }
    }

    fn happened(&self, obligation: ObligationId, on: Happening) -> String {
        let row = &self.0.obligations.row(obligation);
        format!("{} `{}` {}", row.kind.word(), row.name, row.happening_name(on, self.0.spelling))
    }

    fn opening(&self, opening: OpeningId) -> String {
        self.obligation(self.0.openings.row(opening).obligation)
    }

    fn obligation(&self, obligation: ObligationId) -> String {
        let row = &self.0.obligations.row(obligation);
        if row.title == row.name {
            format!("{} `{}`", row.kind.word(), row.name)
        } else {
            format!("{} `{}` ({})", row.kind.word(), row.name, row.title)
        }
    }

    fn stage(&self, stage: StageId) -> &str {
        &self.0.stages.row(stage).name
    }

    fn party(&self, party: PartyId) -> &str {
        &self.0.parties.row(party).name
    }

    fn by(&self, by: By) -> String {
        by.map_or(String::new(), |by| format!(", by {}", self.party(by)))
    }

    /// The end of a term. What ends at midnight ends with the day before.
    fn deadline(&self, due: jiff::Timestamp) -> String {
        let local = self.0.calendar.local(due);
        match local.date().yesterday() {
            Ok(day) if local.time() == jiff::civil::Time::midnight() => {
                format!("at the end of {}", day.strftime("%a %Y-%m-%d"))
            }
            _ => self.moment(due),
        }
    }

    /// Local time in the zone of the pathway.
    fn moment(&self, at: jiff::Timestamp) -> String {
        self.0.calendar.local(at).strftime("%a %Y-%m-%d %H:%M").to_string()
    }
}

fn notice(effects: &[Effect], position: u8) -> Option<String> {
    match effects.get(usize::from(position))? {
        Effect::Notify { text, .. } => text.clone(),
        _ => None,
    }
}
