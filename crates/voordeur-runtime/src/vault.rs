//! Personal values under a key for each case (an envelope): who destroys the key erases the values, also where copies of
//! them lie in old rows, logs and replicas.
//!
//! The keys themselves are wrapped under the key of the operator, when there is one. Without it they lie beside what
//! they open: erasing works all the same, a stolen database is not protected.
//!
//! Only this file knows how it is sealed: XChaCha20-Poly1305, a random nonce before each text, and as associated data
//! what the text belongs to, so that nothing can be moved to another case or another step.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, Generate as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use voordeur_messages::say;
use zeroize::Zeroizing;

use crate::error::RuntimeError;

const NONCE: usize = 24;

/// Before the key of a case that is not wrapped.
const PLAIN: &str = "plain:";

/// Before one that is.
const WRAPPED: &str = "wrapped:";

/// Makes and opens the keys of cases.
#[derive(Default)]
pub struct Vault {
    operator: Option<XChaCha20Poly1305>,
}

/// The key of one case.
#[derive(Clone)]
pub(crate) struct CaseKey {
    cipher: XChaCha20Poly1305,
    bytes: Zeroizing<Vec<u8>>,
    /// As it is stored.
    pub(crate) stored: String,
}

impl Vault {
    /// Under the key of the operator: 32 bytes in Base64, with nothing but space around it.
    ///
    /// # Errors
    /// [`RuntimeError::BadKey`] when it is no such key. It is not repeated.
    pub fn new(key: &str) -> Result<Self, RuntimeError> {
        let bytes = Zeroizing::new(STANDARD.decode(key.trim()).map_err(|_| RuntimeError::BadKey)?);
        let operator = XChaCha20Poly1305::new_from_slice(&bytes).map_err(|_| RuntimeError::BadKey)?;
        Ok(Self { operator: Some(operator) })
    }

    /// A key for a new case.
    pub(crate) fn make(&self, label: &str) -> Result<CaseKey, RuntimeError> {
        let key = Key::try_generate().map_err(|error| RuntimeError::NoRandom { why: error.to_string() })?;
        let (cipher, bytes) = (XChaCha20Poly1305::new(&key), Zeroizing::new(key.to_vec()));
        let mut key = CaseKey { cipher, bytes, stored: String::new() };
        key.stored = self.wrap(label, &key)?;
        Ok(key)
    }

    /// Whether the key of a case is kept as this vault keeps it.
    pub(crate) fn keeps(&self, label: &str, stored: &str) -> bool {
        Self::is_wrapped(stored) == self.has_operator() && self.open(label, stored).is_ok()
    }

    /// Whether there is a key of the operator.
    pub(crate) const fn has_operator(&self) -> bool {
        self.operator.is_some()
    }

    /// The key of a case as this vault keeps it.
    pub(crate) fn wrap(&self, label: &str, key: &CaseKey) -> Result<String, RuntimeError> {
        match &self.operator {
            None => Ok(format!("{PLAIN}{}", STANDARD.encode(&*key.bytes))),
            Some(operator) => Ok(format!("{WRAPPED}{}", seal(operator, label, &key.bytes)?)),
        }
    }

    /// Whether a key is kept under the key of an operator.
    pub(crate) fn is_wrapped(stored: &str) -> bool {
        stored.starts_with(WRAPPED)
    }

    /// The key of a stored case.
    pub(crate) fn open(&self, label: &str, stored: &str) -> Result<CaseKey, RuntimeError> {
        let wrong = || RuntimeError::WrongKey { label: label.to_owned() };
        let bytes = match (stored.strip_prefix(PLAIN), stored.strip_prefix(WRAPPED), &self.operator) {
            (Some(plain), ..) => STANDARD.decode(plain).map_err(|_| wrong())?,
            (_, Some(wrapped), Some(operator)) => open(operator, label, wrapped).ok_or_else(wrong)?,
            _ => return Err(wrong()),
        };
        let bytes = Zeroizing::new(bytes);
        let cipher = XChaCha20Poly1305::new_from_slice(&bytes).map_err(|_| wrong())?;
        Ok(CaseKey { cipher, bytes, stored: stored.to_owned() })
    }
}

impl CaseKey {
    /// Seals a text that belongs to `what`.
    pub(crate) fn seal(&self, what: &str, text: &str) -> Result<String, RuntimeError> {
        seal(&self.cipher, what, text.as_bytes())
    }

    /// The text, when it belongs to `what` and nobody has changed it.
    pub(crate) fn open(&self, what: &str, sealed: &str) -> Option<String> {
        String::from_utf8(open(&self.cipher, what, sealed)?).ok()
    }
}

fn seal(cipher: &XChaCha20Poly1305, what: &str, text: &[u8]) -> Result<String, RuntimeError> {
    let nonce = XNonce::try_generate().map_err(|error| RuntimeError::NoRandom { why: error.to_string() })?;
    let payload = Payload { msg: text, aad: what.as_bytes() };
    let sealed = cipher.encrypt(&nonce, payload);
    let sealed = sealed.map_err(|_| RuntimeError::NoRandom { why: say!("the text is too long to seal") })?;
    Ok(STANDARD.encode([nonce.as_slice(), &sealed].concat()))
}

fn open(cipher: &XChaCha20Poly1305, what: &str, sealed: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(sealed).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
    let nonce = XNonce::try_from(nonce).ok()?;
    cipher.decrypt(&nonce, Payload { msg: sealed, aad: what.as_bytes() }).ok()
}
