//! Dense tables and the small numbers that index them.
//!
//! Every declared name of a pathway becomes a number when the file is compiled, so that a step of the
//! engine indexes tables and never compares strings. A number is only ever made by the table it
//! indexes, which is why indexing here cannot fail.

use std::marker::PhantomData;

/// A number that indexes one table.
pub trait Id: Copy + Eq + Ord {
    /// The number of the `index`-th row. Tables are limited to 65,535 rows by the compiler.
    fn from_index(index: usize) -> Self;
    /// The row.
    fn index(self) -> usize;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u16);

        impl Id for $name {
            fn from_index(index: usize) -> Self {
                Self(u16::try_from(index).unwrap_or(u16::MAX))
            }
            fn index(self) -> usize {
                usize::from(self.0)
            }
        }
    )*};
}

ids! {
    /// An agency, a role, the client, or anyone.
    PartyId,
    /// A field of `data`.
    FieldId,
    /// A trigger.
    TriggerId,
    /// A declared event of the case, or one that the language knows.
    EventId,
    /// A declared obligation: a visit, task, referral, question, action, escalation or contact.
    ObligationId,
    /// One place in the file where an obligation is opened.
    OpeningId,
    /// A stage or an aftercare.
    StageId,
    /// An end.
    EndId,
    /// A rule.
    RuleId,
}

/// A table of rows of one kind.
#[derive(Debug, Clone)]
pub struct Table<I, T> {
    rows: Vec<T>,
    id: PhantomData<I>,
}

impl<I: Id, T> Table<I, T> {
    /// An empty table.
    #[must_use]
    pub const fn new() -> Self {
        Self { rows: Vec::new(), id: PhantomData }
    }

    /// Adds a row and gives its number.
    pub fn push(&mut self, row: T) -> I {
        self.rows.push(row);
        I::from_index(self.rows.len().saturating_sub(1))
    }

    /// The row of a number that this table gave out.
    ///
    /// # Panics
    /// With a number of another table. Numbers from outside, such as those of a stored case, are tried
    /// with [`Self::get`] first.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "an id is only made by the table that it indexes")]
    pub fn row(&self, id: I) -> &T {
        &self.rows[id.index()]
    }

    /// As [`Self::row`], to change it.
    #[expect(clippy::indexing_slicing, reason = "an id is only made by the table that it indexes")]
    #[must_use]
    pub fn row_mut(&mut self, id: I) -> &mut T {
        &mut self.rows[id.index()]
    }

    /// The row of a number that may come from elsewhere, such as a stored case.
    #[must_use]
    pub fn get(&self, id: I) -> Option<&T> {
        self.rows.get(id.index())
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows with their numbers, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (I, &T)> {
        self.rows.iter().enumerate().map(|(index, row)| (I::from_index(index), row))
    }

    /// The rows alone, in order.
    pub fn rows(&self) -> std::slice::Iter<'_, T> {
        self.rows.iter()
    }
}

impl<I: Id, T> Default for Table<I, T> {
    fn default() -> Self {
        Self::new()
    }
}
