//! Guards: names resolved, types checked, comparisons turned into ranges and sets.

use voordeur_calendar::Unit;
use voordeur_diagnostics::{Diagnostic, Rule, Span, closest};
use voordeur_messages::say;
use voordeur_syntax::ast::{self, Comparison, ExprKind, Quorum};
use voordeur_syntax::mixed_spelling;
use voordeur_syntax::vocabulary::{ANCHORS, DAY_FACTS, EVENT_WORDS, spelled};

use super::Lower;
use super::names::Symbol;
use super::states::joined;
use crate::guard::Expr;
use crate::lifecycle::{Happening, Kind};
use crate::model::{Anchor, DayFact, Derived, SinceUnit, Start};
use crate::spans::Threshold;
use crate::table::{EventId, FieldId, ObligationId};
use crate::value::{FieldType, Value};

impl Lower<'_> {
    /// The birthday at which somebody gets to the age that a condition asks for.
    pub(super) fn birthday_reached(&self, guard: &Expr) -> Option<String> {
        let Expr::Range { field, low: Some(Value::Count(age)), .. } = guard else { return None };
        let Some(Derived::Age(of)) = self.protocol.fields.row(*field).derived else { return None };
        let name = &self.protocol.fields.row(of).name;
        let [on, birthday, of] = ["on", "birthday", "of"].map(|word| spelled(word, self.spelling));
        Some(format!("{on} {birthday} {age} {of} {name}"))
    }

    /// A condition as a guard. A part with a problem counts as true, so that the rest is still checked.
    pub(super) fn guard(&mut self, expr: &ast::Expr) -> Expr {
        match &expr.kind {
            ExprKind::And(parts) => Expr::And(parts.iter().map(|part| self.guard(part)).collect()),
            ExprKind::Or(parts) => Expr::Or(parts.iter().map(|part| self.guard(part)).collect()),
            ExprKind::Not(part) => Expr::Not(Box::new(self.guard(part))),
            ExprKind::Known(name) => self.field(name).map_or(Expr::True, Expr::Known),
            ExprKind::Field(name) => self.yes(name).unwrap_or(Expr::True),
            ExprKind::Since { from, op, length } => self.since(from, *op, length).unwrap_or(Expr::True),
            ExprKind::Compare { field, op, value } => self.compare(field, *op, value).unwrap_or(Expr::True),
            ExprKind::Between { field, low, high } => self.between(field, low, high).unwrap_or(Expr::True),
            ExprKind::In { field, values } => self.among(field, values).unwrap_or(Expr::True),
            ExprKind::State { obligation, state } if self.is_consent(obligation) => {
                self.consent(state).unwrap_or(Expr::True)
            }
            ExprKind::State { obligation, state } => {
                self.quorum(Quorum::All, std::slice::from_ref(obligation), state, expr.span)
            }
            ExprKind::Mixed { quorum, parts } => self.mixed(*quorum, parts, expr.span),
            ExprKind::Quorum { quorum, obligations, state } => {
                self.quorum(*quorum, obligations, state, expr.span)
            }
        }
    }

    /// A field alone is a condition when it is yes or no.
    fn yes(&mut self, name: &ast::Name) -> Option<Expr> {
        if let Some(fact) = self.day_fact(name) {
            match fact {
                DayFact::SchoolHoliday => self.needs_school_calendar(name.span),
                DayFact::OfficeTime => self.needs_office_hours(name.span),
                DayFact::Weekend | DayFact::WorkingDay | DayFact::Holiday => {}
            }
            let field = self.derived(name.text.clone(), FieldType::YesNo, Derived::Day(fact), name.span);
            return Some(Expr::In { field, values: vec![Value::YesNo(true)] });
        }
        let field = self.readable(name)?;
        let ty = &self.protocol.fields.row(field).ty;
        if *ty == FieldType::YesNo {
            return Some(Expr::In { field, values: vec![Value::YesNo(true)] });
        }
        let message = say!(
            "`{name}` is {describe}; alone it is no condition",
            name = name.text,
            describe = ty.describe()
        );
        self.error(Rule::TypeMismatch, name.span, message, say!("compare it with a value"));
        None
    }

    /// A field that a condition may read.
    fn readable(&mut self, name: &ast::Name) -> Option<FieldId> {
        let field = self.field(name)?;
        if self.protocol.fields.row(field).ty != FieldType::Text {
            return Some(field);
        }
        let message = say!("`{name}` is a text, and a condition cannot read a text", name = name.text);
        self.error(
            Rule::TypeMismatch,
            name.span,
            message,
            say!("record what matters in a field of another type"),
        );
        None
    }

    /// `weekend`, `office_time`, …: words of the language where the file declares no such name.
    fn day_fact(&self, name: &ast::Name) -> Option<DayFact> {
        if self.names.get(&name.text).is_some() {
            return None;
        }
        let known =
            DAY_FACTS.iter().position(|pair| pair.get(self.spelling.pick(0, 1)) == Some(&name.text.as_str()));
        DayFact::ALL.get(known?).copied()
    }

    pub(super) fn is_consent(&self, name: &ast::Name) -> bool {
        self.names.get(&name.text) == Some(Symbol::Event(EventId::CONSENT_WITHDRAWN))
    }

    /// `consent given`, `consent withdrawn`: whether it is in force.
    fn consent(&mut self, state: &ast::Name) -> Option<Expr> {
        let position = EVENT_WORDS.iter().position(|pair| pair.contains(&state.text.as_str()));
        let Some(position) = position else {
            let [given, withdrawn] = self.consent_words();
            let message = say!("consent is not `{state}`", state = state.text);
            self.error(
                Rule::UnknownName,
                state.span,
                message,
                say!("consent is `{given}` or `{withdrawn}`", given, withdrawn),
            );
            return None;
        };
        let field = self.derived("consent".to_owned(), FieldType::YesNo, Derived::Consent, state.span);
        Some(Expr::In { field, values: vec![Value::YesNo(position == 0)] })
    }

    /// `given` and `withdrawn` as this file spells them.
    pub(super) fn consent_words(&self) -> [&'static str; 2] {
        [0, 1].map(|at| EVENT_WORDS.get(at).map_or("", |pair| self.spelling.pick(pair[0], pair[1])))
    }

    /// What a comparison looks at: a field, or the age that follows from one.
    fn operand(&mut self, operand: &ast::Operand) -> Option<FieldId> {
        let name = match operand {
            ast::Operand::Field(name) => return self.readable(name),
            ast::Operand::Number(name) => return self.number_of(name),
            ast::Operand::Age(name) => name,
        };
        let of = self.field(name)?;
        let ty = &self.protocol.fields.row(of).ty;
        if *ty != FieldType::Birthdate {
            let message = say!(
                "`{name}` is {describe}; an age is that of a `birthdate`",
                name = name.text,
                describe = ty.describe()
            );
            self.error(Rule::TypeMismatch, name.span, message, say!("declare the field as `birthdate`"));
            return None;
        }
        let spoken = format!("age of {}", name.text);
        Some(self.derived(spoken, FieldType::Count { low: 0, high: 130 }, Derived::Age(of), name.span))
    }

    /// `number of programme`: how many of its visits there have been.
    fn number_of(&mut self, name: &ast::Name) -> Option<FieldId> {
        let id = self.obligation(name)?;
        let kind = self.protocol.obligations.row(id).kind;
        if kind != Kind::Series {
            let message = say!(
                "`{name}` is a {kind}; the visits of a series are counted",
                name = name.text,
                kind = kind.in_words()
            );
            self.error(Rule::WrongKind, name.span, message, say!("name a `series`"));
            return None;
        }
        let spoken = format!("number of {}", name.text);
        Some(self.derived(spoken, FieldType::Count { low: 0, high: 10_000 }, Derived::Number(id), name.span))
    }

    /// `since report < 6 weeks`: whole days, months or minutes, compared as a number. What has not happened
    /// yet is no time ago: then no comparison holds.
    fn since(&mut self, from: &ast::Anchor, op: Comparison, length: &ast::Length) -> Option<Expr> {
        let start = self.start(from)?;
        let written = self.length(length);
        let (unit, word, each) = match written.unit {
            Unit::Minutes => (SinceUnit::Minutes, "minutes", 1),
            Unit::Hours => (SinceUnit::Minutes, "minutes", 60),
            Unit::Days => (SinceUnit::Days, "days", 1),
            Unit::Weeks => (SinceUnit::Days, "days", 7),
            Unit::Months => (SinceUnit::Months, "months", 1),
            Unit::Years => (SinceUnit::Months, "months", 12),
            Unit::WorkingDays | Unit::TeachingWeeks => {
                self.error(
                    Rule::BadNumber,
                    length.span,
                    say!("time since then is measured in minutes, hours, days, weeks, months or years"),
                    say!("for instance `since report < 14 days`"),
                );
                return None;
            }
        };
        let what = from.event.as_ref().map_or(String::new(), |event| format!(" {}", event.text));
        let spoken = format!("{word} since {}{what}", from.name.text);
        let field = self.derived(
            spoken,
            FieldType::Count { low: 0, high: 60_000_000 },
            Derived::Since(start, unit),
            from.name.span,
        );
        let value = Value::Count(i64::from(written.amount) * each);
        let compared = self.compared(field, op, value, length.span)?;
        Some(match start {
            Start::Report | Start::Entry => compared,
            Start::From(_) => Expr::And(vec![Expr::Known(field), compared]),
        })
    }

    /// What `since` counts from: `entry` is a word of the language here, unless the file has it as a name.
    fn start(&mut self, from: &ast::Anchor) -> Option<Start> {
        let entry = ANCHORS.get(1).map(|pair| self.spelling.pick(pair[0], pair[1]));
        let known = self.names.get(&from.name.text);
        if entry == Some(from.name.text.as_str()) && known.is_none() && from.event.is_none() {
            return Some(Start::Entry);
        }
        match self.anchor(from)? {
            Anchor::Report => Some(Start::Report),
            other => Some(Start::From(other)),
        }
    }

    fn compare(&mut self, operand: &ast::Operand, op: Comparison, written: &ast::Value) -> Option<Expr> {
        let field = self.operand(operand)?;
        let value = self.value(field, written)?;
        self.compared(field, op, value, written.span)
    }

    fn compared(&mut self, field: FieldId, op: Comparison, value: Value, span: Span) -> Option<Expr> {
        match op {
            Comparison::Equal => {
                self.spans.exact.push((field, value.clone()));
                return Some(Expr::In { field, values: vec![value] });
            }
            Comparison::NotEqual => {
                return Some(Expr::Not(Box::new(Expr::In { field, values: vec![value] })));
            }
            _ => {}
        }
        self.ordered(field, span)?;
        self.threshold(field, &value, matches!(op, Comparison::GreaterOrEqual | Comparison::Less), span);
        let (low, high) = match op {
            Comparison::LessOrEqual => (None, Some(value)),
            Comparison::GreaterOrEqual => (Some(value), None),
            Comparison::Less => (None, Some(self.beside(&value, -1, span)?)),
            _ => (Some(self.beside(&value, 1, span)?), None),
        };
        Some(Expr::Range { field, low, high })
    }

    fn between(&mut self, operand: &ast::Operand, low: &ast::Value, high: &ast::Value) -> Option<Expr> {
        let field = self.operand(operand)?;
        self.ordered(field, low.span)?;
        let (from, to) = (self.value(field, low)?, self.value(field, high)?);
        if from > to {
            self.error(
                Rule::BadNumber,
                low.span.to(high.span),
                say!("nothing lies between these"),
                say!("write the lower value first"),
            );
        }
        self.threshold(field, &from, true, low.span);
        self.threshold(field, &to, false, high.span);
        Some(Expr::Range { field, low: Some(from), high: Some(to) })
    }

    /// A value that a condition sets apart from the one below it, or from the one above.
    fn threshold(&mut self, field: FieldId, value: &Value, below: bool, span: Span) {
        self.spans.thresholds.push(Threshold { field, value: value.clone(), below, span });
    }

    fn among(&mut self, name: &ast::Name, written: &[ast::Value]) -> Option<Expr> {
        let field = self.readable(name)?;
        let values: Vec<Value> = written.iter().filter_map(|value| self.value(field, value)).collect();
        Some(Expr::In { field, values })
    }

    fn ordered(&mut self, field: FieldId, span: Span) -> Option<()> {
        let row = &self.protocol.fields.row(field);
        if !matches!(row.ty, FieldType::YesNo | FieldType::OneOf(_)) {
            return Some(());
        }
        let message = say!(
            "`{name}` is {describe}; these have no order",
            name = row.name,
            describe = row.ty.describe()
        );
        self.error(Rule::TypeMismatch, span, message, say!("use `=`, `!=` or `in { … }`"));
        None
    }

    /// The value next to another.
    fn beside(&mut self, value: &Value, by: i64, span: Span) -> Option<Value> {
        let beside = value.beside(by);
        if beside.is_none() {
            self.error(
                Rule::BadNumber,
                span,
                say!("no value lies beyond this one"),
                say!("use `<=` or `>=`"),
            );
        }
        beside
    }

    fn quorum(&mut self, quorum: Quorum, names: &[ast::Name], state: &ast::Name, span: Span) -> Expr {
        let mut found: Vec<Expr> = names.iter().filter_map(|name| self.state(name, state)).collect();
        if found.len() < names.len() {
            return Expr::True;
        }
        match quorum {
            Quorum::All if found.len() == 1 => found.pop().unwrap_or(Expr::True),
            Quorum::All => Expr::And(found),
            Quorum::Any => Expr::Or(found),
            Quorum::AtLeast(wanted) => {
                self.can_be_enough(wanted, found.len(), span);
                joined(wanted, found)
            }
        }
    }

    /// A word of the other spelling. What another file says may be in that spelling.
    fn other_spelling(&mut self, word: &ast::Name, own: &str) {
        let here = self.whole.start <= word.span.start && word.span.end <= self.whole.end;
        let told = self.problems.iter().any(|one| one.rule == Rule::MixedSpelling && one.span == word.span);
        if here && !self.extends && !told {
            self.problems.push(mixed_spelling(&word.text, own, word.span, self.spelling));
        }
    }

    /// What happened to an obligation, when its kind knows it.
    pub(super) fn happening(&mut self, obligation: ObligationId, word: &ast::Name) -> Option<Happening> {
        let found = self.protocol.obligations.row(obligation).happening(&word.text);
        if let Some(own) = found.and_then(|on| on.word_in(self.spelling)).filter(|own| *own != word.text) {
            self.other_spelling(word, own);
        }
        if found.is_none() {
            let row = &self.protocol.obligations.row(obligation);
            let known = row.happening_words(self.spelling);
            let message = say!(
                "`{word}` cannot happen to the {kind} `{name}`",
                word = word.text,
                kind = row.kind.in_words(),
                name = row.name
            );
            let words: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
            let problem = Diagnostic::error(Rule::UnknownName, word.span, message)
                .help(say!("what can happen to it: {words}", words = words.join(", ")))
                .did_you_mean(closest(&word.text, known.iter().map(String::as_str)));
            self.problems.push(problem);
        }
        found
    }
}
