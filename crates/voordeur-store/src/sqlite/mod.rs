//! Cases in one SQLite file: one writer, any number of readers.

mod cells;
mod checkpoint;
mod file;
mod migrate;
mod open;
mod post;
mod read;
mod view;
mod write;

pub(crate) use open::SqliteStore;
