//! What the runtime promises, on the real engine and with time as an argument.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a panic in a test is a failing test, and it tells"
)]

mod alike;
mod audit;
mod calls;
mod children;
mod clocks;
mod crash;
mod damaged;
mod deadly;
mod draw;
mod embedding;
mod figures;
mod guarantees;
mod incidents;
mod keys;
mod migrate;
mod office;
mod pathways;
mod postman;
mod privacy;
mod reach;
mod referred;
mod reports;
mod retired;
mod simulation;
mod upgrade;
mod world;
