//! What can go wrong, and what to do about it.

use std::path::PathBuf;
use std::time::Duration;
use voordeur_messages::say;
use voordeur_plugin_contract::{Digest, ManifestError, SignatureError};

use thiserror::Error;

/// The virtual machine could not be set up.
#[derive(Debug, Error)]
#[error("{}", say!("the plugin host cannot start: {why}", why = _0))]
pub struct HostError(pub(crate) String);

impl From<wasmtime::Error> for HostError {
    fn from(error: wasmtime::Error) -> Self {
        Self(crate::host::root(&error))
    }
}

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
    #[error("{}", say!("{name}: this is no WebAssembly component: {why}; build it as docs/plugins.md says", name, why))]
    NotAComponent {
        /// The plugin or its file.
        name: String,
        /// What the decoder says.
        why: String,
    },
    /// It asks for something that this host does not have.
    #[error("{}", say!("{name}: asks for `{import}`, which this host does not have", name, import))]
    MissingImport {
        /// The plugin or its file.
        name: String,
        /// The interface.
        import: String,
    },
    /// It does not offer the contract, or offers another version.
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
        source: Box<ActionError>,
    },
    /// What it says of itself is not as agreed.
    #[error("{}", say!("{name}: {source}", name, source))]
    BadManifest {
        /// The plugin or its file.
        name: String,
        /// What is wrong.
        source: ManifestError,
    },
    /// It calls itself otherwise than its file.
    #[error("{}", say!("{name}: the plugin calls itself `{id}`", name, id))]
    OtherName {
        /// The name it was asked for by.
        name: String,
        /// The name it gives.
        id: String,
    },
    /// It is not the component that the lock file pins.
    #[error("{}", say!("{name}: the lock file pins {pinned}, and no component with that digest is there: found {found}; run `voordeur plugin lock` when the new one is meant", name, pinned, found = digests(found)))]
    OtherDigest {
        /// The plugin.
        name: String,
        /// What is pinned.
        pinned: Digest,
        /// What is there.
        found: Vec<Digest>,
    },
    /// The lock file does not know it.
    #[error("{}", say!("{name}: the lock file pins no component for version `{version}` of `{pathway}`: run `voordeur plugin lock`", name, version, pathway))]
    NotPinned {
        /// The plugin.
        name: String,
        /// The pathway.
        pathway: String,
        /// Its version.
        version: String,
    },
    /// It is not signed by anybody whom the operator trusts.
    #[error("{}", say!("{name}: {source}", name, source))]
    Signature {
        /// The plugin or its file.
        name: String,
        /// What is wrong.
        source: SignatureError,
    },
    /// The operator asks for a signature, and there is none.
    #[error("{}", say!("{name}: the operator file asks for a signature, and there is no {path}", name, path = path.display()))]
    NotSigned {
        /// The plugin or its file.
        name: String,
        /// Where the signature should be.
        path: PathBuf,
    },
}

/// What to do about a failure, where the pathway does not say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Try again, as often as `retries` says.
    Retry,
    /// Somebody has to look at it.
    Task,
    /// Give up: trying again cannot help.
    Stop,
}

/// A call did not give an answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ActionError {
    /// What goes in does not fit the schema of the action; the plugin was not called.
    #[error("{}", say!("the plugin cannot take this: {why}", why = _0))]
    WrongInput(String),
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
    /// Its answer is larger than the limit.
    #[error("{}", say!("the answer of the plugin is larger than {why} bytes", why = _0))]
    TooMuchOutput(usize),
    /// Its answer is not as agreed.
    #[error("{}", say!("the answer of the plugin is not as agreed: {why}", why = _0))]
    BadOutput(String),
    /// As many calls as the host can hold are under way.
    #[error("{}", say!("more calls at once than the plugin host can hold"))]
    Busy,
}

impl ActionError {
    /// What to do about it. Without a network a plugin is a pure function, so only what it says itself and what the
    /// machine it runs on may change (time, memory, how many calls at once) can be different the next time.
    #[must_use]
    pub const fn policy(&self) -> Policy {
        match self {
            Self::Retryable { .. } | Self::TookTooLong(_) | Self::TooMuchMemory(_) | Self::Busy => {
                Policy::Retry
            }
            Self::NeedsHuman(_) => Policy::Task,
            Self::WrongInput(_)
            | Self::InvalidInput(_)
            | Self::Refused(_)
            | Self::Trapped(_)
            | Self::OutOfFuel(_)
            | Self::TooMuchOutput(_)
            | Self::BadOutput(_) => Policy::Stop,
        }
    }

    /// Whether trying again may help.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self.policy(), Policy::Retry)
    }

    /// Whether the plugin says it itself, or was not called: then nothing happened that nobody knows of.
    #[must_use]
    pub const fn is_said(&self) -> bool {
        matches!(
            self,
            Self::WrongInput(_)
                | Self::InvalidInput(_)
                | Self::Refused(_)
                | Self::Retryable { .. }
                | Self::NeedsHuman(_)
                | Self::Busy
        )
    }

    /// Not sooner than after this time, when the plugin says so.
    #[must_use]
    pub const fn wait(&self) -> Option<Duration> {
        match self {
            Self::Retryable { after, .. } => *after,
            _ => None,
        }
    }

    /// Its name, for programs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::WrongInput(_) => "wrong-input",
            Self::InvalidInput(_) => "invalid-input",
            Self::Refused(_) => "refused",
            Self::Retryable { .. } => "retryable",
            Self::NeedsHuman(_) => "needs-human",
            Self::Trapped(_) => "trapped",
            Self::OutOfFuel(_) => "out-of-fuel",
            Self::TookTooLong(_) => "took-too-long",
            Self::TooMuchMemory(_) => "too-much-memory",
            Self::TooMuchOutput(_) => "too-much-output",
            Self::BadOutput(_) => "bad-output",
            Self::Busy => "busy",
        }
    }
}

fn paths(looked: &[PathBuf]) -> String {
    let shown: Vec<String> = looked.iter().map(|path| path.display().to_string()).collect();
    if shown.is_empty() { say!("nowhere; give a folder with --plugins") } else { shown.join(", ") }
}

fn digests(found: &[Digest]) -> String {
    let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
    if shown.is_empty() { say!("none") } else { shown.join(", ") }
}
