//! The names of a pathway. A name means one thing in the whole file, whatever it is.

use std::collections::{BTreeMap, BTreeSet};
use voordeur_messages::{Lang, mark, say, translated};

use voordeur_diagnostics::{Diagnostic, Rule, Span, closest};
use voordeur_syntax::{ast, vocabulary};

use super::Lower;
use crate::lifecycle::Kind;
use crate::model::PartyKind;
use crate::table::{EndId, EventId, FieldId, ObligationId, PartyId, StageId, TriggerId};
use crate::value::FieldType;

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
    Stage,
    End,
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
            Self::Stage => matches!(symbol, Symbol::Stage(_)),
            Self::End => matches!(symbol, Symbol::End(_)),
            Self::Anchor => matches!(
                symbol,
                Symbol::Obligation(_) | Symbol::Field(_) | Symbol::Event(_) | Symbol::Trigger(_)
            ),
            Self::Anything => !matches!(symbol, Symbol::Word),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Party => say!("an agency or a role"),
            Self::Field => say!("a field of `data`"),
            Self::Event => say!("an event"),
            Self::Obligation => say!("a task, visit, referral, question, action, escalation or contact"),
            Self::Place => say!("a stage, an aftercare or an end"),
            Self::Stage => say!("a stage or an aftercare"),
            Self::End => say!("an end"),
            Self::Anchor => {
                say!("`report`, an event, an obligation with what happened to it, or a field of type date")
            }
            Self::Anything => say!("a declared name"),
        }
    }
}

/// The table of names.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    table: BTreeMap<String, (Symbol, Option<Span>)>,
    /// Names whose declaration is known to be wrong: that has been reported, and once is enough.
    forgiven: BTreeSet<String>,
    /// Words of the language in the other spelling: they are understood, and nobody is told to write them.
    aliases: BTreeSet<String>,
    /// Names that `without` leaves out, and where.
    left_out: BTreeMap<String, Span>,
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

    /// Says no more of a name that is not declared.
    pub(super) fn forgive(&mut self, name: &str) {
        self.forgiven.insert(name.to_owned());
    }

    /// The same under another name, unless that name is taken.
    pub(super) fn alias(&mut self, name: &str, symbol: Symbol) {
        if !self.table.contains_key(name) {
            self.table.insert(name.to_owned(), (symbol, None));
            self.aliases.insert(name.to_owned());
        }
    }

    fn wanted(&self, wanted: Wanted) -> impl Iterator<Item = (&str, Symbol)> {
        let own = self.table.iter().filter(|(name, _)| !self.aliases.contains(*name));
        own.map(|(name, (symbol, _))| (name.as_str(), *symbol))
            .filter(move |(_, symbol)| wanted.accepts(*symbol))
    }
}

