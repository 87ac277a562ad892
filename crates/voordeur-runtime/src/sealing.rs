//! Where the personal values of a case stand, and taking them out and putting them back: its state, the entries of its
//! journal, its messages and its documents.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use voordeur_calendar::Due;
use voordeur_engine::{Case, Entry, Secret, TimerId, WITHHELD};
use voordeur_messages::{kept, mark, say};
use voordeur_protocol::{FieldId, RuleId, Value};
use voordeur_store::{CaseRow, DocumentRow, JournalRow, OutboxRow};

use crate::chain::{Chain, Chained};
use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::rows::{journal, json, stored_case};
use crate::vault::{CaseKey, Vault};

/// Before a payload or a text that is sealed.
const SEALED: &str = "sealed:";

/// Before the number of a value in the sealed part of its row.
const REFERENCE: &str = "#";

/// What is personal of a state.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Personal {
    data: Vec<(FieldId, Value)>,
    windows: Vec<(FieldId, Vec<(Timestamp, i64)>)>,
    /// Moments that were counted from a value: when they are due stands in the state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dues: Vec<(TimerId, Due)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    turns: Vec<(RuleId, Timestamp)>,
}

impl Personal {
    /// Takes it out of a state.
    fn taken_out(case: &mut Case) -> Self {
        let mut dues = Vec::new();
        for timer in case.timers.iter_mut().filter(|timer| timer.due.is_personal()) {
            let bare = timer.due.without_anchor();
            dues.push((timer.id, std::mem::replace(&mut timer.due, bare)));
        }
        let data = std::mem::take(&mut case.data);
        Self {
            data,
            windows: std::mem::take(&mut case.windows),
            dues,
            turns: std::mem::take(&mut case.turns),
        }
    }

    /// Whether a state has any of it.
    fn is_in(case: &Case) -> bool {
        let fields = case.data.is_empty() && case.windows.is_empty() && case.turns.is_empty();
        !fields || case.timers.iter().any(|timer| timer.due.is_personal())
    }

    /// Puts it back.
    fn put_back(self, case: &mut Case) {
        (case.data, case.windows, case.turns) = (self.data, self.windows, self.turns);
        for (id, due) in self.dues {
            case.timers.iter_mut().filter(|timer| timer.id == id).for_each(|timer| timer.due = due);
        }
    }
}

/// The key of a case while it is written: made when the first value needs it.
pub(crate) struct Sealer<'a> {
    pub(crate) vault: &'a Vault,
    pub(crate) label: &'a str,
    pub(crate) key: &'a mut Option<CaseKey>,
}

impl Sealer<'_> {
    fn key(&mut self) -> Result<&CaseKey, RuntimeError> {
        if self.key.is_none() {
            *self.key = Some(self.vault.make(self.label)?);
        }
        self.key.as_ref().ok_or_else(|| RuntimeError::WrongKey { label: self.label.to_owned() })
    }

    fn seal(&mut self, what: &str, text: &str) -> Result<String, RuntimeError> {
        let what = format!("{} {what}", self.label);
        self.key()?.seal(&what, text)
    }

    /// A state without its personal values, and these, sealed.
    pub(crate) fn state(
        &mut self,
        case: &Case,
        chain: &Chain,
    ) -> Result<(String, Option<String>), RuntimeError> {
        if !Personal::is_in(case) {
            return Ok((json("case", &Chained { case, chain })?, None));
        }
        let mut bare = case.clone();
        let personal = Personal::taken_out(&mut bare);
        let sealed = self.seal("state", &json("case", &personal)?)?;
        Ok((json("case", &Chained { case: &bare, chain })?, Some(sealed)))
    }

    /// Entries with references in the place of values, and the values, sealed.
    pub(crate) fn entries(
        &mut self,
        step: i64,
        entries: &[Entry],
    ) -> Result<(String, Option<String>), RuntimeError> {
        if !entries.iter().any(|entry| entry.has_values() || entry.has_secrets()) {
            return Ok((json("journal", &entries)?, None));
        }
        let mut bare = entries.to_vec();
        let mut values = Vec::new();
        for value in bare.iter_mut().flat_map(Entry::values_mut) {
            let reference = Value::Text(format!("{REFERENCE}{}", values.len()).into());
            values.push(std::mem::replace(value, reference));
        }
        // After the values, so that older programs find these where they look for them.
        for secret in bare.iter_mut().flat_map(Entry::secrets_mut) {
            let number = values.len();
            values.push(Value::Text(taken_out(secret, number)?.into()));
        }
        let sealed = self.seal(&step_of(step), &json("journal", &values)?)?;
        Ok((json("journal", &bare)?, Some(sealed)))
    }

    /// A payload, a text.
    pub(crate) fn text(&mut self, what: &str, text: &str) -> Result<String, RuntimeError> {
        Ok(format!("{SEALED}{}", self.seal(what, text)?))
    }
}

