//! Toss answered (P2.4 to P2.6).

use chrono::{DateTime, Duration, Utc};

use super::{
    PAYMENT_KEY_CLAIM, PURCHASE_EXPIRY, PURCHASE_RECONCILE, PaymentResult, PaymentStatus, Purchase,
    PurchaseCommand, PurchaseError, PurchaseStatus, TossCall,
};
use crate::wallets::{Category, Grant, GrantSource, PRIORITY, WalletKey, funds};
use crate::webhooks::{Verdict, Webhook, WebhookCommand};
use crate::{Decision, Halt, LotId, PurchaseId, Stream, WebhookId, Work};

/// When Toss is asked again after each doubt; the last one repeats until it is settled (P2.4).
const ASK_AGAIN: [Duration; 6] = [
    Duration::seconds(2),
    Duration::seconds(10),
    Duration::minutes(1),
    Duration::minutes(5),
    Duration::minutes(30),
    Duration::hours(2),
];

/// How often Toss is asked about a deposit that no webhook told of.
const ASK_FOR_DEPOSIT: Duration = Duration::hours(2);

/// Takes what Toss said into the log: the one door for the answer to a confirm, for the query
/// after a webhook and for the reconciler. A payment in full grants the tokens in the same append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPayment {
    /// Which purchase.
    pub purchase: PurchaseId,
    /// What Toss said.
    pub result: PaymentResult,
    /// The delivery that made us ask; settled in the same append.
    pub webhook: Option<WebhookId>,
}

impl Decision for RecordPayment {
    type Reply = PurchaseStatus;

    fn streams(&self) -> Vec<Stream> {
        let webhook = self.webhook.map(Stream::of::<Webhook>);
        [Some(Stream::of::<Purchase>(self.purchase)), webhook].into_iter().flatten().collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<PurchaseStatus, Halt> {
        let (purchase, at) = (self.purchase, work.at());
        let command = PurchaseCommand::Reconcile { result: self.result.clone(), at };
        let recorded = work.decide::<Purchase>(purchase, command)? > 0;
        if status(work, purchase)? == PurchaseStatus::Approved {
            self.grant(work)?;
        }
        let status = status(work, purchase)?;
        self.set_timer(work, status)?;
        if let Some(webhook) = self.webhook {
            let verdict = self.verdict(recorded, status);
            work.decide::<Webhook>(webhook, WebhookCommand::Settle { verdict })?;
        }
        Ok(status)
    }
}

impl RecordPayment {
    /// P2.5. Three fences against a second lot: the payment key is claimed, the purchase knows
    /// that it granted, and the lot's id is derived from it (PUR-05).
    fn grant(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let owner = Stream::of::<Purchase>(self.purchase).id;
        let state = work.state::<Purchase>(self.purchase)?;
        let (wallet, amount) = (WalletKey::token(state.buyer), state.tokens);
        let key = state.payment_key.clone().unwrap_or_default();
        work.claim(PAYMENT_KEY_CLAIM, key, owner, PurchaseError::PaymentKeyTaken)?;
        let grant = Grant {
            wallet,
            lot: LotId::purchase(self.purchase),
            amount,
            source: GrantSource::Purchase { purchase: self.purchase },
            category: Category::Paid,
            priority: PRIORITY,
            effective_at: work.at(),
            expires_at: None,
            rollover: None,
        };
        funds::grant(work, grant)?;
        work.decide::<Purchase>(self.purchase, PurchaseCommand::Granted)?;
        Ok(())
    }

    /// An open purchase has a timer, a settled one has none.
    fn set_timer(&self, work: &mut Work<'_>, status: PurchaseStatus) -> Result<(), Halt> {
        let at = work.at();
        let state = work.state::<Purchase>(self.purchase)?;
        let due = match status {
            PurchaseStatus::Initiated => return Ok(()), // It has its expiry.
            PurchaseStatus::Confirming | PurchaseStatus::InDoubt => {
                let asked = usize::try_from(state.doubts.saturating_sub(1)).unwrap_or(usize::MAX);
                at + ASK_AGAIN[asked.min(ASK_AGAIN.len() - 1)]
            }
            PurchaseStatus::AwaitingDeposit => at + ASK_FOR_DEPOSIT,
            PurchaseStatus::Tampered
            | PurchaseStatus::Approved
            | PurchaseStatus::Paid
            | PurchaseStatus::Declined
            | PurchaseStatus::Mismatched
            | PurchaseStatus::Canceled
            | PurchaseStatus::Expired => {
                work.forget(PURCHASE_EXPIRY, self.purchase.to_string());
                work.forget(PURCHASE_RECONCILE, self.purchase.to_string());
                return Ok(());
            }
        };
        let call = self.next_call(state);
        work.forget(PURCHASE_EXPIRY, self.purchase.to_string());
        ask_later(work, &call, due)
    }

    /// A payment that still waits for its confirm is confirmed again, under the same key: the
    /// first call never arrived. Everything else is looked at.
    fn next_call(&self, state: &Purchase) -> TossCall {
        let (purchase, order_id) = (self.purchase, state.order_id.clone());
        let in_progress = match &self.result {
            PaymentResult::Shown(shown) => shown.status == PaymentStatus::InProgress,
            PaymentResult::Refused { .. }
            | PaymentResult::Gone { .. }
            | PaymentResult::NotFound { .. }
            | PaymentResult::Unknown { .. } => false,
        };
        match state.payment_key.clone().filter(|_| in_progress) {
            Some(payment_key) => {
                TossCall::Confirm { purchase, payment_key, order_id, amount: state.amount }
            }
            None => TossCall::Query { purchase, order_id, webhook: None },
        }
    }

    fn verdict(&self, recorded: bool, status: PurchaseStatus) -> Verdict {
        match &self.result {
            PaymentResult::Unknown { code } => Verdict::Failed { error: code.clone() },
            PaymentResult::Shown(_)
            | PaymentResult::Refused { .. }
            | PaymentResult::Gone { .. }
            | PaymentResult::NotFound { .. } => {
                if recorded {
                    Verdict::Processed { effect: format!("purchase.{status}") }
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
