//! An artist takes a payout back that nobody has approved yet.

use super::verdict::reach;
use super::{Payout, PayoutError, Status, Verdict};
use crate::aggregate::Stream;
use crate::work::{Decision, Halt, Work};
use crate::{PayoutId, UserId};

/// An artist wants a payout no more, perhaps because it would go to the wrong account (P8). Once it
/// is approved the money may be on its way, and only the house says what became of it.
#[derive(Debug, Clone)]
pub struct CancelPayout {
    /// Which.
    pub payout: PayoutId,
    /// Who asks; must be its artist.
    pub caller: UserId,
}

impl Decision for CancelPayout {
    type Reply = Status;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Payout>(self.payout)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Status, Halt> {
        if work.state::<Payout>(self.payout)?.request()?.artist != self.caller {
            return Err(PayoutError::Unknown.into()); // Somebody else's is as unknown as none (c0.1).
        }
        reach(work, self.payout, Some(self.caller), Verdict::Cancel)
    }
}
