//! Obligations: what was declared about each, and each place where one is opened.

use jiff::civil::Time;
use voordeur_calendar::{Length, Regime};
use voordeur_messages::{Lang, say};

use super::rule::Effect;
use crate::guard::Expr;
use crate::lifecycle::{Happening, Kind};
use crate::table::{EventId, FieldId, ObligationId, PartyId};

/// A declared obligation. Every opening of it shares this declaration.
#[derive(Debug, Clone, PartialEq)]
pub struct Obligation {
    /// Its name, unique in the pathway.
    pub name: String,
    /// Its title for people; its name when the file gives none.
    pub title: String,
    /// Its kind.
    pub kind: Kind,
    /// Who does it; for a referral the receiving agency, for a question the client.
    pub by: Option<PartyId>,
    /// Who does it together with them: `by worker and teamlead`.
    pub with: Vec<PartyId>,
    /// How many people do it together.
    pub people: u32,
    /// The fields that are asked when it is done, answered or returned.
    pub asks: Vec<FieldId>,
    /// Outcomes (task) or answers (question) that the file names; `Happening::Named(n)` counts here.
    pub named: Vec<String>,
    /// Whether it may be opened only while the client consents.
    pub needs_consent: bool,
    /// What is particular to its kind.
    pub spec: Spec,
    /// Its line in the file, counted from 1.
    pub line: u32,
}

impl Obligation {
    /// What a word means for this obligation: a move of its lifecycle, or an outcome that the file names.
    #[must_use]
    pub fn happening(&self, word: &str) -> Option<Happening> {
        let own = self.named.iter().position(|name| name == word).and_then(|index| u8::try_from(index).ok());
        own.map(Happening::Named)
            .or_else(|| Happening::from_word(word).filter(|on| self.kind.lifecycle().knows(*on)))
    }

    /// The word for something that happens to this obligation, in a spelling.
    #[must_use]
    pub fn happening_name(&self, on: Happening, spelling: Lang) -> String {
        match on {
            Happening::Named(index) => {
                self.named.get(usize::from(index)).cloned().unwrap_or_else(|| "?".to_owned())
            }
            other => other.word_in(spelling).unwrap_or("?").to_owned(),
        }
    }

    /// Whether the file says that this can happen: a referral without `via` is not passed on, and a visit without
    /// `prepared by` is not prepared.
    #[must_use]
    pub const fn is_foreseen(&self, on: Happening) -> bool {
        match (on, &self.spec) {
            (Happening::PassedOn, Spec::Referral(referral)) => referral.via.is_some(),
            (Happening::Prepared, Spec::Visit(visit)) => visit.prepared.is_some(),
            (Happening::Prepared, Spec::Series(series)) => series.visit.prepared.is_some(),
            _ => true,
        }
    }

    /// The clause that the file would need for this to happen, in a spelling; `None` when it can happen as it is.
    #[must_use]
    pub fn missing_clause(&self, on: Happening, spelling: Lang) -> Option<String> {
        let clause = if on == Happening::PassedOn { "via" } else { "prepared by" };
        (!self.is_foreseen(on)).then(|| voordeur_syntax::vocabulary::spelled(clause, spelling))
    }

    /// Every word that means something for this obligation in a spelling, those of the file first.
    #[must_use]
    pub fn happening_words(&self, spelling: Lang) -> Vec<String> {
        let lifecycle = self.kind.lifecycle();
        let known = Happening::all().filter(|on| lifecycle.knows(*on)).filter_map(|on| on.word_in(spelling));
        self.named.iter().cloned().chain(known.map(str::to_owned)).collect()
    }
}

/// What is particular to a kind of obligation.
#[derive(Debug, Clone, PartialEq)]
pub enum Spec {
    /// A task has nothing more.
    Task,
    /// A visit.
    Visit(Visit),
    /// A series of visits.
    Series(Series),
    /// A referral.
    Referral(Referral),
    /// A question.
    Question(Question),
    /// An action.
    Action(Action),
    /// An escalation.
    Escalation(Escalation),
    /// A contact in aftercare.
    Contact(Contact),
    /// Cases of another pathway.
    Sub(SubPathway),
}

