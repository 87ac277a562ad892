//! Drives cases: loads them, lets the engine decide, writes what it decided, and carries it out.
//!
//! ```text
//!   event or timer ─▶ step (pure) ─▶ one transaction: state, journal, outbox ─▶ plugins, people
//! ```
//!
//! Transitions happen exactly once; the work of plugins at least once, with a key that stays the same.
//! Cases do not depend on each other, so each is driven on its own.
//!
//! Time is the caller's: [`Runtime::advance`] drives cases to any moment, [`Runtime::serve`] follows a
//! [`Clock`].

mod agenda;
mod audit;
mod backtest;
mod beside;
mod calendar;
mod calls;
mod census;
mod chain;
mod channel;
mod children;
mod chores;
mod clock;
mod decreed;
mod desk;
mod drive;
mod duty;
mod elsewhere;
mod erase;
mod error;
mod figures;
mod firing;
mod going;
mod households;
mod inbox;
mod incidents;
mod journey;
mod labels;
mod left_out;
mod library;
mod migrate;
mod notices;
mod pace;
mod planned;
mod postman;
mod references;
mod report;
mod retire;
mod rewrap;
mod rows;
mod sealing;
mod sent;
mod serve;
mod session;
mod sweep;
mod timers;
mod together;
mod topic;
mod tries;
mod undo;
mod vault;
mod watch;
mod write;

pub use agenda::{Agenda, Appointed, Appointment};
pub use audit::{Audit, Fault};
pub use backtest::{Measured, NotTested, Tested};
pub use calendar::Recounted;
pub use census::{Census, Partner};
pub use channel::{Channel, Parcel, Routes, Undelivered};
pub use clock::{Clock, SystemClock};
pub use drive::{Advanced, Runtime};
pub use erase::Expired;
pub use error::RuntimeError;
pub use figures::{Figures, Referred, Spans, Worked};
pub use households::{Household, Opened};
pub use inbox::{Mark, Told};
pub use incidents::{DeadLetter, Incident, Remedy};
pub use journey::{Journey, Way};
pub use library::{Library, Unusable};
pub use planned::{ComesIn, Moves, Planned, Sort};
pub use postman::{Posted, Postman};
pub use references::check_person;
pub use retire::Heir;
pub use rewrap::Rewrap;
pub use rows::{journal, micros, stored_case, timestamp};
pub use topic::Topic;
pub use undo::Undone;
pub use vault::Vault;
pub use watch::{Beat, FailedTry, Happened, Notice, Silent, Trouble, Watch};
