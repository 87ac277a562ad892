//! What is found at the door, or comes with a report, and is left on the shelf: conditions read it, and nothing comes of it in any
//! case; or it is meant for an agency, and nothing goes there any more once it is known.

use std::collections::{BTreeSet, VecDeque};

use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_messages::say;
use voordeur_protocol::model::{PartyKind, Trigger};
use voordeur_protocol::{FieldId, FieldType, PartyId, Protocol};

use super::Found;
use crate::classes::fields;
use crate::edge::{Edge, works_towards};
use crate::explore::{Budget, Search};
use crate::facts::all_watched;
use crate::observe::Nobody;
use crate::replay::{History, Way, replay, way_to};
use crate::shelf::{Given, Graph, Question, Shelf, agency, follows_from};

/// So many places at which an answer is given are tried on real dates.
const MOST_PLACES: usize = 12;

/// What could be left lying: an answer, or what is meant for an agency.
#[derive(Debug, Clone)]
struct Doubt {
    question: Question,
    /// The agency that it is meant for, where it is about that.
    to: Option<PartyId>,
}

impl Found<'_, '_> {
    pub(super) fn on_the_shelf(&mut self, budget: Budget) {
        let mut open = doubts(self.protocol);
        if open.is_empty() {
            return;
        }
        let plain: &Protocol = self.search.protocol;
        let shelf = Shelf::new(plain, &self.search.cells, &self.search.looks, self.search);
        open.retain(|doubt| doubt.places(&shelf).is_some());
        if open.is_empty() {
            return;
        }
        // What never changes the way of a case may still come of an answer: here nothing is left out.
        let mut whole = Search::new(plain, budget, &all_watched(plain));
        whole.run(&mut Nobody);
        self.incomplete = self.incomplete.or(whole.incomplete);
        if whole.incomplete.is_none() {
            let shelf = Shelf::new(plain, &whole.cells, &whole.looks, &whole);
            for doubt in &open {
                let Some(places) = doubt.places(&shelf) else { continue };
                let mut tries = places.iter().take(MOST_PLACES);
                let history = tries.find_map(|given| to_the_end(&whole, *given));
                self.tell_history(self.left_lying(doubt), history);
            }
        }
    }

    fn left_lying(&self, doubt: &Doubt) -> Diagnostic {
        let field = doubt.question.field;
        let name = &self.protocol.fields.row(field).name;
        let span = *self.protocol.spans().fields.row(field);
        if let Some(agency) = doubt.to {
            let agency = &self.protocol.parties.row(agency).name;
            let message = say!(
                "`{name}` is asked at the door and meant for `{agency}`, and once it is known no way leads there: what is found must be able to go somewhere",
                name,
                agency
            );
            let help = say!(
                "add a referral `to {agency}` that comes after the visit, say `notify {agency}`, or do not share it with `{agency}`",
                agency
            );
            return Diagnostic::new(Finding::ProblemWithoutRoute, span, message).help(help);
        }
        let message = if doubt.question.is_of_the_report() {
            say!(
                "`{name}` comes with a report and is then left on the shelf: whatever the answer is, nothing is done because of it",
                name
            )
        } else if Question::at_the_door(self.protocol, field).is_some() {
            say!(
                "`{name}` is asked at the door and then left on the shelf: whatever the answer is, nothing is done because of it",
                name
            )
        } else {
            say!(
                "`{name}` is asked and then left on the shelf: whatever the answer is, nothing is done because of it",
                name
            )
        };
        let help = say!(
            "let a rule after the answer do something `when {name} …` that it does not do otherwise, hand it over in a referral, or say why it is asked: `kept because \"…\"`",
            name
        );
        Diagnostic::new(Finding::SignalOnTheShelf, span, message).help(help)
    }
}

impl Doubt {
    /// Where the answer is given, when it is left lying.
    fn places<G: Graph>(&self, shelf: &Shelf<'_, G>) -> Option<Vec<Given>> {
        match self.to {
            Some(agency) => shelf.without_way(&self.question, agency),
            None => shelf.left(&self.question),
        }
    }
}

/// All answers, and all that is meant for somebody.
fn doubts(protocol: &Protocol) -> Vec<Doubt> {
    let mut all = Vec::new();
    for (field, row) in protocol.fields.iter() {
        if row.kept.is_some() || row.derived.is_some() {
            continue;
        }
        let question = Question::of(protocol, field);
        if is_signal(protocol, &question) && row.ty != FieldType::Text {
            all.push(Doubt { question, to: None });
        }
        if let Some(question) = Question::at_the_door(protocol, field) {
            let agencies: BTreeSet<PartyId> =
                row.shared_with.iter().map(|party| agency(protocol, *party)).collect();
            let agencies = agencies.into_iter().filter(|agency| is_else(protocol, *agency));
            all.extend(agencies.map(|agency| Doubt { question: question.clone(), to: Some(agency) }));
        }
    }
    all
}

/// Whether somebody has to look at it: what is measured is looked at with the figures, and how reports are sorted is an answer to
/// what comes with them.
fn is_signal(protocol: &Protocol, question: &Question) -> bool {
    let field = question.field;
    let measured = protocol.measures.iter().any(|(opening, _)| {
        let of = protocol.openings.row(*opening).obligation;
        protocol.obligations.row(of).asks.contains(&field)
    });
    let mut reported = protocol.triggers.rows().filter(|row| row.asks.contains(&field)).peekable();
    let sorted = question.is_of_the_report() && reported.clone().any(|row| sorts(protocol, row, field));
    let asked = !question.is_of_the_report() || reported.peek().is_some();
    asked && !measured && !sorted
}

fn sorts(protocol: &Protocol, trigger: &Trigger, field: FieldId) -> bool {
    let read = follows_from(protocol, field);
    trigger.branches.iter().any(|branch| fields(&branch.guard).iter().any(|own| read.contains(own)))
}

/// Whether something has to go there for it to be known there.
fn is_else(protocol: &Protocol, party: PartyId) -> bool {
    let kind = &protocol.parties.row(party).kind;
    party != agency(protocol, protocol.lead) && !matches!(kind, PartyKind::Client | PartyKind::Anyone)
}

/// The answer, and the shortest way to an end from there.
fn to_the_end(search: &Search<'_>, (at, number): Given) -> Option<History> {
    let first = *search.steps(at).get(number)?;
    let mut before: Vec<Option<(usize, &Edge)>> = vec![None; search.count()];
    let mut queue = VecDeque::from([first.to]);
    let end = loop {
        let at = queue.pop_front()?;
        if search.states.get(at)?.ended {
            break at;
        }
        for step in search.steps(Some(at)) {
            let Some(edge) = step.edge.filter(|edge| works_towards(edge)) else { continue };
            if let Some(slot @ None) = before.get_mut(step.to)
                && step.to != first.to
            {
                *slot = Some((at, edge));
                queue.push_back(step.to);
            }
        }
    };
    let mut way = Way::new();
    let mut last = end;
    while let Some((earlier, edge)) = before.get(last).copied().flatten() {
        way.push((edge.clone(), search.key(last).cloned()));
        last = earlier;
    }
    way.push((first.edge?.clone(), search.key(first.to).cloned()));
    way.reverse();
    let start = at.map_or_else(Way::new, |at| way_to(search, at));
    replay(search, &start.into_iter().chain(way).collect::<Way>())
}
