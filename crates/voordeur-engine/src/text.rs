//! Journal entries in words, for timelines and logs.
//!
//! The words name fields and never their values, so that a timeline can be shown to anyone who may see
//! that the case exists.

use voordeur_calendar::{Length, Unit};
use voordeur_messages::{language, say};
use voordeur_protocol::model::Deviation;
use voordeur_protocol::{
    Cause, Effect, Happening, ObligationId, OpeningId, PartyId, Protocol, RuleId, Spec, StageId,
};

use crate::arrival::Arrival;
use crate::case::{Case, Serial};
use crate::entry::{Entry, NotCounted};
use crate::event::By;
use crate::message::{Message, Reason};
use crate::timer::{Timer, TimerKind};

mod actions;
mod moments;
mod ties;
mod timers;

use moments::reason_or_erased;

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

/// An entry of the journal in words, by itself. A [`Teller`] that has seen what came before knows more names.
#[must_use]
pub fn describe(protocol: &Protocol, entry: &Entry) -> Line {
    Teller::default().describe(protocol, entry)
}

/// Tells the entries of one case in order: it remembers which obligation has which number, so that a reader gets
/// names and no numbers.
#[derive(Debug, Clone, Default)]
pub struct Teller {
    opened: Vec<(Serial, OpeningId)>,
}

impl Teller {
    /// An entry in words.
    pub fn describe(&mut self, protocol: &Protocol, entry: &Entry) -> Line {
        if let Entry::Opened { serial, opening, .. } = entry {
            self.opened.push((*serial, *opening));
        }
        // From here on numbers are those of another version.
        if let Entry::Migrated(arrival) = entry {
            self.opened = arrival.case.open.iter().map(|open| (open.serial, open.opening)).collect();
        }
        Line { weight: weight(entry), text: Words(protocol, &self.opened).entry(entry) }
    }
}

/// A message in words: `to teamlead: …`.
#[must_use]
pub fn describe_message(protocol: &Protocol, message: &Message) -> String {
    Words(protocol, &[]).message(message)
}