fn step_of(step: i64) -> String {
    format!("step {step}")
}

/// To what a document belongs.
pub(crate) fn document_of(key: &str, name: &str) -> String {
    format!("document {key} {name}")
}

/// The key of a stored case, when it has one.
pub(crate) fn key_of(vault: &Vault, row: &CaseRow) -> Result<Option<CaseKey>, RuntimeError> {
    row.secret.as_deref().map(|stored| vault.open(&row.label, stored)).transpose()
}

/// A state as it stands in the clear: of what is personal only when it is due.
pub(crate) fn in_the_clear(case: &Case) -> Case {
    let mut bare = case.clone();
    Personal::taken_out(&mut bare);
    bare
}

/// The case of a row, with its personal values.
pub(crate) fn whole_case(row: &CaseRow, key: Option<&CaseKey>) -> Result<Case, RuntimeError> {
    let mut case = stored_case(row)?;
    if let Some(sealed) = &row.sealed {
        let text = opened(row, key, "state", sealed)?;
        let personal: Personal = serde_json::from_str(&text)
            .map_err(|error| RuntimeError::unreadable_json(mark!("case"), &error))?;
        personal.put_back(&mut case);
    }
    Ok(case)
}

/// The entries of a step with their personal values; of a case that was erased with references in their place.
pub(crate) fn whole_entries(
    case: &CaseRow,
    key: Option<&CaseKey>,
    row: &JournalRow,
) -> Result<Vec<Entry>, RuntimeError> {
    let mut entries = journal(row)?;
    let (Some(sealed), Some(_)) = (&row.sealed, key) else { return Ok(entries) };
    let text = opened(case, key, &step_of(row.step), sealed)?;
    let mut values: std::vec::IntoIter<Value> = serde_json::from_str::<Vec<Value>>(&text)
        .map_err(|error| RuntimeError::unreadable_json(mark!("step of the journal"), &error))?
        .into_iter();
    for value in entries.iter_mut().flat_map(Entry::values_mut) {
        let sealed = values.next();
        *value = sealed.ok_or_else(missing)?;
    }
    for secret in entries.iter_mut().flat_map(Entry::secrets_mut).filter(is_taken_out) {
        put_back(secret, values.next())?;
    }
    Ok(entries)
}

/// What a secret says, which is taken out of its entry.
fn taken_out(secret: Secret<'_>, number: usize) -> Result<String, RuntimeError> {
    Ok(match secret {
        Secret::Due(due) => json("journal", &std::mem::replace(due, due.withheld()))?,
        Secret::Moment(at) => json("journal", &std::mem::take(at))?,
        Secret::Words(words) => {
            std::mem::replace(words, format!("{WITHHELD}{number}").into()).as_ref().to_owned()
        }
    })
}

/// Older programs have left reasons where they are.
fn is_taken_out(secret: &Secret<'_>) -> bool {
    match secret {
        Secret::Due(due) => due.is_withheld(),
        Secret::Moment(_) => true,
        Secret::Words(words) => words.starts_with(WITHHELD),
    }
}

