//! The second pass over obligations: their clauses become what the model says about them.

use voordeur_diagnostics::{Diagnostic, Rule, closest};
use voordeur_messages::say;
use voordeur_syntax::ast::{self, Clause, ObligationKind};

use super::Lower;
use super::openings::Defaults;
use crate::guard::Expr;
use crate::lifecycle::Kind;
use crate::model::{Plan, Series, Spec, SubPathway};
use crate::table::{FieldId, ObligationId, PartyId};
use crate::value::FieldType;
use voordeur_calendar::Length;

impl Lower<'_> {
    pub(super) fn obligations(&mut self) {
        for (id, obligation) in std::mem::take(&mut self.declared) {
            let kind = self.protocol.obligations.row(id).kind;
            self.check_clauses(kind, obligation);
            if kind == Kind::Contact {
                self.check_moments(id, obligation);
            }
            self.obligation_clauses(id, obligation);
        }
    }

    /// A contact has moments at which it is planned; a measure has them after closing.
    fn check_moments(&mut self, id: ObligationId, obligation: &ast::Obligation) {
        let has = |which: fn(&Clause) -> bool| obligation.clauses.iter().any(|clause| which(&clause.node));
        let after_closing = has(|clause| matches!(clause, Clause::AfterClosing(_)));
        let after = has(|clause| matches!(clause, Clause::After(_)));
        let measure = obligation.kind == ObligationKind::Measure;
        let (planned, wrong, help) = if measure {
            (after_closing, after, say!("`at closing, 1 year after closing` says when"))
        } else {
            (
                after,
                after_closing || has(|clause| matches!(clause, Clause::OnlyFor(_))),
                say!("`after 3 months` says when"),
            )
        };
        let name = self.protocol.obligations.row(id).name.clone();
        if !planned {
            let message = if measure {
                say!("nothing says when `{name}` is measured", name)
            } else {
                say!("the contact `{name}` has no `after`", name)
            };
            self.error(Rule::MissingClause, obligation.name.span, message, help);
        } else if wrong {
            let help =
                say!("`after 3 months` belongs to contacts, `1 year after closing` and `for` to measures");
            self.error(
                Rule::MisplacedClause,
                obligation.name.span,
                say!("`{name}` has a moment that does not fit", name),
                help,
            );
        }
        if measure && !has(|clause| matches!(clause, Clause::By { .. })) {
            self.error(
                Rule::MissingClause,
                obligation.name.span,
                say!("nobody makes the measure `{name}`", name),
                say!("write `by worker`"),
            );
        }
    }

    fn obligation_clauses(&mut self, id: ObligationId, obligation: &ast::Obligation) {
        let mut defaults = Defaults::default();
        for clause in &obligation.clauses {
            match &clause.node {
                Clause::Within(term) => defaults.within = self.term(term),
                Clause::ElseWithin(term) => defaults.else_within = self.term(term),
                Clause::KeepsRunning => defaults.keeps_running = true,
                Clause::Repeatable => defaults.repeatable = true,
                Clause::Paused { condition, because } => {
                    defaults.paused = Some(self.paused(condition, because.as_ref()));
                }
                Clause::NeedsConsent => self.protocol.obligations.row_mut(id).needs_consent = true,
                Clause::By { who, with, count } => self.by(id, who, with, *count),
                Clause::Asks(names) => self.protocol.obligations.row_mut(id).asks = self.fields(names),
                kind => {
                    self.clause_at = clause.span;
                    self.spec_clause(id, kind);
                }
            }
        }
        self.finish(id, obligation);
        if let Spec::Sub(sub) = self.protocol.obligations.row(id).spec.clone() {
            self.check_sub(obligation, &sub);
        }
        self.defaults.insert(id, defaults);
    }

    fn by(&mut self, id: ObligationId, who: &ast::Name, with: &[ast::Name], count: u32) {
        let party = self.doer(who);
        let mut others: Vec<PartyId> = Vec::new();
        for name in with {
            let Some(other) = self.doer(name) else { continue };
            if party == Some(other) || others.contains(&other) {
                let message = say!("`{name}` is named twice in one list", name = name.text);
                self.error(Rule::DeclaredTwice, name.span, message, say!("for two of the same write `x 2`"));
            }
            others.push(other);
        }
        if count == 0 {
            self.error(
                Rule::BadNumber,
                who.span,
                say!("nobody does it"),
                say!("leave out `x 0` or write `x 1`"),
            );
        }
        let row = &mut self.protocol.obligations.row_mut(id);
        row.by = party;
        row.people = count.saturating_add(u32::try_from(others.len()).unwrap_or(0));
        row.with = others;
    }

    /// Who can be held to do something.
    fn doer(&mut self, who: &ast::Name) -> Option<PartyId> {
        let party = self.party(who);
        if matches!(party, Some(PartyId::CLIENT | PartyId::ANYONE)) {
            let message = say!("`{who}` cannot be held to do it", who = who.text);
            self.error(
                Rule::WrongKind,
                who.span,
                message,
                say!("name an agency or a role; ask the client with a `question`"),
            );
        }
        party
    }

    /// Who can be told something: `anyone` is nobody's inbox.
    pub(super) fn told(&mut self, who: &ast::Name) -> Option<PartyId> {
        let party = self.party(who);
        if party == Some(PartyId::ANYONE) {
            let message = say!("nobody hears what `{who}` is told", who = who.text);
            self.error(Rule::WrongKind, who.span, message, say!("name an agency or a role, or `client`"));
        }
        party
    }

    /// A clause that is particular to a kind. One that does not fit its kind has been reported already.
    fn spec_clause(&mut self, id: ObligationId, clause: &Clause) {
        let mut spec = std::mem::replace(&mut self.protocol.obligations.row_mut(id).spec, Spec::Task);
        match &mut spec {
            Spec::Visit(visit) => self.visit_clause(visit, clause),
            Spec::Series(series) => self.series_clause(series, clause),
            Spec::Referral(referral) => self.referral_clause(referral, clause),
            Spec::Question(question) => {
                if let Clause::SilentAfter(length) = clause {
                    question.silent_after = self.some_time(length);
                }
            }
            Spec::Action(action) => self.action_clause(action, clause),
            Spec::Contact(contact) => {
                if let Clause::Window { before, after } = clause {
                    contact.before = self.length(before);
                    contact.after = self.length(after);
                }
            }
            Spec::Sub(sub) => self.sub_clause(sub, clause),
            Spec::Task | Spec::Escalation(_) => {}
        }
        self.protocol.obligations.row_mut(id).spec = spec;
    }

    fn visit_clause(&mut self, visit: &mut crate::model::Visit, clause: &Clause) {
        match clause {
            Clause::Unannounced { because } => {
                visit.unannounced = Some(because.as_ref().map_or(String::new(), |text| text.text.clone()));
            }
            Clause::Lasts(length) => visit.lasts = Some(self.some_time(length)),
            Clause::Attempts { count, apart, different_parts_of_day } => {
                visit.attempts = Some(self.number(count));
                visit.different_parts_of_day = *different_parts_of_day;
                visit.apart = apart.as_ref().map(|apart| self.apart(apart));
            }
            Clause::ThenAnnounce { by, again_after } => {
                visit.announce = Some((by.text.clone(), self.some_time(again_after)));
            }
            Clause::AnnouncedBy { by, lead } => {
                let by = by.iter().map(|name| name.text.clone()).collect();
                visit.announced = Some((by, self.some_time(lead)));
            }
            Clause::Prepared { by, before } => {
                visit.prepared = Some((by.text.clone(), self.some_time(before)));
            }
            Clause::Only { working_days, hours } => {
                visit.hours.working_days = *working_days;
                visit.hours.between = hours.map(|(from, to)| (time(from), time(to)));
                if hours.is_some_and(|(from, to)| from >= to) {
                    self.only_never(visit);
                }
            }
            Clause::MayBreakOff => visit.may_break_off = true,
            Clause::NotInSchoolHolidays => {
                self.needs_school_calendar(self.clause_at);
                visit.hours.not_in_school_holidays = true;
            }
            _ => {}
        }
    }

    fn apart(&mut self, apart: &ast::Apart) -> (Length, Length) {
        if apart.least > apart.most {
            self.error(
                Rule::BadNumber,
                apart.span,
                say!("the first number is the larger one"),
                say!("write the lower number first"),
            );
        }
        let length = |amount| ast::Length::new(amount, apart.unit, apart.span);
        (self.length(&length(apart.least)), self.some_time(&length(apart.most)))
    }

    fn only_never(&mut self, visit: &mut crate::model::Visit) {
        visit.hours.between = None;
        let place = self.clause_at;
        self.error(
            Rule::BadNumber,
            place,
            say!("these hours end before they begin"),
            say!("write the earlier time first"),
        );
    }

    fn series_clause(&mut self, series: &mut Series, clause: &Clause) {
        match clause {
            Clause::Number { count, within } => {
                if *count == 0 {
                    self.error(
                        Rule::BadNumber,
                        self.clause_at,
                        say!("a series of no visits"),
                        say!("write how many there are"),
                    );
                }
                series.plan = Plan::Number { count: (*count).max(1), within: self.some_time(within) };
            }
            Clause::Rate { least, most, per, lasting } => {
                if least > most || *most == 0 {
                    let help =
                        say!("write the lower number first, as in `1 to 2 visits per week for 9 months`");
                    self.error(Rule::BadNumber, self.clause_at, say!("no number of visits fits"), help);
                }
                let per = Length::new(1, super::header::unit(*per));
                series.plan =
                    Plan::Rate { least: *least, most: *most, per, lasting: self.some_time(lasting) };
            }
            Clause::Spaced(length) => series.spaced = Some(self.some_time(length)),
            clause => self.visit_clause(&mut series.visit, clause),
        }
    }

    fn sub_clause(&mut self, sub: &mut SubPathway, clause: &Clause) {
        match clause {
            Clause::SubPathway(name) => {
                sub.pathway.clone_from(&name.text);
                let known: Vec<&str> =
                    self.pathways.iter().map(|pathway| pathway.name.text.as_str()).collect();
                if !known.contains(&name.text.as_str()) {
                    let near = closest(&name.text, known.iter().copied());
                    let message = say!("there is no pathway `{name}` in this file", name = name.text);
                    let problem = Diagnostic::error(Rule::UnknownName, name.span, message)
                        .help(say!("write it in this file, or import it"))
                        .did_you_mean(near);
                    self.problems.push(problem);
                }
            }
            Clause::Through(name) => sub.trigger.clone_from(&name.text),
            Clause::ForEach(name) => sub.for_each = self.how_many(name),
            Clause::HandsOver(names) => sub.hands_over = self.fields(names),
            _ => {}
        }
    }

    fn how_many(&mut self, name: &ast::Name) -> Option<FieldId> {
        let field = self.field(name)?;
        let ty = &self.protocol.fields.row(field).ty;
        if !matches!(ty, FieldType::Count { low, high } if *low >= 0 && *high <= 100) {
            let message = say!(
                "`{name}` is {describe}; it does not say how many",
                name = name.text,
                describe = ty.describe()
            );
            self.error(
                Rule::TypeMismatch,
                name.span,
                message,
                say!("name a field of type `count 0..20`; at most 100 are started"),
            );
        }
        Some(field)
    }

    /// The trigger of the other pathway must be there, and everything that it asks must be handed over.
    fn check_sub(&mut self, obligation: &ast::Obligation, sub: &SubPathway) {
        let Some(other) = self.pathways.iter().find(|pathway| pathway.name.text == sub.pathway) else {
            return;
        };
        let trigger = other.items.iter().find_map(|item| match &item.node {
            ast::Item::Trigger(trigger) if trigger.name.text == sub.trigger => Some(trigger),
            _ => None,
        });
        let Some(trigger) = trigger else {
            let message = say!(
                "the pathway `{pathway}` has no trigger `{trigger}`",
                pathway = sub.pathway,
                trigger = sub.trigger
            );
            return self.error(
                Rule::UnknownName,
                obligation.name.span,
                message,
                say!("name one of its triggers after `through`"),
            );
        };
        let handed: Vec<&str> =
            sub.hands_over.iter().map(|field| self.protocol.fields.row(*field).name.as_str()).collect();
        let missing: Vec<String> = trigger
            .asks
            .iter()
            .filter(|name| !handed.contains(&name.text.as_str()))
            .map(|name| format!("`{}`", name.text))
            .collect();
        if !missing.is_empty() {
            let message = say!(
                "`{trigger}` of `{pathway}` asks {missing}, and it is not handed over",
                trigger = sub.trigger,
                pathway = sub.pathway,
                missing = missing.join(", ")
            );
            let help = say!("add it to `hands over`; the fields have the same name in both pathways");
            self.error(Rule::MissingClause, obligation.name.span, message, help);
        }
        self.one_lead(obligation, other);
    }

    /// One household, one plan: the cases that are started here have the same lead.
    fn one_lead(&mut self, obligation: &ast::Obligation, other: &ast::Pathway) {
        let theirs = other.items.iter().find_map(|item| match &item.node {
            ast::Item::Lead(lead) => Some(&lead.text),
            _ => None,
        });
        let ours = self.protocol.parties.row(self.protocol.lead).name.clone();
        if let Some(theirs) = theirs.filter(|theirs| **theirs != ours) {
            let message = say!(
                "`{name}` starts cases under the lead of `{theirs}` beside that of `{ours}`: one household would have two that keep the overview",
                name = obligation.name.text,
                theirs,
                ours
            );
            let help = say!("write `lead {ours}` in `{other}`", ours, other = other.name.text);
            self.error(Rule::TwoLeads, obligation.name.span, message, help);
        }
    }

    /// `paused while waiting because "…"`
    pub(super) fn paused(
        &mut self,
        condition: &ast::Expr,
        because: Option<&ast::Text>,
    ) -> (Expr, Option<String>) {
        (self.guard(condition), because.map(|text| text.text.clone()))
    }

    fn referral_clause(&mut self, referral: &mut crate::model::Referral, clause: &Clause) {
        match clause {
            Clause::To(name) => referral.to = self.receiver(name),
            Clause::Via(name) => referral.via = Some(self.receiver(name)),
            Clause::HandsOver(names) => referral.hands_over = self.fields(names),
            Clause::Warm => referral.warm = true,
            Clause::Accept(term) => referral.accept = self.term(term),
            Clause::Contact(term) => referral.contact = self.term(term),
            Clause::RemindBeforeEach { who, before } => {
                referral.remind = self
                    .party(who)
                    .map(|who| (who, before))
                    .map(|(who, before)| (who, self.some_time(before)));
            }
            Clause::AskAgain { times } => referral.ask_again = *times,
            _ => {}
        }
    }

    fn receiver(&mut self, name: &ast::Name) -> PartyId {
        let to = self.party(name);
        if matches!(to, Some(PartyId::CLIENT | PartyId::ANYONE)) {
            let message = say!("nobody can be referred to `{name}`", name = name.text);
            self.error(
                Rule::WrongKind,
                name.span,
                message,
                say!("name the agency that receives the household"),
            );
        }
        to.unwrap_or(PartyId::ANYONE)
    }

    fn action_clause(&mut self, action: &mut crate::model::Action, clause: &Clause) {
        match clause {
            Clause::Plugin(name) => {
                let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                if name.text.is_empty() || !name.text.chars().all(known) {
                    let message = say!("{name} is no name of a plugin", name = format!("{:?}", name.text));
                    self.error(
                        Rule::UnknownName,
                        name.span,
                        message,
                        say!("use lower case letters, digits and `-`, as in `letter`"),
                    );
                }
                action.plugin.clone_from(&name.text);
            }
            Clause::Does(name) => action.does.clone_from(&name.text),
            Clause::To(name) => action.to = self.party(name),
            Clause::Sees(names) => action.sees = self.fields(names),
            Clause::Returns(names) => action.returns = self.fields(names),
            Clause::Retries(times) => action.retries = *times,
            Clause::OnFailure(failing) => {
                action.retries = failing.retries;
                action.stops = failing.then == ast::AfterFailure::Stop;
            }
            Clause::With { name, value } => {
                if action.with.iter().any(|(other, _)| *other == name.text) {
                    let message = say!("the setting `{name}` stands here again", name = name.text);
                    self.error(Rule::DeclaredTwice, name.span, message, say!("give a setting once"));
                }
                action.with.push((name.text.clone(), value.text.clone()));
            }
            _ => {}
        }
    }

    fn finish(&mut self, id: ObligationId, obligation: &ast::Obligation) {
        let row = &mut self.protocol.obligations.row_mut(id);
        match &mut row.spec {
            Spec::Referral(referral) => row.by = Some(referral.to),
            Spec::Question(_) => row.by = Some(PartyId::CLIENT),
            Spec::Action(action) => row.asks.clone_from(&action.returns),
            Spec::Contact(contact) => contact.visit = obligation.kind == ObligationKind::Visit,
            Spec::Visit(visit) if visit.announce.is_some() && visit.attempts.is_none() => {
                let help = say!("`attempts 3` says after how many the visit is announced");
                self.error(
                    Rule::MissingClause,
                    obligation.name.span,
                    say!("`then announce` follows on `attempts`"),
                    help,
                );
            }
            Spec::Visit(visit) if visit.attempts == Some(0) => {
                self.error(
                    Rule::BadNumber,
                    obligation.name.span,
                    say!("a visit is attempted at least once"),
                    say!("write `attempts 1`"),
                );
            }
            _ => {}
        }
    }

    /// A length of time that is not nothing.
    pub(super) fn some_time(&mut self, length: &ast::Length) -> Length {
        let length = &self.spelled(length);
        if length.amount == 0 {
            self.error(
                Rule::BadNumber,
                length.span,
                say!("this is no time at all"),
                say!("write at least 1, or `same day` for a term"),
            );
        }
        self.length(length)
    }
}

/// A time of day that the grammar has seen to be one.
pub(super) fn time((hour, minute): (i8, i8)) -> jiff::civil::Time {
    jiff::civil::Time::new(hour, minute, 0, 0).unwrap_or_default()
}
