//! What the recommendations of the report ask of a pathway (docs/recommendations.md): one file per family.
//!
//! | file | about |
//! | --- | --- |
//! | `referral.rs` | help of others: handing over, and in time |
//! | `aftercare.rs` | whoever was helped is not let go at once |
//! | `visits.rs` | how often, by whom, and what is written down |
//! | `refusal.rs` | the right to say no, and to come back on a yes |
//! | `signals.rs` | what somebody is asked goes somewhere |
//! | `reports.rs` | what is reported about a case reaches somebody who can act |
//! | `selection.rs` | who is chosen, and how they hear of it |
//! | `workers.rs` | what is asked of those who visit |
//! | `partners.rs` | agencies and the lead |
//! | `project.rs` | goal, end, meetings, priorities |
//! | `waits.rs` | what a rule waits for, however it is spelled |
//! | `ways.rs` | how a case goes on by what the pathway itself does |
//!
//! They are judged only when every other check is content. What is about the project as a whole, and not
//! about one household, waits until the version says from which day it holds: before that it is a sketch.

mod aftercare;
mod partners;
mod project;
mod referral;
mod refusal;
mod reports;
mod selection;
mod signals;
mod visits;
mod waits;
mod ways;
mod workers;

pub(super) use ways::Ways;

use voordeur_diagnostics::{Diagnostic, Rule as Finding, Span};

use super::play::opened_by;
use super::{Context, Shows};
use crate::model::{Mode, Obligation, Spec, Visit};
use crate::table::{FieldId, ObligationId, OpeningId, StageId};

impl Context<'_> {
    pub(super) fn recommendations(&mut self) {
        self.handing_over();
        self.looking_back();
        self.visiting();
        self.refusing();
        self.signals();
        self.reports();
        self.selecting();
        if self.protocol.version_from.is_some() {
            self.workers();
            self.partners();
            self.project();
        }
        self.project_end();
    }

    fn found(&mut self, rule: Finding, span: Span, message: String, help: String) {
        self.problems.push(Diagnostic::new(rule, span, message).help(help));
    }

    /// Nothing in the file does something with the answer: it stands when somebody is asked for it.
    fn found_when_answered(&mut self, rule: Finding, field: FieldId, message: String, help: String) {
        let problem = Diagnostic::new(rule, *self.spans.fields.row(field), message).help(help);
        self.suspect(problem, Shows::Answered(field));
    }

    fn obligation(&self, opening: OpeningId) -> (ObligationId, &Obligation) {
        let id = self.protocol.openings.row(opening).obligation;
        (id, self.protocol.obligations.row(id))
    }

    /// What a stage opens by itself or by the rules that are carried out in it.
    fn opened_in(&self, stage: StageId) -> Vec<OpeningId> {
        let rules = self.rules.carried_out_in(stage).map(|id| self.protocol.rules.row(id));
        let by_rules = rules.flat_map(|rule| opened_by(&rule.effects));
        self.protocol.stages.row(stage).opens.iter().copied().chain(by_rules).collect()
    }

    /// What a stage does to everybody who enters it.
    fn obliged_in(&self, stage: StageId) -> impl Iterator<Item = &Obligation> {
        let opens = self.protocol.stages.row(stage).opens.iter();
        let must = opens.filter(|opening| self.protocol.openings.row(**opening).mode == Mode::Must);
        must.map(|opening| self.obligation(*opening).1)
    }
}

/// What is said about visits, of a visit or of each visit of a series.
const fn visit_of(spec: &Spec) -> Option<&Visit> {
    match spec {
        Spec::Visit(visit) => Some(visit),
        Spec::Series(series) => Some(&series.visit),
        _ => None,
    }
}
