//! API keys as they travel: `sk_live_…` or `sk_test_…`, a random secret that names its owner and
//! carries a checksum, so that a mistyped one is known without a look-up. The log has the hash.
//!
//! What a key may do is read from the log and remembered until something happens to the keys or to
//! the account ([`super::follow`]), so that revoking reaches every process with the event.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::keys::{ApiKeys, KeyMode, Scope, Secret};
use domain::plans::Tier;
use domain::users::User;
use domain::{KeyId, Sha256, UserId};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::app::App;
use crate::authority;
use crate::objects::hex;
use crate::problem::Problem;
use crate::secrets;

/// What every API key begins with.
pub const PREFIX: &str = "sk_";
const LIVE: &str = "sk_live_";
const TEST: &str = "sk_test_";
/// Characters of a key that are shown again, mode included.
const SHOWN_CHARS: usize = 14;
const ID_BYTES: usize = 16;
const CHECKSUM_BYTES: usize = 4;
/// Owner, secret, checksum.
const BYTES: usize = ID_BYTES + 32 + CHECKSUM_BYTES;
/// How long a key is believed if no event comes: only a net beneath the follower.
const BELIEVED: Duration = Duration::from_secs(30);
/// Keys remembered at most.
const REMEMBERED_MAX: usize = 20_000;

/// A fresh secret.
pub struct NewSecret {
    /// To be shown once.
    pub text: String,
    /// To be kept.
    pub kept: Secret,
}

/// Draws a secret for a person.
///
/// # Errors
/// The system has no randomness to give.
pub fn draw(user: UserId, mode: KeyMode) -> anyhow::Result<NewSecret> {
    let prefix = match mode {
        KeyMode::Live => LIVE,
        KeyMode::Test => TEST,
    };
    let mut bytes = user.0.as_bytes().to_vec();
    bytes.extend_from_slice(&secrets::random()?);
    bytes.extend_from_slice(&checksum(prefix, &bytes));
    let random = URL_SAFE_NO_PAD.encode(&bytes[ID_BYTES..]);
    let text = format!("{prefix}{random}{}", URL_SAFE_NO_PAD.encode(&bytes[..ID_BYTES]));
    let sha256 = Sha256::parse(&sha256(&text))?;
    let shown = text.chars().take(SHOWN_CHARS).collect();
    Ok(NewSecret { kept: Secret { prefix: shown, sha256 }, text })
}

/// Whose key it would be, if its checksum fits.
fn named(text: &str) -> Option<UserId> {
    const RANDOM_CHARS: usize = (BYTES - ID_BYTES) * 4 / 3;
    let prefix = [LIVE, TEST].into_iter().find(|prefix| text.starts_with(prefix))?;
    let (random, owner) = text[prefix.len()..].split_at_checked(RANDOM_CHARS)?;
    let mut bytes = URL_SAFE_NO_PAD.decode(owner).ok().filter(|id| id.len() == ID_BYTES)?;
    bytes.extend(URL_SAFE_NO_PAD.decode(random).ok()?);
    let (signed, sum) = bytes.split_at_checked(BYTES - CHECKSUM_BYTES)?;
    let fits = sum == checksum(prefix, signed);
    if fits { Uuid::from_slice(&signed[..ID_BYTES]).ok().map(UserId) } else { None }
}

fn checksum(prefix: &str, bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let hash = digest::digest(&digest::SHA256, &[prefix.as_bytes(), bytes].concat());
    let mut sum = [0; CHECKSUM_BYTES];
    sum.copy_from_slice(&hash.as_ref()[..CHECKSUM_BYTES]);
    sum
}

fn sha256(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

/// What a good key may do.
#[derive(Debug, Clone)]
pub struct KnownKey {
    /// Which.
    pub id: KeyId,
    /// In whose name.
    pub user: UserId,
    /// What that person pays for.
    pub tier: Tier,
    /// Within which scopes.
    pub scopes: BTreeSet<Scope>,
    /// Whether it can change anything.
    pub mode: KeyMode,
    good_until: DateTime<Utc>,
}

/// Keys that were read, and when each was last used, as far as this process knows.
#[derive(Default)]
pub struct SecretKeys(Mutex<Known>);

#[derive(Default)]
struct Known {
    keys: HashMap<String, (KnownKey, Instant)>,
    used: HashMap<KeyId, DateTime<Utc>>,
    /// Raised by every event that may change a key: what was read before may not be remembered.
    epoch: u64,
}

impl SecretKeys {
    /// Something happened to the keys or the account of a person.
    pub fn forget(&self, user: UserId) {
        let mut known = self.known();
        known.epoch += 1;
        known.keys.retain(|_, (key, _)| key.user != user);
    }

    /// Nothing that was read is to be believed any more.
    pub fn forget_all(&self) {
        let mut known = self.known();
        known.epoch += 1;
        known.keys.clear();
    }

    /// Whether a text could be a key, and was never a good one as far as is remembered.
    #[must_use]
    pub fn is_unseen(&self, text: &str) -> bool {
        named(text).is_some() && !self.known().keys.contains_key(&sha256(text))
    }

    /// When a key was last used here: telemetry, gone when the process ends.
    #[must_use]
    pub fn last_used(&self, key: Uuid) -> Option<DateTime<Utc>> {
        self.known().used.get(&KeyId(key)).copied()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner) // A map has no half-done state.
    }
}

