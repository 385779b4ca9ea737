//! What the stand-in is told: who consents, and what goes wrong.

use serde::Deserialize;

/// Somebody with an account there.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The provider's id.
    pub id: String,
    /// The address.
    pub email: Option<String>,
    /// Whether the provider verified it.
    #[serde(default)]
    pub verified: bool,
    /// The name.
    pub name: String,
}

impl Person {
    /// Somebody whose address was verified.
    #[must_use]
    pub fn verified(id: &str, email: &str, name: &str) -> Self {
        let (id, email, name) = (id.to_owned(), Some(email.to_owned()), name.to_owned());
        Self { id, email, verified: true, name }
    }
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Misbehaviour {
    /// Nothing.
    #[default]
    None,
    /// The person does not consent.
    Denied,
    /// The id token belongs to another sign-in.
    WrongNonce,
    /// The id token is for another client.
    WrongAudience,
    /// The id token is another issuer's.
    WrongIssuer,
    /// The id token's time is over.
    Expired,
    /// The id token is signed with a key that is not published.
    ForeignKey,
    /// The id token was changed after it was signed.
    Tampered,
    /// Tokens are answered with 500.
    Broken,
}
