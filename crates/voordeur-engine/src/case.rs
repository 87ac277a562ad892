//! The state of one case. Plain data: every change goes through [`apply`](crate::apply).

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use voordeur_calendar::Due;
use voordeur_protocol::guard::Facts;
use voordeur_protocol::{
    EndId, EventId, FieldId, Happening, Obligation, ObligationId, Opening, OpeningId, Protocol, RuleId,
    StageId, StateId, TriggerId, Value,
};

use crate::tie::Ties;
use crate::timer::{Timer, TimerId, TimerKind};

/// The number of an opened obligation within its case, counted from 1. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Serial(pub u32);

/// One case: a household, a client, a pupil.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Whether it runs.
    pub status: Status,
    /// When it was reported; the moment that `of report` counts from.
    pub opened_at: Timestamp,
    /// When something last happened to it. Time never runs backwards in a case.
    pub touched_at: Timestamp,
    /// By what it was reported.
    pub trigger: Option<TriggerId>,
    /// The stage it is in, or was in when it ended.
    pub stay: Option<Stay>,
    /// The stage that was interrupted, to which `-> back` returns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<Stay>,
    /// What has been recorded, sorted by field.
    #[serde(default)]
    pub data: Vec<(FieldId, Value)>,
    /// The open obligations, in the order in which they were opened.
    #[serde(default)]
    pub open: Vec<Instance>,
    /// The last thing that happened to each obligation, in order of first happening.
    #[serde(default)]
    pub last: Vec<Last>,
    /// Rules of `always` that wait until the stage that they lead to, in which the case is, has been left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub postponed: Vec<Postponed>,
    /// The conditions of `always` that have had their turn and have held since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub met: Vec<RuleId>,
    /// For rules on time the moment that has had its turn: of a delay of `always` what it counts from, of
    /// birthdays the last one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reached: Vec<(RuleId, Timestamp)>,
    /// The same for rules that count from a personal value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<(RuleId, Timestamp)>,
    /// When each event of the case last happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub occurred: Vec<(EventId, Timestamp)>,
    /// The timers, in the order in which they were set.
    #[serde(default)]
    pub timers: Vec<Timer>,
    /// Whether the client has consented, and has not withdrawn it since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub consent: bool,
    /// What sliding sums and counts look back on: the field, and what was counted when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<(FieldId, Vec<(Timestamp, i64)>)>,
    /// How often each stage was entered.
    #[serde(default)]
    pub entered: Vec<(StageId, u32)>,
    /// To which case it belongs, when it was started by another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// What ties it to other cases.
    #[serde(default, skip_serializing_if = "Ties::is_empty")]
    pub ties: Ties,
    /// The versions of its pathway that it ran on before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ran_on: Vec<Left>,
    /// The last serial given out.
    pub serials: u32,
    /// The last timer number given out.
    pub timer_ids: u32,
    /// The last number of a stay given out.
    pub stays: u32,
}

/// A version of its pathway that a case has left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// When (UTC): what happened before it happened on that version.
    pub at: Timestamp,
    /// The digest by which the version is stored.
    pub digest: Arc<str>,
}

/// The case that started this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Its label.
    pub label: Arc<str>,
    /// The obligation there that it belongs to.
    pub serial: Serial,
}

/// Whether a case runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing has been reported yet.
    #[default]
    Unreported,
    /// It runs.
    Running,
    /// It has ended.
    Ended {
        /// In which end.
        end: EndId,
        /// When.
        at: Timestamp,
    },
}

/// One stay in a stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stay {
    /// In which stage.
    pub stage: StageId,
    /// The number of the stay within the case.
    pub number: u32,
    /// Since when.
    pub entered_at: Timestamp,
    /// The `when` rules that have had their turn in this stay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fired: Vec<RuleId>,
    /// Rules that would have ended the case while a referral was open; they wait for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<RuleId>,
    /// What happened to this stay's obligations while it was interrupted; dealt with on return.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deferred: Vec<Deferred>,
}

