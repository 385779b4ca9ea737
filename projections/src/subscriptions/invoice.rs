//! The table `invoices`.

use chrono::{DateTime, Utc};
use domain::invoices::{InvoiceEvent, InvoiceSnapshot};
use domain::{InvoiceId, UserId};
use uuid::Uuid;

use crate::frame::macros::table;
use crate::frame::{Batch, Page, Query, ReadError, Reader, Readers, Statement};

table! {
    /// An invoice of a subscription, as Lemon Squeezy shows it, and what it led to (P3).
    pub struct Invoice: "invoices" key (id: Uuid) {
        /// Which.
        pub id: Uuid,
        /// Of which subscription.
        pub subscription_id: Uuid,
        /// Who pays.
        pub user_id: Uuid,
        /// Lemon Squeezy's number of it.
        pub lemon_squeezy_invoice_id: String,
        /// `initial`, `renewal` or `updated`.
        pub billing_reason: String,
        /// `pending`, `void`, `paid`, `partial_refund` or `refunded`.
        pub status: String,
        /// ISO 4217.
        pub currency_code: String,
        /// In minor units.
        pub total: i64,
        /// All that was given back, in minor units.
        pub refunded_amount: i64,
        /// `other_currency` or `other_price`, if it is not what was agreed.
        pub mismatch: Option<String>,
        /// The lot it led to.
        pub lot_id: Option<Uuid>,
        /// How much that was.
        pub credits_granted: Option<i64>,
        /// How much of it was taken back, what was held and is owed for it included.
        pub credits_revoked: i64,
        /// When Lemon Squeezy made it.
        pub created_at: DateTime<Utc>,
        /// When it last changed.
        pub updated_at: DateTime<Utc>,
    }
    readers { Readers::owner("user_id") }
    checks {
        invoices_status_check: "status in ('pending', 'void', 'paid', 'partial_refund', 'refunded')",
        invoices_credits_check: "credits_revoked between 0 and coalesce(credits_granted, 0)",
    }
    indexes {
        invoices_subscription: "(subscription_id, created_at desc, id desc)",
    }
}

/// What an event does to invoices.
pub(super) fn apply(event: &InvoiceEvent, batch: &mut Batch) {
    match event {
        InvoiceEvent::Observed { invoice, user, shown, .. } => {
            observe(*invoice, *user, shown, batch);
        }
        InvoiceEvent::CreditsGranted { invoice, lot, amount, .. } => {
            let (lot, amount) = (lot.0, amount.get());
            batch.update::<Invoice>(invoice.0, move |row| {
                (row.lot_id, row.credits_granted) = (Some(lot), Some(amount));
            });
        }
        InvoiceEvent::Mismatched { invoice, mismatch, .. } => {
            let word = mismatch.word().to_owned();
            batch.update::<Invoice>(invoice.0, move |row| row.mismatch = Some(word));
        }
        InvoiceEvent::Refunded { invoice, revoked, owed, .. } => {
            let back = revoked.get() + owed.get();
            batch.update::<Invoice>(invoice.0, move |row| row.credits_revoked += back);
        }
    }
}

fn observe(invoice: InvoiceId, user: UserId, shown: &InvoiceSnapshot, batch: &mut Batch) {
    let fresh = Invoice {
        id: invoice.0,
        subscription_id: shown.subscription().0,
        user_id: user.0,
        lemon_squeezy_invoice_id: shown.lemon_id.to_string(),
        billing_reason: shown.reason.word().to_owned(),
        status: shown.status.word().to_owned(),
        currency_code: shown.currency.clone(),
        total: shown.total,
        refunded_amount: 0,
        mismatch: None,
        lot_id: None,
        credits_granted: None,
        credits_revoked: 0,
        created_at: shown.created_at,
        updated_at: batch.at(),
    };
    let shown = shown.clone();
    batch.upsert(fresh, move |row: &mut Invoice| {
        row.status = shown.status.word().to_owned();
        (row.total, row.refunded_amount) = (shown.total, shown.refunded);
        row.created_at = shown.created_at;
    });
}

static OF_SUBSCRIPTION: Query<Invoice> = Query::rows(
    "where subscription_id = $1 and (created_at, id) < ($2, $3) \
    order by created_at desc, id desc limit $4",
);

pub(super) static STATEMENTS: &[&dyn Statement] = &[&OF_SUBSCRIPTION];

/// The invoices of a subscription, newest first; its owner sees them. Reads by
/// `invoices_subscription`.
///
/// # Errors
/// The read tables cannot be read.
pub async fn invoices(
    reader: Reader<'_>,
    subscription: Uuid,
    page: Page,
) -> Result<Vec<Invoice>, ReadError> {
    let Page { key, id, limit, way } = page;
    OF_SUBSCRIPTION.page(reader, way, &[&subscription, &key, &id, &limit]).await
}
