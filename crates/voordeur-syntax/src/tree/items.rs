//! Pathways and what they declare.

use super::rules::target_in;
use super::values::{name, name_in, names_in, text_in, text_or_empty};
use super::{Builder, Node, all, find, has, span, trimmed};
use crate::ast::{
    Allow, Available, Branch, Carrier, Closed, Date, Deadlines, EventName, Fact, Field, FieldType, File,
    Item, Module, Name, OpenCases, Pathway, Role, SaysOfOpen, Selection, SettingValue, Spanned, Target,
    Trigger,
};
use crate::parse::Rule;
use crate::vocabulary;
use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_messages::{Lang, say};

impl<'i> Builder<'i> {
    pub(crate) fn file(&mut self, node: Node<'i>) -> File {
        let mut file = File::default();
        self.each(node, Rule::only_top, |builder, child| match child.as_rule() {
            Rule::pathway => file.pathways.push(builder.pathway(child)),
            Rule::import => file.imports.push(text_or_empty(&child)),
            Rule::module => {
                let name = name_in(&child);
                let items = builder.items(child);
                file.modules.push(Module { name, items });
            }
            Rule::scenario => file.scenarios.push(builder.scenario(child)),
            Rule::promise => file.promises.push(builder.promise(child)),
            _ => {}
        });
        file
    }

    fn pathway(&mut self, node: Node<'i>) -> Pathway {
        let place = span(&node);
        let (name, title) = (name_in(&node), text_in(&node));
        let renames = renames(&node);
        let extends = find(&node, Rule::extends).map(|extends| name_in(&extends));
        let items = self.items(node);
        Pathway { name, title, extends, renames, items, span: place, spelling: Lang::En }
    }

    fn items(&mut self, node: Node<'i>) -> Vec<Spanned<Item>> {
        let mut items = Vec::new();
        self.each(node, Rule::only_item, |builder, child| {
            if child.as_rule() == Rule::item {
                let place = trimmed(builder.source, span(&child));
                let outer = builder.last;
                items.extend(builder.item(child).map(|item| Spanned { node: item, span: place }));
                builder.last = outer;
            }
        });
        items
    }

    fn item(&mut self, node: Node<'i>) -> Option<Item> {
        let inner = node.into_inner().next()?;
        Some(match inner.as_rule() {
            Rule::open_cases => Item::OpenCases(self.open_cases(inner)),
            Rule::allow => Item::Allow(self.allow(&inner)),
            Rule::setting_item => self.setting(&inner),
            Rule::without => Item::Without(names_in(&inner)),
            Rule::version => self.version(&inner),
            Rule::source => Item::Source(text_or_empty(&inner)),
            Rule::goal => Item::Goal(text_or_empty(&inner)),
            Rule::whom => Item::ForWhom(text_or_empty(&inner)),
            Rule::mandate => Item::Mandate(text_or_empty(&inner)),
            Rule::funding => Item::Funding(self.date_in(&inner)?),
            Rule::ends => Item::Ends {
                date: self.date_in(&inner)?,
                successor: find(&inner, Rule::name).map(|found| name(&found)),
            },
            Rule::priorities => Item::Priorities(names_in(&inner)),
            Rule::consultation => Item::Consultation {
                title: text_or_empty(&inner),
                new: has(&inner, Rule::k_new),
                because: find(&inner, Rule::because).and_then(|node| text_in(&node)),
            },
            Rule::lead => Item::Lead(name_in(&inner)),
            Rule::calendar => Item::Calendar(name_in(&inner)),
            Rule::basis => Item::Basis {
                ground: name_in(&inner),
                text: text_in(&inner),
                law: find(&inner, Rule::law).and_then(|law| text_in(&law)),
            },
            Rule::keep => Item::Keep { length: self.length_in(&inner) },
            Rule::office => self.office(&inner),
            Rule::school => self.school(inner),
            Rule::agency => Item::Agency {
                name: name_in(&inner),
                title: text_in(&inner),
                contact: find(&inner, Rule::contact_person).map(|contact| name_in(&contact)),
                capacity: find(&inner, Rule::capacity).and_then(|capacity| self.count_in(&capacity)),
            },
            Rule::eligible => Item::Eligible {
                condition: self.condition_in(&inner),
                otherwise: target_in(&inner).unwrap_or(Target::Back(span(&inner))),
            },
            Rule::measure => Item::Measure(self.obligation(&inner)),
            Rule::role => Item::Role(self.role(&inner)),
            Rule::data => Item::Data(self.fields(inner)),
            Rule::trigger => Item::Trigger(self.trigger(inner)),
            Rule::event => self.event(inner),
            Rule::declared => Item::Obligation(self.obligation(&inner)),
            Rule::escalation => Item::Escalation(self.escalation(inner)),
            Rule::stage => Item::Stage(self.stage(inner)),
            Rule::always => Item::Always(self.statements(inner)),
            Rule::aftercare => Item::Aftercare(self.aftercare(inner)),
            Rule::end => end(&inner),
            Rule::facts => Item::Facts(self.facts(inner)),
            _ => return None,
        })
    }

