//! Scenarios: what happens to an imagined case, and what is expected of the pathway.

use super::{Date, Deviation, Name, Spanned, Text, Value};
use crate::span::Span;

/// `scenario "…" for eropaf { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// What it shows.
    pub title: Text,
    /// About which pathway.
    pub pathway: Name,
    /// `examples { | months | place |  | 2 | early_route | }`
    pub examples: Option<Examples>,
    /// Its lines, in order.
    pub lines: Vec<Spanned<Line>>,
    /// The whole scenario.
    pub span: Span,
}

/// A table: the scenario is played once for each row.
#[derive(Debug, Clone, PartialEq)]
pub struct Examples {
    /// The names of the columns.
    pub columns: Vec<Name>,
    /// The rows, each as wide as there are columns.
    pub rows: Vec<Spanned<Vec<Cell>>>,
}

/// What stands in a cell, and what a place in a scenario may hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A value, or a name.
    Value(Value),
    /// A day with a time.
    Moment(Moment),
    /// `<months>`: what the column holds.
    Column(Name),
}

/// A line of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// `on 2008-03-07 10:00 corporation_report by corporation { months: 2 }`
    Happens { at: Moment, subject: Name, what: Option<Name>, by: Option<Name>, given: Vec<(Name, Cell)> },
    /// `on 2008-03-07 skip take_in by teamlead because "…"`
    Deviates { at: Moment, what: Deviation, name: Name, by: Option<Name>, because: Option<Text> },
    /// `when nothing happens until 2008-03-15`
    NothingUntil(Moment),
    /// `expect stage early_route, to_madi open, and nothing else`
    Expect { expectations: Vec<Spanned<Expectation>>, nothing_else: bool },
}

/// One thing that is expected.
#[derive(Debug, Clone, PartialEq)]
pub enum Expectation {
    /// `stage intake`: the case is there
    Stage(Cell),
    /// `ended stable`
    Ended(Cell),
    /// `to_madi open`
    Open(Cell),
    /// `to_madi due 2008-03-14`; without a name of the obligation named before it
    Due { of: Option<Cell>, at: Moment },
    /// `told teamlead`
    Told(Cell),
    /// `reminded worker`
    Reminded(Cell),
    /// `refused`: the report before it was refused
    Refused,
    /// `eviction = averted`
    Recorded { field: Cell, value: Cell },
    /// `to_madi asked_again`
    Happened { subject: Cell, what: Cell },
}

/// A day, with or without a time of day.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// The day.
    pub day: Day,
    /// Hours and minutes.
    pub time: Option<(i8, i8)>,
    /// Where it stands.
    pub span: Span,
}

/// The day of a moment.
#[derive(Debug, Clone, PartialEq)]
pub enum Day {
    /// `2008-03-07`
    Date(Date),
    /// `<day>`: what the column holds.
    Column(Name),
}
