//! Where Google answers and with which keys it signs, asked for and remembered for a while.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use super::super::identity::{IdentityError, Registration, answer};

/// How long what was read is believed.
const AGE_MAX: Duration = Duration::from_secs(3_600);
/// A key nobody knows is looked for at most this often, or forged tokens would have us ask all day.
const AGE_MIN: Duration = Duration::from_secs(60);
/// How long what was read serves when nothing newer can be had; Google changes keys in weeks.
const STALE_MAX: Duration = Duration::from_secs(24 * 3_600);
/// How long after a failure nobody asks again.
const REST: Duration = Duration::from_secs(5);
/// How long both calls together may take.
const ASKING_MAX: Duration = Duration::from_secs(10);
/// How many may wait for the answer of one who asks, where nothing that is known will do.
const WAITING_MAX: usize = 64;
/// Keys remembered at most; Google has two or three.
const KEYS_MAX: usize = 16;

/// See the module.
pub struct Discovery {
    state: Mutex<State>,
    /// Of whoever asks: one at a time, the others wait, as many as may.
    asking: Semaphore,
    waiting: Semaphore,
}

#[derive(Default)]
struct State {
    known: Option<Arc<Known>>,
    failed_at: Option<Instant>,
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

impl Default for Discovery {
    fn default() -> Self {
        let (asking, waiting) = (Semaphore::new(1), Semaphore::new(WAITING_MAX));
        Self { state: Mutex::default(), asking, waiting }
    }
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

    /// What is known if it is young enough and will do, or what is read now. What is older serves
    /// while somebody else reads, and when it cannot be read.
    async fn younger(
        &self,
        us: &Registration,
        age: Duration,
        will_do: impl Fn(&Known) -> bool,
    ) -> Result<Arc<Known>, IdentityError> {
        let young = |known: &Known| {
            let lasting = known.read_at.elapsed() < AGE_MAX;
            lasting && will_do(known) || known.read_at.elapsed() < age
        };
        let present = self.present();
        if let Some(young) = present.clone().filter(|known| young(known)) {
            return Ok(young);
        }
        let _asking = match (self.asking.try_acquire(), &present) {
            (Ok(asking), _) => asking,
            (Err(_), Some(stale)) if will_do(stale) => return Ok(Arc::clone(stale)),
            (Err(_), _) => self.wait().await?,
        };
        if let Some(young) = self.present().filter(|known| young(known)) {
            return Ok(young); // Whoever asked before has it.
        }
        if self.state().failed_at.is_some_and(|at| at.elapsed() < REST) {
            return present.ok_or_else(|| away("Google did not answer a moment ago"));
        }
        let read = timeout(ASKING_MAX, Known::read(us)).await;
        match read.unwrap_or_else(|_| Err(away("Google takes too long"))) {
            Ok(read) => {
                let read = Arc::new(read);
                *self.state() = State { known: Some(Arc::clone(&read)), failed_at: None };
                Ok(read)
            }
            Err(error) => {
                self.state().failed_at = Some(Instant::now());
                let Some(stale) = present else { return Err(error) };
                tracing::warn!(
                    error = format!("{:#}", anyhow::Error::from(error)),
                    "Google is not asked anew"
                );
                Ok(stale)
            }
        }
    }

    /// What was read, unless that was too long ago.
    fn present(&self) -> Option<Arc<Known>> {
        self.state().known.clone().filter(|known| known.read_at.elapsed() < STALE_MAX)
    }

    async fn wait(&self) -> Result<SemaphorePermit<'_>, IdentityError> {
        let _place = self.waiting.try_acquire().map_err(|_| away("too many wait for Google"))?;
        self.asking.acquire().await.map_err(|error| IdentityError::Away(error.into()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner) // It has no half-done state.
    }
}

fn away(why: &'static str) -> IdentityError {
    IdentityError::Away(anyhow::anyhow!(why))
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::http::StatusCode;
    use futures::future::join_all;
    use tokio::net::TcpListener;

    use super::*;
    use crate::config::ProviderConfig;

    /// Us, as a Google knows us that answers nothing of use, slowly; and how often it was asked.
    async fn ill() -> (Registration, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&asked);
        let answer = move || {
            count.fetch_add(1, Ordering::Relaxed);
            async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        let router = Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let config = ProviderConfig { url, client_id: "us".to_owned() };
        (Registration::new(&config, None).unwrap(), asked)
    }

    fn read_before(age: Duration) -> Known {
        let places = Places {
            issuer: String::new(),
            authorization_endpoint: "as it was".to_owned(),
            token_endpoint: String::new(),
            jwks_uri: String::new(),
        };
        let read_at = Instant::now().checked_sub(age).unwrap();
        Known { places, keys: HashMap::new(), read_at }
    }

    #[tokio::test]
    async fn while_google_is_away_it_is_asked_once_for_all_and_no_more_than_so_many_wait() {
        let ((us, asked), discovery) = (ill().await, Discovery::default());
        let all = join_all((0..2 * WAITING_MAX).map(|_| discovery.known(&us))).await;
        assert!(all.iter().all(Result::is_err));
        assert!(discovery.known(&us).await.is_err());
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn what_was_known_of_google_serves_for_a_day_while_it_is_away() {
        let ((us, asked), discovery) = (ill().await, Discovery::default());
        let old = |age| discovery.state().known = Some(Arc::new(read_before(age)));
        old(2 * AGE_MAX);
        for known in join_all((0..20).map(|_| discovery.known(&us))).await {
            assert_eq!(known.unwrap().places.authorization_endpoint, "as it was");
        }
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        let forged = discovery.key(&us, "nobody's").await;
        assert!(matches!(forged, Err(IdentityError::Unbelievable(_))));
        old(STALE_MAX);
        assert!(discovery.known(&us).await.is_err());
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
}
