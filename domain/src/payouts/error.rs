//! Why a payout can be refused.

use serde::{Deserialize, Serialize};

use super::Status;
use crate::Amount;

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PayoutError {
    /// `not-found`, 404.
    #[error("there is no such payout")]
    Unknown,
    /// `already-exists`, 409: one at a time (P8).
    #[error("a payout is already under way: wait until it is paid or refused")]
    AlreadyOpen,
    /// `below-minimum`, 409: transfers cost money.
    #[error("at least {minimum} can be paid out")]
    BelowMinimum {
        /// The smallest payout.
        minimum: Amount,
    },
    /// `payout-account-missing`, 409: nowhere to send it.
    #[error("there is no bank account to pay to: set one first")]
    NoAccount,
    /// It is worth less than one whole won, or more than can be said.
    #[error("it is not an amount of money that can be transferred")]
    Unpayable,
    /// `conflict`, 409: it is not where this step begins.
    #[error("the payout is {}, and must be {} for this", .status.word(), .needed.word())]
    NotInState {
        /// Where it stands.
        status: Status,
        /// Where it would have to.
        needed: Status,
    },
    /// `conflict`, 409: the same was said before with other words: perhaps the money went out twice.
    #[error("the payout is {} already{how}: nothing was changed", .status.word())]
    SaidOtherwise {
        /// Where it stands.
        status: Status,
        /// What was said then; begins with a comma, if it is anything.
        how: String,
    },
    /// `forbidden`, 403: nobody decides about money of their own.
    #[error("nobody decides about a payout of their own")]
    OwnPayout,
}
