//! What happens to a delivery.

use serde::{Deserialize, Serialize};

use crate::aggregate::event_types;
use crate::{PurchaseId, UserId, WebhookId};

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookEvent {
    /// A delivery was stored, before it was believed. Its raw bytes lie in the vault.
    Received {
        /// Which delivery.
        webhook: WebhookId,
        /// For example `toss`.
        provider: String,
        /// The provider's word for what it tells, if it has one.
        event_type: Option<String>,
        /// Hex SHA-256 of the raw body.
        body_sha256: String,
        /// The purchase it speaks of, when it names one of ours.
        purchase: Option<PurchaseId>,
        /// Whom it is about, when it names one of ours: its bytes are forgotten with them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<UserId>,
        /// Why it is not from the provider it names, if that is known: then nothing follows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rejected: Option<String>,
    },
    /// It had its effect.
    Processed {
        /// Which delivery.
        webhook: WebhookId,
        /// What it led to, for example `purchase.approved`.
        effect: String,
    },
    /// It had nothing to say to us.
    Ignored {
        /// Which delivery.
        webhook: WebhookId,
        /// Why.
        why: String,
    },
    /// It could not be worked off.
    Failed {
        /// Which delivery.
        webhook: WebhookId,
        /// What went wrong.
        error: String,
    },
    /// It is not from the provider it names: what it should know it does not.
    Rejected {
        /// Which delivery.
        webhook: WebhookId,
        /// What it did not know.
        why: String,
    },
    /// It cannot be worked off yet; a timer has it tried again.
    Deferred {
        /// Which delivery.
        webhook: WebhookId,
        /// What it waits for.
        why: String,
        /// How often it was put off by now, from 1.
        attempt: u32,
    },
    /// Its raw bytes were shown to who did this.
    BodyViewed {
        /// Which delivery.
        webhook: WebhookId,
        /// What for.
        reason: String,
    },
    /// It is worked off again: an operator said so, or its timer rang.
    Replayed {
        /// Which delivery.
        webhook: WebhookId,
        /// As it was received.
        provider: String,
        /// As it was received.
        event_type: Option<String>,
        /// As it was received.
        purchase: Option<PurchaseId>,
    },
}

event_types!(WebhookEvent {
    Received => "webhook.received",
    Processed => "webhook.processed",
    Ignored => "webhook.ignored",
    Failed => "webhook.failed",
    Rejected => "webhook.rejected",
    Deferred => "webhook.deferred",
    BodyViewed => "webhook.body_viewed",
    Replayed => "webhook.replayed",
});