    /// `allow cold-handover until 2027-01-01 because "…"`
    pub(super) fn allow(&mut self, node: &Node<'i>) -> Allow {
        let date = find(node, Rule::date).unwrap_or_else(|| node.clone());
        let reason = find(node, Rule::because).unwrap_or_else(|| node.clone());
        Allow {
            rule: name(&find(node, Rule::rule_name).unwrap_or_else(|| node.clone())),
            until: self.date(&date),
            because: text_or_empty(&reason),
            span: trimmed(self.source, span(node)),
        }
    }

    fn open_cases(&mut self, node: Node<'i>) -> OpenCases {
        let mut says = Vec::new();
        self.each(node, Rule::only_open, |builder, child| {
            let place = trimmed(builder.source, span(&child));
            says.extend(said_of_open(&child).map(|node| Spanned { node, span: place }));
        });
        OpenCases { says }
    }

    fn fields(&mut self, node: Node<'i>) -> Vec<Field> {
        let mut fields = Vec::new();
        self.each(node, Rule::only_field, |builder, child| {
            if child.as_rule() == Rule::field {
                let field = builder.field(&child);
                fields.push(field);
            }
        });
        fields
    }

    fn field(&mut self, node: &Node<'i>) -> Field {
        let shared = all(node, Rule::shared).flat_map(|shared| names_in(&shared)).collect();
        Field {
            name: name_in(node),
            ty: self.field_type(node),
            optional: has(node, Rule::question_mark),
            title: text_in(node),
            shared_with: shared,
            sensitive: has(node, Rule::k_sensitive),
            enforcement: either(node, Rule::k_for_enforcement, Rule::k_for_help),
            kept: find(node, Rule::kept).and_then(|kept| text_in(&kept)),
            span: trimmed(self.source, span(node)),
        }
    }

    fn field_type(&mut self, node: &Node<'i>) -> FieldType {
        let Some(ty) = find(node, Rule::field_type).and_then(|ty| ty.into_inner().next()) else {
            return FieldType::Text;
        };
        match ty.as_rule() {
            Rule::yes_no => FieldType::YesNo,
            Rule::count => self.count_type(&ty),
            Rule::money => FieldType::Money,
            Rule::date_type => FieldType::Date,
            Rule::birthdate => FieldType::Birthdate,
            Rule::one_of => FieldType::OneOf(names_in(&ty)),
            Rule::sums => FieldType::Sum { of: name_in(&ty), over: self.length_in(&ty) },
            Rule::counts => FieldType::Tally { of: happened_in(&ty), over: self.length_in(&ty) },
            _ => FieldType::Text,
        }
    }

    fn count_type(&mut self, node: &Node<'i>) -> FieldType {
        let mut bounds =
            all(node, Rule::integer).map(|bound| self.integer(&bound)).collect::<Vec<_>>().into_iter();
        let (low, high) = (bounds.next().unwrap_or(0), bounds.next().unwrap_or(0));
        if low > high {
            let message = say!("no number lies from {low} to {high}", low, high);
            self.problems.push(Diagnostic::error(Finding::BadNumber, span(node), message));
        }
        FieldType::Count { low, high }
    }

