//! What happens to a purchase of tokens.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::aggregate::event_types;
use crate::{Amount, LotId, PurchaseId, UserId};

/// What Toss says of the payment, as far as we keep it: a masked card, never more (PUR-04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Toss's key of the payment.
    pub payment_key: String,
    /// Whole won.
    pub total_amount: i64,
    /// Card, easy pay, transfer: Toss's word.
    pub method: Option<String>,
    /// When Toss approved it.
    pub approved_at: Option<DateTime<Utc>>,
    /// For the buyer.
    pub receipt_url: Option<String>,
    /// Masked card number.
    pub card: Option<String>,
    /// Easy-pay provider.
    pub easy_pay: Option<String>,
}

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseEvent {
    /// A buyer chose a package; every figure is fixed from here on (PUR-01).
    Initiated {
        /// Which purchase.
        purchase: PurchaseId,
        /// Who buys.
        buyer: UserId,
        /// Which package of the price list.
        package: String,
        /// How many tokens.
        tokens: Amount,
        /// Won per token, a decimal as text.
        unit_price: String,
        /// Whole won to pay.
        amount: i64,
        /// ISO 4217.
        currency: String,
        /// Our order id at Toss.
        order_id: String,
        /// Until when it can be confirmed.
        expires_at: DateTime<Utc>,
    },
    /// The callback named another amount or order than was initiated: never confirmed.
    Tampered {
        /// Which purchase.
        purchase: PurchaseId,
        /// What the callback said.
        payment_key: String,
        /// What the callback said.
        order_id: String,
        /// What the callback said, whole won.
        amount: i64,
    },
    /// The callback fits; Toss is asked to confirm exactly this, after this is committed.
    ConfirmRequested {
        /// Which purchase.
        purchase: PurchaseId,
        /// Toss's key of the payment.
        payment_key: String,
        /// Our order id at Toss.
        order_id: String,
        /// Whole won, as initiated.
        amount: i64,
    },
    /// Toss approved the payment.
    Approved {
        /// Which purchase.
        purchase: PurchaseId,
        /// What Toss said.
        payment: Payment,
    },
    /// Toss definitely refused the payment.
    Declined {
        /// Which purchase.
        purchase: PurchaseId,
        /// Toss's code.
        code: String,
    },
    /// Nobody knows yet whether the payment went through; the reconciler asks again.
    PutInDoubt {
        /// Which purchase.
        purchase: PurchaseId,
        /// Toss's code, or what went wrong on the way.
        code: String,
        /// How often Toss has been asked since.
        attempt: u32,
    },
    /// Toss waits for a deposit. Recorded, never granted.
    DepositAwaited {
        /// Which purchase.
        purchase: PurchaseId,
        /// Toss's key of the payment.
        payment_key: String,
        /// The bank's code.
        bank: Option<String>,
        /// Until when the buyer can pay.
        due_at: Option<DateTime<Utc>>,
    },
    /// The tokens are in the buyer's wallet.
    TokensGranted {
        /// Which purchase.
        purchase: PurchaseId,
        /// Who bought.
        buyer: UserId,
        /// The new lot.
        lot: LotId,
        /// How many.
        tokens: Amount,
    },
    /// Toss approved another amount or currency than was initiated: an alarm, no grant.
    Mismatched {
        /// Which purchase.
        purchase: PurchaseId,
        /// What Toss said.
        payment: Payment,
        /// What Toss said.
        currency: String,
    },
    /// The buyer stepped back, or the window reported a failure.
    Canceled {
        /// Which purchase.
        purchase: PurchaseId,
        /// Toss's code.
        code: String,
    },
    /// Nobody paid in time.
    Expired {
        /// Which purchase.
        purchase: PurchaseId,
    },
}

event_types!(PurchaseEvent {
    Initiated => "purchase.initiated",
    Tampered => "purchase.tampered",
    ConfirmRequested => "purchase.confirm_requested",
    Approved => "purchase.approved",
    Declined => "purchase.declined",
    PutInDoubt => "purchase.put_in_doubt",
    DepositAwaited => "purchase.deposit_awaited",
    TokensGranted => "purchase.tokens_granted",
    Mismatched => "purchase.mismatched",
    Canceled => "purchase.canceled",
    Expired => "purchase.expired",
});
