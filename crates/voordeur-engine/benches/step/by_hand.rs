//! Eropaf as a programmer would write it for this one protocol: an enum of stages, a `match`, deadlines from the
//! same calendar. It records, sets timers and sends messages as the engine does, and keeps no journal of reasons.

use jiff::Timestamp;
use voordeur_calendar::{Calendar, Length, Regime, Unit};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Stage {
    #[default]
    None,
    Intake,
    Visiting,
    Mediation,
    Review,
    FollowUp,
}

#[derive(Debug, Clone)]
pub(crate) enum Event {
    SelfReport { bailiff: bool },
    TakenIn { visit_needed: bool, bailiff: bool, months: i64, arrears: i64 },
    Visited { neglect: bool, income: u16, social_work: bool },
    Agreed { eviction: u16 },
    Looked { social_work: bool },
    Accepted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timer {
    Remind,
    Overdue,
    NoContact,
    RemindContact,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Message {
    Assign(&'static str, Timestamp),
    Call(Option<i64>),
    Refer(Option<i64>, Option<i64>),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Case {
    stage: Stage,
    entered_at: Timestamp,
    mediations: u32,
    bailiff: Option<bool>,
    visit_needed: Option<bool>,
    months: Option<i64>,
    arrears: Option<i64>,
    neglect: Option<bool>,
    income: Option<u16>,
    social_work: Option<bool>,
    eviction: Option<u16>,
    timers: Vec<(Timer, Timestamp)>,
    outbox: Vec<Message>,
}

const fn working_days(amount: u32) -> Length {
    Length::new(amount, Unit::WorkingDays)
}

impl Case {
    pub(crate) fn step(&mut self, calendar: &Calendar, event: &Event, now: Timestamp) -> &[Message] {
        self.outbox.clear();
        match (self.stage, event) {
            (Stage::None, Event::SelfReport { bailiff }) => {
                self.bailiff = Some(*bailiff);
                self.enter(Stage::Intake, now);
                let due = self.assign(calendar, "take_in", working_days(2), now);
                self.timers.push((Timer::Remind, calendar.before(due, working_days(1)).at));
            }
            (Stage::Intake, Event::TakenIn { visit_needed, bailiff, months, arrears }) => {
                self.visit_needed = Some(*visit_needed);
                self.bailiff = Some(*bailiff);
                self.months = Some(*months);
                self.arrears = Some(*arrears);
                if *visit_needed {
                    self.enter(Stage::Visiting, now);
                    self.assign(calendar, "first_visit", working_days(3), now);
                } else {
                    self.mediate(calendar, now);
                }
            }
            (Stage::Visiting, Event::Visited { neglect, income, social_work }) => {
                self.neglect = Some(*neglect);
                self.income = Some(*income);
                self.social_work = Some(*social_work);
                self.mediate(calendar, now);
            }
            (Stage::Mediation, Event::Agreed { eviction }) => {
                self.eviction = Some(*eviction);
                match *eviction {
                    1 | 2 => {
                        self.enter(Stage::Review, now);
                        self.assign(calendar, "look_further", Length::new(2, Unit::Weeks), now);
                    }
                    _ => self.mediate(calendar, now),
                }
            }
            (Stage::Review, Event::Looked { social_work }) => {
                self.social_work = Some(*social_work);
                self.enter(Stage::FollowUp, now);
                self.outbox.push(Message::Refer(self.months, self.arrears));
                let accept = calendar.deadline(now, working_days(5), Regime::OwnNorm).at;
                let contact = calendar.deadline(now, Length::new(4, Unit::Weeks), Regime::OwnNorm).at;
                self.timers.push((Timer::Overdue, accept));
                self.timers.push((Timer::Remind, calendar.before(accept, working_days(2)).at));
                self.timers.push((Timer::NoContact, contact));
                self.timers.push((Timer::RemindContact, calendar.before(contact, working_days(2)).at));
            }
            (Stage::FollowUp, Event::Accepted) => {
                self.timers.retain(|(timer, _)| !matches!(timer, Timer::Overdue | Timer::Remind));
            }
            _ => {}
        }
        &self.outbox
    }

    fn mediate(&mut self, calendar: &Calendar, now: Timestamp) {
        self.mediations += 1;
        self.enter(Stage::Mediation, now);
        let due = calendar.deadline(now, working_days(1), Regime::OwnNorm).at;
        self.timers.push((Timer::Overdue, due));
        self.outbox.push(Message::Call(self.arrears));
        self.assign(calendar, "agree", Length::new(2, Unit::Weeks), now);
    }

    fn enter(&mut self, stage: Stage, now: Timestamp) {
        self.stage = stage;
        self.entered_at = now;
        self.timers.clear();
    }

    fn assign(&mut self, calendar: &Calendar, what: &'static str, term: Length, now: Timestamp) -> Timestamp {
        let due = calendar.deadline(now, term, Regime::OwnNorm).at;
        self.timers.push((Timer::Overdue, due));
        self.outbox.push(Message::Assign(what, due));
        due
    }
}

/// The same story as the engine plays.
pub(crate) fn story(moments: &[Timestamp]) -> Vec<(Timestamp, Event)> {
    let events = [
        Event::SelfReport { bailiff: false },
        Event::TakenIn { visit_needed: true, bailiff: false, months: 4, arrears: 90_000 },
        Event::Visited { neglect: false, income: 1, social_work: false },
        Event::Agreed { eviction: 2 },
        Event::Looked { social_work: false },
        Event::Accepted,
    ];
    moments.iter().copied().zip(events).collect()
}
