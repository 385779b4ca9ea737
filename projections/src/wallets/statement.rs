//! What a statement is made of: a wallet's movements of a time, and what it had before.

use chrono::{DateTime, Utc};
use domain::Asset;
use uuid::Uuid;

use super::Transaction;
use crate::frame::macros::view;
use crate::frame::{Query, ReadError, Reader, Statement};

view! {
    /// What a wallet had.
    pub struct Balance {
        /// All of it.
        pub posted: i64,
    }
}

static LINES: Query<Transaction> = Query::view(
    "select id, user_id, asset, kind, amount, balance_after, sender_id, receiver_id, \
    related_style_id, related_generation_id, related_purchase_id, related_transfer_id, \
    related_payout_id, related_refund_id, related_subscription_id, related_adjustment_id, \
    coalesce(memo, (select received.memo from received_memos as received \
    where received.transfer_id = line.related_transfer_id)), \
    position, correlation_id, causation_id, created_at \
    from transactions as line \
    where user_id = $1 and asset = $2 and created_at >= $3 and created_at < $4 \
    order by created_at, position limit $5",
);

static BEFORE: Query<Balance> = Query::view(
    "select balance_after from transactions \
    where user_id = $1 and asset = $2 and created_at < $3 \
    order by created_at desc, position desc limit 1",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&LINES, &BEFORE];

/// A wallet's movements from one time until before another, in the log's order. Reads by
/// `transactions_user`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn lines_between(
    reader: Reader<'_>,
    (user, asset): (Uuid, Asset),
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> Result<Vec<Transaction>, ReadError> {
    LINES.all(reader, &[&user, &asset.code(), &from, &to, &limit]).await
}

/// What a wallet had before a time. Reads by `transactions_user`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn posted_before(
    reader: Reader<'_>,
    (user, asset): (Uuid, Asset),
    time: DateTime<Utc>,
) -> Result<i64, ReadError> {
    let before = BEFORE.one(reader, &[&user, &asset.code(), &time]).await?;
    Ok(before.map_or(0, |balance| balance.posted))
}
