//! What terms, delays and `since` count from.

use voordeur_diagnostics::Rule;
use voordeur_messages::say;
use voordeur_syntax::ast;
use voordeur_syntax::vocabulary::EVENT_WORDS;

use super::Lower;
use super::names::{Symbol, Wanted};
use crate::model::Anchor;
use crate::table::{EventId, FieldId, ObligationId};
use crate::value::FieldType;

impl Lower<'_> {
    /// What a term counts from: the report, an event, something that happened, or a date in a field.
    pub(super) fn anchor(&mut self, of: &ast::Anchor) -> Option<Anchor> {
        if self.names.get(&of.name.text) == Some(Symbol::Word) && of.event.is_none() {
            return Some(Anchor::Report);
        }
        match self.resolve(&of.name, Wanted::Anchor)? {
            Symbol::Obligation(id) => self.anchor_on_obligation(id, of),
            Symbol::Event(EventId::CONSENT_WITHDRAWN) => self.anchor_on_consent(of),
            Symbol::Event(id) => self.happens_as_a_whole(of).then(|| self.counts_from(id)),
            // A case has one report, through whichever trigger.
            Symbol::Trigger(_) => self.happens_as_a_whole(of).then_some(Anchor::Report),
            Symbol::Field(id) => self.anchor_on_field(id, of),
            _ => None,
        }
    }

    fn anchor_on_obligation(&mut self, id: ObligationId, of: &ast::Anchor) -> Option<Anchor> {
        let name = &of.name.text;
        let Some(word) = &of.event else {
            let message = say!("a term counts from something that happened to `{name}`", name);
            self.error(Rule::MissingClause, of.name.span, message, say!("write `of {name} done`", name));
            return None;
        };
        self.happening(id, word).map(|on| Anchor::Happened(id, on))
    }

    /// `of consent given`, `of consent withdrawn`
    fn anchor_on_consent(&mut self, of: &ast::Anchor) -> Option<Anchor> {
        let word = of.event.as_ref();
        let position = word.and_then(|word| EVENT_WORDS.iter().position(|pair| pair.contains(&&*word.text)));
        if let Some(position) = position {
            let id = if position == 0 { EventId::CONSENT_GIVEN } else { EventId::CONSENT_WITHDRAWN };
            return Some(self.counts_from(id));
        }
        let [given, withdrawn] = self.consent_words();
        let (name, span) = (&of.name.text, word.map_or(of.name.span, |word| word.span));
        let message = say!("a term counts from the day on which consent was given or withdrawn");
        let help = say!("write `{name} {given}` or `{name} {withdrawn}`", name, given, withdrawn);
        self.error(Rule::MissingClause, span, message, help);
        None
    }

    /// An event and a report have no states of their own.
    fn happens_as_a_whole(&mut self, of: &ast::Anchor) -> bool {
        let Some(word) = &of.event else { return true };
        let (name, word_text) = (&of.name.text, &word.text);
        let message = say!("`{name}` happens as a whole; `{word_text}` cannot happen to it", name, word_text);
        self.error(Rule::UnknownName, word.span, message, say!("leave out `{word_text}`", word_text));
        false
    }

    fn counts_from(&mut self, id: EventId) -> Anchor {
        self.protocol.events.row_mut(id).is_counted = true;
        Anchor::Event(id)
    }

    fn anchor_on_field(&mut self, id: FieldId, of: &ast::Anchor) -> Option<Anchor> {
        let ty = &self.protocol.fields.row(id).ty;
        if *ty == FieldType::Date {
            return Some(Anchor::Field(id));
        }
        let message = say!("`{name}` is {fields}", name = of.name.text, fields = ty.describe());
        let help = say!("a term counts from a field of type `date`");
        self.error(Rule::TypeMismatch, of.name.span, message, help);
        None
    }
}
