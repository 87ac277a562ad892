//! Voordeur: plugin-host.
