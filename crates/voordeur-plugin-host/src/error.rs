//! What can go wrong, and what to do about it.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

/// The virtual machine could not be set up.
#[derive(Debug, Error)]
#[error("the plugin host cannot start: {0}")]
pub struct HostError(#[from] pub(crate) wasmtime::Error);

/// A plugin could not be loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// No file in any of the folders.
    #[error("there is no plugin `{name}`: looked for {}", paths(.looked))]
    NotFound {
        /// The plugin.
        name: String,
        /// Where was looked.
        looked: Vec<PathBuf>,
    },
    /// A name that is no name of a plugin.
    #[error("`{0}` is no name of a plugin: use lower case letters, digits and `-`")]
    BadName(String),
    /// The file could not be read.
    #[error("{}: cannot read the plugin: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The bytes are no component.
    #[error("{name}: this is no WebAssembly component: {why}; build it as wasm-plugins/README.md says")]
    NotAComponent {
        /// The plugin or its file.
        name: String,
        /// What the decoder says.
        why: String,
    },
    /// It does not offer, or asks for more than, the contract.
    #[error("{name}: does not fit the contract voordeur:plugin@1.0.0: {why}")]
    DoesNotFit {
        /// The plugin or its file.
        name: String,
        /// What is missing or too much.
        why: String,
    },
    /// It could not say what it is.
    #[error("{name}: cannot say what it is: {source}")]
    NoManifest {
        /// The plugin or its file.
        name: String,
        /// How the call went.
        source: ActionError,
    },
}

/// A call did not give an answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ActionError {
    /// The pathway or the case gives something that the plugin cannot work with.
    #[error("the plugin cannot work with this: {0}")]
    InvalidInput(String),
    /// The plugin will not do it.
    #[error("the plugin refuses: {0}")]
    Refused(String),
    /// It may work later.
    #[error("the plugin asks to try again: {reason}")]
    Retryable {
        /// Why.
        reason: String,
        /// Not sooner than after this time.
        after: Option<Duration>,
    },
    /// Somebody has to look at it.
    #[error("somebody has to look at this: {0}")]
    NeedsHuman(String),
    /// The plugin broke off.
    #[error("the plugin broke off: {0}")]
    Trapped(String),
    /// It used all its fuel.
    #[error("the plugin used more than its {0} units of work")]
    OutOfFuel(u64),
    /// It took too long.
    #[error("the plugin took longer than {0:?}")]
    TookTooLong(Duration),
    /// It wanted too much memory.
    #[error("the plugin wanted more than its {0} bytes of memory")]
    TooMuchMemory(usize),
    /// Its answer is not as agreed.
    #[error("the answer of the plugin is not as agreed: {0}")]
    BadOutput(String),
}

impl ActionError {
    /// Whether trying again may help. A plugin is a pure function, so only what it says itself and
    /// what the machine it runs on may change (time, memory) can be different the next time.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Retryable { .. } | Self::TookTooLong(_) | Self::TooMuchMemory(_))
    }

    /// Not sooner than after this time, when the plugin says so.
    #[must_use]
    pub const fn wait(&self) -> Option<Duration> {
        match self {
            Self::Retryable { after, .. } => *after,
            _ => None,
        }
    }
}

fn paths(looked: &[PathBuf]) -> String {
    let shown: Vec<String> = looked.iter().map(|path| path.display().to_string()).collect();
    if shown.is_empty() { "nowhere; give a folder with --plugins".to_owned() } else { shown.join(", ") }
}
