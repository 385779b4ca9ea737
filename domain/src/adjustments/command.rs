//! What can be asked of an adjustment.

use super::Change;
use crate::input::text;
use crate::wallets::WalletKey;
use crate::{AdjustmentId, Amount, UserId};

text!(/** Why support gives or takes, or why not: for whoever looks at the books. */ Reason, Line, 3..=300);

/// See the module.
#[derive(Debug, Clone)]
pub enum AdjustmentCommand {
    /// Ask for it; the wallet's part is [`super::RequestAdjustment`]'s.
    Request {
        /// The adjustment.
        adjustment: AdjustmentId,
        /// Whose wallet.
        wallet: WalletKey,
        /// What is to be done to it.
        change: Change,
        /// Why.
        reason: Reason,
        /// Who asks.
        by: UserId,
    },
    /// Say yes or no; the wallet's part is [`super::DecideAdjustment`]'s.
    Decide {
        /// The adjustment.
        adjustment: AdjustmentId,
        /// Who decides.
        by: UserId,
        /// Yes or no.
        verdict: Verdict,
    },
    /// It is in the wallet.
    Executed {
        /// The adjustment.
        adjustment: AdjustmentId,
        /// How much was given or taken.
        moved: Amount,
        /// How much could not be taken, and is owed.
        owed: Amount,
    },
}

/// What the second person says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Do it.
    Approve,
    /// Do not.
    Reject {
        /// Why.
        reason: Reason,
    },
}
