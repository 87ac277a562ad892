//! Help of others: a warm handover ends with contact, and what comes after help is asked for in time.

use std::collections::{BTreeMap, BTreeSet};

use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_messages::say;

use super::Context;
use super::ways::Place;
use crate::lifecycle::Happening;
use crate::model::{Cause, Effect, PartyKind, Referral, Spec};
use crate::table::{FieldId, ObligationId, PartyId, StageId};

impl Context<'_> {
    pub(super) fn handing_over(&mut self) {
        self.cold_handovers();
        self.left_on_acceptance();
        self.gaps_after_programmes();
        self.problems_without_route();
    }

    fn all_referrals(&self) -> impl Iterator<Item = (ObligationId, &str, &Referral)> {
        self.protocol.obligations.iter().filter_map(|(id, row)| match &row.spec {
            Spec::Referral(referral) => Some((id, row.name.as_str(), referral)),
            _ => None,
        })
    }

    /// Warm, but nobody looks whether the receiver has spoken to the household.
    fn cold_handovers(&mut self) {
        let cold = self.all_referrals().filter(|(.., row)| row.warm && row.contact.is_none());
        let cold: Vec<_> = cold.map(|(id, name, _)| (id, name.to_owned())).collect();
        for (id, name) in cold {
            let message = say!(
                "`{name}` is called warm, and nobody looks whether the receiver has spoken to the household: a file laid down is no handover",
                name
            );
            let help = say!("add `contact within 10 working days`, or leave out `warm`");
            self.found(Finding::ColdHandover, *self.spans.obligations.row(id), message, help);
        }
    }

    /// The case goes on when the receiver has only said yes, and so the wait for the first contact is over.
    fn left_on_acceptance(&mut self) {
        let protocol = self.protocol;
        for (id, rule) in protocol.rules.iter() {
            let Cause::Obligation(referral, Happening::Accepted) = rule.cause else { continue };
            let row = protocol.obligations.row(referral);
            let warm = matches!(&row.spec, Spec::Referral(referral) if referral.warm);
            if !warm || rule.target.is_none() || self.rules.keeps_running(referral) {
                continue;
            }
            let message = say!(
                "`{name}` is let go when the receiver has only said yes; hold on until there was contact",
                name = row.name
            );
            let help = say!(
                "write `on {name} {word} -> …`, or let it go on with `keeps running`",
                name = row.name,
                word = row.happening_name(Happening::TakenUp, protocol.spelling)
            );
            self.found(Finding::ColdHandover, *self.spans.rules.row(id), message, help);
        }
    }

    /// Intensive help has an end; what comes after it must have begun before that.
    fn gaps_after_programmes(&mut self) {
        let protocol = self.protocol;
        let programmes: Vec<StageId> =
            protocol.stages.iter().map(|(id, _)| id).filter(|id| self.is_programme(*id)).collect();
        let in_time: BTreeSet<ObligationId> =
            programmes.iter().flat_map(|stage| self.warm_referrals_in(*stage)).collect();
        let mut told: BTreeSet<ObligationId> = BTreeSet::new();
        let exits = programmes.iter().flat_map(|id| self.ways.exits(*id).map(|place| (place, *id)));
        for (place, reached) in self.ways.reached(exits.collect::<Vec<_>>().into_iter()) {
            let Place::Stage(later) = place else { continue };
            for referral in self.warm_referrals_in(later) {
                if !in_time.contains(&referral) && told.insert(referral) {
                    self.gap(reached.origin, later, referral);
                }
            }
        }
    }

    fn gap(&mut self, programme: StageId, later: StageId, referral: ObligationId) {
        let (programme_at, stage) = (*self.spans.stages.row(programme), self.protocol.stages.row(programme));
        let name = &self.protocol.obligations.row(referral).name;
        let message = say!(
            "`{name}` is asked for in `{later}`, when the help of `{programme}` is over already: a gap in which households fall back",
            name,
            later = self.protocol.stages.row(later).name,
            programme = stage.name
        );
        let help = say!(
            "start it before that: add `may refer {name} repeatable keeps running` or `must refer {name} keeps running` to `{programme}`",
            name,
            programme = stage.name
        );
        let problem =
            Diagnostic::new(Finding::GapAfterProgramme, *self.spans.obligations.row(referral), message);
        self.problems.push(problem.label(programme_at, say!("the help that ends")).help(help));
    }

    /// A stage with so much help a week, or with a planned series of visits.
    fn is_programme(&self, stage: StageId) -> bool {
        let series = |opening| matches!(self.obligation(opening).1.spec, Spec::Series(_));
        self.protocol.stages.row(stage).offers.is_some() || self.opened_in(stage).into_iter().any(series)
    }

    pub(super) fn warm_referrals_in(&self, stage: StageId) -> Vec<ObligationId> {
        let all = self.opened_in(stage).into_iter().map(|opening| self.obligation(opening));
        all.filter(|(_, row)| matches!(&row.spec, Spec::Referral(referral) if referral.warm))
            .map(|(id, _)| id)
            .collect()
    }

    /// Problems that are asked for at the door and shared with an agency to which nothing ever goes.
    fn problems_without_route(&mut self) {
        let mut meant: BTreeMap<PartyId, Vec<FieldId>> = BTreeMap::new();
        for field in self.asked_at_the_door() {
            let row = self.protocol.fields.row(field);
            for agency in row.shared_with.iter().map(|party| self.agency(*party)).collect::<BTreeSet<_>>() {
                if row.kept.is_none() && !self.is_reached(agency) {
                    meant.entry(agency).or_default().push(field);
                }
            }
        }
        for (agency, fields) in meant {
            self.without_route(&fields, agency);
        }
    }

    fn without_route(&mut self, fields: &[FieldId], agency: PartyId) {
        let Some(first) = fields.first() else { return };
        let names: Vec<String> =
            fields.iter().map(|field| format!("`{}`", self.protocol.fields.row(*field).name)).collect();
        let agency = &self.protocol.parties.row(agency).name;
        let message = say!(
            "{fields} is asked at the door and meant for `{agency}`, and no way leads there: what is found must be able to go somewhere",
            fields = names.join(", "),
            agency
        );
        let help = say!(
            "add a referral `to {agency}`, say `notify {agency}`, or do not share it with `{agency}`",
            agency
        );
        self.found_when_answered(Finding::ProblemWithoutRoute, *first, message, help);
    }

    /// Whether anything goes to an agency or to one of its roles.
    fn is_reached(&self, agency: PartyId) -> bool {
        let is = |party: PartyId| self.agency(party) == agency;
        let opened: BTreeSet<ObligationId> =
            self.protocol.openings.rows().map(|row| row.obligation).collect();
        let by_obligation =
            self.protocol.obligations.iter().filter(|(id, _)| opened.contains(id)).any(|(_, row)| {
                row.by.is_some_and(is)
                    || match &row.spec {
                        Spec::Referral(referral) => is(referral.to) || referral.via.is_some_and(is),
                        Spec::Action(action) => action.to.is_some_and(is),
                        Spec::Escalation(ladder) => ladder
                            .steps
                            .iter()
                            .any(|step| step.effects.iter().any(|effect| tells(effect, is))),
                        _ => false,
                    }
            });
        let told = self.protocol.rules.rows().any(|rule| rule.effects.iter().any(|effect| tells(effect, is)));
        by_obligation || told || is(self.protocol.lead) || self.is_everybody(agency)
    }

    fn is_everybody(&self, party: PartyId) -> bool {
        matches!(self.protocol.parties.row(party).kind, PartyKind::Client | PartyKind::Anyone)
    }
}

fn tells(effect: &Effect, is: impl Fn(PartyId) -> bool) -> bool {
    matches!(effect, Effect::Notify { who, .. } if is(*who))
}
