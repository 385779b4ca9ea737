//! What Toss says of a payment whose tokens were granted (P2.7, P2.8): a refund of ours that went
//! through, money it gave back without our asking, a deposit it took back.

use super::refund::give_back;
use super::state::Granted;
use super::{
    Cancel, Look, PaymentResult, PaymentSnapshot, PaymentStatus, Purchase, PurchaseEvent,
    PurchaseStatus, REFUND_ACCOUNT, RecordPayment, TossCall, cancel_reason,
};
use crate::patience::ASK_AGAIN;
use crate::wallets::{Purpose, Revocation, RevokeReason, WalletKey, funds};
use crate::{Amount, Halt, HoldId, LotId, PurchaseId, Work};

/// Brings books and wallet in line with an answer; whether anything was recorded.
pub(super) fn follow(work: &mut Work<'_>, said: &RecordPayment) -> Result<bool, Halt> {
    let purchase = said.call.purchase();
    let mut recorded = false;
    if let PaymentResult::Shown(shown) = &said.result {
        recorded |= execute(work, purchase, shown)?;
        recorded |= take_back(work, purchase, shown)?;
        let state = work.state::<Purchase>(purchase)?;
        if state.contradicts(&said.result) && state.is_sure(said.call.look()) {
            reverse(work, purchase)?;
            recorded = true;
        }
    }
    Ok(recorded | doubt(work, said)?)
}

/// Our own cancel is known by its reason: the held tokens are gone for good.
fn execute(
    work: &mut Work<'_>,
    purchase: PurchaseId,
    shown: &PaymentSnapshot,
) -> Result<bool, Halt> {
    let state = work.state::<Purchase>(purchase)?;
    let Some((open, grant)) = state.asked_refund() else { return Ok(false) };
    let (refund, tokens, wallet) = (open.id, open.tokens, WalletKey::token(state.buyer));
    let reason = cancel_reason(refund);
    let ours = |cancel: &&Cancel| {
        cancel.reason == reason && !state.cancels.contains(&cancel.transaction_key)
    };
    let Some(cancel) = shown.cancels.iter().find(ours) else {
        return Ok(false);
    };
    let (transaction_key, amount) = (cancel.transaction_key.clone(), cancel.amount);
    let balance = grant.balance.saturating_sub(amount).max(0);
    funds::capture(work, wallet, HoldId::from(Purpose::Refund(refund)), tokens)?;
    work.forget(REFUND_ACCOUNT, refund.to_string());
    let executed = PurchaseEvent::RefundExecuted {
        purchase,
        refund,
        transaction_key,
        tokens,
        amount,
        balance,
    };
    work.record::<Purchase>(purchase, executed)?;
    Ok(true)
}

/// Money that Toss gave back without our asking: what is left of the tokens goes, the rest is owed.
/// A refund under way asked for more than Toss has now, which Toss refuses, so it is given up.
fn take_back(
    work: &mut Work<'_>,
    purchase: PurchaseId,
    shown: &PaymentSnapshot,
) -> Result<bool, Halt> {
    let Some(News { cancels, lot, tokens }) = work.state::<Purchase>(purchase)?.news(shown) else {
        return Ok(false);
    };
    give_up(work, purchase, "CANCELED_OTHERWISE")?;
    let owed = revoke(work, purchase, lot, tokens)?;
    let balance = shown.balance;
    let canceled =
        PurchaseEvent::CanceledExternally { purchase, cancels, balance, lot, tokens, owed };
    work.record::<Purchase>(purchase, canceled)?;
    Ok(true)
}

/// The deposit is gone: so are the tokens, until it comes again.
fn reverse(work: &mut Work<'_>, purchase: PurchaseId) -> Result<(), Halt> {
    give_up(work, purchase, "DEPOSIT_REVERSED")?;
    let state = work.state::<Purchase>(purchase)?;
    let Some(Granted { lot, returned, .. }) = state.grant else { return Ok(()) };
    let tokens = state.tokens.minus(returned);
    let owed = revoke(work, purchase, lot, tokens)?;
    work.record::<Purchase>(
        purchase,
        PurchaseEvent::DepositReversed { purchase, lot, tokens, owed },
    )
}

