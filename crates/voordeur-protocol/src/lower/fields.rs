//! Fields, their types, and constants that must fit them.

use std::sync::Arc;
use voordeur_messages::say;

use voordeur_diagnostics::{Applicability, Diagnostic, Fix, Rule, Span, closest};
use voordeur_syntax::ast::{self, Item, ValueKind};
use voordeur_syntax::vocabulary;

use super::names::Symbol;
use super::{Lower, said, title};
use crate::lookup::Occurrence;
use crate::model::{Cause, Derived, Field, Purpose};
use crate::table::{FieldId, PartyId};
use crate::value::{FieldType, Value};

/// More than this is not counted in a sliding window.
const MOST_COUNTED: i64 = 1_000_000;

impl Lower<'_> {
    /// Types need no names but their own, so a field is whole at its declaration; only with whom it is
    /// shared waits for the parties.
    pub(super) fn declare_field(&mut self, field: &ast::Field) {
        let ty = self.field_type(field);
        self.spans.fields.push(field.span);
        let row = Field {
            name: field.name.text.clone(),
            title: title(field.title.as_ref(), &field.name),
            ty,
            optional: field.optional,
            shared_with: Vec::new(),
            sensitive: field.sensitive,
            purpose: field.enforcement.map(|yes| if yes { Purpose::Enforcement } else { Purpose::Help }),
            kept: field.kept.as_ref().and_then(said),
            derived: None,
            line: self.line(field.name.span),
        };
        let id = self.protocol.fields.push(row);
        self.declare(&field.name, Symbol::Field(id));
    }

    fn field_type(&mut self, field: &ast::Field) -> FieldType {
        match &field.ty {
            ast::FieldType::YesNo => FieldType::YesNo,
            ast::FieldType::Count { low, high } => {
                if low > high {
                    let message = say!("no number lies in {low}..{high}", low, high);
                    self.error(Rule::BadNumber, field.span, message, say!("write the lower number first"));
                }
                FieldType::Count { low: *low, high: *high }
            }
            ast::FieldType::Money => FieldType::Money,
            ast::FieldType::Date => FieldType::Date,
            ast::FieldType::Birthdate => FieldType::Birthdate,
            ast::FieldType::OneOf(words) => FieldType::OneOf(self.distinct(words)),
            ast::FieldType::Text => FieldType::Text,
            ast::FieldType::Sum { .. } | ast::FieldType::Tally { .. } => {
                FieldType::Count { low: 0, high: MOST_COUNTED }
            }
        }
    }

    fn distinct(&mut self, names: &[ast::Name]) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for name in names {
            if words.contains(&name.text) {
                let message = say!("`{name}` stands twice in the list", name = name.text);
                self.error(Rule::DeclaredTwice, name.span, message, say!("leave one out"));
            } else if words.len() >= 1000 {
                self.error(Rule::TooLarge, name.span, say!("more than 1,000 values"), say!("use `text`"));
                break;
            } else {
                words.push(name.text.clone());
            }
        }
        words
    }

    pub(super) fn data(&mut self, pathway: &ast::Pathway) {
        for item in &pathway.items {
            let Item::Data(fields) = &item.node else { continue };
            for field in fields {
                let shared = self.parties(&field.shared_with);
                self.not_with_anyone(field, &shared);
                if let Some(Symbol::Field(id)) = self.names.get(&field.name.text) {
                    self.protocol.fields.row_mut(id).shared_with = shared;
                    self.protocol.fields.row_mut(id).derived = self.sliding(&field.ty);
                }
            }
        }
    }

    /// What a household tells is not for everybody.
    fn not_with_anyone(&mut self, field: &ast::Field, shared: &[PartyId]) {
        let named = field.shared_with.iter().zip(shared).find(|(_, party)| **party == PartyId::ANYONE);
        if let Some((name, _)) = named {
            let message = say!("`{field}` would be shared with everybody", field = field.name.text);
            self.contradiction(
                Rule::WrongKind,
                name.span,
                message,
                say!("name the agencies that may see it"),
            );
        }
    }

    /// What a sliding sum or count looks at.
    fn sliding(&mut self, ty: &ast::FieldType) -> Option<Derived> {
        match ty {
            ast::FieldType::Sum { of, over } => {
                let field = self.field(of)?;
                let ty = &self.protocol.fields.row(field).ty;
                if !matches!(ty, FieldType::Count { .. }) {
                    let message = say!(
                        "`{of}` is {describe}; only a `count` can be summed",
                        of = of.text,
                        describe = ty.describe()
                    );
                    self.error(Rule::TypeMismatch, of.span, message, say!("sum a field of type `count`"));
                }
                Some(Derived::Sum { of: field, over: self.some_time(over) })
            }
            ast::FieldType::Tally { of, over } => {
                let of = match self.cause(of, true)? {
                    Cause::Obligation(obligation, on) => Occurrence::Obligation(obligation, on),
                    Cause::Event(event) => Occurrence::Event(event),
                    _ => return None,
                };
                Some(Derived::Tally { of, over: self.some_time(over) })
            }
            _ => None,
        }
    }

    /// The derived field for something that a condition reads; it is made when it is first read.
    pub(super) fn derived(&mut self, name: String, ty: FieldType, derived: Derived, span: Span) -> FieldId {
        if let Some((id, _)) = self.protocol.fields.iter().find(|(_, row)| row.derived == Some(derived)) {
            return id;
        }
        self.spans.fields.push(span);
        self.protocol.fields.push(Field {
            title: name.clone(),
            name,
            ty,
            optional: true,
            shared_with: Vec::new(),
            sensitive: false,
            purpose: None,
            kept: None,
            derived: Some(derived),
            line: self.line(span),
        })
    }

    /// A constant as a value of a field's type; reports what does not fit.
    pub(super) fn value(&mut self, field: FieldId, value: &ast::Value) -> Option<Value> {
        let ty = self.protocol.fields.row(field).ty.clone();
        let set = self.set_value(value, value.span);
        let value = if constant(&ty, &value.kind).is_some() { value } else { &set };
        let fitting = constant(&ty, &value.kind);
        // A day that does not exist has been reported where it was read.
        let no_such_day =
            matches!(ty, FieldType::Date | FieldType::Birthdate) && matches!(value.kind, ValueKind::Date(_));
        if fitting.is_none() && !no_such_day {
            self.does_not_fit(field, &ty, value);
        }
        fitting
    }

    fn does_not_fit(&mut self, field: FieldId, ty: &FieldType, value: &ast::Value) {
        let written = value.span.of(self.source);
        let name = &self.protocol.fields.row(field).name;
        let message = say!(
            "`{written}` does not fit `{name}`, which is {describe}",
            written,
            name,
            describe = ty.describe()
        );
        let mut problem = Diagnostic::error(Rule::TypeMismatch, value.span, message)
            .label(*self.spans.fields.row(field), say!("`{name}` is declared here", name));
        problem = match (ty, &value.kind) {
            (FieldType::OneOf(words), ValueKind::Word(word)) => {
                problem.did_you_mean(closest(word, words.iter().map(String::as_str)))
            }
            (FieldType::Money, ValueKind::Number(number)) => {
                let amount = format!("€{number}");
                problem.help(say!("write `{amount}`", amount)).fix(Fix::new(
                    Applicability::Unsafe,
                    value.span,
                    amount,
                ))
            }
            (FieldType::Count { low, high }, ValueKind::Number(_)) => problem.help(say!(
                "write a number from {low} to {high}, or give the field other bounds",
                low,
                high
            )),
            (FieldType::YesNo, _) => self.yes_or_no(problem, value),
            (FieldType::Date | FieldType::Birthdate, _) => {
                problem.help(say!("write a day, as in `2027-03-08`"))
            }
            _ => problem,
        };
        self.problems.push(problem);
    }

    /// `"ja"` and `ja` differ in their quotes alone.
    fn yes_or_no(&self, problem: Diagnostic, value: &ast::Value) -> Diagnostic {
        let [yes, no] = ["yes", "no"].map(|word| vocabulary::spelled(word, self.spelling));
        let problem = problem.help(say!("write `{yes}` or `{no}`", yes, no));
        let meant = match &value.kind {
            ValueKind::Text(text) if ["yes", "ja"].contains(&text.as_str()) => yes,
            ValueKind::Text(text) if ["no", "nee"].contains(&text.as_str()) => no,
            _ => return problem,
        };
        problem.fix(Fix::new(Applicability::Unsafe, value.span, meant))
    }
}

