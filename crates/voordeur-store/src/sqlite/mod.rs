//! Cases in one SQLite file: one writer, any number of readers.

mod migrate;
mod open;
mod post;
mod read;
mod write;

pub(crate) use open::SqliteStore;
