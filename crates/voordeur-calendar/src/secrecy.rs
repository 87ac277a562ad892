//! Moments that tell a personal value: what was counted from a date of birth leads back to it. In the clear only what is due
//! when is kept of them, and where nothing waits any more not even that.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use voordeur_messages::say;

use crate::calendar::Calendar;
use crate::reasoning::{Due, Reasoning};

/// Whether a moment tells a personal value: a date of birth, the day of an eviction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secrecy {
    /// It does not.
    #[default]
    Open,
    /// What it was counted from is one.
    Personal,
    /// What it was counted from is one, and was taken out.
    Withheld,
}

impl Secrecy {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }
}

impl Due {
    /// The same moment, counted from a personal value.
    #[must_use]
    pub const fn personal(mut self) -> Self {
        if self.why.secrecy.is_open() {
            self.why.secrecy = Secrecy::Personal;
        }
        self
    }

    /// Whether it was counted from a personal value, and that can be read from it.
    #[must_use]
    pub const fn is_personal(&self) -> bool {
        matches!(self.why.secrecy, Secrecy::Personal)
    }

    /// Whether what it was counted from was taken out.
    #[must_use]
    pub const fn is_withheld(&self) -> bool {
        matches!(self.why.secrecy, Secrecy::Withheld)
    }

    /// Whether it was counted from a personal value, whether that can be read from it or not.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        !self.why.secrecy.is_open()
    }

    /// As secret as another one, from which it was counted.
    #[must_use]
    pub const fn as_secret_as(mut self, other: &Self) -> Self {
        self.why.secrecy = other.why.secrecy;
        self
    }

    /// When it is due, without what it was counted from.
    #[must_use]
    pub const fn without_anchor(mut self) -> Self {
        let (anchor, at, secrecy) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH, Secrecy::Withheld);
        self.why = Reasoning { anchor, at, secrecy, ..self.why };
        self
    }

    /// How it was counted, without any moment.
    #[must_use]
    pub const fn withheld(self) -> Self {
        Self { at: Timestamp::UNIX_EPOCH, lost: None, ..self.without_anchor() }
    }

    pub(crate) fn explain_withheld(&self, calendar: &Calendar) -> String {
        let mut words = say!("counted from a date of the household, which is not shown");
        if let Some(doubt) = self.why.doubt_in_words() {
            words = format!("{words} ({doubt})");
        }
        if self.at == Timestamp::UNIX_EPOCH { words } else { format!("{words}: {}", self.result(calendar)) }
    }
}
