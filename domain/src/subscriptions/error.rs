//! Why a subscription can refuse.

use serde::{Deserialize, Serialize};

use super::Status;

/// Every variant is the caller's to act on: a customer's, or an operator's who reads the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionError {
    /// `not-found`, 404: there is none of this id, or it is somebody else's.
    #[error("no such subscription")]
    Unknown,
    /// The object is of a store that is not ours: the webhook's secret is used twice.
    #[error("the object is of store {store}, which is not ours")]
    WrongStore {
        /// `store_id`.
        store: u64,
    },
    /// Test objects do not belong here, or nothing but test objects does.
    #[error("the object has test_mode {test_mode}, this environment has not")]
    WrongMode {
        /// `test_mode`.
        test_mode: bool,
    },
    /// No plan has this variant: map it to a plan, then replay the delivery.
    #[error("the variant {variant} is of no plan")]
    UnknownVariant {
        /// `variant_id`.
        variant: u64,
    },
    /// Nobody was named as the customer when it was bought, or nobody who is registered.
    #[error("whose subscription it is is not known")]
    UnknownUser,
    /// `conflict`, 409: where it stands, this cannot be asked of it.
    #[error("the subscription is {status}: this cannot be asked of it")]
    NotPossible {
        /// Where it stands.
        status: Status,
    },
    /// `conflict`, 409: another change waits for Lemon Squeezy's answer.
    #[error("another change of the subscription is under way: wait for it, or cancel")]
    ChangeUnderWay,
    /// `already-subscribed`, 409: one subscription per person (SUB-05).
    #[error("there is a subscription already: {}", next_step(*status))]
    AlreadySubscribed {
        /// Where it stands.
        status: Status,
    },
}

/// How somebody who has a subscription comes to another plan.
const fn next_step(status: Status) -> &'static str {
    match status {
        Status::OnTrial | Status::Active => "change its plan, or let it end first",
        Status::Paused => "unpause it, then change its plan",
        Status::PastDue | Status::Unpaid => {
            "pay what is due (see its portal), then change its plan"
        }
        Status::Cancelled => "resume it, then change its plan, or wait until it has ended",
        Status::Expired => "it has just ended, try again in a moment",
    }
}
