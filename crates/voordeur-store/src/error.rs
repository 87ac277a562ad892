//! What can go wrong with a database, and what to do about it.

use thiserror::Error;
use voordeur_messages::say;

/// Why the database could not be used. After an error nothing has been written; after [`StoreError::Uncertain`] nobody knows.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// There is no such database on the server.
    #[error("{}", say!("{path}: there is no such database on this server; `createdb`, or who looks after the server, makes one", path))]
    NoDatabase {
        /// The address, without its password.
        path: String,
    },
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
    /// The tables are newer than this program.
    #[error("{}", say!("{path}: the tables have version {found} and this program knows version {known}; use a newer program, this one would do harm", path, found, known))]
    Newer {
        /// The file, or the server.
        path: String,
        /// The oldest version of a program that may use them.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The file was taken away, or another one stands in its place.
    #[error("{}", say!("{path}: the database that was opened is not there any more: it was taken away, or another one stands in its place. Nothing is written; put it back, or start again", path))]
    Replaced {
        /// The file.
        path: String,
    },
    /// The server does not answer.
    #[error("{}", say!("{path}: the database server cannot be reached: {why}", path, why))]
    Unreachable {
        /// The server.
        path: String,
        /// What the system says.
        why: String,
    },
    /// The server went away while it was writing, and nobody could be asked what came of it.
    #[error("{}", say!("{path}: the connection to the database server broke off while it was writing, and it could not be asked what came of it: {why}. This may be written, or not; look before you do it again (`voordeur case show`, `voordeur case list`)", path, why))]
    Uncertain {
        /// The server.
        path: String,
        /// What the system says.
        why: String,
    },
    /// The address is none.
    #[error("{}", say!("`{path}` is no address of a database: {why}; write `postgres://USER@HOST/NAME`", path, why))]
    Address {
        /// The address, without its password.
        path: String,
        /// Why not.
        why: String,
    },
    /// The server gave the transaction up so that another one could go on; it may be tried again.
    #[error("{}", say!("{path}: the database gave up this step because others were busy with the same; try again", path))]
    Again {
        /// The server.
        path: String,
    },
    /// It is not copied by us.
    #[error("{}", say!("{path}: this is no file; a server is copied with its own tools, `pg_dump` or `pg_basebackup`", path))]
    NoCopy {
        /// The server.
        path: String,
    },
    /// The database was closed.
    #[error("{}", say!("the database was closed"))]
    Closed,
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
    /// The disk, or the server, takes nothing at this moment: it fails, or is read only.
    #[error("{}", say!("{path}: cannot open or write the database: {why}", path, why))]
    Unwritable {
        /// The file, or the server.
        path: String,
        /// What the system says.
        why: String,
    },
    /// It is damaged.
    #[error("{}", say!("{path}: the database is damaged ({why}); put back a copy", path, why))]
    Damaged {
        /// The file.
        path: String,
        /// What the database says.
        why: String,
    },
    /// Another writer was first.
    #[error("{}", say!("the case was changed by another program at the same moment; try again"))]
    Conflict,
    /// A case was to come to a protocol that is retired.
    #[error("{}", say!("its version is retired: no new cases run on it"))]
    Retired,
    /// The label is taken.
    #[error("{}", say!("there is a case `{label}` already; use another name for a new case", label))]
    Exists {
        /// The label.
        label: String,
    },
    /// Anything else that the database says.
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
    /// No room for the index of the log (`SQLITE_IOERR_SHMSIZE`): the file beside it that all who have it open share.
    pub(super) const NO_ROOM_BESIDE: i32 = 10 | (19 << 8);
    pub(super) const NOT_A_DATABASE: i32 = 26;
}

