//! How often one may ask (QUE-06): policies, who is counted under which, and how answers say it
//! (draft-ietf-httpapi-ratelimit-headers-11). Counted exactly, in this process. What a person pays for
//! raises their quotas; a program counts for itself and for its person.

mod count;
mod window;

pub use count::Counted;
pub use window::{ADDRESSES_MAX, KNOWN_MAX, Taken, Windows};

use std::net::IpAddr;
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::config::{LimitsConfig, Quota};
use crate::http::household;

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Asker {
    /// Nobody in particular, by address.
    Address(IpAddr),
    /// A person, and whoever asks in their name.
    User(Uuid),
    /// A program of theirs, by its API key.
    Key(Uuid),
    /// A GPU worker.
    Worker(Uuid),
    /// All for whom there was no room.
    Others,
}

impl Asker {
    /// An address as it is counted: [`household`].
    #[must_use]
    pub fn at(address: IpAddr) -> Self {
        Self::Address(household(address))
    }
}

/// A limit with its counts.
pub struct Policy {
    /// As headers and problems name it.
    pub name: &'static str,
    counts: Option<Counts>,
}

struct Counts {
    quota: u32,
    window: Duration,
    windows: Windows,
}

/// Where an asker stands under a policy.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// The policy's name.
    pub policy: &'static str,
    /// The policy's quota for this asker.
    pub quota: u32,
    /// The policy's window.
    pub window: Duration,
    /// What is left.
    pub taken: Taken,
}

impl Policy {
    /// Of so many askers each.
    fn new(name: &'static str, quota: Quota, askers_max: usize) -> Self {
        let counts = quota.0.map(|(quota, window)| {
            let windows = Windows::new(window, askers_max);
            Counts { quota, window, windows }
        });
        Self { name, counts }
    }

    /// Takes back one request that was counted at `at`.
    fn take_back(&self, asker: Asker, at: DateTime<Utc>) {
        if let Some(Counts { windows, .. }) = &self.counts {
            windows.take_back(asker, at.timestamp_millis());
        }
    }

    /// Counts one request; nothing if the policy is off. `percent` is what the asker may do of
    /// what the policy says.
    fn take(&self, asker: Asker, percent: u32, now: DateTime<Utc>) -> Option<Standing> {
        let Counts { quota, window, windows } = self.counts.as_ref()?;
        let quota = (quota.saturating_mul(percent) / 100).max(1);
        let taken = windows.take(asker, quota, now.timestamp_millis());
        Some(Standing { policy: self.name, quota, window: *window, taken })
    }
}

/// All policies.
pub struct Limits {
    api: Policy,
    user: Policy,
    key: Policy,
    worker: Policy,
    generation: Policy,
    file: Policy,
    webhook: Policy,
}

impl Limits {
    /// With nothing counted yet.
    #[must_use]
    pub fn new(config: &LimitsConfig) -> Self {
        let of_addresses = |name, quota| Policy::new(name, quota, ADDRESSES_MAX);
        let of_known = |name, quota| Policy::new(name, quota, KNOWN_MAX);
        Self {
            api: of_addresses("api", config.api),
            user: of_known("user", config.user),
            key: of_known("key", config.key),
            worker: of_known("worker", config.worker),
            generation: of_known("generation", config.generation),
            file: of_addresses("file", config.file),
            webhook: of_addresses("webhook", config.webhook),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_person_has_a_quota_of_their_own_however_many_others_ask() {
        let quota: Quota = "2/60".parse().unwrap();
        let (user, now) = (Policy::new("user", quota, KNOWN_MAX), DateTime::UNIX_EPOCH);
        let person = |n: usize| Asker::User(Uuid::from_u128(n as u128));
        for n in 0..3 * ADDRESSES_MAX {
            assert!(user.take(person(n), 100, now).unwrap().taken.granted);
        }
        assert_eq!(user.take(person(3 * ADDRESSES_MAX), 100, now).unwrap().taken.left, 1);
    }
}
