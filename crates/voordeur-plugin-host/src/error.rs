//! What can go wrong, and what to do about it.

use std::path::PathBuf;
use std::time::Duration;
use voordeur_messages::say;

use thiserror::Error;

/// The virtual machine could not be set up.
#[derive(Debug, Error)]
#[error("{}", say!("the plugin host cannot start: {why}", why = _0))]
pub struct HostError(#[from] pub(crate) wasmtime::Error);

/// A plugin could not be loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// No file in any of the folders.
    #[error("{}", say!("there is no plugin `{name}`: looked for {paths}", name, paths = paths(looked)))]
    NotFound {
        /// The plugin.
        name: String,
        /// Where was looked.
        looked: Vec<PathBuf>,
    },
    /// A name that is no name of a plugin.
    #[error("{}", say!("`{why}` is no name of a plugin: use lower case letters, digits and `-`", why = _0))]
    BadName(String),
    /// The file could not be read.
    #[error("{}", say!("{path}: cannot read the plugin: {source}", path = path.display(), source))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The bytes are no component.
    #[error("{}", say!("{name}: this is no WebAssembly component: {why}; build it as wasm-plugins/README.md says", name, why))]
    NotAComponent {
        /// The plugin or its file.
        name: String,
        /// What the decoder says.
        why: String,
    },
    /// It does not offer, or asks for more than, the contract.
    #[error("{}", say!("{name}: does not fit the contract voordeur:plugin@1.0.0: {why}", name, why))]
    DoesNotFit {
        /// The plugin or its file.
        name: String,
        /// What is missing or too much.
        why: String,
    },
    /// It could not say what it is.
    #[error("{}", say!("{name}: cannot say what it is: {source}", name, source))]
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
    #[error("{}", say!("the plugin cannot work with this: {why}", why = _0))]
    InvalidInput(String),
    /// The plugin will not do it.
    #[error("{}", say!("the plugin refuses: {why}", why = _0))]
    Refused(String),
    /// It may work later.
    #[error("{}", say!("the plugin asks to try again: {reason}", reason))]
    Retryable {
        /// Why.
        reason: String,
        /// Not sooner than after this time.
        after: Option<Duration>,
    },
    /// Somebody has to look at it.
    #[error("{}", say!("somebody has to look at this: {why}", why = _0))]
    NeedsHuman(String),
    /// The plugin broke off.
    #[error("{}", say!("the plugin broke off: {why}", why = _0))]
    Trapped(String),
    /// It used all its fuel.
    #[error("{}", say!("the plugin used more than its {why} units of work", why = _0))]
    OutOfFuel(u64),
    /// It took too long.
    #[error("{}", say!("the plugin took longer than {time}", time = format!("{_0:?}")))]
    TookTooLong(Duration),
    /// It wanted too much memory.
    #[error("{}", say!("the plugin wanted more than its {why} bytes of memory", why = _0))]
    TooMuchMemory(usize),
    /// Its answer is not as agreed.
    #[error("{}", say!("the answer of the plugin is not as agreed: {why}", why = _0))]
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
    if shown.is_empty() { say!("nowhere; give a folder with --plugins") } else { shown.join(", ") }
}