/// What an answer that shows no cancel of ours means to a refund that Toss was asked for.
fn doubt(work: &mut Work<'_>, said: &RecordPayment) -> Result<bool, Halt> {
    let purchase = said.call.purchase();
    let Some((open, _)) = work.state::<Purchase>(purchase)?.asked_refund() else {
        return Ok(false);
    };
    let code = match (&said.call, &said.result) {
        (TossCall::Cancel { refund, .. }, PaymentResult::Refused { code })
            if *refund == open.id =>
        {
            give_up(work, purchase, code)?;
            return Ok(true);
        }
        // Another refund's answer, or somebody else's question: its own is still to be answered.
        (TossCall::Cancel { refund, .. }, _) if *refund != open.id => return Ok(false),
        (TossCall::Confirm { .. } | TossCall::Query { webhook: Some(_), .. }, _) => {
            return Ok(false);
        }
        (_, PaymentResult::Shown(_)) => {
            if usize::try_from(open.doubts).is_ok_and(|doubts| doubts >= ASK_AGAIN.len()) {
                give_up(work, purchase, "NOT_CANCELED")?;
                return Ok(true);
            }
            "NOT_CANCELED_YET"
        }
        (
            _,
            PaymentResult::Refused { code }
            | PaymentResult::Gone { code }
            | PaymentResult::NotFound { code }
            | PaymentResult::Unknown { code },
        ) => code,
    };
    let (refund, code, attempt) = (open.id, code.to_owned(), open.doubts.saturating_add(1));
    let event = PurchaseEvent::RefundPutInDoubt { purchase, refund, code, attempt };
    work.record::<Purchase>(purchase, event)?;
    Ok(true)
}

/// Ends an open refund without money.
fn give_up(work: &mut Work<'_>, purchase: PurchaseId, code: &str) -> Result<(), Halt> {
    let Some(open) = work.state::<Purchase>(purchase)?.refund else { return Ok(()) };
    let (refund, code) = (open.id, code.to_owned());
    work.record::<Purchase>(purchase, PurchaseEvent::RefundFailed { purchase, refund, code })?;
    give_back(work, purchase, refund)
}

/// Takes tokens back; how many were not there any more.
fn revoke(
    work: &mut Work<'_>,
    purchase: PurchaseId,
    lot: LotId,
    amount: Amount,
) -> Result<Amount, Halt> {
    if amount.is_zero() {
        return Ok(Amount::ZERO);
    }
    let wallet = WalletKey::token(work.state::<Purchase>(purchase)?.buyer);
    let reason = RevokeReason::PaymentCanceled { purchase };
    Ok(funds::revoke(work, Revocation { wallet, lot, amount, reason })?.owed)
}

/// Cancels that we did not know of, and the tokens they take along.
struct News {
    cancels: Vec<Cancel>,
    lot: LotId,
    tokens: Amount,
}

impl Purchase {
    /// Tokens go as money does, cumulatively and rounded down; the last won takes all the rest. All
    /// of it is canceled when nothing is left, whatever Toss calls the status (d1.4).
    fn news(&self, shown: &PaymentSnapshot) -> Option<News> {
        let Granted { lot, returned, .. } = self.grant?;
        let fresh = shown.cancels.iter();
        let fresh = fresh.filter(|cancel| !self.cancels.contains(&cancel.transaction_key));
        let cancels: Vec<Cancel> = fresh.cloned().collect();
        if cancels.is_empty() {
            return None;
        }
        let canceled = i128::from(self.amount.saturating_sub(shown.balance).clamp(0, self.amount));
        let share = i128::from(self.tokens.get()) * canceled / i128::from(self.amount.max(1));
        let gone = i64::try_from(share).ok().and_then(|share| Amount::new(share).ok());
        let gone = gone.unwrap_or(self.tokens).min(self.tokens);
        Some(News { cancels, lot, tokens: gone.minus(returned.min(gone)) })
    }

    /// Whether Toss says of a deposit the opposite of what our books say.
    pub(super) fn contradicts(&self, result: &PaymentResult) -> bool {
        let PaymentResult::Shown(shown) = result else { return false };
        match shown.status {
            PaymentStatus::WaitingForDeposit => {
                let paid = [PurchaseStatus::Paid, PurchaseStatus::PartiallyRefunded];
                self.by_deposit && self.status.is_some_and(|status| paid.contains(&status))
            }
            PaymentStatus::Done | PaymentStatus::PartialCanceled => {
                self.turn > 0 && self.grant.is_none()
            }
            PaymentStatus::Ready
            | PaymentStatus::InProgress
            | PaymentStatus::Canceled
            | PaymentStatus::Aborted
            | PaymentStatus::Expired => false,
        }
    }

    /// Whether Toss was asked after the contradiction was seen.
    pub(super) fn is_sure(&self, look: Option<Look>) -> bool {
        look.is_some_and(|look| look.turn == self.turn)
    }
}
