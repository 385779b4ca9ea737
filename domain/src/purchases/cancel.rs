//! Purchases that nobody pays.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{PURCHASE_EXPIRY, Purchase, PurchaseCommand};
use crate::{Decision, Halt, PurchaseId, Stream, UserId, Work};

/// The failUrl was called: the buyer stepped back, or the window reported a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelPurchase {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Who cancels; must be its buyer.
    pub caller: UserId,
    /// Toss's code, for example `PAY_PROCESS_CANCELED`; measured at the edge.
    pub code: String,
}

impl Decision for CancelPurchase {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Purchase>(self.purchase)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let command = PurchaseCommand::Cancel { caller: self.caller, code: self.code.clone() };
        work.decide::<Purchase>(self.purchase, command)?;
        work.forget(PURCHASE_EXPIRY, self.purchase.to_string());
        Ok(())
    }
}

/// The timer of an unpaid purchase rang. Nothing happens once a confirm was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpirePurchase {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// The end it was given. Compared instead of a clock, which may lag behind the timer's.
    pub due: DateTime<Utc>,
}

impl ExpirePurchase {
    /// As its timer keeps it.
    ///
    /// # Errors
    /// A fault; plain data always serializes.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, Halt> {
        serde_json::to_vec(self).map_err(|e| Halt::Fault(e.to_string()))
    }
}

impl Decision for ExpirePurchase {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Purchase>(self.purchase)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let command = PurchaseCommand::Expire { due: self.due };
        if work.decide::<Purchase>(self.purchase, command)? > 0 {
            work.forget(PURCHASE_EXPIRY, self.purchase.to_string());
        }
        Ok(())
    }
}
