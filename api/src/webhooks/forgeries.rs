//! How many forged deliveries are kept: enough to see that somebody tries, too few to fill a disk.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Kept by this process in an hour; all are counted.
const KEPT_PER_HOUR_MAX: u32 = 20;
const HOUR: TimeDelta = TimeDelta::hours(1);

/// Counts those that were kept.
#[derive(Debug, Default)]
pub struct Forgeries {
    hour: Mutex<Option<(DateTime<Utc>, u32)>>,
}

impl Forgeries {
    /// Whether this one is to be stored too.
    pub fn is_worth_keeping(&self, now: DateTime<Utc>) -> bool {
        let mut hour = self.hour.lock().unwrap_or_else(PoisonError::into_inner);
        let (begun, kept) = hour.filter(|(begun, _)| now - begun < HOUR).unwrap_or((now, 0));
        *hour = Some((begun, kept.saturating_add(1)));
        kept < KEPT_PER_HOUR_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_forgeries_is_kept_in_part_and_another_hour_begins_anew() {
        let (forgeries, begin) = (Forgeries::default(), DateTime::UNIX_EPOCH);
        let kept = (0..1_000).filter(|_| forgeries.is_worth_keeping(begin)).count();
        assert_eq!(kept, 20);
        assert!(!forgeries.is_worth_keeping(begin + TimeDelta::minutes(59)));
        assert!(forgeries.is_worth_keeping(begin + HOUR));
    }
}
