//! Who is chosen, why, and how they hear of it.

use std::collections::BTreeSet;

use voordeur_diagnostics::Rule as Finding;
use voordeur_messages::say;

use super::{Context, visit_of};
use crate::guard::Expr;
use crate::model::{PartyKind, Selection, Spec, Target, Trigger};
use crate::table::{FieldId, PartyId, TriggerId};

impl Context<'_> {
    pub(super) fn selecting(&mut self) {
        self.chosen_without_telling();
        self.selection_without_sharing();
        if self.protocol.version_from.is_some() {
            self.no_target_group();
            self.nobody_notices_silence();
        }
    }

    fn selections(&self) -> Vec<(TriggerId, &Trigger)> {
        self.protocol.triggers.iter().filter(|(_, row)| row.selection.is_some()).collect()
    }

    /// People who did not ask for it have a right to know why somebody is at their door.
    fn chosen_without_telling(&mut self) {
        let protocol = self.protocol;
        for (id, trigger) in protocol.triggers.iter().filter(|(_, row)| row.selection.is_some()) {
            let span = *self.spans.triggers.row(id);
            if trigger.legitimation.is_none() {
                let message = say!(
                    "`{name}` chooses households that did not ask for anything, and the pathway does not say by what right",
                    name = trigger.name
                );
                let help = say!(
                    "add `legitimation \"…\"` to the trigger: why these households, and why without being asked"
                );
                self.found(Finding::SelectedWithoutTelling, span, message, help);
            } else if trigger.informed.is_empty() && !self.is_written_to(trigger) {
                let message = say!(
                    "who is chosen through `{name}` does not hear why before somebody stands at the door: that sticks as a stigma",
                    name = trigger.name
                );
                let help = say!(
                    "add `informed by letter` to the trigger, or announce the visit: `announced by letter at least 5 working days before`"
                );
                self.found(Finding::SelectedWithoutTelling, span, message, help);
            }
        }
    }

    /// Every stage where its cases start asks first, or announces its visits.
    fn is_written_to(&self, trigger: &Trigger) -> bool {
        let mut stages = trigger.branches.iter().filter_map(|branch| match branch.target {
            Target::Stage(stage) => Some(stage),
            _ => None,
        });
        stages.all(|stage| {
            let mut visits = self.obliged_in(stage).filter_map(|row| visit_of(&row.spec)).peekable();
            let question = self.obliged_in(stage).any(|row| matches!(row.spec, Spec::Question(_)));
            question || visits.peek().is_some() && visits.all(|visit| visit.announced.is_some())
        })
    }

    /// Data of several sources come together before anybody has been asked: that is sharing too.
    fn selection_without_sharing(&mut self) {
        let protocol = self.protocol;
        for (id, trigger) in protocol.triggers.iter() {
            let agencies: BTreeSet<PartyId> = trigger.from.iter().map(|party| self.agency(*party)).collect();
            if trigger.selection != Some(Selection::RiskAnalysis) || agencies.len() < 2 {
                continue;
            }
            let (mut fields, mut missing) = (Vec::new(), BTreeSet::new());
            for field in &trigger.asks {
                let without = self.not_shared_with(*field, &agencies);
                if !without.is_empty() {
                    fields.push(format!("`{}`", protocol.fields.row(*field).name));
                    missing.extend(without);
                }
            }
            if !fields.is_empty() {
                let names = missing.iter().map(|agency| format!("`{}`", protocol.parties.row(*agency).name));
                let message = say!(
                    "`{trigger}` needs {fields}, not shared with {missing}: then nobody may make the selection",
                    trigger = trigger.name,
                    fields = fields.join(", "),
                    missing = names.collect::<Vec<_>>().join(", ")
                );
                let help = say!("add `shared with …` to the field, or select from the data of one agency");
                self.found(Finding::SelectionWithoutSharing, *self.spans.triggers.row(id), message, help);
            }
        }
    }

    /// The agencies, apart from that of the lead, with which a field is not shared.
    fn not_shared_with(&self, field: FieldId, agencies: &BTreeSet<PartyId>) -> Vec<PartyId> {
        let shared = &self.protocol.fields.row(field).shared_with;
        let shared: BTreeSet<PartyId> = shared.iter().map(|party| self.agency(*party)).collect();
        let lead = self.agency(self.protocol.lead);
        agencies.iter().copied().filter(|agency| *agency != lead && !shared.contains(agency)).collect()
    }

    /// Nothing says for whom the pathway is: no words, no condition, no list.
    fn no_target_group(&mut self) {
        let protocol = self.protocol;
        let told = protocol.project.for_whom.is_some();
        let listed = !self.selections().is_empty();
        let branches = protocol.triggers.rows().flat_map(|row| &row.branches);
        let mut tested = branches.filter(|branch| branch.guard != Expr::True);
        if told || listed || tested.any(|branch| matches!(branch.target, Target::End(_))) {
            return;
        }
        let message = say!(
            "the pathway `{name}` does not say for whom it is: think about that before anybody goes out",
            name = protocol.name
        );
        let help = say!("add `for whom \"…\"`, or `eligible when …, else -> …`");
        self.found(Finding::NoTargetGroup, self.spans.pathway, message, help);
    }

    /// Every report comes from staff of the lead who have to remember it: what they forget is not seen.
    fn nobody_notices_silence(&mut self) {
        let protocol = self.protocol;
        let lead = self.agency(protocol.lead);
        let is_staff = |party: &PartyId| matches!(protocol.parties.row(*party).kind, PartyKind::Role { of } if of == lead);
        let mut triggers = protocol.triggers.iter();
        if !triggers.all(|(_, row)| row.selection.is_none() && row.from.iter().all(is_staff)) {
            return;
        }
        if let Some((id, trigger)) = protocol.triggers.iter().next() {
            let message = say!(
                "cases come in only when staff report them through `{name}`, and nobody notices when they do not",
                name = trigger.name
            );
            let help = say!(
                "add a trigger for others (`from anyone`), or one that starts a `must task` to hand in the list `same day`"
            );
            self.found(Finding::NobodyNoticesSilence, *self.spans.triggers.row(id), message, help);
        }
    }
}
