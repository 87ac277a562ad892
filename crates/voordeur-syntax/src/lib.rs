//! Voordeur: syntax.
