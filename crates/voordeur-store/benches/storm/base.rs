//! The two databases that are measured: where they are, copies of them, and how rows are read.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::postgres::PgPool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use tempfile::TempDir;
use voordeur_testing::Postgres;

pub(crate) enum Base {
    Sqlite(TempDir),
    Postgres(Postgres),
}

impl Base {
    pub(crate) fn start(name: &str) -> Option<Self> {
        match name {
            "sqlite" => Some(Self::Sqlite(tempfile::tempdir().expect("a folder"))),
            _ => Postgres::durable().map(Self::Postgres),
        }
    }

    pub(crate) fn title(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite, WAL, synchronous FULL",
            Self::Postgres(_) => "PostgreSQL, synchronous_commit on",
        }
    }

    /// The address of an empty database.
    pub(crate) fn database(&self, name: &str) -> PathBuf {
        match self {
            Self::Sqlite(folder) => folder.path().join(name),
            Self::Postgres(server) => {
                server.sql("postgres", &format!("CREATE DATABASE {name}"));
                server.url(name).into()
            }
        }
    }

    /// A copy of a database that nobody has open.
    pub(crate) fn copy(&self, from: &str, to: &str) -> PathBuf {
        match self {
            Self::Sqlite(folder) => {
                let to = folder.path().join(to);
                std::fs::copy(folder.path().join(from), &to).expect("copied");
                // What is still on its way to the disk would hold up the first that waits for it.
                std::fs::File::open(&to).and_then(|file| file.sync_all()).expect("on the disk");
                to
            }
            Self::Postgres(server) => {
                server.sql("postgres", &format!("CREATE DATABASE {to} TEMPLATE {from}"));
                server.url(to).into()
            }
        }
    }

    /// Statistics and pages as they are after a while of work.
    pub(crate) fn settle(&self, name: &str) {
        if let Self::Postgres(server) = self {
            server.sql(name, "VACUUM ANALYZE");
            server.sql("postgres", "CHECKPOINT");
        }
    }
}

/// A file with the settings that the store has.
pub(crate) async fn sqlite(path: &Path, create: bool) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(create)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("secure_delete", "on")
        .pragma("cache_size", "-32768")
        .pragma("wal_autocheckpoint", "10000");
    let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1);
    pool.connect_with(options).await.expect("a database")
}

pub(crate) async fn postgres(url: &Path) -> PgPool {
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(1);
    pool.connect(url.to_str().expect("an address")).await.expect("a server")
}
