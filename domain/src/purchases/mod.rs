//! Purchases: tokens bought with won through Toss (P2).
//!
//! The figures are fixed when the purchase begins; Toss is asked only after the wish to confirm is
//! in the log; and whatever Toss says, by whichever way, goes through one [`Purchase::reconcile`].

mod cancel;
mod command;
mod confirm;
mod decide;
mod error;
mod event;
mod initiate;
mod package;
mod payment;
mod reconcile;
mod record_payment;
mod status;
mod toss_call;

#[cfg(test)]
mod tests;

pub use cancel::{CancelPurchase, ExpirePurchase};
pub use command::{Figures, PurchaseCommand};
pub use confirm::{ConfirmPurchase, ConfirmReply, PAYMENT_KEY_CLAIM};
pub use error::PurchaseError;
pub use event::*;
pub use initiate::{InitiatePurchase, Offer, UNSPENT_LOTS_MAX};
pub use package::{CURRENCY, Package};
pub use payment::{PaymentResult, PaymentSnapshot, PaymentStatus};
pub use record_payment::RecordPayment;
pub use status::PurchaseStatus;
pub use toss_call::TossCall;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::aggregate::aggregate;
use crate::{Amount, PurchaseId, UserId};

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

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    id: Option<PurchaseId>,
    status: Option<PurchaseStatus>,
    buyer: UserId,
    tokens: Amount,
    amount: i64,
    currency: String,
    order_id: String,
    expires_at: DateTime<Utc>,
    payment_key: Option<String>,
    doubts: u32,
}

aggregate!(Purchase, "purchase", PurchaseCommand, PurchaseEvent, PurchaseError);

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

impl Purchase {
    /// Where it stands; `None` before it was initiated.
    #[must_use]
    pub fn status(&self) -> Option<PurchaseStatus> {
        self.status
    }

    /// Who buys.
    #[must_use]
    pub fn buyer(&self) -> UserId {
        self.buyer
    }

    /// How many tokens.
    #[must_use]
    pub fn tokens(&self) -> Amount {
        self.tokens
    }

    /// Whole won to pay.
    #[must_use]
    pub fn amount(&self) -> i64 {
        self.amount
    }

    /// Our order id at Toss.
    #[must_use]
    pub fn order_id(&self) -> &str {
        &self.order_id
    }

    fn evolve(&mut self, event: PurchaseEvent) {
        self.status = Some(match event {
            PurchaseEvent::Initiated {
                purchase,
                buyer,
                tokens,
                amount,
                currency,
                order_id,
                expires_at,
                package: _,
                unit_price: _,
            } => {
                self.id = Some(purchase);
                self.buyer = buyer;
                self.tokens = tokens;
                self.amount = amount;
                self.currency = currency;
                self.order_id = order_id;
                self.expires_at = expires_at;
                PurchaseStatus::Initiated
            }
            PurchaseEvent::Tampered { .. } => PurchaseStatus::Tampered,
            PurchaseEvent::ConfirmRequested { payment_key, .. } => {
                self.payment_key = Some(payment_key);
                PurchaseStatus::Confirming
            }
            PurchaseEvent::Approved { payment, .. } => {
                self.payment_key = Some(payment.payment_key);
                PurchaseStatus::Approved
            }
            PurchaseEvent::Declined { .. } => PurchaseStatus::Declined,
            PurchaseEvent::PutInDoubt { attempt, .. } => {
                self.doubts = attempt;
                PurchaseStatus::InDoubt
            }
            PurchaseEvent::DepositAwaited { payment_key, .. } => {
                self.payment_key = Some(payment_key);
                PurchaseStatus::AwaitingDeposit
            }
            PurchaseEvent::TokensGranted { .. } => PurchaseStatus::Paid,
            PurchaseEvent::Mismatched { .. } => PurchaseStatus::Mismatched,
            PurchaseEvent::Canceled { .. } => PurchaseStatus::Canceled,
            PurchaseEvent::Expired { .. } => PurchaseStatus::Expired,
        });
    }
}
