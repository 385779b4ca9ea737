//! Toss answered (P2.4 to P2.8).

use chrono::{DateTime, Duration, Utc};

use super::{
    DEPOSIT_SECRET, Look, PAYMENT_KEY_CLAIM, PURCHASE_EXPIRY, PURCHASE_RECONCILE, PaymentResult,
    PaymentStatus, Purchase, PurchaseCommand, PurchaseError, PurchaseStatus, TossCall, granted,
};
use crate::patience::wait;
use crate::wallets::{Category, Grant, GrantSource, PRIORITY, WalletKey, funds};
use crate::webhooks::{Verdict, Webhook, settle};
use crate::{Decision, Halt, PurchaseId, Stream, Work};

/// How long a call may take before somebody looks after it: its own 10 s, and then some.
pub(super) const PATIENCE: Duration = Duration::seconds(30);
/// How often Toss is asked about a deposit that no webhook told of.
const ASK_FOR_DEPOSIT: Duration = Duration::hours(2);

/// Takes what Toss said into the log: the one door for answers to a confirm or a cancel, for the
/// query after a webhook and for the reconciler. A payment in full grants the tokens in the same
/// append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPayment {
    /// What was asked.
    pub call: TossCall,
    /// What Toss said.
    pub result: PaymentResult,
}

impl Decision for RecordPayment {
    type Reply = PurchaseStatus;

    fn streams(&self) -> Vec<Stream> {
        let webhook = self.call.webhook().map(Stream::of::<Webhook>);
        let purchase = Stream::of::<Purchase>(self.call.purchase());
        [Some(purchase), webhook].into_iter().flatten().collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<PurchaseStatus, Halt> {
        let (purchase, at) = (self.call.purchase(), work.at());
        let (result, look) = (self.result.clone(), self.call.look());
        let command = PurchaseCommand::Reconcile { result, look, at };
        let mut recorded = work.decide::<Purchase>(purchase, command)? > 0;
        let reached = status(work, purchase)?;
        if reached == PurchaseStatus::Approved {
            self.grant(work)?;
        } else if reached == PurchaseStatus::AwaitingDeposit && recorded {
            self.keep_secret(work);
        }
        if reached.is_granted() {
            recorded |= granted::follow(work, self)?;
        }
        let status = status(work, purchase)?;
        let look = self.look(work.state::<Purchase>(purchase)?);
        self.set_timer(work, (status, recorded), look)?;
        if let Some(webhook) = self.call.webhook() {
            settle(work, webhook, self.verdict(recorded, look.is_some(), status))?;
        }
        Ok(status)
    }
}

impl RecordPayment {
    /// P2.5. Three fences against a second lot: the payment key is claimed, the purchase knows
    /// that it granted, and the lot's id is derived from it (PUR-05).
    fn grant(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let purchase = self.call.purchase();
        let owner = Stream::of::<Purchase>(purchase).id;
        let state = work.state::<Purchase>(purchase)?;
        let (wallet, amount) = (WalletKey::token(state.buyer), state.tokens);
        let (lot, key) = (state.next_lot(purchase), state.payment_key.clone().unwrap_or_default());
        work.claim(PAYMENT_KEY_CLAIM, key, owner, PurchaseError::PaymentKeyTaken)?;
        let grant = Grant {
            wallet,
            lot,
            amount,
            source: GrantSource::Purchase { purchase },
            category: Category::Paid,
            priority: PRIORITY,
            effective_at: work.at(),
            expires_at: None,
            rollover: None,
        };
        funds::grant(work, grant)?;
        work.decide::<Purchase>(purchase, PurchaseCommand::Granted)?;
        Ok(())
    }

    /// Deliveries about the deposit will have to know it.
    fn keep_secret(&self, work: &mut Work<'_>) {
        if let PaymentResult::Shown(shown) = &self.result
            && let Some(secret) = &shown.secret
        {
            work.keep(DEPOSIT_SECRET, self.call.purchase().to_string(), secret.0.clone());
        }
    }

    /// The second look that is due: at a contradiction seen for the first time, or again if nothing
    /// was to be seen. A granted purchase that could not be looked at is looked at until it can be:
    /// what a delivery told must not end with the delivery. A refund that Toss is asked for has a
    /// timer of its own.
    fn look(&self, state: &Purchase) -> Option<Look> {
        let turn = state.turn;
        let unseen = matches!(self.result, PaymentResult::Unknown { .. })
            && matches!(self.call, TossCall::Query { .. })
            && state.grant.is_some()
            && state.asked_refund().is_none();
        match (&self.result, self.call.look().filter(|look| look.turn == turn)) {
            (PaymentResult::Shown(_), None) if state.contradicts(&self.result) => {
                Some(Look { turn, attempt: 1 })
            }
            (_, None) if unseen => Some(Look { turn, attempt: 1 }),
            (PaymentResult::Shown(_), _) | (_, None) => None,
            (_, Some(look)) => Some(Look { turn, attempt: look.attempt.saturating_add(1) }),
        }
    }

