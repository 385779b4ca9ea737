//! Slows down who guesses passwords: failures are counted per account and address (c2). Counted in
//! this process, in a table of bounded size; guessing is slow enough for that.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

/// Failures until the next attempt is turned away.
pub const FAILURES_MAX: u32 = 10;
/// Over how long they are counted.
const WINDOW: Duration = Duration::from_secs(600);
/// Pairs of account and address that are remembered; beyond them the oldest windows go first.
const PAIRS_MAX: usize = 50_000;

/// Counts failures.
#[derive(Default)]
pub struct Throttle {
    hasher: RandomState,
    pairs: Mutex<HashMap<u64, Window>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began: DateTime<Utc>,
    failures: u32,
}

impl Window {
    fn left(&self, now: DateTime<Utc>) -> Option<Duration> {
        WINDOW.checked_sub((now - self.began).to_std().unwrap_or_default()).filter(|d| !d.is_zero())
    }
}

impl Throttle {
    /// How long this pair must wait before it may try; `None` if it may now.
    #[must_use]
    pub fn wait(&self, account: &str, from: IpAddr, now: DateTime<Utc>) -> Option<Duration> {
        let pairs = self.pairs();
        let window = pairs.get(&self.pair(account, from))?;
        window.left(now).filter(|_| window.failures >= FAILURES_MAX)
    }

    /// Notes a failure.
    pub fn failed(&self, account: &str, from: IpAddr, now: DateTime<Utc>) {
        let pair = self.pair(account, from);
        let mut pairs = self.pairs();
        if pairs.len() >= PAIRS_MAX {
            pairs.retain(|_, window| window.left(now).is_some());
        }
        if pairs.len() >= PAIRS_MAX {
            return; // Somebody floods us with pairs; requests as such are limited elsewhere.
        }
        let fresh = Window { began: now, failures: 0 };
        let window = pairs.entry(pair).or_insert(fresh);
        if window.left(now).is_none() {
            *window = fresh;
        }
        window.failures = window.failures.saturating_add(1);
    }

    /// Only a number is kept of who tried from where.
    fn pair(&self, account: &str, from: IpAddr) -> u64 {
        self.hasher.hash_one((account, from))
    }

    fn pairs(&self) -> MutexGuard<'_, HashMap<u64, Window>> {
        self.pairs.lock().unwrap_or_else(PoisonError::into_inner) // A map has no half-done state.
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fails_too_often_waits_and_nobody_else_does() {
        let (throttle, now) = (Throttle::default(), Utc::now());
        let (here, there) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        for _ in 0..FAILURES_MAX {
            assert_eq!(throttle.wait("ada", here, now), None);
            throttle.failed("ada", here, now);
        }
        assert!(throttle.wait("ada", here, now).is_some());
        assert_eq!(throttle.wait("ada", there, now), None);
        assert_eq!(throttle.wait("bob", here, now), None);
        let later = now + WINDOW;
        assert_eq!(throttle.wait("ada", here, later), None);
        throttle.failed("ada", here, later);
        assert_eq!(throttle.wait("ada", here, later), None, "a new window begins with one failure");
    }
}
