//! The protocols that cases run on: every version that a stored case was opened under.

use std::collections::BTreeMap;
use voordeur_messages::{kept, mark, say};

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
    unusable: BTreeMap<i64, Unusable>,
    decrees: Decrees,
    /// How many rows of decrees were read: there are only ever more.
    decreed: usize,
}

/// A stored pathway that this program cannot use, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// Its name.
    pub name: String,
    /// The label of its version.
    pub version: String,
    /// Why, as it is kept ([`voordeur_messages::retold`]).
    pub why: String,
}

impl Unusable {
    /// As an error of each of its cases.
    #[must_use]
    pub fn error(&self) -> RuntimeError {
        let Self { name, version, why } = self.clone();
        RuntimeError::Protocol { name, version, why }
    }
}

impl Library {
    /// Reads and compiles every protocol of a database. One that this program understands differently than the program that
    /// stored it is left out ([`Library::unusable`]): its cases would come to mean something else, and the others go on.
    ///
    /// # Errors
    /// [`RuntimeError::Store`] when the database cannot be read.
    pub async fn load(store: &Store) -> Result<Self, RuntimeError> {
        let rows = store.decrees().await?;
        let mut library = Self { decrees: decrees(&rows), decreed: rows.len(), ..Self::default() };
        for row in store.protocols().await? {
            match recompiled(&row) {
                Ok(protocol) => {
                    library.protocols.insert(row.id, protocol.with_decrees(&library.decrees));
                }
                Err(why) => {
                    let (name, version) = (row.name.clone(), row.version.clone());
                    library.unusable.insert(row.id, Unusable { name, version, why });
                }
            }
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
        let mut ids = Vec::new();
        for edition in protocol.editions() {
            ids.push(self.add_edition(store, edition, now).await?);
        }
        self.retire_as_published(store, &protocol, &ids).await?;
        Ok(ids.first().copied().unwrap_or(0))
    }

    /// A version is retired whatever its text looks like: one that means the same and has another comment is the same version.
    async fn retire_as_published(
        &self,
        store: &Store,
        protocol: &CheckedProtocol,
        ids: &[i64],
    ) -> Result<(), RuntimeError> {
        let same = |(id, other): &(i64, &CheckedProtocol)| {
            !ids.contains(id) && other.name == protocol.name && other.version == protocol.version
        };
        for (other, _) in self.iter().filter(same) {
            let Some(retirement) = store.retirement(other).await? else { continue };
            if let Some(id) = ids.first()
                && store.retirement(*id).await?.is_none()
            {
                store.retire(ids, &retirement).await?;
            }
            break;
        }
        Ok(())
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
        self.unusable.remove(&id);
        Ok(id)
    }

    /// What was decreed after this program was made, as far as it was known when the protocols were loaded.
    #[must_use]
    pub fn decrees(&self) -> &Decrees {
        &self.decrees
    }

    /// The same protocols on the calendar of these decrees.
    pub(crate) fn with_decrees(&self, rows: &[DecreeRow]) -> Self {
        let (decrees, decreed) = (decrees(rows), rows.len());
        let counted = self.protocols.iter().map(|(id, protocol)| (*id, protocol.with_decrees(&decrees)));
        let (retired, unusable) = (self.retired.clone(), self.unusable.clone());
        Self { protocols: counted.collect(), retired, unusable, decrees, decreed }
    }

    /// How many rows of decrees it was made with.
    pub(crate) fn decreed(&self) -> usize {
        self.decreed
    }

    /// Whether it was in the database when this was read, usable or not.
    pub(crate) fn knows(&self, id: i64) -> bool {
        self.protocols.contains_key(&id) || self.unusable.contains_key(&id)
    }

    /// The protocols that this program cannot use, by number.
    #[must_use]
    pub fn unusable(&self) -> &BTreeMap<i64, Unusable> {
        &self.unusable
    }

    /// The protocol of a stored case.
    ///
    /// # Errors
    /// [`RuntimeError::Protocol`] when this program cannot use it, [`RuntimeError::Unreadable`] when it is not known here.
    pub fn usable(&self, id: i64) -> Result<&CheckedProtocol, RuntimeError> {
        match (self.protocols.get(&id), self.unusable.get(&id)) {
            (Some(protocol), _) => Ok(protocol),
            (None, Some(unusable)) => Err(unusable.error()),
            (None, None) => {
                let why = kept(|| say!("its pathway was added after this program started"));
                Err(RuntimeError::unreadable(mark!("case"), &why))
            }
        }
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

/// Days and years of the database that hold; what is neither was written by a newer program.
pub(crate) fn decrees(rows: &[DecreeRow]) -> Decrees {
    let hold = || latest(rows).into_iter().filter(|(_, turn)| turn % 2 == 0).map(|(what, _)| what);
    Decrees {
        days: hold().filter_map(|what| what.parse().ok()).collect(),
        years: hold().filter_map(|what| what.parse().ok()).collect(),
    }
}

/// Between a day or a year and its turn.
const TURN: char = '/';

/// The day or the year of a row, and its turn: rows of decrees are only ever added, so that whoever has read fewer of them has
/// read them earlier. `2029-05-11` was decreed, `2029-05-11/1` is taken back, `2029-05-11/2` is decreed again. Older programs
/// take only the first for a day.
pub(crate) fn turn_of(what: &str) -> (&str, u32) {
    let parts = what.split_once(TURN).and_then(|(what, turn)| Some((what, turn.parse().ok()?)));
    parts.unwrap_or((what, 0))
}

/// The row of a turn.
pub(crate) fn in_turn(what: &str, turn: u32) -> String {
    if turn == 0 { what.to_owned() } else { format!("{what}{TURN}{turn}") }
}

/// The last turn of each day and year.
pub(crate) fn latest(rows: &[DecreeRow]) -> BTreeMap<&str, u32> {
    let mut all = BTreeMap::new();
    for (what, turn) in rows.iter().map(|row| turn_of(&row.what)) {
        let last = all.entry(what).or_insert(turn);
        *last = turn.max(*last);
    }
    all
}

/// The protocol of a row, or why there is none, as it is kept.
fn recompiled(row: &ProtocolRow) -> Result<CheckedProtocol, String> {
    let compiled = compile_bundle(&row.source);
    let mut editions = compiled.protocols.iter().flat_map(CheckedProtocol::editions);
    let found = editions.find(|protocol| digest(protocol) == row.digest).cloned();
    let protocol = found.ok_or_else(|| kept(|| say!("it does not compile any more")))?;
    if protocol.layout() != row.layout {
        return Err(kept(|| say!("it compiles to something else; use the program that stored it")));
    }
    Ok(protocol)
}
