//! Obligations and their clauses.

use super::values::{name, name_in, names_in, text_in, text_or_empty};
use super::{Builder, Node, all, find, has, span, trimmed};
use crate::ast::{AfterFailure, Apart, Clause, Length, Obligation, ObligationKind, OnFailure, Spanned, Unit};
use crate::parse::Rule;

/// How often an action is tried again when the file says no number.
const USUAL_RETRIES: u32 = 5;

impl<'i> Builder<'i> {
    /// A declared obligation, one that a statement opens, or a contact of aftercare.
    pub(super) fn obligation(&mut self, node: &Node<'i>) -> Obligation {
        let mut clauses = Vec::new();
        let mut block = false;
        for child in node.clone().into_inner() {
            match child.as_rule() {
                Rule::clause => clauses.extend(self.clause(&child)),
                Rule::after_each => {
                    let after = Clause::After(self.lengths_in(&child));
                    clauses.push(Spanned { node: after, span: trimmed(self.source, span(&child)) });
                }
                Rule::clause_block => {
                    block = true;
                    self.clause_block(child, &mut clauses);
                }
                _ => {}
            }
        }
        Obligation { kind: kind_of(node), name: name_in(node), title: text_in(node), clauses, block }
    }

    fn clause_block(&mut self, node: Node<'i>, clauses: &mut Vec<Spanned<Clause>>) {
        let outer = self.last;
        self.each(node, Rule::only_clause, |builder, child| {
            if child.as_rule() == Rule::clause {
                clauses.extend(builder.clause(&child));
            }
        });
        self.last = outer;
    }

    fn clause(&mut self, node: &Node<'i>) -> Option<Spanned<Clause>> {
        let inner = node.clone().into_inner().next()?;
        let clause = self.clause_kind(&inner)?;
        Some(Spanned { node: clause, span: trimmed(self.source, span(node)) })
    }

    fn clause_kind(&mut self, node: &Node<'i>) -> Option<Clause> {
        Some(match node.as_rule() {
            Rule::plugin => Clause::Plugin(text_or_empty(node)),
            Rule::by => self.by(node),
            Rule::to => Clause::To(name_in(node)),
            Rule::within => Clause::Within(self.term_in(node)),
            Rule::else_within => Clause::ElseWithin(self.term_in(node)),
            Rule::asks | Rule::records => Clause::Asks(names_in(node)),
            Rule::outcomes => Clause::Outcomes(names_in(node)),
            Rule::unannounced => Clause::Unannounced { because: text_in(node) },
            Rule::announced => Clause::Announced,
            Rule::lasts => Clause::Lasts(self.length_in(node)),
            Rule::attempts => self.attempts(node),
            Rule::announce => Clause::ThenAnnounce { by: name_in(node), again_after: self.length_in(node) },
            Rule::hands_over => Clause::HandsOver(names_in(node)),
            Rule::warm => Clause::Warm,
            Rule::accept => Clause::Accept(self.term_in(node)),
            Rule::contact => Clause::Contact(self.term_in(node)),
            Rule::remind_each => {
                Clause::RemindBeforeEach { who: name_in(node), before: self.length_in(node) }
            }
            Rule::ask_again => Clause::AskAgain { times: self.count_in(node).unwrap_or(1) },
            Rule::does => Clause::Does(name_in(node)),
            Rule::sees => Clause::Sees(names_in(node)),
            Rule::returns => Clause::Returns(names_in(node)),
            Rule::setting => Clause::With { name: name_in(node), value: text_or_empty(node) },
            Rule::retries => Clause::Retries(self.count_in(node).unwrap_or(0)),
            Rule::failing => Clause::OnFailure(self.failing(node)),
            Rule::answers => Clause::Answers(names_in(node)),
            Rule::silent => Clause::SilentAfter(self.length_in(node)),
            Rule::sub_pathway => Clause::SubPathway(name_in(node)),
            Rule::through => Clause::Through(name_in(node)),
            Rule::for_each => Clause::ForEach(name_in(node)),
            Rule::moments => self.moments(node),
            Rule::only_for => Clause::OnlyFor(names_in(node)),
            Rule::announced_by => Clause::AnnouncedBy { by: names_in(node), lead: self.length_in(node) },
            Rule::prepared => Clause::Prepared { by: name_in(node), before: self.length_in(node) },
            Rule::only => self.only(node),
            Rule::school_days => Clause::NotInSchoolHolidays,
            Rule::number_planned => {
                Clause::Number { count: self.count_in(node).unwrap_or(0), within: self.length_in(node) }
            }
            Rule::rate_planned => self.rate(node),
            Rule::spaced => Clause::Spaced(self.length_in(node)),
            Rule::via => Clause::Via(name_in(node)),
            Rule::break_off => Clause::MayBreakOff,
            Rule::needs_consent => Clause::NeedsConsent,
            Rule::repeatable => Clause::Repeatable,
            Rule::paused => Clause::Paused { condition: self.condition_in(node), because: text_in(node) },
            Rule::keeps_running => Clause::KeepsRunning,
            Rule::window => self.window(node),
            _ => return None,
        })
    }