/// A timer of a case in words: `a reminder of visit `arrival``.
#[must_use]
pub fn describe_timer(protocol: &Protocol, case: &Case, timer: &Timer) -> String {
    let words = Words(protocol, &[]);
    let instance = timer.kind.serial().and_then(|serial| case.instance(serial));
    match (instance, timer.kind) {
        (Some(instance), TimerKind::Step { step, .. }) => {
            let obligation = instance.opening(protocol).obligation;
            say!(
                "step {step} of {obligation}",
                step = step.saturating_add(1),
                obligation = words.obligation(obligation)
            )
        }
        (Some(instance), kind) => {
            say!(
                "{kind} of {obligation}",
                kind = Words::timer_kind(kind),
                obligation = words.obligation(instance.opening(protocol).obligation)
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
        | Entry::Tied { .. }
        | Entry::Erased { .. }
        | Entry::Recounted { .. }
        | Entry::Migrated(_)
        | Entry::TimerDropped { .. }
        | Entry::ActionMended { .. }
        | Entry::StageEntered { .. }
        | Entry::Suspended { .. }
        | Entry::Resumed { .. }
        | Entry::LimitReached { .. }
        | Entry::Withheld { .. }
        | Entry::Ended { .. } => Weight::Headline,
        Entry::Moved { on: Happening::Cancelled, .. } | Entry::Sent(Message::Household { .. }) => {
            Weight::Detail
        }
        Entry::Moved { .. }
        | Entry::AttemptNotCounted { .. }
        | Entry::ReminderSkipped(_)
        | Entry::ClockPaused { .. }
        | Entry::ClockRuns { .. }
        | Entry::ByPerson { .. }
        | Entry::Sent(_)
        | Entry::Deferred { .. }
        | Entry::Postponed { .. } => Weight::Event,
        _ => Weight::Detail,
    }
}

struct Words<'a>(&'a Protocol, &'a [(Serial, OpeningId)]);

impl Words<'_> {
    fn entry(&self, entry: &Entry) -> String {
        match entry {
            Entry::Reported { trigger, by, .. } => {
                say!(
                    "reported through `{triggers}`{by}",
                    triggers = self.0.triggers.row(*trigger).name,
                    by = self.by(*by)
                )
            }
            Entry::Occurred { event, by } => format!("`{}`{}", self.0.events.row(*event).name, self.by(*by)),
            Entry::Deviated { what, because, by } => {
                let what = match what {
                    Deviation::Skip(obligation) => {
                        say!("skipped {obligation}", obligation = self.obligation(*obligation))
                    }
                    Deviation::Repeat(obligation) => {
                        say!("repeated {obligation}", obligation = self.obligation(*obligation))
                    }
                    Deviation::MoveTo(stage) => say!("moved to `{stage}`", stage = self.stage(*stage)),
                };
                say!(
                    "{what}{by}, because {because}",
                    what,
                    by = self.by(*by),
                    because = reason_or_erased(because)
                )
            }
            Entry::Tied { tie, by } => format!("{}{}", self.tie(tie), self.by(*by)),
            Entry::Erased { why } => self.erased(*why),
            Entry::BelongsTo { parent } => say!("belongs to the case `{label}`", label = parent.label),
            Entry::TimerFired(timer) => say!("the time came for {timer}", timer = self.timer(timer)),
            Entry::Recorded { field, .. } => {
                say!("recorded `{fields}`", fields = self.0.fields.row(*field).name)
            }
            Entry::RuleFired { rule } => say!("rule on {rule}", rule = self.rule(*rule)),
            Entry::Withheld { rule, .. } => {
                say!("a referral is open, so this waits for it: {rule}", rule = self.rule(*rule))
            }
            Entry::Postponed { rule, .. } => {
                say!(
                    "the same is being done already, so this waits until that is over: {rule}",
                    rule = self.rule(*rule)
                )
            }
            Entry::NoLongerTrue { rule } => say!("no longer true: {rule}", rule = self.rule(*rule)),
            Entry::StageLeft { stage, .. } => say!("left `{stage}`", stage = self.stage(*stage)),
            Entry::StageEntered { stage, .. } => say!("entered `{stage}`", stage = self.stage(*stage)),
            Entry::LimitReached { stage } => {
                say!("`{stage}` has been entered as often as it may", stage = self.stage(*stage))
            }
            Entry::Suspended { stage, .. } => {
                say!("`{stage}` is interrupted; its clocks are held", stage = self.stage(*stage))
            }
            Entry::Resumed { stage, .. } => {
                say!("back in `{stage}`, with its clocks as they were", stage = self.stage(*stage))
            }
            Entry::Deferred { obligation, on, .. } => {
                say!(
                    "{happened} waits for the return to its stage",
                    happened = self.happened(*obligation, *on)
                )
            }
            _ => self.obligation_entry(entry),
        }
    }

    fn obligation_entry(&self, entry: &Entry) -> String {
        match entry {
            Entry::Opened { opening, .. } => say!("opened {opening}", opening = self.opening(*opening)),
            Entry::AlreadyOpen { opening } => {
                say!("{opening} was open already", opening = self.opening(*opening))
            }
            Entry::Moved { opening, on, by, .. } => {
                format!("{}{}", self.happened(self.0.openings.row(*opening).obligation, *on), self.by(*by))
            }
            Entry::Counted { serial, .. } => self.about(
                *serial,
                |of| say!("counted for {obligation}", obligation = of),
                || say!("counted"),
            ),
            Entry::ChildrenStarted { serial, count } => self.about(
                *serial,
                |of| say!("{obligation} starts {count} cases", obligation = of, count),
                || say!("{count} cases are started", count),
            ),
            Entry::NotOpened { opening } => {
                say!("{opening} needs consent, so it was not opened", opening = self.opening(*opening))
            }
            Entry::ClockPaused { serial } => self.about(
                *serial,
                |of| say!("the clocks of {obligation} stand still", obligation = of),
                || say!("clocks stand still"),
            ),
            Entry::ClockRuns { serial, days, .. } => {
                let length = Length::new(*days, Unit::Days);
                self.about(
                    *serial,
                    |of| say!("the clocks of {obligation} go on after {length}", obligation = of, length),
                    || say!("clocks go on after {length}", length),
                )
            }
            Entry::ByPerson { person } => say!("reported by `{person}`", person),
            Entry::Recounted { because, moved } => self.recounted(because, moved),
            Entry::Migrated(arrival) if arrival.back => {
                say!("went back to version {version}", version = arrival.to.version)
            }
            Entry::Migrated(arrival) => came_over(arrival),
            Entry::ReminderSkipped(timer) => {
                say!("skipped, because it came too late: {timer}", timer = self.timer(timer))
            }
            Entry::TimerDropped { timer, because, by } => say!(
                "taken away{by}: {timer}, because: {because}",
                by = self.by(*by),
                timer = self.timer(timer),
                because = reason_or_erased(because)
            ),
            Entry::ActionMended { serial, how, because, by } => {
                self.mended(*serial, *how, because.as_deref(), *by)
            }
            Entry::PeriodOver { serial } => self.about(
                *serial,
                |of| say!("a period of {obligation} is over", obligation = of),
                || say!("a period is over"),
            ),
            Entry::AttemptNotCounted { why, .. } => {
                say!("the attempt does not count: {not_counted}", not_counted = self.not_counted(*why))
            }
            Entry::NotBefore { serial, due, .. } => {
                let moment = self.due(due);
                self.about(
                    *serial,
                    |of| say!("{obligation} not before {moment}", obligation = of, moment),
                    || say!("not before {moment}", moment),
                )
            }
            Entry::TimerSet(timer) => {
                say!("timer for {timer}: {moment}", timer = self.timer(timer), moment = self.due(&timer.due))
            }
            Entry::TimersCleared(ids) => {
                if ids.len() == 1 {
                    say!("cleared 1 timer")
                } else {
                    say!("cleared {number} timers", number = ids.len())
                }
            }
            Entry::Sent(message) => self.message(message),
            Entry::Ended { end } => {
                let end = &self.0.ends.row(*end);
                say!("ended in `{name}` ({word})", name = end.name, word = end.kind.word_in(language()))
            }
            _ => String::new(),
        }
    }

    fn not_counted(&self, why: NotCounted) -> String {
        match why {
            NotCounted::TooSoon { not_before } => {
                say!("the next one counts from {moment}", moment = self.moment(not_before))
            }
            NotCounted::OutsideHours => say!("visits are not made at this time"),
            NotCounted::TooMany => say!("there were as many visits as were agreed for this time"),
            NotCounted::SamePartOfDay => say!("this part of the day was tried before"),
        }
    }

    fn message(&self, message: &Message) -> String {
        match message {
            Message::Notify { who, reason } => {
                say!("told {party}: {reason}", party = self.party(*who), reason = self.reason(*reason))
            }
            Message::Remind { who, obligation, .. } => {
                let (party, obligation) = (self.party(*who), self.obligation(*obligation));
                match self.due_of(message) {
                    Some(deadline) => {
                        say!("reminded {party}: {obligation} is due {deadline}", party, obligation, deadline)
                    }
                    None => say!("reminded {party} of {obligation}", party, obligation),
                }
            }
            Message::Assign { who, opening, .. } => {
                let deadline = self.due_of(message);
                let due = deadline.map_or(String::new(), |deadline| say!(", due {deadline}", deadline));
                say!(
                    "for {party}: {opening}{due}",
                    party = self.party(*who),
                    opening = self.opening(*opening),
                    due
                )
            }
            Message::Announce { obligation, .. } => {
                say!("announced {obligation}", obligation = self.obligation(*obligation))
            }
            Message::Refer { to, obligation, again, fields, .. } => {
                let (party, obligation, fields) =
                    (self.party(*to), self.obligation(*obligation), self.fields(fields));
                if *again == 0 {
                    say!("referred to {party}: {obligation}{fields}", party, obligation, fields)
                } else {
                    say!("asked again to {party}: {obligation}{fields}", party, obligation, fields)
                }
            }
            Message::Ask { obligation, .. } => {
                say!("asked the client: {obligation}", obligation = self.obligation(*obligation))
            }
            Message::Start { obligation, count, fields, .. } => {
                let cases = if *count == 1 { say!("1 case") } else { say!("{count} cases", count) };
                say!(
                    "starts {cases}: {obligation}{fields}",
                    cases,
                    obligation = self.obligation(*obligation),
                    fields = self.fields(fields)
                )
            }
            Message::EndedFor { parent, .. } => {
                say!("told the case `{label}` that this one has ended", label = parent.label)
            }
            Message::Household { household } => {
                say!("looks who leads in the household `{household}`", household)
            }
            Message::Tied { who, tie } => {
                say!("told {party}: {reason}", party = self.party(*who), reason = self.tie(tie))
            }
            Message::Call { obligation, attempt, fields, .. } => {
                let times = if *attempt == 1 { String::new() } else { say!(" (call {attempt})", attempt) };
                say!(
                    "called the plugin for {obligation}{times}{fields}",
                    obligation = self.obligation(*obligation),
                    times,
                    fields = self.fields(fields)
                )
            }
        }
    }

    fn fields(&self, fields: &[(voordeur_protocol::FieldId, voordeur_protocol::Value)]) -> String {
        let names: Vec<String> =
            fields.iter().map(|(field, _)| format!("`{}`", self.0.fields.row(*field).name)).collect();
        if names.is_empty() { String::new() } else { say!(", with {names}", names = names.join(", ")) }
    }

    fn reason(&self, reason: Reason) -> String {
        match reason {
            Reason::Rule { rule, effect } => {
                let row = &self.0.rules.row(rule);
                notice(&row.effects, effect).unwrap_or_else(|| self.cause_of(rule))
            }
            Reason::Step { obligation, step, effect } => self.step_reason(obligation, step, effect),
            Reason::Unanswered { obligation, on } => {
                say!(
                    "{happened}, and no rule of the pathway answers it",
                    happened = self.happened(obligation, on)
                )
            }
            Reason::NoConsent { obligation } => {
                say!(
                    "{obligation} needs consent, and there is none",
                    obligation = self.obligation(obligation)
                )
            }
            Reason::Stopped { obligation } => {
                say!(
                    "{obligation} has failed and waits for somebody who looks at it",
                    obligation = self.obligation(obligation)
                )
            }
            Reason::Withheld { obligation } => {
                say!(
                    "the case cannot close while {obligation} is open",
                    obligation = self.obligation(obligation)
                )
            }
            Reason::CalledOff { obligation } => {
                say!("{obligation} is no longer asked", obligation = self.obligation(obligation))
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
            say!(
                "escalation `{name}` ({title}), step {step}",
                name = row.name,
                title = row.title,
                step = step.saturating_add(1)
            )
        })
    }

    fn rule(&self, rule: RuleId) -> String {
        let row = &self.0.rules.row(rule);
        say!("line {line}: {what}", line = row.line, what = row.text)
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
        format!("{} `{}` {}", row.kind.in_words(), row.name, row.happening_name(on, self.0.spelling))
    }

    fn opening(&self, opening: OpeningId) -> String {
        self.obligation(self.0.openings.row(opening).obligation)
    }

    fn obligation(&self, obligation: ObligationId) -> String {
        let row = &self.0.obligations.row(obligation);
        if row.title == row.name {
            format!("{} `{}`", row.kind.in_words(), row.name)
        } else {
            format!("{} `{}` ({})", row.kind.in_words(), row.name, row.title)
        }
    }

    fn stage(&self, stage: StageId) -> &str {
        &self.0.stages.row(stage).name
    }

    fn party(&self, party: PartyId) -> &str {
        &self.0.parties.row(party).name
    }

    fn by(&self, by: By) -> String {
        by.map_or(String::new(), |by| say!(", by {party}", party = self.party(by)))
    }
}

fn notice(effects: &[Effect], position: u8) -> Option<String> {
    match effects.get(usize::from(position))? {
        Effect::Notify { text, .. } => text.clone(),
        _ => None,
    }
}

fn came_over(arrival: &Arrival) -> String {
    let (before, version) = (&arrival.from.version, &arrival.to.version);
    if arrival.dropped.is_empty() {
        return say!("came over from version {before} to version {version}", before, version);
    }
    let names: Vec<String> = arrival.dropped.iter().map(|name| format!("`{name}`")).collect();
    say!(
        "came over from version {before} to version {version}; no longer asked: {names}",
        before,
        version,
        names = names.join(", ")
    )
}