/// Something that waits for the return to an interrupted stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deferred {
    /// The number of the obligation in the case.
    pub serial: Serial,
    /// Where it was opened.
    pub opening: OpeningId,
    /// Which obligation.
    pub obligation: ObligationId,
    /// What happened to it.
    pub on: Happening,
    /// For what time.
    #[serde(default)]
    pub number: u32,
}

/// A rule of `always` that waits for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Postponed {
    /// Which rule.
    pub rule: RuleId,
    /// The obligation that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Serial>,
}

/// An open obligation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// Its number in the case.
    pub serial: Serial,
    /// The place in the file where it was opened.
    pub opening: OpeningId,
    /// Its state in the lifecycle of its kind.
    pub state: StateId,
    /// The stay in which it was opened.
    pub stay: u32,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// For an escalation: what it is about. For what an escalation opened: that escalation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Serial>,
    /// Attempts that count (visit), times asked again (referral), failures (action), steps done (escalation).
    #[serde(default)]
    pub count: u32,
    /// The parts of the day in which was tried, as bits.
    #[serde(default)]
    pub parts: u8,
    /// When the last counted attempt was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempted_at: Option<Timestamp>,
    /// Whether its term has started to run; one that counts from a later event starts later.
    #[serde(default)]
    pub armed: bool,
    /// Whether what comes before a visit has been done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prepared: bool,
    /// For a series: how many visits there were in this period, and how many periods are over.
    #[serde(default, skip_serializing_if = "is_start")]
    pub period: (u32, u32),
    /// How many cases of another pathway it started.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub children: u32,
    /// Since when its clocks stand still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_since: Option<Timestamp>,
    /// Not to be done before this moment (next attempt, window of a contact).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_start(period: &(u32, u32)) -> bool {
    period.0 == 0 && period.1 == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// The last thing that happened to an obligation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// To which.
    pub obligation: ObligationId,
    /// What; `None` when it was opened again and nothing has happened since.
    pub on: Option<Happening>,
    /// When.
    pub at: Timestamp,
    /// In which stay it was opened.
    pub stay: u32,
    /// Whether it counts in every stage (`keeps running`).
    pub everywhere: bool,
}

