//! Findings about a pathway file, as data.
//!
//! A [`Diagnostic`] names its [`Rule`], its place, what is wrong and what to do about it; each output
//! format is one renderer. Every rule has a page `docs/rules/<rule>.md`, whose examples are tests.

mod closest;
mod diagnostic;
mod render;
mod rules;
mod source;
mod span;

pub use closest::closest;
pub use diagnostic::{Diagnostic, Fix, Label, Severity};
pub use render::{concise, json, text, text_of};
pub use rules::Rule;
pub use source::{LineIndex, Place, SourceFile, Sources};
pub use span::Span;
