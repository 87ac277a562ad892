//! What time it is.

use jiff::Timestamp;

/// Where [`Runtime::serve`](crate::Runtime::serve) learns what time it is.
pub trait Clock: Send + Sync {
    /// The moment (UTC).
    fn now(&self) -> Timestamp;
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the real clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
