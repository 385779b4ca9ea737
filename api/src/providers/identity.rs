//! What we need of whoever vouches for people: where to send their browser, and who came back
//! (c0.10). Providers' tokens live as long as one call (IAM-16).

mod registration;

use std::future::Future;
use std::pin::Pin;

use chrono::{DateTime, Utc};
use domain::users::Provider;
use reqwest::Url;

pub(super) use registration::{Registration, answer};

use super::discord::Discord;
use super::google::Google;
use crate::config::LoginConfig;
use crate::secrets::Secrets;

/// Longest id of an account that is believed (IAM-16).
pub const SUBJECT_CHARS_MAX: usize = 255;

/// A call to a provider on its way.
pub type Call<'a, T> = Pin<Box<dyn Future<Output = Result<T, IdentityError>> + Send + 'a>>;

/// Somebody who vouches for people, by the authorization code flow with PKCE.
pub trait Identity: Send + Sync {
    /// Where a browser asks its person for consent.
    fn consent<'a>(&'a self, ask: Ask<'a>) -> Call<'a, Url>;
    /// Who consented. A code works once.
    fn redeem<'a>(&'a self, redeem: Redeem<'a>) -> Call<'a, Account>;
}

/// What a browser carries to the provider.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// Where it comes back to: our callback, as registered there.
    pub callback: &'a str,
    /// Comes back as it is.
    pub state: &'a str,
    /// Comes back inside the id token, where there is one.
    pub nonce: &'a str,
    /// PKCE: base64url of the verifier's SHA-256.
    pub challenge: &'a str,
}

/// What came back.
#[derive(Clone, Copy)]
pub struct Redeem<'a> {
    /// The same as in [`Ask`].
    pub callback: &'a str,
    /// The provider's code.
    pub code: &'a str,
    /// The same as in [`Ask`].
    pub nonce: &'a str,
    /// PKCE: what the challenge was made of.
    pub verifier: &'a str,
    /// By which clock what has ended has ended.
    pub now: DateTime<Utc>,
}

/// Somebody, as the provider knows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The provider's id; never given to somebody else.
    pub subject: String,
    /// The address, only if the provider verified it (c0.10).
    pub email: Option<String>,
    /// The name there.
    pub name: Option<String>,
}

impl std::fmt::Debug for Account {
    /// Nothing: what is personal does not get into logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Account(…)")
    }
}

/// Why nobody is vouched for.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// What came back is not to be believed.
    #[error("{0}")]
    Unbelievable(&'static str),
    /// The provider said no, for example to a code that was used.
    #[error("the provider answered {status} {code}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its word for it, for the log.
        code: String,
    },
    /// It is away, or answers what nobody can read.
    #[error("the provider gave no answer that can be used")]
    Away(#[source] anyhow::Error),
}

/// The providers this place is connected to.
pub struct Identities {
    google: Option<Google>,
    discord: Option<Discord>,
}

impl Identities {
    /// Those that have a client id.
    ///
    /// # Errors
    /// An address cannot be used.
    pub fn connect(config: &LoginConfig, secrets: &Secrets) -> anyhow::Result<Self> {
        let google = config.google.as_ref().map(|google| {
            Registration::new(google, secrets.google_client_secret.as_deref()).map(Google::new)
        });
        let discord = config.discord.as_ref().map(|discord| {
            Registration::new(discord, secrets.discord_client_secret.as_deref()).map(Discord::new)
        });
        Ok(Self { google: google.transpose()?, discord: discord.transpose()? })
    }

    /// One of them, if it is connected.
    #[must_use]
    pub fn of(&self, provider: Provider) -> Option<&dyn Identity> {
        match provider {
            Provider::Google => self.google.as_ref().map(|google| google as &dyn Identity),
            Provider::Discord => self.discord.as_ref().map(|discord| discord as &dyn Identity),
        }
    }

    /// The names of those that are connected.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let all = [Provider::Google, Provider::Discord].into_iter();
        all.filter(|provider| self.of(*provider).is_some()).map(Provider::name).collect()
    }
}
