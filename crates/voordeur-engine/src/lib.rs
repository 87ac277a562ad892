//! What happens to a case: one pure function.
//!
//! ```text
//!   step(protocol, case, event, now) ──▶ Ok(case after it, journal entries)
//!                                    └─▶ Err(why it was refused): nothing has changed
//! ```
//!
//! The runtime, the simulator, the tests and later the differ all call [`step`]; nothing else decides
//! what happens to a case. The journal is complete: [`apply`]ing its entries to [`Case::default`] gives
//! the same case, because `step` itself changes a case only by applying entries.
//!
//! No I/O, no clock and no randomness here: the moment comes in as an argument.

mod apply;
mod arrival;
mod case;
mod entry;
mod event;
mod message;
mod migrate;
mod recount;
mod rejection;
mod secret;
mod step;
mod text;
mod tie;
mod timer;
mod unseen;
mod waiting;

pub use apply::apply;
pub use arrival::{Arrival, Edition};
pub use case::{Case, Deferred, Instance, Last, Left, Parent, Postponed, Serial, Status, Stay};
pub use entry::{Entry, Mended, Moved, NotCounted};
pub use event::{ActionAnswer, By, Data, Erasure, Event, Mending, StoodStill};
pub use message::{Message, Reason};
pub use migrate::{
    CarriedOver, ChangedTerm, Clocks, HistoryStep, Obstacle, Passage, Replayed, Shift, Stranded, stranded,
};
pub use recount::{recount, recount_earliest};
pub use rejection::Rejection;
pub use secret::{Secret, WITHHELD};
pub use step::{Stepper, Transition, check_decides, check_reason, counts_at, known, step, told_on_return};
pub use text::{Line, Teller, Weight, describe, describe_message, describe_timer};
pub use tie::{Succession, Tie, Ties};
pub use timer::{Timer, TimerId, TimerKind};
pub use unseen::{rounds_of, waits_for_ever};
pub use waiting::{Waiting, waiting};
