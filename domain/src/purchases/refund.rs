//! Unspent tokens become money again (P2.7): they are held in the append of the request, and Toss is
//! asked once that is committed.

use serde::{Deserialize, Serialize};

use super::record_payment::{PATIENCE, ask_later};
use super::{
    NewRefund, Purchase, PurchaseCommand, PurchaseError, RefundStatus, RefundVerdict, TossCall,
    refundable,
};
use crate::users::{User, UserError};
use crate::wallets::{Purpose, ReleaseReason, Wallet, WalletKey, funds};
use crate::{Amount, Decision, Halt, HoldId, PurchaseId, RefundId, Sealed, Stream, UserId, Work};

/// The vault's kind of accounts that refunds go to, as JSON of a [`SealedAccount`]; its key is the
/// refund's id. Gone when the refund has come to its end.
pub const REFUND_ACCOUNT: &str = "refund-account";

/// Where the money of a deposit goes back to, sealed for the buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedAccount {
    /// The bank's code, as Toss wants it.
    pub bank: String,
    /// Digits only.
    pub account_number: Sealed,
    /// Whose account it is.
    pub holder_name: Sealed,
}

/// A buyer wants money back for tokens that are not spent. Whoever is about to leave may too, until
/// their erasure has begun (P7): afterwards nobody could open where the money goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRefund {
    /// Of which purchase.
    pub purchase: PurchaseId,
    /// The refund, drawn at the edge.
    pub refund: RefundId,
    /// Who asks; must be its buyer.
    pub caller: UserId,
    /// How many tokens; all that are left, if nothing is said.
    pub tokens: Option<Amount>,
    /// Where the money of a deposit goes.
    pub account: Option<SealedAccount>,
    /// From how many won of one purchase on somebody has to approve it.
    pub approval_from: i64,
}

/// What is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunded {
    /// The refund.
    pub refund: RefundId,
    /// How many tokens.
    pub tokens: Amount,
    /// Whole won.
    pub amount: i64,
    /// Where it stands.
    pub status: RefundStatus,
}

impl Decision for RequestRefund {
    type Reply = Refunded;

    fn streams(&self) -> Vec<Stream> {
        let (buyer, wallet) = (self.caller, WalletKey::token(self.caller));
        let purchase = Stream::of::<Purchase>(self.purchase);
        vec![purchase, Stream::of::<Wallet>(wallet), Stream::of::<User>(buyer)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Refunded, Halt> {
        let Self { purchase, refund, caller, account, .. } = self;
        let (purchase, refund, wallet) = (*purchase, *refund, WalletKey::token(*caller));
        if work.state::<User>(*caller)?.leaving().is_some_and(|leaving| leaving.begun) {
            return Err(UserError::ErasureBegun.into());
        }
        let lot = work.state::<Purchase>(purchase)?.refundable_lot(*caller)?;
        let state = work.state::<Wallet>(wallet)?;
        let tokens = refundable(state.left(lot), state.owed(), self.tokens)?;
        let state = work.state::<Purchase>(purchase)?;
        let amount = state.worth(tokens);
        let approved = !state.needs_approval(amount, self.approval_from);
        let to_account = account.is_some();
        let new = NewRefund { refund, caller: *caller, tokens, to_account, approved };
        work.decide::<Purchase>(purchase, PurchaseCommand::RequestRefund(new))?;
        funds::hold_lot(work, wallet, lot, Purpose::Refund(refund), tokens)?;
        if let Some(account) = account {
            let bytes = serde_json::to_vec(account).map_err(|e| Halt::Fault(e.to_string()))?;
            work.keep(REFUND_ACCOUNT, refund.to_string(), bytes);
        }
        if approved {
            look_after(work, purchase)?;
        }
        let status = if approved { RefundStatus::Approved } else { RefundStatus::Requested };
        Ok(Refunded { refund, tokens, amount, status })
    }
}

/// Somebody of the house decides about a refund that waits, and is not their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecideRefund {
    /// Of which purchase.
    pub purchase: PurchaseId,
    /// Which.
    pub refund: RefundId,
    /// Who decides.
    pub by: UserId,
    /// What becomes of it.
    pub verdict: RefundVerdict,
}

impl Decision for DecideRefund {
    type Reply = RefundStatus;

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Purchase>(self.purchase)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<RefundStatus, Halt> {
        let Self { purchase, refund, by, verdict } = self.clone();
        let status = match &verdict {
            RefundVerdict::Approve => RefundStatus::Approved,
            RefundVerdict::Reject { .. } => RefundStatus::Rejected,
        };
        if status == RefundStatus::Approved {
            owes_nothing(work, purchase)?;
        }
        let command = PurchaseCommand::DecideRefund { refund, by, verdict };
        if work.decide::<Purchase>(purchase, command)? > 0 {
            match status {
                RefundStatus::Rejected => give_back(work, purchase, refund)?,
                _ => look_after(work, purchase)?,
            }
        }
        Ok(status)
    }
}

/// Tokens that are owed since the request are not paid for by those that wait.
fn owes_nothing(work: &mut Work<'_>, purchase: PurchaseId) -> Result<(), Halt> {
    let buyer = work.state::<Purchase>(purchase)?.buyer();
    let owed = work.state::<Wallet>(WalletKey::token(buyer))?.owed();
    if owed > 0 {
        return Err(PurchaseError::Owed { left: Amount::ZERO, owed }.into());
    }
    Ok(())
}

/// The refund has come to its end without money: its tokens are the buyer's again. The timer stays,
/// for it may be about something else: a deposit that is taken back.
pub(super) fn give_back(
    work: &mut Work<'_>,
    purchase: PurchaseId,
    refund: RefundId,
) -> Result<(), Halt> {
    let wallet = WalletKey::token(work.state::<Purchase>(purchase)?.buyer());
    let hold = HoldId::from(Purpose::Refund(refund));
    funds::release(work, wallet, hold, ReleaseReason::Failed)?;
    work.forget(REFUND_ACCOUNT, refund.to_string());
    Ok(())
}

/// Whatever becomes of the call that a process makes now, somebody looks after it.
fn look_after(work: &mut Work<'_>, purchase: PurchaseId) -> Result<(), Halt> {
    let order_id = work.state::<Purchase>(purchase)?.order_id().to_owned();
    let query = TossCall::Query { purchase, order_id, webhook: None, look: None };
    let due = work.at() + PATIENCE;
    ask_later(work, &query, due)
}
