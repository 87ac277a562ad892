//! Runs the plugins of a pathway: WebAssembly components that get what they may see and give an answer.
//!
//! ```text
//!   PluginHost ── load ──▶ Plugin ── perform(call) ──▶ Outcome | ActionError
//!     engine, limits        checked, compiled once      a fresh store per call
//! ```
//!
//! A plugin has no clock, no network, no files and no randomness: the same call gives the same answer.
//! Only this crate knows wasmtime.

mod bindings;
mod call;
mod directory;
mod error;
mod host;
mod limits;
mod plugin;

pub use call::{Call, Document, Outcome};
pub use directory::PluginDirectory;
pub use error::{ActionError, HostError, LoadError};
pub use host::PluginHost;
pub use limits::Limits;
pub use plugin::{Action, LogLine, LogSink, Manifest, Plugin, Setting};
