//! AES-256-GCM as fields use it.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::Sealed;
use uuid::Uuid;

use super::SealError;

pub(super) fn cipher(key: &[u8]) -> Result<Arc<RandomizedNonceKey>, SealError> {
    RandomizedNonceKey::new(&AES_256_GCM, key).map(Arc::new).map_err(|_| SealError::Cipher)
}

pub(super) fn seal(
    key: &RandomizedNonceKey,
    person: Uuid,
    (event_type, field): (&str, &str),
    text: &str,
) -> Result<Sealed, SealError> {
    let (nonce, ct) = encrypt(key, &associated(person, event_type, field), text.as_bytes())?;
    let (nonce, ct) = (BASE64_STANDARD.encode(nonce), BASE64_STANDARD.encode(ct));
    Ok(Sealed { person, nonce, ct })
}

/// The text of a field, if it is this person's, this event type's and this field's.
pub(super) fn open(
    key: &RandomizedNonceKey,
    sealed: &Sealed,
    (event_type, field): (&str, &str),
) -> Option<String> {
    let nonce = BASE64_STANDARD.decode(&sealed.nonce).ok()?;
    let ct = BASE64_STANDARD.decode(&sealed.ct).ok()?;
    let plain = decrypt(key, &associated(sealed.person, event_type, field), &nonce, &ct)?;
    String::from_utf8(plain).ok()
}

/// What a ciphertext is bound to, so that it opens nowhere else: the person, the event's type and
/// the field, each of unmistakable length.
fn associated(person: Uuid, event_type: &str, field: &str) -> Vec<u8> {
    let length = (event_type.len() as u64).to_be_bytes();
    [person.as_bytes().as_slice(), &length, event_type.as_bytes(), field.as_bytes()].concat()
}

pub(super) fn encrypt(
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

pub(super) fn decrypt(
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
