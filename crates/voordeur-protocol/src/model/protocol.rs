//! The protocol as a whole, and everything it declares apart from obligations and rules.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use voordeur_calendar::{Calendar, Length, Unit};
use voordeur_diagnostics::Span;
use voordeur_messages::Lang;

use super::derived::Derived;
use super::graph::Graph;
use super::obligation::{Obligation, Opening};
use super::open_cases::OpenCases;
use super::project::{Available, Project, Purpose};
use super::rule::{CauseKey, Rule, Scope, Target};
use crate::guard::Expr;
use crate::table::{
    EndId, EventId, FieldId, ObligationId, OpeningId, PartyId, RuleId, StageId, Table, TriggerId,
};
use crate::value::FieldType;

/// A compiled pathway: a petgraph graph for algorithms and pictures, dense tables for the engine.
#[derive(Debug, Clone)]
pub struct Protocol {
    /// Its name.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// In which spelling its file is written; words of the language are told in it.
    pub spelling: Lang,
    /// The label of the version.
    pub version: String,
    /// From which day the version applies to new reports.
    pub version_from: Option<Date>,
    /// Until and including which day.
    pub version_until: Option<Date>,
    /// Where the protocol was written down.
    pub source: Option<String>,
    /// What it is for.
    pub goal: Option<String>,
    /// For whom it is, who stands behind it, until when.
    pub project: Project,
    /// The one party that keeps the overview (regie).
    pub lead: PartyId,
    /// The calendar: working days and zone.
    pub calendar: Calendar,
    /// On which ground personal data may be processed.
    pub bases: Vec<Basis>,
    /// How long a closed case is kept.
    pub keep: Option<Length>,
    /// Agencies, roles, the client, anyone.
    pub parties: Table<PartyId, Party>,
    /// Fields.
    pub fields: Table<FieldId, Field>,
    /// Whether any field is derived: only then does the engine look for their values.
    pub has_derived: bool,
    /// Triggers.
    pub triggers: Table<TriggerId, Trigger>,
    /// Events of the case, declared ones and those of the language.
    pub events: Table<EventId, CaseEvent>,
    /// Obligations.
    pub obligations: Table<ObligationId, Obligation>,
    /// Openings of obligations.
    pub openings: Table<OpeningId, Opening>,
    /// Stages and aftercares.
    pub stages: Table<StageId, Stage>,
    /// Ends.
    pub ends: Table<EndId, End>,
    /// What was called otherwise in the version before: the name now, and the name then.
    pub renames: Vec<(String, String)>,
    /// What is measured at closing and later: the opening, and after which ends (all, when it names none).
    pub measures: Vec<(OpeningId, Vec<EndId>)>,
    /// Departures from the protocol that are allowed.
    pub deviations: Vec<AllowedDeviation>,
    /// Rules.
    pub rules: Table<RuleId, Rule>,
    /// The rules of `always` on obligations and events, by what causes them, sorted by key.
    pub always: Vec<(CauseKey, RuleId)>,
    /// The rules of `always` on conditions, in the order of the file.
    pub always_conditions: Vec<RuleId>,
    /// The rules of `always` on time (`after … of`, birthdays), in the order of the file.
    pub always_timed: Vec<RuleId>,
    /// What the sources state, and where the file carries it out.
    pub facts: Vec<Fact>,
    /// What becomes of the cases that run when this version comes, as far as the file says it.
    pub open_cases: Option<OpenCases>,
    /// Stages, ends and the transitions between them.
    pub graph: Graph,
}

impl Protocol {
    /// Whether a field is summed over a sliding window: then the same value again is not the same.
    #[must_use]
    pub fn is_summed(&self, field: FieldId) -> bool {
        self.has_derived
            && self
                .fields
                .rows()
                .any(|row| matches!(row.derived, Some(Derived::Sum { of, .. }) if of == field))
    }
}

/// `basis public_task "Wgs art. 3" law "jci…"`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// The ground of the privacy law: `public_task`, `consent`, `legal_duty`, `vital_interest`.
    pub ground: String,
    /// The rule of law in words.
    pub text: Option<String>,
    /// Its formal reference.
    pub law: Option<String>,
}

/// What a party is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartyKind {
    /// The client or household itself.
    Client,
    /// Anyone at all.
    Anyone,
    /// An agency.
    Agency,
    /// A role within an agency.
    Role {
        /// Which agency.
        of: PartyId,
    },
}

/// A party.
#[derive(Debug, Clone, PartialEq)]
pub struct Party {
    /// Its name.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// What it is.
    pub kind: PartyKind,
    /// For a role: whether they are volunteers. They are never asked for sensitive fields.
    pub volunteers: bool,
    /// For a role: in what they are trained.
    pub trained: Option<String>,
    /// For a role: whether they may help by themselves (true) or only refer (false).
    pub helps: Option<bool>,
    /// For a role: how much time one worker has, and for how many cases.
    pub available: Option<Available>,
    /// For an agency: the role that is its one contact person.
    pub contact: Option<PartyId>,
    /// For an agency: how many referrals it has room for at once.
    pub capacity: Option<u32>,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// Its type.
    pub ty: FieldType,
    /// Whether it may stay unknown.
    pub optional: bool,
    /// The parties with whom it may be shared.
    pub shared_with: Vec<PartyId>,
    /// Whether it is about health, crime or violence.
    pub sensitive: bool,
    /// What it is asked for, when the file says so.
    pub purpose: Option<Purpose>,
    /// Why it is asked although nothing follows from it.
    pub kept: Option<String>,
    /// How it follows from something else; `None` for a field that is recorded.
    pub derived: Option<Derived>,
    /// Its line in the file, counted from 1.
    pub line: u32,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// Its name.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// How cases are selected, when they are not reported one by one.
    pub selection: Option<Selection>,
    /// Who may report, or who supplies the list.
    pub from: Vec<PartyId>,
    /// What the reporter is asked.
    pub asks: Vec<FieldId>,
    /// For a selection: why these households may be chosen.
    pub legitimation: Option<String>,
    /// For a selection: how they hear that they were chosen, and why.
    pub informed: Vec<String>,
    /// Where the case starts.
    pub branches: Vec<TriggerBranch>,
    /// Its line in the file, counted from 1.
    pub line: u32,
}

