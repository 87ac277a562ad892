//! Settings: values that have a name, so that a municipality can give another one, and so that a later day
//! can have another one.

use voordeur_diagnostics::{Applicability, Diagnostic, Fix, Rule, Span, closest};
use voordeur_messages::say;
use voordeur_syntax::ast::{self, Item, SettingValue};
use voordeur_syntax::number_in_words;

use super::Lower;

impl Lower<'_> {
    pub(super) fn settings(&mut self, pathway: &ast::Pathway) {
        for item in &pathway.items {
            let Item::Setting { name, values } = &item.node else { continue };
            let mut last = None;
            for (from, _) in values {
                let day = from.and_then(Self::date);
                if day < last || (day == last && day.is_some()) {
                    let help = say!("the days stand in order, each once");
                    self.error(
                        Rule::BadDate,
                        name.span,
                        say!("the days of `{name}` are out of order", name = name.text),
                        help,
                    );
                }
                last = day;
            }
            let holds = |from: &Option<ast::Date>| {
                from.is_none_or(|day| Self::date(day) <= self.on && self.on.is_some())
            };
            let value = values.iter().rev().find(|(from, _)| holds(from)).or(values.first());
            if let Some((_, value)) = value {
                self.settings.insert(name.text.clone(), value.clone());
            }
        }
    }

    /// A setting that nothing asks for is mostly a slip in its name. Those of a shared module need not all be used.
    pub(super) fn unused_settings(&mut self, pathway: &ast::Pathway) {
        let own = |span: Span| pathway.span.start <= span.start && span.end <= pathway.span.end;
        let used = self.used.borrow().clone();
        for item in pathway.items.iter().filter(|item| own(item.span)) {
            let Item::Setting { name, .. } = &item.node else { continue };
            if !used.contains(&name.text) {
                let near = closest(&name.text, used.iter().map(String::as_str));
                let message = say!("nothing uses the setting `{name}`", name = name.text);
                let problem = Diagnostic::error(Rule::UnknownName, name.span, message)
                    .help(say!("use its name in place of a length, a number or a value"))
                    .did_you_mean(near);
                self.problems.push(problem);
            }
        }
    }

    /// A name that was given up is not in use any more.
    pub(super) fn renames(&mut self, pathway: &ast::Pathway) {
        for (now, then) in &pathway.renames {
            if self.names.get(&then.text).is_some() {
                let message = say!(
                    "`{then}` was renamed to `{now}`, and is declared as well",
                    then = then.text,
                    now = now.text
                );
                let help = if pathway.extends.is_some() {
                    let without = self.in_spelling("without");
                    say!(
                        "leave `was` out, or take the old one out with `{without} {name}`",
                        without,
                        name = then.text
                    )
                } else {
                    say!("leave `was` out, or give up the old name")
                };
                self.error(Rule::DeclaredTwice, then.span, message, help);
            }
            self.protocol.renames.push((now.text.clone(), then.text.clone()));
        }
    }

    /// What a setting holds; reports a name that is none.
    fn setting(&mut self, name: &ast::Name) -> Option<SettingValue> {
        if let Some(value) = self.settings.get(&name.text) {
            self.used.borrow_mut().insert(name.text.clone());
            return Some(value.clone());
        }
        if let Some(number) = number_in_words(&name.text) {
            let message = say!("`{name}` is neither a number nor a setting", name = name.text);
            let help = say!("write the number in digits: `{number}`", number);
            let digits = Fix::new(Applicability::Unsafe, name.span, number.to_string());
            self.problems
                .push(Diagnostic::error(Rule::UnknownName, name.span, message).help(help).fix(digits));
            return None;
        }
        let near = closest(&name.text, self.settings.keys().map(String::as_str));
        let message = say!("`{name}` is neither a number nor a setting", name = name.text);
        let problem = Diagnostic::error(Rule::UnknownName, name.span, message)
            .help(say!("write for instance `2 weeks`, or declare `setting name = 2 weeks`"))
            .did_you_mean(near);
        self.problems.push(problem);
        None
    }

    /// The length that a place gives, by itself or by a setting. What is wrong with the length of a setting is
    /// told there: another file may use it.
    pub(super) fn spelled(&mut self, length: &ast::Length) -> ast::Length {
        let Some(name) = &length.setting else { return length.clone() };
        let one = ast::Length::new(1, ast::Unit::Days, length.span);
        match self.setting(name) {
            Some(SettingValue::Length(found)) => found,
            Some(SettingValue::Value(value)) => {
                let message = say!("the setting `{name}` is no length of time", name = name.text);
                self.of_setting(name, value.span, message, say!("give it a length such as `2 weeks`"));
                one
            }
            None => one,
        }
    }

    /// The value of a setting is not what the place that uses it needs.
    fn of_setting(&mut self, used: &ast::Name, value: Span, message: String, help: String) {
        let problem = Diagnostic::error(Rule::TypeMismatch, value, message).help(help);
        self.problems.push(problem.label(used.span, say!("it is used here")));
    }

    /// The number that a place gives, by itself or by a setting.
    pub(super) fn number(&mut self, count: &ast::Count) -> u32 {
        let name = match count {
            ast::Count::Number(number) => return *number,
            ast::Count::Setting(name) => name,
        };
        match self.setting(name) {
            Some(SettingValue::Value(ast::Value { kind: ast::ValueKind::Number(number), span })) => {
                u32::try_from(number).unwrap_or_else(|_| {
                    self.error(
                        Rule::BadNumber,
                        span,
                        say!("a number of times is not negative"),
                        say!("write 1 or more"),
                    );
                    1
                })
            }
            Some(
                SettingValue::Value(ast::Value { span, .. }) | SettingValue::Length(ast::Length { span, .. }),
            ) => {
                let message = say!("the setting `{name}` is no number", name = name.text);
                self.of_setting(name, span, message, say!("give it a number such as `3`"));
                1
            }
            None => 1,
        }
    }

    /// A value, or that of the setting with this name. A value of the field's own list goes before a setting.
    pub(super) fn set_value(&self, value: &ast::Value, span: Span) -> ast::Value {
        match &value.kind {
            ast::ValueKind::Word(word) => match self.settings.get(word) {
                Some(SettingValue::Value(found)) => {
                    self.used.borrow_mut().insert(word.clone());
                    ast::Value { kind: found.kind.clone(), span }
                }
                _ => value.clone(),
            },
            _ => value.clone(),
        }
    }
}