/// A home visit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Visit {
    /// Why it is not announced, when it is not.
    pub unannounced: Option<String>,
    /// How long it lasts.
    pub lasts: Option<Length>,
    /// How often it is attempted; `None` is without limit.
    pub attempts: Option<u32>,
    /// Not earlier than this after the attempt before, and not later than that.
    pub apart: Option<(Length, Length)>,
    /// Attempts in a part of the day that was tried already do not count until all were tried.
    pub different_parts_of_day: bool,
    /// How the visit is announced when the attempts are used up, and how long after that it is
    /// attempted once more.
    pub announce: Option<(String, Length)>,
    /// How it is announced from the start, and how long before the first time.
    pub announced: Option<(Vec<String>, Length)>,
    /// What comes before it, such as a phone call, and how long before.
    pub prepared: Option<(String, Length)>,
    /// Whether whoever visits may end a visit that becomes unsafe.
    pub may_break_off: bool,
    /// When it may be made.
    pub hours: Hours,
}

/// When a visit may be made; an attempt at another time does not count.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Hours {
    /// Only on working days.
    pub working_days: bool,
    /// Only from the first time of day until the second, local time.
    pub between: Option<(Time, Time)>,
    /// Not while the schools are closed.
    pub not_in_school_holidays: bool,
}

/// A series of visits.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// How many, or how often.
    pub plan: Plan,
    /// The least time from one visit to the next.
    pub spaced: Option<Length>,
    /// What holds for each visit.
    pub visit: Visit,
}

/// How many visits a series has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Plan {
    /// `6 visits in 18 months`: so many within so long, evenly spread.
    Number {
        /// How many.
        count: u32,
        /// Within how long.
        within: Length,
    },
    /// `1 to 2 visits per week for 9 months`
    Rate {
        /// At least so many in each period.
        least: u32,
        /// At most so many in each period.
        most: u32,
        /// How long a period is.
        per: Length,
        /// How long it goes on.
        lasting: Length,
    },
}

impl Plan {
    /// In words, as a file says it, in the language of whoever asks.
    ///
    /// ```
    /// use voordeur_calendar::{Length, Unit};
    /// use voordeur_protocol::model::Plan;
    ///
    /// let weeks = |amount| Length::new(amount, Unit::Weeks);
    /// let rate = |least, most| Plan::Rate { least, most, per: weeks(1), lasting: weeks(4) };
    /// assert_eq!(rate(1, 1).in_words(), "1 visit per week for 4 weeks");
    /// assert_eq!(rate(1, 3).in_words(), "1 to 3 visits per week for 4 weeks");
    /// assert_eq!(Plan::Number { count: 4, within: weeks(4) }.in_words(), "4 visits in 4 weeks");
    /// ```
    #[must_use]
    pub fn in_words(self) -> String {
        match self {
            Self::Number { count: 1, within } => say!("1 visit in {within}", within),
            Self::Number { count, within } => say!("{count} visits in {within}", count, within),
            Self::Rate { least, most, per, lasting } => {
                let per = if per.amount == 1 { per.unit.in_singular() } else { per.to_string() };
                match (least, most) {
                    (1, 1) => say!("1 visit per {per} for {lasting}", per, lasting),
                    _ if least == most => {
                        say!("{count} visits per {per} for {lasting}", count = least, per, lasting)
                    }
                    _ => say!("{least} to {most} visits per {per} for {lasting}", least, most, per, lasting),
                }
            }
        }
    }
}

/// A referral.
#[derive(Debug, Clone, PartialEq)]
pub struct Referral {
    /// The receiving agency.
    pub to: PartyId,
    /// Through whom it goes: who passes it on to the receiving agency.
    pub via: Option<PartyId>,
    /// The fields that are handed over.
    pub hands_over: Vec<FieldId>,
    /// Whether the sender keeps the case until contact with the client is confirmed.
    pub warm: bool,
    /// Within which term it must be accepted.
    pub accept: Option<Term>,
    /// Within which term there must be contact with the client.
    pub contact: Option<Term>,
    /// Who is reminded how long before each of these terms ends.
    pub remind: Option<(PartyId, Length)>,
    /// How often it is asked again when it was declined or is overdue.
    pub ask_again: u32,
}

