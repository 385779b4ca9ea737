//! How often one may ask (QUE-06): policies, who is counted under which, and how answers say it
//! (draft-ietf-httpapi-ratelimit-headers-11). Counted exactly, in this process. What a person pays for
//! raises their quotas; a program counts for itself and for its person.

mod count;
mod window;

pub use count::Counted;
pub use window::{Taken, Windows};

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
    fn new(name: &'static str, quota: Quota) -> Self {
        let counts =
            quota.0.map(|(quota, window)| Counts { quota, window, windows: Windows::new(window) });
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
        Self {
            api: Policy::new("api", config.api),
            user: Policy::new("user", config.user),
            key: Policy::new("key", config.key),
            worker: Policy::new("worker", config.worker),
            generation: Policy::new("generation", config.generation),
            file: Policy::new("file", config.file),
            webhook: Policy::new("webhook", config.webhook),
        }
    }
}
