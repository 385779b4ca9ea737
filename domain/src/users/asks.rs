//! How often somebody may have a letter sent to an address they only say is theirs: a stranger may be
//! the one who reads it.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// The shortest time between two letters of a sort.
pub const LETTER_EVERY: TimeDelta = TimeDelta::minutes(1);
/// Letters of a sort in any 24 hours.
pub const LETTERS_A_DAY_MAX: usize = 5;

/// When the last letters of a sort were asked for, the latest last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asks(VecDeque<DateTime<Utc>>);

impl Asks {
    /// Whether another one may be asked for.
    ///
    /// # Errors
    /// In how many seconds.
    pub(crate) fn allow(&self, at: DateTime<Utc>) -> Result<(), u64> {
        let after_last = self.0.back().map(|last| *last + LETTER_EVERY);
        let is_full = self.0.len() >= LETTERS_A_DAY_MAX;
        let after_first =
            self.0.front().filter(|_| is_full).map(|first| *first + TimeDelta::days(1));
        match after_last.max(after_first) {
            Some(until) if at < until => {
                let wait = u64::try_from((until - at).num_milliseconds()).unwrap_or_default();
                Err(wait.div_ceil(1_000).max(1))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// One was asked for.
    pub(crate) fn note(&mut self, at: DateTime<Utc>) {
        if self.0.len() >= LETTERS_A_DAY_MAX {
            self.0.pop_front();
        }
        self.0.push_back(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_leave_a_minute_apart_and_five_in_any_day() {
        let (mut asks, mut granted) = (Asks::default(), Vec::new());
        for second in 0..3 * 86_400 {
            let at = DateTime::UNIX_EPOCH + TimeDelta::seconds(second);
            if asks.allow(at).is_ok() {
                asks.note(at);
                granted.push(second);
            }
        }
        assert_eq!(granted[..6], [0, 60, 120, 180, 240, 86_400]);
        assert_eq!(granted.len(), 3 * LETTERS_A_DAY_MAX);
    }

    #[test]
    fn who_asks_too_soon_learns_when_to_ask_and_may() {
        let mut asks = Asks::default();
        let at = |millis| DateTime::UNIX_EPOCH + TimeDelta::milliseconds(millis);
        asks.note(at(0));
        assert_eq!(asks.allow(at(500)), Err(60));
        assert_eq!(asks.allow(at(60_000)), Ok(()));
        (1..5).for_each(|n| asks.note(at(n * 60_000)));
        assert_eq!(asks.allow(at(300_000)), Err(86_100), "the whole day");
        assert_eq!(asks.allow(at(86_400_000)), Ok(()));
    }
}
