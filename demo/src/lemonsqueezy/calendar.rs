//! When the next period begins: on the anchor's day, or on the last day of a shorter month.

use chrono::{DateTime, Datelike, Months, Utc};

/// `months` after `from`, on day `anchor` where the month has it.
pub(super) fn later(from: DateTime<Utc>, months: u32, anchor: u32) -> DateTime<Utc> {
    let first = from.with_day(1).unwrap_or(from);
    on(anchor, first.checked_add_months(Months::new(months)).unwrap_or(first))
}

/// The same before it.
pub(super) fn earlier(from: DateTime<Utc>, months: u32, anchor: u32) -> DateTime<Utc> {
    let first = from.with_day(1).unwrap_or(from);
    on(anchor, first.checked_sub_months(Months::new(months)).unwrap_or(first))
}

fn on(anchor: u32, month: DateTime<Utc>) -> DateTime<Utc> {
    (1..=anchor).rev().find_map(|day| month.with_day(day)).unwrap_or(month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_31st_comes_back_after_a_short_month() {
        let day = |text: &str| text.parse::<DateTime<Utc>>().unwrap_or_default();
        let january = day("2027-01-31T10:00:00Z");
        let february = later(january, 1, 31);
        assert_eq!(february, day("2027-02-28T10:00:00Z"));
        assert_eq!(later(february, 1, 31), day("2027-03-31T10:00:00Z"));
        assert_eq!(later(january, 12, 31), day("2028-01-31T10:00:00Z"));
        assert_eq!(earlier(day("2027-03-31T10:00:00Z"), 1, 31), february);
    }
}