/// One branch of a trigger.
#[derive(Debug, Clone, PartialEq)]
pub struct TriggerBranch {
    /// When it applies.
    pub guard: Expr,
    /// Whether it was written as `otherwise`.
    pub otherwise: bool,
    /// Where it leads.
    pub target: Target,
    /// Its line in the file, counted from 1.
    pub line: u32,
    /// Its text in the file, on one line.
    pub text: String,
}

/// How cases are selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// From a register.
    List,
    /// Every household of streets or flats.
    Area,
    /// From data of several sources.
    RiskAnalysis,
}

/// A departure from the protocol that a role may decide on, with its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AllowedDeviation {
    /// Where.
    pub scope: Scope,
    /// Who may.
    pub who: PartyId,
    /// What.
    pub what: Deviation,
    /// For what is repeated: where it is opened.
    pub opening: Option<OpeningId>,
    /// Its line in the file, counted from 1.
    pub line: u32,
}

/// A departure from the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deviation {
    /// The obligation is waived.
    Skip(ObligationId),
    /// It is opened once more.
    Repeat(ObligationId),
    /// The case goes to another stage.
    MoveTo(StageId),
}

/// An event of the case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseEvent {
    /// Its name: `abuse`, `consent withdrawn`.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// Who may report it; nobody in particular for those of the language.
    pub from: Vec<PartyId>,
    /// What is asked with it.
    pub asks: Vec<FieldId>,
    /// Whether a term, a delay or `since` counts from it, or a sum or a count counts it: then it has a meaning also
    /// where no rule answers it.
    pub is_counted: bool,
    /// Its line in the file; 0 for those of the language.
    pub line: u32,
}

/// `at most 3 times, else -> evicted`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// How often a case may enter.
    pub times: u32,
    /// Where it goes instead.
    pub otherwise: Target,
    /// Its line in the file, counted from 1.
    pub line: u32,
}

/// `offers 20 hours per week`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intensity {
    /// How much.
    pub amount: Length,
    /// Per what.
    pub per: Unit,
}

/// A stage or an aftercare.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// Whether it is an aftercare.
    pub aftercare: bool,
    /// How often a case may enter it.
    pub limit: Option<Limit>,
    /// How much help it offers.
    pub offers: Option<Intensity>,
    /// What is opened on entering it, in the order of the file.
    pub opens: Vec<OpeningId>,
    /// Rules on entering it.
    pub entry: Vec<RuleId>,
    /// Rules on obligations and events, sorted by key; within one key in the order of the file.
    pub dispatch: Vec<(CauseKey, RuleId)>,
    /// Rules on conditions, in the order of the file.
    pub conditions: Vec<RuleId>,
    /// Rules on time (`after`, `every`), in the order of the file.
    pub timed: Vec<RuleId>,
    /// The rule that applies when every contact of the aftercare is over.
    pub contacts_over: Option<RuleId>,
    /// Whether a rule of it says `-> back`: entering it from `always` interrupts the stage before it.
    pub interrupts: bool,
    /// Its line in the file, counted from 1.
    pub line: u32,
}

/// What an end means for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndKind {
    /// The goal was reached.
    Success,
    /// The client did not want to go on.
    Withdrawn,
    /// The goal was not reached.
    Failure,
    /// Neither.
    Other,
}

/// An end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Its name.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// What it means.
    pub kind: EndKind,
    /// Why nobody looks back after it.
    pub no_aftercare: Option<String>,
    /// Its line in the file, counted from 1.
    pub line: u32,
}

/// What carries a fact of the source out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carrier {
    /// Its name, or the word of the header.
    pub name: String,
    /// Where it is declared, in all files of the pathway together.
    pub declared: Span,
}

/// What a source states about the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its number in the source.
    pub id: String,
    /// What it says.
    pub text: String,
    /// What carries it out; empty when it is context only, or decided.
    pub shown_in: Vec<Carrier>,
    /// What the project has decided, where the source is silent.
    pub because: Option<String>,
    /// Where it stands, in all files of the pathway together.
    pub declared: Span,
}

impl EndKind {
    /// The word of the language in a spelling.
    #[must_use]
    pub const fn word_in(self, spelling: Lang) -> &'static str {
        match (spelling, self) {
            (Lang::En, kind) => kind.word(),
            (Lang::Nl, Self::Success) => "geslaagd",
            (Lang::Nl, Self::Withdrawn) => "ingetrokken",
            (Lang::Nl, Self::Failure) => "mislukt",
            (Lang::Nl, Self::Other) => "anders",
        }
    }

    /// The English word of the language.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Withdrawn => "withdrawn",
            Self::Failure => "failure",
            Self::Other => "other",
        }
    }
}
