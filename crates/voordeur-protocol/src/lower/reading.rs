//! What is said of a pathway outside it: the promises that are made of it. Its names, settings and conditions are
//! read as in the pathway itself, with the same messages.

use std::collections::BTreeMap;

use voordeur_calendar::{Length, Regime};
use voordeur_diagnostics::{Diagnostic, LineIndex, Rule, Sources, Span};
use voordeur_messages::say;
use voordeur_syntax::ast::{self, SettingValue};
use voordeur_syntax::vocabulary::EVENT_WORDS;

use super::names::{Names, Symbol, Wanted};
use super::{Lower, Place};
use crate::checked::CheckedProtocol;
use crate::guard::Expr;
use crate::lifecycle::Happening;
use crate::lookup::Occurrence;
use crate::model::{Anchor, Cause, Derived, Protocol, Rule as Row, Scope};
use crate::table::{EndId, EventId, ObligationId, StageId};

/// What whoever speaks of a pathway has to know of it, besides the pathway.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    names: Names,
    settings: BTreeMap<String, SettingValue>,
    office_said: bool,
}

impl Known {
    pub(super) const fn new(
        names: Names,
        settings: BTreeMap<String, SettingValue>,
        office_said: bool,
    ) -> Self {
        Self { names, settings, office_said }
    }
}

/// Reads what is said of a pathway. What is wrong with it is collected.
pub struct Reading<'a> {
    lower: Lower<'a>,
    checked: &'a CheckedProtocol,
}

impl<'a> Reading<'a> {
    /// Reads what files say of a pathway.
    #[must_use]
    pub fn new(checked: &'a CheckedProtocol, sources: &'a Sources, lines: &'a LineIndex) -> Self {
        let place = Place { source: sources.text(), lines, pathways: &[], promises: &[], on: None };
        let known = checked.known();
        let pathway = ast::Pathway {
            name: ast::Name { text: checked.name.clone(), span: Span::default() },
            title: None,
            extends: None,
            renames: Vec::new(),
            items: Vec::new(),
            span: Span::default(),
            spelling: checked.spelling,
        };
        let mut lower = Lower::new(place, &pathway);
        lower.protocol = Protocol::clone(checked);
        lower.spans = checked.spans().clone();
        lower.names = known.names.clone();
        lower.settings = known.settings.clone();
        lower.office_said = known.office_said;
        // It may be said in a file with the other spelling.
        lower.builtins_of_the_base();
        Self { lower, checked }
    }

    /// An obligation by its name.
    pub fn obligation(&mut self, name: &ast::Name) -> Option<ObligationId> {
        self.lower.obligation(name)
    }

    /// A stage or an aftercare by its name.
    pub fn stage(&mut self, name: &ast::Name) -> Option<StageId> {
        match self.lower.resolve(name, Wanted::Stage)? {
            Symbol::Stage(stage) => Some(stage),
            _ => None,
        }
    }

    /// An end by its name.
    pub fn end(&mut self, name: &ast::Name) -> Option<EndId> {
        match self.lower.resolve(name, Wanted::End)? {
            Symbol::End(end) => Some(end),
            _ => None,
        }
    }

    /// A length of time that is not nothing.
    pub fn length(&mut self, length: &ast::Length) -> Length {
        self.lower.some_time(length)
    }

    /// A number of times.
    pub fn number(&mut self, count: &ast::Count) -> u32 {
        self.lower.number(count)
    }

    /// `statutory`, `eu`, or the project's own norm.
    pub fn regime(&mut self, name: Option<&ast::Name>) -> Regime {
        name.map_or(Regime::OwnNorm, |name| self.lower.regime(name))
    }

    /// What happens to an obligation, when its kind knows the word.
    pub fn happening(&mut self, obligation: ObligationId, word: &ast::Name) -> Option<Happening> {
        self.lower.happening(obligation, word)
    }

    /// What a term counts from: the report, an event, or what happened to an obligation; not a date in a field.
    pub fn anchor(&mut self, of: &ast::Anchor) -> Option<Anchor> {
        if let Some(Symbol::Field(_)) = self.lower.names.get(&of.name.text) {
            let message = say!(
                "`{name}` is a field; a promise does not count from what is recorded",
                name = of.name.text
            );
            let help = say!("count from the report, from an event, or from what happened to an obligation");
            self.lower.error(Rule::WrongKind, of.name.span, message, help);
            return None;
        }
        let found = self.lower.anchor(of);
        // That something else counts from an event does not let it be reported where no rule answers it.
        self.lower.protocol.events = self.checked.events.clone();
        found
    }

    /// A name and what happened to it: an obligation, or consent.
    pub fn occurrence(&mut self, subject: &ast::Name, word: &ast::Name) -> Option<Occurrence> {
        match self.lower.names.get(&subject.text) {
            Some(Symbol::Event(EventId::CONSENT_WITHDRAWN)) => self.consent(subject, Some(word)),
            Some(Symbol::Event(_)) => {
                let (name, word_text) = (&subject.text, &word.text);
                let message =
                    say!("`{name}` happens as a whole; `{word_text}` cannot happen to it", name, word_text);
                let help = say!("write `{name}` alone", name);
                self.lower.error(Rule::UnknownName, word.span, message, help);
                None
            }
            _ => {
                let obligation = self.obligation(subject)?;
                Some(Occurrence::Obligation(obligation, self.happening(obligation, word)?))
            }
        }
    }

