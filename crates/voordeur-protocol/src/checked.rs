//! A protocol that may run: with its file, its digests, and the values that its settings have from later days. Nothing is
//! checked here.

use std::fmt::Write as _;
use std::ops::Deref;
use std::sync::Arc;

use jiff::civil::Date;
use sha2::{Digest, Sha256};
use voordeur_calendar::Decrees;

use crate::editions::in_force;
use crate::lower::Known;
use crate::model::{Cause, Protocol};
use crate::spans::Spans;
use crate::value::FieldType;

/// From which day it holds, and what was lowered.
pub(crate) type Edition = (Option<Date>, Protocol, Spans, Known);

/// A protocol that has passed every check. Only [`compile`](crate::compile) makes one, and only one of these can run.
#[derive(Debug, Clone)]
pub struct CheckedProtocol(Arc<Checked>);

#[derive(Debug)]
struct Checked {
    protocol: Protocol,
    spans: Spans,
    known: Known,
    source: Arc<str>,
    digest: String,
    layout: String,
    /// From which day its settings have these values; `None` is from the start.
    from: Option<Date>,
    /// The same pathway with the values that settings have from a later day, in order.
    later: Vec<CheckedProtocol>,
}

impl CheckedProtocol {
    /// The first edition, which knows the later ones; `None` when there is none.
    pub(crate) fn with_editions(editions: Vec<Edition>, source: &str) -> Option<Self> {
        let source: Arc<str> = Arc::from(source);
        let digest = hex(source.as_bytes());
        let one = |(from, protocol, spans, known): Edition, later: Vec<Self>| {
            let layout = layout(&protocol);
            let (source, digest) = (Arc::clone(&source), digest.clone());
            Self(Arc::new(Checked { protocol, spans, known, source, digest, layout, from, later }))
        };
        let mut editions = editions.into_iter();
        let first = editions.next()?;
        let later = editions.map(|edition| one(edition, Vec::new())).collect();
        Some(one(first, later))
    }

    /// The pathway with the values that its settings have on a day: a case keeps those of the day on which it
    /// was reported.
    #[must_use]
    pub fn on(&self, day: Date) -> Self {
        let holds = |edition: &&Self| edition.0.from.is_some_and(|from| from <= day);
        self.0.later.iter().rev().find(holds).unwrap_or(self).clone()
    }

    /// This edition and the later ones, in order.
    pub fn editions(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.0.later)
    }

    /// Those under which a case can be reported while the version is in force; all of them where that would be none.
    #[must_use]
    pub fn editions_in_force(&self) -> Vec<&Self> {
        let days: Vec<Option<Date>> = self.editions().map(Self::edition).collect();
        let is_in_force = in_force(&days, [self.version_from, self.version_until]);
        self.editions().zip(is_in_force).filter(|(_, is)| *is).map(|(one, _)| one).collect()
    }

    /// From which day its settings have these values; `None` is from the start.
    #[must_use]
    pub fn edition(&self) -> Option<Date> {
        self.0.from
    }

    /// The same pathway on a calendar that knows what was decreed after this program was made.
    #[must_use]
    pub fn with_decrees(&self, since: &Decrees) -> Self {
        let Checked { protocol, spans, known, source, digest, layout, from, later } = &*self.0;
        let calendar = protocol.calendar.with_decrees(since);
        Self(Arc::new(Checked {
            protocol: Protocol { calendar, ..protocol.clone() },
            spans: spans.clone(),
            known: known.clone(),
            source: Arc::clone(source),
            digest: digest.clone(),
            layout: layout.clone(),
            from: *from,
            later: later.iter().map(|edition| edition.with_decrees(since)).collect(),
        }))
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

    /// Where everything stands in the files.
    #[must_use]
    pub fn spans(&self) -> &Spans {
        &self.0.spans
    }

    pub(crate) fn known(&self) -> &Known {
        &self.0.known
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
    p.rules.rows().try_for_each(|row| match row.text.split_once("->") {
        // As it was written before there was a Dutch word for it.
        Some((_, target)) if row.cause == Cause::ContactsOver => {
            writeln!(out, "rule then -> {}", target.trim())
        }
        _ => writeln!(out, "rule {}", row.text),
    })
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut out, byte| {
        write!(out, "{byte:02x}").unwrap_or_default();
        out
    })
}
