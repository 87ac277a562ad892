//! Two versions of a pathway: what has changed in the text, and which households are treated differently.
//!
//! ```text
//!   old, new ── canonical text ──▶ structure: what has changed by declaration, with lines in both
//!        └───── both machines side by side (voordeur-verify) ──▶ for whom, with a history played in both
//!                          comparison ──▶ text, json
//! ```
//!
//! No I/O and no clock here.

mod canonical;
mod comparison;
mod declaration;
mod json;
mod level;
mod parts;
mod structure;
mod text;
mod token;

pub use comparison::{Comparison, Pathway, Version, compared};
pub use json::json;
pub use level::Level;
pub use structure::{Change, Edit, Kind, structure};
pub use text::text;
