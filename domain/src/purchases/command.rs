//! What can be asked of a purchase. The decisions beside this file wrap them with claims, timers
//! and the buyer's wallet.

use chrono::{DateTime, Utc};

use super::{Look, Package, PaymentResult, RefundVerdict};
use crate::{Amount, PurchaseId, RefundId, UserId};

/// One wish of one purchase.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "one lives as long as one decision")]
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
        /// The contradiction it makes sure of.
        look: Option<Look>,
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
    /// The buyer wants money back; the wallet's part is [`super::RequestRefund`]'s.
    RequestRefund(NewRefund),
    /// Somebody of the house decides about a refund; the wallet's part is [`super::DecideRefund`]'s.
    DecideRefund {
        /// Which.
        refund: RefundId,
        /// Who decides.
        by: UserId,
        /// What becomes of it.
        verdict: RefundVerdict,
    },
    /// Somebody of the house wants Toss to be asked.
    AskToss,
}

/// A refund to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewRefund {
    /// The refund.
    pub refund: RefundId,
    /// Who asks.
    pub caller: UserId,
    /// How many tokens, all of them unspent.
    pub tokens: Amount,
    /// Whether an account is known to send the money to.
    pub to_account: bool,
    /// Whether nobody has to approve it.
    pub approved: bool,
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
