//! The buyer comes back from Toss (P2.2, P2.3).

use serde::{Deserialize, Serialize};

use super::record_payment::{PATIENCE, ask_later};
use super::{
    Figures, PURCHASE_EXPIRY, Purchase, PurchaseCommand, PurchaseError, PurchaseStatus, TossCall,
};
use crate::{Decision, Halt, PurchaseId, Stream, UserId, Work};

/// The claim that makes one payment pay one purchase (PUR-02).
pub const PAYMENT_KEY_CLAIM: &str = "toss:payment_key";

/// Compares the callback with what was fixed and asks for the confirm, which a process makes once
/// this is committed. Figures that differ are recorded and end the purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmPurchase {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// Who confirms; must be its buyer.
    pub caller: UserId,
    /// What the callback said.
    pub figures: Figures,
}

/// What became of the callback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfirmReply {
    /// It fits; the purchase now stands here. The same callback again finds it further on.
    Accepted {
        /// Where.
        status: PurchaseStatus,
    },
    /// `amount-mismatch`, 409: recorded, and never confirmed. A reply and not a refusal, because
    /// a refusal records nothing.
    Mismatch {
        /// Our order id.
        order_id: String,
        /// What was to be paid, whole won.
        amount: i64,
    },
}

impl Decision for ConfirmPurchase {
    type Reply = ConfirmReply;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Purchase>(self.purchase)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<ConfirmReply, Halt> {
        let (purchase, at) = (self.purchase, work.at());
        let (caller, figures) = (self.caller, self.figures.clone());
        let command = PurchaseCommand::Confirm { caller, figures, at };
        let recorded = work.decide::<Purchase>(purchase, command)? > 0;
        let state = work.state::<Purchase>(purchase)?;
        let (order_id, amount) = (state.order_id.clone(), state.amount);
        let status = state.status.ok_or(PurchaseError::Unknown)?;
        if recorded {
            work.forget(PURCHASE_EXPIRY, purchase.to_string());
        }
        if status == PurchaseStatus::Tampered {
            return Ok(ConfirmReply::Mismatch { order_id, amount });
        }
        if recorded {
            let owner = Stream::of::<Purchase>(purchase).id;
            let key = self.figures.payment_key.as_str();
            work.claim(PAYMENT_KEY_CLAIM, key, owner, PurchaseError::PaymentKeyTaken)?;
            let query = TossCall::Query { purchase, order_id, webhook: None, look: None };
            ask_later(work, &query, at + PATIENCE)?;
        }
        Ok(ConfirmReply::Accepted { status })
    }
}
