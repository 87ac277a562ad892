//! Voordeur: store.
