//! What can go wrong with a database, and what to do about it.

use thiserror::Error;
use voordeur_messages::say;

/// Why the database could not be used. After an error nothing has been written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// There is no such file.
    #[error("{}", say!("{path}: there is no such database; `voordeur case open` or `voordeur run --db` makes one", path))]
    Missing {
        /// The file.
        path: String,
    },
    /// The file is something else.
    #[error("{}", say!("{path}: this is not a database of voordeur", path))]
    NotOurs {
        /// The file.
        path: String,
    },
    /// The tables are of another version.
    #[error("{}", say!("{path}: the database has version {found} and this program knows version {known}; use the program that made it", path, found, known))]
    OtherVersion {
        /// The file.
        path: String,
        /// Its version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Another program holds it.
    #[error("{}", say!("{path}: the database is locked by another program; stop that one or try again", path))]
    Locked {
        /// The file.
        path: String,
    },
    /// The disk is full.
    #[error("{}", say!("{path}: the disk is full; nothing of this step was written", path))]
    Full {
        /// The file.
        path: String,
    },
    /// It may not be written or opened.
    #[error("{}", say!("{path}: cannot open or write the database: {why}", path, why))]
    Denied {
        /// The file.
        path: String,
        /// What the system says.
        why: String,
    },
    /// It is damaged.
    #[error("{}", say!("{path}: the database is damaged ({why}); put back a copy", path, why))]
    Damaged {
        /// The file.
        path: String,
        /// What SQLite says.
        why: String,
    },
    /// Another writer was first.
    #[error("{}", say!("the case was changed by another program at the same moment; try again"))]
    Conflict,
    /// The label is taken.
    #[error("{}", say!("there is a case `{label}` already; use another name for a new case", label))]
    Exists {
        /// The label.
        label: String,
    },
    /// Anything else that SQLite says.
    #[error("{path}: {why}")]
    Other {
        /// The file.
        path: String,
        /// What it says.
        why: String,
    },
}

/// Primary result codes of SQLite (<https://sqlite.org/rescode.html>).
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READ_ONLY: i32 = 8;
    pub(super) const IO: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANNOT_OPEN: i32 = 14;
    pub(super) const NOT_A_DATABASE: i32 = 26;
}

impl StoreError {
    pub(crate) fn from_sqlx(path: &str, error: &sqlx::Error) -> Self {
        let path = path.to_owned();
        let why = error.to_string();
        let found = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .and_then(|code| code.parse::<i32>().ok());
        match found.map(|code| code & 0xff) {
            Some(code::BUSY | code::LOCKED) => Self::Locked { path },
            Some(code::FULL) => Self::Full { path },
            Some(code::READ_ONLY | code::CANNOT_OPEN | code::IO) => Self::Denied { path, why },
            Some(code::CORRUPT) => Self::Damaged { path, why },
            Some(code::NOT_A_DATABASE) => Self::NotOurs { path },
            _ if matches!(error, sqlx::Error::PoolTimedOut) => Self::Locked { path },
            _ => Self::Other { path, why },
        }
    }
}
