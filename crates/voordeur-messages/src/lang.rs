//! The languages.

use std::fmt;
use std::str::FromStr;

/// A language: of a pathway file (its spelling) or of what the program says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Dutch (Nederlands).
    Nl,
}

impl Lang {
    /// Both, English first.
    pub const ALL: [Self; 2] = [Self::En, Self::Nl];

    /// The two-letter code of ISO 639: `en`, `nl`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Nl => "nl",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::En => Self::Nl,
            Self::Nl => Self::En,
        }
    }

    /// The language that a setting of the environment names, such as `nl_NL.UTF-8`; English for all others.
    ///
    /// ```
    /// use voordeur_messages::Lang;
    /// assert_eq!(Lang::from_locale("nl_NL.UTF-8"), Lang::Nl);
    /// assert_eq!(Lang::from_locale("C"), Lang::En);
    /// ```
    #[must_use]
    pub fn from_locale(locale: &str) -> Self {
        match locale.split(['_', '.', '-', '@']).next() {
            Some("nl" | "NL") => Self::Nl,
            _ => Self::En,
        }
    }

    /// Picks one of two texts, English first.
    #[must_use]
    pub fn pick<T>(self, en: T, nl: T) -> T {
        match self {
            Self::En => en,
            Self::Nl => nl,
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Lang {
    type Err = String;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|lang| lang.code() == code)
            .ok_or_else(|| format!("`{code}` is no language of this program; use `en` or `nl`"))
    }
}
