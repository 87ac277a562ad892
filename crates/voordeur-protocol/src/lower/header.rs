//! What a pathway says about itself: version, lead, calendar, grounds in law.

use jiff::civil::Date;
use voordeur_calendar::{Calendar, Length, SchoolCalendar, SchoolClosed, Unit};
use voordeur_diagnostics::{Diagnostic, Rule, Span};
use voordeur_messages::{mark, say, translated};
use voordeur_syntax::ast::{self, Item};
use voordeur_syntax::vocabulary::GROUNDS;

use super::names::Symbol;
use super::{Lower, said};
use crate::model::{Basis, PartyKind};

impl Lower<'_> {
    pub(super) fn header(&mut self, pathway: &ast::Pathway) {
        self.once_each(pathway);
        // What else is said about time is said about this calendar, wherever it stands.
        for item in &pathway.items {
            if let Item::Calendar(name) = &item.node {
                self.calendar(name);
            }
        }
        for item in &pathway.items {
            self.header_item(&item.node, item.span);
        }
    }

    /// Items that may stand once, and those that must.
    fn once_each(&mut self, pathway: &ast::Pathway) {
        for word in [
            "version",
            "source",
            "goal",
            "for whom",
            "mandate",
            "funding until",
            "ends",
            "priorities",
            "lead",
            "calendar",
            "office hours",
            "school calendar",
            "keep",
            "eligible",
            "data",
            "always",
            "facts",
            "open cases",
        ] {
            let mut places =
                pathway.items.iter().filter(|item| word_of(&item.node) == word).map(|item| item.span);
            let first = places.next();
            for again in places {
                let problem = Diagnostic::error(
                    Rule::DeclaredTwice,
                    again,
                    say!("`{word}` stands here again", word = self.in_spelling(word)),
                );
                let problem = problem.help(say!("a pathway has it once; join the two"));
                self.problems.push(
                    first.iter().fold(problem, |p, first| p.label(*first, say!("it stands here first"))),
                );
            }
        }
        let needed = [
            ("version", mark!("`version \"1\"` says which version cases run on")),
            ("lead", mark!("`lead agency` names the one party that keeps the overview")),
            ("trigger", mark!("`trigger name from who { -> stage }` lets cases in")),
            ("stage", mark!("`stage name { … }` says what is done")),
        ];
        for (word, help) in needed {
            if !pathway.items.iter().any(|item| word_of(&item.node) == word) {
                let message = say!(
                    "pathway `{name}` has no `{word}`",
                    name = pathway.name.text,
                    word = self.in_spelling(word)
                );
                self.error(Rule::MissingClause, pathway.name.span, message, translated(help));
            }
        }
    }

    fn header_item(&mut self, item: &Item, span: Span) {
        match item {
            Item::Version { label, from, until } => {
                self.protocol.version.clone_from(&label.text);
                self.protocol.version_from = from.as_ref().and_then(|date| Self::date(date.node));
                self.valid_until(until.as_ref());
            }
            Item::Source(text) => self.protocol.source = Some(text.text.clone()),
            Item::Goal(text) => self.protocol.goal = said(text),
            Item::Lead(name) => self.lead(name),
            Item::Basis { ground, text, law } => self.basis(ground, text.as_ref(), law.as_ref()),
            Item::Keep { length } => self.keep(length, span),
            Item::Role(role) => self.role(&role.name, &role.of),
            Item::Agency { name, contact, capacity, .. } => {
                if let Some(contact) = contact {
                    self.contact_person(name, contact);
                }
                if *capacity == Some(0) {
                    self.no_room(name);
                }
            }
            Item::OfficeHours { from, to } => self.office_hours(*from, *to, span),
            Item::School { title, from, to, closed } => self.school(title.as_ref(), *from, *to, closed),
            Item::OpenCases(block) => self.open_cases(block, span),
            item => self.project(item, span),
        }
    }

    /// The last day on which a report may be made.
    fn valid_until(&mut self, until: Option<&ast::Spanned<ast::Date>>) {
        let Some(until) = until else { return };
        let last = Self::date(until.node);
        if last.is_some() && last < self.protocol.version_from {
            let message = say!("the version ends before it begins");
            self.error(Rule::BadDate, until.span, message, say!("write the earlier day first"));
        }
        self.protocol.version_until = last;
    }

    fn lead(&mut self, name: &ast::Name) {
        let Some(lead) = self.party(name) else { return };
        match self.protocol.parties.row(lead).kind {
            PartyKind::Agency | PartyKind::Role { .. } => self.protocol.lead = lead,
            PartyKind::Client | PartyKind::Anyone => self.error(
                Rule::WrongKind,
                name.span,
                say!("`{name}` cannot keep the overview", name = name.text),
                say!("name an agency or a role"),
            ),
        }
    }

    fn calendar(&mut self, name: &ast::Name) {
        match Calendar::named(&name.text) {
            Some(calendar) => self.protocol.calendar = calendar,
            None => self.error(
                Rule::UnknownName,
                name.span,
                say!("there is no calendar `{name}`", name = name.text),
                say!("the calendar of the Netherlands is `nl`"),
            ),
        }
    }

    fn office_hours(&mut self, from: (i8, i8), to: (i8, i8), span: Span) {
        if from >= to {
            return self.error(
                Rule::BadNumber,
                span,
                say!("the office closes before it opens"),
                say!("write the earlier time first"),
            );
        }
        self.office_said = true;
        self.protocol.calendar = self
            .protocol
            .calendar
            .with_office_hours(super::obligations::time(from), super::obligations::time(to));
    }

    /// The days on which the schools are closed: data of the pathway, because schools differ.
    fn school(
        &mut self,
        title: Option<&ast::Text>,
        from: ast::Date,
        to: ast::Date,
        closed: &[ast::Spanned<ast::Closed>],
    ) {
        let (Some(first), Some(last)) = (Self::date(from), Self::date(to)) else { return };
        let mut days: Vec<SchoolClosed> = Vec::new();
        for closed in closed {
            let (Some(from), Some(to)) = (Self::date(closed.node.from), Self::date(closed.node.to)) else {
                continue;
            };
            if from < first || to > last {
                self.error(
                    Rule::BadDate,
                    closed.span,
                    say!("this lies outside the school calendar"),
                    say!("let the calendar cover it"),
                );
            }
            let name =
                closed.node.title.as_ref().map_or_else(|| say!("school closed"), |title| title.text.clone());
            days.push(SchoolClosed { from, to, name });
        }
        let name = title.map_or_else(String::new, |title| title.text.clone());
        self.protocol.calendar =
            self.protocol.calendar.with_school(SchoolCalendar { name, from: first, to: last, closed: days });
    }

    fn basis(&mut self, ground: &ast::Name, text: Option<&ast::Text>, law: Option<&ast::Text>) {
        let column = self.spelling.pick(0, 1);
        let known = || GROUNDS.iter().filter_map(|pair| pair.get(column).copied());
        let of_base = self.extends && GROUNDS.iter().flatten().any(|known| *known == ground.text);
        if !of_base && !known().any(|known| known == ground.text) {
            let near = voordeur_diagnostics::closest(&ground.text, known());
            let message =
                say!("`{ground}` is not a ground for processing personal data", ground = ground.text);
            let list = known().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ");
            let problem = Diagnostic::error(Rule::UnknownName, ground.span, message)
                .help(say!("the grounds are {list} (GDPR art. 6)", list))
                .did_you_mean(near);
            self.problems.push(problem);
        }
        let words = |text: Option<&ast::Text>| text.map(|text| text.text.clone());
        self.protocol.bases.push(Basis {
            ground: english_ground(&ground.text),
            text: words(text),
            law: words(law),
        });
    }

    fn keep(&mut self, length: &ast::Length, span: Span) {
        let length = self.length(length);
        if length.unit.is_elapsed() || matches!(length.unit, Unit::WorkingDays | Unit::TeachingWeeks) {
            self.error(
                Rule::BadNumber,
                span,
                say!("a case is kept for days, weeks, months or years"),
                say!("for instance `5 years`"),
            );
        }
        self.protocol.keep = Some(length);
    }

    fn role(&mut self, name: &ast::Name, of: &ast::Name) {
        let Some(agency) = self.party(of) else { return };
        if self.protocol.parties.row(agency).kind != PartyKind::Agency {
            let message = say!("`{of}` is not an agency; a role belongs to one", of = of.text);
            return self.error(Rule::WrongKind, of.span, message, say!("write the agency after `of`"));
        }
        if let Some(Symbol::Party(id)) = self.names.get(&name.text)
            && let PartyKind::Role { of } = &mut self.protocol.parties.row_mut(id).kind
        {
            *of = agency;
        }
    }

    fn no_room(&mut self, agency: &ast::Name) {
        let message = say!("`{agency}` has no room at all", agency = agency.text);
        self.contradiction(
            Rule::BadNumber,
            agency.span,
            message,
            say!("leave `capacity` out, or write 1 or more"),
        );
    }

    fn contact_person(&mut self, agency: &ast::Name, contact: &ast::Name) {
        let (Some(Symbol::Party(id)), Some(person)) = (self.names.get(&agency.text), self.party(contact))
        else {
            return;
        };
        // The role may stand below: then its agency is not known yet, and is looked at when all is read.
        self.protocol.parties.row_mut(id).contact = Some(person);
        if !matches!(self.protocol.parties.row(person).kind, PartyKind::Role { .. }) {
            let message = say!("`{contact}` is no role; a contact person is one", contact = contact.text);
            self.error(Rule::WrongKind, contact.span, message, say!("name a role of the agency"));
        }
    }

    /// A date that exists; one that does not has been reported where it was read.
    pub(super) fn date(date: ast::Date) -> Option<Date> {
        Date::new(date.year, date.month, date.day).ok()
    }

    /// What skips school holidays needs to know when they are.
    pub(super) fn needs_school_calendar(&mut self, span: Span) {
        if self.protocol.calendar.school().is_none() {
            let help = say!(
                "add `school calendar \"…\" from 2026-08-17 to 2027-08-15 { closed 2026-10-17 to 2026-10-25 \"…\" }`"
            );
            let message = say!("the pathway does not say when the schools are closed");
            self.contradiction(Rule::MissingClause, span, message, help);
        }
    }

    /// `office_time` asks whether the offices are open.
    pub(super) fn needs_office_hours(&mut self, span: Span) {
        if !self.office_said {
            let message = say!("the pathway does not say when the offices are open");
            self.contradiction(Rule::MissingClause, span, message, say!("add `office hours 09:00 to 17:00`"));
        }
    }

    /// A length of time. What is longer than a century cannot be meant.
    pub(super) fn length(&mut self, length: &ast::Length) -> Length {
        let length = &self.spelled(length);
        let unit = unit(length.unit);
        if unit == Unit::TeachingWeeks {
            self.needs_school_calendar(length.span);
        }
        let most: u32 = match unit {
            Unit::Minutes => 100 * 366 * 24 * 60,
            Unit::Hours => 100 * 366 * 24,
            Unit::Days | Unit::WorkingDays => 100 * 366,
            Unit::Weeks | Unit::TeachingWeeks => 100 * 53,
            Unit::Months => 1200,
            Unit::Years => 100,
        };
        if length.amount > most {
            self.error(
                Rule::BadNumber,
                length.span,
                say!("this is longer than a century"),
                say!("write a shorter time"),
            );
        }
        let found = Length::new(length.amount.min(most), unit);
        if length.rounded_up && !matches!(unit, Unit::Months | Unit::Years) {
            let message =
                say!("only months and years are rounded up: other lengths always end on a day that is there");
            self.error(Rule::BadNumber, length.span, message, say!("leave out `rounded up`"));
        }
        Length { rounded_up: length.rounded_up, ..found }
    }
}

