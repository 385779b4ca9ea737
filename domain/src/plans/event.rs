//! What happens to a plan.

use serde::{Deserialize, Serialize};

use super::{Cycle, Terms, Tier};
use crate::aggregate::event_types;

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanEvent {
    /// From now on it is sold on these terms; who has it keeps theirs.
    Published {
        /// Which plan.
        plan: Tier,
        /// Counts from 1.
        version: u32,
        /// What it costs and gives.
        terms: Terms,
    },
    /// This is what Lemon Squeezy calls it from now on; former names go on meaning it.
    VariantMapped {
        /// Which plan.
        plan: Tier,
        /// Paid how often.
        cycle: Cycle,
        /// `variant_id`.
        variant: u64,
    },
    /// It is sold no more; who has it keeps it.
    Retired {
        /// Which plan.
        plan: Tier,
    },
}

event_types!(PlanEvent {
    Published => "plan.published",
    VariantMapped => "plan.variant_mapped",
    Retired => "plan.retired",
});
