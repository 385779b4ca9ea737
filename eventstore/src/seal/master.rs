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

/// Master keys known at the same time: more than a rotation needs.
pub const MASTER_KEYS_MAX: usize = 8;

/// The key of keys. It is in a file of its own, never in the database. While it is rotated there
/// are several: the newest wraps, the older ones still unwrap.
#[derive(Clone)]
pub struct MasterKey {
    newest: Arc<RandomizedNonceKey>,
    older: Vec<Arc<RandomizedNonceKey>>,
}

impl MasterKey {
    /// The keys a secret's text stands for, one a line, the newest first.
    ///
    /// # Errors
    /// [`SealError::MasterKey`]: a line is no key, there is none, or more than
    /// [`MASTER_KEYS_MAX`].
    pub fn from_base64(text: &str) -> Result<Self, SealError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut keys = lines.map(master).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() || keys.len() > MASTER_KEYS_MAX {
            return Err(SealError::MasterKey);
        }
        let older = keys.split_off(1);
        Ok(Self { newest: keys.swap_remove(0), older })
    }

    /// Draws a person's key. It leaves here only wrapped; the decision that makes the person keeps
    /// it in the vault as [`PERSON_KEY`].
    ///
    /// # Errors
    /// [`SealError::Cipher`].
    pub fn new_person_key(&self) -> Result<Vec<u8>, SealError> {
        let mut key = [0; KEY_BYTES];
        rand::fill(&mut key).map_err(|_| SealError::Cipher)?;
        self.wrap(&key)
    }

    /// The same person's key under the newest master key; `None` if it is already.
    ///
    /// # Errors
    /// [`SealError::Wrapped`]: no master key opens it.
    pub(super) fn rewrap(&self, wrapped: &[u8]) -> Result<Option<Vec<u8>>, SealError> {
        match open(&self.newest, wrapped) {
            Some(_) => Ok(None),
            None => self.wrap(&self.opened(wrapped)?).map(Some),
        }
    }

    fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, ct) = encrypt(&self.newest, WRAP, key)?;
        Ok([nonce.as_slice(), &ct].concat())
    }

    fn opened(&self, wrapped: &[u8]) -> Result<Vec<u8>, SealError> {
        let keys = std::iter::once(&self.newest).chain(&self.older);
        keys.into_iter().find_map(|key| open(key, wrapped)).ok_or(SealError::Wrapped)
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
        cipher(&self.opened(wrapped)?)
    }
}

/// The master key of one line.
fn master(line: &str) -> Result<Arc<RandomizedNonceKey>, SealError> {
    let bytes = BASE64_STANDARD.decode(line).map_err(|_| SealError::MasterKey)?;
    if bytes.len() != KEY_BYTES {
        return Err(SealError::MasterKey);
    }
    cipher(&bytes)
}

/// The person's key, if this master key wrapped it.
fn open(master: &RandomizedNonceKey, wrapped: &[u8]) -> Option<Vec<u8>> {
    let (nonce, ct) = wrapped.split_at_checked(NONCE_LEN)?;
    decrypt(master, WRAP, nonce, ct)
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}