/// A constant of a file as a value of a type; `None` when it does not fit.
pub(crate) fn constant(ty: &FieldType, kind: &ValueKind) -> Option<Value> {
    match (ty, kind) {
        (FieldType::YesNo, ValueKind::YesNo(yes)) => Some(Value::YesNo(*yes)),
        (FieldType::Count { low, high }, ValueKind::Number(n)) if low <= n && n <= high => {
            Some(Value::Count(*n))
        }
        (FieldType::Money, ValueKind::Cents(cents)) => Some(Value::Cents(*cents)),
        (FieldType::Date | FieldType::Birthdate, ValueKind::Date(date)) => {
            Lower::date(*date).map(Value::Date)
        }
        (FieldType::OneOf(words), kind) => choice(words, kind),
        (FieldType::Text, ValueKind::Text(text)) => Some(Value::Text(Arc::from(text.as_str()))),
        _ => None,
    }
}

fn choice(words: &[String], kind: &ValueKind) -> Option<Value> {
    let written = match kind {
        ValueKind::Word(word) => word.as_str(),
        ValueKind::YesNo(true) => "yes",
        ValueKind::YesNo(false) => "no",
        _ => return None,
    };
    let index = words.iter().position(|word| word == written)?;
    u16::try_from(index).ok().map(Value::Choice)
}
