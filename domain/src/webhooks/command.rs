//! What can be asked of a delivery.

use crate::users::ViewReason;
use crate::{PurchaseId, Sha256, UserId, WebhookId};

/// One wish of one delivery.
#[derive(Debug, Clone)]
pub enum WebhookCommand {
    /// Store it. The same delivery again changes nothing.
    Receive {
        /// Which delivery.
        webhook: WebhookId,
        /// For example `toss`.
        provider: String,
        /// The provider's word for what it tells, if it has one.
        event_type: Option<String>,
        /// Of the raw body.
        body_sha256: Sha256,
        /// The purchase it speaks of, when it names one of ours.
        purchase: Option<PurchaseId>,
        /// Whom it is about, when it names one of ours.
        user: Option<UserId>,
        /// Why it is not from the provider it names, if that is known.
        rejected: Option<String>,
    },
    /// Show its raw bytes to somebody.
    View {
        /// What for.
        reason: ViewReason,
    },
    /// Work it off once more.
    Replay,
    /// Its timer rang. Nothing happens if it is not put off any more.
    Retry,
    /// Say what it led to. The first verdict that is no failure stays.
    Settle {
        /// What.
        verdict: Verdict,
    },
}

/// What a delivery led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It had its effect.
    Processed {
        /// For example `purchase.paid`.
        effect: String,
    },
    /// It had nothing to say to us.
    Ignored {
        /// Why.
        why: String,
    },
    /// It could not be worked off; a later verdict may replace this.
    Failed {
        /// What went wrong.
        error: String,
    },
    /// It is not from the provider it names.
    Rejected {
        /// What it did not know.
        why: String,
    },
    /// It cannot be worked off yet. Put off too often, it has failed.
    Deferred {
        /// What it waits for.
        why: String,
    },
}