    /// An event of the case by its name.
    pub fn event(&mut self, name: &ast::Name) -> Option<Occurrence> {
        match self.lower.names.get(&name.text) {
            Some(Symbol::Event(EventId::CONSENT_WITHDRAWN)) => self.consent(name, None),
            Some(Symbol::Obligation(id)) => {
                let word = self.usual_word(id);
                let message = say!("it does not say what happens to `{name}`", name = name.text);
                let help = say!("write for instance `{name} is {word}`", name = name.text, word);
                self.lower.error(Rule::MissingClause, name.span, message, help);
                None
            }
            _ => match self.lower.resolve(name, Wanted::Event)? {
                Symbol::Event(event) => Some(Occurrence::Event(event)),
                _ => None,
            },
        }
    }

    /// What mostly happens to an obligation, for an example.
    #[must_use]
    pub fn usual_word(&self, obligation: ObligationId) -> String {
        use Happening as H;
        let row = self.lower.protocol.obligations.row(obligation);
        let usual = [H::TakenUp, H::AllDone, H::Done, H::Returned, H::AllEnded, H::Silent, H::Resolved];
        let known = usual.into_iter().find(|on| row.kind.lifecycle().knows(*on));
        row.happening_name(known.unwrap_or(H::Cancelled), self.lower.spelling)
    }

    fn consent(&mut self, subject: &ast::Name, word: Option<&ast::Name>) -> Option<Occurrence> {
        let position = word.and_then(|word| EVENT_WORDS.iter().position(|pair| pair.contains(&&*word.text)));
        match position {
            Some(0) => Some(Occurrence::Event(EventId::CONSENT_GIVEN)),
            Some(_) => Some(Occurrence::Event(EventId::CONSENT_WITHDRAWN)),
            None => {
                let [given, withdrawn] = self.lower.consent_words();
                let (name, span) = (&subject.text, word.map_or(subject.span, |word| word.span));
                let message = say!("consent is given or withdrawn");
                let help =
                    say!("write `{name} is {given}` or `{name} is {withdrawn}`", name, given, withdrawn);
                self.lower.error(Rule::UnknownName, span, message, help);
                None
            }
        }
    }

    /// A condition on what has been recorded and what has happened. What is only so at some times of day, or for
    /// some time, is no condition of a promise.
    pub fn condition(&mut self, written: &ast::Expr) -> Expr {
        let before = self.lower.problems.len();
        let guard = self.lower.guard(written);
        self.lower.protocol.events = self.checked.events.clone();
        let passing = self.passes(&guard);
        if passing && self.lower.problems.len() == before {
            let message = say!("a promise does not depend on the moment at which it is looked at");
            let help =
                say!("let its condition look at what is recorded, at consent, or at what has happened");
            self.lower.error(Rule::WrongKind, written.span, message, help);
        }
        guard
    }

    /// Whether a condition reads what changes with time alone, or is true for a while.
    fn passes(&self, guard: &Expr) -> bool {
        let mut passes = false;
        guard.walk(&mut |part| {
            if let Expr::Range { field, .. } | Expr::In { field, .. } | Expr::Known(field) = part {
                let derived = self.lower.protocol.fields.row(*field).derived;
                passes |= derived.is_some_and(|how| !matches!(how, Derived::Age(_) | Derived::Consent));
            }
        });
        passes
    }

    /// Says that something is wrong.
    pub fn problem(&mut self, problem: Diagnostic) {
        self.lower.problems.push(problem);
    }

    /// How many problems there are so far.
    #[must_use]
    pub fn problems(&self) -> usize {
        self.lower.problems.len()
    }

    /// The pathway with what the conditions read, and everything that is wrong. Its numbers are those of the
    /// pathway: what is new comes after them. A rule that no event ever sets off reads each condition, so that
    /// whoever looks at the rules sees what is read.
    #[must_use]
    pub fn finish(self, conditions: &[Expr]) -> (Protocol, Vec<Diagnostic>) {
        let mut protocol = self.lower.protocol;
        for guard in conditions {
            protocol.rules.push(reader_of(guard.clone()));
        }
        protocol.has_derived = protocol.fields.rows().any(|row| row.derived.is_some());
        (protocol, self.lower.problems)
    }
}

impl EventId {
    /// An event that no pathway has: what it sets off never applies.
    pub const NEVER: Self = Self(u16::MAX);
}

fn reader_of(guard: Expr) -> Row {
    Row {
        scope: Scope::Always,
        cause: Cause::Event(EventId::NEVER),
        guard,
        otherwise: false,
        nth: None,
        effects: Vec::new(),
        target: None,
        line: 0,
        text: String::new(),
    }
}

impl Lower<'_> {
    /// What promises use of the settings is used.
    pub(super) fn used_by(&self, promises: &[ast::Promise]) {
        let own = promises.iter().filter(|promise| promise.pathway.text == self.protocol.name);
        for statement in own.flat_map(|promise| &promise.statements) {
            let used = statement.node.settings().into_iter().map(|name| name.text.clone());
            self.used.borrow_mut().extend(used);
            if let Some(when) = statement.node.condition() {
                self.values_in(when);
            }
        }
    }

    fn values_in(&self, expr: &ast::Expr) {
        use ast::ExprKind as K;
        match &expr.kind {
            K::And(parts) | K::Or(parts) => parts.iter().for_each(|part| self.values_in(part)),
            K::Not(part) => self.values_in(part),
            K::Compare { value, .. } => drop(self.set_value(value, value.span)),
            K::Between { low, high, .. } => {
                drop(self.set_value(low, low.span));
                drop(self.set_value(high, high.span));
            }
            K::In { values, .. } => {
                values.iter().for_each(|value| drop(self.set_value(value, value.span)));
            }
            _ => {}
        }
    }
}
