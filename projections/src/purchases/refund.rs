//! The table `refunds`.

use chrono::{DateTime, Utc};
use domain::RefundId;
use domain::purchases::{CURRENCY, PurchaseEvent, RefundStatus};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Batch, Page, Query, ReadError, Reader, Readers, Statement};

table! {
    /// Bought tokens on their way back to money (P2.7).
    pub struct Refund: "refunds" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// Of which purchase.
        pub purchase_id: Uuid,
        /// Who bought.
        pub buyer_id: Uuid,
        /// How many tokens.
        pub amount_tokens: i64,
        /// Whole won to be given back.
        pub amount: i64,
        /// ISO 4217.
        pub currency_code: String,
        /// Whether it goes to a bank account.
        pub to_account: bool,
        /// `domain::purchases::RefundStatus` as its word.
        pub status: String,
        /// Why it was rejected, failed or is in doubt.
        pub reason: Option<String>,
        /// The provider's key of the cancel.
        pub transaction_key: Option<String>,
        /// When it was approved.
        pub approved_at: Option<DateTime<Utc>>,
        /// When it came to its end.
        pub closed_at: Option<DateTime<Utc>>,
        /// When it was asked for.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::owner("buyer_id") }
    checks {
        refunds_amount_check: "amount > 0 and amount_tokens > 0",
        refunds_status_check: "status in ('requested', 'approved', 'in_doubt', 'executed', \
            'rejected', 'failed')",
    }
    indexes {
        refunds_purchase: "(purchase_id, created_at desc, id desc)",
        refunds_buyer: "(buyer_id) where status in ('requested', 'approved', 'in_doubt')",
        refunds_open: "(created_at desc, id desc) where status = 'requested'",
    }
}

static OF_PURCHASE: Query<Refund> = Query::rows(
    "where purchase_id = $1 and (created_at, id) < ($2, $3) \
    order by created_at desc, id desc limit $4",
);
static UNDER_WAY: Query<Refund> =
    Query::rows("where buyer_id = $1 and status in ('requested', 'approved', 'in_doubt')");
static WAITING: Query<Refund> = Query::rows(
    "where (created_at, id) < ($1, $2) and status = 'requested' \
    order by created_at desc, id desc limit $3",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&OF_PURCHASE, &UNDER_WAY, &WAITING];

/// The refunds of a purchase, newest first. Reads by `refunds_purchase`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn refunds_of(
    reader: Reader<'_>,
    purchase: Uuid,
    page: Page,
) -> Result<Vec<Refund>, ReadError> {
    let Page { key, id, limit, way } = page;
    OF_PURCHASE.page(reader, way, &[&purchase, &key, &id, &limit]).await
}

/// A buyer's refunds that have not come to their end: one of a purchase at most. Reads by
/// `refunds_buyer`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn refunds_under_way(reader: Reader<'_>, buyer: Uuid) -> Result<Vec<Refund>, ReadError> {
    UNDER_WAY.all(reader, &[&buyer]).await
}

/// Everybody's refunds that wait for approval, newest first. Reads by `refunds_open`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn refunds_waiting(reader: Reader<'_>, page: Page) -> Result<Vec<Refund>, ReadError> {
    let Page { key, id, limit, way } = page;
    WAITING.page(reader, way, &[&key, &id, &limit]).await
}

/// What an event does to the refund it is about.
pub(super) fn apply(event: &PurchaseEvent, batch: &mut Batch) {
    let at = batch.at();
    match event {
        PurchaseEvent::RefundRequested {
            purchase,
            refund,
            buyer,
            tokens,
            amount,
            to_account,
            ..
        } => {
            batch.insert(Refund {
                id: refund.0,
                purchase_id: purchase.0,
                buyer_id: buyer.0,
                amount_tokens: tokens.get(),
                amount: *amount,
                currency_code: CURRENCY.to_owned(),
                to_account: *to_account,
                status: RefundStatus::Requested.word().to_owned(),
                reason: None,
                transaction_key: None,
                approved_at: None,
                closed_at: None,
                created_at: at,
                updated_at: at,
            });
        }
        PurchaseEvent::RefundApproved { refund, .. } => {
            reaches(*refund, RefundStatus::Approved, batch, move |row| row.approved_at = Some(at));
        }
        PurchaseEvent::RefundPutInDoubt { refund, code, .. } => {
            let code = code.clone();
            reaches(*refund, RefundStatus::InDoubt, batch, |row| row.reason = Some(code));
        }
        PurchaseEvent::RefundRejected { refund, reason: why, .. } => {
            closes(*refund, RefundStatus::Rejected, why, batch);
        }
        PurchaseEvent::RefundFailed { refund, code: why, .. } => {
            closes(*refund, RefundStatus::Failed, why, batch);
        }
        PurchaseEvent::RefundExecuted { refund, transaction_key, .. } => {
            let key = transaction_key.clone();
            reaches(*refund, RefundStatus::Executed, batch, move |row| {
                (row.reason, row.transaction_key, row.closed_at) = (None, Some(key), Some(at));
            });
        }
        PurchaseEvent::Initiated { .. }
        | PurchaseEvent::Tampered { .. }
        | PurchaseEvent::ConfirmRequested { .. }
        | PurchaseEvent::Approved { .. }
        | PurchaseEvent::Declined { .. }
        | PurchaseEvent::PutInDoubt { .. }
        | PurchaseEvent::DepositAccountIssued { .. }
        | PurchaseEvent::DepositReversed { .. }
        | PurchaseEvent::CanceledExternally { .. }
        | PurchaseEvent::ReconcileRequested { .. }
        | PurchaseEvent::TokensGranted { .. }
        | PurchaseEvent::Mismatched { .. }
        | PurchaseEvent::Canceled { .. }
        | PurchaseEvent::Expired { .. } => {}
    }
}

fn closes(refund: RefundId, status: RefundStatus, why: &str, batch: &mut Batch) {
    let (why, at) = (why.to_owned(), batch.at());
    reaches(refund, status, batch, move |row| (row.reason, row.closed_at) = (Some(why), Some(at)));
}

fn reaches(
    refund: RefundId,
    status: RefundStatus,
    batch: &mut Batch,
    change: impl FnOnce(&mut Refund) + Send + 'static,
) {
    batch.update::<Refund>(refund.0, move |row| {
        row.status = status.word().to_owned();
        change(row);
    });
}
