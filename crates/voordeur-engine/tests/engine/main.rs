//! The engine, tried from outside: stories on the example pathways, stories on small ones, and laws.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a panic in a test is a failing test"
)]

mod awaited;
mod called_off;
mod clocks;
mod examples;
mod guarantees;
mod interrupted;
mod laws;
mod migrate;
mod moments;
mod never_stuck;
mod play;
mod rights;
mod small;
