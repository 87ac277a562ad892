//! The first pass: everything that has a name gets its number, in the order of the file.

use voordeur_diagnostics::{Rule, Span};
use voordeur_messages::say;
use voordeur_syntax::ast::{self, Clause, Effect, Item, ObligationKind, Statement};
use voordeur_syntax::vocabulary::ANCHORS;

use super::clauses::belongs_to_opening;
use super::names::Symbol;
use super::{Lower, said, title};
use crate::lifecycle::Kind;
use crate::model::{
    Action, CaseEvent, Contact, End, EndKind, Escalation, Obligation, Party, PartyKind, Plan, Question,
    Referral, Series, Spec, Stage, SubPathway, Trigger, Visit,
};
use crate::table::{EventId, ObligationId, PartyId};
use voordeur_calendar::{Length, Unit};

/// The events that every pathway knows: English name and title, Dutch name and title.
const BUILTIN_EVENTS: [([&str; 2], [&str; 2]); 5] = [
    (["consent withdrawn", "Consent withdrawn"], ["toestemming ingetrokken", "Toestemming ingetrokken"]),
    (["deceased", "Deceased"], ["overleden", "Overleden"]),
    (["moved_away", "Moved away"], ["verhuisd", "Verhuisd"]),
    (["relapse", "Relapse"], ["terugval", "Terugval"]),
    (["consent given", "Consent given"], ["toestemming gegeven", "Toestemming gegeven"]),
];

/// The parties that every pathway knows.
const BUILTIN_PARTIES: [([&str; 2], [&str; 2], PartyKind); 2] = [
    (["client", "Client"], ["client", "Cliënt"], PartyKind::Client),
    (["anyone", "Anyone"], ["iedereen", "Iedereen"], PartyKind::Anyone),
];

impl EventId {
    /// The client withdraws consent.
    pub const CONSENT_WITHDRAWN: Self = Self(0);
    /// The client has died.
    pub const DECEASED: Self = Self(1);
    /// The household has moved away.
    pub const MOVED_AWAY: Self = Self(2);
    /// The trouble is back during aftercare.
    pub const RELAPSE: Self = Self(3);
    /// The client consents.
    pub const CONSENT_GIVEN: Self = Self(4);
}

impl PartyId {
    /// The client or household.
    pub const CLIENT: Self = Self(0);
    /// Anyone.
    pub const ANYONE: Self = Self(1);
}

impl<'a> Lower<'a> {
    pub(super) fn declare_all(&mut self, pathway: &'a ast::Pathway) {
        self.builtins();
        for item in &pathway.items {
            self.declare_item(&item.node);
        }
        for item in &pathway.items {
            self.declare_inline(&item.node);
        }
        if pathway.extends.is_some() {
            self.builtins_of_the_base();
        }
    }

    /// A pathway may extend one that is written in the other spelling: its words are known here too, unless
    /// a name of the file is the same.
    pub(super) fn builtins_of_the_base(&mut self) {
        let other = self.spelling.other();
        for ((english, dutch, _), id) in BUILTIN_PARTIES.into_iter().zip([PartyId::CLIENT, PartyId::ANYONE]) {
            let [name, _] = other.pick(english, dutch);
            self.names.alias(name, Symbol::Party(id));
        }
        let events = [EventId::CONSENT_WITHDRAWN, EventId::DECEASED, EventId::MOVED_AWAY, EventId::RELAPSE];
        for ((english, dutch), id) in BUILTIN_EVENTS.into_iter().zip(events) {
            let [name, _] = other.pick(english, dutch);
            self.names.alias(name.split(' ').next().unwrap_or(name), Symbol::Event(id));
        }
        if let Some([english, dutch]) = ANCHORS.first() {
            self.names.alias(other.pick(english, dutch), Symbol::Word);
        }
    }

    fn builtins(&mut self) {
        let spelling = self.spelling;
        for (english, dutch, kind) in BUILTIN_PARTIES {
            let [name, title] = spelling.pick(english, dutch);
            self.spans.parties.push(Span::new(0, 0));
            let id = self.protocol.parties.push(party(name, title, kind));
            self.names.builtin(name, Symbol::Party(id));
        }
        for (english, dutch) in BUILTIN_EVENTS {
            let [name, title] = spelling.pick(english, dutch);
            self.spans.events.push(Span::new(0, 0));
            let row = CaseEvent {
                name: name.to_owned(),
                title: title.to_owned(),
                from: Vec::new(),
                asks: Vec::new(),
                is_counted: false,
                line: 0,
            };
            let id = self.protocol.events.push(row);
            // Both events about consent go by the one word.
            if id != EventId::CONSENT_GIVEN {
                self.names.builtin(name.split(' ').next().unwrap_or(name), Symbol::Event(id));
            }
        }
        if let Some([english, dutch]) = ANCHORS.first() {
            self.names.builtin(spelling.pick(english, dutch), Symbol::Word);
        }
    }

