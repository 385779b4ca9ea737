//! One-time tokens that travel by letter: whose they are, and 256 bits nobody can guess. The log
//! keeps their SHA-256, the outbox the token, and nobody else anything.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use domain::mail::{Letter, Mail};
use domain::users::Ticket;
use domain::{Sha256, UserId};
use uuid::Uuid;

use crate::app::App;
use crate::objects::hex;
use crate::problem::{OrFault as _, Problem};
use crate::secrets;

/// Bytes that say whose it is.
const USER_BYTES: usize = 16;
/// Bytes of a token.
const TOKEN_BYTES: usize = USER_BYTES + 32;

/// A token that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// Whose it says it is; the hash in the log decides whether it is true.
    pub user: UserId,
    /// Of the token.
    pub token_hash: Sha256,
}

impl App {
    /// Draws a token and the letter to send it with.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn ticket(
        &self,
        user: UserId,
        to: &str,
        life: TimeDelta,
        letter: fn(String) -> Letter,
    ) -> Result<Ticket, Problem> {
        let secret = secrets::random().or_fault("draw a token")?;
        let token = URL_SAFE_NO_PAD.encode([user.0.as_bytes().as_slice(), &secret].concat());
        let token_hash = token_hash(&token).or_fault("hash a token")?;
        let (id, to, letter) = (Uuid::now_v7(), to.to_owned(), letter(token));
        let mail = Mail { id, user, to, letter, failures: 0 };
        Ok(Ticket { token_hash, expires_at: self.clock.now() + life, mail })
    }
}

/// Reads a token; `None` if it cannot be one of ours.
#[must_use]
pub fn read(token: &str) -> Option<Returned> {
    if token.len() > 2 * TOKEN_BYTES {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).ok().filter(|bytes| bytes.len() == TOKEN_BYTES)?;
    let user = UserId(Uuid::from_slice(bytes.get(..USER_BYTES)?).ok()?);
    Some(Returned { user, token_hash: token_hash(token).ok()? })
}

fn token_hash(token: &str) -> Result<Sha256, domain::digest::NotSha256> {
    Sha256::parse(&hex(digest(&SHA256, token.as_bytes()).as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_token_of_ours_is_none() {
        let token = URL_SAFE_NO_PAD.encode([7; TOKEN_BYTES]);
        assert_eq!(read(&token).map(|read| read.user), Some(UserId(Uuid::from_bytes([7; 16]))));
        let (cut, long) = (&token[1..], format!("{token}A"));
        for text in ["", "a token", cut, &long, &"A".repeat(10_000)] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
