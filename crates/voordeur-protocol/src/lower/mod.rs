//! From the syntax tree to the model: names become numbers, types are checked, clauses find their place.
//!
//! | file | lowers |
//! | --- | --- |
//! | `names.rs` | the one table of names |
//! | `declare.rs` | first pass: every name gets its number |
//! | `header.rs` | version, lead, calendar, grounds in law |
//! | `facts.rs` | what the source states, and what carries it |
//! | `fields.rs` | fields, their types, values |
//! | `always.rs` | rules that hold in every stage |
//! | `failing.rs` | `on failure task …` as a rule |
//! | `anchors.rs` | what terms count from |
//! | `conditions.rs` | guards |
//! | `clauses.rs` | which clause fits which kind of obligation |
//! | `obligations.rs` | what is declared about obligations |
//! | `open_cases.rs` | what becomes of the cases that run |
//! | `openings.rs` | places where obligations are opened, terms and anchors |
//! | `project.rs` | what the header says about the project |
//! | `reading.rs` | what is said of a pathway outside it |
//! | `rules.rs` | rules, effects, targets |
//! | `settings.rs` | values that have a name |
//! | `states.rs` | how an obligation stands, and for what time something happens to it |
//! | `stages.rs` | stages, aftercares, triggers |
//!
//! Every pass goes on after a problem, so that several mistakes give several messages.

mod always;
mod anchors;
mod clauses;
mod conditions;
mod declare;
mod facts;
mod failing;
mod fields;
mod header;
mod names;
mod obligations;
mod open_cases;
mod openings;
mod parts;
mod project;
mod reading;
mod rules;
mod settings;
mod stages;
mod states;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use voordeur_calendar::Calendar;
use voordeur_diagnostics::{Diagnostic, LineIndex, Rule, Span};
use voordeur_messages::{Lang, mark, say, translated};
use voordeur_syntax::ast;

pub(crate) use self::fields::constant;
use self::names::Names;
use self::openings::Defaults;
pub(crate) use self::reading::Known;
pub use self::reading::Reading;
use crate::model::{Graph, Project, Protocol, build};
use crate::spans::Spans;
use crate::table::{ObligationId, OpeningId, PartyId, Table};

/// A lowered pathway with the places of its parts.
pub(crate) struct Lowered {
    pub(crate) protocol: Protocol,
    pub(crate) spans: Spans,
    pub(crate) problems: Vec<Diagnostic>,
    /// What cannot be meant, though it has a meaning: it changes nothing of the protocol.
    pub(crate) contradictions: Vec<Diagnostic>,
    /// What whoever speaks of the pathway has to know of it.
    pub(crate) known: Known,
}

/// What surrounds the pathway that is lowered.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The text of all files.
    pub(crate) source: &'a str,
    /// Where its lines are.
    pub(crate) lines: &'a LineIndex,
    /// All pathways: one may start cases of another.
    pub(crate) pathways: &'a [ast::Pathway],
    /// What is promised of them: that may use their settings.
    pub(crate) promises: &'a [ast::Promise],
    /// Settings have the values of this day; `None` is those from the start.
    pub(crate) on: Option<Date>,
}

/// Lowers one pathway. The protocol may be used only when there are no errors among the problems.
pub(crate) fn lower(place: Place<'_>, pathway: &ast::Pathway) -> Lowered {
    let pathway = &*failing::with_rules(pathway);
    let mut lower = Lower::new(place, pathway);
    lower.settings(pathway);
    lower.left_out(pathway);
    lower.declare_all(pathway);
    lower.header(pathway);
    lower.data(pathway);
    lower.obligations();
    lower.flow(pathway);
    lower.facts(pathway);
    lower.renames(pathway);
    lower.used_by(place.promises);
    lower.unused_settings(pathway);
    lower.sizes(pathway);
    lower.counted_events();
    lower.protocol.has_derived = lower.protocol.fields.rows().any(|row| row.derived.is_some());
    lower.protocol.graph = build(&lower.protocol);
    Lowered {
        protocol: lower.protocol,
        spans: lower.spans,
        problems: lower.problems,
        contradictions: lower.contradictions,
        known: Known::new(lower.names, lower.settings, lower.office_said),
    }
}

impl Lower<'_> {
    /// What a count counts, and what asks a field that a sum adds up, means something where no rule answers it.
    fn counted_events(&mut self) {
        use crate::model::Derived;
        let fields = self.protocol.fields.rows().filter_map(|row| row.derived);
        for derived in fields.collect::<Vec<_>>() {
            let events: Vec<_> = match derived {
                Derived::Tally { of: crate::lookup::Occurrence::Event(event), .. } => vec![event],
                Derived::Sum { of, .. } => {
                    let asks = self.protocol.events.iter().filter(|(_, row)| row.asks.contains(&of));
                    asks.map(|(id, _)| id).collect()
                }
                _ => Vec::new(),
            };
            for event in events {
                self.protocol.events.row_mut(event).is_counted = true;
            }
        }
    }
}

