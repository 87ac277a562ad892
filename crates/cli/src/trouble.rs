//! What a command tells of that went wrong beside its work.

use std::collections::BTreeSet;
use std::io::{self, Write as _};

use voordeur_messages::say;
use voordeur_runtime::{Trouble, Watch};

use crate::failure::Outcome;

/// Only what went wrong is told.
pub(crate) struct Troubles;

impl Watch for Troubles {
    fn trouble(&mut self, trouble: &Trouble) {
        tell(trouble);
    }
}

/// What went wrong is told, and of what was left out each once: then the command has not done all of its work.
#[derive(Default)]
pub(crate) struct LeftOut(BTreeSet<(String, String)>);

impl LeftOut {
    /// How a command ends that did all the rest.
    pub(crate) fn outcome(&self) -> Outcome {
        if self.0.is_empty() { Outcome::Clean } else { Outcome::Failed }
    }
}

impl Watch for LeftOut {
    fn trouble(&mut self, trouble: &Trouble) {
        tell(trouble);
    }

    fn left_out(&mut self, trouble: &Trouble) {
        if self.0.insert((trouble.label.clone(), trouble.text.clone())) {
            tell(trouble);
        }
    }
}

/// Tells an operator of what went wrong.
pub(crate) fn tell(trouble: &Trouble) {
    let line = say!("trouble: {label}: {trouble}", label = trouble.label, trouble = trouble.text);
    writeln!(io::stderr(), "{line}").unwrap_or_default();
}
