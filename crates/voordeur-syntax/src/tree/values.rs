//! Names, texts, numbers, dates, lengths.

use voordeur_diagnostics::{Applicability, Diagnostic, Fix, Rule as Finding};
use voordeur_messages::say;

use super::{Builder, Node, find, has, span};
use crate::ast::{Anchor, Before, Count, Date, Length, Name, Spanned, Term, Text, Unit, Value, ValueKind};
use crate::parse::Rule;
use crate::phrase::TermPhrase;

pub(super) fn name(node: &Node<'_>) -> Name {
    Name { text: node.as_str().to_owned(), span: span(node) }
}

/// The first name in a node. The grammar has seen to it that there is one.
pub(super) fn name_in(node: &Node<'_>) -> Name {
    find(node, Rule::name)
        .map_or_else(|| Name { text: String::new(), span: span(node) }, |found| name(&found))
}

pub(super) fn names_in(node: &Node<'_>) -> Vec<Name> {
    find(node, Rule::names)
        .map(|names| super::all(&names, Rule::name).map(|n| name(&n)).collect())
        .unwrap_or_default()
}

pub(super) fn text_in(node: &Node<'_>) -> Option<Text> {
    find(node, Rule::text).map(|found| text(&found))
}

/// A text with its escapes replaced: `\n`, `\"`, `\\`.
pub(super) fn text(node: &Node<'_>) -> Text {
    let inner = find(node, Rule::inner_text).map(|inner| inner.as_str().to_owned()).unwrap_or_default();
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => {}
            },
            (c, false) => out.push(c),
        }
    }
    Text { text: out, span: span(node) }
}

pub(super) fn text_or_empty(node: &Node<'_>) -> Text {
    text_in(node).unwrap_or_else(|| Text { text: String::new(), span: span(node) })
}

pub(super) fn unit(node: &Node<'_>) -> Unit {
    match node.clone().into_inner().next().map(|unit| unit.as_rule()) {
        Some(Rule::minutes) => Unit::Minutes,
        Some(Rule::hours) => Unit::Hours,
        Some(Rule::working_days) => Unit::WorkingDays,
        Some(Rule::weeks) => Unit::Weeks,
        Some(Rule::teaching_weeks) => Unit::TeachingWeeks,
        Some(Rule::months) => Unit::Months,
        Some(Rule::years) => Unit::Years,
        _ => Unit::Days,
    }
}

pub(super) fn unit_in(node: &Node<'_>) -> Unit {
    find(node, Rule::unit).map_or(Unit::Days, |found| unit(&found))
}

/// `2008-03-01`; whether the day exists is checked here too.
impl<'i> Builder<'i> {
    pub(super) fn date(&mut self, node: &Node<'i>) -> Spanned<Date> {
        let mut parts = node.as_str().split('-');
        let mut next = || parts.next().unwrap_or_default();
        let (year, month, day) =
            (next().parse().unwrap_or(0), next().parse().unwrap_or(0), next().parse().unwrap_or(0));
        let date = Date { year, month, day };
        if !exists(date) {
            let message = say!("there is no day {node}", node = node.as_str());
            let help = match last_day(date) {
                Some(last) => say!("the last day of that month is `{last}`", last),
                None => say!("write year, month and day, as in `2027-03-08`"),
            };
            self.problems.push(Diagnostic::error(Finding::BadDate, span(node), message).help(help));
        }
        Spanned { node: date, span: span(node) }
    }

    pub(super) fn integer(&mut self, node: &Node<'i>) -> i64 {
        self.number(node, i64::MAX)
    }

    fn number(&mut self, node: &Node<'i>, most: i64) -> i64 {
        match node.as_str().parse::<i64>() {
            Ok(value) if value <= most => value,
            _ => {
                let message = say!(
                    "`{node}` is too large; the largest number here is {most}",
                    node = node.as_str(),
                    most
                );
                let problem = Diagnostic::error(Finding::BadNumber, span(node), message);
                self.problems.push(problem.help(say!("write a smaller number")));
                // Not 0: that would be a second mistake.
                1
            }
        }
    }

    /// A number of times or of days: not negative, and within 32 bits.
    pub(super) fn count(&mut self, node: &Node<'i>) -> u32 {
        let value = self.number(node, i64::from(u32::MAX));
        u32::try_from(value).unwrap_or_else(|_| {
            let message = say!("`{value}` is negative; a number of times or days is not", value);
            let problem = Diagnostic::error(Finding::BadNumber, span(node), message);
            let without = value.unsigned_abs().to_string();
            self.problems.push(problem.help(say!("leave the `-` out")).fix(Fix::new(
                Applicability::Unsafe,
                span(node),
                without,
            )));
            1
        })
    }

    pub(super) fn count_in(&mut self, node: &Node<'i>) -> Option<u32> {
        find(node, Rule::integer).map(|found| self.count(&found))
    }

    pub(super) fn length(&mut self, node: &Node<'i>) -> Length {
        let place = super::trimmed(self.source, span(node));
        if let Some(setting) = find(node, Rule::setting_use) {
            return Length { setting: Some(name_in(&setting)), ..Length::new(0, Unit::Days, place) };
        }
        // A length of its own, or one in a place that takes no setting.
        let spell = find(node, Rule::spell).unwrap_or_else(|| node.clone());
        let amount = self.count_in(&spell).unwrap_or(0);
        let rounded_up = has(&spell, Rule::k_rounded_up);
        Length { rounded_up, ..Length::new(amount, unit_in(&spell), place) }
    }

    /// A number, or the setting that gives it.
    pub(super) fn times_in(&mut self, node: &Node<'i>) -> Count {
        match find(node, Rule::setting_use) {
            Some(setting) => Count::Setting(name_in(&setting)),
            None => Count::Number(self.count_in(node).unwrap_or(0)),
        }
    }

