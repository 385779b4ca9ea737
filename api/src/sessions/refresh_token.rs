//! Refresh tokens: opaque to clients, 256 bits of secret each. A token is the HMAC of its session
//! and its number under a secret of ours, so the successor of a token can be made again when its
//! answer was lost, and nothing secret has to be kept for that: the log has only its SHA-256.

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{SessionId, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::objects::hex;

/// What a refresh token begins with, so that secret scanners know one.
const PREFIX: &str = "folio_rt_";
const ID_BYTES: usize = 16;
const COUNTER_BYTES: usize = 4;
const SECRET_BYTES: usize = 32;

/// Makes and recognises refresh tokens.
pub struct RefreshTokens(hmac::Key);

/// What a genuine token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Genuine {
    /// Of which session.
    pub session: SessionId,
    /// How many were before it.
    pub counter: u32,
}

impl RefreshTokens {
    /// From the secret `session-key`.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The token of this number in a session.
    #[must_use]
    pub fn make(&self, session: SessionId, counter: u32) -> String {
        let name = name(session, counter);
        let secret = hmac::sign(&self.0, &name);
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([&name, secret.as_ref()].concat()))
    }

    /// What a token says, if it is one we made. Whether it still counts is the session's to say.
    #[must_use]
    pub fn read(&self, token: &str) -> Option<Genuine> {
        let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
        let (name, secret) = bytes.split_at_checked(ID_BYTES + COUNTER_BYTES)?;
        if secret.len() != SECRET_BYTES
            || !bool::from(hmac::sign(&self.0, name).as_ref().ct_eq(secret))
        {
            return None;
        }
        let session = SessionId(Uuid::from_slice(&name[..ID_BYTES]).ok()?);
        let counter = u32::from_be_bytes(name[ID_BYTES..].try_into().ok()?);
        Some(Genuine { session, counter })
    }
}

/// What the log keeps of a token.
///
/// # Errors
/// None; a SHA-256 in hex is one.
pub fn hash(token: &str) -> Result<Sha256, domain::digest::NotSha256> {
    Sha256::parse(&hex(digest::digest(&digest::SHA256, token.as_bytes()).as_ref()))
}

fn name(session: SessionId, counter: u32) -> [u8; ID_BYTES + COUNTER_BYTES] {
    let mut name = [0; ID_BYTES + COUNTER_BYTES];
    name[..ID_BYTES].copy_from_slice(session.0.as_bytes());
    name[ID_BYTES..].copy_from_slice(&counter.to_be_bytes());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_again_alike_and_known_by_nobody_elses_secret() {
        let (ours, theirs) = (RefreshTokens::new(&[7; 32]), RefreshTokens::new(&[8; 32]));
        let session = SessionId(Uuid::from_u128(1));
        let token = ours.make(session, 3);
        assert_eq!(token, ours.make(session, 3));
        assert_eq!(ours.read(&token), Some(Genuine { session, counter: 3 }));
        assert_eq!(theirs.read(&token), None);
        assert_ne!(token, ours.make(session, 4));
        assert_ne!(token, ours.make(SessionId(Uuid::from_u128(2)), 3));
    }

    #[test]
    fn a_cut_longer_or_changed_token_is_none() {
        let tokens = RefreshTokens::new(&[7; 32]);
        let token = tokens.make(SessionId(Uuid::from_u128(1)), 0);
        for cut in 0..token.len() {
            assert_eq!(tokens.read(&token[..cut]), None);
        }
        assert_eq!(tokens.read(&format!("{token}AAAA")), None);
        assert_eq!(tokens.read(&token.replacen("rt_A", "rt_B", 1)), None);
    }
}