    /// An open purchase has a timer, and so has a refund that Toss is asked for and a contradiction;
    /// a settled purchase has none.
    fn set_timer(
        &self,
        work: &mut Work<'_>,
        (status, recorded): (PurchaseStatus, bool),
        look: Option<Look>,
    ) -> Result<(), Halt> {
        let (purchase, at) = (self.call.purchase(), work.at());
        let state = work.state::<Purchase>(purchase)?;
        let (order_id, by_deposit) = (state.order_id.clone(), state.by_deposit);
        let query = TossCall::Query { purchase, order_id, webhook: None, look };
        let (call, due) = match (look, status) {
            (Some(look), _) => (query, at + wait(look.attempt)),
            (None, PurchaseStatus::Initiated) => return Ok(()), // It has its expiry.
            (None, PurchaseStatus::Confirming | PurchaseStatus::InDoubt) => {
                (self.again(state).unwrap_or(query), at + wait(state.doubts))
            }
            (None, PurchaseStatus::AwaitingDeposit) => (query, at + ASK_FOR_DEPOSIT),
            (None, status) if status.is_granted() && !recorded => return Ok(()),
            (None, _) => match state.asked_refund() {
                Some((open, _)) => (self.again(state).unwrap_or(query), at + wait(open.doubts)),
                // Toss refused a cancel: why, may be that the money is gone already.
                None if status.is_granted() && !matches!(self.result, PaymentResult::Shown(_)) => {
                    (query, at + wait(1))
                }
                None => {
                    work.forget(PURCHASE_EXPIRY, purchase.to_string());
                    work.forget(PURCHASE_RECONCILE, purchase.to_string());
                    // Nothing more is told of a deposit that did not come, or was given back whole.
                    if by_deposit && (!status.is_granted() || status == PurchaseStatus::Refunded) {
                        work.forget(DEPOSIT_SECRET, purchase.to_string());
                    }
                    return Ok(());
                }
            },
        };
        work.forget(PURCHASE_EXPIRY, purchase.to_string());
        ask_later(work, &call, due)
    }

    /// What Toss shows as not done is asked for again, under the same key: the first call never
    /// arrived. In any other case Toss is asked how things stand.
    fn again(&self, state: &Purchase) -> Option<TossCall> {
        let PaymentResult::Shown(shown) = &self.result else { return None };
        let (purchase, payment_key) = (self.call.purchase(), state.payment_key.clone()?);
        if let Some((open, grant)) = state.asked_refund() {
            return Some(TossCall::Cancel {
                purchase,
                refund: open.id,
                payment_key,
                amount: open.amount,
                balance: grant.balance,
                to_account: state.by_deposit,
            });
        }
        let (order_id, amount) = (state.order_id.clone(), state.amount);
        (shown.status == PaymentStatus::InProgress).then_some(TossCall::Confirm {
            purchase,
            payment_key,
            order_id,
            amount,
        })
    }

    fn verdict(&self, recorded: bool, contradicts: bool, status: PurchaseStatus) -> Verdict {
        match &self.result {
            PaymentResult::Unknown { code } => Verdict::Deferred { why: code.clone() },
            PaymentResult::Shown(_)
            | PaymentResult::Refused { .. }
            | PaymentResult::Gone { .. }
            | PaymentResult::NotFound { .. } => {
                if recorded {
                    Verdict::Processed { effect: format!("purchase.{status}") }
                } else if contradicts {
                    let effect = format!("purchase.{status}, to be made sure of");
                    Verdict::Processed { effect }
                } else {
                    Verdict::Ignored { why: format!("nothing new, the purchase is {status}") }
                }
            }
        }
    }
}

/// Sets the timer that asks Toss.
pub(super) fn ask_later(
    work: &mut Work<'_>,
    call: &TossCall,
    due: DateTime<Utc>,
) -> Result<(), Halt> {
    let bytes = serde_json::to_vec(call).map_err(|e| Halt::Fault(e.to_string()))?;
    work.schedule(PURCHASE_RECONCILE, call.purchase().to_string(), due, bytes);
    Ok(())
}

fn status(work: &mut Work<'_>, purchase: PurchaseId) -> Result<PurchaseStatus, Halt> {
    Ok(work.state::<Purchase>(purchase)?.status.ok_or(PurchaseError::Unknown)?)
}
