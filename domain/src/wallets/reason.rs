//! What funds are set aside for, given back for, and taken back for.

use serde::{Deserialize, Serialize};

use crate::{AdjustmentId, GenerationId, InvoiceId, PayoutId, PurchaseId, RefundId};

/// What funds are set aside for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Work to be done.
    Generation(GenerationId),
    /// Earnings on their way to an artist's bank (P8).
    Payout(PayoutId),
    /// Bought tokens that are to become money again (P2.7).
    Refund(RefundId),
}

/// Why a hold was released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseReason {
    /// The work failed for good.
    Failed,
    /// The owner canceled.
    Canceled,
}

/// Why something is taken back that was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RevokeReason {
    /// The payment was canceled, charged back or reversed without our asking (P2.8).
    PaymentCanceled {
        /// Of which purchase.
        purchase: PurchaseId,
    },
    /// An invoice was refunded (P3).
    InvoiceRefunded {
        /// Which.
        invoice: InvoiceId,
    },
    /// A correction by support (LED-15).
    Adjustment {
        /// The decision.
        adjustment: AdjustmentId,
    },
}
