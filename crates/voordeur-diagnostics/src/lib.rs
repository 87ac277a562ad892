//! Voordeur: diagnostics.
