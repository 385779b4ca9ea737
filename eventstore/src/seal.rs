//! Personal fields in events: ciphertext under a key per person, which lies in the vault and can
//! be destroyed (D12). Fields are sealed at the edge before a decision and opened where events are
//! read; the domain and the log only pass them on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::rand;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use deadpool_postgres::Pool;
use domain::Sealed;
use uuid::Uuid;

use crate::database::DatabaseError;
use crate::vault::Vault;

/// The vault's kind of a person's wrapped key; its key is the person's id.
pub const PERSON_KEY: &str = "person-key";
/// What is shown in place of a field whose key was destroyed.
pub const ERASED: &str = "[erased]";
/// Persons whose keys are kept at hand; more than one batch can name.
const KEYS_MAX: usize = 40_000;
const KEY_BYTES: usize = 32;
/// Binds a wrapped key to its use, so that no other ciphertext of the master key passes for one.
const WRAP: &[u8] = b"folio person-key 1";

/// Why a field could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Not 32 bytes in base64.
    #[error("the master key must be 32 bytes in base64")]
    MasterKey,
    /// The vault could not be asked.
    #[error("the keys of persons cannot be read")]
    Vault(#[from] DatabaseError),
    /// Their key was destroyed: nothing new can be sealed for them.
    #[error("person {0} has no key any more")]
    Erased(Uuid),
    /// Their key was not asked for before: a fault of the caller, never to be taken for erasure.
    #[error("the key of person {0} was not loaded")]
    NotLoaded(Uuid),
    /// Another master key, another field, or changed bytes.
    #[error("{field} of a {event_type} does not open with the key of person {person}")]
    Broken {
        /// Whose key it names.
        person: Uuid,
        /// In which event.
        event_type: String,
        /// Which field.
        field: String,
    },
    /// A wrapped key does not open: another master key, or changed bytes.
    #[error("a person's key does not open with this master key")]
    Wrapped,
    /// The library failed, which it does only without randomness.
    #[error("the cipher failed")]
    Cipher,
}

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

    fn unwrap(&self, wrapped: &[u8]) -> Result<Arc<RandomizedNonceKey>, SealError> {
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

/// Persons' keys at hand. Cheap to clone; all clones share what was loaded.
#[derive(Clone)]
pub struct Keyring(Arc<Inner>);

struct Inner {
    vault: Vault,
    master: MasterKey,
    keys: Mutex<Keys>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring(…)")
    }
}

impl Keyring {
    /// Reads wrapped keys through `pool`, whose role may see them.
    #[must_use]
    pub fn new(pool: Pool, master: MasterKey) -> Self {
        Self(Arc::new(Inner { vault: Vault::new(pool), master, keys: Mutex::default() }))
    }

    /// Brings the keys of these persons to hand, in one question to the vault. Whoever has none
    /// there is remembered as erased: keys are made with their person and never again.
    ///
    /// # Errors
    /// [`SealError::Vault`], or [`SealError::Wrapped`] under another master key.
    pub async fn preload(&self, persons: &[Uuid]) -> Result<(), SealError> {
        let unknown = self.keys().unknown(persons);
        if unknown.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = unknown.iter().map(Uuid::to_string).collect();
        let mut found = HashMap::new();
        for kept in self.0.vault.get_many(PERSON_KEY, &names).await? {
            found.insert(kept.key, self.0.master.unwrap(&kept.bytes)?);
        }
        let mut keys = self.keys();
        for (person, name) in unknown.into_iter().zip(names) {
            keys.put(person, found.remove(&name));
        }
        Ok(())
    }

    /// Opens a field, or answers [`ERASED`] when its person's key was destroyed.
    ///
    /// # Errors
    /// [`SealError::NotLoaded`] without [`Keyring::preload`] before, or [`SealError::Broken`].
    pub fn open(
        &self,
        sealed: &Sealed,
        event_type: &str,
        field: &str,
    ) -> Result<String, SealError> {
        let person = sealed.person;
        let Some(key) = self.keys().get(person).ok_or(SealError::NotLoaded(person))? else {
            return Ok(ERASED.to_owned());
        };
        let associated = associated(person, event_type, field);
        let nonce = BASE64_STANDARD.decode(&sealed.nonce);
        let ct = BASE64_STANDARD.decode(&sealed.ct);
        nonce
            .ok()
            .zip(ct.ok())
            .and_then(|(nonce, ct)| decrypt(&key, &associated, &nonce, &ct))
            .and_then(|text| String::from_utf8(text).ok())
            .ok_or_else(|| SealError::Broken {
                person,
                event_type: event_type.to_owned(),
                field: field.to_owned(),
            })
    }

