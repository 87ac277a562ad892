//! The handle that everybody uses, and which database an address means.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use crate::address::{Address, shown};
use crate::error::StoreError;
use crate::memory::MemoryStore;
use crate::postgres::PostgresStore;
use crate::rows::CaseRow;
use crate::sqlite::SqliteStore;
use crate::storage::Storage;

/// An open database, whichever it is. A clone is another handle to the same one.
#[derive(Debug, Clone)]
pub struct Store {
    storage: Arc<dyn Storage>,
}

impl Deref for Store {
    type Target = dyn Storage;

    fn deref(&self) -> &Self::Target {
        &*self.storage
    }
}

impl Store {
    /// Any implementation.
    #[must_use]
    pub fn new(storage: impl Storage + 'static) -> Self {
        Self { storage: Arc::new(storage) }
    }

    /// Opens a database, and makes it when there is none: the path of a SQLite file, or `postgres://USER@HOST/NAME`.
    /// On a server the database itself must be there; the tables are made in it.
    ///
    /// # Errors
    /// [`StoreError`] names the database and the cause.
    pub async fn create(address: &Path) -> Result<Self, StoreError> {
        match Address::of(address)? {
            Address::Server(url) => Ok(Self::new(PostgresStore::connect(&url, true).await?)),
            Address::File(file) => Ok(Self::new(SqliteStore::open(file, true).await?)),
        }
    }

    /// Opens a database that is there.
    ///
    /// # Errors
    /// [`StoreError`] names the database and the cause.
    pub async fn open(address: &Path) -> Result<Self, StoreError> {
        match Address::of(address)? {
            Address::Server(url) => Ok(Self::new(PostgresStore::connect(&url, false).await?)),
            Address::File(file) if !file.exists() => Err(StoreError::Missing { path: shown(file) }),
            Address::File(file) => Ok(Self::new(SqliteStore::open(file, false).await?)),
        }
    }

    /// Opens a database that is there to look at it, as it is at this moment, however others write meanwhile; also where
    /// nothing can be written. It is to be closed soon: what was taken out meanwhile stays on the disk until then.
    ///
    /// # Errors
    /// [`StoreError`] names the database and the cause. Whatever writes is refused.
    pub async fn view(address: &Path) -> Result<Self, StoreError> {
        match Address::of(address)? {
            Address::Server(url) => Ok(Self::new(PostgresStore::view(&url).await?)),
            Address::File(file) if !file.exists() => Err(StoreError::Missing { path: shown(file) }),
            Address::File(file) => Ok(Self::new(SqliteStore::view(file).await?)),
        }
    }

    /// A database that is gone when it is closed.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::new(MemoryStore::default())
    }

    /// The case with this number.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn case(&self, id: i64) -> Result<Option<CaseRow>, StoreError> {
        Ok(self.cases_numbered(&[id]).await?.pop())
    }
}
