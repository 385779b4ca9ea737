//! The table `wallet_balances`.

use chrono::{DateTime, Utc};
use domain::wallets::WalletEvent;
use domain::{Amount, Asset, UserId};
use uuid::Uuid;

use crate::frame::macros::{table, view};
use crate::frame::{Batch, Query, ReadError, Reader, Readers, Statement};

table! {
    /// What a user has of one asset (LED-09).
    pub struct WalletBalance: "wallet_balances" key (user_id: Uuid, asset: String) {
        /// Whose.
        pub user_id: Uuid,
        /// Of what: `token`, `credit` or `earning`.
        pub asset: String,
        /// All of it.
        pub posted: i64,
        /// Set aside.
        pub held: i64,
        /// Posted less held.
        pub available: i64,
        /// What was to be taken back and was not there (LED-15).
        pub owed: i64,
        /// Its owner is told when less than this is available.
        pub low_balance: Option<i64>,
        /// When a lot was last granted.
        pub last_granted_at: Option<DateTime<Utc>>,
        /// When it got its first event.
        pub created_at: DateTime<Utc>,
        /// When it last moved.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::owner("user_id") }
    checks {
        wallet_balances_available_check: "available >= 0 and available = posted - held",
        wallet_balances_held_check: "held >= 0",
        wallet_balances_owed_check: "owed >= 0",
    }
    indexes {}
}

/// What an event does to a balance beside moving it.
pub(super) fn apply(event: &WalletEvent, batch: &mut Batch) {
    if let WalletEvent::AlertsSet { owner, asset, low_balance } = event {
        let fresh = WalletBalance::empty(*owner, *asset, batch.at());
        let mark = low_balance.map(Amount::get);
        batch.upsert(fresh, move |wallet: &mut WalletBalance| wallet.low_balance = mark);
    }
}

impl WalletBalance {
    /// A wallet before its first event.
    pub(super) fn empty(owner: UserId, asset: Asset, at: DateTime<Utc>) -> Self {
        Self {
            user_id: owner.0,
            asset: asset.code().to_owned(),
            posted: 0,
            held: 0,
            available: 0,
            owed: 0,
            low_balance: None,
            last_granted_at: None,
            created_at: at,
            updated_at: at,
        }
    }
}

view! {
    /// A wallet as its owner sees it; amounts in the asset's smallest unit.
    pub struct WalletView {
        /// Of what.
        pub asset: String,
        /// All of it.
        pub posted: i64,
        /// Set aside.
        pub held: i64,
        /// Posted less held.
        pub available: i64,
        /// What was to be taken back and was not there.
        pub owed: i64,
        /// The owner is told when less than this is available.
        pub low_balance: Option<i64>,
        /// When the next lot ends of which something is left.
        pub next_expiry_at: Option<DateTime<Utc>>,
        /// When a lot was last granted.
        pub last_granted_at: Option<DateTime<Utc>>,
        /// When it last moved.
        pub updated_at: DateTime<Utc>,
    }
}

static OF_USER: Query<WalletView> = Query::view(
    "select asset, posted, held, available, owed, low_balance, \
    (select min(expires_at) from lots \
    where lots.user_id = wallet.user_id and lots.asset = wallet.asset \
    and is_open and remaining > 0), \
    last_granted_at, updated_at \
    from wallet_balances as wallet where user_id = $1 order by asset",
);

static ONE: Query<WalletView> = Query::view(
    "select asset, posted, held, available, owed, low_balance, \
    (select min(expires_at) from lots \
    where lots.user_id = wallet.user_id and lots.asset = wallet.asset \
    and is_open and remaining > 0), \
    last_granted_at, updated_at \
    from wallet_balances as wallet where user_id = $1 and asset = $2",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&OF_USER, &ONE];

/// A user's wallets, by asset. Reads by the primary key and `lots_ending`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn wallets_of(reader: Reader<'_>, user: Uuid) -> Result<Vec<WalletView>, ReadError> {
    OF_USER.all(reader, &[&user]).await
}

/// One wallet; `None` before its first event. Reads by the primary key and `lots_ending`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn wallet(
    reader: Reader<'_>,
    user: Uuid,
    asset: Asset,
) -> Result<Option<WalletView>, ReadError> {
    ONE.one(reader, &[&user, &asset.code()]).await
}