    /// `version "2027" from 2027-01-01 until 2028-12-31`
    fn version(&mut self, node: &Node<'i>) -> Item {
        let mut days = all(node, Rule::date).map(|date| self.date(&date)).collect::<Vec<_>>().into_iter();
        let from = if has(node, Rule::k_from_day) { days.next() } else { None };
        let until = if has(node, Rule::k_until_day) { days.next() } else { None };
        Item::Version { label: text_or_empty(node), from, until }
    }

    fn setting(&mut self, node: &Node<'i>) -> Item {
        let days: Vec<Date> = all(node, Rule::date).map(|date| self.date(&date).node).collect();
        let given: Vec<SettingValue> =
            all(node, Rule::setting_value).map(|value| self.setting_value(&value)).collect();
        let from = std::iter::once(None).chain(days.into_iter().map(Some));
        Item::Setting { name: name_in(node), values: from.zip(given).collect() }
    }

    fn setting_value(&mut self, node: &Node<'i>) -> SettingValue {
        if has(node, Rule::spell) {
            SettingValue::Length(self.length(node))
        } else {
            SettingValue::Value(self.value_in(node))
        }
    }

    fn office(&mut self, node: &Node<'i>) -> Item {
        let mut clocks =
            all(node, Rule::clock).map(|clock| self.clock(&clock)).collect::<Vec<_>>().into_iter();
        Item::OfficeHours { from: clocks.next().unwrap_or_default(), to: clocks.next().unwrap_or_default() }
    }

    fn school(&mut self, node: Node<'i>) -> Item {
        let (from, to) = self.period(&node);
        let title = text_in(&node);
        let mut closed = Vec::new();
        self.each(node, Rule::only_closed, |builder, child| {
            if child.as_rule() == Rule::closed {
                let place = trimmed(builder.source, span(&child));
                let (from, to) = builder.period(&child);
                closed.push(Spanned { node: Closed { from, to, title: text_in(&child) }, span: place });
            }
        });
        Item::School { title, from, to, closed }
    }

    /// Two days, the second after the first; one day is both.
    fn period(&mut self, node: &Node<'i>) -> (Date, Date) {
        let days: Vec<Date> = all(node, Rule::date).map(|date| self.date(&date).node).collect();
        let key = |date: &Date| (date.year, date.month, date.day);
        let first = days.first().copied().unwrap_or(Date { year: 1, month: 1, day: 1 });
        let last = days.last().copied().unwrap_or(first);
        if key(&last) < key(&first) {
            let found =
                Diagnostic::error(Finding::BadDate, span(node), say!("the second day is before the first"));
            self.problems.push(found.help(say!("write the first day first")));
        }
        (first, last)
    }

    fn trigger(&mut self, node: Node<'i>) -> Trigger {
        let (name, title, from) = (name_in(&node), text_in(&node), names_in(&node));
        let selection = find(&node, Rule::selection).map(|selection| selection_of(&selection));
        let mut asks = Vec::new();
        let mut branches = Vec::new();
        let (mut legitimation, mut informed) = (None, Vec::new());
        self.each(node, Rule::only_trigger, |builder, child| match child.as_rule() {
            Rule::asks => asks.extend(names_in(&child)),
            Rule::legitimation => legitimation = text_in(&child),
            Rule::informed => informed.extend(names_in(&child)),
            Rule::branch => branches.push(builder.branch(&child)),
            _ => {}
        });
        Trigger { name, title, selection, from, asks, legitimation, informed, branches }
    }

    fn branch(&mut self, node: &Node<'i>) -> Branch {
        let place = trimmed(self.source, span(node));
        let target = target_in(node).unwrap_or(Target::Back(place));
        Branch { case: self.guard_in(node), target, span: place }
    }

    fn event(&mut self, node: Node<'i>) -> Item {
        let (name, title, from) = (name_in(&node), text_in(&node), names_in(&node));
        let mut asks: Vec<Name> = Vec::new();
        self.each(node, Rule::only_asks, |_, child| {
            if child.as_rule() == Rule::asks {
                asks.extend(names_in(&child));
            }
        });
        Item::Event { name, title, from, asks }
    }

    fn date_in(&mut self, node: &Node<'i>) -> Option<Spanned<Date>> {
        find(node, Rule::date).map(|date| self.date(&date))
    }

