//! Names and values of scenarios: each row of the table becomes an example of its own.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use voordeur_diagnostics::{Applicability, Diagnostic, Fix, Rule, Span, closest};
use voordeur_messages::say;
use voordeur_protocol::{CheckedProtocol, InputError, Occurrence, yes_or_no};
use voordeur_syntax::ast::{self, Cell, Day, Expectation, Line, ValueKind};
use voordeur_syntax::vocabulary::{STATES, spelled};

use crate::example::{Action, Example, Expected, Report, Scenario};

/// A moment without a time of day is noon.
const NOON: (i8, i8) = (12, 0);

/// Resolves the scenarios of a file against its pathways. A scenario with a mistake is left out.
#[must_use]
pub fn compile(
    scenarios: &[ast::Scenario],
    protocols: &[CheckedProtocol],
) -> (Vec<Scenario>, Vec<Diagnostic>) {
    let mut problems = Vec::new();
    let mut compiled = Vec::new();
    for scenario in scenarios {
        match protocols.iter().find(|protocol| protocol.name == scenario.pathway.text) {
            Some(protocol) => {
                let before = problems.len();
                let examples = examples(scenario, protocol, &mut problems);
                if problems.len() == before {
                    let title = scenario.title.text.clone();
                    compiled.push(Scenario {
                        title,
                        protocol: protocol.clone(),
                        examples,
                        span: scenario.span,
                    });
                }
            }
            None => problems.push(no_pathway(scenario, protocols)),
        }
    }
    (compiled, problems)
}

fn no_pathway(scenario: &ast::Scenario, protocols: &[CheckedProtocol]) -> Diagnostic {
    let name = &scenario.pathway;
    let near = closest(&name.text, protocols.iter().map(|protocol| protocol.name.as_str()));
    Diagnostic::error(
        Rule::UnknownName,
        name.span,
        say!("there is no pathway `{name}` in this file", name = name.text),
    )
    .help(say!("a scenario is about a pathway of the same file, or of one that it imports"))
    .did_you_mean(near)
}

