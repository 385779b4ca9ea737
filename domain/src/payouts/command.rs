//! What can be asked of a payout.

use super::{Deal, PayoutEvent, Status};
use crate::input::text;
use crate::{Amount, PayoutId, UserId};

text!(/** Why money does not go out, in words its artist reads. */ Reason, Line, 1..=200);
text!(/** What the bank calls the transfer. */ Reference, Line, 1..=100);

/// See the module.
#[derive(Debug, Clone)]
pub enum PayoutCommand {
    /// Ask for it; the wallet's part is [`super::RequestPayout`]'s.
    Request {
        /// The payout.
        payout: PayoutId,
        /// Whose earnings.
        artist: UserId,
        /// How much of them.
        amount: Amount,
        /// What that is in money.
        deal: Deal,
        /// Which of their bank accounts it goes to.
        account: u32,
    },
    /// Say what becomes of it; the wallet's part is [`super::DecidePayout`]'s.
    Decide {
        /// The payout.
        payout: PayoutId,
        /// Who says so; nobody, if the bank does.
        by: Option<UserId>,
        /// What becomes of it.
        verdict: Verdict,
    },
}

/// What becomes of a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It shall be transferred.
    Approve,
    /// It shall not.
    Reject {
        /// Why.
        reason: Reason,
    },
    /// The money has arrived.
    Settle {
        /// What the bank calls it.
        reference: Reference,
    },
    /// The bank did not take it.
    Fail {
        /// Why.
        reason: Reason,
    },
    /// Its artist wants it no more.
    Cancel,
}

impl Verdict {
    /// The status it needs, and the one it leads to.
    #[must_use]
    pub const fn step(&self) -> (Status, Status) {
        match self {
            Self::Approve => (Status::Requested, Status::Approved),
            Self::Reject { .. } => (Status::Requested, Status::Rejected),
            Self::Settle { .. } => (Status::Approved, Status::Paid),
            Self::Fail { .. } => (Status::Approved, Status::Failed),
            Self::Cancel => (Status::Requested, Status::Canceled),
        }
    }

    /// The fact it becomes when `by` says so.
    #[must_use]
    pub fn event(self, payout: PayoutId, by: Option<UserId>) -> PayoutEvent {
        match self {
            Self::Approve => PayoutEvent::Approved { payout, by },
            Self::Reject { reason } => PayoutEvent::Rejected { payout, reason: reason.into() },
            Self::Settle { reference } => {
                PayoutEvent::Settled { payout, reference: reference.into() }
            }
            Self::Fail { reason } => PayoutEvent::Failed { payout, reason: reason.into() },
            Self::Cancel => PayoutEvent::Canceled { payout },
        }
    }
}
