//! Scenarios.

use voordeur_diagnostics::{Diagnostic, Rule as Finding};
use voordeur_messages::say;

use super::values::{name, name_in, text_or_empty};
use super::{Builder, Node, all, find, has, span, trimmed};
use crate::ast::{Cell, Day, Examples, Expectation, Line, Moment, Name, Scenario, Spanned, Value, ValueKind};
use crate::parse::{Rule, by_grammar};

impl<'i> Builder<'i> {
    pub(super) fn scenario(&mut self, node: Node<'i>) -> Scenario {
        let mut scenario = Scenario {
            title: text_or_empty(&node),
            pathway: name_in(&node),
            examples: None,
            lines: Vec::new(),
            span: trimmed(self.source, span(&node)),
        };
        self.each(node, Rule::only_line, |builder, child| {
            let place = trimmed(builder.source, span(&child));
            let line = match child.as_rule() {
                Rule::examples => {
                    let outer = builder.last;
                    scenario.examples = Some(builder.examples(child));
                    builder.last = outer;
                    return;
                }
                Rule::happens => match find(&child, Rule::deviating) {
                    Some(deviating) => builder.deviates(&child, &deviating),
                    None => builder.happens(&child),
                },
                Rule::nothing_until => Line::NothingUntil(builder.moment_in(&child)),
                Rule::expect => builder.expect(&child),
                _ => return,
            };
            scenario.lines.push(Spanned { node: line, span: place });
        });
        scenario
    }

    fn happens(&mut self, node: &Node<'i>) -> Line {
        let given = find(node, Rule::given);
        Line::Happens {
            at: self.moment_in(node),
            subject: name_in(node),
            what: find(node, Rule::happened_word).map(|word| name(&word)),
            by: find(node, Rule::by_one).map(|by| name_in(&by)),
            given: given
                .iter()
                .flat_map(|given| all(given, Rule::answer))
                .map(|answer| self.answer(&answer))
                .collect(),
        }
    }

    fn deviates(&mut self, node: &Node<'i>, deviating: &Node<'i>) -> Line {
        Line::Deviates {
            at: self.moment_in(node),
            what: super::rules::deviation(deviating),
            name: name_in(deviating),
            by: find(node, Rule::by_one).map(|by| name_in(&by)),
            because: find(node, Rule::because).map(|because| text_or_empty(&because)),
        }
    }

    fn answer(&mut self, node: &Node<'i>) -> (Name, Cell) {
        (name_in(node), self.cell(node))
    }

    fn expect(&mut self, node: &Node<'i>) -> Line {
        let expectations =
            all(node, Rule::expectation).filter_map(|child| self.expectation(&child)).collect();
        Line::Expect { expectations, nothing_else: has(node, Rule::k_and_nothing_else) }
    }

    fn expectation(&mut self, node: &Node<'i>) -> Option<Spanned<Expectation>> {
        let inner = node.clone().into_inner().next()?;
        let expectation = match inner.as_rule() {
            Rule::in_stage => Expectation::Stage(slot(&inner)),
            Rule::ended_in => Expectation::Ended(slot(&inner)),
            Rule::due_on => Expectation::Due {
                of: find(&inner, Rule::slot).map(|_| slot(&inner)),
                at: self.moment_in(&inner),
            },
            Rule::told => Expectation::Told(slot(&inner)),
            Rule::reminded => Expectation::Reminded(slot(&inner)),
            Rule::was_refused => Expectation::Refused,
            Rule::is_open => Expectation::Open(slot(&inner)),
            Rule::recorded_as => Expectation::Recorded { field: slot(&inner), value: self.cell(&inner) },
            Rule::happened => Expectation::Happened { subject: slot(&inner), what: happened_in(&inner) },
            _ => return None,
        };
        Some(Spanned { node: expectation, span: trimmed(self.source, span(node)) })
    }

    /// A value or `<column>`.
    fn cell(&mut self, node: &Node<'i>) -> Cell {
        match find(node, Rule::placeholder) {
            Some(column) => Cell::Column(name_in(&column)),
            None => Cell::Value(self.value_in(node)),
        }
    }

    fn moment_in(&mut self, node: &Node<'i>) -> Moment {
        let node = find(node, Rule::moment).unwrap_or_else(|| node.clone());
        let day = match (find(&node, Rule::date), find(&node, Rule::placeholder)) {
            (Some(date), _) => Day::Date(self.date(&date).node),
            (None, Some(column)) => Day::Column(name_in(&column)),
            (None, None) => Day::Date(crate::ast::Date { year: 0, month: 1, day: 1 }),
        };
        let time = find(&node, Rule::clock).map(|clock| self.clock(&clock));
        Moment { day, time, span: trimmed(self.source, span(&node)) }
    }

