//! Places where obligations are opened, with their terms and what these count from.

use voordeur_calendar::{Length, Regime};
use voordeur_diagnostics::{Applicability, Fix, Rule, Span, closest};
use voordeur_messages::say;
use voordeur_syntax::ast::{self, Clause, Mode as Written};

use super::Lower;
use super::clauses::belongs_to_opening;
use super::declare::kind_of;
use super::names::Symbol;
use crate::guard::Expr;
use crate::lifecycle::Kind;
use crate::model::{Anchor, Back, Mode, Opening, PartyKind, Reminder, Term};
use crate::table::{ObligationId, OpeningId};

/// What the declaration of an obligation says about each of its openings.
#[derive(Debug, Clone, Default)]
pub(super) struct Defaults {
    pub(super) within: Option<Term>,
    pub(super) else_within: Option<Term>,
    pub(super) keeps_running: bool,
    pub(super) repeatable: bool,
    pub(super) paused: Option<(Expr, Option<String>)>,
}

impl Lower<'_> {
    /// Opens an obligation here.
    pub(super) fn open(&mut self, mode: Written, obligation: &ast::Obligation) -> Option<OpeningId> {
        let id = self.opened_obligation(obligation)?;
        let own = self.own_terms(id, obligation);
        let (term, preferred) = self.terms_under(mode, &own, obligation);
        let back = term.iter().chain(&preferred).any(|term| term.back.is_some());
        if own.paused.is_some() && back {
            self.error(
                Rule::MisplacedClause,
                obligation.name.span,
                say!("what is counted back is never moved later, so its clock cannot stand still"),
                say!("take out `paused while`, or let the term count from what comes first with `within`"),
            );
        }
        if own.repeatable && mode != Written::May {
            let help =
                say!("write `may` when the worker decides how often, or a `series` when the number is known");
            self.error(
                Rule::MisplacedClause,
                obligation.name.span,
                say!("`repeatable` belongs to `may`"),
                help,
            );
        }
        let opening = Opening {
            obligation: id,
            mode: if mode == Written::May { Mode::May } else { Mode::Must },
            term,
            preferred,
            planned_after: None,
            reminders: Vec::new(),
            repeatable: own.repeatable,
            paused: own.paused,
            keeps_running: own.keeps_running,
            line: self.line(obligation.name.span),
        };
        Some(self.push_opening(opening, &obligation.name))
    }

    fn push_opening(&mut self, opening: Opening, name: &ast::Name) -> OpeningId {
        self.spans.openings.push(name.span);
        let id = self.protocol.openings.push(opening);
        self.opened_here.push(id);
        id
    }

    /// The obligation that a `must`, `may`, `prefer` or an effect names, if it is of the kind it says.
    fn opened_obligation(&mut self, obligation: &ast::Obligation) -> Option<ObligationId> {
        if self.forgot_by(obligation) {
            return None;
        }
        let id = self.obligation(&obligation.name)?;
        let (kind, name) = (self.protocol.obligations.row(id).kind, &obligation.name);
        if kind == kind_of(obligation.kind) {
            return Some(id);
        }
        let message = say!("`{name}` is declared as a {kind}", name = name.text, kind = kind.in_words());
        let problem = voordeur_diagnostics::Diagnostic::error(Rule::WrongKind, name.span, message)
            .label(*self.spans.obligations.row(id), "here")
            .help(say!("write `{kind} {name}`", kind = opening_word(kind), name = name.text));
        self.problems.push(problem);
        None
    }

    /// A task or a visit that is declared nowhere, and like nothing that is: most likely it was meant to be
    /// declared here, and `by` is what is missing.
    fn forgot_by(&mut self, obligation: &ast::Obligation) -> bool {
        let name = &obligation.name;
        let wanted = matches!(obligation.kind, ast::ObligationKind::Task | ast::ObligationKind::Visit);
        let known = self.protocol.obligations.rows().map(|row| row.name.as_str());
        if !wanted || self.names.get(&name.text).is_some() || closest(&name.text, known).is_some() {
            return false;
        }
        let who = self.protocol.parties.rows().find(|party| matches!(party.kind, PartyKind::Role { .. }));
        let by = format!("{} {}", self.in_spelling("by"), who.map_or("worker", |who| who.name.as_str()));
        let kind = self.in_spelling(opening_word(kind_of(obligation.kind)));
        let message = say!("`{name}` is declared nowhere, and nothing says who does it", name = name.text);
        let meant = format!("{} {by}", name.text);
        let help = say!("say who does it: `{kind} {meant}`", kind, meant);
        let problem = voordeur_diagnostics::Diagnostic::error(Rule::UnknownName, name.span, message);
        self.problems.push(problem.help(help).fix(Fix::new(Applicability::Unsafe, name.span, meant)));
        self.names.forgive(&name.text);
        true
    }

    fn own_terms(&mut self, id: ObligationId, obligation: &ast::Obligation) -> Defaults {
        let mut own = self.defaults.get(&id).cloned().unwrap_or_default();
        if obligation.name.span == *self.spans.obligations.row(id) {
            return own;
        }
        for clause in obligation.clauses.iter().filter(|clause| belongs_to_opening(&clause.node)) {
            match &clause.node {
                Clause::Within(term) => own.within = self.term(term),
                Clause::ElseWithin(term) => own.else_within = self.term(term),
                Clause::Repeatable => own.repeatable = true,
                Clause::Paused { condition, because } => {
                    own.paused = Some(self.paused(condition, because.as_ref()));
                }
                _ => own.keeps_running = true,
            }
        }
        own
    }

    fn terms_under(
        &mut self,
        mode: Written,
        own: &Defaults,
        at: &ast::Obligation,
    ) -> (Option<Term>, Option<Term>) {
        let place = at.name.span;
        match (mode, own.within, own.else_within) {
            (Written::Prefer, Some(preferred), Some(term)) => (Some(term), Some(preferred)),
            (Written::Prefer, ..) => {
                let help = say!("write `prefer task phone … same day else within 2 working days`");
                self.error(
                    Rule::MissingClause,
                    place,
                    say!("`prefer` needs the preferred term and, after `else`, the last one"),
                    help,
                );
                (None, None)
            }
            (_, _, Some(_)) => {
                let help = say!("write `prefer` instead of `must` when there is a preferred term");
                self.error(Rule::MisplacedClause, place, say!("`else within` belongs to `prefer`"), help);
                (own.within, None)
            }
            (_, within, None) => (within, None),
        }
    }

    /// The contacts of an aftercare: one opening for each planned moment.
    pub(super) fn contact_openings(&mut self, contact: &ast::Obligation) -> Vec<OpeningId> {
        let Some(Symbol::Obligation(id)) = self.names.get(&contact.name.text) else { return Vec::new() };
        let planned = contact.clauses.iter().filter_map(|clause| match &clause.node {
            Clause::After(lengths) | Clause::AfterClosing(lengths) => Some(lengths),
            _ => None,
        });
        let mut openings = Vec::new();
        for length in planned.flatten() {
            let opening = Opening {
                obligation: id,
                mode: Mode::Must,
                term: None,
                preferred: None,
                planned_after: Some(self.length(length)),
                reminders: Vec::new(),
                repeatable: false,
                paused: None,
                keeps_running: false,
                line: self.line(length.span),
            };
            openings.push(self.push_opening(opening, &contact.name));
        }
        openings
    }

    /// `escalate late`
    pub(super) fn escalate(&mut self, name: &ast::Name) -> Option<OpeningId> {
        let id = self.obligation(name)?;
        let kind = self.protocol.obligations.row(id).kind;
        if kind != Kind::Escalation {
            let message = say!(
                "`{name}` is a {kind}; an escalation is needed here",
                name = name.text,
                kind = kind.in_words()
            );
            self.error(
                Rule::WrongKind,
                name.span,
                message,
                say!("write `{kind} {name}`", kind = opening_word(kind), name = name.text),
            );
            return None;
        }
        let opening = Opening {
            obligation: id,
            mode: Mode::Must,
            term: None,
            preferred: None,
            planned_after: None,
            reminders: Vec::new(),
            repeatable: false,
            paused: None,
            keeps_running: false,
            line: self.line(name.span),
        };
        Some(self.push_opening(opening, name))
    }

    /// `remind worker 1 working day before take_in is due`
    pub(super) fn remind(&mut self, who: &ast::Name, before: &ast::Length, obligation: &ast::Name) {
        let (party, id) = (self.told(who), self.obligation(obligation));
        let reminder = Reminder {
            who: party.unwrap_or(crate::PartyId::ANYONE),
            before: self.some_time(before),
            line: self.line(who.span),
        };
        let Some(id) = id else { return };
        let openings: Vec<OpeningId> = self
            .opened_here
            .iter()
            .copied()
            .filter(|o| self.protocol.openings.row(*o).obligation == id)
            .collect();
        if openings.iter().all(|o| self.protocol.openings.row(*o).term.is_none()) {
            let message = say!(
                "`{obligation}` has no term in this stage, so nobody can be reminded of it",
                obligation = obligation.text
            );
            self.error(Rule::MisplacedClause, obligation.span, message, say!("open it here with `within …`"));
        }
        for opening in openings {
            self.protocol.openings.row_mut(opening).reminders.push(reminder);
        }
    }

    pub(super) fn term(&mut self, term: &ast::Term) -> Option<Term> {
        let length = term.length.as_ref().map(|length| self.some_time(length));
        if let Some(before) = &term.before {
            self.whole_days_back(length, before, term.span)?;
            let anchor = self.anchor(&ast::Anchor { name: before.day.clone(), event: None })?;
            let Anchor::Field(_) = anchor else {
                let message = say!("`{day}` is no date to count back from", day = before.day.text);
                self.error(Rule::TypeMismatch, before.day.span, message, say!("name a field of type `date`"));
                return None;
            };
            let back = Some(Back { or_earlier: before.or_earlier });
            return Some(Term { length, anchor, regime: Regime::OwnNorm, back });
        }
        let regime = term.regime.as_ref().map_or(Regime::OwnNorm, |name| self.regime(name));
        let anchor = match &term.of {
            None => Anchor::Opening,
            Some(of) => self.anchor(of)?,
        };
        Some(Term { length, anchor, regime, back: None })
    }

    /// A field holds a day and no hour: counted back from it are whole days.
    fn whole_days_back(&mut self, length: Option<Length>, before: &ast::Before, span: Span) -> Option<()> {
        let elapsed = length.is_some_and(|length| length.unit.is_elapsed());
        if elapsed {
            let day = &before.day.text;
            let help = say!("count back in days, as in `1 day before {day}`", day);
            let message = say!("`{day}` is a day without an hour; no hours are counted back from it", day);
            self.error(Rule::BadNumber, span, message, help);
        }
        (!elapsed).then_some(())
    }

    pub(super) fn regime(&mut self, name: &ast::Name) -> Regime {
        match name.text.as_str() {
            "statutory" | "wettelijk" => return Regime::Statutory,
            "eu" => return Regime::Eu,
            _ => {}
        }
        let near = closest(&name.text, ["statutory", "eu"]);
        let message = say!("no rules for terms are called `{name}`", name = name.text);
        let problem = voordeur_diagnostics::Diagnostic::error(Rule::UnknownName, name.span, message)
            .help(say!("`statutory` is the Algemene termijnenwet, `eu` is Regulation 1182/71; nothing is the project's own norm"))
            .did_you_mean(near);
        self.problems.push(problem);
        Regime::OwnNorm
    }
}

/// The word with which a place opens an obligation of a kind.
const fn opening_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Referral => "refer",
        Kind::Sub => "start",
        Kind::Escalation => "escalate",
        Kind::Contact => "call",
        other => other.word(),
    }
}
