//! Tests of the whole of Voordeur.
