//! What a pathway says about the project that carries it: for whom it is, who stands behind it, until when.

use jiff::civil::Date;
use voordeur_calendar::{Length, Unit};

use crate::table::{PartyId, StageId};

/// What the header says about the project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Project {
    /// The target group in words.
    pub for_whom: Option<String>,
    /// Who gave the lead the authority to lead.
    pub mandate: Option<String>,
    /// The last day that is paid for.
    pub funding_until: Option<Date>,
    /// The last day of the project.
    pub ends: Option<Date>,
    /// Who takes over the cases that are still open on that day.
    pub successor: Option<PartyId>,
    /// Stages, the most urgent first.
    pub priorities: Vec<StageId>,
    /// The meetings in which cases are discussed.
    pub consultations: Vec<Consultation>,
}

/// `consultation "District meeting" new because "…"`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consultation {
    /// What it is called.
    pub title: String,
    /// Whether it was set up for this project.
    pub new: bool,
    /// Why an existing one would not do.
    pub because: Option<String>,
}

/// `available 36 hours per week for 2 cases`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Available {
    /// How much time there is.
    pub amount: Length,
    /// Per what.
    pub per: Unit,
    /// For how many cases at once.
    pub cases: u32,
}

/// What a field is asked for, when enforcement and help meet in one visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To see whether rules are kept.
    Enforcement,
    /// To help.
    Help,
}
