//! Why a purchase can refuse.

use serde::{Deserialize, Serialize};

use super::PurchaseStatus;
use crate::Amount;

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseError {
    /// `not-found`, 404: there is none of this id, or it is somebody else's.
    #[error("no such purchase")]
    Unknown,
    /// The id belongs to a purchase of another package or buyer.
    #[error("the purchase is there with another content")]
    Conflict,
    /// Nothing was ever sold under this name.
    #[error("there is no such package, choose one of the price list")]
    UnknownPackage,
    /// `conflict`, 409: nobody can begin to buy it any more.
    #[error("the package {package} is sold no more: choose another of the price list")]
    PackageRetired {
        /// Which.
        package: String,
    },
    /// The price list says something that cannot be paid: no tokens, or more than a safe number
    /// of won.
    #[error("the package has no price that can be paid")]
    Unpayable,
    /// The buyer has so many unspent lots that a hold over all of them would grow too long.
    #[error("at most {max} unspent lots are possible, spend some first")]
    TooManyLots {
        /// [`super::UNSPENT_LOTS_MAX`].
        max: usize,
    },
    /// `purchase-not-confirmable`, 409: it is past the point where a payment can be confirmed.
    #[error("the purchase is {status} and cannot be confirmed: begin a new one")]
    NotConfirmable {
        /// Where it stands.
        status: PurchaseStatus,
    },
    /// `conflict`, 409: the payment is under way or over, so stepping back comes too late.
    #[error("the purchase is {status} and cannot be canceled")]
    NotCancelable {
        /// Where it stands.
        status: PurchaseStatus,
    },
    /// `payment-session-expired`, 410: too late, start over.
    #[error("the time to pay is over and nothing was charged: begin a new purchase")]
    SessionExpired,
    /// The key is empty or longer than Toss's keys can be.
    #[error("a payment key has 1 to {max} characters")]
    PaymentKeyLength {
        /// [`super::PAYMENT_KEY_CHARS_MAX`].
        max: usize,
    },
    /// `conflict`, 409: one payment pays one purchase (PUR-02).
    #[error("the payment belongs to another purchase")]
    PaymentKeyTaken,
    /// `nothing-refundable`, 409: no tokens of it are left, or no money.
    #[error("nothing of the purchase is left that could be given back")]
    NothingRefundable,
    /// `nothing-refundable`, 409: more tokens than are left.
    #[error("only {} tokens of the purchase are unspent", left.get())]
    SpentAlready {
        /// How many are left.
        left: Amount,
    },
    /// `nothing-refundable`, 409: what is owed comes before what is given back.
    #[error(
        "{owed} tokens are owed, so {} of the purchase can be given back; what comes in pays them first",
        left.get()
    )]
    Owed {
        /// How many can be given back.
        left: Amount,
        /// How many are owed.
        owed: i64,
    },
    /// `nothing-refundable`, 409: there is no money yet that could go back.
    #[error("the purchase is {status}: as long as it is not paid, nothing of it can be given back")]
    NotPaid {
        /// Where it stands.
        status: PurchaseStatus,
    },
    /// `nothing-refundable`, 409: nothing was granted for it, and nothing will be.
    #[error("the purchase is {status} and nothing of it can be given back")]
    NotRefundable {
        /// Where it stands.
        status: PurchaseStatus,
    },
    /// `conflict`, 409: one refund at a time.
    #[error("a refund of the purchase is under way")]
    RefundUnderWay,
    /// A deposit is given back to an account.
    #[error("what was paid by deposit is given back to a bank account, say which")]
    RefundAccountMissing,
    /// Only a deposit is.
    #[error("what was not paid by deposit is given back the way it was paid, without an account")]
    RefundAccountUnneeded,
    /// `forbidden`, 403: nobody decides about money for themselves.
    #[error("somebody else decides about this refund")]
    OwnRefund,
    /// `conflict`, 409: there is no such refund that waits for a decision.
    #[error("no such refund waits for a decision")]
    RefundNotWaiting,
}
