//! Why a plan's command can be refused.

use serde::{Deserialize, Serialize};

use super::Tier;

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PlanError {
    /// Everybody has it who has no other.
    #[error("the plan free cannot be retired")]
    Free,
    /// Nothing was ever published under this name.
    #[error("the plan {plan} is not published")]
    Unpublished {
        /// Which.
        plan: Tier,
    },
    /// It is not sold, or not by this cycle.
    #[error("the plan {plan} cannot be subscribed to like this")]
    NotForSale {
        /// Which.
        plan: Tier,
    },
    /// A variant means one plan for ever, for subscriptions go on having it.
    #[error("the variant {variant} is another plan's")]
    VariantTaken {
        /// `variant_id`.
        variant: u64,
    },
    /// Somebody publishes by a loop.
    #[error("a plan has at most {max} versions")]
    TooManyVersions {
        /// [`super::VERSIONS_MAX`].
        max: usize,
    },
}