impl App {
    /// What a key may do now, if it is a good one.
    ///
    /// # Errors
    /// The account it belongs to may not act, or the log cannot be read.
    pub async fn secret_key(&self, text: &str) -> Result<Option<KnownKey>, Problem> {
        let (Some(user), now) = (named(text), self.clock.now()) else { return Ok(None) };
        let hash = sha256(text);
        let (remembered, epoch) = {
            let known = self.secret_keys.known();
            let fresh = known.keys.get(&hash).filter(|(_, since)| since.elapsed() < BELIEVED);
            (fresh.map(|(key, _)| key.clone()), known.epoch)
        };
        let read = remembered.is_none();
        let key = match remembered {
            Some(key) => Some(key),
            None => self.read_secret_key(user, &hash).await?,
        };
        let Some(key) = key.filter(|key| now < key.good_until) else { return Ok(None) };
        let mut known = self.secret_keys.known();
        if known.used.len() >= REMEMBERED_MAX {
            known.used.clear();
        }
        known.used.insert(key.id, now);
        if known.epoch == epoch && read {
            if known.keys.len() >= REMEMBERED_MAX {
                known.keys.clear(); // They are read again; no one of them is dearer than another.
            }
            known.keys.insert(hash, (key.clone(), Instant::now()));
        }
        Ok(Some(key))
    }

    async fn read_secret_key(&self, user: UserId, hash: &str) -> Result<Option<KnownKey>, Problem> {
        let keys = self.state_of::<ApiKeys>(user).await?;
        let found = keys.live().find_map(|(id, key)| {
            let same = |kept: &str| bool::from(kept.as_bytes().ct_eq(hash.as_bytes()));
            let previous = key.previous.as_ref().is_some_and(|(previous, _)| same(previous));
            let good_until = (same(&key.key_sha256) || previous).then(|| key.good_until(hash))?;
            Some((id, key, good_until?))
        });
        let Some((id, key, good_until)) = found else { return Ok(None) };
        // Only whoever holds the key learns where the account stands.
        let person = self.state_of::<User>(user).await?;
        person.status().may_act().map_err(authority::refused)?;
        let (tier, scopes) = (person.membership().tier, key.scopes.clone());
        Ok(Some(KnownKey { id, user, tier, scopes, mode: key.mode, good_until }))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_key_names_its_owner_and_shows_little_of_itself() {
        let user = UserId(Uuid::now_v7());
        let (one, other) = (draw(user, KeyMode::Live).unwrap(), draw(user, KeyMode::Live).unwrap());
        assert_eq!(named(&one.text), Some(user));
        assert_ne!(one.text, other.text);
        assert_eq!(one.kept.sha256.as_str(), sha256(&one.text));
        assert!(one.text.starts_with(&one.kept.prefix) && one.kept.prefix.len() == SHOWN_CHARS);
        assert!(draw(user, KeyMode::Test).unwrap().text.starts_with("sk_test_"));
    }

    #[test]
    fn a_mistyped_cut_or_relabelled_key_is_known_without_a_look_up() {
        let text = draw(UserId(Uuid::now_v7()), KeyMode::Test).unwrap().text;
        let last = if text.contains('A') { text.replacen('A', "B", 1) } else { format!("{text}A") };
        let wrong = [
            last,
            text.replace("sk_test_", "sk_live_"),
            text[..text.len() - 1].to_owned(),
            format!("{text}x"),
            "sk_live_".to_owned(),
            "sk_live_é".repeat(20),
            "sk_".to_owned(),
        ];
        for key in wrong {
            assert_eq!(named(&key), None, "{key}");
        }
    }
}
