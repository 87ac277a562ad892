//! The log is copied into the file beside what is written: whoever copies it at the end of a transaction holds up all who wait for
//! that, for as long as the disk takes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use sqlx::SqlitePool;

/// From how many bytes on the log is copied: 10,000 pages and what stands before each.
const LONG: u64 = 10_000 * (4096 + 24);

/// From how many pages on it is copied at the end of a transaction: what was copied meanwhile is left out, so little is left.
pub(super) const TOO_LONG: &str = "40000";

/// After how many transactions it is copied again.
const SELDOM: u32 = 32;

/// Who copies the log.
#[derive(Debug, Clone)]
pub(super) struct Copier {
    log: PathBuf,
    /// From how many bytes on it is copied.
    long: u64,
    connections: SqlitePool,
    since: Arc<AtomicU32>,
    is_busy: Arc<AtomicBool>,
}

impl Copier {
    pub(super) fn new(file: &Path, connections: SqlitePool) -> Self {
        // A program that changes its folder finds its log all the same.
        let mut log = std::path::absolute(file).unwrap_or_else(|_| file.to_owned()).into_os_string();
        log.push("-wal");
        Self { log: log.into(), long: LONG, connections, since: Arc::default(), is_busy: Arc::default() }
    }

    /// After a transaction. Where it cannot be copied it is tried again later; nothing is lost by that.
    pub(super) fn wrote(&self) {
        let since = self.since.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if since < SELDOM || !self.is_long() || self.is_busy.swap(true, Ordering::Relaxed) {
            return;
        }
        self.since.store(0, Ordering::Relaxed);
        let (connections, is_busy) = (self.connections.clone(), Arc::clone(&self.is_busy));
        tokio::spawn(async move {
            drop(sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&connections).await);
            is_busy.store(false, Ordering::Relaxed);
        });
    }

    /// It does not become shorter before the last one closes it, however much of it was copied.
    fn is_long(&self) -> bool {
        std::fs::metadata(&self.log).is_ok_and(|log| log.len() >= self.long)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};

    async fn length(file: &Path, copier: Copier, transactions: u32) -> u64 {
        for _ in 0..transactions {
            copier.wrote();
        }
        while copier.is_busy.load(Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
        std::fs::metadata(file).expect("a file").len()
    }

    #[tokio::test]
    async fn a_long_log_is_copied_after_a_while() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("cases.db");
        let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
        let options = options.journal_mode(SqliteJournalMode::Wal).pragma("wal_autocheckpoint", TOO_LONG);
        let connections = SqlitePool::connect_with(options).await.expect("a database");
        let row = "CREATE TABLE filled AS SELECT randomblob(100000) AS bytes";
        sqlx::query(row).execute(&connections).await.expect("written");
        let copier = Copier::new(&file, connections);
        let before = length(&file, copier.clone(), SELDOM).await;
        assert!(before < 100_000, "a short log stays: {before} bytes");
        let long = Copier { long: 100_000, since: Arc::default(), ..copier };
        assert!(length(&file, long.clone(), SELDOM - 1).await < 100_000, "it is seldom copied");
        assert!(length(&file, long, 1).await > 100_000, "it was copied");
    }
}
