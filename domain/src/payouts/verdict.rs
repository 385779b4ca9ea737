//! What becomes of a payout, and of the earnings it holds, in one append.

use super::{Payout, PayoutCommand, PayoutError, Request, Status, Verdict};
use crate::aggregate::Stream;
use crate::wallets::{Purpose, ReleaseReason, WalletKey, funds};
use crate::work::{Decision, Halt, Work};
use crate::{HoldId, PayoutId, UserId};

/// Somebody of the house decides about a payout that is not their own (P8).
#[derive(Debug, Clone)]
pub struct DecidePayout {
    /// Which.
    pub payout: PayoutId,
    /// Who decides.
    pub by: UserId,
    /// What becomes of it.
    pub verdict: Verdict,
}

impl Decision for DecidePayout {
    type Reply = Status;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Payout>(self.payout)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Status, Halt> {
        if work.state::<Payout>(self.payout)?.request()?.artist == self.by {
            return Err(PayoutError::OwnPayout.into());
        }
        reach(work, self.payout, Some(self.by), self.verdict.clone())
    }
}

/// The payout takes a step, and its earnings with it. Nobody says so, if the bank does.
pub(super) fn reach(
    work: &mut Work<'_>,
    payout: PayoutId,
    by: Option<UserId>,
    verdict: Verdict,
) -> Result<Status, Halt> {
    let request = work.state::<Payout>(payout)?.request()?;
    let (_, status) = verdict.step();
    if work.decide::<Payout>(payout, PayoutCommand::Decide { payout, by, verdict })? > 0 {
        settle(work, payout, Request { status, ..request })?;
    }
    Ok(status)
}

/// The earnings follow the payout to its end.
fn settle(work: &mut Work<'_>, payout: PayoutId, request: Request) -> Result<(), Halt> {
    let Request { artist, amount, status, .. } = request;
    let (wallet, hold) = (WalletKey::earning(artist), HoldId::from(Purpose::Payout(payout)));
    match status {
        Status::Requested | Status::Approved => Ok(()), // Still under way.
        Status::Rejected | Status::Canceled => {
            funds::release(work, wallet, hold, ReleaseReason::Canceled)
        }
        Status::Failed => funds::release(work, wallet, hold, ReleaseReason::Failed),
        Status::Paid => funds::capture(work, wallet, hold, amount),
    }
}
