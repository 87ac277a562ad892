//! Voordeur: calendar.
