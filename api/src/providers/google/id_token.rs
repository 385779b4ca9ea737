//! The id token: signed by Google with RS256 and nothing else, for us, for this one sign-in, and
//! still good (OpenID Connect Core 3.1.3.7).

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use super::super::identity::{Account, IdentityError, SUBJECT_CHARS_MAX};

/// Longer ones are refused unread.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// What a token must say.
pub struct Expected<'a> {
    /// Who issued it.
    pub issuer: &'a str,
    /// For whom: us.
    pub client_id: &'a str,
    /// For which sign-in.
    pub nonce: &'a str,
    /// Until when it must at least be good.
    pub now: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    /// One audience only: a token for several could have been shown to us by another of them.
    #[expect(dead_code, reason = "its shape is required, its value is compared while decoding")]
    aud: String,
    exp: i64,
    nonce: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    name: Option<String>,
}

/// Which key a token says it is signed with.
///
/// # Errors
/// It is no token, or of another algorithm.
pub fn key_id(token: &str) -> Result<String, IdentityError> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(unbelievable());
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| unbelievable())?;
    header.kid.filter(|_| header.alg == Algorithm::RS256).ok_or_else(unbelievable)
}

impl Expected<'_> {
    /// Who the token is about.
    ///
    /// # Errors
    /// It does not say what it must.
    pub fn account(&self, token: &str, key: &DecodingKey) -> Result<Account, IdentityError> {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[self.issuer]);
        validation.set_audience(&[self.client_id]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_exp = false; // Compared below with the clock that is handed in.
        let decoded = jsonwebtoken::decode::<Claims>(token, key, &validation);
        let claims = decoded.map_err(|_| unbelievable())?.claims;
        if claims.exp <= self.now.timestamp() {
            return Err(IdentityError::Unbelievable("The id token has expired."));
        }
        if claims.nonce.as_deref() != Some(self.nonce) {
            let another = "The id token belongs to another sign-in.";
            return Err(IdentityError::Unbelievable(another));
        }
        if claims.sub.is_empty() || claims.sub.len() > SUBJECT_CHARS_MAX {
            return Err(IdentityError::Unbelievable("The id token names nobody."));
        }
        let email = claims.email.filter(|_| claims.email_verified);
        Ok(Account { subject: claims.sub, email, name: claims.name })
    }
}

fn unbelievable() -> IdentityError {
    IdentityError::Unbelievable("The id token is not Google's, or not for us.")
}
