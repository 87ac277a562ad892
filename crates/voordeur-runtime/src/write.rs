//! Work that is under way: the store has it, and what comes of it is waited for later.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use voordeur_store::{CaseWrite, Lane, Store, StoreError};

use crate::error::RuntimeError;
use crate::session::Session;
use crate::watch::Watch;

/// Something that was handed to the store.
pub(crate) enum UnderWay<T> {
    Done(Result<T, StoreError>),
    Waiting(Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>),
}

impl<T> UnderWay<T> {
    /// Hands it in. From here on the store works on it, whether or not somebody waits.
    pub(crate) async fn begun(work: impl Future<Output = Result<T, StoreError>> + Send + 'static) -> Self {
        let mut work: Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>> = Box::pin(work);
        match std::future::poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await {
            Poll::Ready(done) => Self::Done(done),
            Poll::Pending => Self::Waiting(work),
        }
    }

    pub(crate) async fn done(self) -> Result<T, StoreError> {
        match self {
            Self::Done(done) => done,
            Self::Waiting(work) => work.await,
        }
    }
}

/// A write that was handed in, and the cases that it is about.
pub(crate) struct Write {
    state: UnderWay<()>,
    sessions: Vec<Session>,
}

impl Write {
    pub(crate) async fn begun(
        store: Store,
        writes: Vec<CaseWrite>,
        lane: Lane,
        sessions: Vec<Session>,
    ) -> Self {
        if writes.is_empty() {
            return Self { state: UnderWay::Done(Ok(())), sessions };
        }
        let commit = async move { store.commit(writes, lane).await.map(|_| ()) };
        Self { state: UnderWay::begun(commit).await, sessions }
    }

    /// Waits until it is durable; gives the cases.
    pub(crate) async fn done(self) -> Result<Vec<Session>, RuntimeError> {
        self.state.done().await?;
        Ok(self.sessions)
    }
}

/// Tells those who look on what has been written.
pub(crate) fn tell(sessions: Vec<Session>, watch: &mut dyn Watch) {
    for session in sessions {
        let sent = session.sent();
        for happened in session.written() {
            watch.happened(&happened);
        }
        for notice in sent {
            watch.notice(&notice);
        }
    }
}
