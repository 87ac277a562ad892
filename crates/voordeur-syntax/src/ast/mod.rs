//! The syntax tree of a pathway file: what was written, with where it was written.
//!
//! No name is resolved and no rule is checked here; that is the business of `voordeur-protocol`.
//! Equality of names ignores their place, so that trees compare by meaning.

mod allow;
mod condition;
mod length;
mod obligation;
mod open_cases;
mod party;
mod promise;
mod scenario;
mod trigger;

pub use allow::Allow;
pub use condition::{Comparison, Expr, ExprKind, Operand, Quorum, Value, ValueKind};
pub use length::{Length, Unit};
pub use obligation::{
    AfterFailure, Anchor, Apart, Before, Clause, Obligation, ObligationKind, OnFailure, Term,
};
pub use open_cases::{Deadlines, OpenCases, SaysOfOpen};
pub use party::{Available, Role};
pub use promise::{Cause as PromisedCause, Deed, Ending, Happens, Promise, Promised, Subject};
pub use scenario::{Cell, Day, Examples, Expectation, Line, Moment, Scenario};
pub use trigger::{Branch, Selection, Trigger, When};

use voordeur_messages::Lang;

use crate::span::Span;

/// A name as written, with its place.
#[derive(Debug, Clone, Eq)]
pub struct Name {
    /// The text of the name.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// A quoted text, with escapes already replaced.
#[derive(Debug, Clone, Eq)]
pub struct Text {
    /// The text itself.
    pub text: String,
    /// Where it stands, quotes included.
    pub span: Span,
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// Anything with its place.
#[derive(Debug, Clone)]
pub struct Spanned<T> {
    /// The node.
    pub node: T,
    /// Where it stands.
    pub span: Span,
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

/// A whole file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct File {
    /// The pathways in the order of the file.
    pub pathways: Vec<Pathway>,
    /// The files that it imports.
    pub imports: Vec<Text>,
    /// What it shares with files that import it.
    pub modules: Vec<Module>,
    /// The scenarios in the order of the file.
    pub scenarios: Vec<Scenario>,
    /// The promises in the order of the file.
    pub promises: Vec<Promise>,
}

/// `module agencies { … }`: declarations for other files
#[derive(Debug, Clone, PartialEq)]
pub struct Module {
    /// Its name.
    pub name: Name,
    /// What it declares.
    pub items: Vec<Spanned<Item>>,
}

/// `pathway eropaf "…" { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Pathway {
    /// Its name.
    pub name: Name,
    /// Its title for people.
    pub title: Option<Text>,
    /// The pathway of which it says only the changes.
    pub extends: Option<Name>,
    /// What was called otherwise in the version before: the name now, and the name then.
    pub renames: Vec<(Name, Name)>,
    /// What stands between the braces, in order.
    pub items: Vec<Spanned<Item>>,
    /// The whole declaration.
    pub span: Span,
    /// In which spelling it is written.
    pub spelling: Lang,
}

/// One statement of a pathway.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// `version "2008.1" from 2008-03-01`
    Version { label: Text, from: Option<Spanned<Date>>, until: Option<Spanned<Date>> },
    /// `source "…"`
    Source(Text),
    /// `goal "…"`
    Goal(Text),
    /// `for whom "Tenants in arrears"`: the target group in words
    ForWhom(Text),
    /// `mandate "Covenant of all partners"`
    Mandate(Text),
    /// `funding until 2028-12-31`
    Funding(Spanned<Date>),
    /// `ends 2028-12-31, open cases go to welfare`
    Ends { date: Spanned<Date>, successor: Option<Name> },
    /// `priorities acute, plan`: stages, the most urgent first
    Priorities(Vec<Name>),
    /// `consultation "District meeting" new because "…"`
    Consultation { title: Text, new: bool, because: Option<Text> },
    /// `lead meldpunt`
    Lead(Name),
    /// `calendar nl`
    Calendar(Name),
    /// `basis public_task "Wgs art. 3" law "jci…"`
    Basis { ground: Name, text: Option<Text>, law: Option<Text> },
    /// `keep case for 5 years after closing`
    Keep { length: Length },
    /// `setting limit = 2 from 2027-01-01 = 3`
    Setting { name: Name, values: Vec<(Option<Date>, SettingValue)> },
    /// `without late, follow_up`: parts of the extended pathway that fall away
    Without(Vec<Name>),
    /// `office hours 09:00 to 17:00`
    OfficeHours { from: (i8, i8), to: (i8, i8) },
    /// `school calendar "Regio Noord" from 2025-08-01 to 2026-07-31 { closed 2025-10-18 to 2025-10-26 "Herfstvakantie" }`
    School { title: Option<Text>, from: Date, to: Date, closed: Vec<Spanned<Closed>> },
    /// `agency madi "…"`
    Agency { name: Name, title: Option<Text>, contact: Option<Name>, capacity: Option<u32> },
    /// `eligible when youngest < 18, else -> not_eligible`
    Eligible { condition: Expr, otherwise: Target },
    /// `measure at_home "…" { at closing, 1 year after closing  by worker  asks … }`
    Measure(Obligation),
    /// `role worker "…" of meldpunt trained in "…" only refers`
    Role(Role),
    /// `data { … }`
    Data(Vec<Field>),
    /// `trigger self_report "…" from client { … }`
    Trigger(Trigger),
    /// `event abuse "…" from worker { asks … }`
    Event { name: Name, title: Option<Text>, from: Vec<Name>, asks: Vec<Name> },
    /// `visit first_visit "…" { … }`, `task`, `referral`, `action`, `question` at the level of the pathway
    Obligation(Obligation),
    /// `escalation late "…" { … }`
    Escalation(Escalation),
    /// `stage intake "…" at most 3 times, else -> evicted { … }`
    Stage(Stage),
    /// `always { … }`
    Always(Vec<Spanned<Statement>>),
    /// `aftercare nazorg "…" { … }`
    Aftercare(Aftercare),
    /// `end stable "…" success no aftercare because "…"`
    End { name: Name, title: Option<Text>, kind: Name, no_aftercare: Option<Text> },
    /// `allow cold-handover until 2027-01-01 because "…"`
    Allow(Allow),
    /// `open cases { keep deadlines   stage visiting -> contact }`
    OpenCases(OpenCases),
    /// `facts { "P5.1" "…" in intake, take_in   "P5.18" "…" context }`
    Facts(Vec<Fact>),
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingValue {
    /// `3 working days`
    Length(Length),
    /// `2`, `€900`, `yes`
    Value(Value),
}

/// A number of times: written, or that of a setting.
#[derive(Debug, Clone, PartialEq)]
pub enum Count {
    /// `3`
    Number(u32),
    /// The name of a setting.
    Setting(Name),
}

/// A calendar date as written, not yet known to exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    /// The year, four digits.
    pub year: i16,
    /// The month, 1 to 12 when it exists.
    pub month: i8,
    /// The day of the month.
    pub day: i8,
}

