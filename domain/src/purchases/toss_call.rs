//! What Toss can be asked: data, until somebody at the edge makes the call.

use serde::{Deserialize, Serialize};

use super::{PaymentResult, RecordPayment};
use crate::{PurchaseId, RefundId, WebhookId};

/// A question to Toss. Its answer becomes a [`RecordPayment`] ([`TossCall::answered`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TossCall {
    /// `POST /v1/payments/confirm`.
    Confirm {
        /// For which purchase.
        purchase: PurchaseId,
        /// Toss's key of the payment.
        payment_key: String,
        /// Our order id.
        order_id: String,
        /// Whole won, as we fixed it.
        amount: i64,
    },
    /// `GET /v1/payments/orders/{order_id}`.
    Query {
        /// For which purchase.
        purchase: PurchaseId,
        /// Our order id.
        order_id: String,
        /// The delivery that made us ask, to be settled with the answer.
        webhook: Option<WebhookId>,
        /// The contradiction that is to be made sure of.
        look: Option<Look>,
    },
    /// `POST /v1/payments/{payment_key}/cancel`.
    Cancel {
        /// For which purchase.
        purchase: PurchaseId,
        /// For which refund.
        refund: RefundId,
        /// Toss's key of the payment.
        payment_key: String,
        /// Whole won to be given back; always said, or a repetition could give back the rest.
        amount: i64,
        /// What Toss has by our books, whole won: it does nothing if that is not so (d1.6).
        balance: i64,
        /// Whether it goes to a bank account.
        to_account: bool,
    },
}

/// A second look at what contradicts our books. Answers may arrive in another order than they were
/// given, so a contradiction counts only if Toss was asked after it was first seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// How often the purchase was granted or reversed by then.
    pub turn: u32,
    /// How often it was tried.
    pub attempt: u32,
}

impl TossCall {
    /// For which purchase.
    #[must_use]
    pub const fn purchase(&self) -> PurchaseId {
        match self {
            Self::Confirm { purchase, .. }
            | Self::Query { purchase, .. }
            | Self::Cancel { purchase, .. } => *purchase,
        }
    }

    /// The delivery that made us ask.
    #[must_use]
    pub const fn webhook(&self) -> Option<WebhookId> {
        match self {
            Self::Confirm { .. } | Self::Cancel { .. } => None,
            Self::Query { webhook, .. } => *webhook,
        }
    }

    /// The contradiction that is to be made sure of.
    #[must_use]
    pub const fn look(&self) -> Option<Look> {
        match self {
            Self::Confirm { .. } | Self::Cancel { .. } => None,
            Self::Query { look, .. } => *look,
        }
    }

    /// The `Idempotency-Key`: one per purchase or refund for ever, since Toss compares keys and
    /// not bodies, and a new key could charge or give back twice (d1.3, P2.4, P2.7).
    #[must_use]
    pub fn idempotency_key(&self) -> Option<String> {
        match self {
            Self::Confirm { purchase, .. } => Some(format!("confirm-{purchase}")),
            Self::Query { .. } => None,
            Self::Cancel { refund, .. } => Some(format!("refund-{refund}")),
        }
    }

    /// The command that takes Toss's answer into the log.
    #[must_use]
    pub fn answered(&self, result: PaymentResult) -> RecordPayment {
        RecordPayment { call: self.clone(), result }
    }
}

/// The reason we give for a cancel of ours, by which it is known again in `cancels[]`.
#[must_use]
pub fn cancel_reason(refund: RefundId) -> String {
    format!("Unused tokens, refund {refund}")
}
