//! Somebody of the house wants to know (c5).

use super::{Purchase, PurchaseCommand, PurchaseStatus};
use crate::{Decision, Halt, PurchaseId, Stream, Work};

/// Has Toss asked how a payment stands, whatever we believe. What it says is recorded like any other
/// answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskToss {
    /// Which purchase.
    pub purchase: PurchaseId,
}

impl Decision for AskToss {
    type Reply = PurchaseStatus;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Purchase>(self.purchase)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<PurchaseStatus, Halt> {
        work.decide::<Purchase>(self.purchase, PurchaseCommand::AskToss)?;
        Ok(work.state::<Purchase>(self.purchase)?.status().unwrap_or(PurchaseStatus::Initiated))
    }
}
