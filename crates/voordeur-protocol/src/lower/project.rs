//! What the header says about the project: for whom, with what mandate, until when.

use voordeur_diagnostics::{Rule, Span};
use voordeur_messages::say;
use voordeur_syntax::ast::{self, Item};

use super::header::unit;
use super::names::{Symbol, Wanted};
use super::{Lower, said};
use crate::model::{Available, Consultation, Party};
use crate::table::StageId;

impl Lower<'_> {
    pub(super) fn project(&mut self, item: &Item, span: Span) {
        match item {
            Item::ForWhom(text) => self.protocol.project.for_whom = said(text),
            Item::Mandate(text) => self.protocol.project.mandate = said(text),
            Item::Funding(date) => {
                self.protocol.project.funding_until = Self::date(date.node);
                self.spans.ends_on.get_or_insert(span);
            }
            Item::Ends { date, successor } => {
                self.protocol.project.ends = Self::date(date.node);
                self.protocol.project.successor = successor.as_ref().and_then(|name| self.party(name));
                self.spans.ends_on = Some(span);
            }
            Item::Priorities(names) => {
                self.spans.priorities = span;
                self.protocol.project.priorities =
                    names.iter().filter_map(|name| self.stage_named(name)).collect();
            }
            Item::Consultation { title, new, because } => {
                self.spans.consultations.push(span);
                self.protocol.project.consultations.push(Consultation {
                    title: title.text.clone(),
                    new: *new,
                    because: because.as_ref().map(|text| text.text.clone()),
                });
            }
            _ => {}
        }
    }

    fn stage_named(&mut self, name: &ast::Name) -> Option<StageId> {
        match self.resolve(name, Wanted::Place)? {
            Symbol::Stage(id) => Some(id),
            _ => {
                let message = say!("`{name}` is an end; priorities are stages", name = name.text);
                self.error(Rule::WrongKind, name.span, message, say!("name a stage"));
                None
            }
        }
    }

    /// What the file says about a role, apart from its agency.
    pub(super) fn describe_role(&mut self, role: &ast::Role, row: &mut Party) {
        row.volunteers = role.volunteers;
        row.trained = role.trained.as_ref().and_then(said);
        row.helps = role.helps;
        row.available = role.available.as_ref().map(|available| Available {
            amount: self.length(&available.amount),
            per: unit(available.per),
            cases: available.cases,
        });
    }
}