    fn declare_item(&mut self, item: &'a Item) {
        match item {
            Item::Agency { name, title: words, capacity, .. } => {
                let id = self.declare_party(name, words.as_ref(), PartyKind::Agency);
                self.protocol.parties.row_mut(id).capacity = *capacity;
                if *capacity == Some(0) {
                    let message = say!("`{name}` has room for nobody", name = name.text);
                    self.error(
                        Rule::BadNumber,
                        name.span,
                        message,
                        say!("write how much room there is, or leave it out"),
                    );
                }
            }
            Item::Role(role) => {
                let kind = PartyKind::Role { of: PartyId::CLIENT };
                let id = self.declare_party(&role.name, role.title.as_ref(), kind);
                let mut row = self.protocol.parties.row(id).clone();
                self.describe_role(role, &mut row);
                *self.protocol.parties.row_mut(id) = row;
            }
            Item::Measure(measure) => self.declare_obligation(measure, true),
            Item::Data(fields) => fields.iter().for_each(|field| self.declare_field(field)),
            Item::Trigger(trigger) => self.declare_trigger(trigger),
            Item::Event { name, title: words, .. } => self.declare_event(name, words.as_ref()),
            Item::Obligation(obligation) => self.declare_obligation(obligation, false),
            Item::Escalation(escalation) => self.declare_escalation(escalation),
            Item::Stage(stage) => self.declare_stage(&stage.name, stage.title.as_ref(), false),
            Item::Aftercare(care) => self.declare_stage(&care.name, care.title.as_ref(), true),
            Item::End { name, title: words, kind, no_aftercare } => {
                self.declare_end(name, words.as_ref(), kind, no_aftercare.as_ref());
            }
            _ => {}
        }
    }

    fn declare_party(&mut self, name: &ast::Name, words: Option<&ast::Text>, kind: PartyKind) -> PartyId {
        self.spans.parties.push(name.span);
        let id = self.protocol.parties.push(party(&name.text, &title(words, name), kind));
        self.declare(name, Symbol::Party(id));
        id
    }

    fn declare_trigger(&mut self, trigger: &ast::Trigger) {
        self.spans.triggers.push(trigger.name.span);
        self.spans.branches.push(trigger.branches.iter().map(|branch| branch.span).collect());
        let row = Trigger {
            name: trigger.name.text.clone(),
            title: title(trigger.title.as_ref(), &trigger.name),
            selection: None,
            from: Vec::new(),
            asks: Vec::new(),
            legitimation: trigger.legitimation.as_ref().and_then(said),
            informed: trigger.informed.iter().map(|name| name.text.clone()).collect(),
            branches: Vec::new(),
            line: self.line(trigger.name.span),
        };
        let id = self.protocol.triggers.push(row);
        self.declare(&trigger.name, Symbol::Trigger(id));
    }

    fn declare_event(&mut self, name: &ast::Name, words: Option<&ast::Text>) {
        self.spans.events.push(name.span);
        let line = self.line(name.span);
        let row = CaseEvent {
            name: name.text.clone(),
            title: title(words, name),
            from: Vec::new(),
            asks: Vec::new(),
            is_counted: false,
            line,
        };
        let id = self.protocol.events.push(row);
        self.declare(name, Symbol::Event(id));
    }

    fn declare_stage(&mut self, name: &ast::Name, words: Option<&ast::Text>, aftercare: bool) {
        self.spans.stages.push(name.span);
        let row = Stage {
            name: name.text.clone(),
            title: title(words, name),
            aftercare,
            limit: None,
            offers: None,
            opens: Vec::new(),
            entry: Vec::new(),
            dispatch: Vec::new(),
            conditions: Vec::new(),
            timed: Vec::new(),
            contacts_over: None,
            interrupts: false,
            line: self.line(name.span),
        };
        let id = self.protocol.stages.push(row);
        self.declare(name, Symbol::Stage(id));
    }

