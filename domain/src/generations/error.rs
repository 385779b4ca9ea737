//! Why a generation's command can be refused.

use serde::{Deserialize, Serialize};

use super::{Funding, Line, Status};
use crate::Amount;

/// Every variant is the caller's to act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum GenerationError {
    /// There is none, or it is not the caller's.
    #[error("there is no such generation")]
    NotFound,
    /// The id is in use.
    #[error("this generation was already requested")]
    AlreadyRequested,
    /// `quote-expired`, 410: too late.
    #[error("the quote held for five minutes and is over: ask for another")]
    QuoteExpired {
        /// What it costs now.
        lines: Vec<Line>,
    },
    /// The caller would pay less than it costs.
    #[error("it costs {cost} tokens, at most {max} were accepted")]
    CostAboveMax {
        /// What it costs now.
        cost: Amount,
        /// What the caller would pay.
        max: Amount,
    },
    /// `insufficient-funds`, 402: of one asset or more.
    #[error("the wallets hold too little for it")]
    Unfunded {
        /// What each needs and has.
        lines: Vec<Funding>,
    },
    /// Somebody else has it, or nobody needs to any more.
    #[error("the generation is {status}, not waiting for a worker")]
    NotClaimable {
        /// Where it stands.
        status: Status,
    },
    /// Nobody asks for the same again before it has ended.
    #[error("the generation is {status}, wait until it has ended or cancel it")]
    NotEnded {
        /// Where it stands.
        status: Status,
    },
    /// `lease-lost`, 409: the attempt is another's, or over.
    #[error("the lease on this attempt is lost")]
    LeaseLost,
    /// `canceled`, 410: nobody wants the picture any more.
    #[error("the generation was canceled")]
    Canceled,
    /// `already-terminal`, 409: nothing is left to step back from.
    #[error("the generation is already {status}")]
    AlreadyTerminal {
        /// Where it stands.
        status: Status,
    },
    /// Only pictures that are there can be shown.
    #[error("the generation is {status}, not completed")]
    NotCompleted {
        /// Where it stands.
        status: Status,
    },
    /// None, too many, or one twice.
    #[error("1 to {max} different pictures are expected")]
    Outputs {
        /// The most.
        max: usize,
    },
}
