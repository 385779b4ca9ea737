//! Access tokens: short-lived JWTs signed with Ed25519, one algorithm pinned (c0.10). A verified
//! token is remembered until it expires or is revoked, so that a busy caller costs one signature
//! check, not one per request.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use aws_lc_rs::digest;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use domain::sessions::Rights;
use domain::users::{Role, Status};
use domain::{SessionId, UserId};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long an access token is good for.
pub const ACCESS_SECONDS: i64 = 600;
/// Who issues and who may read them.
const ISSUER: &str = "folio";
const AUDIENCE: &str = "folio-api";
/// Tokens remembered at most, in two generations of half each.
const REMEMBERED_MAX: usize = 20_000;
/// Longer ones are refused unread.
const TOKEN_BYTES_MAX: usize = 4_096;
/// Users whose older tokens are refused, remembered at most; each only as long as such a token
/// could live.
const REVOKED_MAX: usize = 100_000;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    /// Who.
    pub sub: Uuid,
    /// In which session.
    pub sid: Uuid,
    /// Roles beside that of a plain user.
    pub roles: Vec<Role>,
    /// Where the account stood.
    #[serde(default)]
    pub status: Status,
    /// Issued at, seconds.
    pub iat: i64,
    /// Expires at, seconds.
    pub exp: i64,
    /// The token's own id.
    pub jti: Uuid,
}

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Its time is over.
    #[error("the access token has expired")]
    Expired,
    /// Issued before the caller's rights changed.
    #[error("the access token was revoked")]
    Revoked,
    /// Forged, cut, of another issuer, or not a token at all.
    #[error("the access token is not one of ours")]
    Invalid,
}

/// Issues and verifies.
pub struct Tokens {
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
    public_key: String,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    recent: HashMap<[u8; 32], Claims>,
    older: HashMap<[u8; 32], Claims>,
    revoked: HashMap<UserId, i64>,
}

impl Tokens {
    /// From the PKCS#8 document of an Ed25519 key.
    ///
    /// # Errors
    /// It is no such document.
    pub fn new(pkcs8: &[u8]) -> anyhow::Result<Self> {
        let pair =
            Ed25519KeyPair::from_pkcs8(pkcs8).context("the secret token-key is no Ed25519 key")?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.leeway = 0;
        validation.validate_exp = false; // Compared below with the clock that is handed in.
        Ok(Self {
            signing: EncodingKey::from_ed_der(pkcs8),
            verifying: DecodingKey::from_ed_der(pair.public_key().as_ref()),
            validation,
            public_key: URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()),
            known: Mutex::default(),
        })
    }

    /// The public half, as a JWK's `x`.
    #[must_use]
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// A fresh token.
    ///
    /// # Errors
    /// Signing failed: a fault of ours.
    pub fn issue(
        &self,
        session: SessionId,
        rights: Rights,
        now: DateTime<Utc>,
    ) -> anyhow::Result<String> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: rights.user.0,
            sid: session.0,
            roles: rights.roles,
            status: rights.status,
            iat: now.timestamp(),
            exp: (now + TimeDelta::seconds(ACCESS_SECONDS)).timestamp(),
            jti: Uuid::now_v7(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &self.signing)
            .context("sign an access token")
    }

    /// What a token says, if it is to be believed now.
    ///
    /// # Errors
    /// Expired, revoked, or not one of ours.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::Invalid);
        }
        let name = fingerprint(token);
        let remembered = self.known().get(&name);
        let claims = match remembered {
            Some(claims) => claims,
            None => {
                let claims = self.decode(token)?;
                self.known().remember(name, claims.clone());
                claims
            }
        };
        if claims.exp <= now.timestamp() {
            return Err(TokenError::Expired);
        }
        match self.known().revoked.get(&UserId(claims.sub)) {
            Some(since) if claims.iat <= *since => Err(TokenError::Revoked),
            Some(_) | None => Ok(claims),
        }
    }

    /// Refuses every token of `user` issued up to `at`, because the rights it states have changed.
    pub fn revoke(&self, user: UserId, at: DateTime<Utc>) {
        let mut known = self.known();
        if known.revoked.len() >= REVOKED_MAX {
            // A token older than its own life is refused anyway.
            let oldest = at.timestamp() - ACCESS_SECONDS;
            known.revoked.retain(|_, since| *since >= oldest);
        }
        let since = known.revoked.entry(user).or_insert(i64::MIN);
        *since = (*since).max(at.timestamp());
    }

    fn decode(&self, token: &str) -> Result<Claims, TokenError> {
        jsonwebtoken::decode::<Claims>(token, &self.verifying, &self.validation)
            .map(|decoded| decoded.claims)
            .map_err(|e| match e.kind() {
                ErrorKind::ExpiredSignature => TokenError::Expired,
                _ => TokenError::Invalid,
            })
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner) // Only plain inserts happen inside.
    }
}

