//! Pictures of a protocol: the state machine with its deadlines on the edges.
//!
//! [`Diagram::of`] says what is shown; [`to_svg`], [`to_dot`] and [`to_mermaid`] write it. The bytes are the
//! same for the same pathway. Nothing is decided here.

mod diagram;
mod dot;
mod layout;
mod mermaid;
mod svg;
mod words;

pub use diagram::{Diagram, Edge, Mark, Note, Shape, Vertex};
pub use dot::to_dot;
pub use layout::{Layout, Rect};
pub use mermaid::{lifecycle_mermaid, to_mermaid};
pub use svg::to_svg;
