//! The table `payout_accounts`.

use chrono::{DateTime, Utc};
use domain::UserId;
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Query, ReadError, Reader, Readers, Statement};

table! {
    /// Where an artist's earnings are paid to.
    pub struct PayoutAccount: "payout_accounts" key (artist_id: Uuid) {
        /// Whose earnings.
        pub artist_id: Uuid,
        /// Which bank.
        pub bank: String,
        /// Which account there.
        pub account_number: String,
        /// Whose it is.
        pub holder_name: String,
        /// When one was first set.
        pub created_at: DateTime<Utc>,
        /// When it was last set.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::owner("artist_id").personal(&["account_number", "holder_name"]) }
    checks {}
    indexes {}
}

impl PayoutAccount {
    pub(super) fn empty(artist: UserId, at: DateTime<Utc>) -> Self {
        Self {
            artist_id: artist.0,
            bank: String::new(),
            account_number: String::new(),
            holder_name: String::new(),
            created_at: at,
            updated_at: at,
        }
    }
}

static OF_ARTIST: Query<PayoutAccount> = Query::rows("where artist_id = $1");

pub(super) static STATEMENTS: &[&dyn Statement] = &[&OF_ARTIST];

/// The account of an artist. Reads by the primary key.
///
/// # Errors
/// The read tables cannot be read.
pub async fn account_of(
    reader: Reader<'_>,
    artist: Uuid,
) -> Result<Option<PayoutAccount>, ReadError> {
    OF_ARTIST.one(reader, &[&artist]).await
}
