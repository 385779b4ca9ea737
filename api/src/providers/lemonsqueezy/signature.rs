//! Whether a delivery is Lemon Squeezy's (d2.2): HMAC-SHA256 of the raw body, in hex. The signature
//! covers no time, so a delivery sent again is as good as the first one; what it leads to is
//! deduplicated elsewhere.

use anyhow::ensure;
use aws_lc_rs::hmac;
use axum::http::HeaderMap;

const HEADER: &str = "x-signature";
/// Hex digits of a SHA-256.
const DIGITS: usize = 64;
/// Lemon Squeezy takes secrets of 6 to 40 characters.
const SECRET_CHARS: std::ops::RangeInclusive<usize> = 6..=40;
/// While they are changed there are two; more is a mistake.
const SECRETS_MAX: usize = 4;

/// What deliveries are signed with: one secret, or several while they are changed.
#[derive(Default)]
pub struct WebhookSecrets(Vec<hmac::Key>);

/// A delivery that is not believed, and why; its sender is told no more than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// No secret is set, so nothing can be believed.
    #[error("no secret is set")]
    NoSecret,
    /// There is no signature, or more than one.
    #[error("it has not one signature")]
    Unsigned,
    /// The signature is not 64 hex digits.
    #[error("its signature is not 64 hex digits")]
    Malformed,
    /// No secret of ours made the signature.
    #[error("its signature does not fit")]
    Unfit,
}

impl WebhookSecrets {
    /// Secrets as text, one a line, in any order.
    ///
    /// # Errors
    /// One has a length that Lemon Squeezy does not take, or there are too many.
    pub fn parse(lines: &str) -> anyhow::Result<Self> {
        let secrets: Vec<&str> =
            lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        ensure!(secrets.len() <= SECRETS_MAX, "more than {SECRETS_MAX} webhook secrets");
        let fit = secrets.iter().all(|secret| SECRET_CHARS.contains(&secret.chars().count()));
        ensure!(fit, "a webhook secret of Lemon Squeezy has 6 to 40 characters");
        let key = |secret: &&str| hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        Ok(Self(secrets.iter().map(key).collect()))
    }

    /// Whether one of the secrets signed exactly these bytes.
    ///
    /// # Errors
    /// It is not to be believed.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Forged> {
        if self.0.is_empty() {
            return Err(Forged::NoSecret);
        }
        let mut signatures = headers.get_all(HEADER).iter();
        let (Some(signature), None) = (signatures.next(), signatures.next()) else {
            return Err(Forged::Unsigned);
        };
        let signature = unhex(signature.as_bytes()).ok_or(Forged::Malformed)?;
        // `verify` takes the same time wherever the difference is.
        let fits = self.0.iter().any(|key| hmac::verify(key, body, &signature).is_ok());
        if fits { Ok(()) } else { Err(Forged::Unfit) }
    }
}

fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    if digits.len() != DIGITS {
        return None;
    }
    let digit =
        |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    digits.chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    /// The vector of d2.2.
    const SECRET: &str = "ls_test_secret_0123456789";
    const BODY: &str = include_str!("fixtures/vector.json");
    const SIGNATURE: &str = "5a26dd502cb27c5905f94741ebfc45ba8a451912dc60b100a03fc8597939cea1";

    fn verify(secrets: &str, signatures: &[&str], body: &[u8]) -> Result<(), Forged> {
        let mut headers = HeaderMap::new();
        for signature in signatures {
            headers.append(HEADER, signature.parse().unwrap());
        }
        WebhookSecrets::parse(secrets).unwrap().verify(&headers, body)
    }

    #[test]
    fn the_documented_vector_verifies_in_both_cases_of_hex() {
        assert_eq!(BODY.len(), 394);
        assert_eq!(verify(SECRET, &[SIGNATURE], BODY.as_bytes()), Ok(()));
        assert_eq!(verify(SECRET, &[&SIGNATURE.to_uppercase()], BODY.as_bytes()), Ok(()));
    }

    #[test]
    fn any_of_several_secrets_fits_while_they_are_changed() {
        let both = format!("another_secret\n\n{SECRET}\n");
        assert_eq!(verify(&both, &[SIGNATURE], BODY.as_bytes()), Ok(()));
        assert_eq!(verify("another_secret", &[SIGNATURE], BODY.as_bytes()), Err(Forged::Unfit));
    }

    #[test]
    fn what_is_not_one_fitting_signature_in_hex_is_refused() {
        let prefixed = format!("sha256={SIGNATURE}");
        let zeros = "0".repeat(64);
        let foreign = format!("g{}", &SIGNATURE[1..]);
        for (signatures, why) in [
            (&[][..], Forged::Unsigned),
            (&[SIGNATURE, SIGNATURE], Forged::Unsigned),
            (&[""], Forged::Malformed),
            (&[&prefixed], Forged::Malformed),
            (&[&SIGNATURE[..63]], Forged::Malformed),
            (&[&foreign], Forged::Malformed),
            (&["WibdUCsnxZBfmUdB6/xFuopFGRLcYLEAoD/IWXk5zqE="], Forged::Malformed),
            (&[&zeros], Forged::Unfit),
        ] {
            assert_eq!(verify(SECRET, signatures, BODY.as_bytes()), Err(why), "{signatures:?}");
        }
    }

    #[test]
    fn the_raw_bytes_are_signed_and_nothing_like_them() {
        let value: serde_json::Value = serde_json::from_str(BODY).unwrap();
        let rewritten = serde_json::to_string_pretty(&value).unwrap();
        let (cut, longer) = (&BODY[..BODY.len() - 1], format!("{BODY}\n"));
        for other in [rewritten.as_str(), cut, &longer, ""] {
            assert_eq!(verify(SECRET, &[SIGNATURE], other.as_bytes()), Err(Forged::Unfit));
        }
    }

    #[test]
    fn without_a_secret_nothing_is_believed() {
        assert_eq!(verify("", &[SIGNATURE], BODY.as_bytes()), Err(Forged::NoSecret));
        assert!(WebhookSecrets::parse("short").is_err());
        assert!(WebhookSecrets::parse(&"x".repeat(41)).is_err());
        assert!(WebhookSecrets::parse(&"secret\n".repeat(5)).is_err());
    }
}
