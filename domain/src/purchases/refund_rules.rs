//! Which unspent tokens can become money again, and for how much (P2.7).

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use super::state::{Granted, OpenRefund};
use super::{NewRefund, Purchase, PurchaseError, PurchaseEvent, PurchaseStatus};
use crate::input::text;
use crate::{Amount, LotId, PurchaseId, RefundId, UserId};

text!(/** Why money is not given back, in words the buyer reads. */ RefundReason, Line, 1..=200);

type Events = Result<Vec<PurchaseEvent>, PurchaseError>;

/// Where a refund stands; the last three are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// Somebody of the house has to approve it.
    Requested,
    /// Toss is being asked.
    Approved,
    /// Toss gave no clear answer; it is asked again.
    InDoubt,
    /// The money is on its way back.
    Executed,
    /// Not approved; the tokens are back.
    Rejected,
    /// Toss did not give it back; the tokens are.
    Failed,
}

impl RefundStatus {
    /// The word in routes and tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::InDoubt => "in_doubt",
            Self::Executed => "executed",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
        }
    }
}

/// What becomes of a refund that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundVerdict {
    /// Toss shall be asked.
    Approve,
    /// It shall not.
    Reject {
        /// Why.
        reason: RefundReason,
    },
}

/// How many tokens of a lot become money again: as many as are `asked` for, or all that can. Of what
/// is `left`, what is `owed` cannot: that would be money for tokens that were never paid.
///
/// # Errors
/// [`PurchaseError::SpentAlready`] or [`PurchaseError::Owed`] if it is less than that.
pub fn refundable(left: Amount, owed: i64, asked: Option<Amount>) -> Result<Amount, PurchaseError> {
    let free = left.get().saturating_sub(owed).max(0);
    let free = Amount::new(free).unwrap_or(Amount::ZERO);
    let tokens = asked.unwrap_or(free);
    if tokens > left {
        return Err(PurchaseError::SpentAlready { left });
    }
    if tokens > free || (free.is_zero() && !left.is_zero()) {
        return Err(PurchaseError::Owed { left: free, owed });
    }
    Ok(tokens)
}

impl Purchase {
    /// Whole won that so many of its tokens are worth: by unit price, rounded down; everything that
    /// was bought is worth everything that was paid; never more than Toss still has.
    #[must_use]
    pub fn worth(&self, tokens: Amount) -> i64 {
        let Some(Granted { balance, .. }) = self.grant else { return 0 };
        if tokens >= self.tokens {
            return balance;
        }
        let unit_price = self.unit_price.parse::<Decimal>().unwrap_or_default();
        let exact = Decimal::from(tokens.get()).checked_mul(unit_price);
        let won = exact.map(|won| won.round_dp_with_strategy(0, RoundingStrategy::ToZero));
        won.and_then(|won| won.to_i64()).unwrap_or_default().clamp(0, balance)
    }

    /// The lot of which unspent tokens are given back to `caller`, who must have bought it.
    ///
    /// # Errors
    /// [`PurchaseError::Unknown`] of somebody else's; [`PurchaseError::NotPaid`] or
    /// [`PurchaseError::NotRefundable`] if nothing is granted.
    pub fn refundable_lot(&self, caller: UserId) -> Result<LotId, PurchaseError> {
        let (_, status) = self.owned(caller)?;
        self.lot().ok_or(if status.is_open() {
            PurchaseError::NotPaid { status }
        } else {
            PurchaseError::NotRefundable { status }
        })
    }

    /// Whether somebody has to approve that `amount` more won are given back, if from `from` won on
    /// somebody has to: what the purchase gave back before counts, so that a large sum in small
    /// parts is seen too.
    #[must_use]
    pub fn needs_approval(&self, amount: i64, from: i64) -> bool {
        let before = self.grant.map_or(0, |grant| self.amount.saturating_sub(grant.balance));
        before.saturating_add(amount) >= from
    }

    /// One refund at a time, of a payment that Toss still has, to an account if it was a deposit.
    pub(super) fn request_refund(&self, new: NewRefund) -> Events {
        let NewRefund { refund, caller, tokens, to_account, approved } = new;
        let (purchase, status) = self.owned(caller)?;
        if self.refund.is_some() {
            return Err(PurchaseError::RefundUnderWay);
        }
        let Some(Granted { lot, .. }) = self.grant else {
            return Err(PurchaseError::NotRefundable { status });
        };
        match (self.by_deposit, to_account) {
            (true, false) => return Err(PurchaseError::RefundAccountMissing),
            (false, true) => return Err(PurchaseError::RefundAccountUnneeded),
            (true, true) | (false, false) => {}
        }
        let amount = self.worth(tokens);
        if tokens.is_zero() || amount == 0 {
            return Err(PurchaseError::NothingRefundable);
        }
        let buyer = self.buyer;
        let requested = PurchaseEvent::RefundRequested {
            purchase,
            refund,
            buyer,
            lot,
            tokens,
            amount,
            to_account,
        };
        let approval = approved.then(|| self.approval(purchase, refund, amount)).flatten();
        Ok(std::iter::once(requested).chain(approval).collect())
    }

    /// Nobody decides about money for themselves. The same verdict again changes nothing.
    pub(super) fn decide_refund(
        &self,
        refund: RefundId,
        by: UserId,
        verdict: &RefundVerdict,
    ) -> Events {
        let purchase = self.id.ok_or(PurchaseError::Unknown)?;
        if by == self.buyer {
            return Err(PurchaseError::OwnRefund);
        }
        let open = self.refund.filter(|open| open.id == refund);
        let open = open.ok_or(PurchaseError::RefundNotWaiting)?;
        match verdict {
            RefundVerdict::Approve if open.approved => Ok(vec![]),
            RefundVerdict::Approve => {
                Ok(self.approval(purchase, refund, open.amount).into_iter().collect())
            }
            RefundVerdict::Reject { .. } if open.approved => Err(PurchaseError::RefundNotWaiting),
            RefundVerdict::Reject { reason } => {
                let reason = reason.as_str().to_owned();
                Ok(vec![PurchaseEvent::RefundRejected { purchase, refund, reason }])
            }
        }
    }

    /// The refund that Toss is asked for now.
    pub(super) fn asked_refund(&self) -> Option<(OpenRefund, Granted)> {
        self.refund.filter(|open| open.approved).zip(self.grant)
    }

    fn approval(
        &self,
        purchase: PurchaseId,
        refund: RefundId,
        amount: i64,
    ) -> Option<PurchaseEvent> {
        let (payment_key, grant) = self.payment_key.clone().zip(self.grant)?;
        let (balance, to_account) = (grant.balance, self.by_deposit);
        Some(PurchaseEvent::RefundApproved {
            purchase,
            refund,
            payment_key,
            amount,
            balance,
            to_account,
        })
    }

    /// Somebody else's purchase is as unknown as none (c0.1).
    pub(super) fn owned(
        &self,
        caller: UserId,
    ) -> Result<(PurchaseId, PurchaseStatus), PurchaseError> {
        self.id.zip(self.status).filter(|_| self.buyer == caller).ok_or(PurchaseError::Unknown)
    }
}
