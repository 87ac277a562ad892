//! The syntax tree of a pathway file: what was written, with where it was written.
//!
//! No name is resolved and no rule is checked here; that is the business of `voordeur-protocol`.
//! Equality of names ignores their place, so that trees compare by meaning.

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
}

/// `pathway eropaf "…" { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Pathway {
    /// Its name.
    pub name: Name,
    /// Its title for people.
    pub title: Option<Text>,
    /// What stands between the braces, in order.
    pub items: Vec<Spanned<Item>>,
    /// The whole declaration.
    pub span: Span,
}

/// One statement of a pathway.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// `version "2008.1" from 2008-03-01`
    Version { label: Text, from: Option<Spanned<Date>> },
    /// `source "…"`
    Source(Text),
    /// `goal "…"`
    Goal(Text),
    /// `lead meldpunt`
    Lead(Name),
    /// `calendar nl`
    Calendar(Name),
    /// `basis public_task "Wgs art. 3" law "jci…"`
    Basis { ground: Name, text: Option<Text>, law: Option<Text> },
    /// `keep case for 5 years after closing`
    Keep { length: Length },
    /// `agency madi "…"`
    Agency { name: Name, title: Option<Text> },
    /// `role worker "…" of meldpunt`
    Role { name: Name, title: Option<Text>, of: Name },
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
    /// `end stable "…" success`
    End { name: Name, title: Option<Text>, kind: Name },
    /// `facts { "P5.1" "…" in intake, take_in   "P5.18" "…" context }`
    Facts(Vec<Fact>),
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

/// `5 working days`
#[derive(Debug, Clone, PartialEq)]
pub struct Length {
    /// How many.
    pub amount: u32,
    /// Of what.
    pub unit: Unit,
    /// Where it stands.
    pub span: Span,
}

/// A unit of time; singular and plural spellings are the same unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// `minutes`
    Minutes,
    /// `hours`
    Hours,
    /// `days`
    Days,
    /// `working days`
    WorkingDays,
    /// `weeks`
    Weeks,
    /// `months`
    Months,
    /// `years`
    Years,
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
}

/// `trigger corporation_report "…" from corporation { asks …  when … -> …  otherwise -> … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// Its name.
    pub name: Name,
    /// Its title for people.
    pub title: Option<Text>,
    /// Who may report.
    pub from: Vec<Name>,
    /// The fields that the reporter is asked for.
    pub asks: Vec<Name>,
    /// The branches, in order.
    pub branches: Vec<Branch>,
}

/// One branch of a trigger.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// When it applies.
    pub case: When,
    /// Where it leads.
    pub target: Target,
    /// The whole branch.
    pub span: Span,
}

/// The condition on a branch or on an `on` rule.
#[derive(Debug, Clone, PartialEq)]
pub enum When {
    /// Nothing was written: always.
    Always,
    /// `when …`
    If(Expr),
    /// `otherwise`
    Otherwise,
}

/// `-> intake` or `-> back`
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A stage, an aftercare or an end.
    Named(Name),
    /// Return to the interrupted stage.
    Back(Span),
}

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
    /// `call`, only in aftercare
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
    /// `by worker x 2`
    By { who: Name, count: u32 },
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
    Attempts { count: u32, apart: Option<Apart>, different_parts_of_day: bool },
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
    /// `answers yes_please, no_thanks`
    Answers(Vec<Name>),
    /// `silent after 3 weeks`
    SilentAfter(Length),
    /// `keeps running`
    KeepsRunning,
    /// `after 3 months, 6 months` (aftercare)
    After(Vec<Length>),
    /// `window 2 weeks before to 3 weeks after` (aftercare)
    Window { before: Length, after: Length },
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
    /// Where it stands.
    pub span: Span,
}

/// What a term counts from.
#[derive(Debug, Clone, PartialEq)]
pub struct Anchor {
    /// `report`, an obligation, or a field of type date.
    pub name: Name,
    /// The event of the obligation: `done`.
    pub event: Option<Name>,
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
    pub times: u32,
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
    /// `every 1 week notify …`
    Every { length: Length, effects: Vec<Spanned<Effect>> },
    /// `at once notify …`: on entering the stage
    AtOnce { effects: Vec<Spanned<Effect>> },
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

/// One line of `facts { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// The number that the source gives it.
    pub id: Text,
    /// What it says.
    pub text: Text,
    /// The names that carry it out; empty is `context`.
    pub shown_in: Vec<Name>,
    /// The whole line.
    pub span: Span,
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it says.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a condition.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `a and b`, flattened
    And(Vec<Expr>),
    /// `a or b`, flattened
    Or(Vec<Expr>),
    /// `not a`
    Not(Box<Expr>),
    /// `known field`
    Known(Name),
    /// `bailiff_involved`: a field of type yes_no
    Field(Name),
    /// `months <= 2`
    Compare { field: Name, op: Comparison, value: Value },
    /// `months between 3 and 12` (both included)
    Between { field: Name, low: Value, high: Value },
    /// `eviction in { deferred, averted }`
    In { field: Name, values: Vec<Value> },
    /// `follow_up taken_up`, `take_in done`
    State { obligation: Name, state: Name },
    /// `all of (a, b) done`, `any of (…) done`, `2 of (…) done`
    Quorum { quorum: Quorum, obligations: Vec<Name>, state: Name },
}

/// How many of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quorum {
    /// `all of`
    All,
    /// `any of`
    Any,
    /// `2 of`
    AtLeast(u32),
}

/// `=`, `!=`, `<`, `<=`, `>`, `>=`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a constant.
#[derive(Debug, Clone, PartialEq)]
pub enum ValueKind {
    /// `yes`, `no`
    YesNo(bool),
    /// `3`, `-1`
    Number(i64),
    /// `€900`, `€ 900.50`: whole cents
    Cents(i64),
    /// `2008-03-01`
    Date(Date),
    /// `averted`: a value of a `one of` field
    Word(String),
    /// `"…"`
    Text(String),
}
