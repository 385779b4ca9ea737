//! Webhooks: deliveries of providers, evidence rather than orders. Each is stored before it is
//! believed, and settled once with what it led to.

mod command;
mod error;
mod event;
mod receive;
mod replay;
mod settle;
mod view;

#[cfg(test)]
mod tests;

pub use command::{Verdict, WebhookCommand};
pub use error::WebhookError;
pub use event::*;
pub use receive::{BODY, BODY_KEPT, Mentions, ReceiveWebhook};
pub use replay::{ReplayWebhook, RetryWebhook};
pub use settle::{SettleWebhook, settle};
pub use view::ViewDelivery;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};
use crate::{PurchaseId, WebhookId, patience};

/// The kind of timer that has a delivery worked off again; its key is the delivery's id.
pub const WEBHOOK_RETRY: &str = "webhook-retry";

/// Only what a decision needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    id: Option<WebhookId>,
    provider: String,
    event_type: Option<String>,
    body_sha256: String,
    purchase: Option<PurchaseId>,
    settled: Settled,
    attempts: u32,
}

/// How far a delivery has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Settled {
    #[default]
    Not,
    /// A timer has it tried again.
    PutOff,
    /// It may be tried again.
    Failed,
    /// It may not.
    Rejected,
    ForGood,
}

aggregate!(Webhook, "webhook", WebhookCommand, WebhookEvent, WebhookError);

impl Decide for Webhook {
    fn decide(&self, command: WebhookCommand) -> Result<Vec<WebhookEvent>, WebhookError> {
        match command {
            WebhookCommand::Receive {
                webhook,
                provider,
                event_type,
                body_sha256,
                purchase,
                user,
                rejected,
            } => {
                if self.id.is_none() {
                    let received = WebhookEvent::Received {
                        webhook,
                        provider,
                        event_type,
                        body_sha256: body_sha256.into(),
                        purchase,
                        user,
                        rejected,
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
            WebhookCommand::View { reason } => {
                let webhook = self.id.ok_or(WebhookError::Unknown)?;
                Ok(vec![WebhookEvent::BodyViewed { webhook, reason: reason.into() }])
            }
            WebhookCommand::Replay => match self.settled {
                _ if self.id.is_none() => Err(WebhookError::Unknown),
                Settled::Not => Err(WebhookError::StillOpen),
                Settled::Rejected => Err(WebhookError::NotAuthentic),
                Settled::PutOff | Settled::Failed | Settled::ForGood => Ok(self.replayed()),
            },
            WebhookCommand::Retry if self.settled == Settled::PutOff => Ok(self.replayed()),
            WebhookCommand::Retry => Ok(vec![]),
        }
    }
}

impl Webhook {
    /// Whether it had its effect, said nothing to us, or failed: then nothing waits for it.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        !matches!(self.settled, Settled::Not | Settled::PutOff)
    }

    /// The purchase it speaks of, when it names one of ours.
    #[must_use]
    pub fn purchase(&self) -> Option<PurchaseId> {
        self.purchase
    }

    /// How often it was put off, if it is put off now.
    pub(super) fn put_off(&self) -> Option<u32> {
        (self.settled == Settled::PutOff).then_some(self.attempts)
    }

    fn settle(&self, webhook: WebhookId, verdict: Verdict) -> Vec<WebhookEvent> {
        let event = match (self.settled, verdict) {
            (Settled::ForGood | Settled::Rejected, _)
            | (Settled::Failed, Verdict::Failed { .. } | Verdict::Deferred { .. }) => return vec![],
            (_, Verdict::Processed { effect }) => WebhookEvent::Processed { webhook, effect },
            (_, Verdict::Ignored { why }) => WebhookEvent::Ignored { webhook, why },
            (_, Verdict::Failed { error }) => WebhookEvent::Failed { webhook, error },
            (_, Verdict::Rejected { why }) => WebhookEvent::Rejected { webhook, why },
            (_, Verdict::Deferred { why }) => {
                let attempt = self.attempts.saturating_add(1);
                if usize::try_from(attempt)
                    .is_ok_and(|attempt| attempt <= patience::ASK_AGAIN.len())
                {
                    WebhookEvent::Deferred { webhook, why, attempt }
                } else {
                    WebhookEvent::Failed { webhook, error: why }
                }
            }
        };
        vec![event]
    }

    fn replayed(&self) -> Vec<WebhookEvent> {
        let replayed = self.id.map(|webhook| WebhookEvent::Replayed {
            webhook,
            provider: self.provider.clone(),
            event_type: self.event_type.clone(),
            purchase: self.purchase,
        });
        replayed.into_iter().collect()
    }

    fn evolve(&mut self, event: WebhookEvent) {
        self.settled = match event {
            WebhookEvent::Received {
                webhook,
                provider,
                event_type,
                body_sha256,
                purchase,
                user: _,
                rejected,
            } => {
                self.id = Some(webhook);
                (self.provider, self.event_type) = (provider, event_type);
                (self.body_sha256, self.purchase) = (body_sha256, purchase);
                if rejected.is_some() { Settled::Rejected } else { Settled::Not }
            }
            WebhookEvent::Processed { .. } | WebhookEvent::Ignored { .. } => Settled::ForGood,
            WebhookEvent::Failed { .. } => Settled::Failed,
            WebhookEvent::Rejected { .. } => Settled::Rejected,
            WebhookEvent::Deferred { attempt, .. } => {
                self.attempts = attempt;
                Settled::PutOff
            }
            WebhookEvent::BodyViewed { .. } => self.settled,
            WebhookEvent::Replayed { .. } => Settled::Not,
        };
    }
}
