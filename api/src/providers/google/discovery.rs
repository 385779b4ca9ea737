//! Where Google answers and with which keys it signs, asked for and remembered for a while.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::super::identity::{IdentityError, Registration, answer};

/// How long what was read is believed.
const AGE_MAX: Duration = Duration::from_secs(3_600);
/// A key nobody knows is looked for at most this often, or forged tokens would have us ask all day.
const AGE_MIN: Duration = Duration::from_secs(60);
/// Keys remembered at most; Google has two or three.
const KEYS_MAX: usize = 16;

/// See the module.
#[derive(Default)]
pub struct Discovery {
    /// Held while asking, so that many who wait ask once.
    known: Mutex<Option<Arc<Known>>>,
}

/// What was read.
pub struct Known {
    /// Where what is.
    pub places: Places,
    keys: HashMap<String, DecodingKey>,
    read_at: Instant,
}

/// `/.well-known/openid-configuration`, as far as we ask.
#[derive(Deserialize)]
pub struct Places {
    issuer: String,
    /// The page that asks for consent.
    pub authorization_endpoint: String,
    /// Gives tokens for codes.
    pub token_endpoint: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Key>,
}

/// One of a set, in which there may be keys for other uses.
#[derive(Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl Discovery {
    /// What is known, read anew if it is too old.
    ///
    /// # Errors
    /// It cannot be read.
    pub async fn known(&self, us: &Registration) -> Result<Arc<Known>, IdentityError> {
        self.younger(us, AGE_MAX, |_| true).await
    }

    /// The key of this id, also if it is newer than what is known.
    ///
    /// # Errors
    /// There is none, or the keys cannot be read.
    pub async fn key(&self, us: &Registration, kid: &str) -> Result<DecodingKey, IdentityError> {
        let known = self.known(us).await?;
        let known = match known.keys.contains_key(kid) {
            true => known,
            false => self.younger(us, AGE_MIN, |known| known.keys.contains_key(kid)).await?,
        };
        let unknown = IdentityError::Unbelievable("The id token is signed by nobody known.");
        known.keys.get(kid).cloned().ok_or(unknown)
    }

    /// What is known if it is young enough and will do, or what is read now.
    async fn younger(
        &self,
        us: &Registration,
        age: Duration,
        will_do: impl Fn(&Known) -> bool,
    ) -> Result<Arc<Known>, IdentityError> {
        let mut known = self.known.lock().await;
        let young = known.as_ref().filter(|known| {
            let lasting = known.read_at.elapsed() < AGE_MAX;
            lasting && will_do(known) || known.read_at.elapsed() < age
        });
        if let Some(young) = young {
            return Ok(Arc::clone(young));
        }
        let read = Arc::new(Known::read(us).await?);
        *known = Some(Arc::clone(&read));
        Ok(read)
    }
}

impl Known {
    async fn read(us: &Registration) -> Result<Self, IdentityError> {
        let document = format!("{}/.well-known/openid-configuration", us.url);
        let places: Places = answer(us.http.get(document)).await?;
        places.check(&us.url)?;
        let set: KeySet = answer(us.http.get(&places.jwks_uri)).await?;
        let keys = set.keys.into_iter().filter_map(Key::usable).take(KEYS_MAX).collect();
        Ok(Self { places, keys, read_at: Instant::now() })
    }
}

impl Places {
    /// A document about somebody else, or one that leads out of TLS, is not believed.
    fn check(&self, issuer: &str) -> Result<(), IdentityError> {
        let places = [&self.authorization_endpoint, &self.token_endpoint, &self.jwks_uri];
        let scheme = |url: &str| url.split(':').next().map(str::to_owned);
        if self.issuer == issuer && places.iter().all(|url| scheme(url) == scheme(issuer)) {
            return Ok(());
        }
        let cause = anyhow::anyhow!("the discovery document of {issuer} is not about it");
        Err(IdentityError::Away(cause))
    }
}

impl Key {
    fn usable(self) -> Option<(String, DecodingKey)> {
        let (kid, n, e) = (self.kid?, self.n?, self.e?);
        let key = (self.kty == "RSA").then(|| DecodingKey::from_rsa_components(&n, &e).ok());
        Some((kid, key.flatten()?))
    }
}