    fn declare_end(
        &mut self,
        name: &ast::Name,
        words: Option<&ast::Text>,
        kind: &ast::Name,
        no_aftercare: Option<&ast::Text>,
    ) {
        self.spans.ends.push(name.span);
        let kind = self.end_kind(kind);
        let row = End {
            name: name.text.clone(),
            title: title(words, name),
            kind,
            no_aftercare: no_aftercare.and_then(said),
            line: self.line(name.span),
        };
        let id = self.protocol.ends.push(row);
        self.declare(name, Symbol::End(id));
    }

    fn end_kind(&mut self, word: &ast::Name) -> EndKind {
        let kinds = [EndKind::Success, EndKind::Withdrawn, EndKind::Failure, EndKind::Other];
        if let Some(kind) =
            kinds.into_iter().find(|kind| kind.word_in(self.spelling.other()) == word.text && self.extends)
        {
            return kind;
        }
        let words = kinds.map(|kind| kind.word_in(self.spelling));
        if let Some((kind, _)) = kinds.into_iter().zip(words).find(|(_, known)| *known == word.text) {
            return kind;
        }
        let near = voordeur_diagnostics::closest(&word.text, words);
        let message = say!("an end is not of the kind `{word}`", word = word.text);
        let [success, withdrawn, failure, other] = words;
        let problem = voordeur_diagnostics::Diagnostic::error(Rule::WrongKind, word.span, message)
            .help(say!(
                "an end is `{success}`, `{withdrawn}`, `{failure}` or `{other}`",
                success,
                withdrawn,
                failure,
                other
            ))
            .did_you_mean(near);
        self.problems.push(problem);
        EndKind::Other
    }

    fn declare_escalation(&mut self, escalation: &ast::Escalation) {
        let row = Obligation {
            name: escalation.name.text.clone(),
            title: title(escalation.title.as_ref(), &escalation.name),
            kind: Kind::Escalation,
            by: None,
            with: Vec::new(),
            people: 1,
            asks: Vec::new(),
            named: Vec::new(),
            needs_consent: false,
            spec: Spec::Escalation(Escalation { steps: Vec::new() }),
            line: self.line(escalation.name.span),
        };
        let id = self.push_obligation(row, escalation.name.span);
        self.declare(&escalation.name, Symbol::Obligation(id));
    }

    fn push_obligation(&mut self, row: Obligation, span: Span) -> ObligationId {
        self.spans.obligations.push(span);
        self.protocol.obligations.push(row)
    }

    fn declare_obligation(&mut self, obligation: &'a ast::Obligation, contact: bool) {
        let kind = if contact { Kind::Contact } else { kind_of(obligation.kind) };
        let row = Obligation {
            name: obligation.name.text.clone(),
            title: title(obligation.title.as_ref(), &obligation.name),
            kind,
            by: None,
            with: Vec::new(),
            people: 1,
            asks: Vec::new(),
            named: if kind == Kind::Sub {
                self.ends_of_sub(obligation)
            } else {
                self.own_words(obligation, kind)
            },
            needs_consent: false,
            spec: blank(kind),
            line: self.line(obligation.name.span),
        };
        let id = self.push_obligation(row, obligation.name.span);
        self.declare(&obligation.name, Symbol::Obligation(id));
        self.declared.push((id, obligation));
    }

    /// How the cases of another pathway can end: its ends are outcomes here.
    fn ends_of_sub(&self, obligation: &ast::Obligation) -> Vec<String> {
        let named = obligation.clauses.iter().find_map(|clause| match &clause.node {
            Clause::SubPathway(name) => Some(name),
            _ => None,
        });
        let other =
            self.pathways.iter().find(|pathway| named.is_some_and(|name| name.text == pathway.name.text));
        let ends = other.into_iter().flat_map(|pathway| &pathway.items).filter_map(|item| match &item.node {
            Item::End { name, .. } => Some(name.text.clone()),
            _ => None,
        });
        ends.take(200).collect()
    }

