//! The table `transactions`: one line per movement of what a user owns (LED-01, LED-02). A hold
//! moves nothing yet, so it leaves no line; its capture does.

use chrono::{DateTime, Utc};
use domain::Asset;
use uuid::Uuid;

use crate::frame::macros::append_table;
use crate::frame::query::Params;
use crate::frame::{Page, Query, ReadError, Reader, Readers, Statement};

append_table! {
    /// One movement, as the owner of one wallet sees it.
    pub struct Transaction: "transactions" key (id: Uuid) {
        /// The event's id.
        pub id: Uuid,
        /// Whose wallet.
        pub user_id: Uuid,
        /// Of what.
        pub asset: String,
        /// A word of [`super::TransactionKind`].
        pub kind: String,
        /// Negative when it left the wallet.
        pub amount: i64,
        /// Posted afterwards.
        pub balance_after: i64,
        /// Whose it was; none for the platform.
        pub sender_id: Option<Uuid>,
        /// Whose it became; none for the platform.
        pub receiver_id: Option<Uuid>,
        /// The style it was earned with.
        pub related_style_id: Option<Uuid>,
        /// The generation it was paid for.
        pub related_generation_id: Option<Uuid>,
        /// The purchase it came by.
        pub related_purchase_id: Option<Uuid>,
        /// The transfer or tip it is a side of.
        pub related_transfer_id: Option<Uuid>,
        /// The payout it left by.
        pub related_payout_id: Option<Uuid>,
        /// The refund it left by.
        pub related_refund_id: Option<Uuid>,
        /// The subscription it came by.
        pub related_subscription_id: Option<Uuid>,
        /// The decision of support it followed from.
        pub related_adjustment_id: Option<Uuid>,
        /// The sender's word; the receiver's line has it in `received_memos`.
        pub memo: Option<String>,
        /// Where in the log; `ledger_entries` has its postings under the same position.
        pub position: i64,
        /// Shared by everything that followed from the same request.
        pub correlation_id: Uuid,
        /// The event that caused it, if a process did it.
        pub causation_id: Option<Uuid>,
        /// When.
        pub created_at: DateTime<Utc>,
    }
    readers { Readers::owner("user_id").personal(&["memo"]) }
    checks {
        transactions_amount_check: "amount <> 0",
        transactions_balance_after_check: "balance_after >= 0",
    }
    indexes {
        transactions_user: "(user_id, asset, created_at desc, id desc)",
        transactions_transfer: "(related_transfer_id) where related_transfer_id is not null",
        transactions_correlation: "(correlation_id)",
    }
}

static PAGE: Query<Transaction> = Query::view(
    "select id, user_id, asset, kind, amount, balance_after, sender_id, receiver_id, \
    related_style_id, related_generation_id, related_purchase_id, related_transfer_id, \
    related_payout_id, related_refund_id, related_subscription_id, related_adjustment_id, \
    coalesce(memo, (select received.memo from received_memos as received \
    where received.transfer_id = line.related_transfer_id)), \
    position, correlation_id, causation_id, created_at \
    from transactions as line \
    where user_id = $1 and asset = $2 and (created_at, id) < ($3, $4) \
    and ($5::text[] is null or kind = any ($5)) \
    and ($6::timestamptz is null or created_at >= $6) \
    and ($7::timestamptz is null or created_at < $7) \
    and ($8::uuid is null or related_style_id = $8) \
    and ($9::uuid is null or related_generation_id = $9) \
    order by created_at desc, id desc limit $10",
);

static ONE: Query<Transaction> = Query::view(
    "select id, user_id, asset, kind, amount, balance_after, sender_id, receiver_id, \
    related_style_id, related_generation_id, related_purchase_id, related_transfer_id, \
    related_payout_id, related_refund_id, related_subscription_id, related_adjustment_id, \
    coalesce(memo, (select received.memo from received_memos as received \
    where received.transfer_id = line.related_transfer_id)), \
    position, correlation_id, causation_id, created_at \
    from transactions as line where id = $1 and user_id = $2 and asset = $3",
);

static CORRELATED: Query<Transaction> =
    Query::rows("where correlation_id = $1 and user_id = $2 order by position limit $3");

pub(super) static STATEMENTS: &[&dyn Statement] = &[&PAGE, &ONE, &CORRELATED];

/// Most movements shown of one request.
pub const CORRELATED_MAX: i64 = 100;

/// Which movements; all of them, if nothing is said.
#[derive(Debug, Clone, Copy, Default)]
pub struct TransactionFilter<'a> {
    /// Words of [`super::TransactionKind`].
    pub kinds: Option<&'a [&'static str]>,
    /// Then or later.
    pub from: Option<DateTime<Utc>>,
    /// Before then.
    pub to: Option<DateTime<Utc>>,
    /// Paid or earned for work with this style.
    pub style: Option<Uuid>,
    /// Paid, earned or tipped for this generation.
    pub generation: Option<Uuid>,
}

/// A wallet's movements, newest first. Reads by `transactions_user`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn transactions_of(
    reader: Reader<'_>,
    (user, asset): (Uuid, Asset),
    filter: TransactionFilter<'_>,
    page: Page,
) -> Result<Vec<Transaction>, ReadError> {
    let TransactionFilter { kinds, from, to, style, generation } = filter;
    let Page { key, id, limit, way } = page;
    let asset = asset.code();
    let params: &Params<'_> =
        &[&user, &asset, &key, &id, &kinds, &from, &to, &style, &generation, &limit];
    PAGE.page(reader, way, params).await
}

/// One movement of one's own.
///
/// # Errors
/// The read tables cannot be read.
pub async fn transaction(
    reader: Reader<'_>,
    (user, asset): (Uuid, Asset),
    id: Uuid,
) -> Result<Option<Transaction>, ReadError> {
    ONE.one(reader, &[&id, &user, &asset.code()]).await
}

/// What else of a user's moved because of the same request, in the log's order: the "why" of a
/// movement. At most [`CORRELATED_MAX`]. Reads by `transactions_correlation`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn correlated(
    reader: Reader<'_>,
    correlation: Uuid,
    user: Uuid,
) -> Result<Vec<Transaction>, ReadError> {
    CORRELATED.all(reader, &[&correlation, &user, &CORRELATED_MAX]).await
}
