//! Worker keys: a random token names its worker and is kept nowhere; the log has only its hash.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cqrs_es::Aggregate as _;
use domain::workers::{Worker, WorkerEvent};
use domain::{Sha256, WorkerId};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::app::App;
use crate::objects::hex;
use crate::problem::{OrFault as _, Problem};
use crate::secrets;

/// What a worker key begins with, so that secret scanners know one.
const PREFIX: &str = "folio_wk_";
const ID_BYTES: usize = 16;
/// How long a verified key is believed: a retired worker is turned away after this.
const BELIEVED: Duration = Duration::from_secs(5);
/// Keys remembered at most; there are far fewer workers.
const REMEMBERED_MAX: usize = 1_000;
/// Events of a worker that are read: it registers at each start, which is an event only if
/// something changed.
const EVENTS_MAX: i64 = 10_000;

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

/// Verified keys, for a moment.
#[derive(Default)]
pub struct WorkerKeys(Mutex<HashMap<String, (WorkerId, Instant)>>);

impl WorkerKeys {
    fn known(&self) -> MutexGuard<'_, HashMap<String, (WorkerId, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner) // A map has no half-done state.
    }
}

impl App {
    /// The worker a key belongs to, if it is a good one.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn worker_of_key(&self, key: &str) -> Result<Option<WorkerId>, Problem> {
        let Some(worker) = named(key) else { return Ok(None) };
        let hash = sha256(key);
        let remembered = self.worker_keys.known().get(&hash).copied();
        if remembered.is_some_and(|(_, since)| since.elapsed() < BELIEVED) {
            return Ok(Some(worker));
        }
        let expected = self.issued_hash(worker).await?;
        let fits =
            expected.is_some_and(|expected| bool::from(expected.as_bytes().ct_eq(hash.as_bytes())));
        if !fits {
            return Ok(None);
        }
        let mut known = self.worker_keys.known();
        if known.len() >= REMEMBERED_MAX {
            known.retain(|_, (_, since)| since.elapsed() < BELIEVED);
        }
        if known.len() < REMEMBERED_MAX {
            known.insert(hash, (worker, Instant::now()));
        }
        Ok(Some(worker))
    }

    /// The hash of the key that was issued to a worker, unless it is retired.
    async fn issued_hash(&self, worker: WorkerId) -> Result<Option<String>, Problem> {
        let history = self.log.stream(Worker::TYPE, worker.0, 0, EVENTS_MAX).await;
        let mut hash = None;
        for event in history.or_fault("read a worker's history")? {
            let decoded = domain::aggregate::decode(&event.event_type, &event.payload);
            match decoded.or_fault("read a worker's history")? {
                WorkerEvent::KeyIssued { key_sha256, .. } => hash = Some(key_sha256),
                WorkerEvent::Registered { .. } => {}
                WorkerEvent::Retired { .. } => return Ok(None),
            }
        }
        Ok(hash)
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
