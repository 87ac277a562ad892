//! Manifests and schemas, as plugins give them.

#![expect(clippy::expect_used, reason = "a panic in a test is a failing test")]

mod manifests;
mod schemas;
