//! The protocols that cases run on: every version that a stored case was opened under.

use std::collections::BTreeMap;
use voordeur_messages::say;

use jiff::Timestamp;
use jiff::civil::Date;
use voordeur_calendar::Decrees;
use voordeur_engine::Case;
use voordeur_protocol::{CheckedProtocol, compile_bundle};
use voordeur_store::{DecreeRow, ProtocolRow, Retirement, Store};

use crate::error::RuntimeError;
use crate::rows::micros;

/// The protocols of a database, by number.
#[derive(Debug, Clone, Default)]
pub struct Library {
    protocols: BTreeMap<i64, CheckedProtocol>,
    retired: BTreeMap<i64, Retirement>,
    decrees: Decrees,
}

impl Library {
    /// Reads and compiles every protocol of a database.
    ///
    /// # Errors
    /// [`RuntimeError::Protocol`] when this program understands one differently than the program that
    /// stored it: its cases would come to mean something else.
    pub async fn load(store: &Store) -> Result<Self, RuntimeError> {
        let decrees = decrees(&store.decrees().await?);
        let mut library = Self { decrees, ..Self::default() };
        for row in store.protocols().await? {
            let protocol = recompiled(&row)?.with_decrees(&library.decrees);
            library.protocols.insert(row.id, protocol);
            library.retired.extend(row.retirement.map(|retirement| (row.id, retirement)));
        }
        Ok(library)
    }

    /// Stores a protocol and gives its number; the same source keeps its number.
    ///
    /// # Errors
    /// [`RuntimeError::Published`] when the database has another text under the same label, that means something else;
    /// [`RuntimeError::Store`] when it cannot be written.
    pub async fn add(
        &mut self,
        store: &Store,
        protocol: CheckedProtocol,
        now: Timestamp,
    ) -> Result<i64, RuntimeError> {
        self.check_published(&protocol)?;
        let mut first = None;
        for edition in protocol.editions() {
            let id = self.add_edition(store, edition, now).await?;
            first = first.or(Some(id));
        }
        Ok(first.unwrap_or(0))
    }

    /// A published version is immutable: what a label means is what it meant when it came into this database.
    ///
    /// # Errors
    /// [`RuntimeError::Published`] names what differs.
    pub fn check_published(&self, protocol: &CheckedProtocol) -> Result<(), RuntimeError> {
        match self.differs(protocol) {
            None => Ok(()),
            Some(what) => Err(RuntimeError::Published {
                name: protocol.name.clone(),
                version: protocol.version.clone(),
                what,
            }),
        }
    }

    /// The names of what differs between a text and that which the database has under its label; nothing when it has none, or
    /// one that means the same.
    #[must_use]
    pub fn differs(&self, protocol: &CheckedProtocol) -> Option<Vec<String>> {
        let labelled = || {
            let all = self.protocols.values().filter(|stored| stored.edition().is_none());
            all.filter(|stored| stored.name == protocol.name && stored.version == protocol.version)
        };
        if labelled().next().is_none() || labelled().any(|stored| stored.digest() == protocol.digest()) {
            return None;
        }
        let meaning = protocol.meaning();
        let mut differences = Vec::new();
        for stored in labelled() {
            let own = stored.meaning();
            differences = meaning.differences(&own).into_iter().map(str::to_owned).collect();
            if differences.is_empty() {
                return None;
            }
        }
        Some(differences)
    }

    async fn add_edition(
        &mut self,
        store: &Store,
        protocol: &CheckedProtocol,
        now: Timestamp,
    ) -> Result<i64, RuntimeError> {
        let row = ProtocolRow {
            id: 0,
            name: protocol.name.clone(),
            version: protocol.version.clone(),
            digest: digest(protocol),
            layout: protocol.layout().to_owned(),
            source: protocol.source().to_owned(),
            added_at: micros(now),
            retirement: None,
        };
        let id = store.put_protocol(&row).await?;
        self.protocols.insert(id, protocol.with_decrees(&self.decrees));
        Ok(id)
    }

    /// What was decreed after this program was made, as far as it was known when the protocols were loaded.
    #[must_use]
    pub fn decrees(&self) -> &Decrees {
        &self.decrees
    }

    /// The same protocols on the calendar of these decrees.
    pub(crate) fn with_decrees(&self, decrees: Decrees) -> Self {
        let counted = self.protocols.iter().map(|(id, protocol)| (*id, protocol.with_decrees(&decrees)));
        Self { protocols: counted.collect(), retired: self.retired.clone(), decrees }
    }

    /// The protocol with this number.
    #[must_use]
    pub fn get(&self, id: i64) -> Option<&CheckedProtocol> {
        self.protocols.get(&id)
    }

    /// The protocol on which something happened to a case at a moment: that of its row, or one that it has left since.
    #[must_use]
    pub fn running(&self, protocol: i64, case: &Case, at: Timestamp) -> Option<&CheckedProtocol> {
        match case.ran_on(at) {
            None => self.get(protocol),
            Some(left) => self.iter().map(|(_, protocol)| protocol).find(|protocol| digest(protocol) == left),
        }
    }

    /// What becomes of the cases of a protocol, when its version was retired before this program started.
    #[must_use]
    pub fn retirement(&self, id: i64) -> Option<&Retirement> {
        self.retired.get(&id)
    }

    /// The edition that a case runs on which is reported on a day: its settings have the values of that day.
    #[must_use]
    pub fn edition(&self, id: i64, day: Date) -> i64 {
        let Some(protocol) = self.get(id) else { return id };
        let wanted = protocol.on(day);
        let same = |other: &CheckedProtocol| {
            other.digest() == wanted.digest()
                && other.name == wanted.name
                && other.edition() == wanted.edition()
        };
        self.iter().find(|(_, other)| same(other)).map_or(id, |(id, _)| id)
    }

    /// The pathway of this name in the same file as another one.
    #[must_use]
    pub fn sibling(&self, of: &CheckedProtocol, name: &str) -> Option<(i64, &CheckedProtocol)> {
        self.iter().find(|(_, protocol)| protocol.digest() == of.digest() && protocol.name == name)
    }

    /// Every protocol with its number, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (i64, &CheckedProtocol)> {
        self.protocols.iter().map(|(id, protocol)| (*id, protocol))
    }
}

/// A file may hold several pathways, and a pathway several editions: the digest of each is its own.
pub(crate) fn digest(protocol: &CheckedProtocol) -> String {
    let edition = protocol.edition().map_or(String::new(), |from| format!("@{from}"));
    format!("{}:{}{edition}", protocol.digest(), protocol.name)
}

/// Days and years of the database; what is neither was written by a newer program.
pub(crate) fn decrees(rows: &[DecreeRow]) -> Decrees {
    Decrees {
        days: rows.iter().filter_map(|row| row.what.parse().ok()).collect(),
        years: rows.iter().filter_map(|row| row.what.parse().ok()).collect(),
    }
}

fn recompiled(row: &ProtocolRow) -> Result<CheckedProtocol, RuntimeError> {
    let changed = |why: &str| RuntimeError::Protocol {
        name: row.name.clone(),
        version: row.version.clone(),
        why: why.to_owned(),
    };
    let compiled = compile_bundle(&row.source);
    let mut editions = compiled.protocols.iter().flat_map(CheckedProtocol::editions);
    let found = editions.find(|protocol| digest(protocol) == row.digest).cloned();
    let protocol = found.ok_or_else(|| changed(&say!("it does not compile any more")))?;
    if protocol.layout() != row.layout {
        return Err(changed(&say!("it compiles to something else; use the program that stored it")));
    }
    Ok(protocol)
}
