//! Roles, with what is asked of those who have them.

use super::{Length, Name, Text, Unit};

/// `role worker "…" of meldpunt trained in "…" only refers available 36 hours per week for 2 cases`
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    /// Its name.
    pub name: Name,
    /// Its title for people.
    pub title: Option<Text>,
    /// Its agency.
    pub of: Name,
    /// `volunteers`
    pub volunteers: bool,
    /// `trained in "…"`
    pub trained: Option<Text>,
    /// `may help directly` is true, `only refers` is false.
    pub helps: Option<bool>,
    /// `available 36 hours per week for 2 cases`
    pub available: Option<Available>,
}

/// `available 36 hours per week for 2 cases`
#[derive(Debug, Clone, PartialEq)]
pub struct Available {
    /// How much time there is.
    pub amount: Length,
    /// Per what.
    pub per: Unit,
    /// For how many cases at once.
    pub cases: u32,
}
