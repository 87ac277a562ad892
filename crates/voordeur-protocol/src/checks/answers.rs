//! Terms that can be missed and outcomes that can come, with nothing that says what happens then.

use std::collections::BTreeSet;
use voordeur_messages::say;

use voordeur_diagnostics::{Diagnostic, Rule as Finding};

use super::awaited::Answered;
use super::play::opened_by;
use super::{Context, Shows};
use crate::lifecycle::{Happening, Kind};
use crate::model::{Cause, Scope, Spec, Target};
use crate::table::{OpeningId, StageId};

impl Context<'_> {
    pub(super) fn answers(&mut self) {
        self.referrals();
        let mut told: BTreeSet<(OpeningId, u16)> = BTreeSet::new();
        for (opening, stage) in self.opened_in_stages() {
            for (on, finding) in self.needs(opening) {
                let obligation = self.protocol.openings.row(opening).obligation;
                match self.is_answered(stage, obligation, on) {
                    Answered::Always => self.heard_each_time(stage, (opening, on), finding),
                    Answered::NotFor(household) => {
                        self.half_answered(stage, (obligation, on), &household);
                    }
                    Answered::Never if told.insert((opening, on.code())) => {
                        self.unanswered(opening, stage, on, finding);
                    }
                    Answered::Never => {}
                }
            }
            self.half_refused(opening, stage);
        }
        self.answers_elsewhere();
    }

    /// What was opened in another stage and keeps running, by an escalation or by a rule of `always`, is to be answered in
    /// each stage in which it can come. That a term of an escalation, or of a task that an action falls back on, is missed
    /// the lead hears from the engine.
    fn answers_elsewhere(&mut self) {
        let here: BTreeSet<(OpeningId, StageId)> = self.opened_in_stages().into_iter().collect();
        let escalated = self.escalated();
        let stages: Vec<StageId> = self.protocol.stages.iter().map(|(id, _)| id).collect();
        for stage in stages {
            let open: Vec<OpeningId> = self.in_play.openings(stage).collect();
            let elsewhere =
                |opening: &OpeningId| !here.contains(&(*opening, stage)) && !self.is_contact(*opening);
            let open: Vec<OpeningId> = open.into_iter().filter(elsewhere).collect();
            for opening in open {
                for (on, finding) in self.needs(opening) {
                    let obligation = self.protocol.openings.row(opening).obligation;
                    let told = on == Happening::Overdue && escalated.contains(&opening);
                    match self.is_answered(stage, obligation, on) {
                        Answered::NotFor(household) => {
                            self.half_answered(stage, (obligation, on), &household);
                        }
                        Answered::Always => self.heard_each_time(stage, (opening, on), finding),
                        Answered::Never if !told => self.unanswered(opening, stage, on, finding),
                        Answered::Never => {}
                    }
                }
            }
        }
    }

    /// That a visit is refused is asked for with the recommendations; what conditions leave open of it is looked at here.
    fn half_refused(&mut self, opening: OpeningId, stage: StageId) {
        let row = self.protocol.openings.row(opening);
        let of = row.obligation;
        if row.keeps_running || !matches!(self.protocol.obligations.row(of).spec, Spec::Visit(_)) {
            return;
        }
        if let Answered::NotFor(household) = self.is_answered(stage, of, Happening::Refused) {
            self.half_answered(stage, (of, Happening::Refused), &household);
        }
    }

    /// A contact belongs to its aftercare, or is measured when the case has ended.
    fn is_contact(&self, opening: OpeningId) -> bool {
        let of = self.protocol.openings.row(opening).obligation;
        matches!(self.protocol.obligations.row(of).spec, Spec::Contact(_))
    }

    /// What the steps of escalations open, and what is opened when an action fails.
    fn escalated(&self) -> BTreeSet<OpeningId> {
        let steps = self.protocol.obligations.rows().filter_map(|row| match &row.spec {
            Spec::Escalation(escalation) => Some(&escalation.steps),
            _ => None,
        });
        let fallbacks = self.protocol.rules.rows().filter(|rule| {
            rule.scope == Scope::Always && matches!(rule.cause, Cause::Obligation(_, Happening::GaveUp))
        });
        let fallbacks = fallbacks.flat_map(|rule| opened_by(&rule.effects));
        steps.flatten().flat_map(|step| opened_by(&step.effects)).chain(fallbacks).collect()
    }

    /// Each opening with the stage in which it is opened.
    pub(super) fn opened_in_stages(&self) -> Vec<(OpeningId, StageId)> {
        let protocol = self.protocol;
        let mut all = Vec::new();
        for (id, stage) in protocol.stages.iter() {
            all.extend(stage.opens.iter().map(|opening| (*opening, id)));
        }
        for rule in protocol.rules.rows() {
            let ((Some(Target::Stage(stage)), _) | (None, Scope::Stage(stage))) = (rule.target, rule.scope)
            else {
                continue;
            };
            all.extend(opened_by(&rule.effects).map(|opening| (opening, stage)));
        }
        all
    }

    /// Whether it is looked at for which households this is answered.
    pub(super) fn is_looked_at(&self, opening: OpeningId, on: Happening) -> bool {
        on == Happening::Refused || self.needs(opening).iter().any(|(own, _)| *own == on)
    }

    /// What can happen to an opening that may not pass in silence.
    fn needs(&self, opening: OpeningId) -> Vec<(Happening, Finding)> {
        let row = self.protocol.openings.row(opening);
        let mut needs = Vec::new();
        if row.preferred.is_some() {
            needs.push((Happening::Slipped, Finding::DeadlineWithoutAnswer));
        }
        let spec = &self.protocol.obligations.row(row.obligation).spec;
        let apart = matches!(spec, Spec::Visit(visit) if visit.apart.is_some());
        if row.term.is_some() || apart {
            needs.push((Happening::Overdue, Finding::DeadlineWithoutAnswer));
        }
        match spec {
            Spec::Visit(visit) => {
                if visit.attempts.is_some() {
                    needs.push((Happening::Exhausted, Finding::UnhandledOutcome));
                }
                // In the stage that opens it `visit-without-refusal` asks for it.
                if row.keeps_running {
                    needs.push((Happening::Refused, Finding::UnhandledOutcome));
                }
            }
            Spec::Question(_) => {
                let named = self.protocol.obligations.row(row.obligation).named.len();
                let named = (0..named).filter_map(|at| u8::try_from(at).ok()).map(Happening::Named);
                let all = named.chain([Happening::Silent]);
                needs.extend(all.map(|on| (on, Finding::UnhandledOutcome)));
            }
            Spec::Sub(_) => needs.push((Happening::AllEnded, Finding::UnhandledOutcome)),
            Spec::Series(_) => {
                needs.push((Happening::Missed, Finding::DeadlineWithoutAnswer));
                needs.push((Happening::Refused, Finding::UnhandledOutcome));
            }
            Spec::Action(_) => needs.push((Happening::GaveUp, Finding::UnhandledOutcome)),
            Spec::Contact(_) => needs.push((Happening::Missed, Finding::DeadlineWithoutAnswer)),
            Spec::Referral(_) => needs.push((Happening::Exhausted, Finding::ReferralWithoutFallback)),
            _ => {}
        }
        needs
    }

    fn unanswered(&mut self, opening: OpeningId, stage_id: StageId, on: Happening, finding: Finding) {
        let row = self.protocol.obligations.row(self.protocol.openings.row(opening).obligation);
        let (name, word) = (&row.name, row.happening_name(on, self.protocol.spelling));
        let stage = &self.protocol.stages.row(stage_id).name;
        let message = match on {
            Happening::Overdue if row.kind == Kind::Visit => {
                say!(
                    "the visit `{name}` can be overdue in `{stage}`, and nothing says what happens then",
                    name,
                    stage
                )
            }
            _ => say!(
                "`{name} {word}` can come in `{stage}`, and nothing says what happens then",
                name,
                word,
                stage
            ),
        };
        let problem = Diagnostic::error(finding, *self.spans.openings.row(opening), message);
        let help = say!("add `on {name} {word} …` to `{stage}`, or to `always`", name, word, stage);
        self.suspect_in(stage_id, problem.help(help), Shows::Happens(opening, on));
    }

    /// Without a term nobody notices that a referral is not taken up.
    fn referrals(&mut self) {
        for (id, row) in self.protocol.obligations.iter() {
            let Spec::Referral(referral) = &row.spec else { continue };
            if referral.accept.is_none() && referral.contact.is_none() {
                let message =
                    say!("nobody would notice when the referral `{name}` is not taken up", name = row.name);
                let problem = Diagnostic::error(
                    Finding::ReferralWithoutFallback,
                    *self.spans.obligations.row(id),
                    message,
                );
                self.problems.push(
                    problem.help(say!(
                        "add `accept within 5 working days` and `contact within 10 working days`"
                    )),
                );
            }
        }
    }
}
