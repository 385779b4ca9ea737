//! Who began a round trip redeems its code (RFC 7636): an app sends the hash of a secret along when it
//! sends a browser off, and the secret with the code. A code that a stranger obtained and had another
//! browser bring to the app is then worth nothing there (login CSRF).

use std::ops::RangeInclusive;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::sessions::SpendCode;
use domain::{Actor, Metadata, UserId};
use eventstore::command::Key;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::exchange::stale;
use crate::app::App;
use crate::problem::Problem;

/// The only method: `plain` shows the secret to whoever sees the address.
const METHOD: &str = "S256";
/// Bytes of a hash, 43 characters of base64url.
const HASH_BYTES: usize = 32;
/// How many characters the secret has.
const VERIFIER_CHARS: RangeInclusive<usize> = 43..=128;

/// The hash of an app's secret, as base64url.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Challenge(String);

impl Challenge {
    /// What an app begins with.
    ///
    /// # Errors
    /// None was sent, it is no SHA-256, or another method is asked for.
    pub fn read(challenge: Option<String>, method: Option<&str>) -> Result<Self, Problem> {
        if method.is_some_and(|method| method != METHOD) {
            return Err(Problem::invalid("?code_challenge_method", "S256, and nothing else."));
        }
        let is_hash = |text: &String| {
            URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == HASH_BYTES)
        };
        let detail =
            "The SHA-256 of a secret of the app, as 43 characters of base64url (RFC 7636).";
        let challenge = challenge.filter(is_hash).map(Self);
        challenge.ok_or_else(|| Problem::invalid("?code_challenge", detail))
    }

    fn fits(&self, verifier: &str) -> bool {
        self.0.as_bytes().ct_eq(s256(verifier).as_bytes()).into()
    }
}

/// Refuses whoever did not begin; by that the code is spent.
///
/// # Errors
/// `link-expired`, as for any code that is no good; what cannot be a secret is `validation-failed`, and
/// spends nothing.
pub async fn demand(
    app: &App,
    user: UserId,
    key: &Key,
    (challenge, verifier): (&Challenge, &str),
) -> Result<(), Problem> {
    if !is_verifier(verifier) {
        let detail = "The secret of code_challenge: 43 to 128 of A-Z a-z 0-9 - . _ ~ (RFC 7636).";
        return Err(Problem::invalid("/code_verifier", detail));
    }
    if challenge.fits(verifier) {
        return Ok(());
    }
    let metadata = Metadata::new(Actor::User(user.0), app.clock.now(), Uuid::now_v7());
    let _ = app.execute_raw(key.clone(), metadata, SpendCode).await?; // Refused, now or before.
    Err(stale())
}

/// The challenge of a secret (RFC 7636 4.2).
#[must_use]
pub fn s256(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
}

fn is_verifier(text: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    VERIFIER_CHARS.contains(&text.len()) && text.bytes().all(unreserved)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn read(challenge: &str, method: Option<&str>) -> Option<Challenge> {
        Challenge::read(Some(challenge.to_owned()), method).ok()
    }

    #[test]
    fn the_secret_of_a_challenge_fits_and_no_other() {
        for method in [None, Some("S256")] {
            let challenge = read(CHALLENGE, method).unwrap();
            assert!(challenge.fits(VERIFIER));
            assert!(!challenge.fits(&VERIFIER.to_lowercase()));
            assert!(!challenge.fits(CHALLENGE), "it is not compared as it is");
        }
    }

    #[test]
    fn a_challenge_is_a_sha256_and_the_method_is_never_plain() {
        for method in ["plain", "s256", ""] {
            assert!(read(CHALLENGE, Some(method)).is_none(), "{method}");
        }
        let (short, long) = (&CHALLENGE[1..], format!("{CHALLENGE}A"));
        for challenge in ["", short, &long, &format!("{CHALLENGE}="), &CHALLENGE.replace('-', "+")]
        {
            assert!(read(challenge, None).is_none(), "{challenge}");
        }
        assert!(Challenge::read(None, None).is_err());
    }

    #[test]
    fn a_secret_has_43_to_128_unreserved_characters() {
        for verifier in [VERIFIER, &"~".repeat(43), &"a.b_".repeat(32)] {
            assert!(is_verifier(verifier), "{verifier}");
        }
        for verifier in [&VERIFIER[1..], &"a".repeat(129), &"+".repeat(43), &"é".repeat(43)] {
            assert!(!is_verifier(verifier), "{verifier}");
        }
    }
}
