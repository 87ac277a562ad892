//! What a command tells of that went wrong beside its work.

use std::io::{self, Write as _};

use voordeur_messages::say;
use voordeur_runtime::{Trouble, Watch};

/// Only what went wrong is told.
pub(crate) struct Troubles;

impl Watch for Troubles {
    fn trouble(&mut self, trouble: &Trouble) {
        tell(trouble);
    }
}

/// Tells an operator of what went wrong.
pub(crate) fn tell(trouble: &Trouble) {
    let line = say!("trouble: {label}: {trouble}", label = trouble.label, trouble = trouble.text);
    writeln!(io::stderr(), "{line}").unwrap_or_default();
}
