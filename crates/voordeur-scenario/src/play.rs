//! Playing an example: reports and timers go through the engine in the order of time.

use jiff::Timestamp;
use jiff::civil::Date;
use voordeur_diagnostics::Span;
use voordeur_engine::{By, Case, Data, Entry, Event, Rejection, apply, known, step};
use voordeur_messages::say;
use voordeur_protocol::{CheckedProtocol, FieldId, Value};

use crate::example::{Action, Example, Report};
use crate::expect;

/// What an example did.
#[derive(Debug, Clone)]
pub struct Played {
    /// Everything that happened, in order.
    pub timeline: Vec<Moment>,
    /// The case at the end.
    pub case: Case,
    /// From which day the settings had the values that the case has kept; `None` is from the start.
    pub edition: Option<Date>,
    /// What went otherwise than expected; nothing when all went well.
    pub failure: Option<Failure>,
}

/// One step of the engine.
#[derive(Debug, Clone)]
pub struct Moment {
    /// When (UTC).
    pub at: Timestamp,
    /// What the engine wrote in the journal.
    pub entries: Vec<Entry>,
    /// Why the report was refused, when it was.
    pub refused: Option<Rejection>,
    /// What was reported; none for a timer.
    pub report: Option<Report>,
    /// The fields as they were when the rules were looked at: what was reported with it stands in them,
    /// what a rule recorded then does not.
    pub known: Vec<(FieldId, Value)>,
}

/// Something went otherwise than expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The line, or the part of it, that was not met.
    pub span: Span,
    /// What was expected and what happened instead.
    pub message: String,
    /// The first moment (UTC) at which it went otherwise.
    pub at: Timestamp,
}

/// Plays one example up to its first failure.
#[must_use]
pub fn play(protocol: &CheckedProtocol, example: &Example) -> Played {
    let reported = example.actions.iter().find_map(|(_, action)| match action {
        Action::Happens { at, .. } => Some(protocol.calendar.date(*at)),
        _ => None,
    });
    let protocol = &reported.map_or_else(|| protocol.clone(), |day| protocol.on(day));
    let mut player =
        Player { protocol, case: Case::default(), timeline: Vec::new(), since: 0, now: Timestamp::MIN };
    let mut failure = None;
    for (at, (span, action)) in example.actions.iter().enumerate() {
        let expects_refusal = example.actions.get(at + 1..).is_some_and(expect::refusal_comes);
        failure = player.act(*span, action, expects_refusal);
        if failure.is_some() {
            break;
        }
    }
    Played { timeline: player.timeline, case: player.case, edition: protocol.edition(), failure }
}

pub(crate) struct Player<'a> {
    pub(crate) protocol: &'a CheckedProtocol,
    pub(crate) case: Case,
    pub(crate) timeline: Vec<Moment>,
    /// Where in the timeline the last report or wait begins.
    since: usize,
    /// The moment up to which time has gone by.
    pub(crate) now: Timestamp,
}

impl Player<'_> {
    fn act(&mut self, span: Span, action: &Action, expects_refusal: bool) -> Option<Failure> {
        match action {
            Action::Happens { at, report, data, by } => {
                self.time_goes_by(*at);
                self.since = self.timeline.len();
                self.report(*report, data, *by);
                let refused = self.recent().last().and_then(|moment| moment.refused.as_ref());
                refused.filter(|_| !expects_refusal).map(|why| Failure {
                    span,
                    message: say!("the report was refused: {why}", why),
                    at: *at,
                })
            }
            Action::Deviates { at, what, because, by } => {
                self.time_goes_by(*at);
                self.since = self.timeline.len();
                let event = Event::Deviated { what: *what, because: because.as_str().into(), by: *by };
                self.step(&event, self.now, None);
                self.refusal(span, *at, expects_refusal)
            }
            Action::NothingUntil(until) => {
                self.since = self.timeline.len();
                self.time_goes_by(*until);
                None
            }
            Action::Expect { expected, nothing_else } => expect::check(self, span, expected, *nothing_else),
        }
    }

    fn refusal(&self, span: Span, at: Timestamp, expected: bool) -> Option<Failure> {
        let refused = self.recent().last().and_then(|moment| moment.refused.as_ref());
        let message = |why: &Rejection| say!("the report was refused: {why}", why);
        refused.filter(|_| !expected).map(|why| Failure { span, message: message(why), at })
    }

    /// Fires every timer that is due until then, the moment itself included.
    fn time_goes_by(&mut self, until: Timestamp) {
        while let Some(timer) = self.case.next_timer().filter(|timer| timer.due.at <= until) {
            let (id, at) = (timer.id, timer.due.at.max(self.case.touched_at));
            let before = self.timeline.len();
            self.step(&Event::TimerDue(id), at, None);
            if self.timeline.get(before).is_some_and(|moment| moment.refused.is_some()) {
                break;
            }
        }
        self.now = until;
    }

    fn report(&mut self, report: Report, data: &Data, by: By) {
        let event = match report {
            Report::Trigger(trigger) => Event::Reported { trigger, data: data.clone(), by },
            Report::Occurrence(what) => Event::Occurred { what, data: data.clone(), by },
        };
        self.step(&event, self.now, Some(report));
    }

    fn step(&mut self, event: &Event, at: Timestamp, report: Option<Report>) {
        let moment = match step(self.protocol, &self.case, event, at) {
            Ok(done) => {
                let known = self.known(&done.entries, at);
                self.case = done.case;
                Moment { at, entries: done.entries, refused: None, report, known }
            }
            Err(why) => Moment { at, entries: Vec::new(), refused: Some(why), report, known: Vec::new() },
        };
        self.timeline.push(moment);
    }

    fn known(&self, entries: &[Entry], at: Timestamp) -> Vec<(FieldId, Value)> {
        let mut case = self.case.clone();
        let first_rule = |entry: &&Entry| !matches!(entry, Entry::RuleFired { .. });
        for entry in entries.iter().take_while(first_rule) {
            apply(self.protocol, &mut case, at, entry);
        }
        known(self.protocol, &case, at)
    }

    /// What happened since the last report or wait began.
    pub(crate) fn recent(&self) -> &[Moment] {
        self.timeline.get(self.since..).unwrap_or_default()
    }
}
