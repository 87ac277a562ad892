//! Keeps cases: state, journal, timers and outbox, in one transaction a step.
//!
//! One trait, [`Storage`], and three implementations that do the same: memory, a SQLite file, a PostgreSQL server.
//! [`Store`] is a handle to any of them. This crate knows rows and nothing of what they mean: the runtime makes
//! them. Only this crate knows sqlx. What is written is durable before [`Storage::commit`] returns.
//!
//! | file | has |
//! | --- | --- |
//! | `storage.rs` | the trait |
//! | `address.rs` | what an address means, and how it is shown |
//! | `handle.rs` | the handle |
//! | `group.rs` | the writer: what waits is written in one transaction |
//! | `tables.rs` | a write, table by table, for the databases that speak SQL |
//! | `columns.rs` | rows as those databases give them |
//! | `post.rs` | inboxes and deliveries: their rows, and the part of the trait that keeps them |
//! | `shape.rs` | what the tables look like, against what they should |
//! | `upkeep.rs` | what is changed apart from the steps of cases |
//! | `memory/` | the implementation in memory, the plainest of the three |
//! | `sqlite/`, `postgres/` | the other two |

mod address;
mod columns;
mod error;
mod group;
mod handle;
mod memory;
mod post;
mod postgres;
mod rows;
mod shape;
mod sqlite;
mod storage;
mod tables;
mod upkeep;

pub use address::shown;
pub use async_trait::async_trait;
pub use error::StoreError;
pub use handle::Store;
pub use post::{
    Delivery, DeliveryWrite, Item, ItemQuery, ItemWrite, Post, Progress, Reach, Settled, Waits, Whose,
};
pub use rows::{
    CaseRow, CaseWrite, Claim, ClaimedTimer, Counts, DocumentRow, Done, Gone, JournalRow, Key, Kind, Lane,
    MessageRow, OutboxRow, Outgoing, ProtocolRow, Retirement, SEVERAL, Status, StepWrite, TimerClaim,
    TimerRow, TimerWrite,
};
pub use storage::Storage;
pub use upkeep::{
    DecreeRow, IncidentRow, Lead, Oddity, OldItem, Pulse, Rewrapped, Stray, TIMERS, TimerParty, Upkeep,
};

/// The version of the tables that this program reads and writes. It brings older ones up to this version.
///
/// A newer database says which version a program must have at least: a change of the tables first only adds
/// (programs of the version before go on beside it), and takes away one version later.
pub const SCHEMA_VERSION: i64 = 6;