/// Conditions of PostgreSQL (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
mod state {
    pub(super) const SERIALIZATION: &str = "40001";
    pub(super) const DEADLOCK: &str = "40P01";
    /// A relative of PostgreSQL does not know what came of a commit.
    pub(super) const UNKNOWN: &str = "40003";
    pub(super) const LOCK: &str = "55P03";
    pub(super) const FULL: &str = "53100";
    pub(super) const PRIVILEGE: &str = "42501";
    pub(super) const NO_DATABASE: &str = "3D000";
    /// The server shuts down, or an operator ended the connection.
    pub(super) const SHUTDOWN: &str = "57P";
    pub(super) const TOO_MANY: &str = "53300";
    pub(super) const CONNECTION: &str = "08";
    pub(super) const AUTHORIZATION: &str = "28";
    pub(super) const CORRUPT: &str = "XX";
    /// A standby, or a server that an operator has closed for writing.
    pub(super) const READ_ONLY: &str = "25006";
    pub(super) const IO: &str = "58030";
    /// Out of memory, and the like.
    pub(super) const RESOURCES: &str = "53";
}

impl StoreError {
    /// Whether only this write was refused, and the transaction can go on without it.
    pub(crate) const fn is_refusal(&self) -> bool {
        matches!(self, Self::Conflict | Self::Retired | Self::Exists { .. })
    }

    /// Whether the server could not be reached.
    #[must_use]
    pub const fn is_away(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Uncertain { .. })
    }

    /// Whether it may go well a little later: who follows the clock tries again.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Locked { .. }
                | Self::Unreachable { .. }
                | Self::Uncertain { .. }
                | Self::Again { .. }
                | Self::Full { .. }
                | Self::Unwritable { .. }
        )
    }

    pub(crate) fn from_sqlite(path: &str, error: &sqlx::Error) -> Self {
        let path = path.to_owned();
        let why = error.to_string();
        let found = code_of(error).and_then(|code| code.parse::<i32>().ok());
        match found.map(|code| code & 0xff) {
            _ if found == Some(code::NO_ROOM_BESIDE) => Self::Full { path },
            Some(code::BUSY | code::LOCKED) => Self::Locked { path },
            Some(code::FULL) => Self::Full { path },
            Some(code::READ_ONLY) => {
                Self::Unwritable { path, why: say!("the file, its folder or its disk is read only") }
            }
            Some(code::CANNOT_OPEN) => {
                let why = say!(
                    "it cannot be opened: its folder has to be there, on a disk that can be written to, and this user needs the right to read it and to make files beside it"
                );
                Self::Unwritable { path, why }
            }
            Some(code::IO) => Self::Unwritable { path, why: say!("the disk fails ({why})", why) },
            Some(code::CORRUPT) => Self::Damaged { path, why },
            Some(code::NOT_A_DATABASE) => Self::NotOurs { path },
            _ if matches!(error, sqlx::Error::PoolTimedOut) => Self::Locked { path },
            _ if matches!(error, sqlx::Error::PoolClosed) => Self::Closed,
            _ => Self::Other { path, why },
        }
    }

    pub(crate) fn from_postgres(path: &str, error: &sqlx::Error) -> Self {
        let path = path.to_owned();
        // The driver adds a line in the source of the server, which tells people nothing.
        let why =
            error.as_database_error().map_or_else(|| error.to_string(), |said| said.message().to_owned());
        let Some(code) = code_of(error) else {
            return match error {
                sqlx::Error::PoolClosed => Self::Closed,
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::WorkerCrashed => Self::Unreachable { path, why },
                _ => Self::Other { path, why },
            };
        };
        match code.as_str() {
            state::SERIALIZATION | state::DEADLOCK => Self::Again { path },
            state::LOCK => Self::Locked { path },
            state::FULL => Self::Full { path },
            state::PRIVILEGE => Self::Denied { path, why },
            state::NO_DATABASE => Self::NoDatabase { path },
            code if code.starts_with(state::AUTHORIZATION) => Self::Denied { path, why },
            code if code.starts_with(state::SHUTDOWN) || code.starts_with(state::CONNECTION) => {
                Self::Unreachable { path, why }
            }
            state::TOO_MANY | state::UNKNOWN => Self::Unreachable { path, why },
            state::READ_ONLY | state::IO => Self::Unwritable { path, why },
            code if code.starts_with(state::RESOURCES) => Self::Unwritable { path, why },
            code if code.starts_with(state::CORRUPT) => Self::Damaged { path, why },
            _ => Self::Other { path, why },
        }
    }
}

fn code_of(error: &sqlx::Error) -> Option<String> {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code)?;
    Some(code.into_owned())
}
