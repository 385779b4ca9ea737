//! Purchases: tokens bought with won through Toss, and given back (P2).
//!
//! The figures are fixed when the purchase begins; Toss is asked only after the wish to confirm or
//! to cancel is in the log; and whatever Toss says, by whichever way, goes through
//! [`RecordPayment`]: [`Purchase::reconcile`] until the tokens are granted, `granted` from then on.

mod ask;
mod cancel;
mod codes;
mod command;
mod confirm;
mod decide;
mod error;
mod event;
mod granted;
mod initiate;
mod package;
mod payment;
mod reconcile;
mod record_payment;
mod refund;
mod refund_rules;
mod state;
mod status;
mod toss_call;

#[cfg(test)]
mod tests;

pub use ask::AskToss;
pub use cancel::{CancelPurchase, ExpirePurchase};
pub use command::{Figures, NewRefund, PurchaseCommand};
pub use confirm::{ConfirmPurchase, ConfirmReply, PAYMENT_KEY_CLAIM};
pub use error::PurchaseError;
pub use event::*;
pub use initiate::{InitiatePurchase, Offer, UNSPENT_LOTS_MAX};
pub use package::{CURRENCY, Package};
pub use payment::{DepositSecret, PaymentResult, PaymentSnapshot, PaymentStatus};
pub use record_payment::RecordPayment;
pub use refund::{DecideRefund, REFUND_ACCOUNT, Refunded, RequestRefund, SealedAccount};
pub use refund_rules::{RefundReason, RefundStatus, RefundVerdict, refundable};
pub use state::Purchase;
pub use status::PurchaseStatus;
pub use toss_call::{Look, TossCall, cancel_reason};

use chrono::Duration;
use uuid::Uuid;

use crate::PurchaseId;

/// Who takes the money, as deliveries name it.
pub const PROVIDER: &str = "toss";
/// How long a buyer has from the start to the callback (P2.1).
pub const TIME_TO_PAY: Duration = Duration::minutes(30);
/// The longest payment key of Toss (PUR-02).
pub const PAYMENT_KEY_CHARS_MAX: usize = 200;
/// The longest order id of Toss.
pub const ORDER_ID_CHARS_MAX: usize = 64;
/// The kind of timer that ends an unpaid purchase; its bytes are an [`ExpirePurchase`].
pub const PURCHASE_EXPIRY: &str = "purchase-expiry";
/// The kind of timer that asks Toss again; its bytes are a [`TossCall`].
pub const PURCHASE_RECONCILE: &str = "purchase-reconcile";
/// The vault's kind of what deliveries about a deposit must know; its key is the purchase's id.
pub const DEPOSIT_SECRET: &str = "deposit-secret";

/// Our order id at Toss: `p_` and the purchase's id, 34 characters of the allowed ones.
#[must_use]
pub fn order_id(purchase: PurchaseId) -> String {
    format!("p_{}", purchase.0.simple())
}

/// The purchase an order id of ours names; whether it exists is another question.
#[must_use]
pub fn purchase_of(order_id: &str) -> Option<PurchaseId> {
    let id = order_id.strip_prefix("p_")?;
    Uuid::try_parse(id).ok().filter(|uuid| uuid.simple().to_string() == id).map(PurchaseId)
}
