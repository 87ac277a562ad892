//! Stages in which a case can come to lie with nobody acting: a signal on the shelf.
//!
//! A stage is safe when one of its obligations leads on whatever becomes of it: each of its outcomes moves
//! the case, or opens something that is safe itself. It is also safe when time brings something back again
//! and again (`every`), or moves the case (`after … -> …`).

use std::collections::BTreeSet;
use voordeur_messages::say;

use voordeur_diagnostics::{Diagnostic, Rule as Finding};

use super::awaited::Answered;
use super::play::opened_by;
use super::{Context, Shows};
use crate::lifecycle::Happening;
use crate::model::{Cause, Deviation, Mode, Rule, Scope, Spec};
use crate::table::{ObligationId, OpeningId, StageId};

impl Context<'_> {
    pub(super) fn shelf(&mut self) {
        let protocol = self.protocol;
        for (id, stage) in protocol.stages.iter() {
            if stage.aftercare || self.time_brings_it_back(id) {
                continue;
            }
            let safe = stage.opens.iter().any(|opening| self.leads_on(id, *opening, &mut BTreeSet::new()));
            if !safe {
                self.on_the_shelf(id);
            }
        }
    }

    fn time_brings_it_back(&self, stage: StageId) -> bool {
        let row = self.protocol.stages.row(stage);
        row.timed.iter().map(|id| self.protocol.rules.row(*id)).any(|rule| match rule.cause {
            // Whether somebody sees to what it opens is decided over all cases.
            Cause::Every(_) | Cause::Birthday { every: Some(_), .. } => {
                self.protocol.is_noticed(rule, &[]) || rule.opens_anything()
            }
            // After the last of some birthdays nothing comes any more.
            Cause::Birthday { every: None, .. } => false,
            _ => rule.target.is_some() || self.opens_safely(stage, rule, &mut BTreeSet::new()),
        })
    }

    fn on_the_shelf(&mut self, id: StageId) {
        let stage = self.protocol.stages.row(id);
        let mut found = false;
        for opening in &stage.opens {
            let Some(on) = self.open_outcome(id, *opening) else { continue };
            let row = self.protocol.obligations.row(self.protocol.openings.row(*opening).obligation);
            let word = row.happening_name(on, self.protocol.spelling);
            let message = say!(
                "after `{name} {word}` a case can lie in `{name_2}` and nobody has to act",
                name = row.name,
                word,
                name_2 = stage.name
            );
            let help = say!(
                "lead on with `on {name} {word} -> …`, open something that leads on, or add `every 1 week notify …`",
                name = row.name,
                word
            );
            let place = *self.spans.openings.row(*opening);
            let problem = Diagnostic::error(Finding::UnhandledOutcome, place, message).help(help);
            self.suspect_in(id, problem, Shows::Lies(*opening, on));
            found = true;
        }
        if !found {
            let message = say!("in `{name}` nobody has to do anything and no time runs", name = stage.name);
            let problem = Diagnostic::error(Finding::NoWayOut, *self.spans.stages.row(id), message);
            let problem = problem.help(say!("open a task with `must`, or add `after … -> …`"));
            self.suspect(problem, Shows::Waits(id));
        }
    }

    /// An outcome after which nothing leads on.
    fn open_outcome(&self, stage: StageId, opening: OpeningId) -> Option<Happening> {
        let mut seen = BTreeSet::from([opening]);
        self.outcomes(opening).into_iter().find(|on| !self.outcome_leads_on(stage, opening, *on, &mut seen))
    }

    /// Whether an opening leads on whatever becomes of it. What leads round to itself keeps people acting.
    fn leads_on(&self, stage: StageId, opening: OpeningId, seen: &mut BTreeSet<OpeningId>) -> bool {
        if !seen.insert(opening) {
            return true;
        }
        let obligation = self.protocol.openings.row(opening).obligation;
        if let Spec::Escalation(escalation) = &self.protocol.obligations.row(obligation).spec {
            let mut opened = escalation.steps.iter().flat_map(|step| opened_by(&step.effects));
            return opened.any(|opening| self.leads_on(stage, opening, seen));
        }
        self.outcomes(opening).into_iter().all(|on| self.outcome_leads_on(stage, opening, on, seen))
    }

    fn outcome_leads_on(
        &self,
        stage: StageId,
        opening: OpeningId,
        on: Happening,
        seen: &mut BTreeSet<OpeningId>,
    ) -> bool {
        let obligation = self.protocol.openings.row(opening).obligation;
        let moves = |rule: &Rule| rule.target.is_some();
        match self.is_in_conditions(stage, obligation, on, moves) {
            Answered::Always => return true,
            // That is told as a gap.
            Answered::NotFor(_) if self.is_looked_at(opening, on) => return true,
            Answered::NotFor(_) | Answered::Never => {}
        }
        let rules: Vec<&Rule> = self.rules_on(stage, obligation, on);
        !rules.is_empty()
            && rules.iter().all(|rule| rule.target.is_some() || self.opens_safely(stage, rule, seen))
    }

    fn opens_safely(&self, stage: StageId, rule: &Rule, seen: &mut BTreeSet<OpeningId>) -> bool {
        opened_by(&rule.effects).any(|opening| self.leads_on(stage, opening, seen))
    }

    /// The rules of the stage, or those of `always` when it has none.
    fn rules_on(&self, stage: StageId, obligation: ObligationId, on: Happening) -> Vec<&Rule> {
        let of = |scope: Scope| -> Vec<&Rule> {
            let rules = self.rules.on(obligation, on).iter().map(|id| self.protocol.rules.row(*id));
            rules.filter(|rule| rule.scope == scope).collect()
        };
        let own = of(Scope::Stage(stage));
        if own.is_empty() { of(Scope::Always) } else { own }
    }

    /// How an opening can end, apart from being cancelled.
    fn outcomes(&self, opening: OpeningId) -> Vec<Happening> {
        let row = self.protocol.openings.row(opening);
        let opening_obligation = row.obligation;
        let obligation = self.protocol.obligations.row(row.obligation);
        let named =
            (0..obligation.named.len()).filter_map(|index| u8::try_from(index).ok()).map(Happening::Named);
        let mut outcomes: Vec<Happening> = match &obligation.spec {
            Spec::Task => vec![Happening::Done],
            Spec::Visit(visit) if visit.attempts.is_some() => {
                vec![Happening::Done, Happening::Refused, Happening::Exhausted]
            }
            Spec::Visit(_) => vec![Happening::Done, Happening::Refused],
            Spec::Series(_) => vec![Happening::AllDone, Happening::Over, Happening::Refused],
            Spec::Referral(_) => vec![Happening::TakenUp, Happening::Exhausted],
            Spec::Question(_) => vec![Happening::Silent],
            Spec::Action(_) => vec![Happening::Returned, Happening::GaveUp],
            Spec::Contact(_) => vec![Happening::Done, Happening::Missed],
            Spec::Escalation(_) => vec![Happening::Resolved],
            Spec::Sub(_) => vec![Happening::AllEnded],
        };
        // That one of several cases has ended does not end the wait for the others.
        if !matches!(obligation.spec, Spec::Sub(_)) {
            outcomes.extend(named);
        }
        let skipped =
            self.protocol.deviations.iter().any(|row| row.what == Deviation::Skip(opening_obligation));
        if skipped {
            outcomes.push(Happening::Waived);
        }
        if row.mode == Mode::May
            && matches!(obligation.spec, Spec::Task | Spec::Visit(_) | Spec::Series(_) | Spec::Referral(_))
        {
            outcomes.push(Happening::Waived);
        }
        outcomes
    }
}
