//! What is asked of those who visit: training, a clear task, and no more than there are hours.

use std::collections::BTreeSet;

use voordeur_calendar::{Length, Unit};
use voordeur_diagnostics::Rule as Finding;
use voordeur_messages::say;

use super::{Context, visit_of};
use crate::model::{Intensity, Obligation, PartyKind, Plan, Spec};
use crate::table::{PartyId, StageId};

impl Context<'_> {
    pub(super) fn workers(&mut self) {
        // Where nobody is referred to there is nothing to choose between.
        let refers = self.protocol.obligations.rows().any(|row| matches!(row.spec, Spec::Referral(_)));
        for role in self.visitors() {
            let (row, span) = (self.protocol.parties.row(role), *self.spans.parties.row(role));
            if row.trained.is_none() {
                let message = say!(
                    "`{name}` goes to people's homes, and nothing says in what it is trained: not everybody can do this",
                    name = row.name
                );
                let help = say!("add `trained in \"…\"` to the role");
                self.found(Finding::VisitorWithoutTraining, span, message, help);
            }
            if row.helps.is_none() && refers {
                let message = say!(
                    "nothing says whether `{name}` may help at once or only refers: then a single visit becomes a course of help",
                    name = row.name
                );
                let help = say!("add `may help directly` or `only refers` to the role");
                self.found(Finding::HelpOrRefer, span, message, help);
            }
        }
        self.more_than_there_is();
        self.help_without_end();
    }

    /// The roles that make visits.
    fn visitors(&self) -> BTreeSet<PartyId> {
        let visits = self.protocol.obligations.rows().filter(|row| visit_of(&row.spec).is_some());
        visits
            .filter_map(|row| row.by)
            .filter(|by| matches!(self.protocol.parties.row(*by).kind, PartyKind::Role { .. }))
            .collect()
    }

    /// So many hours a week for each household, times the households of one worker.
    fn more_than_there_is(&mut self) {
        for (id, row) in self.protocol.parties.iter() {
            let Some(available) = row.available else { continue };
            let has = minutes_a_week(Intensity { amount: available.amount, per: available.per });
            for (stage, offered) in self.offered_by(id) {
                let asked = minutes_a_week(offered).map(|minutes| minutes * f64::from(available.cases));
                if let (Some(has), Some(asked)) = (has, asked)
                    && asked > has
                {
                    let message = say!(
                        "`{stage}` promises each household more than `{role}` has: {asked} hours a week for {cases} households, and {has} hours to do it in",
                        stage = self.protocol.stages.row(stage).name,
                        role = row.name,
                        asked = hours(asked),
                        cases = available.cases,
                        has = hours(has)
                    );
                    let help = say!("let one worker have fewer households, or promise less in `offers`");
                    self.found(Finding::MoreThanThereIs, *self.spans.parties.row(id), message, help);
                }
            }
        }
    }

    /// The stages with help by a role.
    fn offered_by(&self, role: PartyId) -> Vec<(StageId, Intensity)> {
        let stages =
            self.protocol.stages.iter().filter_map(|(id, row)| row.offers.map(|offers| (id, offers)));
        let works = |stage| self.opened_in(stage).into_iter().any(|o| self.obligation(o).1.by == Some(role));
        let offered = stages.filter(|(id, _)| works(*id));
        let opened = self
            .protocol
            .stages
            .iter()
            .flat_map(|(id, _)| self.opened_in(id).into_iter().map(move |opening| (id, opening)));
        let planned = opened.filter_map(|(id, opening)| {
            let row = self.obligation(opening).1;
            Some((id, planned(row).filter(|_| row.by == Some(role))?))
        });
        offered.chain(planned).collect()
    }

    /// So much help a week, round and round: people come to lean on it.
    fn help_without_end(&mut self) {
        for (id, row) in self.protocol.stages.iter() {
            let Some(round) = self.ways.round(id).filter(|_| row.offers.is_some()) else { continue };
            if round.iter().any(|stage| self.protocol.stages.row(*stage).limit.is_some()) {
                continue;
            }
            let message = say!(
                "the help of `{name}` can go on for ever: whoever is helped without an end comes to lean on it",
                name = row.name
            );
            let help = say!("write `stage {name} at most 6 times, else -> …`", name = row.name);
            self.found(Finding::HelpWithoutEnd, *self.spans.stages.row(id), message, help);
        }
    }
}

/// What the visits of a series take together, where the file says how long one lasts.
fn planned(row: &Obligation) -> Option<Intensity> {
    let Spec::Series(series) = &row.spec else { return None };
    let lasts = series.visit.lasts?;
    let (times, per) = match series.plan {
        Plan::Number { count, within } => (count, within),
        Plan::Rate { least, per, .. } => (least, per),
    };
    let amount = Length::new(lasts.amount.saturating_mul(times), lasts.unit);
    // An effort is said for one day, week or month; for several of them it is that much less.
    let each = Length::new(amount.amount / per.amount.max(1), amount.unit);
    Some(Intensity { amount: each, per: per.unit })
}

/// How many minutes a week; none for what is not said in hours or minutes.
fn minutes_a_week(effort: Intensity) -> Option<f64> {
    let minutes = match effort.amount.unit {
        Unit::Minutes => f64::from(effort.amount.amount),
        Unit::Hours => f64::from(effort.amount.amount) * 60.0,
        _ => return None,
    };
    Some(minutes / weeks(Length::new(1, effort.per))?)
}

fn weeks(length: Length) -> Option<f64> {
    Some(match length.unit {
        Unit::Days => 1.0 / 7.0,
        Unit::WorkingDays => 1.0 / 5.0,
        Unit::Weeks | Unit::TeachingWeeks => 1.0,
        Unit::Months => 52.0 / 12.0,
        Unit::Years => 52.0,
        Unit::Minutes | Unit::Hours => return None,
    })
}

/// Whole hours, rounded.
fn hours(minutes: f64) -> String {
    format!("{:.0}", minutes / 60.0)
}
