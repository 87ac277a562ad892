//! Fields that are read on a way on which nobody has recorded them.
//!
//! Going forward from the triggers, each stage gets the fields that every way to it has recorded. A rule
//! may read those, and what came with the event that it answers. Nothing recorded is ever lost, so the way
//! back to an interrupted stage takes nothing away.

use std::collections::BTreeSet;
use voordeur_messages::say;

use voordeur_diagnostics::{Diagnostic, Rule as Finding, Span};

use super::play::{opened_by, with_escalations};
use super::{Context, Shows};
use crate::guard::Expr;
use crate::lifecycle::Happening;
use crate::model::{Cause, Derived, Deviation, Effect, Rule, Scope, Spec, Target};
use crate::table::{EventId, FieldId, Id as _, ObligationId, OpeningId, RuleId, StageId};
use crate::value::Value;

pub(super) type Fields = BTreeSet<FieldId>;

/// Stands for consent among the fields that have been recorded.
const CONSENT: FieldId = FieldId(u16::MAX);

/// A way into a stage with what it records.
struct Way {
    from: Option<StageId>,
    to: StageId,
    brings: Fields,
    start: String,
}

impl Context<'_> {
    pub(super) fn recorded(&mut self) {
        self.sums();
        let ways = self.ways();
        let known = self.known(&ways);
        for (id, rule) in self.protocol.rules.iter() {
            for stage in self.stages_of(rule) {
                let Some(Some(entry)) = known.get(stage.index()) else { continue };
                let here: Fields = entry.union(&self.brings(&rule.cause)).copied().collect();
                if !matches!(rule.cause, Cause::Condition) {
                    self.check_guard(id, &here, stage, &ways, &known);
                }
                let after: Fields = here.union(&self.gains(rule)).copied().collect();
                self.check_openings(opened_by(&rule.effects).collect(), &after, stage, &ways, &known);
            }
        }
        for (stage, row) in self.protocol.stages.iter() {
            if let Some(Some(entry)) = known.get(stage.index()) {
                self.check_openings(row.opens.clone(), entry, stage, &ways, &known);
            }
        }
    }

    /// What has been recorded on every way on which something happens in a stage.
    pub(super) fn recorded_by_then(&self, stage: StageId, obligation: ObligationId, on: Happening) -> Fields {
        let known = self.known(&self.ways()).into_iter().nth(stage.index()).flatten();
        known.unwrap_or_default().union(&self.answers_with(obligation, on)).copied().collect()
    }

    /// A sum of what nobody ever records stays 0.
    fn sums(&mut self) {
        let recorded = self.ever_recorded();
        for (id, row) in self.protocol.fields.iter() {
            let Some(Derived::Sum { of, .. }) = row.derived.filter(|_| row.line > 0) else { continue };
            if !recorded.contains(&of) {
                let (name, part) = (&row.name, &self.protocol.fields.row(of).name);
                let message = say!("`{name}` sums `{part}`, and nobody ever records that", name, part);
                let problem =
                    Diagnostic::error(Finding::MayBeUnrecorded, *self.spans.fields.row(id), message)
                        .help(say!("ask it with an event or an obligation: `asks {part}`", part));
                self.problems.push(problem);
            }
        }
    }

    /// Every field that somebody may record.
    fn ever_recorded(&self) -> Fields {
        let p = self.protocol;
        let triggers = p.triggers.rows().flat_map(|row| &row.asks);
        let events = p.events.rows().flat_map(|row| &row.asks);
        let obligations = p.obligations.rows().flat_map(|row| match &row.spec {
            Spec::Action(action) => &action.returns,
            _ => &row.asks,
        });
        let effects = p.rules.rows().flat_map(|rule| &rule.effects);
        let steps = p.obligations.rows().filter_map(|row| match &row.spec {
            Spec::Escalation(escalation) => Some(&escalation.steps),
            _ => None,
        });
        let effects = effects.chain(steps.flatten().flat_map(|step| &step.effects));
        let set = effects.filter_map(|effect| match effect {
            Effect::Record { field, .. } => Some(field),
            _ => None,
        });
        triggers.chain(events).chain(obligations).chain(set).copied().collect()
    }

    /// The stages in which a rule can apply.
    fn stages_of(&self, rule: &Rule) -> Vec<StageId> {
        match (rule.scope, &rule.cause) {
            (Scope::Stage(stage), _) => vec![stage],
            (Scope::Always, Cause::Obligation(obligation, _)) => {
                let all = self.protocol.stages.iter().map(|(id, _)| id);
                let there = all.filter(|id| self.in_play.has(self.protocol, *id, *obligation));
                there.filter(|id| !self.answers_itself(*id, &rule.cause)).collect()
            }
            (Scope::Always, _) => {
                let all = self.protocol.stages.iter().map(|(id, _)| id);
                all.filter(|id| !self.answers_itself(*id, &rule.cause)).collect()
            }
        }
    }

    /// Whether a stage has rules of its own on a cause that leave nothing to `always`.
    fn answers_itself(&self, stage: StageId, cause: &Cause) -> bool {
        let own = self
            .protocol
            .rules
            .rows()
            .filter(|rule| rule.scope == Scope::Stage(stage) && rule.cause == *cause);
        own.into_iter().any(|rule| rule.guard == Expr::True || rule.otherwise)
    }

    /// What comes with a cause: the answers that are required with it.
    fn brings(&self, cause: &Cause) -> Fields {
        match cause {
            Cause::Obligation(obligation, on) => self.answers_with(*obligation, *on),
            Cause::Event(EventId::CONSENT_GIVEN) => Fields::from([CONSENT]),
            Cause::Event(event) => self.required(&self.protocol.events.row(*event).asks),
            _ => Fields::new(),
        }
    }

    fn answers_with(&self, obligation: ObligationId, on: Happening) -> Fields {
        let row = self.protocol.obligations.row(obligation);
        let answered = match on {
            // Of a series that is done there has been one visit at least.
            Happening::Done | Happening::Returned | Happening::AllDone => true,
            Happening::Named(_) => matches!(row.spec, Spec::Question(_)),
            _ => false,
        };
        if answered { self.required(&row.asks) } else { Fields::new() }
    }

    fn required(&self, fields: &[FieldId]) -> Fields {
        fields.iter().copied().filter(|field| !self.protocol.fields.row(*field).optional).collect()
    }

    /// What is recorded once a rule has applied.
    fn gains(&self, rule: &Rule) -> Fields {
        let mut gains = self.brings(&rule.cause);
        gains.extend(rule.effects.iter().filter_map(|effect| match effect {
            Effect::Record { field, .. } => Some(*field),
            Effect::Consent(true) => Some(CONSENT),
            _ => None,
        }));
        self.gains_of_guard(&rule.guard, &mut gains);
        gains
    }

    /// `all of (a, b) done` holds only after the answers of both; a field that was read is there.
    fn gains_of_guard(&self, guard: &Expr, gains: &mut Fields) {
        match guard {
            Expr::And(parts) => parts.iter().for_each(|part| self.gains_of_guard(part, gains)),
            Expr::AtLeast { at_least, parts }
                if usize::try_from(*at_least).is_ok_and(|n| n >= parts.len()) =>
            {
                parts.iter().for_each(|part| self.gains_of_guard(part, gains));
            }
            Expr::Happened { at_least, obligations, happening }
                if usize::try_from(*at_least).is_ok_and(|n| n >= obligations.len()) =>
            {
                for obligation in obligations {
                    gains.extend(self.answers_with(*obligation, *happening));
                }
            }
            Expr::In { field, values }
                if self.protocol.fields.row(*field).derived == Some(Derived::Consent)
                    && values.contains(&Value::YesNo(true)) =>
            {
                gains.insert(CONSENT);
            }
            Expr::Known(field) | Expr::Range { field, .. } | Expr::In { field, .. } => {
                gains.extend(self.recorded_for(*field));
            }
            _ => {}
        }
    }

    fn ways(&self) -> Vec<Way> {
        let mut ways = Vec::new();
        for trigger in self.protocol.triggers.rows() {
            for branch in &trigger.branches {
                let brings = self.required(&trigger.asks);
                self.add_ways(&mut ways, None, branch.target, &brings, &trigger.name);
            }
        }
        for rule in self.protocol.rules.rows() {
            let Some(target) = rule.target else { continue };
            let gains = self.gains(rule);
            for stage in self.stages_of(rule) {
                self.add_ways(&mut ways, Some(stage), target, &gains, "");
            }
        }
        for deviation in &self.protocol.deviations {
            let Deviation::MoveTo(to) = deviation.what else { continue };
            for (from, _) in self.protocol.stages.iter().filter(|(id, _)| deviation.scope.covers(*id)) {
                self.add_ways(&mut ways, Some(from), Target::Stage(to), &Fields::new(), "");
            }
        }
        ways
    }

    /// A way into a stage, and the ways that its limit opens.
    fn add_ways(
        &self,
        ways: &mut Vec<Way>,
        from: Option<StageId>,
        target: Target,
        brings: &Fields,
        start: &str,
    ) {
        let mut target = target;
        for _ in 0..=self.protocol.stages.len() {
            let Target::Stage(to) = target else { return };
            ways.push(Way { from, to, brings: brings.clone(), start: start.to_owned() });
            let Some(limit) = self.protocol.stages.row(to).limit else { return };
            target = limit.otherwise;
        }
    }

    /// For each stage what is recorded on every way to it; `None` when no way leads there.
    fn known(&self, ways: &[Way]) -> Vec<Option<Fields>> {
        let mut known: Vec<Option<Fields>> = vec![None; self.protocol.stages.len()];
        loop {
            let mut changed = false;
            for way in ways {
                let Some(arriving) = arriving(way, &known) else { continue };
                let Some(slot) = known.get_mut(way.to.index()) else { continue };
                let met = slot
                    .as_ref()
                    .map_or(arriving.clone(), |there| there.intersection(&arriving).copied().collect());
                if slot.as_ref() != Some(&met) {
                    *slot = Some(met);
                    changed = true;
                }
            }
            if !changed {
                return known;
            }
        }
    }

    fn check_guard(
        &mut self,
        rule: RuleId,
        here: &Fields,
        stage: StageId,
        ways: &[Way],
        known: &[Option<Fields>],
    ) {
        let mut read = Fields::new();
        let mut tested = Fields::new();
        self.protocol.rules.row(rule).guard.walk(&mut |part| match part {
            Expr::Range { field, .. } | Expr::In { field, .. } => read.extend(self.recorded_for(*field)),
            Expr::Known(field) => {
                tested.insert(*field);
            }
            _ => {}
        });
        for field in read.difference(here).filter(|field| !tested.contains(field)) {
            let problem = self.missing(*field, *self.spans.rules.row(rule), stage, ways, known);
            self.suspect_in(stage, problem, Shows::Unrecorded(rule, *field));
        }
    }

    /// The field that must have been recorded for a condition to read this one.
    fn recorded_for(&self, field: FieldId) -> Option<FieldId> {
        match self.protocol.fields.row(field).derived {
            None => Some(field),
            Some(Derived::Age(of)) => Some(of),
            Some(_) => None,
        }
    }

    /// What is handed over must be there; a field that may stay unknown is left out when it is.
    fn check_openings(
        &mut self,
        openings: Vec<OpeningId>,
        here: &Fields,
        stage: StageId,
        ways: &[Way],
        known: &[Option<Fields>],
    ) {
        // What the steps of an escalation open is opened there too.
        for opening in with_escalations(self.protocol, openings.into_iter().collect()) {
            let row = self.protocol.obligations.row(self.protocol.openings.row(opening).obligation);
            if row.needs_consent && !here.contains(&CONSENT) {
                self.without_consent(opening, stage, ways, known);
            }
            let fields =
                match &self.protocol.obligations.row(self.protocol.openings.row(opening).obligation).spec {
                    Spec::Referral(referral) => self.required(&referral.hands_over),
                    Spec::Action(action) => self.required(&action.sees),
                    Spec::Sub(sub) => {
                        self.required(&sub.hands_over).into_iter().chain(sub.for_each).collect()
                    }
                    _ => continue,
                };
            let span = *self.spans.openings.row(opening);
            for field in fields.difference(here) {
                let problem = self.missing(*field, span, stage, ways, known);
                self.suspect_in(stage, problem, Shows::HandedOver(opening, *field));
            }
        }
    }

    fn without_consent(
        &mut self,
        opening: OpeningId,
        stage: StageId,
        ways: &[Way],
        known: &[Option<Fields>],
    ) {
        let row = self.protocol.obligations.row(self.protocol.openings.row(opening).obligation);
        let way = self.way_without(CONSENT, stage, ways, known);
        let message =
            say!("`{name}` needs consent, and on the way {way} nobody has given it", name = row.name, way);
        let problem = Diagnostic::error(Finding::MayBeUnrecorded, *self.spans.openings.row(opening), message)
            .help(say!("ask for it before (`on consent given -> …`, `record consent = yes`), or open it `when consent given`"));
        self.suspect_in(stage, problem, Shows::WithoutConsent(opening));
    }

    fn missing(
        &self,
        field: FieldId,
        span: Span,
        stage: StageId,
        ways: &[Way],
        known: &[Option<Fields>],
    ) -> Diagnostic {
        let name = &self.protocol.fields.row(field).name;
        let way = self.way_without(field, stage, ways, known);
        let message = say!("`{name}` is needed here, and on the way {way} nobody has recorded it", name, way);
        Diagnostic::error(Finding::MayBeUnrecorded, span, message)
            .label(*self.spans.fields.row(field), say!("the field is declared here"))
            .help(say!("ask it on that way (`asks {name}`), or test `known {name}` first", name))
    }

    /// One way from a trigger to a stage that does not record the field.
    fn way_without(&self, field: FieldId, stage: StageId, ways: &[Way], known: &[Option<Fields>]) -> String {
        let mut names = vec![self.protocol.stages.row(stage).name.clone()];
        let mut at = stage;
        let mut seen = BTreeSet::from([stage]);
        loop {
            let lacking = |way: &&Way| {
                way.to == at
                    && arriving(way, known).is_some_and(|there| !there.contains(&field))
                    && way.from.is_none_or(|from| !seen.contains(&from))
            };
            let mut candidates: Vec<&Way> = ways.iter().filter(lacking).collect();
            candidates.sort_by_key(|way| way.from.is_some());
            match candidates.first() {
                Some(way) => match way.from {
                    Some(from) => {
                        names.push(self.protocol.stages.row(from).name.clone());
                        seen.insert(from);
                        at = from;
                    }
                    None => {
                        names.push(way.start.clone());
                        break;
                    }
                },
                None => break,
            }
        }
        names.reverse();
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" → ")
    }
}

/// What is recorded when a way arrives; `None` while nothing is known of where it starts.
fn arriving(way: &Way, known: &[Option<Fields>]) -> Option<Fields> {
    match way.from {
        None => Some(way.brings.clone()),
        Some(from) => {
            let there = known.get(from.index())?.as_ref()?;
            Some(there.union(&way.brings).copied().collect())
        }
    }
}