impl Case {
    /// Whether the case has been reported and has not ended.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.status == Status::Running
    }

    /// The open obligation with this number.
    #[must_use]
    pub fn instance(&self, serial: Serial) -> Option<&Instance> {
        self.open.iter().find(|instance| instance.serial == serial)
    }

    /// The timer with this number.
    #[must_use]
    pub fn timer(&self, id: TimerId) -> Option<&Timer> {
        self.timers.iter().find(|timer| timer.id == id)
    }

    /// The timer that fires first: earliest, then by rank of its kind, then by number. Held timers do not fire.
    #[must_use]
    pub fn next_timer(&self) -> Option<&Timer> {
        self.timers.iter().filter(|timer| !timer.held && !timer.paused).min_by_key(|timer| timer.order())
    }

    /// How often a stage was entered.
    #[must_use]
    pub fn times_entered(&self, stage: StageId) -> u32 {
        self.entered.iter().find(|(id, _)| *id == stage).map_or(0, |(_, times)| *times)
    }

    /// The number of the current stay; 0 before the report.
    #[must_use]
    pub fn stay_number(&self) -> u32 {
        self.stay.as_ref().map_or(0, |stay| stay.number)
    }

    /// The last thing that happened to an obligation, whatever the stay.
    #[must_use]
    pub fn last(&self, obligation: ObligationId) -> Option<&Last> {
        self.last.iter().find(|last| last.obligation == obligation)
    }

    /// The moment of a rule on time that has had its turn.
    #[must_use]
    pub fn reached(&self, rule: RuleId) -> Option<Timestamp> {
        self.reached.iter().chain(&self.turns).find(|(id, _)| *id == rule).map(|(_, at)| *at)
    }

    /// When an obligation is due, as far as its timers say.
    #[must_use]
    pub fn due_of(&self, serial: Serial) -> Option<Due> {
        let ends = |timer: &&Timer| {
            timer.kind.serial() == Some(serial)
                && matches!(
                    timer.kind,
                    TimerKind::Overdue(_) | TimerKind::NoContact(_) | TimerKind::Missed(_)
                )
        };
        self.timers.iter().filter(ends).map(|timer| timer.due).min_by_key(|due| due.at)
    }

    /// The digest of the version on which something happened to it; `None` for the version that it runs on now.
    #[must_use]
    pub fn ran_on(&self, at: Timestamp) -> Option<&str> {
        self.ran_on.iter().find(|left| at < left.at).map(|left| &*left.digest)
    }

    /// When an event last happened to the case.
    #[must_use]
    pub fn occurred(&self, event: EventId) -> Option<Timestamp> {
        self.occurred.iter().find(|(id, _)| *id == event).map(|(_, at)| *at)
    }

    /// Whether every number in it names something in this protocol. A stored case is asked before it is
    /// used: only then do the tables answer for every number.
    #[must_use]
    pub fn fits(&self, protocol: &Protocol) -> bool {
        let stay = |stay: &Stay| {
            protocol.stages.get(stay.stage).is_some()
                && stay.fired.iter().chain(&stay.withheld).all(|rule| protocol.rules.get(*rule).is_some())
                && stay.deferred.iter().all(|waiting| {
                    protocol.openings.get(waiting.opening).is_some()
                        && protocol.obligations.get(waiting.obligation).is_some()
                })
        };
        let ended = match self.status {
            Status::Ended { end, .. } => protocol.ends.get(end).is_some(),
            Status::Unreported | Status::Running => true,
        };
        ended
            && self.trigger.is_none_or(|trigger| protocol.triggers.get(trigger).is_some())
            && self.stay.iter().chain(&self.suspended).all(stay)
            && self.data.iter().all(|(field, _)| protocol.fields.get(*field).is_some())
            && self.windows.iter().all(|(field, _)| protocol.fields.get(*field).is_some())
            && self.open.iter().all(|instance| protocol.openings.get(instance.opening).is_some())
            && self.last.iter().all(|last| protocol.obligations.get(last.obligation).is_some())
            && self.rules().all(|rule| protocol.rules.get(rule).is_some())
            && self.occurred.iter().all(|(event, _)| protocol.events.get(*event).is_some())
            && self.entered.iter().all(|(stage, _)| protocol.stages.get(*stage).is_some())
            && self.timers.iter().all(|timer| timer.fits(protocol))
    }

    /// The rules that it remembers apart from those of a stay.
    fn rules(&self) -> impl Iterator<Item = RuleId> {
        let postponed = self.postponed.iter().map(|waiting| waiting.rule);
        postponed
            .chain(self.met.iter().copied())
            .chain(self.reached.iter().chain(&self.turns).map(|(rule, _)| *rule))
    }

    pub(crate) fn instance_mut(&mut self, serial: Serial) -> Option<&mut Instance> {
        self.open.iter_mut().find(|instance| instance.serial == serial)
    }
}

impl Facts for Case {
    fn value(&self, field: FieldId) -> Option<&Value> {
        self.data
            .binary_search_by_key(&field, |(id, _)| *id)
            .ok()
            .and_then(|i| self.data.get(i))
            .map(|(_, v)| v)
    }

    fn happened(&self, obligation: ObligationId, happening: Happening) -> bool {
        self.last(obligation).is_some_and(|last| {
            last.on == Some(happening) && (last.everywhere || last.stay == self.stay_number())
        })
    }
}

impl Instance {
    /// The place in the file where it was opened.
    #[must_use]
    pub fn opening<'a>(&self, protocol: &'a Protocol) -> &'a Opening {
        protocol.openings.row(self.opening)
    }

    /// Its declaration.
    #[must_use]
    pub fn obligation<'a>(&self, protocol: &'a Protocol) -> &'a Obligation {
        protocol.obligations.row(self.opening(protocol).obligation)
    }

    /// Whether it may be done, and nobody has begun.
    #[must_use]
    pub fn is_offered(&self, protocol: &Protocol) -> bool {
        self.obligation(protocol).kind.lifecycle().state(self.state).name == "offered"
    }

    /// Whether the leaving of its stage cancels it.
    #[must_use]
    pub fn keeps_running(&self, protocol: &Protocol) -> bool {
        self.opening(protocol).keeps_running
    }
}
