//! Refresh tokens: opaque to clients, 256 bits of secret each. A token is its name (session,
//! user, number) and the HMAC of that under a secret of ours, so the successor of a token can be made again when its
//! answer was lost, and nothing secret has to be kept for that: the log has only its SHA-256.

use aws_lc_rs::{digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::{SessionId, Sha256, UserId};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::objects::hex;

/// What a refresh token begins with, so that secret scanners know one.
const PREFIX: &str = "folio_rt_";
const SECRET_BYTES: usize = 32;
/// Longest text that is read at all.
const TEXT_BYTES_MAX: usize = 128;
/// Session, user, counter.
const NAME_BYTES: usize = 16 + 16 + 4;

/// Makes and recognises refresh tokens.
pub struct RefreshTokens(hmac::Key);

/// What a genuine token says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// Of which session.
    pub session: SessionId,
    /// Whose.
    pub user: UserId,
    /// How many were before it.
    pub counter: u32,
}

impl Name {
    /// Another token of the same session.
    #[must_use]
    pub fn numbered(self, counter: u32) -> Self {
        Self { counter, ..self }
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        self.numbered(self.counter.saturating_add(1))
    }

    fn bytes(self) -> [u8; NAME_BYTES] {
        let mut bytes = [0; NAME_BYTES];
        bytes[..16].copy_from_slice(self.session.0.as_bytes());
        bytes[16..32].copy_from_slice(self.user.0.as_bytes());
        bytes[32..].copy_from_slice(&self.counter.to_be_bytes());
        bytes
    }

    fn of(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            session: SessionId(Uuid::from_slice(bytes.get(..16)?).ok()?),
            user: UserId(Uuid::from_slice(bytes.get(16..32)?).ok()?),
            counter: u32::from_be_bytes(bytes.get(32..)?.try_into().ok()?),
        })
    }
}

impl RefreshTokens {
    /// From the secret `session-key`.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The token of this name.
    #[must_use]
    pub fn make(&self, name: Name) -> String {
        let name = name.bytes();
        let secret = hmac::sign(&self.0, &name);
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([&name, secret.as_ref()].concat()))
    }

    /// What a token says, if it is one we made. Whether it still counts is the session's to say.
    #[must_use]
    pub fn read(&self, token: &str) -> Option<Name> {
        let text = token.strip_prefix(PREFIX).filter(|text| text.len() <= TEXT_BYTES_MAX)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (name, secret) = bytes.split_at_checked(NAME_BYTES)?;
        let expected = hmac::sign(&self.0, name);
        let is_ours = secret.len() == SECRET_BYTES && bool::from(expected.as_ref().ct_eq(secret));
        is_ours.then(|| Name::of(name)).flatten()
    }
}

/// What the log keeps of a token.
///
/// # Errors
/// None; a SHA-256 in hex is one.
pub fn hash(token: &str) -> Result<Sha256, domain::digest::NotSha256> {
    Sha256::parse(&hex(digest::digest(&digest::SHA256, token.as_bytes()).as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: Name = Name {
        session: SessionId(Uuid::from_u128(1)),
        user: UserId(Uuid::from_u128(2)),
        counter: 3,
    };

    #[test]
    fn a_token_is_made_again_alike_and_known_by_nobody_elses_secret() {
        let (ours, theirs) = (RefreshTokens::new(&[7; 32]), RefreshTokens::new(&[8; 32]));
        let token = ours.make(NAME);
        assert_eq!(token, ours.make(NAME));
        assert_eq!(ours.read(&token), Some(NAME));
        assert_eq!(theirs.read(&token), None);
        assert_ne!(token, ours.make(NAME.next()));
    }

    #[test]
    fn a_cut_longer_or_changed_token_is_none() {
        let tokens = RefreshTokens::new(&[7; 32]);
        let token = tokens.make(NAME);
        for cut in 0..token.len() {
            assert_eq!(tokens.read(&token[..cut]), None);
        }
        assert_eq!(tokens.read(&format!("{token}AAAA")), None);
        assert_eq!(tokens.read(&format!("{token}{}", "A".repeat(1 << 20))), None);
        assert_eq!(tokens.read(&token.replacen("rt_A", "rt_B", 1)), None);
    }
}
