//! How often Lemon Squeezy may be asked: 300 times in a minute (d2.1).

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Its limit.
const CALLS_PER_MINUTE_MAX: usize = 300;
const MINUTE: Duration = Duration::from_secs(60);

/// Counts the calls of this process. Other processes have their own count: what they use up
/// together, a 429 tells.
#[derive(Debug, Default)]
pub(super) struct Pace {
    calls: Mutex<Calls>,
}

#[derive(Debug, Default)]
struct Calls {
    /// When each of the last minute was made.
    made: VecDeque<Instant>,
    /// Until when it wants to be left alone.
    rest_until: Option<Instant>,
}

impl Pace {
    /// Takes one of the minute's calls, or says how long to wait for one.
    pub(super) fn take(&self, now: Instant) -> Result<(), Duration> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rest) = calls.rest_until.map(|until| until.saturating_duration_since(now))
            && !rest.is_zero()
        {
            return Err(rest);
        }
        while calls.made.front().is_some_and(|made| now.duration_since(*made) >= MINUTE) {
            calls.made.pop_front();
        }
        match calls.made.front() {
            Some(oldest) if calls.made.len() >= CALLS_PER_MINUTE_MAX => {
                Err(MINUTE - now.duration_since(*oldest))
            }
            Some(_) | None => {
                calls.made.push_back(now);
                Ok(())
            }
        }
    }

    /// It was told to us that we ask too often.
    pub(super) fn rest(&self, now: Instant, rest: Duration) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.rest_until = calls.rest_until.max(Some(now + rest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_300_calls_are_made_in_any_minute() {
        let (pace, begin) = (Pace::default(), Instant::now());
        for call in 0..300 {
            assert_eq!(pace.take(begin + Duration::from_millis(call)), Ok(()), "{call}");
        }
        let half = begin + Duration::from_secs(30);
        assert_eq!(pace.take(half), Err(Duration::from_secs(30)));
        assert_eq!(pace.take(begin + MINUTE), Ok(()));
        assert!(pace.take(begin + MINUTE).is_err(), "the second call is not a minute old");
    }

    #[test]
    fn after_a_429_nothing_is_asked_for_as_long_as_it_said() {
        let (pace, begin) = (Pace::default(), Instant::now());
        pace.rest(begin, Duration::from_secs(9));
        pace.rest(begin, Duration::from_secs(2));
        assert_eq!(pace.take(begin), Err(Duration::from_secs(9)));
        assert_eq!(pace.take(begin + Duration::from_secs(9)), Ok(()));
    }
}
