//! Obligations, their clauses and terms.

use super::{Count, Expr, Length, Name, Spanned, Text, Unit};
use crate::span::Span;

/// A declared or inline obligation.
#[derive(Debug, Clone, PartialEq)]
pub struct Obligation {
    /// Which kind.
    pub kind: ObligationKind,
    /// Its name.
    pub name: Name,
    /// Its title for people.
    pub title: Option<Text>,
    /// Its clauses, in the order of the file.
    pub clauses: Vec<Spanned<Clause>>,
    /// Whether it was declared with a block `{ … }`.
    pub block: bool,
}

/// The kinds of obligation that a file can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObligationKind {
    /// `task`
    Task,
    /// `visit`
    Visit,
    /// `series`: planned visits
    Series,
    /// `start`: cases of another pathway
    Start,
    /// `measure`: after closing
    Measure,
    /// `call`: a contact at a planned moment
    Call,
    /// `referral` (declared) or `refer` (opened)
    Referral,
    /// `action`
    Action,
    /// `question`
    Question,
}

/// One clause of an obligation. Which clause fits which kind is checked later.
#[derive(Debug, Clone, PartialEq)]
pub enum Clause {
    /// `by worker x 2`, `by worker and teamlead`
    By { who: Name, with: Vec<Name>, count: u32 },
    /// `to madi`
    To(Name),
    /// `within 2 weeks of report`, `same day`
    Within(Term),
    /// `same day else within 2 working days` (with `prefer`): the fallback
    ElseWithin(Term),
    /// `asks a, b` or `records a, b`
    Asks(Vec<Name>),
    /// `outcomes unreachable, moved`
    Outcomes(Vec<Name>),
    /// `unannounced because "…"`
    Unannounced { because: Option<Text> },
    /// `announced`
    Announced,
    /// `lasts 90 minutes`
    Lasts(Length),
    /// `attempts 3, 2 to 7 days apart, at different parts of the day`
    Attempts { count: Count, apart: Option<Apart>, different_parts_of_day: bool },
    /// `then announce by letter, and attempt once more after 5 working days`
    ThenAnnounce { by: Name, again_after: Length },
    /// `hands over a, b`
    HandsOver(Vec<Name>),
    /// `warm`
    Warm,
    /// `accept within 5 working days`
    Accept(Term),
    /// `contact within 10 working days`
    Contact(Term),
    /// `remind madi 2 working days before each`
    RemindBeforeEach { who: Name, before: Length },
    /// `declined or overdue: ask again once, then exhausted` / `ask again 2 times`
    AskAgain { times: u32 },
    /// `by plugin "letter"`
    Plugin(Text),
    /// `does fill`
    Does(Name),
    /// `sees a, b`
    Sees(Vec<Name>),
    /// `returns a, b`
    Returns(Vec<Name>),
    /// `with template = "…"`
    With { name: Name, value: Text },
    /// `retries 5`
    Retries(u32),
    /// `on failure retry 5 times, else task find_out …`, `on failure stop`
    OnFailure(OnFailure),
    /// `answers yes_please, no_thanks`
    Answers(Vec<Name>),
    /// `silent after 3 weeks`
    SilentAfter(Length),
    /// `announced by letter at least 5 working days before`
    AnnouncedBy { by: Vec<Name>, lead: Length },
    /// `prepared by phone at least 1 day before`
    Prepared { by: Name, before: Length },
    /// `only on working days 09:00 to 20:00`
    Only { working_days: bool, hours: Option<((i8, i8), (i8, i8))> },
    /// `not in school holidays`
    NotInSchoolHolidays,
    /// `6 visits in 18 months`
    Number { count: u32, within: Length },
    /// `1 to 2 visits per week for 9 months`
    Rate { least: u32, most: u32, per: Unit, lasting: Length },
    /// `at least 2 weeks apart`
    Spaced(Length),
    /// `via adviser`
    Via(Name),
    /// `may break off`: whoever visits may end a visit that becomes unsafe
    MayBreakOff,
    /// `needs consent`
    NeedsConsent,
    /// `repeatable`
    Repeatable,
    /// `pathway child_talk` (start)
    SubPathway(Name),
    /// `through found` (start): by which trigger
    Through(Name),
    /// `for each children` (start): as many as this field says
    ForEach(Name),
    /// `at closing, 1 year after closing` (measure): nothing is at closing itself
    AfterClosing(Vec<Length>),
    /// `for stable, declined` (measure): after which ends
    OnlyFor(Vec<Name>),
    /// `paused while waiting_for_client because "…"`
    Paused { condition: Expr, because: Option<Text> },
    /// `keeps running`
    KeepsRunning,
    /// `after 3 months, 6 months` (aftercare)
    After(Vec<Length>),
    /// `window 2 weeks before to 3 weeks after` (aftercare)
    Window { before: Length, after: Length },
}

/// What follows when an action fails.
#[derive(Debug, Clone, PartialEq)]
pub struct OnFailure {
    /// How often it is tried again first, where that may help.
    pub retries: u32,
    /// What follows then.
    pub then: AfterFailure,
}

/// What follows when an action has failed for good.
#[derive(Debug, Clone, PartialEq)]
pub enum AfterFailure {
    /// What the rules on `gave_up` say.
    GiveUp,
    /// It is given up, and this is opened: mostly a task.
    Open(Box<Obligation>),
    /// `stop`: it stays open until somebody has looked at it.
    Stop,
}

/// `2 to 7 days apart`
#[derive(Debug, Clone, PartialEq)]
pub struct Apart {
    /// Not earlier than this after the attempt before.
    pub least: u32,
    /// Not later than this after the attempt before.
    pub most: u32,
    /// Of what.
    pub unit: Unit,
    /// Where it stands.
    pub span: Span,
}

/// A term with what it counts from.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// How long; `None` is `same day`.
    pub length: Option<Length>,
    /// `of report`, `of arrival done`, `of eviction_date`; nothing counts from the opening.
    pub of: Option<Anchor>,
    /// `statutory`, `eu`; nothing is the project's own norm.
    pub regime: Option<Name>,
    /// Counted back from a date: `5 days before eviction_date`.
    pub before: Option<Before>,
    /// Where it stands.
    pub span: Span,
}

/// `before eviction_date or earlier`
#[derive(Debug, Clone, PartialEq)]
pub struct Before {
    /// A field of type date.
    pub day: Name,
    /// Whether a day that is no working day becomes the working day before it.
    pub or_earlier: bool,
}

/// What a term counts from.
#[derive(Debug, Clone, PartialEq)]
pub struct Anchor {
    /// `report`, an obligation, an event, or a field of type date.
    pub name: Name,
    /// What happened to it: `done`; of consent `given`.
    pub event: Option<Name>,
}
