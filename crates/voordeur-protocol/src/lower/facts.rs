//! The facts of the source that the pathway carries out, and what carries each.

use std::collections::BTreeSet;
use voordeur_messages::say;

use voordeur_diagnostics::Rule;
use voordeur_syntax::ast::{self, Item};

use super::Lower;
use super::header::word_of;
use super::names::Wanted;
use super::parts::part_of;
use crate::model::{Carrier, Fact};

impl Lower<'_> {
    pub(super) fn facts(&mut self, pathway: &ast::Pathway) {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for item in &pathway.items {
            if let Item::Facts(facts) = &item.node {
                facts.iter().for_each(|fact| self.fact(fact, pathway, !seen.insert(&fact.id.text)));
            }
        }
    }

    fn fact(&mut self, fact: &ast::Fact, pathway: &ast::Pathway, again: bool) {
        if again {
            let message = say!("the fact {id} stands here again", id = format!("{:?}", fact.id.text));
            self.error(Rule::DeclaredTwice, fact.id.span, message, say!("a fact is named once"));
        }
        let shown_in = fact.shown_in.iter().filter_map(|carrier| self.carrier(carrier, pathway)).collect();
        self.protocol.facts.push(Fact {
            id: fact.id.text.clone(),
            text: fact.text.text.clone(),
            shown_in,
            because: fact.because.as_ref().map(|because| because.text.clone()),
            declared: fact.span,
        });
    }

    fn carrier(&mut self, carrier: &ast::Carrier, pathway: &ast::Pathway) -> Option<Carrier> {
        match carrier {
            ast::Carrier::Named(name) => {
                self.resolve(name, Wanted::Anything)?;
                self.names.place(&name.text).map(|declared| Carrier { name: name.text.clone(), declared })
            }
            ast::Carrier::Part(name, word, place) => {
                self.resolve(name, Wanted::Anything)?;
                let found = part_of(pathway, &name.text, word);
                if found.is_none() {
                    let (name, said) = (&name.text, self.in_spelling(word));
                    let message = say!("`{name}` has no `{said}`", name, said);
                    self.error(
                        Rule::UnknownName,
                        *place,
                        message,
                        say!("name the declaration alone: `in {name}`", name),
                    );
                }
                found.map(|declared| Carrier { name: name.text.clone(), declared })
            }
            ast::Carrier::Header(word, place) => {
                let item = pathway.items.iter().find(|item| word_of(&item.node) == *word);
                if item.is_none() {
                    let message = say!("this pathway says nothing with `{word}`", word);
                    self.error(Rule::UnknownName, *place, message, say!("name what carries the fact out"));
                }
                item.map(|item| Carrier { name: (*word).to_owned(), declared: item.span })
            }
        }
    }
}
