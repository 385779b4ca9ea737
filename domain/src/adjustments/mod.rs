//! Adjustments: what support gives to a wallet or takes from it, with a reason, and above a limit
//! only when a second person agrees (LED-15).

mod allowance;
mod command;
mod error;
mod event;
mod execute;
#[cfg(test)]
mod tests;

pub use allowance::{Allowance, AllowanceEvent, UseAllowance};
pub use command::{AdjustmentCommand, Reason, Verdict};
pub use error::AdjustmentError;
pub use event::*;
pub use execute::{DecideAdjustment, Outcome, RequestAdjustment};

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};
use crate::wallets::WalletKey;
use crate::{Amount, UserId};

/// Where an adjustment stands; `executed` and `rejected` are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It waits for a second person.
    Requested,
    /// It is in the wallet.
    Executed,
    /// The second person said no.
    Rejected,
}

impl Status {
    /// The word in routes and tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Executed => "executed",
            Self::Rejected => "rejected",
        }
    }
}

/// Only what a decision needs; `None` before it was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment(Option<Request>);

/// What was asked for, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Whose wallet.
    pub wallet: WalletKey,
    /// What is to be done to it.
    pub change: Change,
    /// Who asked.
    pub by: UserId,
    /// Where it stands.
    pub status: Status,
    /// How much was given or taken.
    pub moved: Amount,
    /// How much could not be taken, and is owed.
    pub owed: Amount,
}

aggregate!(Adjustment, "adjustment", AdjustmentCommand, AdjustmentEvent, AdjustmentError);

impl Decide for Adjustment {
    fn decide(&self, command: AdjustmentCommand) -> Result<Vec<AdjustmentEvent>, AdjustmentError> {
        match command {
            AdjustmentCommand::Request { adjustment, wallet, change, reason, by } => {
                if self.0.is_some() {
                    return Err(AdjustmentError::AlreadyRequested);
                }
                let WalletKey { owner, asset } = wallet;
                if owner == by {
                    return Err(AdjustmentError::OwnWallet);
                }
                let reason = reason.into();
                Ok(vec![AdjustmentEvent::Requested {
                    adjustment,
                    owner,
                    asset,
                    change,
                    reason,
                    by,
                }])
            }
            AdjustmentCommand::Decide { adjustment, by, verdict } => {
                self.judge(adjustment, by, verdict)
            }
            AdjustmentCommand::Executed { adjustment, moved, owed } => {
                Ok(vec![AdjustmentEvent::Executed { adjustment, moved, owed }])
            }
        }
    }
}

impl Adjustment {
    /// What was asked for.
    ///
    /// # Errors
    /// [`AdjustmentError::Unknown`] if nothing was.
    pub fn request(&self) -> Result<Request, AdjustmentError> {
        self.0.ok_or(AdjustmentError::Unknown)
    }

    /// Four eyes: who asked does not decide, nor whose wallet it is. The same verdict again changes
    /// nothing.
    fn judge(
        &self,
        adjustment: crate::AdjustmentId,
        by: UserId,
        verdict: Verdict,
    ) -> Result<Vec<AdjustmentEvent>, AdjustmentError> {
        let Request { wallet, by: asked, status, .. } = self.request()?;
        if by == wallet.owner {
            return Err(AdjustmentError::OwnWallet);
        }
        if by == asked {
            return Err(AdjustmentError::SamePerson);
        }
        match (verdict, status) {
            (Verdict::Approve, Status::Requested) => {
                Ok(vec![AdjustmentEvent::Approved { adjustment, by }])
            }
            (Verdict::Reject { reason }, Status::Requested) => {
                Ok(vec![AdjustmentEvent::Rejected { adjustment, by, reason: reason.into() }])
            }
            (Verdict::Approve, Status::Executed) | (Verdict::Reject { .. }, Status::Rejected) => {
                Ok(vec![])
            }
            (Verdict::Approve, Status::Rejected) | (Verdict::Reject { .. }, Status::Executed) => {
                Err(AdjustmentError::NotInState { status })
            }
        }
    }

    fn evolve(&mut self, event: AdjustmentEvent) {
        match event {
            AdjustmentEvent::Requested { owner, asset, change, by, .. } => {
                let (wallet, status) = (WalletKey { owner, asset }, Status::Requested);
                let (moved, owed) = (Amount::ZERO, Amount::ZERO);
                self.0 = Some(Request { wallet, change, by, status, moved, owed });
            }
            AdjustmentEvent::Approved { .. } => {} // Executed in the same append.
            AdjustmentEvent::Rejected { .. } => {
                self.0 = self.0.map(|asked| Request { status: Status::Rejected, ..asked });
            }
            AdjustmentEvent::Executed { moved, owed, .. } => {
                let status = Status::Executed;
                self.0 = self.0.map(|asked| Request { status, moved, owed, ..asked });
            }
        }
    }
}
