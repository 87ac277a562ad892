//! Voordeur: engine.
