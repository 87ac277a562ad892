//! Ed25519 signatures of components, in the format of minisign: `letter.wasm.minisig` beside `letter.wasm`.

use minisign_verify::{PublicKey, Signature};

use crate::error::SignatureError;

/// The public keys that an operator trusts.
#[derive(Debug, Clone, Default)]
pub struct Keys(Vec<PublicKey>);

impl Keys {
    /// Reads the keys of an operator file.
    ///
    /// # Errors
    /// [`SignatureError::BadKey`] names the one that is none.
    pub fn read(keys: &[String]) -> Result<Self, SignatureError> {
        let key = |text: &String| {
            PublicKey::from_base64(text.trim()).map_err(|_| SignatureError::BadKey(text.clone()))
        };
        keys.iter().map(key).collect::<Result<_, _>>().map(Self)
    }

    /// Whether nothing has to be signed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks that one of the keys signed these bytes.
    ///
    /// # Errors
    /// [`SignatureError`] when the signature cannot be read, or is of none of them.
    pub fn check(&self, bytes: &[u8], signature: &str) -> Result<(), SignatureError> {
        let signature =
            Signature::decode(signature).map_err(|error| SignatureError::Malformed(error.to_string()))?;
        let signed = self.0.iter().any(|key| key.verify(bytes, &signature, false).is_ok());
        if signed { Ok(()) } else { Err(SignatureError::NotTrusted) }
    }
}

#[cfg(test)]
mod tests {
    use minisign::KeyPair;

    use super::*;

    fn signed(pair: &KeyPair, bytes: &[u8]) -> String {
        minisign::sign(None, &pair.sk, bytes, None, None).expect("signed").into_string()
    }

    #[test]
    fn only_what_a_trusted_key_signed_passes() {
        let [trusted, stranger] = [(), ()].map(|()| KeyPair::generate_unencrypted_keypair().expect("keys"));
        let keys = Keys::read(&[stranger.pk.to_base64(), trusted.pk.to_base64()]).expect("keys");
        let signature = signed(&trusted, b"component");
        assert_eq!(keys.check(b"component", &signature), Ok(()));
        assert_eq!(keys.check(b"another", &signature), Err(SignatureError::NotTrusted));
        let only = Keys::read(&[stranger.pk.to_base64()]).expect("keys");
        assert_eq!(only.check(b"component", &signature), Err(SignatureError::NotTrusted));
        assert!(matches!(keys.check(b"component", "nonsense"), Err(SignatureError::Malformed(_))));
        let forged = signature.replace("trusted comment: ", "trusted comment: also ");
        assert_eq!(keys.check(b"component", &forged), Err(SignatureError::NotTrusted));
    }

    #[test]
    fn a_key_that_is_none_is_named() {
        assert!(
            Keys::read(&["RWQxyz".to_owned()]).is_err_and(|error| error.to_string().contains("`RWQxyz`"))
        );
        assert!(Keys::default().is_empty());
    }
}
