//! The way to a server: what it is called, and how long an answer may take. A connection whose other side has vanished
//! gives no error, and would be waited for without end.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use crate::address::shown;
use crate::error::StoreError;

/// How long an answer may take: longer than the server itself waits for a lock.
const PATIENCE: Duration = Duration::from_secs(15);

/// For how many answers it is asked what came of a commit, and for how long at most: long enough for a server that starts anew, and
/// for a transaction that the server has to end first.
const QUESTIONS: u32 = 5;
const ASKED: Duration = Duration::from_secs(30);

/// The name that PostgreSQL's own clients have for it, in milliseconds.
const SETTING: &str = "tcp_user_timeout";

/// How a server is called, and how patient we are with it.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) path: String,
    patience: Duration,
}

impl Link {
    /// Reads an address; gives what is left of it for the driver.
    pub(super) fn new(url: &str) -> (Self, String) {
        let path = shown(Path::new(url));
        let (place, settings) = url.split_once('?').unwrap_or((url, ""));
        let is_ours = |setting: &&str| setting.split('=').next() == Some(SETTING);
        let given = settings.split('&').find(is_ours).and_then(|setting| setting.split_once('='));
        let patience = given.and_then(|(_, millis)| millis.parse().ok()).map(Duration::from_millis);
        let rest: Vec<&str> = settings.split('&').filter(|setting| !is_ours(setting)).collect();
        let url = if settings.is_empty() { url.to_owned() } else { format!("{place}?{}", rest.join("&")) };
        (Self { path, patience: patience.unwrap_or(PATIENCE) }, url)
    }

    /// The same way, for who has less patience.
    pub(super) fn within_at_most(self, patience: Duration) -> Self {
        Self { patience: self.patience.min(patience), ..self }
    }

    /// For how long it is asked what came of a commit.
    pub(super) fn asked_for(&self) -> Duration {
        self.patience.saturating_mul(QUESTIONS).min(ASKED)
    }

    pub(super) fn error(&self, error: &sqlx::Error) -> StoreError {
        StoreError::from_postgres(&self.path, error)
    }

    /// Nobody could be asked what came of a commit, for this reason.
    pub(super) fn uncertain(&self, unanswered: Option<StoreError>) -> StoreError {
        let why = match unanswered {
            Some(StoreError::Unreachable { why, .. }) => why,
            Some(error) => error.to_string(),
            None => silence(self.asked_for()),
        };
        StoreError::Uncertain { path: self.path.clone(), why }
    }

    /// Waits for an answer, and not without end.
    pub(super) async fn within<T>(
        &self,
        answer: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        match tokio::time::timeout(self.patience, answer).await {
            Ok(answer) => answer.map_err(|error| self.error(&error)),
            Err(_) => Err(StoreError::Unreachable { path: self.path.clone(), why: silence(self.patience) }),
        }
    }
}

fn silence(patience: Duration) -> String {
    format!("no answer within {} ms", patience.as_millis())
}