    fn role(&mut self, node: &Node<'i>) -> Role {
        let mut names = all(node, Rule::name).map(|found| name(&found));
        let own = names.next().unwrap_or_else(|| name_in(node));
        Role {
            name: own,
            title: text_in(node),
            of: names.next().unwrap_or_else(|| name_in(node)),
            volunteers: has(node, Rule::k_volunteers),
            trained: find(node, Rule::trained).and_then(|trained| text_in(&trained)),
            helps: either(node, Rule::k_may_help, Rule::k_only_refers),
            available: find(node, Rule::available).map(|available| Available {
                amount: self.length_in(&available),
                per: super::values::unit_in(&available),
                cases: self.count_in(&available).unwrap_or(1),
            }),
        }
    }

    fn facts(&mut self, node: Node<'i>) -> Vec<Fact> {
        let mut facts = Vec::new();
        self.each(node, Rule::only_fact, |builder, child| {
            if child.as_rule() == Rule::fact {
                let mut texts = all(&child, Rule::text).map(|text| super::values::text(&text));
                if let (Some(id), Some(text)) = (texts.next(), texts.next()) {
                    let place = trimmed(builder.source, span(&child));
                    let shown_in = all(&child, Rule::carrier).map(|node| carrier(&node)).collect();
                    let because = find(&child, Rule::because).and_then(|node| text_in(&node));
                    facts.push(Fact { id, text, shown_in, because, span: place });
                }
            }
        });
        facts
    }
}

fn said_of_open(node: &Node<'_>) -> Option<SaysOfOpen> {
    if node.as_rule() == Rule::open_stage {
        return Some(SaysOfOpen::Stage { from: name_in(node), to: target_in(node)? });
    }
    let how = match node.clone().into_inner().next()?.as_rule() {
        Rule::k_keep_deadlines => Deadlines::Keep,
        Rule::k_recompute_start => Deadlines::FromStart,
        Rule::k_recompute_today => Deadlines::FromToday,
        _ => return None,
    };
    let of = find(node, Rule::only_for).map(|of| names_in(&of)).unwrap_or_default();
    Some(SaysOfOpen::Deadlines { how, of })
}

fn carrier(node: &Node<'_>) -> Carrier {
    let part = find(node, Rule::carrier_part);
    match (english_word(node), part) {
        (Some(word), _) => Carrier::Header(word, span(node)),
        (None, Some(part)) => {
            Carrier::Part(name_in(node), english_word(&part).unwrap_or_default(), span(&part))
        }
        (None, None) => Carrier::Named(name_in(node)),
    }
}

/// The English form of the keyword that a node begins with.
fn english_word(node: &Node<'_>) -> Option<&'static str> {
    let word = vocabulary::keyword(node.clone().into_inner().next()?.as_rule())?;
    word.forms(Lang::En).first().copied()
}

fn selection_of(node: &Node<'_>) -> Selection {
    if has(node, Rule::k_area_of) {
        Selection::Area
    } else if has(node, Rule::k_risk_analysis_of) {
        Selection::RiskAnalysis
    } else {
        Selection::List
    }
}

/// Which of two words stands there: the first is true, the second is false.
fn either(node: &Node<'_>, first: Rule, second: Rule) -> Option<bool> {
    has(node, first).then_some(true).or_else(|| has(node, second).then_some(false))
}

/// `stage contact was visiting`, wherever it stands in a pathway.
fn renames(node: &Node<'_>) -> Vec<(Name, Name)> {
    // Nearly all pathways have none: then the tree is not gone through.
    if !node.as_str().contains(" was ") {
        return Vec::new();
    }
    let nodes = node.clone().into_inner().flatten();
    let renamed = nodes.filter_map(|node| find(&node, Rule::was).map(|was| (name_in(&node), name_in(&was))));
    renamed.collect()
}

/// `nuisance`, `take_in done`
fn happened_in(node: &Node<'_>) -> EventName {
    let what = find(node, Rule::counted_word).map(|word| name(&word));
    EventName { subject: name_in(node), what, number: None }
}

fn end(node: &Node<'_>) -> Item {
    let kind = find(node, Rule::end_kind).unwrap_or_else(|| node.clone());
    Item::End {
        name: name_in(node),
        title: text_in(node),
        kind: name_in(&kind),
        no_aftercare: find(node, Rule::no_aftercare).and_then(|reason| text_in(&reason)),
    }
}
