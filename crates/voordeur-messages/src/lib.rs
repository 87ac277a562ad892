//! The two languages of the program, and what it says in them.
//!
//! Nothing here knows about pathways: it is about languages and texts alone.

mod lang;

pub use lang::Lang;
