//! Access tokens: short-lived JWTs signed with Ed25519, one algorithm pinned (c0.10). A verified
//! token is remembered until it expires or is revoked, so that a busy caller costs one signature
//! check, not one per request.

mod claims;
#[cfg(test)]
mod forged;
mod keys;

pub use claims::Claims;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest;
use chrono::{DateTime, Utc};
use domain::sessions::Rights;
use domain::users::Access;
use domain::{SessionId, UserId};
use jsonwebtoken::{Algorithm, Validation};
use serde_json::Value;

use self::keys::Keys;
use crate::revocations::Revocations;
use crate::secrets::TokenKeys;

/// How long an access token is good for.
pub const ACCESS_SECONDS: i64 = 600;
/// How far the clocks of two processes may be apart.
pub const SKEW_SECONDS_MAX: i64 = 30;
/// Who issues and who may read them.
const ISSUER: &str = "folio";
const AUDIENCE: &str = "folio-api";
/// Tokens remembered at most, in two generations of half each.
const REMEMBERED_MAX: usize = 20_000;
/// Longer ones are refused unread.
const TOKEN_BYTES_MAX: usize = 4_096;

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Its time is over.
    #[error("the access token has expired")]
    Expired,
    /// The rights it states have changed; its session goes on.
    #[error("the access token was revoked")]
    Revoked(UserId),
    /// Its session is over.
    #[error("the session was ended")]
    Ended(UserId),
    /// Forged, cut, of another issuer, or not a token at all.
    #[error("the access token is not one of ours")]
    Invalid,
}

/// Issues and verifies.
pub struct Tokens {
    keys: Keys,
    validation: Validation,
    known: Mutex<Known>,
    /// What was taken back before its time.
    pub revocations: Revocations,
}

#[derive(Default)]
struct Known {
    recent: HashMap<[u8; 32], Arc<Claims>>,
    older: HashMap<[u8; 32], Arc<Claims>>,
}

impl Tokens {
    /// With these keys.
    ///
    /// # Errors
    /// One is no Ed25519 key.
    pub fn new(keys: &TokenKeys) -> anyhow::Result<Self> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.leeway = 0;
        validation.validate_exp = false; // Compared below with the clock that is handed in.
        Ok(Self {
            keys: Keys::new(keys)?,
            validation,
            known: Mutex::default(),
            revocations: Revocations::default(),
        })
    }

    /// The public halves of all keys, as a JSON Web Key Set.
    #[must_use]
    pub fn public_keys(&self) -> Value {
        self.keys.public()
    }

    /// A detached signature of a document, `<header>..<signature>`, that whoever has the public keys
    /// can check by themselves; `kind` is the header's `typ`.
    ///
    /// # Errors
    /// Signing failed: a fault of ours.
    pub fn sign_document(&self, kind: &str, document: &[u8]) -> anyhow::Result<String> {
        self.keys.sign_document(kind, document)
    }

    /// A fresh token for a session, of rights that were read at a position of the log.
    ///
    /// # Errors
    /// Signing failed: a fault of ours.
    pub fn issue(
        &self,
        session: SessionId,
        rights: Rights,
        position: i64,
        now: DateTime<Utc>,
    ) -> anyhow::Result<String> {
        self.keys.sign(&Claims::new(session, rights, position, now))
    }

    /// What a token says, if it is to be believed now.
    ///
    /// # Errors
    /// Expired, revoked, or not one of ours.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Arc<Claims>, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::Invalid);
        }
        let name = fingerprint(token);
        let remembered = self.known().get(&name);
        let claims = match remembered {
            Some(claims) => claims,
            None => {
                let claims = Arc::new(self.decode(token)?);
                self.known().remember(name, Arc::clone(&claims));
                claims
            }
        };
        claims.are_good_at(now)?;
        match self.revocations.of(&claims) {
            Access::Kept => Ok(claims),
            Access::Stale => Err(TokenError::Revoked(UserId(claims.sub))),
            Access::Ended => Err(TokenError::Ended(UserId(claims.sub))),
        }
    }

    fn decode(&self, token: &str) -> Result<Claims, TokenError> {
        let key = self.keys.of(token).ok_or(TokenError::Invalid)?;
        let decoded = jsonwebtoken::decode(token, key, &self.validation);
        decoded.map(|decoded| decoded.claims).map_err(|_| TokenError::Invalid)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner) // Only plain inserts happen inside.
    }
}

