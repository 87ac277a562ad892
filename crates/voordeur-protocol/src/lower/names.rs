//! The names of a pathway. A name means one thing in the whole file, whatever it is.

use std::collections::BTreeMap;

use voordeur_diagnostics::{Diagnostic, Rule, Span, closest};
use voordeur_syntax::ast;

use super::Lower;
use crate::model::PartyKind;
use crate::table::{EndId, EventId, FieldId, ObligationId, PartyId, StageId, TriggerId};

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Symbol {
    Party(PartyId),
    Field(FieldId),
    Trigger(TriggerId),
    Event(EventId),
    Obligation(ObligationId),
    Stage(StageId),
    End(EndId),
    /// A word that the language keeps for itself.
    Word,
}

/// What a place in the file needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Party,
    Field,
    Event,
    Obligation,
    Place,
    Anchor,
    Anything,
}

impl Wanted {
    const fn accepts(self, symbol: Symbol) -> bool {
        match self {
            Self::Party => matches!(symbol, Symbol::Party(_)),
            Self::Field => matches!(symbol, Symbol::Field(_)),
            Self::Event => matches!(symbol, Symbol::Event(_)),
            Self::Obligation => matches!(symbol, Symbol::Obligation(_)),
            Self::Place => matches!(symbol, Symbol::Stage(_) | Symbol::End(_)),
            Self::Anchor => matches!(symbol, Symbol::Obligation(_) | Symbol::Field(_)),
            Self::Anything => !matches!(symbol, Symbol::Word),
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Party => "an agency or a role",
            Self::Field => "a field of `data`",
            Self::Event => "an event",
            Self::Obligation => "a task, visit, referral, question, action, escalation or contact",
            Self::Place => "a stage, an aftercare or an end",
            Self::Anchor => "`report`, an obligation with what happened to it, or a field of type date",
            Self::Anything => "a declared name",
        }
    }
}

/// The table of names.
#[derive(Debug, Default)]
pub(super) struct Names {
    table: BTreeMap<String, (Symbol, Option<Span>)>,
}

impl Names {
    pub(super) fn get(&self, name: &str) -> Option<Symbol> {
        self.table.get(name).map(|(symbol, _)| *symbol)
    }

    /// Where a name is declared; a word of the language is declared nowhere.
    pub(super) fn place(&self, name: &str) -> Option<Span> {
        self.table.get(name).and_then(|(_, place)| *place)
    }

    /// A name of the language itself.
    pub(super) fn builtin(&mut self, name: &str, symbol: Symbol) {
        self.table.insert(name.to_owned(), (symbol, None));
    }

    /// The same under another name, unless that name is taken.
    pub(super) fn alias(&mut self, name: &str, symbol: Symbol) {
        self.table.entry(name.to_owned()).or_insert((symbol, None));
    }

    fn wanted(&self, wanted: Wanted) -> impl Iterator<Item = &str> {
        self.table
            .iter()
            .filter(move |(_, (symbol, _))| wanted.accepts(*symbol))
            .map(|(name, _)| name.as_str())
    }
}

