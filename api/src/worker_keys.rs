//! Worker keys: a random token names its worker and is kept nowhere; the log has only its hash. What
//! was verified is remembered until something happens to the worker ([`crate::authority::follow`]), so
//! that rotating and retiring reach every process with the event.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::workers::Worker;
use domain::{Sha256, WorkerId};
use uuid::Uuid;

use crate::app::App;
use crate::objects::hex;
use crate::problem::Problem;
use crate::secrets;

/// What a worker key begins with, so that secret scanners know one.
const PREFIX: &str = "folio_wk_";
const ID_BYTES: usize = 16;
/// How long a verified key is believed if no event comes: only a net beneath the follower.
const BELIEVED: Duration = Duration::from_secs(30);
/// Keys remembered at most; there are far fewer workers.
const REMEMBERED_MAX: usize = 1_000;

/// A fresh key.
pub struct NewKey {
    /// To be shown once.
    pub text: String,
    /// To be kept.
    pub sha256: Sha256,
}

/// Draws a key for a worker.
///
/// # Errors
/// The system has no randomness to give.
pub fn draw(worker: WorkerId) -> anyhow::Result<NewKey> {
    let mut bytes = worker.0.as_bytes().to_vec();
    bytes.extend_from_slice(&secrets::random()?);
    let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
    let sha256 = Sha256::parse(&sha256(&text))?;
    Ok(NewKey { text, sha256 })
}

/// Verified keys.
#[derive(Default)]
pub struct WorkerKeys(Mutex<Known>);

#[derive(Default)]
struct Known {
    keys: HashMap<String, Verified>,
    /// Raised by every event of a worker: what was read before may not be remembered.
    epoch: u64,
}

#[derive(Clone, Copy)]
struct Verified {
    worker: WorkerId,
    good_until: DateTime<Utc>,
    since: Instant,
}

impl WorkerKeys {
    /// Something happened to a worker's keys.
    pub fn forget(&self, worker: WorkerId) {
        let mut known = self.known();
        known.epoch += 1;
        known.keys.retain(|_, verified| verified.worker != worker);
    }

    /// Nothing that was read is to be believed any more.
    pub fn forget_all(&self) {
        let mut known = self.known();
        known.epoch += 1;
        known.keys.clear();
    }

    /// Whether a text could be a key, and was never a good one as far as is remembered.
    #[must_use]
    pub fn is_unseen(&self, key: &str) -> bool {
        named(key).is_some() && !self.known().keys.contains_key(&sha256(key))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner) // A map has no half-done state.
    }
}

impl App {
    /// The worker a key belongs to, if it is a good one.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn worker_of_key(&self, key: &str) -> Result<Option<WorkerId>, Problem> {
        let (Some(worker), now) = (named(key), self.clock.now()) else { return Ok(None) };
        let hash = sha256(key);
        let (remembered, epoch) = {
            let known = self.worker_keys.known();
            let fresh = known.keys.get(&hash).filter(|key| key.since.elapsed() < BELIEVED);
            (fresh.copied(), known.epoch)
        };
        if let Some(verified) = remembered {
            return Ok((now < verified.good_until).then_some(worker));
        }
        let good_until = self.state_of::<Worker>(worker).await?.key_good_until(&hash);
        let Some(good_until) = good_until.filter(|until| now < *until) else { return Ok(None) };
        let mut known = self.worker_keys.known();
        if known.epoch == epoch {
            if known.keys.len() >= REMEMBERED_MAX {
                known.keys.clear(); // They are read again.
            }
            known.keys.insert(hash, Verified { worker, good_until, since: Instant::now() });
        }
        Ok(Some(worker))
    }
}

/// The worker a key names; whether it is a good key is another question.
fn named(key: &str) -> Option<WorkerId> {
    let bytes = URL_SAFE_NO_PAD.decode(key.strip_prefix(PREFIX)?).ok()?;
    Uuid::from_slice(bytes.get(..ID_BYTES)?).ok().map(WorkerId)
}

fn sha256(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_key_names_its_worker_and_is_never_drawn_twice() {
        let worker = WorkerId(Uuid::now_v7());
        let (one, other) = (draw(worker).unwrap(), draw(worker).unwrap());
        assert_eq!(named(&one.text), Some(worker));
        assert_ne!(one.text, other.text);
        assert_eq!(one.sha256.as_str(), sha256(&one.text));
        assert_eq!(named("folio_wk_short"), None);
        assert_eq!(named("Bearer"), None);
    }
}
