//! Stages, rules and effects.

use super::values::{anchor_in, name, name_in, says, text_in};
use super::{Builder, Node, all, find, span, trimmed};
use crate::ast::{
    Aftercare, Deviation, Effect, Escalation, EventName, Length, Limit, Mode, Obligation, Spanned, Stage,
    Statement, Step, Target, Unit,
};
use crate::parse::Rule;

impl<'i> Builder<'i> {
    pub(super) fn stage(&mut self, node: Node<'i>) -> Stage {
        let limit = find(&node, Rule::limit).map(|limit| self.limit(&limit));
        let (name, title) = (name_in(&node), text_in(&node));
        Stage { name, title, limit, statements: self.statements(node) }
    }

    pub(super) fn statements(&mut self, node: Node<'i>) -> Vec<Spanned<Statement>> {
        let mut statements = Vec::new();
        self.each(node, Rule::only_statement, |builder, child| {
            if child.as_rule() == Rule::statement {
                statements.extend(builder.statement(&child));
            }
        });
        statements
    }

    fn limit(&mut self, node: &Node<'i>) -> Limit {
        let otherwise = target_in(node).unwrap_or(Target::Back(span(node)));
        Limit { times: self.times_in(node), otherwise, span: trimmed(self.source, span(node)) }
    }

    pub(super) fn escalation(&mut self, node: Node<'i>) -> Escalation {
        let (name, title) = (name_in(&node), text_in(&node));
        let mut steps = Vec::new();
        self.each(node, Rule::only_step, |builder, child| {
            if child.as_rule() == Rule::escalation_step {
                let after = find(&child, Rule::length).map(|length| builder.length(&length));
                let effects = builder.effects(&child);
                steps.push(Step { after, effects, span: trimmed(builder.source, span(&child)) });
            }
        });
        Escalation { name, title, steps }
    }

    pub(super) fn aftercare(&mut self, node: Node<'i>) -> Aftercare {
        let mut aftercare = Aftercare {
            name: name_in(&node),
            title: text_in(&node),
            by: None,
            contacts: Vec::new(),
            statements: Vec::new(),
            then: None,
        };
        self.each(node, Rule::only_aftercare, |builder, child| match child.as_rule() {
            Rule::contact_declared => aftercare.contacts.push(builder.obligation(&child)),
            Rule::by_one => aftercare.by = Some(name_in(&child)),
            Rule::statement => aftercare.statements.extend(builder.statement(&child)),
            Rule::then_target => aftercare.then = target_in(&child),
            _ => {}
        });
        aftercare
    }

    fn statement(&mut self, node: &Node<'i>) -> Option<Spanned<Statement>> {
        let inner = node.clone().into_inner().next()?;
        let statement = self.statement_kind(&inner)?;
        Some(Spanned { node: statement, span: trimmed(self.source, span(node)) })
    }

    fn statement_kind(&mut self, node: &Node<'i>) -> Option<Statement> {
        Some(match node.as_rule() {
            Rule::on_birthday => {
                let ages = all(node, Rule::integer).map(|age| self.count(&age)).collect();
                let every = find(node, Rule::length).map(|length| self.length(&length));
                let (effects, target) = (self.effects(node), target_in(node));
                Statement::OnBirthday { ages, every, of: name_in(node), effects, target }
            }
            Rule::on_anniversary => {
                let every = Some(Length::new(1, Unit::Years, span(node)));
                let (effects, target) = (self.effects(node), target_in(node));
                Statement::OnBirthday { ages: Vec::new(), every, of: name_in(node), effects, target }
            }
            Rule::deviation => Statement::Deviation {
                who: name_in(node),
                what: deviation(node),
                names: super::values::names_in(node),
            },
            Rule::must => Statement::Open { mode: mode_of(node), obligation: self.opened_in(node)? },
            Rule::remind => self.remind(node),
            Rule::offers => self.offers(node),
            Rule::on => Statement::On {
                event: self.event_in(node),
                case: self.guard_in(node),
                effects: self.effects(node),
                target: target_in(node),
            },
            Rule::when => Statement::When {
                condition: self.condition_in(node),
                effects: self.effects(node),
                target: target_in(node),
            },
            Rule::allow => Statement::Allow(self.allow(node)),
            Rule::at_once => Statement::AtOnce { effects: self.effects(node) },
            Rule::every => Statement::Every { length: self.length_in(node), effects: self.effects(node) },
            Rule::after => Statement::After {
                length: self.length_in(node),
                of: anchor_in(node),
                effects: self.effects(node),
                target: target_in(node),
            },
            _ => return None,
        })
    }

    /// `programme done`, `programme done 3`, `deceased`
    fn event_in(&mut self, node: &Node<'i>) -> EventName {
        let event = find(node, Rule::event_name).unwrap_or_else(|| node.clone());
        EventName {
            subject: name_in(&event),
            what: find(&event, Rule::event_word).map(|word| name(&word)),
            number: find(&event, Rule::nth).map(|nth| self.count(&nth)),
        }
    }

    fn remind(&mut self, node: &Node<'i>) -> Statement {
        let mut names = all(node, Rule::name).map(|found| name(&found));
        let who = names.next().unwrap_or_else(|| name_in(node));
        let obligation = names.next().unwrap_or_else(|| name_in(node));
        Statement::Remind { who, before: self.length_in(node), obligation }
    }

    fn offers(&mut self, node: &Node<'i>) -> Statement {
        let per = find(node, Rule::unit).map_or(Unit::Weeks, |unit| super::values::unit(&unit));
        let amount: Length = self.length_in(node);
        Statement::Offers { amount, per }
    }

    fn opened_in(&mut self, node: &Node<'i>) -> Option<Obligation> {
        find(node, Rule::opened).map(|opened| self.obligation(&opened))
    }

    fn effects(&mut self, node: &Node<'i>) -> Vec<Spanned<Effect>> {
        all(node, Rule::effect).filter_map(|effect| self.effect(&effect)).collect()
    }

    fn effect(&mut self, node: &Node<'i>) -> Option<Spanned<Effect>> {
        let inner = node.clone().into_inner().next()?;
        let effect = match inner.as_rule() {
            Rule::notify => Effect::Notify { who: name_in(&inner), text: text_in(&inner) },
            Rule::escalate => Effect::Escalate(name_in(&inner)),
            Rule::record => Effect::Record { field: name_in(&inner), value: self.value_in(&inner) },
            Rule::open => Effect::Open(self.opened_in(&inner)?),
            _ => return None,
        };
        Some(Spanned { node: effect, span: trimmed(self.source, span(node)) })
    }
}

pub(super) fn target_in(node: &Node<'_>) -> Option<Target> {
    let target = find(node, Rule::target)?;
    match find(&target, Rule::back) {
        Some(back) => Some(Target::Back(span(&back))),
        None => Some(Target::Named(name_in(&target))),
    }
}

pub(super) fn deviation(node: &Node<'_>) -> Deviation {
    if says(node, Rule::k_skip) {
        Deviation::Skip
    } else if says(node, Rule::k_repeat) {
        Deviation::Repeat
    } else {
        Deviation::MoveTo
    }
}

fn mode_of(node: &Node<'_>) -> Mode {
    if says(node, Rule::k_may) {
        Mode::May
    } else if says(node, Rule::k_prefer) {
        Mode::Prefer
    } else {
        Mode::Must
    }
}
