//! Personal fields in events: ciphertext under a key per person, which lies in the vault and can
//! be destroyed (D12). Fields are sealed at the edge before a decision and opened where events are
//! read; the domain and the log only pass them on.

mod cipher;
mod keyring;
mod mask;
mod master;
mod rewrap;

#[cfg(test)]
mod tests;

pub use keyring::Keyring;
pub use mask::{SEALED, masked, opened, sealed};
pub use master::{MASTER_KEYS_MAX, MasterKey};
pub use rewrap::{Rewrapped, rewrap};

use uuid::Uuid;

use crate::database::DatabaseError;

/// The vault's kind of a person's wrapped key; its key is the person's id.
pub const PERSON_KEY: &str = "person-key";
/// What is shown in place of a field whose key was destroyed.
pub const ERASED: &str = "[erased]";

/// Why a field could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A line is not 32 bytes in base64, or there are too many or none.
    #[error("a master key must be 32 bytes in base64, one a line, at most {MASTER_KEYS_MAX}")]
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

/// The persons whose fields a stored event carries.
#[must_use]
pub fn persons(payload: &str) -> Vec<Uuid> {
    const MARK: &str = "\"$sealed\":\"";
    if !payload.contains('$') {
        return Vec::new(); // Most carry none, and one sign is found faster than a word.
    }
    let found = payload.match_indices(MARK).filter_map(|(at, _)| {
        let start = at + MARK.len();
        payload.get(start..start + 36)?.parse().ok()
    });
    found.collect()
}
