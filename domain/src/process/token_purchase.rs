//! P2: what is bought is paid at Toss. The other half of it is [`crate::purchases`].

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Process, Start};
use crate::purchases::{PROVIDER, PurchaseEvent, TossCall, order_id};
use crate::webhooks::{SettleWebhook, Verdict, WebhookEvent};
use crate::{Event, PurchaseId, WebhookId};

/// What deliveries about virtual accounts are called; they come without a name of their own.
pub const DEPOSIT_CALLBACK: &str = "DEPOSIT_CALLBACK";
/// What signed deliveries about payouts are called.
pub const PAYOUT_CHANGED: &str = "payout.changed";

/// Asks Toss to confirm what a buyer came back with, and what became of a payment that a delivery
/// speaks of: a delivery is never believed, it only makes us ask (d1.5).
#[derive(Debug, Clone, Copy)]
pub struct TokenPurchase;

/// What follows from the events of purchases and deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenPurchaseAct {
    /// Ask Toss; the answer becomes [`TossCall::answered`]. A confirm is done once the purchase is
    /// no longer confirming, a query once its delivery is settled.
    Ask(TossCall),
    /// A delivery about a deposit: ask, if it knows the deposit's secret (d1.5).
    CheckDeposit {
        /// Which delivery.
        webhook: WebhookId,
        /// The purchase it names.
        purchase: PurchaseId,
    },
    /// A signed delivery about a payout: what it says becomes a [`crate::payouts::PayoutChanged`].
    ReadPayout {
        /// Which delivery.
        webhook: WebhookId,
    },
    /// Nothing to ask.
    Settle(SettleWebhook),
}

impl Process for TokenPurchase {
    type Act = TokenPurchaseAct;

    const NAME: &'static str = "token-purchase";
    const START: Start = Start::Genesis;

    fn react(&self, event: &Event, _event_id: Uuid, _at: DateTime<Utc>) -> Vec<TokenPurchaseAct> {
        let asked = event.of().and_then(on_purchase).map(TokenPurchaseAct::Ask);
        asked.or_else(|| event.of().and_then(on_webhook)).into_iter().collect()
    }
}

/// Asks how a payment stands, perhaps because a delivery speaks of it.
#[must_use]
pub fn query(purchase: PurchaseId, webhook: Option<WebhookId>) -> TossCall {
    TossCall::Query { purchase, order_id: order_id(purchase), webhook, look: None }
}

fn on_purchase(event: &PurchaseEvent) -> Option<TossCall> {
    match event {
        PurchaseEvent::ConfirmRequested { purchase, payment_key, order_id, amount } => {
            Some(TossCall::Confirm {
                purchase: *purchase,
                payment_key: payment_key.clone(),
                order_id: order_id.clone(),
                amount: *amount,
            })
        }
        PurchaseEvent::RefundApproved {
            purchase,
            refund,
            payment_key,
            amount,
            balance,
            to_account,
        } => Some(TossCall::Cancel {
            purchase: *purchase,
            refund: *refund,
            payment_key: payment_key.clone(),
            amount: *amount,
            balance: *balance,
            to_account: *to_account,
        }),
        PurchaseEvent::ReconcileRequested { purchase } => Some(query(*purchase, None)),
        PurchaseEvent::Initiated { .. }
        | PurchaseEvent::Tampered { .. }
        | PurchaseEvent::Approved { .. }
        | PurchaseEvent::Declined { .. }
        | PurchaseEvent::PutInDoubt { .. } // Its timer asks again.
        | PurchaseEvent::DepositAccountIssued { .. }
        | PurchaseEvent::DepositReversed { .. }
        | PurchaseEvent::CanceledExternally { .. }
        | PurchaseEvent::RefundRequested { .. } // Somebody approves it.
        | PurchaseEvent::RefundRejected { .. }
        | PurchaseEvent::RefundPutInDoubt { .. } // Its timer asks again.
        | PurchaseEvent::RefundExecuted { .. }
        | PurchaseEvent::RefundFailed { .. }
        | PurchaseEvent::TokensGranted { .. }
        | PurchaseEvent::Mismatched { .. }
        | PurchaseEvent::Canceled { .. }
        | PurchaseEvent::Expired { .. } => None,
    }
}

fn on_webhook(event: &WebhookEvent) -> Option<TokenPurchaseAct> {
    match event {
        WebhookEvent::Received {
            webhook, provider, event_type, purchase, rejected: None, ..
        }
        | WebhookEvent::Replayed { webhook, provider, event_type, purchase } => {
            (provider == PROVIDER).then(|| received(*webhook, event_type.as_deref(), *purchase))
        }
        WebhookEvent::Received { .. }
        | WebhookEvent::Processed { .. }
        | WebhookEvent::Ignored { .. }
        | WebhookEvent::Failed { .. }
        | WebhookEvent::Rejected { .. }
        | WebhookEvent::BodyViewed { .. }
        | WebhookEvent::Deferred { .. } => None, // Its timer has it replayed.
    }
}

/// A delivery is told by what it is about; nobody believes what it says.
fn received(
    webhook: WebhookId,
    event_type: Option<&str>,
    purchase: Option<PurchaseId>,
) -> TokenPurchaseAct {
    match (purchase, event_type) {
        (Some(purchase), Some(DEPOSIT_CALLBACK)) => {
            TokenPurchaseAct::CheckDeposit { webhook, purchase }
        }
        (Some(purchase), _) => TokenPurchaseAct::Ask(query(purchase, Some(webhook))),
        (None, Some(PAYOUT_CHANGED)) => TokenPurchaseAct::ReadPayout { webhook },
        (None, _) => {
            let verdict = Verdict::Ignored { why: "it names no purchase of ours".to_owned() };
            TokenPurchaseAct::Settle(SettleWebhook { webhook, verdict })
        }
    }
}
