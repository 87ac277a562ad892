//! Rules: what causes them, what they do, where they lead.

use voordeur_diagnostics::{Diagnostic, Rule as Finding, Span, closest};
use voordeur_messages::say;
use voordeur_syntax::ast::{self, When};
use voordeur_syntax::vocabulary::EVENT_WORDS;

use super::Lower;
use super::names::{Symbol, Wanted};
use crate::guard::Expr;
use crate::lifecycle::Happening;
use crate::model::{Cause, Effect, Rule, Scope, Target};
use crate::table::{EventId, RuleId};

/// A rule as written: what `on`, `when`, `after` and the others have in common.
pub(super) struct Written<'a> {
    pub(super) scope: Scope,
    pub(super) cause: Cause,
    pub(super) case: &'a When,
    pub(super) effects: &'a [ast::Spanned<ast::Effect>],
    pub(super) target: Option<&'a ast::Target>,
    pub(super) span: Span,
}

impl Lower<'_> {
    pub(super) fn rule(&mut self, written: &Written<'_>) -> RuleId {
        self.does_something(written);
        let guard = self.case(written.case);
        let target =
            written.target.and_then(|target| self.target(target, matches!(written.scope, Scope::Stage(_))));
        let row = Rule {
            scope: written.scope,
            cause: written.cause.clone(),
            guard,
            otherwise: *written.case == When::Otherwise,
            nth: None,
            effects: self.effects(written.effects),
            target,
            line: self.line(written.span),
            text: self.text_of(written.span),
        };
        self.spans.rules.push(written.span);
        self.protocol.rules.push(row)
    }

    /// An event may need no answer. A condition or a length of time that brings nothing is a line that was
    /// meant otherwise: mostly `must refer to_help when debts`, which is two statements.
    fn does_something(&mut self, written: &Written<'_>) {
        let empty = written.effects.is_empty() && written.target.is_none();
        if empty && !matches!(written.cause, Cause::Obligation(..) | Cause::Event(_)) {
            let text = self.text_of(written.span);
            let help = say!("say what it brings behind it: `{text} refer to_help`, `{text} -> stage`", text);
            self.error(Finding::MissingClause, written.span, say!("`{text}` brings nothing", text), help);
        }
    }

    fn case(&mut self, case: &When) -> Expr {
        match case {
            When::If(expr) => self.guard(expr),
            When::Always | When::Otherwise => Expr::True,
        }
    }

    /// Where a rule leads. `-> back` has a meaning only in a stage.
    pub(super) fn target(&mut self, target: &ast::Target, may_go_back: bool) -> Option<Target> {
        match target {
            ast::Target::Named(name) => match self.resolve(name, Wanted::Place)? {
                Symbol::Stage(id) => Some(Target::Stage(id)),
                Symbol::End(id) => Some(Target::End(id)),
                _ => None,
            },
            ast::Target::Back(_) if may_go_back => Some(Target::Back),
            ast::Target::Back(span) => {
                self.error(
                    Finding::MisplacedClause,
                    *span,
                    say!("`-> back` leads back to the stage that was interrupted; here nothing was"),
                    say!("use it in a stage that a rule of `always` leads to"),
                );
                None
            }
        }
    }

    pub(super) fn effects(&mut self, effects: &[ast::Spanned<ast::Effect>]) -> Vec<Effect> {
        if let Some(beyond) = effects.get(200) {
            self.error(
                Finding::TooLarge,
                beyond.span,
                say!("a rule does more than 200 things"),
                say!("split the rule"),
            );
        }
        let mut found = Vec::new();
        for effect in effects {
            match &effect.node {
                // Each planned moment is a contact of its own.
                ast::Effect::Open(contact) if contact.kind == ast::ObligationKind::Call => {
                    found.extend(self.contact_openings(contact).into_iter().map(Effect::Open));
                }
                one => found.extend(self.effect(one)),
            }
        }
        found
    }

    fn effect(&mut self, effect: &ast::Effect) -> Option<Effect> {
        match effect {
            ast::Effect::Notify { who, text } => {
                let text = text.as_ref().map(|text| text.text.clone());
                self.told(who).map(|who| Effect::Notify { who, text })
            }
            ast::Effect::Escalate(name) => self.escalate(name).map(Effect::Open),
            ast::Effect::Open(obligation) => self.open(ast::Mode::Must, obligation).map(Effect::Open),
            ast::Effect::Record { field, value } if self.is_consent(field) => match value.kind {
                ast::ValueKind::YesNo(given) => Some(Effect::Consent(given)),
                _ => {
                    self.error(
                        Finding::TypeMismatch,
                        value.span,
                        say!("consent is given or not"),
                        say!("write `yes` or `no`"),
                    );
                    None
                }
            },
            ast::Effect::Record { field, value } => {
                let id = self.field(field)?;
                if self.protocol.fields.row(id).derived.is_some() {
                    self.follows(field);
                    return None;
                }
                self.value(id, value).map(|value| Effect::Record { field: id, value })
            }
        }
    }

    /// A sum is not recorded: it follows from what is.
    fn follows(&mut self, field: &ast::Name) {
        let message =
            say!("`{name}` follows from what is recorded; it is not recorded itself", name = field.text);
        self.error(Finding::WrongKind, field.span, message, say!("name the field that it follows from"));
    }

    /// What an `on` rule waits for.
    pub(super) fn cause(&mut self, event: &ast::EventName, aftercare: bool) -> Option<Cause> {
        let consent = self.names.get(&event.subject.text) == Some(Symbol::Event(EventId::CONSENT_WITHDRAWN));
        if let (true, Some(what)) = (consent, &event.what) {
            let position = EVENT_WORDS.iter().position(|pair| pair.contains(&what.text.as_str()));
            match position {
                Some(0) => return Some(Cause::Event(EventId::CONSENT_GIVEN)),
                Some(_) => return Some(Cause::Event(EventId::CONSENT_WITHDRAWN)),
                None => {
                    self.no_such_consent(&event.subject, what);
                    return None;
                }
            }
        }
        match &event.what {
            Some(what) => self.obligation_cause(&event.subject, what),
            None => self.event_cause(&event.subject, aftercare),
        }
    }

    fn no_such_consent(&mut self, consent: &ast::Name, what: &ast::Name) {
        let [given, withdrawn] = EVENT_WORDS else { return };
        let [given, withdrawn] =
            [given, withdrawn].map(|[english, dutch]| self.spelling.pick(*english, *dutch));
        let message = say!("consent is `{given}` or `{withdrawn}`", given, withdrawn);
        let (on, name) = (self.in_spelling("on"), &consent.text);
        let help =
            say!("write `{on} {name} {given}` or `{on} {name} {withdrawn}`", on, name, given, withdrawn);
        let near = closest(&what.text, [given, withdrawn]);
        let problem = Diagnostic::error(Finding::UnknownName, what.span, message);
        self.problems.push(problem.help(help).did_you_mean(near));
    }

    fn obligation_cause(&mut self, subject: &ast::Name, what: &ast::Name) -> Option<Cause> {
        let id = self.obligation(subject)?;
        let on = self.happening(id, what)?;
        if on == Happening::Cancelled {
            let help = say!("the case has moved on then; put the rule where the case goes");
            self.error(Finding::MisplacedClause, what.span, say!("no rule can wait for `cancelled`"), help);
            return None;
        }
        Some(Cause::Obligation(id, on))
    }

    fn event_cause(&mut self, subject: &ast::Name, aftercare: bool) -> Option<Cause> {
        match self.names.get(&subject.text) {
            Some(Symbol::Obligation(id)) => {
                let words = self.protocol.obligations.row(id).happening_words(self.spelling);
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                let message = say!("what happened to `{subject}`?", subject = subject.text);
                self.error(
                    Finding::MissingClause,
                    subject.span,
                    message,
                    say!("add one of {words}", words = words.join(", ")),
                );
                None
            }
            Some(Symbol::Event(EventId::CONSENT_WITHDRAWN)) => {
                let message = say!("the event is called `consent withdrawn`");
                self.error(
                    Finding::MissingClause,
                    subject.span,
                    message,
                    say!("write `on consent withdrawn`"),
                );
                None
            }
            Some(Symbol::Event(EventId::RELAPSE)) if !aftercare => {
                let message = say!("`relapse` happens in an aftercare");
                self.error(
                    Finding::MisplacedClause,
                    subject.span,
                    message,
                    say!("declare an event of your own for other stages"),
                );
                None
            }
            _ => match self.resolve(subject, Wanted::Event)? {
                Symbol::Event(id) => Some(Cause::Event(id)),
                _ => None,
            },
        }
    }

    /// Gives `otherwise` its meaning: none of the siblings applies.
    pub(super) fn settle_otherwise(&mut self, rules: &[RuleId]) {
        for id in rules.iter().copied() {
            if !self.protocol.rules.row(id).otherwise {
                continue;
            }
            let cause = self.protocol.rules.row(id).cause.clone();
            let same = |other: &&RuleId| self.protocol.rules.row(**other).cause == cause;
            let siblings: Vec<RuleId> =
                rules.iter().filter(same).copied().filter(|other| *other != id).collect();
            let guards: Vec<Expr> = (siblings.iter())
                .filter(|other| !self.protocol.rules.row(**other).otherwise)
                .map(|other| self.protocol.rules.row(*other).guard.clone())
                .collect();
            self.check_otherwise(id, &siblings, guards.len());
            self.protocol.rules.row_mut(id).guard = none_of(guards);
        }
    }

    fn check_otherwise(&mut self, id: RuleId, siblings: &[RuleId], guarded: usize) {
        let span = *self.spans.rules.row(id);
        if let Some(twin) =
            siblings.iter().find(|other| **other < id && self.protocol.rules.row(**other).otherwise)
        {
            let problem =
                Diagnostic::error(Finding::OverlappingGuards, span, say!("`otherwise` stands here again"));
            let problem = problem.label(*self.spans.rules.row(*twin), say!("it stands here first"));
            self.problems.push(problem.help(say!("one of the two is enough")));
        }
        if guarded == 0 {
            self.error(
                Finding::MisplacedClause,
                span,
                say!("`otherwise` needs a rule with `when` beside it"),
                say!("leave out `otherwise`"),
            );
        }
    }
}

/// What `otherwise` means beside these guards.
pub(super) fn none_of(guards: Vec<Expr>) -> Expr {
    if guards.is_empty() { Expr::True } else { Expr::Not(Box::new(Expr::Or(guards))) }
}