    pub(super) fn clock(&mut self, node: &Node<'i>) -> (i8, i8) {
        let (hour, minute) = node.as_str().split_once(':').unwrap_or_default();
        let (hour, minute) = (hour.parse().unwrap_or(99), minute.parse().unwrap_or(99));
        if hour > 23 || minute > 59 {
            let message = say!("there is no time {node}", node = node.as_str());
            self.problems
                .push(Diagnostic::error(Finding::BadDate, span(node), message).help("write 00:00 to 23:59"));
            return (0, 0);
        }
        (hour, minute)
    }

    fn examples(&mut self, node: Node<'i>) -> Examples {
        let mut rows = Vec::new();
        self.each(node, Rule::only_row, |builder, child| {
            if child.as_rule() == Rule::row {
                let cells = all(&child, Rule::cell).map(|cell| builder.table_cell(&cell)).collect();
                rows.push(Spanned { node: cells, span: trimmed(builder.source, span(&child)) });
            }
        });
        let mut rows: std::collections::VecDeque<Spanned<Vec<Cell>>> = rows.into();
        let head = rows.pop_front().map(|head| head.node).unwrap_or_default();
        let columns: Vec<Name> = head.into_iter().map(|cell| self.column(cell)).collect();
        rows.iter().filter(|row| row.node.len() != columns.len()).for_each(|row| {
            let message = say!(
                "this row has {node} cells; the first row has {columns}",
                node = row.node.len(),
                columns = columns.len()
            );
            self.problems.push(Diagnostic::error(Finding::SyntaxError, row.span, message));
        });
        rows.retain(|row| row.node.len() == columns.len());
        Examples { columns, rows: rows.into() }
    }

    fn column(&mut self, cell: Cell) -> Name {
        if let Cell::Value(Value { kind: ValueKind::Word(text), span }) = cell {
            return Name { text, span };
        }
        let span = match cell {
            Cell::Value(value) => value.span,
            Cell::Moment(moment) => moment.span,
            Cell::Column(name) => name.span,
        };
        let found =
            Diagnostic::error(Finding::SyntaxError, span, say!("the first row of a table names its columns"));
        self.problems.push(found.help(say!("write a name, as in `| months | place |`")));
        Name { text: String::new(), span }
    }

    /// A cell of a table is read by itself; its place is that of the cell.
    fn table_cell(&mut self, node: &Node<'i>) -> Cell {
        let place = trimmed(self.source, span(node));
        let none = Cell::Value(Value { kind: ValueKind::Word(String::new()), span: place });
        let Ok(mut pairs) = by_grammar(Rule::only_cell, place.of(self.source)) else {
            let found =
                Diagnostic::error(Finding::SyntaxError, place, say!("this cell holds no value, name or day"));
            self.problems.push(
                found.help(say!("write for instance `2`, `yes`, `€900`, `2008-03-07 10:00` or a name")),
            );
            return none;
        };
        let before = self.problems.len();
        let cell = pairs.next().map_or(none, |cell| match find(&cell, Rule::moment) {
            Some(moment) if has(&moment, Rule::clock) || has(&moment, Rule::date) => {
                Cell::Moment(self.moment_in(&cell))
            }
            _ => Cell::Value(self.value_in(&cell)),
        });
        self.problems.iter_mut().skip(before).for_each(|problem| problem.span = place);
        match cell {
            Cell::Value(value) => Cell::Value(Value { span: place, ..value }),
            Cell::Moment(moment) => Cell::Moment(Moment { span: place, ..moment }),
            column @ Cell::Column(_) => column,
        }
    }
}

/// A name or `<column>`.
fn slot(node: &Node<'_>) -> Cell {
    let slot = find(node, Rule::slot).unwrap_or_else(|| node.clone());
    match find(&slot, Rule::placeholder) {
        Some(column) => Cell::Column(name_in(&column)),
        None => word(name_in(&slot)),
    }
}

fn happened_in(node: &Node<'_>) -> Cell {
    match (find(node, Rule::placeholder), find(node, Rule::happened_word)) {
        (Some(column), _) => Cell::Column(name_in(&column)),
        (None, Some(found)) => word(name(&found)),
        (None, None) => word(name_in(node)),
    }
}

fn word(name: Name) -> Cell {
    Cell::Value(Value { kind: ValueKind::Word(name.text), span: name.span })
}
