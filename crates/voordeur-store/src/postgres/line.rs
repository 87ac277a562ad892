//! The one connection that writes. It is kept between transactions, made anew when it was lost, and thrown away as soon as
//! anything about it is in doubt.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::time::Instant;

use super::link::Link;
use super::statements::BY_INDEX;
use crate::error::StoreError;

/// How long a server may be away before a write or a question fails: long enough to start anew.
pub(super) const RESTART: Duration = Duration::from_secs(10);

/// How long to wait before trying again to connect.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// The connection, while nobody uses it.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) link: Link,
    options: PgConnectOptions,
    rest: Mutex<Rest>,
}

#[derive(Debug)]
enum Rest {
    Open(Option<PgConnection>),
    Closed,
}

/// Plans are kept that are good for large tables. A server that does not know this setting (a relative of PostgreSQL) goes on
/// as it is used to.
pub(super) async fn by_index(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    match sqlx::raw_sql(BY_INDEX).execute(connection).await {
        Err(error) if error.as_database_error().is_none() => Err(error),
        _ => Ok(()),
    }
}

impl Line {
    pub(super) fn new(link: Link, options: PgConnectOptions) -> Self {
        Self { link, options, rest: Mutex::new(Rest::Open(None)) }
    }

    /// The connection, or a new one.
    pub(super) async fn take(&self) -> Result<PgConnection, StoreError> {
        let kept = match &mut *self.rest.lock().unwrap_or_else(PoisonError::into_inner) {
            Rest::Open(kept) => kept.take(),
            Rest::Closed => return Err(StoreError::Closed),
        };
        match kept {
            Some(connection) => Ok(connection),
            None => self.connect().await,
        }
    }

    /// The connection, when there is one.
    pub(super) fn kept(&self) -> Option<PgConnection> {
        match &mut *self.rest.lock().unwrap_or_else(PoisonError::into_inner) {
            Rest::Open(kept) => kept.take(),
            Rest::Closed => None,
        }
    }

    /// A first connection: when the address is wrong, that is told at once.
    pub(super) async fn first(&self) -> Result<(), StoreError> {
        let connection = self.link.within(self.made()).await?;
        self.put(connection);
        Ok(())
    }

    async fn made(&self) -> Result<PgConnection, sqlx::Error> {
        let mut connection = PgConnection::connect_with(&self.options).await?;
        by_index(&mut connection).await?;
        Ok(connection)
    }

    async fn connect(&self) -> Result<PgConnection, StoreError> {
        let until = Instant::now() + RESTART;
        loop {
            match self.link.within(self.made()).await {
                Err(StoreError::Unreachable { .. }) if Instant::now() < until => {
                    tokio::time::sleep(PAUSE).await;
                }
                connected => return connected,
            }
        }
    }

    /// Keeps a connection of which everything is known for the next one.
    pub(super) fn put(&self, connection: PgConnection) {
        if let Rest::Open(kept) = &mut *self.rest.lock().unwrap_or_else(PoisonError::into_inner) {
            *kept = Some(connection);
        }
    }

    /// No more connections from here on.
    pub(super) fn close(&self) {
        *self.rest.lock().unwrap_or_else(PoisonError::into_inner) = Rest::Closed;
    }
}
