//! The key of keys, and the keys of persons it wraps.

use std::sync::Arc;

use aws_lc_rs::aead::{NONCE_LEN, RandomizedNonceKey};
use aws_lc_rs::rand;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::Sealed;
use uuid::Uuid;

use super::SealError;
use super::cipher::{cipher, decrypt, encrypt, seal};

const KEY_BYTES: usize = 32;
/// Binds a wrapped key to its use, so that no other ciphertext of the master key passes for one.
const WRAP: &[u8] = b"folio person-key 1";

/// The key of keys. It is in a file of its own, never in the database.
#[derive(Clone)]
pub struct MasterKey(Arc<RandomizedNonceKey>);

impl MasterKey {
    /// The key a secret's text stands for.
    ///
    /// # Errors
    /// [`SealError::MasterKey`].
    pub fn from_base64(text: &str) -> Result<Self, SealError> {
        let bytes = BASE64_STANDARD.decode(text.trim()).map_err(|_| SealError::MasterKey)?;
        if bytes.len() != KEY_BYTES {
            return Err(SealError::MasterKey);
        }
        cipher(&bytes).map(Self)
    }

    /// Draws a person's key. It leaves here only wrapped; the decision that makes the person keeps
    /// it in the vault as [`PERSON_KEY`].
    ///
    /// # Errors
    /// [`SealError::Cipher`].
    pub fn new_person_key(&self) -> Result<Vec<u8>, SealError> {
        let mut key = [0; KEY_BYTES];
        rand::fill(&mut key).map_err(|_| SealError::Cipher)?;
        let (nonce, ct) = encrypt(&self.0, WRAP, &key)?;
        Ok([nonce.as_slice(), &ct].concat())
    }

    /// Seals a field with a wrapped key at hand: for the event that makes the person, whose key is
    /// not in the vault yet.
    ///
    /// # Errors
    /// [`SealError::Wrapped`] or [`SealError::Cipher`].
    pub fn seal_with(
        &self,
        wrapped: &[u8],
        person: Uuid,
        (event_type, field): (&str, &str),
        text: &str,
    ) -> Result<Sealed, SealError> {
        seal(&*self.unwrap(wrapped)?, person, (event_type, field), text)
    }

    pub(super) fn unwrap(&self, wrapped: &[u8]) -> Result<Arc<RandomizedNonceKey>, SealError> {
        let (nonce, ct) = wrapped.split_at_checked(NONCE_LEN).ok_or(SealError::Wrapped)?;
        let key = decrypt(&self.0, WRAP, nonce, ct).ok_or(SealError::Wrapped)?;
        cipher(&key)
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}
