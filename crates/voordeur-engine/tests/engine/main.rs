//! The engine, tried from outside: stories on the example pathways, stories on small ones, and laws.

mod examples;
mod laws;
mod play;
mod small;
