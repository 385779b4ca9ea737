//! Passwords: argon2id, hashed and verified on blocking threads, few at a time, and with the same
//! work whether or not the account exists.

use std::sync::Arc;

use anyhow::Context as _;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use crate::config;

/// Hashes at once: each holds its memory and one core.
const CONCURRENT_MAX: usize = 4;
/// Hashes that may wait for those; more are turned away rather than made to wait for minutes.
const WAITING_MAX: usize = 64;
/// Why a password was neither hashed nor verified.
#[derive(Debug, thiserror::Error)]
pub enum PasswordFault {
    /// Too many others wait: nothing was done.
    #[error("too many passwords are being hashed")]
    Busy,
    /// Ours to mend.
    #[error("a password could not be hashed")]
    Broken(#[source] anyhow::Error),
}

/// Hashes and verifies.
#[derive(Clone)]
pub struct Passwords {
    places: Arc<Semaphore>,
    permits: Arc<Semaphore>,
    /// How hard they are hashed.
    argon2: Argon2<'static>,
    /// Stands in for the hash of an account that does not exist.
    decoy: Arc<str>,
}

impl Passwords {
    /// Draws the decoy.
    ///
    /// # Errors
    /// The parameters are none of argon2's, or the system has no randomness to give.
    pub fn new(hardness: config::Argon2) -> anyhow::Result<Self> {
        let config::Argon2 { memory_kib, passes, lanes } = hardness;
        let params = Params::new(memory_kib, passes, lanes, None).context("argon2's parameters")?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash(&argon2, &crate::secrets::random()?)?;
        let places = Arc::new(Semaphore::new(CONCURRENT_MAX + WAITING_MAX));
        let permits = Arc::new(Semaphore::new(CONCURRENT_MAX));
        Ok(Self { places, permits, argon2, decoy: decoy.into() })
    }

    /// The PHC string to keep in the vault.
    ///
    /// # Errors
    /// [`PasswordFault`].
    pub async fn hash(&self, password: String) -> Result<String, PasswordFault> {
        let argon2 = self.argon2.clone();
        self.aside(move || hash(&argon2, password.as_bytes())).await
    }

    /// Whether a stored hash was made with less than the parameters of now, so that it should be
    /// made anew when the password is at hand (IAM-04).
    #[must_use]
    pub fn is_weaker(&self, stored: &str) -> bool {
        let parsed = PasswordHash::new(stored).ok();
        let Some(then) = parsed.and_then(|parsed| Params::try_from(&parsed).ok()) else {
            return false; // It will not be verified either.
        };
        let now = self.argon2.params();
        then.m_cost() < now.m_cost() || then.t_cost() < now.t_cost() || then.p_cost() < now.p_cost()
    }

    /// Whether the password fits. `None` takes as long and says no.
    ///
    /// # Errors
    /// [`PasswordFault`], for example of a stored hash that does not parse.
    pub async fn verify(
        &self,
        password: String,
        stored: Option<String>,
    ) -> Result<bool, PasswordFault> {
        let (decoy, argon2) = (Arc::clone(&self.decoy), self.argon2.clone());
        self.aside(move || {
            let known = stored.is_some();
            let stored = stored.as_deref().unwrap_or(&decoy);
            let parsed = PasswordHash::new(stored).context("parse a stored password hash")?;
            Ok(argon2.verify_password(password.as_bytes(), &parsed).is_ok() && known)
        })
        .await
    }

    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T, PasswordFault> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_| PasswordFault::Busy)?;
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|e| PasswordFault::Broken(e.into()))?;
        let done = tokio::task::spawn_blocking(move || {
            let _held = (place, permit); // Until the work is done, even if nobody waits any more.
            work()
        });
        let done = done.await.map_err(|e| PasswordFault::Broken(e.into()))?;
        done.map_err(PasswordFault::Broken)
    }
}

fn hash(argon2: &Argon2<'_>, password: &[u8]) -> anyhow::Result<String> {
    let hash: PasswordHash = argon2.hash_password(password).context("hash a password")?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::config::ARGON2_LEAST;

    #[tokio::test]
    async fn a_hash_made_with_less_is_weaker_and_one_made_with_more_is_not() {
        let passwords = Passwords::new(ARGON2_LEAST).unwrap();
        let stored = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(!passwords.is_weaker(&stored));
        let harder = Passwords::new(config::Argon2 { passes: 3, ..ARGON2_LEAST }).unwrap();
        assert!(harder.is_weaker(&stored));
        let stored = harder.hash("correct horse".to_owned()).await.unwrap();
        assert!(!passwords.is_weaker(&stored), "a milder configuration softens nothing");
        assert!(passwords.verify("correct horse".to_owned(), Some(stored)).await.unwrap());
    }

    #[tokio::test]
    async fn only_the_right_password_of_an_existing_account_fits() {
        let passwords = Passwords::new(ARGON2_LEAST).unwrap();
        let stored = passwords.hash("correct horse".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(passwords.verify("correct horse".to_owned(), Some(stored.clone())).await.unwrap());
        assert!(!passwords.verify("battery staple".to_owned(), Some(stored)).await.unwrap());
        assert!(!passwords.verify("correct horse".to_owned(), None).await.unwrap());
    }

    #[tokio::test]
    async fn a_queue_that_is_full_turns_away_at_once() {
        let passwords = Passwords::new(ARGON2_LEAST).unwrap();
        let all = u32::try_from(CONCURRENT_MAX + WAITING_MAX).unwrap();
        let _taken = passwords.places.acquire_many(all).await.unwrap();
        let refused = passwords.hash("correct horse".to_owned()).await;
        assert!(matches!(refused, Err(PasswordFault::Busy)));
    }
}
