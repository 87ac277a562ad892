//! Runs the plugins of a pathway: WebAssembly components that get what they may see and give an answer.
//!
//! ```text
//!   PluginHost ── load ──▶ Plugin ── perform(call) ──▶ Outcome | ActionError
//!     engine, limits        checked, compiled once      a fresh store per call
//!     operator, keys        what it may reach           fuel, time, memory, output, log
//! ```
//!
//! A plugin has no clock, no files and no randomness of its own, and reaches over the network only what it asks for and
//! the operator grants. Only this crate knows wasmtime.

mod access;
mod bindings;
mod call;
mod component;
mod directory;
mod error;
mod guest;
mod host;
pub mod http;
mod imports;
mod limits;
mod plugin;
mod random;
pub mod testing;
mod wasi;

pub use call::{Call, Content, Document, Outcome};
pub use component::component_of;
pub use directory::{For, PluginDirectory};
pub use error::{ActionError, HostError, LoadError, Policy};
pub use guest::{LogLine, LogSink};
pub use host::{PluginHost, Setup};
pub use limits::Limits;
pub use plugin::{Plugin, Report};
pub use voordeur_plugin_contract as contract;
