//! The two languages of the program, and what it says in them.
//!
//! Nothing here knows about pathways: it is about languages and texts alone. `say!` is how anything is said;
//! `nl.po` holds the Dutch of all of it, and a test sees to it that nothing is missing and nothing is left over.

mod catalogue;
mod kept;
mod lang;
mod said;
mod shown;

pub use catalogue::{DUTCH, dutch, entries};
pub use kept::{kept, retold};
pub use lang::Lang;
pub use said::{fits, language, said, set_language, speaking, translated};
pub use shown::shown;
