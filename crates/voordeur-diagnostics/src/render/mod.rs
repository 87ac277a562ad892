//! The output formats, one file each.

mod concise;
mod json;
mod text;

pub use concise::concise;
pub use json::json;
pub use text::{text, text_of};
