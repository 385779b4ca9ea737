//! What happens to an adjustment.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::aggregate::event_types;
use crate::{AdjustmentId, Amount, Asset, UserId};

/// What is to be done to a wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A present: promo, so it cannot be given on.
    Grant {
        /// How much.
        amount: Amount,
        /// When it ends, if it does.
        expires_at: Option<DateTime<Utc>>,
    },
    /// A correction upwards: as good as paid for.
    Add {
        /// How much.
        amount: Amount,
    },
    /// A correction downwards: what is not there is owed.
    Take {
        /// How much.
        amount: Amount,
    },
}

impl Change {
    /// How much.
    #[must_use]
    pub const fn amount(self) -> Amount {
        match self {
            Self::Grant { amount, .. } | Self::Add { amount } | Self::Take { amount } => amount,
        }
    }

    /// The word in routes and tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Grant { .. } => "grant",
            Self::Add { .. } => "add",
            Self::Take { .. } => "take",
        }
    }
}

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjustmentEvent {
    /// Support asked for it.
    Requested {
        /// Also the stream's id.
        adjustment: AdjustmentId,
        /// Whose wallet.
        owner: UserId,
        /// Of what.
        asset: Asset,
        /// What is to be done.
        change: Change,
        /// Why.
        reason: String,
        /// Who asked.
        by: UserId,
    },
    /// A second person said yes.
    Approved {
        /// Which.
        adjustment: AdjustmentId,
        /// Who.
        by: UserId,
    },
    /// A second person said no.
    Rejected {
        /// Which.
        adjustment: AdjustmentId,
        /// Who.
        by: UserId,
        /// Why.
        reason: String,
    },
    /// It is in the wallet.
    Executed {
        /// Which.
        adjustment: AdjustmentId,
        /// How much was given or taken.
        moved: Amount,
        /// How much could not be taken, and is owed.
        owed: Amount,
    },
}

event_types!(AdjustmentEvent {
    Requested => "adjustment.requested",
    Approved => "adjustment.approved",
    Rejected => "adjustment.rejected",
    Executed => "adjustment.executed",
});
