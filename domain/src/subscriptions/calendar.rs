//! By which calendar months are counted.

use chrono::{
    DateTime, Datelike as _, Days, FixedOffset, Months, NaiveDate, Offset as _, TimeDelta, Utc,
};
use serde::{Deserialize, Serialize};

/// Where midnight is. Neither place has summer time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Zone {
    /// Where Lemon Squeezy counts.
    #[default]
    #[serde(rename = "UTC")]
    Utc,
    /// Where most customers are.
    #[serde(rename = "Asia/Seoul")]
    Seoul,
}

impl Zone {
    /// Its name in the time zone database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utc => "UTC",
            Self::Seoul => "Asia/Seoul",
        }
    }

    /// An instant as clocks there show it.
    #[must_use]
    pub fn local(self, at: DateTime<Utc>) -> DateTime<FixedOffset> {
        let seconds = self.offset().num_seconds() as i32; // At most nine hours.
        let there = FixedOffset::east_opt(seconds).unwrap_or_else(|| Utc.fix());
        at.with_timezone(&there)
    }

    /// Ahead of UTC.
    const fn offset(self) -> TimeDelta {
        match self {
            Self::Utc => TimeDelta::zero(),
            Self::Seoul => TimeDelta::hours(9),
        }
    }

    /// The month an instant lies in, for example `2026-11`.
    #[must_use]
    pub fn month(self, at: DateTime<Utc>) -> String {
        (at + self.offset()).format("%Y-%m").to_string()
    }

    /// The day of the month an instant lies in, 1 to 31.
    #[must_use]
    pub fn day(self, at: DateTime<Utc>) -> u8 {
        (at + self.offset()).day() as u8 // At most 31.
    }

    /// `months` after `start`, on `day` of the month, or on its last one if it is shorter: the 31st
    /// becomes the 28th of February and the 31st of March again (P4). The hour stays.
    #[must_use]
    pub fn months_after(self, start: DateTime<Utc>, months: u32, day: u8) -> DateTime<Utc> {
        let local = (start + self.offset()).naive_utc();
        let first = first_of_month(local.date());
        let month = first.checked_add_months(Months::new(months)).unwrap_or(first);
        let there = month.with_day(u32::from(day)).unwrap_or_else(|| last_of_month(month));
        there.and_time(local.time()).and_utc() - self.offset()
    }
}

fn first_of_month(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

/// `first` is the first of its month.
fn last_of_month(first: NaiveDate) -> NaiveDate {
    let next = first.checked_add_months(Months::new(1));
    next.and_then(|next| next.checked_sub_days(Days::new(1))).unwrap_or(first)
}

impl std::str::FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "UTC" => Ok(Self::Utc),
            "Asia/Seoul" => Ok(Self::Seoul),
            other => Err(format!("{other:?} is neither UTC nor Asia/Seoul")),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that fails may panic")]

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn year(zone: Zone, start: &str, day: u8) -> Vec<String> {
        let due = |months| zone.months_after(at(start), months, day).format("%m-%d %H").to_string();
        (0..=12).map(due).collect()
    }

    #[test]
    fn the_thirty_first_is_the_last_of_shorter_months_and_itself_again() {
        let common = year(Zone::Utc, "2026-01-31T11:00:00Z", 31);
        assert_eq!(common[..5], ["01-31 11", "02-28 11", "03-31 11", "04-30 11", "05-31 11"]);
        assert_eq!(common[12], "01-31 11");
        assert_eq!(year(Zone::Utc, "2028-01-31T11:00:00Z", 31)[1], "02-29 11", "a leap year");
        assert_eq!(year(Zone::Utc, "2028-02-29T11:00:00Z", 29)[12], "02-28 11");
    }

    #[test]
    fn seoul_has_another_date_when_london_sleeps() {
        // 20:00 UTC of the 30th is 05:00 of the 31st in Seoul.
        let start = "2026-01-30T20:00:00Z";
        assert_eq!(Zone::Seoul.day(at(start)), 31);
        let seoul = year(Zone::Seoul, start, 31);
        assert_eq!(seoul[..4], ["01-30 20", "02-27 20", "03-30 20", "04-29 20"]);
        let evening = at("2026-01-31T20:00:00Z");
        assert_eq!((Zone::Utc.month(evening), Zone::Seoul.month(evening)).0, "2026-01");
        assert_eq!(Zone::Seoul.month(evening), "2026-02");
        assert_eq!(Zone::Seoul.local(evening).to_rfc3339(), "2026-02-01T05:00:00+09:00");
        assert_eq!(Zone::Utc.local(evening), evening);
    }
}
