//! Findings about a pathway file, as data.
//!
//! A [`Diagnostic`] names its [`Rule`], its place, what is wrong and what to do about it; each output
//! format is one renderer. Every rule has a page `docs/rules/<rule>.md`, whose examples are tests.

mod closest;
mod diagnostic;
mod mend;
mod render;
mod report;
mod rules;
mod source;
mod span;

pub use closest::{Near, closest};
pub use diagnostic::{Applicability, Diagnostic, Edit, Fix, Label, Scene, Severity};
pub use mend::{Mended, mend};
pub use render::{JSON_VERSION, concise, finding_json, github, json, junit, sarif, text, text_of};
pub use report::{Excuse, Located, Report};
pub use rules::Rule;
pub use source::{LineIndex, Place, SourceFile, Sources};
pub use span::Span;
