//! From the text of a file to protocols that may run.

use std::fmt::Write as _;
use std::ops::Deref;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use voordeur_diagnostics::{Diagnostic, LineIndex, Rule, Span};
use voordeur_syntax::{ast, parse};

use crate::checks;
use crate::lower::{Lowered, lower};
use crate::model::Protocol;
use crate::value::FieldType;

/// What compiling a file gives.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The pathways without errors, in the order of the file.
    pub protocols: Vec<CheckedProtocol>,
    /// The scenarios of the file, as written.
    pub scenarios: Vec<ast::Scenario>,
    /// All that was found, in the order of the file.
    pub problems: Vec<Diagnostic>,
}

impl Compiled {
    /// Whether the file has an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(Diagnostic::is_error)
    }
}

/// A protocol that has passed every check. Only [`compile`] makes one, and only one of these can run.
#[derive(Debug, Clone)]
pub struct CheckedProtocol(Arc<Checked>);

#[derive(Debug)]
struct Checked {
    protocol: Protocol,
    source: String,
    digest: String,
    layout: String,
}

impl CheckedProtocol {
    fn new(protocol: Protocol, source: &str) -> Self {
        let layout = layout(&protocol);
        let digest = hex(source.as_bytes());
        Self(Arc::new(Checked { protocol, source: source.to_owned(), digest, layout }))
    }

    /// The SHA-256 digest of the file, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    /// A digest of every name, rule and opening in the order of their numbers. Two protocols with the same
    /// layout give the numbers in a stored case the same meaning; comments and spacing do not count.
    #[must_use]
    pub fn layout(&self) -> &str {
        &self.0.layout
    }

    /// The text of the file.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }
}

impl Deref for CheckedProtocol {
    type Target = Protocol;

    fn deref(&self) -> &Protocol {
        &self.0.protocol
    }
}

/// Compiles the text of a pathway file: reads it, resolves its names, checks it.
///
/// ```
/// let compiled = voordeur_protocol::compile("pathway small { lead nobody }");
/// assert!(compiled.has_errors());
/// assert!(compiled.protocols.is_empty());
/// ```
#[must_use]
pub fn compile(source: &str) -> Compiled {
    let parsed = parse(source);
    let lines = LineIndex::new(source);
    let readable = !parsed.problems.iter().any(Diagnostic::is_error);
    let mut compiled =
        Compiled { protocols: Vec::new(), scenarios: parsed.file.scenarios, problems: parsed.problems };
    for pathway in &parsed.file.pathways {
        compiled.pathway(source, &lines, &parsed.file.pathways, pathway, readable);
    }
    if compiled.problems.is_empty() && parsed.file.pathways.is_empty() {
        let problem =
            Diagnostic::error(Rule::MissingClause, Span::new(0, 0), "there is no pathway in this file");
        compiled.problems.push(problem.help("a file begins with `pathway name \"Title\" {`"));
    }
    compiled.problems.sort_by(|a, b| (a.span, a.rule, &a.message).cmp(&(b.span, b.rule, &b.message)));
    compiled.problems.dedup();
    compiled
}

impl Compiled {
    /// Names are resolved also in a file with a slip of the pen, but what is missing because of it is not
    /// held against the rest; the checks need the whole.
    fn pathway(
        &mut self,
        source: &str,
        lines: &LineIndex,
        pathways: &[ast::Pathway],
        pathway: &ast::Pathway,
        readable: bool,
    ) {
        let Lowered { protocol, spans, mut problems } = lower(source, lines, pathways, pathway);
        if !readable {
            problems.retain(|problem| !follows_from_a_gap(problem));
        }
        let sound = readable && !problems.iter().any(Diagnostic::is_error);
        if sound {
            checks::run(&protocol, &spans, &mut problems);
        }
        if sound && !problems.iter().any(Diagnostic::is_error) {
            self.protocols.push(CheckedProtocol::new(protocol, source));
        }
        self.problems.extend(problems);
    }
}

/// Whether a problem may be there only because a part of the file could not be read.
fn follows_from_a_gap(problem: &Diagnostic) -> bool {
    matches!(problem.rule, Rule::UnknownName | Rule::MissingClause) && problem.fix.is_none()
        || problem.rule == Rule::MisplacedClause
}

fn layout(protocol: &Protocol) -> String {
    let mut text = String::new();
    write_layout(protocol, &mut text).unwrap_or_default();
    hex(text.as_bytes())
}

fn write_layout(p: &Protocol, out: &mut String) -> std::fmt::Result {
    writeln!(out, "pathway {} calendar {}", p.name, p.calendar.name())?;
    p.parties.rows().try_for_each(|row| writeln!(out, "party {}", row.name))?;
    p.fields.rows().try_for_each(|row| match &row.ty {
        FieldType::OneOf(words) => writeln!(out, "field {} one of {}", row.name, words.join(" ")),
        other => writeln!(out, "field {} {other:?}", row.name),
    })?;
    p.triggers.rows().try_for_each(|row| writeln!(out, "trigger {} {}", row.name, row.branches.len()))?;
    p.events.rows().try_for_each(|row| writeln!(out, "event {}", row.name))?;
    p.obligations.rows().try_for_each(|row| {
        writeln!(out, "{} {} {} {:?}", row.kind.word(), row.name, row.named.join(" "), row.spec)
    })?;
    p.openings.rows().try_for_each(|row| {
        let crate::model::Opening { obligation, mode, term, preferred, planned_after, .. } = row;
        writeln!(out, "open {} {mode:?} {term:?} {preferred:?} {planned_after:?}", obligation.0)
    })?;
    p.stages.rows().try_for_each(|row| writeln!(out, "stage {}", row.name))?;
    p.ends.rows().try_for_each(|row| writeln!(out, "end {}", row.name))?;
    p.rules.rows().try_for_each(|row| writeln!(out, "rule {}", row.text))
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut out, byte| {
        write!(out, "{byte:02x}").unwrap_or_default();
        out
    })
}
