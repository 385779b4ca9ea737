//! What artists earned, added up: by style, or by day (ART-03).

use chrono::{DateTime, FixedOffset, Utc};
use uuid::Uuid;

use crate::frame::macros::view;
use crate::frame::{Query, ReadError, Reader, Statement};

view! {
    /// What came of one style, or of tips that named no picture.
    pub struct StyleEarnings {
        /// Which; none for tips.
        pub style_id: Option<Uuid>,
        /// How often something was earned.
        pub count: i64,
        /// Together.
        pub amount: i64,
    }
}

view! {
    /// What came on one day.
    pub struct DayEarnings {
        /// Which, as `yyyy-mm-dd`.
        pub day: String,
        /// How often something was earned.
        pub count: i64,
        /// Together.
        pub amount: i64,
    }
}

static BY_STYLE: Query<StyleEarnings> = Query::view(
    "select related_style_id, count(*), sum(amount)::bigint from transactions \
    where user_id = $1 and asset = 'earning' and kind in ('artist_earning', 'tip') \
    and created_at >= $2 and created_at < $3 \
    group by related_style_id order by sum(amount) desc, related_style_id limit $4",
);

static BY_DAY: Query<DayEarnings> = Query::view(
    "select to_char((created_at at time zone 'utc') + $4 * interval '1 second', 'YYYY-MM-DD'), \
    count(*), sum(amount)::bigint from transactions \
    where user_id = $1 and asset = 'earning' and kind in ('artist_earning', 'tip') \
    and created_at >= $2 and created_at < $3 \
    group by 1 order by 1 limit $5",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&BY_STYLE, &BY_DAY];

/// Most lines of a summary.
pub const SUMMARY_LINES_MAX: i64 = 400;

/// An artist's earnings between two times by style, most first; at most [`SUMMARY_LINES_MAX`]. Reads
/// by `transactions_user`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn earnings_by_style(
    reader: Reader<'_>,
    artist: Uuid,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<StyleEarnings>, ReadError> {
    BY_STYLE.all(reader, &[&artist, &from, &to, &SUMMARY_LINES_MAX]).await
}

/// The same by the days of a zone, oldest first.
///
/// # Errors
/// The read tables cannot be read.
pub async fn earnings_by_day(
    reader: Reader<'_>,
    artist: Uuid,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    zone: FixedOffset,
) -> Result<Vec<DayEarnings>, ReadError> {
    let ahead = f64::from(zone.local_minus_utc());
    BY_DAY.all(reader, &[&artist, &from, &to, &ahead, &SUMMARY_LINES_MAX]).await
}
