//! Webhooks: deliveries of providers, evidence rather than orders. Each is stored before it is
//! believed, and settled once with what it led to.

mod command;
mod error;
mod event;
mod receive;
mod settle;

#[cfg(test)]
mod tests;

pub use command::{Verdict, WebhookCommand};
pub use error::WebhookError;
pub use event::*;
pub use receive::{BODY, ReceiveWebhook};
pub use settle::SettleWebhook;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};
use crate::{PurchaseId, WebhookId};

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    id: Option<WebhookId>,
    body_sha256: String,
    purchase: Option<PurchaseId>,
    settled: Settled,
}

/// How far a delivery has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Settled {
    #[default]
    Not,
    /// It may be tried again.
    Failed,
    ForGood,
}

aggregate!(Webhook, "webhook", WebhookCommand, WebhookEvent, WebhookError);

impl Decide for Webhook {
    fn decide(&self, command: WebhookCommand) -> Result<Vec<WebhookEvent>, WebhookError> {
        match command {
            WebhookCommand::Receive { webhook, provider, event_type, body_sha256, purchase } => {
                if self.id.is_none() {
                    let received = WebhookEvent::Received {
                        webhook,
                        provider,
                        event_type,
                        body_sha256: body_sha256.into(),
                        purchase,
                    };
                    Ok(vec![received])
                } else if self.body_sha256 == body_sha256.as_str() {
                    Ok(vec![])
                } else {
                    Err(WebhookError::OtherBody { webhook })
                }
            }
            WebhookCommand::Settle { verdict } => {
                let webhook = self.id.ok_or(WebhookError::Unknown)?;
                Ok(self.settle(webhook, verdict))
            }
        }
    }
}

impl Webhook {
    /// Whether it had its effect, said nothing to us, or failed: then nothing waits for it.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.settled != Settled::Not
    }

    /// The purchase it speaks of, when it names one of ours.
    #[must_use]
    pub fn purchase(&self) -> Option<PurchaseId> {
        self.purchase
    }

    fn settle(&self, webhook: WebhookId, verdict: Verdict) -> Vec<WebhookEvent> {
        match (self.settled, verdict) {
            (Settled::ForGood, _) | (Settled::Failed, Verdict::Failed { .. }) => vec![],
            (_, Verdict::Processed { effect }) => vec![WebhookEvent::Processed { webhook, effect }],
            (_, Verdict::Ignored { why }) => vec![WebhookEvent::Ignored { webhook, why }],
            (_, Verdict::Failed { error }) => vec![WebhookEvent::Failed { webhook, error }],
        }
    }

    fn evolve(&mut self, event: WebhookEvent) {
        match event {
            WebhookEvent::Received { webhook, body_sha256, purchase, .. } => {
                self.id = Some(webhook);
                self.body_sha256 = body_sha256;
                self.purchase = purchase;
            }
            WebhookEvent::Processed { .. } | WebhookEvent::Ignored { .. } => {
                self.settled = Settled::ForGood;
            }
            WebhookEvent::Failed { .. } => self.settled = Settled::Failed,
        }
    }
}
