//! What can be asked of a purchase. The decisions beside this file wrap them with claims, timers
//! and the buyer's wallet.

use chrono::{DateTime, Utc};

use super::{Package, PaymentResult};
use crate::{PurchaseId, UserId};

/// One wish of one purchase.
#[derive(Debug, Clone)]
pub enum PurchaseCommand {
    /// Fix every figure.
    Initiate {
        /// Which purchase.
        purchase: PurchaseId,
        /// Who buys.
        buyer: UserId,
        /// What.
        package: Package,
        /// Until when it can be paid.
        expires_at: DateTime<Utc>,
    },
    /// The buyer comes back from Toss with these figures.
    Confirm {
        /// Who.
        caller: UserId,
        /// What the callback said.
        figures: Figures,
        /// Now.
        at: DateTime<Utc>,
    },
    /// Toss said something, or nothing.
    Reconcile {
        /// What.
        result: PaymentResult,
        /// Now.
        at: DateTime<Utc>,
    },
    /// The lot is in the wallet, in this same append.
    Granted,
    /// The buyer steps back.
    Cancel {
        /// Who.
        caller: UserId,
        /// Toss's code from the failUrl.
        code: String,
    },
    /// The timer rang.
    Expire {
        /// What it was set to.
        due: DateTime<Utc>,
    },
}

/// What Toss's callback says of a payment, through the buyer's browser: to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Toss's key of the payment.
    pub payment_key: String,
    /// Our order id.
    pub order_id: String,
    /// Whole won.
    pub amount: i64,
}
