//! Voordeur: runtime.
