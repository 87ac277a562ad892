//! A write that is under way: the store has it, and what comes of it is waited for later.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use voordeur_store::{CaseWrite, Lane, Store, StoreError};

use crate::error::RuntimeError;
use crate::session::Session;
use crate::watch::Watch;

type Written = Result<(), StoreError>;

/// What was handed in, and the cases that it is about.
pub(crate) struct Write {
    state: State,
    sessions: Vec<Session>,
}

enum State {
    Done(Written),
    UnderWay(Pin<Box<dyn Future<Output = Written> + Send>>),
}

impl Write {
    /// Hands it in. From here on the store works on it, whether or not somebody waits.
    pub(crate) async fn begun(
        store: Store,
        writes: Vec<CaseWrite>,
        lane: Lane,
        sessions: Vec<Session>,
    ) -> Self {
        if writes.is_empty() {
            return Self { state: State::Done(Ok(())), sessions };
        }
        let commit = async move { store.commit(writes, lane).await.map(|_| ()) };
        let mut commit: Pin<Box<dyn Future<Output = Written> + Send>> = Box::pin(commit);
        let first = std::future::poll_fn(|context| Poll::Ready(commit.as_mut().poll(context))).await;
        let state = match first {
            Poll::Ready(written) => State::Done(written),
            Poll::Pending => State::UnderWay(commit),
        };
        Self { state, sessions }
    }

    /// Waits until it is durable; gives the cases.
    pub(crate) async fn done(self) -> Result<Vec<Session>, RuntimeError> {
        match self.state {
            State::Done(written) => written?,
            State::UnderWay(commit) => commit.await?,
        }
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
