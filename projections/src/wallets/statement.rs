//! What a statement is made of: the balance at a time, and every movement of a span.

use chrono::{DateTime, Utc};
use domain::Asset;
use uuid::Uuid;

use super::Transaction;
use crate::frame::macros::view;
use crate::frame::{Query, ReadError, Reader, Statement};

view! {
    /// What a wallet held.
    pub struct BalanceBefore {
        /// Posted.
        pub balance: i64,
    }
}

static BEFORE: Query<BalanceBefore> = Query::view(
    "select balance_after from transactions where user_id = $1 and asset = $2 and created_at < $3 \
    order by created_at desc, position desc limit 1",
);

static BETWEEN: Query<Transaction> = Query::view(
    "select id, user_id, asset, kind, amount, balance_after, sender_id, receiver_id, \
    related_style_id, related_generation_id, related_purchase_id, related_transfer_id, \
    related_payout_id, related_refund_id, related_subscription_id, related_adjustment_id, \
    coalesce(memo, (select received.memo from received_memos as received \
    where received.transfer_id = line.related_transfer_id)), \
    position, correlation_id, causation_id, created_at \
    from transactions as line \
    where user_id = $1 and asset = $2 and created_at >= $3 and created_at < $4 \
    order by position limit $5",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&BEFORE, &BETWEEN];

/// What a wallet held before a time; nothing before its first movement. Reads by
/// `transactions_user`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn balance_before(
    reader: Reader<'_>,
    (user, asset): (Uuid, Asset),
    time: DateTime<Utc>,
) -> Result<i64, ReadError> {
    let found = BEFORE.one(reader, &[&user, &asset.code(), &time]).await?;
    Ok(found.map_or(0, |row| row.balance))
}

/// A wallet's first movements from one time until before another, in the log's order. Reads by
/// `transactions_user`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn transactions_between(
    reader: Reader<'_>,
    (user, asset): (Uuid, Asset),
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> Result<Vec<Transaction>, ReadError> {
    BETWEEN.all(reader, &[&user, &asset.code(), &from, &to, &limit]).await
}
