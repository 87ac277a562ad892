//! What a plugin says of itself, and what an operator lets it do: data, without a virtual machine.
//!
//! ```text
//!   describe() ──▶ Manifest ── actions with Schemas, idempotency ── wants
//!   operator file ──▶ Operator ── grants, limits, keys                │
//!   lock file ──▶ Lock ── digest per version of a pathway             ▼
//!                                           both must agree: Reach, what it may reach
//! ```
//!
//! Nothing here runs WebAssembly, opens a connection or reads a file: the host and the command line do.

mod digest;
mod error;
mod fit;
mod lock;
mod manifest;
mod operator;
mod pattern;
mod schema;
mod shape;
mod signature;

pub use digest::Digest;
pub use error::{LockError, ManifestError, OperatorError, SchemaError, SignatureError};
pub use fit::{Misfit, finding, misfits};
pub use lock::{Lock, Pin};
pub use manifest::{Action, Idempotency, Manifest, Setting, Wants};
pub use operator::{Grant, Limits, Operator, Reachable, SecretSource};
pub use pattern::Pattern;
pub use schema::{Mismatch, Schema};
pub use shape::Shape;
pub use signature::Keys;
