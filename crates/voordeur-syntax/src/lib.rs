//! Pathway files: text to syntax tree.
//!
//! [`decode`] turns bytes into text, [`parse`] turns text into a tree and always gives one: what it
//! cannot read it reports and leaves out. Only this crate sees the grammar; nothing here resolves names.

mod about;
#[expect(missing_docs, reason = "the example in the documentation of each variant shows its fields")]
pub mod ast;
mod decode;
mod fits;
mod format;
mod forms;
mod lists;
mod parse;
mod phrase;
mod recover;
mod scan;
mod slips;
mod span;
mod spelling;
mod translate;
mod tree;
pub mod vocabulary;

pub use about::names_around;
pub use decode::{MAX_BYTES, decode};
pub use fits::fits;
pub use format::{Formatted, LINE_LENGTH, Unformattable, format, layout};
pub use parse::{Comment, MAX_PROBLEMS, Parsed, parse, parse_at};
pub use phrase::{TermPhrase, term_phrase};
pub use slips::number_in_words;
pub use spelling::mixed_spelling;
pub use translate::{Untranslatable, translate};