/// A question to the client.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// After how long no answer counts as silence.
    pub silent_after: Length,
}

/// The work of a plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// The name of the plugin.
    pub plugin: String,
    /// Which of its actions.
    pub does: String,
    /// The party for whom it works, which may see the fields.
    pub to: Option<PartyId>,
    /// The fields that it gets.
    pub sees: Vec<FieldId>,
    /// The fields that it gives back.
    pub returns: Vec<FieldId>,
    /// Settings that the file gives it.
    pub with: Vec<(String, String)>,
    /// How often it is tried again after it failed.
    pub retries: u32,
    /// Whether it then stays open until somebody has looked at it, instead of being given up.
    pub stops: bool,
}

/// A ladder of warnings.
#[derive(Debug, Clone, PartialEq)]
pub struct Escalation {
    /// Its steps, in the order of the file.
    pub steps: Vec<Step>,
}

/// One step of an escalation.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// How long after its start; `None` is at once.
    pub after: Option<Length>,
    /// What is done.
    pub effects: Vec<Effect>,
    /// Its line in the file, counted from 1.
    pub line: u32,
}

/// A contact in aftercare.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// Whether somebody goes there; otherwise it is a call.
    pub visit: bool,
    /// How long before the planned day it may be made.
    pub before: Length,
    /// How long after the planned day it counts as missed.
    pub after: Length,
}

/// Cases of another pathway that belong to this one.
#[derive(Debug, Clone, PartialEq)]
pub struct SubPathway {
    /// The name of the other pathway.
    pub pathway: String,
    /// Through which of its triggers they are reported.
    pub trigger: String,
    /// The field that says how many; one when there is none.
    pub for_each: Option<FieldId>,
    /// The fields that they get, where the trigger asks for one of the same name.
    pub hands_over: Vec<FieldId>,
}

/// How strongly an opened obligation binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is obliged.
    Must,
    /// It is offered to the worker's judgement.
    May,
}

/// One place in the file where an obligation is opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    /// What is opened.
    pub obligation: ObligationId,
    /// How strongly it binds.
    pub mode: Mode,
    /// The term within which it must be closed (a visit: first attempted).
    pub term: Option<Term>,
    /// The preferred, earlier term of `prefer … else …`.
    pub preferred: Option<Term>,
    /// For a contact: how long after the start of the aftercare it is planned.
    pub planned_after: Option<Length>,
    /// Who is reminded, how long before the term ends.
    pub reminders: Vec<Reminder>,
    /// Whether it is offered anew when it has been done.
    pub repeatable: bool,
    /// While this holds its clocks stand still, per whole day (Awb art. 4:15), and why.
    pub paused: Option<(Expr, Option<String>)>,
    /// Whether it stays open when its stage is left.
    pub keeps_running: bool,
    /// Its line in the file, counted from 1.
    pub line: u32,
}

/// `remind worker 1 working day before take_in is due`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reminder {
    /// Whom.
    pub who: PartyId,
    /// How long before.
    pub before: Length,
    /// Its line in the file, counted from 1.
    pub line: u32,
}

/// A term.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// How long; `None` ends with the day of the anchor.
    pub length: Option<Length>,
    /// What it counts from.
    pub anchor: Anchor,
    /// Which rules of law shift its end.
    pub regime: Regime,
    /// Whether it is counted back from a day; it then ends with the last day that is so long before.
    pub back: Option<Back>,
}

/// How a term is counted back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Back {
    /// Whether a day that is no working day becomes the working day before it. Never later
    /// (Algemene termijnenwet, article 1(2)).
    pub or_earlier: bool,
}

/// What a term or a delay counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// From the opening of the obligation; for a rule, from entering the stage.
    Opening,
    /// From the report that opened the case.
    Report,
    /// From the last time that this happened to this obligation.
    Happened(ObligationId, Happening),
    /// From the start of the day that this field holds.
    Field(FieldId),
    /// From the last time that this event happened to the case.
    Event(EventId),
}