    /// Seals a field for a person who exists.
    ///
    /// # Errors
    /// [`SealError::Erased`] when they have no key, or [`SealError::Vault`].
    pub async fn seal(
        &self,
        person: Uuid,
        event_type: &str,
        field: &str,
        text: &str,
    ) -> Result<Sealed, SealError> {
        self.preload(&[person]).await?;
        let key = self.keys().get(person).flatten().ok_or(SealError::Erased(person))?;
        seal(&key, person, (event_type, field), text)
    }

    /// Lets a person's key go: after it was destroyed in the vault, or to see it made.
    pub fn forget(&self, person: Uuid) {
        self.keys().remove(person);
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.0.keys.lock().unwrap_or_else(PoisonError::into_inner) // A map has no half-done state.
    }
}

/// The persons whose fields a stored event carries.
#[must_use]
pub fn persons(payload: &str) -> Vec<Uuid> {
    const MARK: &str = "\"$sealed\":\"";
    let found = payload.match_indices(MARK).filter_map(|(at, _)| {
        let start = at + MARK.len();
        payload.get(start..start + 36)?.parse().ok()
    });
    found.collect()
}

type Known = Option<Arc<RandomizedNonceKey>>;

/// Keys in two generations: when the young one is full the old one goes, so that what is in use
/// stays and the whole is bounded.
#[derive(Default)]
struct Keys {
    young: HashMap<Uuid, Known>,
    old: HashMap<Uuid, Known>,
}

impl Keys {
    /// Those of the persons nothing is known of; the others become young again.
    fn unknown(&mut self, persons: &[Uuid]) -> Vec<Uuid> {
        let mut unknown = Vec::new();
        for person in persons {
            if self.young.contains_key(person) {
                continue;
            }
            match self.old.remove(person) {
                Some(known) => self.put(*person, known),
                None => unknown.push(*person),
            }
        }
        unknown.sort_unstable();
        unknown.dedup();
        unknown
    }

    fn get(&self, person: Uuid) -> Option<Known> {
        self.young.get(&person).or_else(|| self.old.get(&person)).cloned()
    }

    fn put(&mut self, person: Uuid, known: Known) {
        if self.young.len() >= KEYS_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(person, known);
    }

    fn remove(&mut self, person: Uuid) {
        self.young.remove(&person);
        self.old.remove(&person);
    }
}

fn cipher(key: &[u8]) -> Result<Arc<RandomizedNonceKey>, SealError> {
    RandomizedNonceKey::new(&AES_256_GCM, key).map(Arc::new).map_err(|_| SealError::Cipher)
}

fn seal(
    key: &RandomizedNonceKey,
    person: Uuid,
    (event_type, field): (&str, &str),
    text: &str,
) -> Result<Sealed, SealError> {
    let (nonce, ct) = encrypt(key, &associated(person, event_type, field), text.as_bytes())?;
    let (nonce, ct) = (BASE64_STANDARD.encode(nonce), BASE64_STANDARD.encode(ct));
    Ok(Sealed { person, nonce, ct })
}

/// What a ciphertext is bound to, so that it opens nowhere else: the person, the event's type and
/// the field, each of unmistakable length.
fn associated(person: Uuid, event_type: &str, field: &str) -> Vec<u8> {
    let length = (event_type.len() as u64).to_be_bytes();
    [person.as_bytes().as_slice(), &length, event_type.as_bytes(), field.as_bytes()].concat()
}

fn encrypt(
    key: &RandomizedNonceKey,
    associated: &[u8],
    plain: &[u8],
) -> Result<([u8; NONCE_LEN], Vec<u8>), SealError> {
    let mut ct = plain.to_vec();
    let nonce = key
        .seal_in_place_append_tag(Aad::from(associated), &mut ct)
        .map_err(|_| SealError::Cipher)?;
    Ok((*nonce.as_ref(), ct))
}

fn decrypt(
    key: &RandomizedNonceKey,
    associated: &[u8],
    nonce: &[u8],
    ct: &[u8],
) -> Option<Vec<u8>> {
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut plain = ct.to_vec();
    let length = key.open_in_place(nonce, Aad::from(associated), &mut plain).ok()?.len();
    plain.truncate(length);
    Some(plain)
}