    /// The outcomes or answers that the file names. They may not be words that the lifecycle uses itself.
    fn own_words(&mut self, obligation: &ast::Obligation, kind: Kind) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        let lists = obligation.clauses.iter().filter_map(|clause| match &clause.node {
            Clause::Outcomes(names) | Clause::Answers(names) => Some(names),
            _ => None,
        });
        for name in lists.flatten() {
            let taken = crate::Happening::from_word(&name.text).is_some_and(|on| kind.lifecycle().knows(on));
            if taken || words.contains(&name.text) {
                let message = say!(
                    "`{name}` already means something for this {kind}",
                    name = name.text,
                    kind = kind.in_words()
                );
                self.error(Rule::DeclaredTwice, name.span, message, say!("choose another word"));
            } else if words.len() >= 200 {
                self.error(
                    Rule::TooLarge,
                    name.span,
                    say!("more than 200 outcomes"),
                    say!("fewer outcomes can be told apart"),
                );
                break;
            } else {
                words.push(name.text.clone());
            }
        }
        words
    }

    /// Obligations that are declared where they are opened.
    fn declare_inline(&mut self, item: &'a Item) {
        match item {
            Item::Escalation(escalation) => {
                escalation.steps.iter().for_each(|step| self.inline_effects(&step.effects));
            }
            Item::Stage(stage) => self.inline_statements(&stage.statements),
            Item::Always(statements) => self.inline_statements(statements),
            Item::Aftercare(care) => {
                care.contacts.iter().for_each(|contact| self.declare_obligation(contact, true));
                self.inline_statements(&care.statements);
            }
            _ => {}
        }
    }

    fn inline_statements(&mut self, statements: &'a [ast::Spanned<Statement>]) {
        for statement in statements {
            match &statement.node {
                Statement::Open { obligation, .. } => self.inline(obligation),
                Statement::On { effects, .. }
                | Statement::When { effects, .. }
                | Statement::After { effects, .. }
                | Statement::Every { effects, .. }
                | Statement::OnBirthday { effects, .. }
                | Statement::AtOnce { effects } => self.inline_effects(effects),
                Statement::Remind { .. }
                | Statement::Offers { .. }
                | Statement::Deviation { .. }
                | Statement::Allow(_) => {}
            }
        }
    }

    fn inline_effects(&mut self, effects: &'a [ast::Spanned<Effect>]) {
        for effect in effects {
            if let Effect::Open(obligation) = &effect.node {
                self.inline(obligation);
            }
        }
    }

    /// A title, a block or a clause that says something about the obligation itself declares it.
    fn inline(&mut self, obligation: &'a ast::Obligation) {
        let says_more = obligation.clauses.iter().any(|clause| !belongs_to_opening(&clause.node));
        if says_more || obligation.title.is_some() || obligation.block {
            self.declare_obligation(obligation, false);
        }
    }
}

fn party(name: &str, title: &str, kind: PartyKind) -> Party {
    Party {
        name: name.to_owned(),
        title: title.to_owned(),
        kind,
        volunteers: false,
        trained: None,
        helps: None,
        available: None,
        contact: None,
        capacity: None,
    }
}

/// The kind that a word of the file means.
pub(super) const fn kind_of(kind: ObligationKind) -> Kind {
    match kind {
        ObligationKind::Task => Kind::Task,
        ObligationKind::Visit => Kind::Visit,
        ObligationKind::Start => Kind::Sub,
        ObligationKind::Series => Kind::Series,
        ObligationKind::Call | ObligationKind::Measure => Kind::Contact,
        ObligationKind::Referral => Kind::Referral,
        ObligationKind::Action => Kind::Action,
        ObligationKind::Question => Kind::Question,
    }
}

/// What is filled in by the second pass.
fn blank(kind: Kind) -> Spec {
    let nothing = Length::new(0, Unit::Days);
    match kind {
        Kind::Task => Spec::Task,
        Kind::Visit => Spec::Visit(Visit::default()),
        Kind::Series => Spec::Series(Series {
            plan: Plan::Number { count: 0, within: nothing },
            spaced: None,
            visit: Visit::default(),
        }),
        Kind::Referral => Spec::Referral(Referral {
            to: PartyId::CLIENT,
            via: None,
            hands_over: Vec::new(),
            warm: false,
            accept: None,
            contact: None,
            remind: None,
            ask_again: 0,
        }),
        Kind::Question => Spec::Question(Question { silent_after: nothing }),
        Kind::Action => Spec::Action(Action {
            plugin: String::new(),
            does: String::new(),
            to: None,
            sees: Vec::new(),
            returns: Vec::new(),
            with: Vec::new(),
            retries: 0,
            stops: false,
        }),
        Kind::Escalation => Spec::Escalation(Escalation { steps: Vec::new() }),
        Kind::Sub => Spec::Sub(SubPathway {
            pathway: String::new(),
            trigger: String::new(),
            for_each: None,
            hands_over: Vec::new(),
        }),
        Kind::Contact => Spec::Contact(Contact { visit: false, before: nothing, after: nothing }),
    }
}
