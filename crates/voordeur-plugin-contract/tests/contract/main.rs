//! Manifests and schemas, as plugins give them.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a panic in a test is a failing test")]

mod manifests;
mod schemas;