impl Known {
    fn get(&mut self, name: &[u8; 32]) -> Option<Arc<Claims>> {
        if let Some(claims) = self.recent.get(name) {
            return Some(Arc::clone(claims));
        }
        let claims = self.older.remove(name)?;
        self.remember(*name, Arc::clone(&claims));
        Some(claims)
    }

    /// When the recent half is full it becomes the older one, and what nobody used since is gone.
    fn remember(&mut self, name: [u8; 32], claims: Arc<Claims>) {
        if self.recent.len() >= REMEMBERED_MAX / 2 {
            self.older = std::mem::take(&mut self.recent);
        }
        self.recent.insert(name, claims);
    }
}

/// Tokens are not kept in memory, only what identifies them.
fn fingerprint(token: &str) -> [u8; 32] {
    let mut name = [0; 32];
    name.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    name
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::revocations::Revocation;
    use crate::secrets::token_key;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use chrono::TimeDelta;
    use domain::users::Role;
    use uuid::Uuid;

    const ADA: UserId = UserId(Uuid::from_u128(1));
    const PHONE: SessionId = SessionId(Uuid::from_u128(2));

    fn keys() -> TokenKeys {
        TokenKeys { current: token_key().unwrap(), next: token_key().unwrap(), previous: None }
    }

    fn issue(tokens: &Tokens, position: i64, now: DateTime<Utc>) -> String {
        let rights = Rights { roles: vec![Role::Admin], ..Rights::plain(ADA) };
        tokens.issue(PHONE, rights, position, now).unwrap()
    }

    #[test]
    fn a_token_is_believed_until_it_expires_remembered_or_not() {
        let (tokens, now) = (Tokens::new(&keys()).unwrap(), Utc::now());
        let token = issue(&tokens, 1, now);
        for _ in 0..2 {
            assert_eq!(tokens.verify(&token, now).unwrap().roles, [Role::Admin]);
        }
        let later = now + TimeDelta::seconds(ACCESS_SECONDS);
        assert_eq!(tokens.verify(&token, later), Err(TokenError::Expired));
    }

    #[test]
    fn a_rotation_refuses_nobody_neither_the_new_process_nor_the_old_one() {
        let (before, now) = (keys(), Utc::now());
        let after = TokenKeys {
            current: before.next.clone(),
            next: token_key().unwrap(),
            previous: Some(before.current.clone()),
        };
        let (old, new) = (Tokens::new(&before).unwrap(), Tokens::new(&after).unwrap());
        assert!(new.verify(&issue(&old, 1, now), now).is_ok());
        assert!(old.verify(&issue(&new, 1, now), now).is_ok());
        let kids = |tokens: &Tokens| -> Vec<Value> {
            tokens.public_keys()["keys"]
                .as_array()
                .unwrap()
                .iter()
                .map(|k| k["kid"].clone())
                .collect()
        };
        assert_eq!(kids(&old).len(), 2);
        assert!(kids(&old).iter().all(|kid| kids(&new).contains(kid)));
    }

    #[test]
    fn a_revoked_token_is_refused_though_it_is_remembered() {
        let (tokens, now) = (Tokens::new(&keys()).unwrap(), Utc::now());
        let token = issue(&tokens, 1, now);
        assert!(tokens.verify(&token, now).is_ok());
        tokens.revocations.note(Revocation::Tokens(ADA), 2, now);
        assert_eq!(tokens.verify(&token, now), Err(TokenError::Revoked(ADA)));
        assert!(tokens.verify(&issue(&tokens, 3, now), now).is_ok());
        tokens.revocations.note(Revocation::Session(PHONE), 4, now);
        assert_eq!(tokens.verify(&issue(&tokens, 3, now), now), Err(TokenError::Ended(ADA)));
    }

    #[test]
    fn what_signs_a_document_is_never_a_token() {
        let (tokens, now) = (Tokens::new(&keys()).unwrap(), Utc::now());
        let token = issue(&tokens, 1, now);
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let signed = tokens.sign_document("folio-statement", &claims).unwrap();
        let (header, signature) = signed.split_once("..").unwrap();
        let forged = format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(&claims));
        assert_eq!(tokens.verify(&forged, now), Err(TokenError::Invalid));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut known = Known::default();
        let claims = Arc::new(Claims::sample());
        for n in 0..3 * REMEMBERED_MAX {
            known.remember(fingerprint(&n.to_string()), Arc::clone(&claims));
        }
        assert!(known.recent.len() + known.older.len() <= REMEMBERED_MAX);
    }
}
