//! Discord, by OAuth 2: an access token asks once who its person is, and is forgotten.

use reqwest::Url;
use serde::Deserialize;

use super::identity::{
    Account, Ask, Call, Identity, IdentityError, Redeem, Registration, SUBJECT_CHARS_MAX, answer,
};

const SCOPE: &str = "identify email";

/// Talks to `discord.com`, or to the stand-in.
pub struct Discord {
    us: Registration,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
}

/// `GET /users/@me`, as far as we ask.
#[derive(Deserialize)]
struct Person {
    id: String,
    username: String,
    #[serde(default)]
    global_name: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    verified: bool,
}

impl Discord {
    /// From what it knows us by.
    #[must_use]
    pub fn new(us: Registration) -> Self {
        Self { us }
    }

    async fn account(&self, redeem: Redeem<'_>) -> Result<Account, IdentityError> {
        let endpoint = format!("{}/api/oauth2/token", self.us.url);
        let Tokens { access_token } = self.us.trade(&endpoint, redeem).await?;
        let whoami = format!("{}/api/users/@me", self.us.url);
        let person: Person = answer(self.us.http.get(whoami).bearer_auth(access_token)).await?;
        person.account()
    }
}

impl Identity for Discord {
    fn consent<'a>(&'a self, ask: Ask<'a>) -> Call<'a, Url> {
        let endpoint = format!("{}/oauth2/authorize", self.us.url);
        Box::pin(async move { self.us.page(&endpoint, SCOPE, ask) })
    }

    fn redeem<'a>(&'a self, redeem: Redeem<'a>) -> Call<'a, Account> {
        Box::pin(self.account(redeem))
    }
}

impl Person {
    fn account(self) -> Result<Account, IdentityError> {
        let Self { id, username, global_name, email, verified } = self;
        if id.is_empty() || id.len() > SUBJECT_CHARS_MAX {
            return Err(IdentityError::Unbelievable("Discord names nobody."));
        }
        let email = email.filter(|_| verified);
        Ok(Account { subject: id, email, name: Some(global_name.unwrap_or(username)) })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn an_address_that_discord_did_not_verify_is_not_used() {
        let person = |verified: &str| {
            let text = format!(r#"{{"id":"7","username":"ada","email":"a@b.example"{verified}}}"#);
            serde_json::from_str::<Person>(&text).unwrap().account().unwrap()
        };
        assert_eq!(person(r#","verified":true"#).email.as_deref(), Some("a@b.example"));
        assert_eq!(person(r#","verified":false"#).email, None);
        assert_eq!(person("").email, None);
    }
}
