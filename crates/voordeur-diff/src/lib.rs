//! Two versions of a pathway: what has changed in the text, and which households are treated differently.
//!
//! ```text
//!   old, new ── canonical text ──▶ structure: what has changed by declaration, with lines in both
//!        └───── both machines side by side (voordeur-verify) ──▶ for whom, with a history played in both
//!          comparison ──▶ findings, each with a fingerprint ──▶ text, json, markdown, html, a report for sarif, github, junit
//! ```
//!
//! No I/O and no clock here.

mod acceptance;
mod annotations;
mod behind;
mod canonical;
mod cause;
mod comparison;
mod declaration;
mod declared;
mod editions;
mod finding;
mod fingerprint;
mod grouped;
mod html;
mod json;
mod level;
mod lines;
mod markdown;
mod parts;
mod picture;
mod promise;
mod publication;
mod step_by_step;
mod structure;
mod summary;
mod text;
mod timeline;
mod token;

pub use acceptance::{Acceptance, Acceptances, NotAccepted, acceptances};
pub use annotations::{annotate, annotations};
pub use comparison::{Comparison, Meant, Pathway, Version, compared};
pub use declared::Declared;
pub use finding::{Finding, Subject};
pub use html::{escape as html_escape, html, html_page, html_text};
pub use json::{JSON_VERSION, json};
pub use level::Level;
pub use markdown::{markdown, markdown_text};
pub use promise::{Fate, Promised};
pub use publication::Publication;
pub use structure::{Change, Edit, Kind, structure};
pub use text::text;
