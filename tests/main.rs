//! The whole program, as a user meets it: the documentation, the examples of the issue, bad input, crashes.

#![expect(clippy::expect_used, clippy::string_slice, reason = "a panic in a test is a failing test")]

mod bad_input;
mod check;
mod children;
mod damage;
mod dates;
mod delivery;
mod diff;
mod documents;
mod durability;
mod examples;
mod git;
mod import;
mod init;
mod interrupted;
mod language;
mod lateness;
mod layout;
mod live;
mod migration;
mod operations;
mod plugin_failures;
mod plugin_servers;
mod plugins;
mod program;
mod promises;
mod reach;
mod reference;
mod refusals;
mod reuse;
mod safekeeping;
mod scenarios;
mod uncertain;
mod unreadable;
mod verify;
mod workers;
