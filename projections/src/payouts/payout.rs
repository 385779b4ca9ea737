//! The table `payouts`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Page, Query, ReadError, Reader, Readers, Statement};

table! {
    /// Earnings on their way to a bank (P8).
    pub struct Payout: "payouts" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// Whose earnings.
        pub artist_id: Uuid,
        /// How much of them.
        pub amount: i64,
        /// Won per unit, a decimal as text.
        pub unit_price: String,
        /// ISO 4217.
        pub currency_code: String,
        /// Tax withheld, in basis points of the gross amount.
        pub withholding_basis_points: i64,
        /// Amount times unit price, whole won.
        pub gross: i64,
        /// Withheld of it, whole won.
        pub withheld: i64,
        /// What is transferred, whole won.
        pub net: i64,
        /// Which of the artist's accounts it goes to.
        pub account_version: i64,
        /// `requested`, `approved`, `rejected`, `paid`, `failed` or `canceled`.
        pub status: String,
        /// Why it was rejected or failed.
        pub reason: Option<String>,
        /// What the bank calls the transfer.
        pub reference: Option<String>,
        /// When it was approved.
        pub approved_at: Option<DateTime<Utc>>,
        /// When it came to its end.
        pub closed_at: Option<DateTime<Utc>>,
        /// When it was asked for.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::owner("artist_id") }
    checks {
        payouts_amount_check: "amount > 0 and net > 0 and gross = withheld + net",
        payouts_status_check: "status in ('requested', 'approved', 'rejected', 'paid', 'failed', \
            'canceled')",
    }
    indexes {
        payouts_artist: "(artist_id, created_at desc, id desc)",
        payouts_created: "(created_at desc, id desc)",
        payouts_status: "(status, created_at desc, id desc)",
    }
}

static ONE: Query<Payout> = Query::rows("where id = $1 and artist_id = $2");
static ANY: Query<Payout> = Query::rows("where id = $1");
static OF_ARTIST: Query<Payout> = Query::rows(
    "where artist_id = $1 and (created_at, id) < ($2, $3) order by created_at desc, id desc limit $4",
);
static PAGE: Query<Payout> = Query::rows(
    "where (created_at, id) < ($1, $2) and ($3::text is null or status = $3) \
    order by created_at desc, id desc limit $4",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&ONE, &ANY, &OF_ARTIST, &PAGE];

/// One payout of one's own.
///
/// # Errors
/// The read tables cannot be read.
pub async fn one(reader: Reader<'_>, artist: Uuid, id: Uuid) -> Result<Option<Payout>, ReadError> {
    ONE.one(reader, &[&id, &artist]).await
}

/// One payout of anybody's, for those who decide.
///
/// # Errors
/// The read tables cannot be read.
pub async fn any(reader: Reader<'_>, id: Uuid) -> Result<Option<Payout>, ReadError> {
    ANY.one(reader, &[&id]).await
}

/// An artist's payouts, newest first. Reads by `payouts_artist`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn of_artist(
    reader: Reader<'_>,
    artist: Uuid,
    page: Page,
) -> Result<Vec<Payout>, ReadError> {
    let Page { key, id, limit, way } = page;
    OF_ARTIST.page(reader, way, &[&artist, &key, &id, &limit]).await
}

/// Everybody's payouts, for those who decide, perhaps of one status only. Reads by
/// `payouts_created` or `payouts_status`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn page(
    reader: Reader<'_>,
    status: Option<&str>,
    page: Page,
) -> Result<Vec<Payout>, ReadError> {
    let Page { key, id, limit, way } = page;
    PAGE.page(reader, way, &[&key, &id, &status, &limit]).await
}