fn put_back(secret: Secret<'_>, value: Option<Value>) -> Result<(), RuntimeError> {
    let Some(Value::Text(text)) = value else { return Err(missing()) };
    let unread =
        |error: serde_json::Error| RuntimeError::unreadable_json(mark!("step of the journal"), &error);
    match secret {
        Secret::Due(due) => *due = serde_json::from_str(&text).map_err(unread)?,
        Secret::Moment(at) => *at = serde_json::from_str(&text).map_err(unread)?,
        Secret::Words(words) => *words = text,
    }
    Ok(())
}

fn missing() -> RuntimeError {
    RuntimeError::unreadable(mark!("step of the journal"), &kept(|| say!("a value is missing")))
}

fn opened(case: &CaseRow, key: Option<&CaseKey>, what: &str, sealed: &str) -> Result<String, RuntimeError> {
    let text = key.and_then(|key| key.open(&format!("{} {what}", case.label), sealed));
    text.ok_or_else(|| RuntimeError::WrongKey { label: case.label.clone() })
}

/// What a message of the outbox says; `None` when it was erased.
pub(crate) fn opened_payload(
    case: &CaseRow,
    key: Option<&CaseKey>,
    payload: &str,
) -> Result<Option<String>, RuntimeError> {
    match (payload.strip_prefix(SEALED), key) {
        (None, _) => Ok(Some(payload.to_owned())),
        (Some(_), None) => Ok(None),
        (Some(sealed), key) => opened(case, key, "message", sealed).map(Some),
    }
}

/// Whether a document is as it was written: sealed for its place, unless nothing of its case was sealed yet (`since`, microseconds
/// since 1970). Without the key of the case nobody can tell.
pub(crate) fn is_intact(
    case: &CaseRow,
    key: Option<&CaseKey>,
    document: &DocumentRow,
    since: Option<i64>,
) -> bool {
    let Some(key) = key else { return true };
    match document.text.strip_prefix(SEALED) {
        Some(sealed) => opened(case, Some(key), &document_of(&document.key, &document.name), sealed).is_ok(),
        None => since.is_none_or(|since| document.made_at < since),
    }
}

/// Whether an entry holds a value itself, as programs before version 3 of the tables have written it.
pub(crate) fn is_open(entry: &mut Entry) -> bool {
    entry.values_mut().any(|value| !matches!(value, Value::Text(text) if text.starts_with(REFERENCE)))
}

impl Runtime {
    /// The case of a row, with its personal values; [`stored_case`] gives it without.
    ///
    /// # Errors
    /// [`RuntimeError::WrongKey`] when it was sealed under another key.
    pub fn case(&self, row: &CaseRow) -> Result<Case, RuntimeError> {
        whole_case(row, key_of(&self.vault, row)?.as_ref())
    }

    /// The journal of a case, with its personal values as long as they are not erased: each step with its entries.
    ///
    /// # Errors
    /// [`RuntimeError`] when it cannot be read or was sealed under another key.
    pub async fn history(&self, row: &CaseRow) -> Result<Vec<(JournalRow, Vec<Entry>)>, RuntimeError> {
        let key = key_of(&self.vault, row)?;
        let steps = self.store.journal(row.id).await?.into_iter();
        steps.map(|step| Ok((step.clone(), whole_entries(row, key.as_ref(), &step)?))).collect()
    }

    /// The documents of a case; the text of one that is erased is empty.
    ///
    /// # Errors
    /// [`RuntimeError`] when they cannot be read or were sealed under another key.
    pub async fn documents(&self, row: &CaseRow) -> Result<Vec<DocumentRow>, RuntimeError> {
        let key = key_of(&self.vault, row)?;
        let mut documents = self.store.documents(row.id).await?;
        for document in &mut documents {
            let Some(sealed) = document.text.strip_prefix(SEALED) else { continue };
            document.text = match &key {
                Some(key) => opened(row, Some(key), &document_of(&document.key, &document.name), sealed)?,
                None => String::new(),
            };
        }
        Ok(documents)
    }

    /// What a message of the outbox says; `None` when it was erased.
    pub(crate) fn payload(&self, case: &CaseRow, row: &OutboxRow) -> Result<Option<String>, RuntimeError> {
        opened_payload(case, key_of(&self.vault, case)?.as_ref(), &row.payload)
    }
}
