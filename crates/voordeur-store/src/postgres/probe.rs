//! Asking whether the server answers, on a connection of its own: whoever works may wait long for an answer, and has patience
//! with a server that starts anew. Whoever watches wants to know at once.

use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::sync::Mutex;

use super::link::Link;
use crate::error::StoreError;

/// How long an answer may take, a new connection included.
const PATIENCE: Duration = Duration::from_secs(1);

/// A connection that nothing else is done with.
#[derive(Debug)]
pub(super) struct Probe {
    link: Link,
    options: PgConnectOptions,
    /// Kept as long as it answers.
    kept: Mutex<Option<PgConnection>>,
}

impl Probe {
    pub(super) fn new(link: Link, options: PgConnectOptions) -> Self {
        Self { link: link.within_at_most(PATIENCE), options, kept: Mutex::default() }
    }

    /// Whether the server answers. A connection that was broken is made anew once: a server that has just started answers.
    pub(super) async fn ask(&self) -> Result<(), StoreError> {
        let mut kept = self.kept.lock().await;
        let known = kept.take();
        let connection = self.link.within(async {
            if let Some(mut connection) = known
                && connection.ping().await.is_ok()
            {
                return Ok(connection);
            }
            let mut connection = PgConnection::connect_with(&self.options).await?;
            connection.ping().await?;
            Ok(connection)
        });
        *kept = Some(connection.await?);
        Ok(())
    }

    pub(super) async fn close(&self) {
        if let Some(connection) = self.kept.lock().await.take() {
            drop(self.link.within(connection.close()).await);
        }
    }
}
