//! Two versions of a pathway.
//!
//! ```text
//!   old, new ── canonical text ──▶ structure: what has changed by declaration
//! ```
//!
//! No I/O and no clock here. How a household is treated is asked of `voordeur-verify`.

mod canonical;
mod declaration;
mod parts;
mod structure;
mod token;

pub use structure::{Change, Edit, Kind, structure};