struct Lower<'a> {
    source: &'a str,
    lines: &'a LineIndex,
    /// All pathways of the file: one may start cases of another.
    pathways: &'a [ast::Pathway],
    /// Where the pathway stands.
    whole: Span,
    /// Whether it extends another pathway, which may have the other spelling.
    extends: bool,
    /// Settings have the values of this day.
    on: Option<Date>,
    settings: BTreeMap<String, ast::SettingValue>,
    /// The settings that something has asked for.
    used: RefCell<BTreeSet<String>>,
    /// In which spelling the file is written.
    spelling: Lang,
    protocol: Protocol,
    spans: Spans,
    problems: Vec<Diagnostic>,
    contradictions: Vec<Diagnostic>,
    names: Names,
    /// The declaration of each obligation, for the second pass.
    declared: Vec<(ObligationId, &'a ast::Obligation)>,
    /// Terms that a declaration gives to every opening.
    defaults: BTreeMap<ObligationId, Defaults>,
    /// What the stage at hand opens, for its reminders.
    opened_here: Vec<OpeningId>,
    /// Where the clause at hand stands.
    clause_at: Span,
    /// Whether the pathway says when its offices are open.
    office_said: bool,
}

impl<'a> Lower<'a> {
    fn new(place: Place<'a>, pathway: &ast::Pathway) -> Self {
        let Place { source, lines, pathways, on, .. } = place;
        Self {
            source,
            lines,
            pathways,
            on,
            whole: pathway.span,
            extends: pathway.extends.is_some(),
            settings: BTreeMap::new(),
            used: RefCell::default(),
            spelling: pathway.spelling,
            protocol: empty(pathway),
            spans: Spans { pathway: pathway.name.span, ..Spans::default() },
            problems: Vec::new(),
            contradictions: Vec::new(),
            names: Names::default(),
            declared: Vec::new(),
            defaults: BTreeMap::new(),
            opened_here: Vec::new(),
            clause_at: Span::default(),
            office_said: false,
        }
    }

    fn line(&self, span: Span) -> u32 {
        self.lines.line(span.start)
    }

    fn error(&mut self, rule: Rule, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Diagnostic::error(rule, span, message).help(help));
    }

    /// What has a meaning, and cannot be meant.
    fn contradiction(&mut self, rule: Rule, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.contradictions.push(Diagnostic::error(rule, span, message).help(help));
    }

    /// A piece of the file on one line, without comments.
    fn text_of(&self, span: Span) -> String {
        let lines = span.of(self.source).lines().map(without_comment);
        lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    }

    /// Numbers are 16 bits wide.
    fn sizes(&mut self, pathway: &ast::Pathway) {
        let p = &self.protocol;
        let sizes = [
            (mark!("fields"), p.fields.len()),
            (mark!("parties"), p.parties.len()),
            (mark!("triggers"), p.triggers.len()),
            (mark!("events"), p.events.len()),
            (mark!("obligations"), p.obligations.len()),
            (mark!("places where something is opened"), p.openings.len()),
            (mark!("stages"), p.stages.len()),
            (mark!("ends"), p.ends.len()),
            (mark!("rules"), p.rules.len()),
        ];
        for (what, count) in sizes.into_iter().filter(|(_, count)| *count >= usize::from(u16::MAX)) {
            let message =
                say!("the pathway has {count} {what}; it can have 65,534", count, what = translated(what));
            self.error(Rule::TooLarge, pathway.name.span, message, say!("split the pathway"));
        }
    }
}

/// The part of a line before `#`; a `#` within quotes is text.
fn without_comment(line: &str) -> &str {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in line.char_indices() {
        match c {
            '#' if !quoted => return line.get(..at).unwrap_or(line),
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    line
}

/// What stands between the quotes, where anything does: who has to say why, for whom or by what right has not said it with a blank.
fn said(text: &ast::Text) -> Option<String> {
    (!text.text.trim().is_empty()).then(|| text.text.clone())
}

fn title(title: Option<&ast::Text>, name: &ast::Name) -> String {
    title.map_or_else(|| name.text.clone(), |title| title.text.clone())
}

fn empty(pathway: &ast::Pathway) -> Protocol {
    Protocol {
        name: pathway.name.text.clone(),
        title: title(pathway.title.as_ref(), &pathway.name),
        spelling: pathway.spelling,
        version: String::new(),
        version_from: None,
        version_until: None,
        source: None,
        goal: None,
        project: Project::default(),
        lead: PartyId(0),
        calendar: Calendar::dutch(),
        bases: Vec::new(),
        keep: None,
        parties: Table::new(),
        fields: Table::new(),
        has_derived: false,
        triggers: Table::new(),
        events: Table::new(),
        obligations: Table::new(),
        openings: Table::new(),
        stages: Table::new(),
        ends: Table::new(),
        renames: Vec::new(),
        measures: Vec::new(),
        deviations: Vec::new(),
        rules: Table::new(),
        always: Vec::new(),
        always_conditions: Vec::new(),
        always_timed: Vec::new(),
        facts: Vec::new(),
        open_cases: None,
        graph: Graph::new(),
    }
}
