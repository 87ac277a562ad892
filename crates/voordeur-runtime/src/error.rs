//! Why something could not be done.

use thiserror::Error;
use voordeur_engine::Rejection;
use voordeur_messages::{say, translated};
use voordeur_plugin_host::LoadError;
use voordeur_plugin_host::contract::Misfit;
use voordeur_store::StoreError;

/// Why something could not be done. Nothing has changed then.
#[derive(Debug, Error)]
pub enum RuntimeError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine refused the event.
    #[error(transparent)]
    Refused(#[from] Rejection),
    /// A plugin could not be loaded.
    #[error(transparent)]
    Plugin(#[from] LoadError),
    /// There is no such case.
    #[error("{}", say!("there is no case `{label}`{near}", label, near = near.as_ref().map_or(String::new(), |near| format!("; did you mean `{near}`?"))))]
    NoSuchCase {
        /// The label.
        label: String,
        /// A label that is near.
        near: Option<String>,
    },
    /// A label that is none.
    #[error("{}", say!("`{label}` cannot be the label of a case: {why}", label, why))]
    BadLabel {
        /// The label; empty when it looks like a personal number.
        label: String,
        /// Why not.
        why: String,
    },
    /// An action of a pathway does not fit its plugin.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// A stored pathway means something else to this program.
    #[error("{}", say!("the stored pathway `{name}` (version {version}) cannot be used by this program: {why}", name, version, why))]
    Protocol {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
        /// Why.
        why: String,
    },
    /// A stored row cannot be read.
    #[error("{}", say!("the database holds a {what} that cannot be read: {why}", what = translated(what), why))]
    Unreadable {
        /// What.
        what: &'static str,
        /// Why.
        why: String,
    },
}

impl RuntimeError {
    pub(crate) fn unreadable(what: &'static str, why: &str) -> Self {
        Self::Unreadable { what, why: why.to_owned() }
    }

    /// The message of the parser could repeat a value: only the place is told.
    pub(crate) fn unreadable_json(what: &'static str, error: &serde_json::Error) -> Self {
        Self::Unreadable { what, why: say!("it goes wrong at character {column}", column = error.column()) }
    }
}