pub(super) const fn unit(unit: ast::Unit) -> Unit {
    match unit {
        ast::Unit::Minutes => Unit::Minutes,
        ast::Unit::Hours => Unit::Hours,
        ast::Unit::Days => Unit::Days,
        ast::Unit::WorkingDays => Unit::WorkingDays,
        ast::Unit::Weeks => Unit::Weeks,
        ast::Unit::TeachingWeeks => Unit::TeachingWeeks,
        ast::Unit::Months => Unit::Months,
        ast::Unit::Years => Unit::Years,
    }
}

/// Grounds are kept in English, so that the two spellings of a pathway are the same pathway.
fn english_ground(word: &str) -> String {
    let pair = GROUNDS.iter().find(|pair| pair.contains(&word));
    pair.and_then(|pair| pair.first()).map_or_else(|| word.to_owned(), |ground| (*ground).to_owned())
}

pub(super) const fn word_of(item: &Item) -> &'static str {
    match item {
        Item::Version { .. } => "version",
        Item::Source(_) => "source",
        Item::Goal(_) => "goal",
        Item::ForWhom(_) => "for whom",
        Item::Mandate(_) => "mandate",
        Item::Funding(_) => "funding until",
        Item::Ends { .. } => "ends",
        Item::Priorities(_) => "priorities",
        Item::Lead(_) => "lead",
        Item::Calendar(_) => "calendar",
        Item::Keep { .. } => "keep",
        Item::Data(_) => "data",
        Item::Always(_) => "always",
        Item::Facts(_) => "facts",
        Item::OpenCases(_) => "open cases",
        Item::School { .. } => "school calendar",
        Item::OfficeHours { .. } => "office hours",
        Item::Eligible { .. } => "eligible",
        Item::Basis { .. } => "basis",
        Item::Measure(_) => "measure",
        Item::Trigger(_) => "trigger",
        Item::Stage(_) => "stage",
        _ => "",
    }
}
