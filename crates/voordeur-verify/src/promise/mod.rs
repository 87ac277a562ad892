//! Promises: what is said of every case of a pathway, and whether it holds.
//!
//! ```text
//!   ast::Promise ── lower: names, conditions ──▶ Promise: forms ── observer: one small machine each
//!                     search with the observer ──▶ verdict: kept, broken, vacuous or undecided
//! ```
//!
//! | file | what it holds |
//! | --- | --- |
//! | `model.rs` | a promise with its names resolved |
//! | `lower.rs` | from the syntax tree to that |
//! | `places.rs` | which obligations, happenings and events a statement names |
//! | `sight.rs` | a step as a statement sees it, and what conditions read in it |
//! | `observer.rs` | what a statement makes of a step |
//! | `search.rs` | the observer in the search over all cases |
//! | `together.rs` | statements that share a search |
//! | `product.rs` | a statement without a term over the states of a search that is over |
//! | `confirm.rs` | whether a history with real dates shows what the search says |
//! | `by_day.rs` | the same, day by day: the oracle of the tests |
//! | `by_hour.rs` | terms in hours against what they really take |
//! | `verdict.rs` | what is said of a statement, and the findings |

#[cfg(test)]
mod by_day;
#[cfg(test)]
mod by_hour;
mod confirm;
mod lower;
mod model;
mod observer;
mod places;
mod product;
mod search;
mod sight;
mod together;
mod verdict;

pub use lower::promises;
pub use model::{Promise, Statement};
pub(crate) use verdict::keep_beside;
pub use verdict::{Kept, Told, Undecided, Verdict, keep};
