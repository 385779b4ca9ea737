//! Slows down who guesses passwords: failures are counted per account and address (c2), whatever of
//! their own IPv6 addresses a household asks from. Counted in this process, in a table of bounded
//! size; guessing is slow enough for that.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::http::household;

/// Failures until the next attempt is turned away.
pub const FAILURES_MAX: u32 = 10;
/// Over how long they are counted.
const WINDOW: Duration = Duration::from_secs(600);
/// Pairs of account and address that are remembered; beyond them the oldest windows go first. To have
/// a window forgotten takes as many attempts, so nobody guesses more by it than they spend.
const PAIRS_MAX: usize = 50_000;

/// Counts failures.
#[derive(Default)]
pub struct Throttle {
    hasher: RandomState,
    windows: Mutex<Windows>,
}

/// An attempt under way: one that failed, until it is taken back.
#[must_use = "what is not taken back stays a failure"]
#[derive(Debug)]
pub struct Attempt {
    pair: u64,
    began: DateTime<Utc>,
}

#[derive(Default)]
struct Windows {
    of: HashMap<u64, Window>,
    /// Whose they are, the oldest first.
    ages: VecDeque<u64>,
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

impl Windows {
    /// Forgets what is over, and the oldest of what is not while there is no room for one more.
    fn make_room(&mut self, now: DateTime<Utc>) {
        while let Some(oldest) = self.ages.front() {
            let lasts = self.of.get(oldest).is_some_and(|window| window.left(now).is_some());
            if lasts && self.ages.len() < PAIRS_MAX {
                return;
            }
            self.of.remove(oldest);
            self.ages.pop_front();
        }
    }

    fn of(&mut self, pair: u64, now: DateTime<Utc>) -> &mut Window {
        self.of.entry(pair).or_insert_with(|| {
            self.ages.push_back(pair);
            Window { began: now, failures: 0 }
        })
    }
}

impl Throttle {
    /// Begins an attempt of this pair, which counts as a failure from now on: of many at once no
    /// more are let in than of as many in turn.
    ///
    /// # Errors
    /// Too many failed: how long this pair must wait.
    pub fn attempt(
        &self,
        account: &str,
        from: IpAddr,
        now: DateTime<Utc>,
    ) -> Result<Attempt, Duration> {
        // Only a number is kept of who tried from where.
        let pair = self.hasher.hash_one((account, household(from)));
        let mut windows = self.windows();
        windows.make_room(now);
        let window = windows.of(pair, now);
        match window.left(now) {
            Some(left) if window.failures >= FAILURES_MAX => Err(left),
            Some(_) | None => {
                window.failures += 1;
                Ok(Attempt { pair, began: window.began })
            }
        }
    }

    /// The attempt succeeded, or was none.
    pub fn take_back(&self, attempt: Attempt) {
        let mut windows = self.windows();
        let window = windows.of.get_mut(&attempt.pair);
        if let Some(window) = window.filter(|window| window.began == attempt.began) {
            window.failures = window.failures.saturating_sub(1);
        }
    }

    fn windows(&self) -> MutexGuard<'_, Windows> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner) // No half-done state matters.
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn who_fails_too_often_waits_and_nobody_else_does() {
        let (throttle, now) = (Throttle::default(), Utc::now());
        let there = IpAddr::from([127, 0, 0, 2]);
        for _ in 0..FAILURES_MAX {
            assert!(throttle.attempt("ada", HERE, now).is_ok());
        }
        let wait = throttle.attempt("ada", HERE, now + Duration::from_secs(60)).err();
        assert_eq!(wait, Some(WINDOW - Duration::from_secs(60)));
        assert!(throttle.attempt("ada", there, now).is_ok());
        assert!(throttle.attempt("bob", HERE, now).is_ok());
        let later = now + WINDOW;
        for _ in 0..FAILURES_MAX {
            assert!(throttle.attempt("ada", HERE, later).is_ok(), "a new window begins");
        }
        assert!(throttle.attempt("ada", HERE, later).is_err());
    }

    #[test]
    fn attempts_under_way_count_until_they_succeed() {
        let (throttle, now) = (Throttle::default(), Utc::now());
        let attempt = || throttle.attempt("ada", HERE, now);
        let mut at_once: Vec<Attempt> = std::iter::from_fn(|| attempt().ok()).collect();
        assert_eq!(at_once.len(), FAILURES_MAX as usize);
        let Some(right) = at_once.pop() else { unreachable!() };
        throttle.take_back(right);
        assert!(attempt().is_ok(), "who knows the password is not slowed down by it");
        assert!(attempt().is_err());
        let late = at_once.pop().map(|guess| throttle.take_back(guess));
        assert!(late.is_some() && throttle.attempt("ada", HERE, now + WINDOW).is_ok());
    }

    #[test]
    fn a_household_guesses_from_all_its_addresses_together() {
        let (throttle, now) = (Throttle::default(), Utc::now());
        let from = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]);
        let granted = (0..100).filter(|last| throttle.attempt("ada", from(*last), now).is_ok());
        assert_eq!(granted.count(), FAILURES_MAX as usize);
        let next_door = IpAddr::from([0x2001, 0xdb8, 0, 2, 0, 0, 0, 1]);
        assert!(throttle.attempt("ada", next_door, now).is_ok());
    }

    #[test]
    fn in_a_flood_of_pairs_the_oldest_are_forgotten_and_new_ones_still_counted() {
        let (throttle, now) = (Throttle::default(), Utc::now());
        let first = throttle.attempt("first", HERE, now);
        for n in 0..PAIRS_MAX + 5 {
            assert!(throttle.attempt(&n.to_string(), HERE, now).is_ok());
        }
        let (pairs, ages) = {
            let windows = throttle.windows();
            (windows.of.len(), windows.ages.len())
        };
        assert!(pairs <= PAIRS_MAX && pairs == ages);
        let granted = (0..100).filter(|_| throttle.attempt("ada", HERE, now).is_ok()).count();
        assert_eq!(granted, FAILURES_MAX as usize, "a full table throttles too");
        throttle.take_back(first.unwrap_or_else(|wait| unreachable!("{wait:?}"))); // Long gone.
        let _ = throttle.attempt("last", HERE, now + WINDOW);
        assert_eq!(throttle.windows().of.len(), 1, "what is over makes room");
    }
}