/// `closed 2025-10-18 to 2025-10-26 "Herfstvakantie"`: both days included
#[derive(Debug, Clone, PartialEq)]
pub struct Closed {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// What it is called.
    pub title: Option<Text>,
}

/// One field of `data { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub ty: FieldType,
    /// A `?` after the type: the field may stay unknown.
    pub optional: bool,
    /// Its title for people.
    pub title: Option<Text>,
    /// `shared with a, b`
    pub shared_with: Vec<Name>,
    /// `sensitive`
    pub sensitive: bool,
    /// `for enforcement` is true, `for help` is false.
    pub enforcement: Option<bool>,
    /// `kept because "…"`: why it is asked although nothing follows from it.
    pub kept: Option<Text>,
    /// The whole field.
    pub span: Span,
}

/// The type of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldType {
    /// `yes_no`
    YesNo,
    /// `count 0..120`
    Count { low: i64, high: i64 },
    /// `money`
    Money,
    /// `date`
    Date,
    /// `birthdate`
    Birthdate,
    /// `one of { a, b }`
    OneOf(Vec<Name>),
    /// `text`
    Text,
    /// `sums missed over 4 teaching weeks`: of another field, as often as it is recorded
    Sum { of: Name, over: Length },
    /// `counts nuisance over 12 weeks`: how often something happened
    Tally { of: EventName, over: Length },
}

/// `-> intake` or `-> back`
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A stage, an aftercare or an end.
    Named(Name),
    /// Return to the interrupted stage.
    Back(Span),
}

/// `escalation late "…" { at once notify teamlead   after 3 days task … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Escalation {
    /// Its name.
    pub name: Name,
    /// Its title for people.
    pub title: Option<Text>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// One step of an escalation.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// When, counted from the start of the escalation; `None` is `at once`.
    pub after: Option<Length>,
    /// What is done.
    pub effects: Vec<Spanned<Effect>>,
    /// The whole step.
    pub span: Span,
}

