//! What became of each record.

use std::io::{self, Write as _};
use voordeur_messages::{mark, say, translated};

use anyhow::Result;
use serde_json::json;

use crate::args::Format;
use crate::failure::Outcome;

/// What became of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is a case now, with so many events.
    Imported { case: String, events: usize },
    /// It belongs to the case of another record.
    Joined { case: String },
    /// It was imported before.
    Known { case: String },
    /// It could not be imported.
    Refused { why: String },
}

/// The records of a file, in its order.
#[derive(Debug, Default)]
pub(super) struct Report {
    records: Vec<(String, Fate)>,
}

impl Report {
    pub(super) fn add(&mut self, record: String, fate: Fate) {
        self.records.push((record, fate));
    }

    fn count(&self, which: impl Fn(&Fate) -> bool) -> usize {
        self.records.iter().filter(|(_, fate)| which(fate)).count()
    }

    pub(super) fn show(&self, format: Format) -> Result<Outcome> {
        let mut out = io::stdout().lock();
        let refused = self.count(|fate| matches!(fate, Fate::Refused { .. }));
        let counts = [
            (mark!("imported"), self.count(|fate| matches!(fate, Fate::Imported { .. }))),
            (mark!("joined to another record"), self.count(|fate| matches!(fate, Fate::Joined { .. }))),
            (mark!("imported before"), self.count(|fate| matches!(fate, Fate::Known { .. }))),
            (mark!("refused"), refused),
        ];
        match format {
            Format::Text => {
                for (record, fate) in &self.records {
                    writeln!(out, "{record}: {}", words(fate))?;
                }
                let counts: Vec<String> =
                    counts.iter().map(|(word, number)| format!("{number} {}", translated(word))).collect();
                writeln!(
                    out,
                    "{}",
                    say!(
                        "{records} records: {counts}",
                        records = self.records.len(),
                        counts = counts.join(", ")
                    )
                )?;
            }
            Format::Json => {
                let records: Vec<_> =
                    self.records.iter().map(|(record, fate)| as_json(record, fate)).collect();
                let counts: serde_json::Map<_, _> =
                    counts.iter().map(|(word, number)| ((*word).to_owned(), json!(number))).collect();
                serde_json::to_writer_pretty(&mut out, &json!({ "records": records, "counts": counts }))?;
                writeln!(out)?;
            }
        }
        Ok(Outcome::clean_if(refused == 0))
    }
}

fn words(fate: &Fate) -> String {
    match fate {
        Fate::Imported { case, events } => say!("imported as `{case}` with {events} events", case, events),
        Fate::Joined { case } => say!("belongs to `{case}`", case),
        Fate::Known { case } => say!("is there already as `{case}`", case),
        Fate::Refused { why } => say!("refused: {why}", why),
    }
}

fn as_json(record: &str, fate: &Fate) -> serde_json::Value {
    match fate {
        Fate::Imported { case, events } => {
            json!({ "record": record, "fate": "imported", "case": case, "events": events })
        }
        Fate::Joined { case } => json!({ "record": record, "fate": "joined", "case": case }),
        Fate::Known { case } => json!({ "record": record, "fate": "known", "case": case }),
        Fate::Refused { why } => json!({ "record": record, "fate": "refused", "why": why }),
    }
}