    /// `6 weeks after 2026-04-02 10:00`
    pub(crate) fn term_phrase(&mut self, node: &Node<'i>) -> TermPhrase {
        let none = Date { year: 1, month: 1, day: 1 };
        let moment = find(node, Rule::phrase_moment);
        let part = |rule| moment.as_ref().and_then(|moment| find(moment, rule));
        TermPhrase {
            length: self.length(node),
            back: has(node, Rule::k_before_day),
            or_earlier: has(node, Rule::k_or_earlier),
            day: part(Rule::phrase_date).map_or(none, |date| self.date(&date).node),
            time: part(Rule::phrase_time).map(|clock| self.clock(&clock)),
            offset: part(Rule::offset).map(|offset| self.offset(&offset)),
        }
    }

    /// `+02:00`, in minutes.
    fn offset(&mut self, node: &Node<'i>) -> i16 {
        let digits = node.as_str().trim_start_matches(['+', '-']);
        let parts =
            digits.split_once(':').and_then(|(h, m)| Some((h.parse::<i16>().ok()?, m.parse::<i16>().ok()?)));
        let (hours, minutes) = parts.unwrap_or((0, 0));
        if hours > 18 || minutes > 59 {
            let message = say!("there is no offset `{offset}`", offset = node.as_str());
            let problem = Diagnostic::error(Finding::BadDate, span(node), message);
            self.problems
                .push(problem.help(say!("in the Netherlands it is +01:00 in winter and +02:00 in summer")));
            return 0;
        }
        let all = hours * 60 + minutes;
        if node.as_str().starts_with('-') { -all } else { all }
    }

    pub(super) fn lengths_in(&mut self, node: &Node<'i>) -> Vec<Length> {
        super::all(node, Rule::length).map(|found| self.length(&found)).collect()
    }

    pub(super) fn length_in(&mut self, node: &Node<'i>) -> Length {
        let none = Length::new(0, Unit::Days, span(node));
        find(node, Rule::length).or(find(node, Rule::spell)).map_or(none, |found| self.length(&found))
    }

    pub(super) fn term_in(&mut self, node: &Node<'i>) -> Term {
        let Some(term) = find(node, Rule::term) else {
            return Term { length: None, of: None, regime: None, before: None, span: span(node) };
        };
        let before = has(&term, Rule::k_before_day);
        Term {
            length: find(&term, Rule::length).or(find(&term, Rule::spell)).map(|length| self.length(&length)),
            of: anchor_in(&term),
            regime: find(&term, Rule::regime).map(|regime| name(&regime)),
            before: before
                .then(|| Before { day: name_in(&term), or_earlier: has(&term, Rule::k_or_earlier) }),
            span: super::trimmed(self.source, span(&term)),
        }
    }

    pub(super) fn value(&mut self, node: &Node<'i>) -> Value {
        let place = span(node);
        let Some(inner) = node.clone().into_inner().next() else {
            return Value { kind: ValueKind::Word(node.as_str().to_owned()), span: place };
        };
        let kind = match inner.as_rule() {
            Rule::yes => ValueKind::YesNo(true),
            Rule::no => ValueKind::YesNo(false),
            Rule::date => ValueKind::Date(self.date(&inner).node),
            Rule::integer => ValueKind::Number(self.integer(&inner)),
            Rule::cents => ValueKind::Cents(self.cents(&inner)),
            Rule::text => ValueKind::Text(text(&inner).text),
            _ => ValueKind::Word(inner.as_str().to_owned()),
        };
        Value { kind, span: place }
    }

    pub(super) fn value_in(&mut self, node: &Node<'i>) -> Value {
        let none = Value { kind: ValueKind::Word(String::new()), span: span(node) };
        find(node, Rule::value).map_or(none, |found| self.value(&found))
    }

    /// `€900` or `€900.50`, in cents.
    fn cents(&mut self, node: &Node<'i>) -> i64 {
        let digits = node.as_str().trim_start_matches('€').trim_start();
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "00"));
        let cents = whole.parse::<i64>().ok().and_then(|w| w.checked_mul(100)).zip(part.parse::<i64>().ok());
        match cents.and_then(|(whole, part)| whole.checked_add(part)) {
            Some(cents) => cents,
            None => {
                let message = say!("`{node}` is more money than can be counted", node = node.as_str());
                let problem = Diagnostic::error(Finding::BadNumber, span(node), message);
                self.problems.push(problem.help(say!("write a smaller number")));
                // Not 0: that would be a second mistake.
                1
            }
        }
    }
}

pub(super) fn anchor_in(node: &Node<'_>) -> Option<Anchor> {
    find(node, Rule::anchor).map(|anchor| anchor_of(&anchor))
}

/// A name, and what happened to it.
pub(super) fn anchor_of(node: &Node<'_>) -> Anchor {
    let event = find(node, Rule::happening).or_else(|| find(node, Rule::event_state));
    Anchor { name: name_in(node), event: event.map(|event| name(&event)) }
}

fn exists(date: Date) -> bool {
    let leap = (date.year % 4 == 0 && date.year % 100 != 0) || date.year % 400 == 0;
    let days = match date.month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&date.day)
}

/// The last day of the month of a day that does not exist.
fn last_day(date: Date) -> Option<String> {
    let day = (28..=31).rev().find(|day| exists(Date { day: *day, ..date }))?;
    Some(format!("{:04}-{:02}-{day:02}", date.year, date.month))
}

/// Whether a keyword stands in a node.
pub(super) fn says(node: &Node<'_>, keyword: Rule) -> bool {
    has(node, keyword)
}