impl Lower<'_> {
    pub(super) fn left_out(&mut self, pathway: &ast::Pathway) {
        for item in &pathway.items {
            let ast::Item::Without(names) = &item.node else { continue };
            self.names.left_out.extend(names.iter().map(|name| (name.text.clone(), name.span)));
        }
    }

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
                say!("`{name}` is declared more than once", name = name.text),
            )
            .label(*first, say!("it is declared here first"))
            .help(say!("a name means one thing in a pathway; give one of the two another name")),
            Some((_, None)) => Diagnostic::error(
                Rule::DeclaredTwice,
                name.span,
                say!("`{name}` is a word of the language itself", name = name.text),
            )
            .help(say!("choose another name")),
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
                if !self.names.forgiven.contains(&name.text) {
                    self.problems.push(self.unknown(name, wanted));
                }
                None
            }
        }
    }

    fn unknown(&self, name: &ast::Name, wanted: Wanted) -> Diagnostic {
        if let Some(without) = self.names.left_out.get(&name.text) {
            return still_used(name, *without);
        }
        let escalates = wanted == Wanted::Obligation && self.is_escalated(name);
        let fits = |known: &&str| !escalates || self.is_escalation(known);
        let known: Vec<&str> = self.fitting(wanted).into_iter().filter(fits).collect();
        let words = if escalates { say!("an escalation") } else { wanted.words() };
        let message = say!("`{name}` is not declared; {words} is needed here", name = name.text, words);
        let problem = Diagnostic::error(Rule::UnknownName, name.span, message);
        if let Some(keyword) = vocabulary::beginning_with(&name.text, self.spelling) {
            return problem.help(say!("write `{keyword} …`", keyword));
        }
        match closest(&name.text, known.iter().copied()) {
            Some(near) => problem.did_you_mean(Some(near)),
            None => problem.help(listed(&known)),
        }
    }

    /// The names that would fit, as the file spells them. Of the fields only those of type date are counted from.
    fn fitting(&self, wanted: Wanted) -> Vec<&str> {
        let is_date = |id| self.protocol.fields.get(id).is_some_and(|row| row.ty == FieldType::Date);
        let fits = |symbol: Symbol| match symbol {
            Symbol::Field(id) if wanted == Wanted::Anchor => is_date(id),
            _ => true,
        };
        self.names.wanted(wanted).filter(|(_, symbol)| fits(*symbol)).map(|(name, _)| name).collect()
    }

    /// Whether a name stands behind `escalate`.
    fn is_escalated(&self, name: &ast::Name) -> bool {
        let before = self.source.get(..name.span.range().start).unwrap_or_default().trim_end();
        Lang::ALL.iter().any(|lang| before.ends_with(&vocabulary::spelled("escalate", *lang)))
    }

    fn is_escalation(&self, name: &str) -> bool {
        let kind = |id| self.protocol.obligations.get(id).map(|row| row.kind);
        matches!(self.names.get(name), Some(Symbol::Obligation(id)) if kind(id) == Some(Kind::Escalation))
    }

    fn wrong_kind(
        &self,
        name: &ast::Name,
        symbol: Symbol,
        place: Option<Span>,
        wanted: Wanted,
    ) -> Diagnostic {
        let what = self.word_of(symbol);
        let message = say!(
            "`{name}` is {what}; {words} is needed here",
            name = name.text,
            what,
            words = wanted.words()
        );
        let problem = Diagnostic::error(Rule::WrongKind, name.span, message);
        let problem = problem.help(listed(&self.fitting(wanted)));
        match place {
            Some(place) => problem.label(place, say!("`{name}` is declared here", name = name.text)),
            None => problem,
        }
    }

    /// `a role`, `a task`: what a symbol is, with its article.
    pub(super) fn word_of(&self, symbol: Symbol) -> String {
        let word = match symbol {
            Symbol::Party(id) => match self.protocol.parties.get(id).map(|party| party.kind) {
                Some(PartyKind::Role { .. }) => mark!("role"),
                Some(PartyKind::Agency) => mark!("agency"),
                _ => mark!("party of the language"),
            },
            Symbol::Field(_) => mark!("field"),
            Symbol::Trigger(_) => mark!("trigger"),
            Symbol::Event(_) => mark!("event"),
            Symbol::Obligation(id) => {
                self.protocol.obligations.get(id).map_or(mark!("obligation"), |o| o.kind.word())
            }
            Symbol::Stage(id) if self.protocol.stages.get(id).is_some_and(|stage| stage.aftercare) => {
                mark!("aftercare")
            }
            Symbol::Stage(_) => mark!("stage"),
            Symbol::End(_) => mark!("end"),
            Symbol::Word => mark!("word of the language"),
        };
        if word.starts_with(['a', 'e', 'i', 'o', 'u']) {
            say!("an {word}", word = translated(word))
        } else {
            say!("a {word}", word = translated(word))
        }
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
                let message = say!(
                    "`{name}` follows from what is recorded; it is not asked or handed over",
                    name = name.text
                );
                self.problems.push(
                    Diagnostic::error(Rule::WrongKind, name.span, message)
                        .help(say!("name the field that it follows from")),
                );
                continue;
            }
            if fields.contains(&field) {
                let message = say!("`{name}` is named twice in one list", name = name.text);
                self.problems.push(
                    Diagnostic::error(Rule::DeclaredTwice, name.span, message).help(say!("leave one out")),
                );
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

/// The line that uses a name may stand in a file of somebody else; the one that leaves it out does not.
fn still_used(name: &ast::Name, without: Span) -> Diagnostic {
    let message = say!("`{name}` is left out, and something still needs it", name = name.text);
    Diagnostic::error(Rule::UnknownName, without, message)
        .label(name.span, say!("it is used here"))
        .help(say!("write what needs it in another way here as well, or do not leave it out"))
}

/// `known are a, b, c`, at most a dozen.
fn listed(known: &[&str]) -> String {
    if known.is_empty() {
        return say!("the file declares none yet");
    }
    let words: Vec<String> = known.iter().take(12).map(|name| format!("`{name}`")).collect();
    let more = if known.len() > 12 { ", …" } else { "" };
    say!("the file declares {words}{more}", words = words.join(", "), more)
}
