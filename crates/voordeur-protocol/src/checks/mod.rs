//! What must hold for every protocol before it may run: one file per check.

use voordeur_diagnostics::Diagnostic;

use crate::model::Protocol;
use crate::spans::Spans;

/// Runs every check.
pub(crate) fn run(_protocol: &Protocol, _spans: &Spans, _problems: &mut Vec<Diagnostic>) {}
