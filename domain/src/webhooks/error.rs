//! Why a delivery can be refused.

use serde::{Deserialize, Serialize};

use crate::WebhookId;

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum WebhookError {
    /// There is no such delivery.
    #[error("no such delivery")]
    Unknown,
    /// The delivery's id came before with another body: derive ids from the body too.
    #[error("the delivery {webhook} came before with another body")]
    OtherBody {
        /// Which.
        webhook: WebhookId,
    },
    /// It is being worked off at this moment.
    #[error("the delivery is still being worked off")]
    StillOpen,
    /// What nobody believes is not worked off, however often it is asked for.
    #[error("the delivery is not from the provider it names")]
    NotAuthentic,
}
