//! A place in a file: two byte offsets. Lines and columns are computed by `voordeur-diagnostics`.

pub(crate) use voordeur_diagnostics::Span;
