//! P2: what is bought is paid at Toss. The other half of it is [`crate::purchases`].

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Process, Start};
use crate::purchases::{PROVIDER, PurchaseEvent, TossCall, order_id};
use crate::webhooks::{SettleWebhook, Verdict, WebhookEvent};
use crate::{Event, PurchaseId, WebhookId};

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
        PurchaseEvent::Initiated { .. }
        | PurchaseEvent::Tampered { .. }
        | PurchaseEvent::Approved { .. }
        | PurchaseEvent::Declined { .. }
        | PurchaseEvent::PutInDoubt { .. } // Its timer asks again.
        | PurchaseEvent::DepositAwaited { .. }
        | PurchaseEvent::TokensGranted { .. }
        | PurchaseEvent::Mismatched { .. }
        | PurchaseEvent::Canceled { .. }
        | PurchaseEvent::Expired { .. } => None,
    }
}

fn on_webhook(event: &WebhookEvent) -> Option<TokenPurchaseAct> {
    match event {
        WebhookEvent::Received { webhook, provider, purchase, rejected: None, .. }
        | WebhookEvent::Replayed { webhook, provider, purchase, .. } => {
            (provider == PROVIDER).then(|| received(*webhook, *purchase))
        }
        WebhookEvent::Received { .. }
        | WebhookEvent::Processed { .. }
        | WebhookEvent::Ignored { .. }
        | WebhookEvent::Failed { .. }
        | WebhookEvent::Rejected { .. }
        | WebhookEvent::Deferred { .. } => None, // Its timer has it replayed.
    }
}

fn received(webhook: WebhookId, purchase: Option<PurchaseId>) -> TokenPurchaseAct {
    match purchase {
        Some(purchase) => {
            let (order_id, webhook) = (order_id(purchase), Some(webhook));
            TokenPurchaseAct::Ask(TossCall::Query { purchase, order_id, webhook })
        }
        None => {
            let verdict = Verdict::Ignored { why: "it names no purchase of ours".to_owned() };
            TokenPurchaseAct::Settle(SettleWebhook { webhook, verdict })
        }
    }
}
