//! So many in any stretch of time of a given length, counted exactly: each one is remembered by its
//! time until it is older than that.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Asker;

/// Addresses that are remembered under one policy; beyond them all new ones together count as one, so
/// that neither the memory nor the limit gives way to a flood of addresses.
pub const ADDRESSES_MAX: usize = 10_000;
/// The same for persons, keys and workers, which cannot be made up: no more of them than that ask one
/// process within a window. Each takes about 150 bytes, 30 MB in all, and 8 for each of its requests
/// that are still counted, of which there are as many as the process answers in a window.
pub const KNOWN_MAX: usize = 200_000;
/// How often those who have gone are looked for when there is no room, in milliseconds.
const SWEEP_EVERY_MS: i64 = 1_000;

/// The windows of all askers under one policy.
pub struct Windows {
    window_ms: i64,
    askers_max: usize,
    askers: Mutex<Askers>,
}

#[derive(Default)]
struct Askers {
    /// When each asked, oldest first, in milliseconds of Unix time.
    times: HashMap<Asker, VecDeque<i64>>,
    swept_at: i64,
}

/// Where an asker stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Whether it may.
    pub granted: bool,
    /// How many more now.
    pub left: u32,
    /// Until there is room for one more than now.
    pub reset: Duration,
}

impl Windows {
    /// Of this length, for so many askers.
    pub(super) fn new(window: Duration, askers_max: usize) -> Self {
        let window_ms = i64::try_from(window.as_millis()).unwrap_or(i64::MAX);
        Self { window_ms, askers_max, askers: Mutex::default() }
    }

    /// Counts one, if there is room for it among `quota`.
    pub fn take(&self, asker: Asker, quota: u32, now_ms: i64) -> Taken {
        let mut askers = self.askers();
        let asker = self.place(&mut askers, asker, now_ms);
        let times = askers.times.entry(asker).or_default();
        while times.front().is_some_and(|time| time + self.window_ms <= now_ms) {
            times.pop_front();
        }
        let used = u32::try_from(times.len()).unwrap_or(u32::MAX);
        let granted = used < quota;
        if granted {
            times.push_back(now_ms);
        }
        let oldest = times.front().copied().unwrap_or(now_ms);
        let reset = u64::try_from(oldest + self.window_ms - now_ms).unwrap_or_default();
        let left = quota.saturating_sub(used + u32::from(granted));
        Taken { granted, left, reset: Duration::from_millis(reset) }
    }

    /// Counts one less, which was counted at `at_ms`. Of those who share a window, none is.
    pub fn take_back(&self, asker: Asker, at_ms: i64) {
        let mut askers = self.askers();
        let Some(times) = askers.times.get_mut(&asker) else { return };
        if let Some(index) = times.iter().rposition(|time| *time == at_ms) {
            times.remove(index);
        }
    }

    /// The asker itself, or everybody else together when there is no room for one more.
    fn place(&self, askers: &mut Askers, asker: Asker, now_ms: i64) -> Asker {
        let Askers { times, swept_at } = askers;
        if times.len() < self.askers_max || times.contains_key(&asker) {
            return asker;
        }
        if *swept_at + SWEEP_EVERY_MS <= now_ms {
            *swept_at = now_ms;
            times.retain(|_, times| times.back().is_some_and(|t| t + self.window_ms > now_ms));
        }
        if times.len() < self.askers_max { asker } else { Asker::Others }
    }

    fn askers(&self) -> MutexGuard<'_, Askers> {
        self.askers.lock().unwrap_or_else(PoisonError::into_inner) // A map has no half-done state.
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    const NOON: i64 = 1_795_176_000_000;

    fn asker(n: u32) -> Asker {
        Asker::Address(IpAddr::V4(Ipv4Addr::from_bits(n)))
    }

    fn of_addresses(seconds: u64) -> Windows {
        Windows::new(Duration::from_secs(seconds), ADDRESSES_MAX)
    }

    #[test]
    fn no_stretch_of_the_windows_length_has_more_than_the_quota() {
        let windows = of_addresses(600);
        let second = |s: i64| NOON + s * 1_000;
        let granted: Vec<i64> =
            (0..2_000).filter(|s| windows.take(asker(1), 10, second(*s)).granted).collect();
        for (first, eleventh) in granted.iter().zip(&granted[10..]) {
            assert!(eleventh - first >= 600, "{first} and {eleventh}");
        }
        assert_eq!(granted.len(), 40, "and no fewer either");
    }

    #[test]
    fn who_is_refused_learns_when_there_is_room_and_there_is() {
        let windows = of_addresses(60);
        assert_eq!(windows.take(asker(1), 2, NOON).left, 1);
        assert_eq!(windows.take(asker(1), 2, NOON + 10_000).left, 0);
        let refused = windows.take(asker(1), 2, NOON + 20_000);
        let reset = Duration::from_secs(40);
        assert_eq!(refused, Taken { granted: false, left: 0, reset });
        assert!(windows.take(asker(2), 2, NOON + 20_000).granted, "nobody else is");
        assert!(!windows.take(asker(1), 2, NOON + 59_999).granted);
        assert!(windows.take(asker(1), 2, NOON + 60_000).granted);
    }

    #[test]
    fn what_is_taken_back_was_never_counted() {
        let windows = of_addresses(60);
        for at in [NOON, NOON + 1, NOON + 2] {
            assert!(windows.take(asker(1), 3, at).granted);
        }
        windows.take_back(asker(1), NOON + 1);
        windows.take_back(asker(1), NOON + 1);
        windows.take_back(asker(2), NOON);
        assert_eq!(windows.take(asker(1), 3, NOON + 3).left, 0);
        assert!(!windows.take(asker(1), 3, NOON + 59_999).granted);
        assert!(windows.take(asker(1), 3, NOON + 60_000).granted);
        assert!(!windows.take(asker(1), 3, NOON + 60_001).granted, "the one before it is gone");
    }

    #[test]
    fn a_flood_of_addresses_takes_neither_memory_nor_the_place_of_others() {
        let windows = of_addresses(60);
        windows.take(asker(0), 5, NOON);
        let flood = (1..).take(2 * ADDRESSES_MAX).map(|n| windows.take(asker(n), 5, NOON + 1));
        let granted = flood.filter(|taken| taken.granted).count();
        assert_eq!(granted, ADDRESSES_MAX - 1 + 5, "those without a place of their own share one");
        assert_eq!(windows.take(asker(0), 5, NOON + 2).left, 3, "who was there is remembered");
        assert_eq!(windows.askers().times.len(), ADDRESSES_MAX + 1);
        assert!(windows.take(asker(u32::MAX), 5, NOON + 70_000).granted, "until they have gone");
        assert!(windows.askers().times.len() < 3);
    }
}
