//! The chain over the journal of a case: a digest of all its steps, kept with its state. Whoever changes a step, or takes one out,
//! breaks it, also where the state does not tell: who reported, when it was written down. Beside it stands a digest of the documents
//! that were made.
//!
//! It finds damage and slips, not somebody who can write both. A step that an older program wrote ends the chain; the
//! next one begins it anew, and the next document the digest of documents.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use voordeur_store::{CaseRow, DocumentRow, JournalRow, StepWrite};

/// How much of each digest is kept, in bytes: enough to tell by accident alike ones apart.
const KEPT: usize = 16;

/// The chain of a case, as its state has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chain {
    /// The first step that it has.
    since: i64,
    digest: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    documents: Option<Made>,
}

/// The documents of a case that were made last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Made {
    /// How many.
    count: usize,
    digest: String,
}

/// What stands in a state beside the case.
#[derive(Deserialize)]
struct Beside {
    chain: Option<Chain>,
}

/// A state with the chain in it.
#[derive(Serialize)]
pub(crate) struct Chained<'a, T> {
    #[serde(flatten)]
    pub(crate) case: &'a T,
    pub(crate) chain: &'a Chain,
}

impl Chain {
    /// The one that a row has.
    pub(crate) fn of(row: &CaseRow) -> Option<Self> {
        serde_json::from_str::<Beside>(&row.state).ok()?.chain
    }

    /// It goes on with steps that are written, of which the first has this number.
    pub(crate) fn with(chain: Option<Self>, first: i64, steps: &[StepWrite]) -> Self {
        let mut chain = chain.unwrap_or(Self { since: first, ..Self::default() });
        for (number, step) in (first..).zip(steps) {
            let moments = [number, step.at, step.recorded_at, step.due_at.unwrap_or(i64::MIN)];
            chain.add(moments, &step.entries, step.sealed.as_deref());
        }
        chain
    }

    /// Documents are made, as they are stored.
    pub(crate) fn make<'a>(&mut self, documents: impl Iterator<Item = &'a DocumentRow>) {
        for document in documents {
            self.documents.get_or_insert_default().add(document);
        }
    }

    /// Whether these rows are the ones that it was made of.
    pub(crate) fn holds(&self, journal: &[JournalRow]) -> bool {
        let mut again = Self { since: self.since, ..Self::default() };
        for row in journal.iter().filter(|row| row.step >= self.since) {
            let recorded_at = row.recorded_at.unwrap_or(i64::MIN);
            let moments = [row.step, row.at, recorded_at, row.due_at.unwrap_or(i64::MIN)];
            again.add(moments, &row.entries, row.sealed.as_deref());
        }
        again.digest == self.digest
    }

    /// Whether these are the documents that were made, in the order of their numbers. What was made before there was a digest of them
    /// stands before.
    pub(crate) fn holds_documents(&self, documents: &[DocumentRow]) -> bool {
        let Some(made) = &self.documents else { return true };
        let mut again = Made::default();
        let before = documents.len().saturating_sub(made.count);
        documents.iter().skip(before).for_each(|document| again.add(document));
        again == *made
    }

    fn add(&mut self, moments: [i64; 4], entries: &str, sealed: Option<&str>) {
        self.digest = digest(&self.digest, &moments, &[Some(entries), sealed]);
    }
}

impl Made {
    fn add(&mut self, document: &DocumentRow) {
        let DocumentRow { key, name, media_type, text, made_at } = document;
        self.count = self.count.saturating_add(1);
        self.digest =
            digest(&self.digest, &[*made_at], &[key, name, media_type, text].map(|text| Some(&**text)));
    }
}

/// The digest of a row and of all before it.
fn digest(before: &str, moments: &[i64], texts: &[Option<&str>]) -> String {
    let mut hash = Sha256::new();
    hash.update(before.as_bytes());
    moments.iter().for_each(|moment| hash.update(moment.to_le_bytes()));
    for text in texts {
        // Its length first: else the end of one could be the beginning of the next.
        let length = text.map_or(-1, |text| i64::try_from(text.len()).unwrap_or(i64::MAX));
        hash.update(length.to_le_bytes());
        hash.update(text.unwrap_or_default().as_bytes());
    }
    let digest = hash.finalize();
    URL_SAFE_NO_PAD.encode(digest.get(..KEPT).unwrap_or_default())
}