impl Known {
    fn get(&mut self, name: &[u8; 32]) -> Option<Claims> {
        if let Some(claims) = self.recent.get(name) {
            return Some(claims.clone());
        }
        let claims = self.older.remove(name)?;
        self.remember(*name, claims.clone());
        Some(claims)
    }

    /// When the recent half is full it becomes the older one, and what nobody used since is gone.
    fn remember(&mut self, name: [u8; 32], claims: Claims) {
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
    use domain::sessions::Tier;

    fn tokens() -> Tokens {
        let pair = Ed25519KeyPair::generate().unwrap();
        Tokens::new(pair.to_pkcs8v1().unwrap().as_ref()).unwrap()
    }

    const ADA: UserId = UserId(Uuid::from_u128(1));
    const SESSION: SessionId = SessionId(Uuid::from_u128(2));

    fn ada(roles: Vec<Role>) -> Rights {
        Rights { user: ADA, roles, status: Status::Active, tier: Tier::Free }
    }

    #[test]
    fn a_token_is_believed_until_it_expires_remembered_or_not() {
        let (tokens, now) = (tokens(), Utc::now());
        let token = tokens.issue(SESSION, ada(vec![Role::Admin]), now).unwrap();
        assert_eq!(tokens.verify(&token, now).unwrap().roles, [Role::Admin]);
        let later = now + TimeDelta::seconds(ACCESS_SECONDS);
        assert_eq!(tokens.verify(&token, later), Err(TokenError::Expired));
    }

    #[test]
    fn a_token_signed_by_somebody_else_is_not_believed() {
        let now = Utc::now();
        let forged = tokens().issue(SESSION, ada(vec![Role::Admin]), now).unwrap();
        assert_eq!(tokens().verify(&forged, now), Err(TokenError::Invalid));
        assert_eq!(tokens().verify("a.b.c", now), Err(TokenError::Invalid));
    }

    #[test]
    fn another_algorithm_is_not_believed() {
        let now = Utc::now();
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let tokens = tokens();
        let token = tokens.issue(SESSION, ada(vec![]), now).unwrap();
        let claims = token.split('.').nth(1).unwrap();
        assert_eq!(tokens.verify(&format!("{header}.{claims}."), now), Err(TokenError::Invalid));
    }

    #[test]
    fn a_revoked_token_is_refused_though_it_is_remembered() {
        let (tokens, now) = (tokens(), Utc::now());
        let token = tokens.issue(SESSION, ada(vec![]), now).unwrap();
        assert!(tokens.verify(&token, now).is_ok());
        tokens.revoke(ADA, now);
        assert_eq!(tokens.verify(&token, now), Err(TokenError::Revoked));
        let later = now + TimeDelta::seconds(1);
        assert!(tokens.verify(&tokens.issue(SESSION, ada(vec![]), later).unwrap(), later).is_ok());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut known = Known::default();
        let (tokens, now) = (tokens(), Utc::now());
        let claims = tokens.verify(&tokens.issue(SESSION, ada(vec![]), now).unwrap(), now).unwrap();
        for n in 0..3 * REMEMBERED_MAX {
            known.remember(fingerprint(&n.to_string()), claims.clone());
        }
        assert!(known.recent.len() + known.older.len() <= REMEMBERED_MAX);
    }
}
