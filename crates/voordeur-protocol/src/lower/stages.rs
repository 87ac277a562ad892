//! Triggers, events, escalations, stages and aftercares: where cases come in and how they go.

use voordeur_diagnostics::{Rule as Finding, Span};
use voordeur_messages::say;
use voordeur_syntax::ast::{self, Item, Statement, When};

use super::Lower;
use super::header::unit;
use super::names::{Symbol, Wanted};
use super::rules::{Written, none_of};
use crate::guard::Expr;
use crate::model::{
    AllowedDeviation, Cause, CauseKey, Derived, Deviation, Intensity, Limit, Scope, Selection, Spec, Step,
    Target, TriggerBranch,
};
use crate::table::{EndId, FieldId, ObligationId, OpeningId, RuleId, StageId, TriggerId};
use crate::value::FieldType;

impl Lower<'_> {
    pub(super) fn flow(&mut self, pathway: &ast::Pathway) {
        for item in &pathway.items {
            self.opened_here.clear();
            match &item.node {
                Item::Trigger(trigger) => self.trigger(trigger),
                Item::Event { name, from, asks, .. } => self.event(name, from, asks),
                Item::Escalation(escalation) => self.escalation(escalation),
                Item::Stage(stage) => self.stage(stage),
                Item::Aftercare(care) => self.aftercare(care),
                Item::Always(statements) => self.always(statements),
                Item::Measure(measure) => self.measure(measure),
                _ => {}
            }
        }
        self.protocol.always.sort_by_key(|(key, _)| *key);
        for item in &pathway.items {
            if let Item::Eligible { condition, otherwise } = &item.node {
                self.eligible(condition, otherwise, item.span);
            }
        }
    }

    /// Who does not belong to the target group goes no further: the first branch of every trigger.
    fn eligible(&mut self, condition: &ast::Expr, otherwise: &ast::Target, span: Span) {
        let (guard, target) = (self.guard(condition), self.target(otherwise, false));
        let Some(target) = target else { return };
        let (line, text) = (self.line(span), self.text_of(span));
        for id in self.protocol.triggers.iter().map(|(id, _)| id).collect::<Vec<_>>() {
            let row = self.protocol.triggers.row_mut(id);
            for branch in &mut row.branches {
                branch.guard = match std::mem::replace(&mut branch.guard, Expr::True) {
                    Expr::True => guard.clone(),
                    own => Expr::And(vec![guard.clone(), own]),
                };
            }
            let not = Expr::Not(Box::new(guard.clone()));
            row.branches.push(TriggerBranch {
                guard: not,
                otherwise: true,
                target,
                line,
                text: text.clone(),
            });
            self.spans.branches.row_mut(id).push(span);
        }
    }

    fn measure(&mut self, measure: &ast::Obligation) {
        let ends: Vec<EndId> = measure
            .clauses
            .iter()
            .filter_map(|clause| match &clause.node {
                ast::Clause::OnlyFor(names) => Some(names),
                _ => None,
            })
            .flatten()
            .filter_map(|name| self.end_named(name))
            .collect();
        for opening in self.contact_openings(measure) {
            self.protocol.openings.row_mut(opening).keeps_running = true;
            self.protocol.measures.push((opening, ends.clone()));
        }
    }

    fn end_named(&mut self, name: &ast::Name) -> Option<EndId> {
        match self.resolve(name, Wanted::Place)? {
            Symbol::End(id) => Some(id),
            _ => {
                let message = say!("`{name}` is no end; a measure is made after an end", name = name.text);
                self.error(Finding::WrongKind, name.span, message, say!("name an end"));
                None
            }
        }
    }

    /// `deviation teamlead may skip take_in`
    pub(super) fn deviation(
        &mut self,
        scope: Scope,
        who: &ast::Name,
        what: ast::Deviation,
        names: &[ast::Name],
    ) {
        let Some(party) = self.party(who) else { return };
        let line = self.line(who.span);
        for name in names {
            let Some((what, opening)) = self.deviation_of(what, name) else { continue };
            self.protocol.deviations.push(AllowedDeviation { scope, who: party, what, opening, line });
        }
    }

    fn deviation_of(
        &mut self,
        what: ast::Deviation,
        name: &ast::Name,
    ) -> Option<(Deviation, Option<OpeningId>)> {
        match what {
            ast::Deviation::Skip => self.obligation(name).map(|id| (Deviation::Skip(id), None)),
            ast::Deviation::Repeat => {
                let id = self.obligation(name)?;
                self.opening_here(id, name).map(|opening| (Deviation::Repeat(id), Some(opening)))
            }
            ast::Deviation::MoveTo => match self.resolve(name, Wanted::Place)? {
                Symbol::Stage(stage) => Some((Deviation::MoveTo(stage), None)),
                _ => {
                    let message =
                        say!("`{name}` is an end; a case is not ended by a deviation", name = name.text);
                    self.error(Finding::WrongKind, name.span, message, say!("name a stage"));
                    None
                }
            },
        }
    }

    /// Where the stage at hand opens it.
    fn opening_here(&mut self, id: ObligationId, name: &ast::Name) -> Option<OpeningId> {
        let here = self
            .opened_here
            .iter()
            .copied()
            .find(|opening| self.protocol.openings.row(*opening).obligation == id);
        if here.is_none() {
            let message =
                say!("`{name}` is not opened in this stage, so it cannot be repeated here", name = name.text);
            self.error(
                Finding::MisplacedClause,
                name.span,
                message,
                say!("open it here with `must` or `may`"),
            );
        }
        here
    }

    fn trigger(&mut self, trigger: &ast::Trigger) {
        let Some(Symbol::Trigger(id)) = self.names.get(&trigger.name.text) else { return };
        self.protocol.triggers.row_mut(id).selection = trigger.selection.map(|selection| match selection {
            ast::Selection::List => Selection::List,
            ast::Selection::Area => Selection::Area,
            ast::Selection::RiskAnalysis => Selection::RiskAnalysis,
        });
        self.protocol.triggers.row_mut(id).from = self.parties(&trigger.from);
        self.protocol.triggers.row_mut(id).asks = self.fields(&trigger.asks);
        let guards: Vec<Expr> =
            trigger.branches.iter().map(|branch| self.branch_guard(&branch.case)).collect();
        let written = || trigger.branches.iter().zip(&guards);
        let named: Vec<Expr> = written()
            .filter(|(branch, _)| branch.case != When::Otherwise)
            .map(|(_, guard)| guard.clone())
            .collect();
        for (branch, guard) in written() {
            let otherwise = branch.case == When::Otherwise;
            let guard = if otherwise { none_of(named.clone()) } else { guard.clone() };
            self.branch(id, branch, guard, otherwise);
        }
    }

    fn branch_guard(&mut self, case: &When) -> Expr {
        match case {
            When::If(expr) => self.guard(expr),
            When::Always | When::Otherwise => Expr::True,
        }
    }

    fn branch(&mut self, trigger: TriggerId, branch: &ast::Branch, guard: Expr, otherwise: bool) {
        let Some(target) = self.target(&branch.target, false) else { return };
        let row = TriggerBranch {
            guard,
            otherwise,
            target,
            line: self.line(branch.span),
            text: self.text_of(branch.span),
        };
        self.protocol.triggers.row_mut(trigger).branches.push(row);
    }

    fn event(&mut self, name: &ast::Name, from: &[ast::Name], asks: &[ast::Name]) {
        let Some(Symbol::Event(id)) = self.names.get(&name.text) else { return };
        self.protocol.events.row_mut(id).from = self.parties(from);
        self.protocol.events.row_mut(id).asks = self.fields(asks);
    }

    fn escalation(&mut self, escalation: &ast::Escalation) {
        let Some(Symbol::Obligation(id)) = self.names.get(&escalation.name.text) else { return };
        if escalation.steps.is_empty() {
            let message = say!("the escalation `{name}` has no steps", name = escalation.name.text);
            self.error(
                Finding::MissingClause,
                escalation.name.span,
                message,
                say!("write `at once notify …` or `after 1 day …`"),
            );
        }
        if let Some(beyond) = escalation.steps.get(200) {
            self.error(
                Finding::TooLarge,
                beyond.span,
                say!("an escalation has more than 200 steps"),
                say!("leave some out"),
            );
        }
        let steps: Vec<Step> = escalation
            .steps
            .iter()
            .map(|step| Step {
                after: step.after.as_ref().map(|after| self.some_time(after)),
                effects: self.effects(&step.effects),
                line: self.line(step.span),
            })
            .collect();
        self.protocol.obligations.row_mut(id).spec = Spec::Escalation(crate::model::Escalation { steps });
    }

    fn stage(&mut self, stage: &ast::Stage) {
        let Some(Symbol::Stage(id)) = self.names.get(&stage.name.text) else { return };
        if let Some(limit) = &stage.limit {
            self.protocol.stages.row_mut(id).limit = self.limit(limit);
        }
        self.statements(id, &stage.statements, false);
    }

    fn limit(&mut self, limit: &ast::Limit) -> Option<Limit> {
        let times = self.number(&limit.times);
        if times == 0 {
            self.error(
                Finding::BadNumber,
                limit.span,
                say!("a stage that is never entered"),
                say!("write `at most 1 time, else -> …`"),
            );
        }
        let otherwise = self.target(&limit.otherwise, false)?;
        Some(Limit { times, otherwise, line: self.line(limit.span) })
    }

    fn aftercare(&mut self, care: &ast::Aftercare) {
        let Some(Symbol::Stage(id)) = self.names.get(&care.name.text) else { return };
        let by = care.by.as_ref().and_then(|by| self.party(by));
        for contact in &care.contacts {
            let openings = self.contact_openings(contact);
            self.protocol.stages.row_mut(id).opens.extend(openings);
            if let Some(Symbol::Obligation(contact)) = self.names.get(&contact.name.text) {
                let row = &mut self.protocol.obligations.row_mut(contact);
                row.by = row.by.or(by);
            }
        }
        self.check_aftercare(care);
        self.statements(id, &care.statements, true);
        if let Some(then) = &care.then {
            self.then(id, care, then);
        }
    }

    fn check_aftercare(&mut self, care: &ast::Aftercare) {
        let who = care.by.is_some() || care.contacts.iter().all(|contact| self.has_own_by(contact));
        let name = &care.name.text;
        let needs = [
            (
                !care.contacts.is_empty(),
                say!("the aftercare `{name}` has no contacts", name),
                say!("write `call name after 4 weeks` or `visit name after 3 months`"),
            ),
            (
                who,
                say!("the aftercare `{name}` does not say who makes the contacts", name),
                say!("write `by worker`"),
            ),
            (
                care.then.is_some(),
                say!("the aftercare `{name}` does not say where it leads", name),
                say!("write `then -> end` for when every contact is over"),
            ),
        ];
        for (_, message, help) in needs.into_iter().filter(|(there, ..)| !there) {
            self.error(Finding::MissingClause, care.name.span, message, help);
        }
    }

    fn has_own_by(&self, contact: &ast::Obligation) -> bool {
        contact.clauses.iter().any(|clause| matches!(clause.node, ast::Clause::By { .. }))
    }

    fn then(&mut self, id: StageId, care: &ast::Aftercare, then: &ast::Target) {
        let span = match then {
            ast::Target::Named(name) => name.span,
            ast::Target::Back(span) => *span,
        };
        let written = Written {
            scope: Scope::Stage(id),
            cause: Cause::ContactsOver,
            case: &When::Always,
            effects: &[],
            target: Some(then),
            span: Span { start: care.name.span.start, ..span },
        };
        let rule = self.rule(&written);
        *self.spans.rules.row_mut(rule) = span;
        let (then, target) = (self.in_spelling("then"), self.text_of(span));
        self.protocol.rules.row_mut(rule).text =
            format!("{then} -> {}", target.trim_start_matches("->").trim_start());
        self.protocol.rules.row_mut(rule).line = self.line(span);
        self.protocol.stages.row_mut(id).contacts_over = Some(rule);
    }

    fn statements(&mut self, id: StageId, statements: &[ast::Spanned<Statement>], aftercare: bool) {
        let mut rules = Vec::new();
        for statement in statements {
            rules.extend(self.statement(id, &statement.node, statement.span, aftercare));
        }
        self.settle_otherwise(&rules);
        for statement in statements {
            match &statement.node {
                Statement::Remind { who, before, obligation } => self.remind(who, before, obligation),
                Statement::Deviation { who, what, names } => {
                    self.deviation(Scope::Stage(id), who, *what, names);
                }
                _ => {}
            }
        }
        self.index_rules(id, &rules);
    }

    fn statement(
        &mut self,
        id: StageId,
        statement: &Statement,
        span: Span,
        aftercare: bool,
    ) -> Option<RuleId> {
        let scope = Scope::Stage(id);
        let always = &When::Always;
        let (cause, case, effects, target) = match statement {
            Statement::Open { obligation, .. } if obligation.kind == ast::ObligationKind::Call => {
                let openings = self.contact_openings(obligation);
                self.protocol.stages.row_mut(id).opens.extend(openings);
                return None;
            }
            Statement::Open { mode, obligation } => {
                let opening = self.open(*mode, obligation);
                self.protocol.stages.row_mut(id).opens.extend(opening);
                return None;
            }
            Statement::Remind { .. } | Statement::Deviation { .. } | Statement::Allow(_) => return None,
            Statement::OnBirthday { ages, every, of, effects, target } => {
                (self.birthday(ages, every.as_ref(), of)?, always, effects, target.as_ref())
            }
            Statement::Offers { amount, per } => {
                let amount = self.some_time(amount);
                if self.protocol.stages.row(id).offers.is_some() {
                    let message = say!("`{word}` stands here again", word = self.in_spelling("offers"));
                    self.contradiction(
                        Finding::DeclaredTwice,
                        span,
                        message,
                        say!("a stage offers one amount; join the two"),
                    );
                }
                self.protocol.stages.row_mut(id).offers = Some(Intensity { amount, per: unit(*per) });
                return None;
            }
            Statement::On { event, case, effects, target } => {
                let cause = self.cause(event, aftercare)?;
                let rule = self.rule(&Written { scope, cause, case, effects, target: target.as_ref(), span });
                self.numbered(rule, event);
                return Some(rule);
            }
            Statement::When { condition, effects, target } => {
                return Some(self.condition_rule(scope, condition, effects, target.as_ref(), span));
            }
            Statement::After { length, of, effects, target } => {
                let length = self.some_time(length);
                let anchor = match of {
                    None => crate::Anchor::Opening,
                    Some(of) => self.anchor(of)?,
                };
                (Cause::After(length, anchor), always, effects, target.as_ref())
            }
            Statement::Every { length, effects } => {
                (Cause::Every(self.some_time(length)), always, effects, None)
            }
            Statement::AtOnce { effects } => (Cause::Entry, always, effects, None),
        };
        Some(self.rule(&Written { scope, cause, case, effects, target, span }))
    }

    /// A birthday of the day in a field, or with no ages its anniversary.
    pub(super) fn birthday(
        &mut self,
        ages: &[u32],
        every: Option<&ast::Length>,
        of: &ast::Name,
    ) -> Option<Cause> {
        let field = self.field(of)?;
        let ty = &self.protocol.fields.row(field).ty;
        let fits = if ages.is_empty() {
            matches!(ty, FieldType::Date | FieldType::Birthdate)
        } else {
            *ty == FieldType::Birthdate
        };
        if !fits {
            let message =
                say!("`{of}` is {describe}; it has no birthday", of = of.text, describe = ty.describe());
            self.error(Finding::TypeMismatch, of.span, message, say!("name a field of type `birthdate`"));
            return None;
        }
        let every = match every {
            None => None,
            Some(length) if length.unit == ast::Unit::Years && length.amount > 0 => Some(length.amount),
            Some(length) => {
                self.error(
                    Finding::BadNumber,
                    length.span,
                    say!("birthdays are counted in years"),
                    say!("write `then every 5 years`"),
                );
                None
            }
        };
        let mut ages = ages.to_vec();
        ages.sort_unstable();
        ages.dedup();
        Some(Cause::Birthday { of: field, ages, every })
    }

    pub(super) fn condition_rule(
        &mut self,
        scope: Scope,
        condition: &ast::Expr,
        effects: &[ast::Spanned<ast::Effect>],
        target: Option<&ast::Target>,
        span: Span,
    ) -> RuleId {
        let written = Written { scope, cause: Cause::Condition, case: &When::Always, effects, target, span };
        let rule = self.rule(&written);
        let guard = self.guard(condition);
        self.only_time(&guard, condition.span);
        self.protocol.rules.row_mut(rule).guard = guard;
        rule
    }

    /// A `when` rule looks when something is recorded or happens. What becomes true by the passing of time
    /// alone needs a rule on time.
    fn only_time(&mut self, guard: &Expr, span: Span) {
        if self.time_makes_true(guard, true) {
            let birthday = self.birthday_reached(guard).map(|meant| say!("write `{meant}`", meant));
            let help = birthday.unwrap_or_else(|| {
                say!("write `on birthday 18 of born`, `after 6 weeks`, or the condition on the event that matters")
            });
            self.error(
                Finding::MisplacedClause,
                span,
                say!("time alone can make this true, and nobody looks then"),
                help,
            );
        }
    }

    /// Whether a part can become true (or, under `not`, false) because time goes by: an age that is
    /// reached, but not one that is passed.
    fn time_makes_true(&self, guard: &Expr, positive: bool) -> bool {
        let derived = |field: &FieldId| self.protocol.fields.row(*field).derived;
        match guard {
            Expr::And(parts) | Expr::Or(parts) | Expr::AtLeast { parts, .. } => {
                parts.iter().any(|part| self.time_makes_true(part, positive))
            }
            Expr::Not(part) => self.time_makes_true(part, !positive),
            Expr::Range { field, low, high } => match derived(field) {
                Some(Derived::Age(_) | Derived::Since(..)) => {
                    if positive {
                        low.is_some()
                    } else {
                        high.is_some()
                    }
                }
                _ => false,
            },
            Expr::In { field, .. } => {
                matches!(derived(field), Some(Derived::Age(_) | Derived::Day(_) | Derived::Since(..)))
            }
            Expr::True | Expr::Known(_) | Expr::Happened { .. } => false,
        }
    }

    /// Puts each rule where the engine looks for it.
    fn index_rules(&mut self, id: StageId, rules: &[RuleId]) {
        for rule in rules {
            let row = &self.protocol.rules.row(*rule);
            let stage = &mut self.protocol.stages.row_mut(id);
            stage.interrupts |= row.target == Some(Target::Back);
            match &row.cause {
                Cause::Obligation(obligation, on) => {
                    stage.dispatch.push((CauseKey::obligation(*obligation, *on), *rule));
                }
                Cause::Event(event) => stage.dispatch.push((CauseKey::event(*event), *rule)),
                Cause::Condition => stage.conditions.push(*rule),
                Cause::After(..) | Cause::Every(_) | Cause::Birthday { .. } => stage.timed.push(*rule),
                Cause::Entry => stage.entry.push(*rule),
                Cause::ContactsOver => {}
            }
        }
        self.protocol.stages.row_mut(id).dispatch.sort_by_key(|(key, _)| *key);
    }
}