fn examples(
    scenario: &ast::Scenario,
    protocol: &CheckedProtocol,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Example> {
    let mut one = |columns: &[ast::Name], row: Option<&[Cell]>| {
        let mut reader = Reader { protocol, columns, row, about: None, at: None, problems };
        let actions =
            scenario.lines.iter().filter_map(|line| Some((line.span, reader.line(&line.node)?))).collect();
        let shown = row.map(|row| shown(columns, row));
        Example { row: shown, actions }
    };
    match &scenario.examples {
        None => vec![one(&[], None)],
        Some(table) => table.rows.iter().map(|row| one(&table.columns, Some(&row.node))).collect(),
    }
}

/// A row as a title: `months = 2, place = early_route`.
fn shown(columns: &[ast::Name], row: &[Cell]) -> String {
    let cells =
        columns.iter().zip(row).map(|(column, cell)| format!("{} = {}", column.text, cell_text(cell)));
    cells.collect::<Vec<_>>().join(", ")
}

fn cell_text(cell: &Cell) -> String {
    match cell {
        Cell::Value(value) => match &value.kind {
            ValueKind::YesNo(yes) => yes_or_no(*yes),
            ValueKind::Number(n) => n.to_string(),
            ValueKind::Cents(cents) => format!("€{}.{:02}", cents / 100, cents % 100),
            ValueKind::Date(date) => day_text(*date),
            ValueKind::Word(word) => word.clone(),
            ValueKind::Text(text) => format!("{text:?}"),
        },
        Cell::Moment(moment) => {
            let day = match &moment.day {
                Day::Date(date) => day_text(*date),
                Day::Column(name) => format!("<{}>", name.text),
            };
            moment.time.map_or(day.clone(), |(hour, minute)| format!("{day} {hour:02}:{minute:02}"))
        }
        Cell::Column(name) => format!("<{}>", name.text),
    }
}

fn day_text(date: ast::Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

struct Reader<'a> {
    protocol: &'a CheckedProtocol,
    columns: &'a [ast::Name],
    row: Option<&'a [Cell]>,
    /// The obligation that the last expectation was about, for a bare `due`.
    about: Option<voordeur_protocol::ObligationId>,
    /// The moment of the last report or wait: time does not run backwards.
    at: Option<Timestamp>,
    problems: &'a mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn line(&mut self, line: &Line) -> Option<Action> {
        match line {
            Line::Happens { at, subject, what, by, given } => {
                let report = self.report(subject, what.as_ref());
                let by = by.as_ref().map(|by| self.named(by, self.protocol.party_named(&by.text)));
                let data: Vec<_> = given.iter().map(|(field, cell)| self.answer(field, cell)).collect();
                let at = self.later(at);
                let by = match by {
                    Some(party) => Some(party?),
                    None => None,
                };
                Some(Action::Happens {
                    at: at?,
                    report: report?,
                    data: data.into_iter().collect::<Option<_>>()?,
                    by,
                })
            }
            Line::Deviates { at, what, name, by, because } => {
                self.deviates(at, *what, name, by.as_ref(), because.as_ref())
            }
            Line::NothingUntil(moment) => self.later(moment).map(Action::NothingUntil),
            Line::Expect { expectations, nothing_else } => {
                let expected =
                    expectations.iter().filter_map(|e| Some((e.span, self.expected(&e.node, e.span)?)));
                Some(Action::Expect { expected: expected.collect(), nothing_else: *nothing_else })
            }
        }
    }

    fn deviates(
        &mut self,
        at: &ast::Moment,
        what: ast::Deviation,
        name: &ast::Name,
        by: Option<&ast::Name>,
        because: Option<&ast::Text>,
    ) -> Option<Action> {
        let what = self.named(name, self.protocol.deviation_named(what, &name.text));
        let by = match by {
            Some(by) => Some(self.named(by, self.protocol.party_named(&by.text))?),
            None => None,
        };
        let because = because.map_or_else(String::new, |text| text.text.clone());
        Some(Action::Deviates { at: self.later(at)?, what: what?, because, by })
    }

    /// `corporation_report`, `take_in done`, `consent withdrawn`.
    fn report(&mut self, subject: &ast::Name, what: Option<&ast::Name>) -> Option<Report> {
        if let (None, Some(trigger)) = (what, self.protocol.find_trigger(&subject.text)) {
            return Some(Report::Trigger(trigger));
        }
        let text = what.map_or(subject.text.clone(), |what| format!("{} {}", subject.text, what.text));
        let span = what.map_or(subject.span, |what| subject.span.to(what.span));
        match self.protocol.occurrence_named(&text) {
            Ok(occurrence) => Some(Report::Occurrence(occurrence)),
            Err(InputError::Unknown { what: "event", .. }) => self.no_event(subject),
            Err(error) => self.problem(span, &error),
        }
    }

    /// Neither a trigger nor an event of the case.
    fn no_event(&mut self, name: &ast::Name) -> Option<Report> {
        let triggers = self.protocol.triggers.rows().map(|row| row.name.as_str());
        let known: Vec<&str> =
            triggers.chain(self.protocol.events.rows().map(|row| row.name.as_str())).collect();
        let words: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
        let message = say!("the pathway has no trigger or event `{name}`", name = name.text);
        let problem = Diagnostic::error(Rule::UnknownName, name.span, message)
            .help(say!("it has {words}", words = words.join(", ")))
            .did_you_mean(closest(&name.text, known));
        self.problems.push(problem);
        None
    }

    fn answer(
        &mut self,
        name: &ast::Name,
        cell: &Cell,
    ) -> Option<(voordeur_protocol::FieldId, voordeur_protocol::Value)> {
        let field = self.named(name, self.protocol.field_named(&name.text))?;
        Some((field, self.value(field, cell)?))
    }

    fn value(&mut self, field: voordeur_protocol::FieldId, cell: &Cell) -> Option<voordeur_protocol::Value> {
        let (span, constant) = self.constant(cell)?;
        match self.protocol.value_from_constant(field, &constant) {
            Ok(value) => Some(value),
            Err(error) => self.problem(span, &error),
        }
    }

    /// A value, with the place to point at.
    fn constant(&mut self, cell: &Cell) -> Option<(Span, ast::Value)> {
        match self.filled(cell)? {
            Cell::Value(value) => Some((value.span, value)),
            Cell::Moment(ast::Moment { day: Day::Date(date), time: None, span }) => {
                Some((span, ast::Value { kind: ValueKind::Date(date), span }))
            }
            Cell::Moment(moment) => {
                let found =
                    Diagnostic::error(Rule::TypeMismatch, moment.span, say!("a field holds no time of day"));
                self.problems.push(found.help(say!("leave the time out")));
                None
            }
            Cell::Column(_) => None,
        }
    }

    /// What stands in a place: `<months>` is what the row holds.
    fn filled(&mut self, cell: &Cell) -> Option<Cell> {
        let Cell::Column(name) = cell else { return Some(cell.clone()) };
        let position = self.columns.iter().position(|column| column.text == name.text);
        let found = position.and_then(|position| self.row?.get(position).cloned());
        if found.is_none() {
            let known = self.columns.iter().map(|column| column.text.as_str());
            let message = say!("the table has no column `{name}`", name = name.text);
            let near = closest(&name.text, known);
            let problem = Diagnostic::error(Rule::UnknownName, name.span, message)
                .help(say!("write `examples { | name | … | }` with a column of that name"));
            self.problems.push(problem.did_you_mean(near));
        }
        found
    }

    fn name(&mut self, cell: &Cell) -> Option<ast::Name> {
        let (span, value) = self.constant(cell)?;
        match value.kind {
            ValueKind::Word(text) => Some(ast::Name { text, span }),
            _ => {
                self.problems.push(Diagnostic::error(Rule::WrongKind, span, say!("a name is needed here")));
                None
            }
        }
    }

    fn named<T>(&mut self, name: &ast::Name, found: Result<T, InputError>) -> Option<T> {
        match found {
            Ok(id) => Some(id),
            Err(error) => self.problem(name.span, &error),
        }
    }

    fn problem<T>(&mut self, span: Span, error: &InputError) -> Option<T> {
        let rule = match error {
            InputError::Unknown { .. } | InputError::NoEvent { .. } => Rule::UnknownName,
            InputError::NotReported { .. } | InputError::NoDeviation { .. } => Rule::WrongKind,
            InputError::DoesNotFit { .. } => Rule::TypeMismatch,
        };
        self.problems.push(Diagnostic::error(rule, span, error.to_string()));
        None
    }

    fn expected(&mut self, expectation: &Expectation, span: Span) -> Option<Expected> {
        let protocol = self.protocol;
        Some(match expectation {
            Expectation::Stage(cell) => {
                let name = self.name(cell)?;
                if protocol.stage_named(&name.text).is_err() && protocol.end_named(&name.text).is_ok() {
                    return self.other_place(
                        &name,
                        &say!("`{name}` is an end", name = name.text),
                        "ended",
                        span,
                    );
                }
                Expected::Stage(self.named(&name, protocol.stage_named(&name.text))?)
            }
            Expectation::Ended(cell) => {
                let name = self.name(cell)?;
                if protocol.end_named(&name.text).is_err() && protocol.stage_named(&name.text).is_ok() {
                    return self.other_place(
                        &name,
                        &say!("`{name}` is a stage", name = name.text),
                        "stage",
                        span,
                    );
                }
                Expected::Ended(self.named(&name, protocol.end_named(&name.text))?)
            }
            Expectation::Open(cell) => Expected::Open(self.obligation(cell)?),
            Expectation::Due { of, at } => {
                if let Some(cell) = of {
                    self.obligation(cell)?;
                }
                Expected::Due { obligation: self.due_of(span)?, at: self.last_moment(at)? }
            }
            Expectation::Told(cell) => {
                let name = self.name(cell)?;
                Expected::Told(self.named(&name, protocol.party_named(&name.text))?)
            }
            Expectation::Reminded(cell) => {
                let name = self.name(cell)?;
                Expected::Reminded(self.named(&name, protocol.party_named(&name.text))?)
            }
            Expectation::Refused => Expected::Refused,
            Expectation::Recorded { field, value } => {
                let name = self.name(field)?;
                let field = self.named(&name, protocol.field_named(&name.text))?;
                Expected::Recorded(field, self.value(field, value)?)
            }
            Expectation::Happened { subject, what } => self.happened(subject, what)?,
        })
    }

    /// `expect stage good`, where `good` is an end.
    fn other_place(&mut self, name: &ast::Name, what: &str, word: &str, span: Span) -> Option<Expected> {
        let meant = format!("{} {}", spelled(word, self.protocol.spelling), name.text);
        let problem = Diagnostic::error(Rule::WrongKind, name.span, what)
            .help(say!("write `{meant}`", meant))
            .fix(Fix::new(Applicability::Unsafe, span, meant));
        self.problems.push(problem);
        None
    }

    fn obligation(&mut self, cell: &Cell) -> Option<voordeur_protocol::ObligationId> {
        let name = self.name(cell)?;
        let found = self.named(&name, self.protocol.obligation_named(&name.text));
        self.about = found.or(self.about);
        found
    }

    fn due_of(&mut self, span: Span) -> Option<voordeur_protocol::ObligationId> {
        if self.about.is_none() {
            let found = Diagnostic::error(Rule::MissingClause, span, say!("`due` does not say of what"));
            self.problems.push(
                found.help(say!("name the obligation before it: `expect to_madi open, due 2008-03-14`")),
            );
        }
        self.about
    }

    fn happened(&mut self, subject: &Cell, what: &Cell) -> Option<Expected> {
        let obligation = self.obligation(subject)?;
        let what = self.name(what)?;
        let row = self.protocol.obligations.row(obligation);
        if let Some(on) = row.happening(&what.text) {
            return Some(Expected::Happened(obligation, on));
        }
        if STATES.iter().flatten().any(|state| *state == what.text) {
            let open = spelled("open", self.protocol.spelling);
            let message = say!("`{what}` says how it stands, not what happened", what = what.text);
            let problem = Diagnostic::error(Rule::UnknownName, what.span, message)
                .help(say!("write `{meant}`", meant = format!("{} {open}", row.name)))
                .fix(Fix::new(Applicability::Unsafe, what.span, open));
            self.problems.push(problem);
            return None;
        }
        let known = row.happening_words(self.protocol.spelling);
        let message = say!("`{what}` cannot happen to `{name}`", what = what.text, name = row.name);
        let near = closest(&what.text, known.iter().map(String::as_str));
        let words: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
        let found = Diagnostic::error(Rule::UnknownName, what.span, message);
        self.problems.push(
            found.help(say!("what can happen to it: {words}", words = words.join(", "))).did_you_mean(near),
        );
        None
    }

    /// The moment of a report or of a wait; each is at the same time as the one before it, or later.
    fn later(&mut self, moment: &ast::Moment) -> Option<Timestamp> {
        let at = self.moment(moment, moment.time.unwrap_or(NOON))?;
        if self.at.is_some_and(|last| at < last) {
            let found =
                Diagnostic::error(Rule::BadDate, moment.span, say!("this is before the line above it"));
            self.problems.push(found.help(say!("time goes forward in a scenario")));
            return None;
        }
        self.at = Some(at);
        Some(at)
    }

    /// The last moment of a term: a day ends when the next one begins.
    fn last_moment(&mut self, moment: &ast::Moment) -> Option<Timestamp> {
        match self.time_of(moment)? {
            (date, Some(time)) => self.resolved(date, time, moment.span),
            (date, None) => date.tomorrow().ok().map(|next| self.protocol.calendar.start_of_day(next)),
        }
    }

    fn moment(&mut self, moment: &ast::Moment, default: (i8, i8)) -> Option<Timestamp> {
        let (date, time) = self.time_of(moment)?;
        self.resolved(date, time.unwrap_or(default), moment.span)
    }

    fn time_of(&mut self, moment: &ast::Moment) -> Option<(Date, Option<(i8, i8)>)> {
        let (day, time) = match &moment.day {
            Day::Date(date) => (*date, moment.time),
            Day::Column(name) => match self.filled(&Cell::Column(name.clone()))? {
                Cell::Moment(ast::Moment { day: Day::Date(date), time, .. }) => (date, moment.time.or(time)),
                _ => {
                    let message = say!("the column `{name}` holds no day here", name = name.text);
                    self.problems.push(Diagnostic::error(Rule::TypeMismatch, name.span, message));
                    return None;
                }
            },
        };
        Date::new(day.year, day.month, day.day).ok().map(|date| (date, time))
    }

    fn resolved(&mut self, date: Date, (hour, minute): (i8, i8), span: Span) -> Option<Timestamp> {
        let local: DateTime = date.at(hour, minute, 0, 0);
        match self.protocol.calendar.resolve(local) {
            Ok(at) => Some(at),
            Err(error) => {
                self.problems.push(Diagnostic::error(Rule::BadDate, span, error.to_string()));
                None
            }
        }
    }
}

/// Whether the report opens the case.
impl Report {
    /// The occurrence that is reported; none for a trigger.
    #[must_use]
    pub const fn occurrence(self) -> Option<Occurrence> {
        match self {
            Self::Trigger(_) => None,
            Self::Occurrence(occurrence) => Some(occurrence),
        }
    }
}
