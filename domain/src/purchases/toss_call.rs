//! What Toss can be asked: data, until somebody at the edge makes the call.

use serde::{Deserialize, Serialize};

use super::{PaymentResult, RecordPayment};
use crate::{PurchaseId, WebhookId};

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
    },
}

impl TossCall {
    /// For which purchase.
    #[must_use]
    pub const fn purchase(&self) -> PurchaseId {
        match self {
            Self::Confirm { purchase, .. } | Self::Query { purchase, .. } => *purchase,
        }
    }

    /// The `Idempotency-Key` of a confirm: one per purchase for ever, since Toss compares keys and
    /// not bodies, and a new key could charge twice (d1.3, P2.4).
    #[must_use]
    pub fn idempotency_key(&self) -> Option<String> {
        match self {
            Self::Confirm { purchase, .. } => Some(format!("confirm-{purchase}")),
            Self::Query { .. } => None,
        }
    }

    /// The command that takes Toss's answer into the log.
    #[must_use]
    pub const fn answered(&self, result: PaymentResult) -> RecordPayment {
        let webhook = match self {
            Self::Confirm { .. } => None,
            Self::Query { webhook, .. } => *webhook,
        };
        RecordPayment { purchase: self.purchase(), result, webhook }
    }
}
