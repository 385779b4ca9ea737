//! So many in any stretch of time of a given length, counted exactly: each one is remembered by its
//! time until it is older than that.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Asker;

/// Askers that are remembered; beyond them all new ones together count as one, so that neither the
/// memory nor the limit gives way to a flood of addresses.
const ASKERS_MAX: usize = 10_000;
/// How often those who have gone are looked for when there is no room, in milliseconds.
const SWEEP_EVERY_MS: i64 = 1_000;

/// The windows of all askers under one policy.
pub struct Windows {
    window_ms: i64,
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
    pub(super) fn new(window: Duration) -> Self {
        let window_ms = i64::try_from(window.as_millis()).unwrap_or(i64::MAX);
        Self { window_ms, askers: Mutex::default() }
    }

    /// Counts one, if there is room for it among `quota`.
    pub fn take(&self, asker: Asker, quota: u32, now_ms: i64) -> Taken {
        let mut askers = self.askers();
        let asker = askers.place(asker, self.window_ms, now_ms);
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

    fn askers(&self) -> MutexGuard<'_, Askers> {
        self.askers.lock().unwrap_or_else(PoisonError::into_inner) // A map has no half-done state.
    }
}

impl Askers {
    /// The asker itself, or everybody else together when there is no room for one more.
    fn place(&mut self, asker: Asker, window_ms: i64, now_ms: i64) -> Asker {
        if self.times.len() < ASKERS_MAX || self.times.contains_key(&asker) {
            return asker;
        }
        if self.swept_at + SWEEP_EVERY_MS <= now_ms {
            self.swept_at = now_ms;
            self.times.retain(|_, times| times.back().is_some_and(|t| t + window_ms > now_ms));
        }
        if self.times.len() < ASKERS_MAX { asker } else { Asker::Others }
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

    #[test]
    fn no_stretch_of_the_windows_length_has_more_than_the_quota() {
        let windows = Windows::new(Duration::from_secs(600));
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
        let windows = Windows::new(Duration::from_secs(60));
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
        let windows = Windows::new(Duration::from_secs(60));
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
        let windows = Windows::new(Duration::from_secs(60));
        windows.take(asker(0), 5, NOON);
        let flood = (1..).take(2 * ASKERS_MAX).map(|n| windows.take(asker(n), 5, NOON + 1));
        let granted = flood.filter(|taken| taken.granted).count();
        assert_eq!(granted, ASKERS_MAX - 1 + 5, "those without a place of their own share one");
        assert_eq!(windows.take(asker(0), 5, NOON + 2).left, 3, "who was there is remembered");
        assert_eq!(windows.askers().times.len(), ASKERS_MAX + 1);
        assert!(windows.take(asker(u32::MAX), 5, NOON + 70_000).granted, "until they have gone");
        assert!(windows.askers().times.len() < 3);
    }
}
