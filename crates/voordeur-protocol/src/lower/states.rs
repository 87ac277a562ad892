//! How an obligation stands: `base open`, `2 of (q done, r taken_up)`, `on programme done 3`.

use voordeur_diagnostics::{Rule as Finding, Span};
use voordeur_messages::say;
use voordeur_syntax::ast::{self, ExprKind, Quorum};
use voordeur_syntax::vocabulary::STATES;

use super::Lower;
use crate::guard::Expr;
use crate::lifecycle::{Happening, Kind, StateId};
use crate::model::{Cause, Derived};
use crate::table::{ObligationId, RuleId};
use crate::value::{FieldType, Value};

impl Lower<'_> {
    /// What happened to an obligation last, or in which state it is open; a problem counts as true.
    pub(super) fn state(&mut self, name: &ast::Name, word: &ast::Name) -> Option<Expr> {
        let obligation = self.obligation(name)?;
        let known = self.protocol.obligations.row(obligation).happening(&word.text);
        match self.open_state(obligation, word).filter(|_| known.is_none()) {
            Some(state) => {
                let spoken = format!("{} {}", name.text, word.text);
                let derived = Derived::State(obligation, state);
                let field = self.derived(spoken, FieldType::YesNo, derived, word.span);
                Some(Expr::In { field, values: vec![Value::YesNo(true)] })
            }
            None => {
                let happening = self.happening(obligation, word)?;
                Some(Expr::Happened { at_least: 1, obligations: vec![obligation], happening })
            }
        }
    }

    /// The state that a word means for this kind: `open` is any state in which it is open.
    fn open_state(&self, obligation: ObligationId, word: &ast::Name) -> Option<Option<StateId>> {
        let column = self.spelling.pick(0, 1);
        let pair = STATES.iter().find(|pair| pair.get(column) == Some(&word.text.as_str()))?;
        let english = pair.first().copied().unwrap_or_default();
        if english == "open" {
            return Some(None);
        }
        let states = self.protocol.obligations.row(obligation).kind.lifecycle().states;
        let found = states.iter().position(|state| state.name == english && !state.closed)?;
        u8::try_from(found).ok().map(|state| Some(StateId(state)))
    }

    /// `all of (a done, b taken_up)`, `any of (…)`, `2 of (…)`
    pub(super) fn mixed(&mut self, quorum: Quorum, parts: &[ast::Expr], span: Span) -> Expr {
        let found: Vec<Expr> = parts
            .iter()
            .filter_map(|part| match &part.kind {
                ExprKind::State { obligation, state } => self.state(obligation, state),
                _ => None,
            })
            .collect();
        if found.len() < parts.len() {
            return Expr::True;
        }
        match quorum {
            Quorum::All => Expr::And(found),
            Quorum::Any => Expr::Or(found),
            Quorum::AtLeast(wanted) => {
                self.can_be_enough(wanted, found.len(), span);
                joined(wanted, found)
            }
        }
    }

    pub(super) fn can_be_enough(&mut self, wanted: u32, found: usize, span: Span) {
        if wanted == 0 || usize::try_from(wanted).map_or(true, |wanted| wanted > found) {
            self.error(
                Finding::BadNumber,
                span,
                say!("{wanted} of {found} can never be right", wanted, found),
                say!("name a number from 1 to the length of the list"),
            );
        }
    }

    /// `on programme done 3` is for the third visit, `on late step 2` for the second step.
    pub(super) fn numbered(&mut self, rule: RuleId, event: &ast::EventName) {
        let (Some(nth), Some(what)) = (event.number, &event.what) else { return };
        let row = self.protocol.rules.row(rule);
        let (cause, otherwise) = (row.cause.clone(), row.otherwise);
        let Cause::Obligation(obligation, on) = cause else { return };
        let kind = self.protocol.obligations.row(obligation).kind;
        if !matches!((kind, on), (Kind::Series, Happening::Done) | (Kind::Escalation, Happening::Step)) {
            let message =
                say!("`{subject} {what}` has no number", subject = event.subject.text, what = what.text);
            let help =
                say!("visits of a series (`done 3`) and steps of an escalation (`step 2`) are numbered");
            return self.error(Finding::MisplacedClause, what.span, message, help);
        }
        if nth == 0 || otherwise {
            let help = say!("count from 1, and write `otherwise` without a number");
            let message = say!("this number does not fit here");
            return self.error(Finding::BadNumber, what.span, message, help);
        }
        let spoken = format!("number of {}", event.subject.text);
        let ty = FieldType::Count { low: 0, high: 10_000 };
        let field = self.derived(spoken, ty, Derived::Number(obligation), what.span);
        let is_it = Expr::In { field, values: vec![Value::Count(i64::from(nth))] };
        let row = self.protocol.rules.row_mut(rule);
        row.nth = Some(nth);
        row.guard = match std::mem::replace(&mut row.guard, Expr::True) {
            Expr::True => is_it,
            own => Expr::And(vec![is_it, own]),
        };
    }
}

/// At least so many of these. Of one happening it is one part, so that it reads as it was written.
pub(super) fn joined(at_least: u32, parts: Vec<Expr>) -> Expr {
    let mut all: Vec<ObligationId> = Vec::new();
    let mut one: Option<Happening> = None;
    for part in &parts {
        match part {
            Expr::Happened { obligations, happening, .. } if one.is_none_or(|on| on == *happening) => {
                one = Some(*happening);
                all.extend(obligations);
            }
            _ => return Expr::AtLeast { at_least, parts },
        }
    }
    one.map_or(Expr::True, |happening| Expr::Happened { at_least, obligations: all, happening })
}
