//! Keeps cases in one SQLite file: state, journal, timers and outbox, in one transaction a step.
//!
//! This crate knows rows and nothing of what they mean: the runtime makes them. Only this crate knows
//! sqlx. What is written is on the disk before [`Store::commit`] returns.

mod error;
mod open;
mod read;
mod rows;
mod write;

pub use error::StoreError;
pub use open::Store;
pub use rows::{
    CaseRow, CaseWrite, DocumentRow, Done, JournalRow, Key, Kind, OutboxRow, Outgoing, ProtocolRow, Status,
    StepWrite,
};

/// The version of the tables that this program reads and writes.
pub const SCHEMA_VERSION: i64 = 1;