    fn by(&mut self, node: &Node<'i>) -> Clause {
        let with = all(node, Rule::name).skip(1).map(|found| name(&found)).collect();
        Clause::By { who: name_in(node), with, count: self.count_in(node).unwrap_or(1) }
    }

    /// `on failure retry` alone is five times.
    fn failing(&mut self, node: &Node<'i>) -> OnFailure {
        let times = self.count_in(node);
        let retries = if has(node, Rule::k_retry) { times.unwrap_or(USUAL_RETRIES) } else { 0 };
        let then = match find(node, Rule::failed_for_good) {
            None => AfterFailure::GiveUp,
            Some(then) => match find(&then, Rule::opened) {
                Some(opened) => AfterFailure::Open(Box::new(self.obligation(&opened))),
                None => AfterFailure::Stop,
            },
        };
        OnFailure { retries, then }
    }

    fn attempts(&mut self, node: &Node<'i>) -> Clause {
        Clause::Attempts {
            count: self.times_in(node),
            apart: find(node, Rule::apart).map(|apart| self.apart(&apart)),
            different_parts_of_day: has(node, Rule::parts_of_day),
        }
    }

    fn apart(&mut self, node: &Node<'i>) -> Apart {
        let mut numbers =
            all(node, Rule::integer).map(|number| self.count(&number)).collect::<Vec<_>>().into_iter();
        let (least, most) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        Apart { least, most, unit: super::values::unit_in(node), span: trimmed(self.source, span(node)) }
    }

    fn moments(&mut self, node: &Node<'i>) -> Clause {
        let at_closing = has(node, Rule::k_at_closing).then_some(Length::new(0, Unit::Days, span(node)));
        let later = all(node, Rule::moment_after).map(|moment| self.length_in(&moment)).collect::<Vec<_>>();
        Clause::AfterClosing(at_closing.into_iter().chain(later).collect())
    }

    fn only(&mut self, node: &Node<'i>) -> Clause {
        let clocks: Vec<(i8, i8)> = all(node, Rule::clock).map(|clock| self.clock(&clock)).collect();
        let hours = clocks.first().copied().zip(clocks.get(1).copied());
        Clause::Only { working_days: has(node, Rule::k_on_working_days), hours }
    }

    fn rate(&mut self, node: &Node<'i>) -> Clause {
        let numbers: Vec<u32> = all(node, Rule::integer).map(|number| self.count(&number)).collect();
        let least = numbers.first().copied().unwrap_or(0);
        Clause::Rate {
            least,
            most: numbers.get(1).copied().unwrap_or(least),
            per: super::values::unit_in(node),
            lasting: self.length_in(node),
        }
    }

    fn window(&mut self, node: &Node<'i>) -> Clause {
        let mut lengths = self.lengths_in(node).into_iter();
        let none = || Length::new(0, Unit::Days, span(node));
        Clause::Window {
            before: lengths.next().unwrap_or_else(none),
            after: lengths.next().unwrap_or_else(none),
        }
    }
}

fn kind_of(node: &Node<'_>) -> ObligationKind {
    let holder =
        find(node, Rule::kind).or_else(|| find(node, Rule::opened_kind)).unwrap_or_else(|| node.clone());
    let word = holder.into_inner().next().map(|word| word.as_rule());
    match word {
        Some(Rule::k_visit) => ObligationKind::Visit,
        Some(Rule::k_start) => ObligationKind::Start,
        Some(Rule::k_measure) => ObligationKind::Measure,
        Some(Rule::k_series) => ObligationKind::Series,
        Some(Rule::k_referral | Rule::k_refer) => ObligationKind::Referral,
        Some(Rule::k_action) => ObligationKind::Action,
        Some(Rule::k_question) => ObligationKind::Question,
        Some(Rule::k_call) => ObligationKind::Call,
        _ => ObligationKind::Task,
    }
}
