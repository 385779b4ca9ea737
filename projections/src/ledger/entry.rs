//! The table `ledger_entries`.

use chrono::{DateTime, Utc};
use domain::ledger::Account;
use domain::{Asset, UserId};
use uuid::Uuid;

use crate::frame::macros::{append_table, view};
use crate::frame::{Query, ReadError, Reader, Readers, Statement};

append_table! {
    /// One side of a movement.
    pub struct LedgerEntry: "ledger_entries" key (position: i64, ordinal: i32) {
        /// The event's place in the log.
        pub position: i64,
        /// Its place among the event's entries, from 0.
        pub ordinal: i32,
        /// Whose book: `domain::ledger::Account` as text.
        pub account: String,
        /// Of what.
        pub asset: String,
        /// In minor units; above zero is more, below is less.
        pub amount: i64,
        /// When.
        pub created_at: DateTime<Utc>,
    }
    readers { Readers::STAFF }
    checks {
        ledger_entries_amount_check: "amount <> 0",
    }
    indexes {
        ledger_entries_account: "(account, asset, position) include (amount)",
    }
}

view! {
    /// What a wallet had.
    pub struct BalanceAt {
        /// All of it.
        pub posted: i64,
        /// Set aside.
        pub held: i64,
    }
}

view! {
    /// The sum of all books in one asset: zero, or something is very wrong.
    pub struct TrialBalance {
        /// Of what.
        pub asset: String,
        /// In minor units.
        pub sum: i64,
        /// How many entries were added up.
        pub entries: i64,
    }
}

static AT_POSITION: Query<BalanceAt> = Query::view(
    "select coalesce(sum(amount), 0)::bigint, \
    coalesce(sum(amount) filter (where account = $2), 0)::bigint \
    from ledger_entries where account in ($1, $2) and asset = $3 and position <= $4",
);

static AT_TIME: Query<BalanceAt> = Query::view(
    "select coalesce(sum(amount), 0)::bigint, \
    coalesce(sum(amount) filter (where account = $2), 0)::bigint \
    from ledger_entries where account in ($1, $2) and asset = $3 and created_at <= $4",
);

static OF_POSITION: Query<LedgerEntry> = Query::rows("where position = $1 order by ordinal");

static TRIAL: Query<TrialBalance> = Query::view(
    "select asset, sum(amount)::bigint, count(*) \
    from ledger_entries where position <= $1 group by asset order by asset",
);

static OF_ACCOUNT: Query<LedgerEntry> = Query::rows(
    "where account = $1 and asset = $2 and position > $3 order by position, ordinal limit $4",
);

pub(super) static STATEMENTS: &[&dyn Statement] =
    &[&AT_POSITION, &AT_TIME, &OF_POSITION, &TRIAL, &OF_ACCOUNT];

/// As of when a balance is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// After the event at this position.
    Position(i64),
    /// After the last event recorded at or before this time.
    Time(DateTime<Utc>),
}

/// What a user had of an asset at a moment; zeros before their first event. Reads by
/// `ledger_entries_account`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn balance_at(
    reader: Reader<'_>,
    (user, asset): (Uuid, Asset),
    as_of: AsOf,
) -> Result<BalanceAt, ReadError> {
    let user = UserId(user);
    let (available, held) = (Account::Available(user).to_string(), Account::Held(user).to_string());
    let asset = asset.code();
    let sums = match as_of {
        AsOf::Position(position) => {
            AT_POSITION.one(reader, &[&available, &held, &asset, &position]).await?
        }
        AsOf::Time(time) => AT_TIME.one(reader, &[&available, &held, &asset, &time]).await?,
    };
    Ok(sums.unwrap_or(BalanceAt { posted: 0, held: 0 }))
}

/// One account's entries after a position, in the log's order. Reads by `ledger_entries_account`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn entries_after(
    reader: Reader<'_>,
    (account, asset): (Account, Asset),
    position: i64,
    limit: i64,
) -> Result<Vec<LedgerEntry>, ReadError> {
    OF_ACCOUNT.all(reader, &[&account.to_string(), &asset.code(), &position, &limit]).await
}

/// The entries of one event. Reads by the primary key.
///
/// # Errors
/// The read tables cannot be read.
pub async fn entries_of(reader: Reader<'_>, position: i64) -> Result<Vec<LedgerEntry>, ReadError> {
    OF_POSITION.all(reader, &[&position]).await
}

/// The sum of the books per asset up to a position.
///
/// # Errors
/// The read tables cannot be read.
pub async fn trial_balance(
    reader: Reader<'_>,
    position: i64,
) -> Result<Vec<TrialBalance>, ReadError> {
    TRIAL.all(reader, &[&position]).await
}
