//! The table `payout_accounts`.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Payout;
use crate::frame::macros::table;
use crate::frame::{Query, ReadError, Reader, Readers, Statement};

table! {
    /// Where an artist's earnings are paid to, and where they were to go before.
    pub struct PayoutAccount: "payout_accounts" key (artist_id: Uuid, version: i64) {
        /// Whose earnings.
        pub artist_id: Uuid,
        /// Which of theirs, counted from 1; the last one counts.
        pub version: i64,
        /// Which bank.
        pub bank: String,
        /// Which account there.
        pub account_number: String,
        /// Whose it is.
        pub holder_name: String,
        /// When it was set.
        pub created_at: DateTime<Utc>,
        /// The same: it is never changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::owner("artist_id").personal(&["account_number", "holder_name"]) }
    checks {}
    indexes {}
}

static OF_ARTIST: Query<PayoutAccount> =
    Query::rows("where artist_id = $1 order by version desc limit 1");
static ONE: Query<PayoutAccount> = Query::rows("where artist_id = $1 and version = $2");

pub(super) static STATEMENTS: &[&dyn Statement] = &[&OF_ARTIST, &ONE];

/// The account of an artist that counts now. Reads by the primary key.
///
/// # Errors
/// The read tables cannot be read.
pub async fn account_of(
    reader: Reader<'_>,
    artist: Uuid,
) -> Result<Option<PayoutAccount>, ReadError> {
    OF_ARTIST.one(reader, &[&artist]).await
}

/// The account a payout goes to; none once its artist was forgotten. Reads by the primary key.
///
/// # Errors
/// The read tables cannot be read.
pub async fn account_for(
    reader: Reader<'_>,
    payout: &Payout,
) -> Result<Option<PayoutAccount>, ReadError> {
    ONE.one(reader, &[&payout.artist_id, &payout.account_version]).await
}
