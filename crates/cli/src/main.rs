//! The command line of Voordeur.
fn main() {}