/// `stage intake "…" at most 3 times, else -> evicted { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Its name.
    pub name: Name,
    /// Its title for people.
    pub title: Option<Text>,
    /// How often a case may enter it, and where it goes instead.
    pub limit: Option<Limit>,
    /// Its statements.
    pub statements: Vec<Spanned<Statement>>,
}

/// `at most 3 times, else -> evicted`
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// How often.
    pub times: Count,
    /// Where the case goes when it would enter once more.
    pub otherwise: Target,
    /// Where it stands.
    pub span: Span,
}

/// A statement of a stage, of `always` or of an aftercare.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// `must task …`, `may visit …`, `prefer task …`
    Open { mode: Mode, obligation: Obligation },
    /// `remind worker 1 working day before take_in is due`
    Remind { who: Name, before: Length, obligation: Name },
    /// `offers 20 hours per week`
    Offers { amount: Length, per: Unit },
    /// `on take_in done when … escalate late -> visiting`
    On { event: EventName, case: When, effects: Vec<Spanned<Effect>>, target: Option<Target> },
    /// `when all of (a, b) done -> next`
    When { condition: Expr, effects: Vec<Spanned<Effect>>, target: Option<Target> },
    /// `after 2 weeks of arrival done task …`
    After { length: Length, of: Option<Anchor>, effects: Vec<Spanned<Effect>>, target: Option<Target> },
    /// `on birthday 75, 80, then every 5 years of born -> letter`; an anniversary has no ages
    OnBirthday {
        ages: Vec<u32>,
        every: Option<Length>,
        of: Name,
        effects: Vec<Spanned<Effect>>,
        target: Option<Target>,
    },
    /// `deviation teamlead may skip take_in`
    Deviation { who: Name, what: Deviation, names: Vec<Name> },
    /// `allow cold-handover until 2027-01-01 because "…"`: for this stage alone
    Allow(Allow),
    /// `every 1 week notify …`
    Every { length: Length, effects: Vec<Spanned<Effect>> },
    /// `at once notify …`: on entering the stage
    AtOnce { effects: Vec<Spanned<Effect>> },
}

/// What a deviation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deviation {
    /// `skip`: the obligation is waived
    Skip,
    /// `repeat`: it is opened once more
    Repeat,
    /// `move to`: the case goes to another stage
    MoveTo,
}

/// How strongly an obligation binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `must`
    Must,
    /// `may`
    May,
    /// `prefer … else …`
    Prefer,
}

/// `take_in done`, `consent withdrawn`, `deceased`
#[derive(Debug, Clone, PartialEq)]
pub struct EventName {
    /// The obligation, the declared event, or a word of the language.
    pub subject: Name,
    /// What happened to it.
    pub what: Option<Name>,
    /// For what time: `programme done 3` is the third visit.
    pub number: Option<u32>,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// `notify teamlead "…"`
    Notify { who: Name, text: Option<Text> },
    /// `escalate late`
    Escalate(Name),
    /// `task …`, `visit …`, `refer …`, `action …`, `question …`
    Open(Obligation),
    /// `record eviction = averted`
    Record { field: Name, value: Value },
}

/// `aftercare nazorg "…" { call … visit … on … then -> stable }`
#[derive(Debug, Clone, PartialEq)]
pub struct Aftercare {
    /// Its name.
    pub name: Name,
    /// Its title for people.
    pub title: Option<Text>,
    /// `by worker`: who makes the contacts.
    pub by: Option<Name>,
    /// The contacts.
    pub contacts: Vec<Obligation>,
    /// Its rules.
    pub statements: Vec<Spanned<Statement>>,
    /// `then -> stable`
    pub then: Option<Target>,
}

/// What carries a fact out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carrier {
    /// Something that is declared.
    Named(Name),
    /// A part of something that is declared: its name, the English word that the part begins with, and where
    /// that word stands.
    Part(Name, &'static str, Span),
    /// What the pathway says about itself: the English word, and where it stands.
    Header(&'static str, Span),
}

/// One line of `facts { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// The number that the source gives it.
    pub id: Text,
    /// What it says.
    pub text: Text,
    /// What carries it out; empty is `context`, or a decision alone.
    pub shown_in: Vec<Carrier>,
    /// What the project has decided, where the source is silent.
    pub because: Option<Text>,
    /// The whole line.
    pub span: Span,
}
