//! What happens to a payout. Who settled or refused it stands in the metadata.

use serde::{Deserialize, Serialize};

use super::Deal;
use crate::aggregate::event_types;
use crate::{Amount, PayoutId, UserId};

/// Stored for ever: add variants and optional fields, never rename or remove (see `tests/golden`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayoutEvent {
    /// An artist asked for it; the earnings are held.
    Requested {
        /// Also the stream's id.
        payout: PayoutId,
        /// Whose earnings.
        artist: UserId,
        /// How much of them.
        amount: Amount,
        /// What that is in money, as the policy said then.
        deal: Deal,
        /// Which of the artist's bank accounts it goes to, whichever they name later.
        account: u32,
    },
    /// It shall be transferred.
    Approved {
        /// Which.
        payout: PayoutId,
        /// Who said so: whoever approves sends the money, so one of them does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<UserId>,
    },
    /// It shall not; the earnings are released.
    Rejected {
        /// Which.
        payout: PayoutId,
        /// Why.
        reason: String,
    },
    /// The money has arrived; the earnings are captured.
    Settled {
        /// Which.
        payout: PayoutId,
        /// What the bank calls it.
        reference: String,
    },
    /// The bank did not take it; the earnings are released.
    Failed {
        /// Which.
        payout: PayoutId,
        /// Why.
        reason: String,
    },
    /// Its artist wants it no more; the earnings are released.
    Canceled {
        /// Which.
        payout: PayoutId,
    },
    /// Somebody looked at the whole bank account it goes to (OPS-02).
    AccountViewed {
        /// The payout.
        payout: PayoutId,
        /// What for.
        reason: String,
    },
}

event_types!(PayoutEvent {
    Requested => "payout.requested",
    Approved => "payout.approved",
    Rejected => "payout.rejected",
    Settled => "payout.settled",
    Failed => "payout.failed",
    Canceled => "payout.canceled",
    AccountViewed => "payout.account_viewed",
});
