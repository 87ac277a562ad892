//! Hints that others have written something. They may be missed: who waits looks by itself now and then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPool};
use tokio::sync::Notify;

use super::CHANNEL;

/// How long to wait before listening again after the connection was lost.
const PAUSE: Duration = Duration::from_secs(1);

/// One listener for each program, from the first time that somebody waits.
#[derive(Debug, Clone, Default)]
pub(super) struct Hints {
    heard: Arc<Notify>,
    listening: Arc<AtomicBool>,
}

impl Hints {
    pub(super) async fn next(&self, pool: &PgPool) {
        if !self.listening.swap(true, Ordering::Relaxed) {
            tokio::spawn(listen(pool.clone(), Arc::clone(&self.heard)));
        }
        self.heard.notified().await;
    }
}

async fn listen(pool: PgPool, heard: Arc<Notify>) {
    while !pool.is_closed() {
        if let Ok(mut listener) = PgListener::connect_with(&pool).await
            && listener.listen(CHANNEL).await.is_ok()
        {
            while listener.recv().await.is_ok() {
                heard.notify_one();
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}