impl Lower<'_> {
    /// Declares a name; a second declaration is reported and changes nothing.
    pub(super) fn declare(&mut self, name: &ast::Name, symbol: Symbol) {
        let problem = match self.names.table.get(&name.text) {
            None => {
                self.names.table.insert(name.text.clone(), (symbol, Some(name.span)));
                return;
            }
            Some((_, Some(first))) => Diagnostic::error(
                Rule::DeclaredTwice,
                name.span,
                format!("`{}` is declared more than once", name.text),
            )
            .label(*first, "it is declared here first")
            .help("a name means one thing in a pathway; give one of the two another name"),
            Some((_, None)) => Diagnostic::error(
                Rule::DeclaredTwice,
                name.span,
                format!("`{}` is a word of the language itself", name.text),
            )
            .help("choose another name"),
        };
        self.problems.push(problem);
    }

    /// What a name stands for, when it is of the wanted kind; reports it otherwise.
    pub(super) fn resolve(&mut self, name: &ast::Name, wanted: Wanted) -> Option<Symbol> {
        match self.names.table.get(&name.text).copied() {
            Some((symbol, _)) if wanted.accepts(symbol) => Some(symbol),
            Some((symbol, place)) => {
                self.problems.push(self.wrong_kind(name, symbol, place, wanted));
                None
            }
            None => {
                self.problems.push(self.unknown(name, wanted));
                None
            }
        }
    }

    fn unknown(&self, name: &ast::Name, wanted: Wanted) -> Diagnostic {
        let known: Vec<&str> = self.names.wanted(wanted).collect();
        let message = format!("`{}` is not declared; {} is needed here", name.text, wanted.words());
        let problem = Diagnostic::error(Rule::UnknownName, name.span, message);
        match closest(&name.text, known.iter().copied()) {
            Some(near) => problem.did_you_mean(Some(near)),
            None => problem.help(listed(&known)),
        }
    }

    fn wrong_kind(
        &self,
        name: &ast::Name,
        symbol: Symbol,
        place: Option<Span>,
        wanted: Wanted,
    ) -> Diagnostic {
        let what = self.word_of(symbol);
        let message = format!("`{}` is {what}; {} is needed here", name.text, wanted.words());
        let problem = Diagnostic::error(Rule::WrongKind, name.span, message);
        let known: Vec<&str> = self.names.wanted(wanted).collect();
        let problem = problem.help(listed(&known));
        match place {
            Some(place) => problem.label(place, format!("`{}` is declared here", name.text)),
            None => problem,
        }
    }

    /// `a role`, `a task`: what a symbol is, with its article.
    pub(super) fn word_of(&self, symbol: Symbol) -> String {
        let word = match symbol {
            Symbol::Party(id) => match self.protocol.parties.get(id).map(|party| party.kind) {
                Some(PartyKind::Role { .. }) => "role",
                Some(PartyKind::Agency) => "agency",
                _ => "party of the language",
            },
            Symbol::Field(_) => "field",
            Symbol::Trigger(_) => "trigger",
            Symbol::Event(_) => "event",
            Symbol::Obligation(id) => {
                self.protocol.obligations.get(id).map_or("obligation", |o| o.kind.word())
            }
            Symbol::Stage(id) if self.protocol.stages.get(id).is_some_and(|stage| stage.aftercare) => {
                "aftercare"
            }
            Symbol::Stage(_) => "stage",
            Symbol::End(_) => "end",
            Symbol::Word => "word of the language",
        };
        let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        format!("{article} {word}")
    }

    pub(super) fn party(&mut self, name: &ast::Name) -> Option<PartyId> {
        match self.resolve(name, Wanted::Party)? {
            Symbol::Party(id) => Some(id),
            _ => None,
        }
    }

    pub(super) fn parties(&mut self, names: &[ast::Name]) -> Vec<PartyId> {
        names.iter().filter_map(|name| self.party(name)).collect()
    }

    pub(super) fn field(&mut self, name: &ast::Name) -> Option<FieldId> {
        match self.resolve(name, Wanted::Field)? {
            Symbol::Field(id) => Some(id),
            _ => None,
        }
    }

    /// The fields of a list; one that is named twice is reported.
    pub(super) fn fields(&mut self, names: &[ast::Name]) -> Vec<FieldId> {
        let mut fields = Vec::new();
        for name in names {
            let Some(field) = self.field(name) else { continue };
            if self.protocol.fields.row(field).derived.is_some() {
                let message =
                    format!("`{}` follows from what is recorded; it is not asked or handed over", name.text);
                self.problems.push(
                    Diagnostic::error(Rule::WrongKind, name.span, message)
                        .help("name the field that it follows from"),
                );
                continue;
            }
            if fields.contains(&field) {
                let message = format!("`{}` is named twice in one list", name.text);
                self.problems
                    .push(Diagnostic::error(Rule::DeclaredTwice, name.span, message).help("leave one out"));
            } else {
                fields.push(field);
            }
        }
        fields
    }

    pub(super) fn obligation(&mut self, name: &ast::Name) -> Option<ObligationId> {
        match self.resolve(name, Wanted::Obligation)? {
            Symbol::Obligation(id) => Some(id),
            _ => None,
        }
    }
}

/// `known are a, b, c`, at most a dozen.
fn listed(known: &[&str]) -> String {
    if known.is_empty() {
        return "the file declares none yet".to_owned();
    }
    let words: Vec<String> = known.iter().take(12).map(|name| format!("`{name}`")).collect();
    let more = if known.len() > 12 { ", …" } else { "" };
    format!("the file declares {}{more}", words.join(", "))
}
