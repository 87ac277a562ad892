//! Under which key of the operator the keys of cases are kept: whether this program has the right one, and keeping all of them
//! under another one.

use std::sync::atomic::{AtomicBool, Ordering};

use voordeur_store::{Rewrapped, Upkeep};

use crate::drive::Runtime;
use crate::error::RuntimeError;
use crate::vault::Vault;

/// How many keys are tried at a time.
const KEYS: u32 = 256;

/// How many times so many are looked at, the latest first, before a database is taken for one without a key of an operator.
const PARTS: u32 = 8;

/// What this program has seen of the keys of a database: it is not looked at again with each case.
#[derive(Debug, Default)]
pub(crate) struct KnownKeys {
    /// None of the latest is kept under a key of an operator.
    are_open: AtomicBool,
    /// The key of the operator is the one of this database.
    are_ours: AtomicBool,
}

/// What became of the keys of cases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rewrap {
    /// How many are kept under the new key now, and were not.
    pub moved: u64,
    /// How many are kept under the new key in all.
    pub kept: u64,
    /// The labels of cases whose key neither of the two opens, or that somebody has written under the old one meanwhile.
    pub left: Vec<String>,
}

impl Runtime {
    /// Whether the key of the operator is the one of this database: it opens the key of some case that is kept under one, or
    /// no case is.
    ///
    /// # Errors
    /// [`RuntimeError::WrongKey`] when it opens none of them, or is not there.
    pub async fn check_key(&self) -> Result<(), RuntimeError> {
        self.shut_key().await?.map_or(Ok(()), |label| Err(RuntimeError::WrongKey { label }))
    }

    /// A case whose key is kept under another key of an operator, when ours opens none.
    async fn shut_key(&self) -> Result<Option<String>, RuntimeError> {
        let (mut before, mut shut, mut open_parts) = (i64::MAX, None, 0);
        loop {
            let keys = self.store.secrets(before, KEYS).await?;
            let Some((last, ..)) = keys.last() else { return Ok(shut) };
            before = *last;
            let mut wrapped = keys.iter().filter(|(.., stored)| Vault::is_wrapped(stored)).peekable();
            match wrapped.peek() {
                Some((_, first, _)) => shut = shut.or_else(|| Some(first.clone())),
                None => open_parts += 1,
            }
            if wrapped.any(|(_, label, stored)| self.vault.open(label, stored).is_ok()) {
                return Ok(None);
            }
            if open_parts == PARTS {
                return Ok(shut);
            }
        }
    }

    /// Whether a new key may lie in the database as it is: not where others are kept under the key of the operator.
    pub(crate) async fn check_open_key(&self, label: &str) -> Result<(), RuntimeError> {
        let (mut before, mut parts) = (i64::MAX, PARTS);
        let size = match self.keys.are_open.load(Ordering::Relaxed) {
            // Whoever has given a key since has written the latest one.
            true => (1, 1),
            false => (KEYS, PARTS),
        };
        parts = parts.min(size.1);
        while parts > 0 {
            let keys = self.store.secrets(before, size.0).await?;
            if keys.iter().any(|(.., stored)| Vault::is_wrapped(stored)) {
                return Err(RuntimeError::KeyMissing { label: label.to_owned() });
            }
            let Some((last, ..)) = keys.last() else { break };
            (before, parts) = (*last, parts.saturating_sub(1));
        }
        self.keys.are_open.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Whether a new key may be kept under the key of the operator: it is the one of this database, or the first.
    pub(crate) async fn check_new_key(&self, label: &str) -> Result<(), RuntimeError> {
        if self.keys.are_ours.load(Ordering::Relaxed) {
            return Ok(());
        }
        if self.shut_key().await?.is_some() {
            return Err(RuntimeError::OtherKey { label: label.to_owned() });
        }
        self.keys.are_ours.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Keeps the keys of all cases under the key of `new`. Each part is written as a whole; stopped halfway, it goes on with those
    /// that are left. At the end every key is read anew and opened with the new one. `progress` hears how many were looked at.
    ///
    /// # Errors
    /// [`RuntimeError`] when the database cannot be used. A key that neither opens is no error: it is named.
    pub async fn rewrap(&self, new: &Vault, mut progress: impl FnMut(u64)) -> Result<Rewrap, RuntimeError> {
        let (mut before, mut seen, mut done) = (i64::MAX, 0, Rewrap::default());
        loop {
            let keys = self.store.secrets(before, KEYS).await?;
            let Some((last, ..)) = keys.last() else { break };
            before = *last;
            let rows = self.rewrapped(new, &keys)?;
            if !rows.is_empty() {
                done.moved = done.moved.saturating_add(self.store.upkeep(Upkeep::Rewrap(rows)).await?);
            }
            seen += u64::try_from(keys.len()).unwrap_or(u64::MAX);
            progress(seen);
        }
        self.look_again(new, &mut done).await?;
        Ok(done)
    }

    fn rewrapped(&self, new: &Vault, keys: &[(i64, String, String)]) -> Result<Vec<Rewrapped>, RuntimeError> {
        let mut rows = Vec::new();
        for (case_id, label, before) in keys {
            if new.keeps(label, before) {
                continue;
            }
            // What this program cannot open stays, and is named in the end.
            let Ok(key) = self.vault.open(label, before) else { continue };
            let after = new.wrap(label, &key)?;
            rows.push(Rewrapped { case_id: *case_id, before: before.clone(), after });
        }
        Ok(rows)
    }

    async fn look_again(&self, new: &Vault, done: &mut Rewrap) -> Result<(), RuntimeError> {
        let mut before = i64::MAX;
        loop {
            let keys = self.store.secrets(before, KEYS).await?;
            let Some((last, ..)) = keys.last() else { return Ok(()) };
            before = *last;
            for (_, label, stored) in keys {
                match new.keeps(&label, &stored) {
                    true => done.kept = done.kept.saturating_add(1),
                    false => done.left.push(label),
                }
            }
        }
    }
}
