//! Google, by OpenID Connect: discovery says where, the id token says who.

mod discovery;
mod id_token;

use reqwest::Url;
use serde::Deserialize;

use super::identity::{Account, Ask, Call, Identity, IdentityError, Redeem, Registration};
use discovery::Discovery;

const SCOPE: &str = "openid email profile";

/// Talks to `accounts.google.com`, or to the stand-in.
pub struct Google {
    us: Registration,
    discovery: Discovery,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Google {
    /// From what it knows us by.
    #[must_use]
    pub fn new(us: Registration) -> Self {
        Self { us, discovery: Discovery::default() }
    }

    async fn page(&self, ask: Ask<'_>) -> Result<Url, IdentityError> {
        let known = self.discovery.known(&self.us).await?;
        let mut page = self.us.page(&known.places.authorization_endpoint, SCOPE, ask)?;
        page.query_pairs_mut().append_pair("nonce", ask.nonce);
        Ok(page)
    }

    async fn account(&self, redeem: Redeem<'_>) -> Result<Account, IdentityError> {
        let known = self.discovery.known(&self.us).await?;
        let Tokens { id_token } = self.us.trade(&known.places.token_endpoint, redeem).await?;
        let kid = id_token::key_id(&id_token)?;
        let key = self.discovery.key(&self.us, &kid).await?;
        id_token::Expected {
            issuer: &self.us.url,
            client_id: &self.us.client_id,
            nonce: redeem.nonce,
            now: redeem.now,
        }
        .account(&id_token, &key)
    }
}

impl Identity for Google {
    fn consent<'a>(&'a self, ask: Ask<'a>) -> Call<'a, Url> {
        Box::pin(self.page(ask))
    }

    fn redeem<'a>(&'a self, redeem: Redeem<'a>) -> Call<'a, Account> {
        Box::pin(self.account(redeem))
    }
}
