//! What can be wrong with what a plugin, an operator or a lock file says.

use thiserror::Error;
use voordeur_messages::say;

/// A schema is not one of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", say!("the schema of {place}: {why}", place, why))]
pub struct SchemaError {
    /// Where: `input`, or `input.arrears`.
    pub place: String,
    /// What is wrong.
    pub why: String,
}

/// What a plugin says of itself is not as agreed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ManifestError {
    /// It is no JSON, or lacks something.
    #[error("{}", say!("what it says of itself is not as agreed: {why}", why = _0))]
    Malformed(String),
    /// One of its schemas.
    #[error("{}", say!("action `{action}`: {source}", action, source))]
    Schema {
        /// The action.
        action: String,
        /// What is wrong.
        source: SchemaError,
    },
}

/// The operator file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct OperatorError(pub String);

/// The lock file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct LockError(pub String);

/// A signature does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// A key of the operator is none.
    #[error("{}", say!("`{why}` is no minisign public key: it is the second line of the file that `minisign -G` makes", why = _0))]
    BadKey(String),
    /// The signature cannot be read.
    #[error("{}", say!("the signature is no minisign signature: {why}", why = _0))]
    Malformed(String),
    /// None of the keys made it, or the bytes were changed since.
    #[error("{}", say!("the signature is of none of the keys in the operator file, or the component was changed after it was signed"))]
    NotTrusted,
}
