//! Persons' keys as they are needed: read in batches, kept within bounds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::aead::RandomizedNonceKey;
use deadpool_postgres::Pool;
use domain::Sealed;
use uuid::Uuid;

use super::cipher::{open, seal};
use super::{ERASED, MasterKey, PERSON_KEY, SealError};
use crate::vault::Vault;

/// Persons whose keys are kept at hand; more than one batch can name.
pub(super) const KEYS_MAX: usize = 40_000;

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
        open(&key, sealed, (event_type, field)).ok_or_else(|| SealError::Broken {
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
        self.seal_loaded(person, (event_type, field), text)
    }

    /// The same without waiting, for whoever brought the key to hand.
    ///
    /// # Errors
    /// [`SealError::Erased`] when they have no key, [`SealError::NotLoaded`] without
    /// [`Keyring::preload`] before.
    pub fn seal_loaded(
        &self,
        person: Uuid,
        place: (&str, &str),
        text: &str,
    ) -> Result<Sealed, SealError> {
        let known = self.keys().get(person).ok_or(SealError::NotLoaded(person))?;
        seal(&*known.ok_or(SealError::Erased(person))?, person, place, text)
    }

    /// Lets a person's key go: after it was destroyed in the vault, or to see it made.
    pub fn forget(&self, person: Uuid) {
        self.keys().remove(person);
    }

    pub(super) fn keys(&self) -> MutexGuard<'_, Keys> {
        self.0.keys.lock().unwrap_or_else(PoisonError::into_inner) // A map has no half-done state.
    }
}

pub(super) type Known = Option<Arc<RandomizedNonceKey>>;

/// Keys in two generations: when the young one is full the old one goes, so that what is in use
/// stays and the whole is bounded.
#[derive(Default)]
pub(super) struct Keys {
    young: HashMap<Uuid, Known>,
    old: HashMap<Uuid, Known>,
}

impl Keys {
    /// Those of the persons nothing is known of; the others become young again.
    pub(super) fn unknown(&mut self, persons: &[Uuid]) -> Vec<Uuid> {
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

    pub(super) fn get(&self, person: Uuid) -> Option<Known> {
        self.young.get(&person).or_else(|| self.old.get(&person)).cloned()
    }

    pub(super) fn put(&mut self, person: Uuid, known: Known) {
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
