//! Scenarios: imagined cases with dates, played on a virtual clock by the engine itself.
//!
//! ```text
//!   ast::Scenario ── names, values, rows of the table ──▶ Example ── play ──▶ Played: what happened, what
//!                                                                            was expected and did not
//! ```
//!
//! [`compile`] resolves the scenarios of a file, [`play`] plays one example, [`Coverage`] counts what the
//! played examples have shown of a pathway. No I/O and no clock here.

mod compile;
mod coverage;
mod example;
mod expect;
mod play;
mod walk;

pub use compile::compile;
pub use coverage::{Clock, Coverage, Item, Place, Share};
pub use example::{Action, Example, Expected, Report, Scenario};
pub use play::{Failure, Moment, Played, play};
