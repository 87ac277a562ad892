//! `always`: rules that hold in every stage. It has no beginning of its own, so nothing counts from one.

use voordeur_diagnostics::{Rule as Finding, Span};
use voordeur_messages::say;
use voordeur_syntax::ast::{self, Statement, When};

use super::Lower;
use super::rules::Written;
use crate::model::{Cause, CauseKey, Scope};
use crate::table::RuleId;

impl Lower<'_> {
    pub(super) fn always(&mut self, statements: &[ast::Spanned<Statement>]) {
        let rules: Vec<RuleId> = statements
            .iter()
            .filter_map(|statement| self.always_rule(&statement.node, statement.span))
            .collect();
        self.settle_otherwise(&rules);
        rules.into_iter().for_each(|rule| self.index_always(rule));
    }

    fn always_rule(&mut self, statement: &Statement, span: Span) -> Option<RuleId> {
        let scope = Scope::Always;
        let (cause, case, effects, target) = match statement {
            Statement::Deviation { who, what, names } => {
                self.deviation(scope, who, *what, names);
                return None;
            }
            Statement::When { condition, effects, target } => {
                return Some(self.condition_rule(scope, condition, effects, target.as_ref(), span));
            }
            Statement::On { event, case, effects, target } => {
                let cause = self.cause(event, false)?;
                let rule = self.rule(&Written { scope, cause, case, effects, target: target.as_ref(), span });
                self.numbered(rule, event);
                return Some(rule);
            }
            Statement::OnBirthday { ages, every, of, effects, target } => {
                (self.birthday(ages, every.as_ref(), of)?, &When::Always, effects, target)
            }
            Statement::After { length, of: Some(of), effects, target } => {
                (Cause::After(self.some_time(length), self.anchor(of)?), &When::Always, effects, target)
            }
            other => {
                self.needs_a_stage(other, span);
                return None;
            }
        };
        Some(self.rule(&Written { scope, cause, case, effects, target: target.as_ref(), span }))
    }

    fn index_always(&mut self, rule: RuleId) {
        let key = match &self.protocol.rules.row(rule).cause {
            Cause::Obligation(obligation, on) => CauseKey::obligation(*obligation, *on),
            Cause::Event(event) => CauseKey::event(*event),
            Cause::Condition => return self.protocol.always_conditions.push(rule),
            _ => return self.protocol.always_timed.push(rule),
        };
        self.protocol.always.push((key, rule));
    }

    /// What is opened, repeated or counted from entering a stage belongs to a stage.
    fn needs_a_stage(&mut self, statement: &Statement, span: Span) {
        let help = if matches!(statement, Statement::After { .. }) {
            say!("say what it counts from, as in `after 6 weeks of report`, or put it in a stage")
        } else {
            say!("`always` holds rules with `on`, `when` and `after … of …`; put the rest in a stage")
        };
        self.error(
            Finding::MisplacedClause,
            span,
            say!("`always` has no beginning and no end of its own"),
            help,
        );
    }
}
