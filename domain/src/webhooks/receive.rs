//! A delivery arrives (d1.5).

use chrono::TimeDelta;

use super::{Webhook, WebhookCommand};
use crate::purchases::Purchase;
use crate::subscriptions::Subscription;
use crate::users::{Status, User};
use crate::{Decision, Halt, PurchaseId, Sha256, Stream, SubscriptionId, UserId, WebhookId, Work};

/// The vault's kind of raw bodies; its key is the delivery's id. A timer: when it rings, the body
/// is forgotten.
pub const BODY: &str = "webhook-body";
/// How long a body is kept as evidence (P10); what a provider says of a payer is in it.
pub const BODY_KEPT: TimeDelta = TimeDelta::days(90);

/// What a delivery says it is about. Recorded is only what there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mentions {
    /// The purchase its order id would name.
    pub purchase: Option<PurchaseId>,
    /// The subscription its object would be, or belong to.
    pub subscription: Option<SubscriptionId>,
    /// Who bought, as the checkout said.
    pub user: Option<UserId>,
}

/// Stores a delivery before anybody believes it, raw bytes included unless its payer is forgotten.
/// The same one again is a no-op, and its sender is told the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiveWebhook {
    /// Derived from what makes it unique: [`WebhookId::of`] the provider's delivery id together
    /// with the body's hash, since delivery ids are the sender's to choose.
    pub webhook: WebhookId,
    /// For example `toss`.
    pub provider: String,
    /// The provider's word for what it tells, if it has one.
    pub event_type: Option<String>,
    /// Of `body`.
    pub body_sha256: Sha256,
    /// The raw bytes; measured at the edge.
    pub body: Vec<u8>,
    /// What it says it is about.
    pub mentions: Mentions,
    /// Why it is not from the provider it names, if the edge knows: it is stored, and that is all.
    pub rejected: Option<String>,
}

impl Decision for ReceiveWebhook {
    type Reply = WebhookId;

    fn streams(&self) -> Vec<Stream> {
        let Mentions { purchase, subscription, user } = self.mentions;
        let about = [
            purchase.map(Stream::of::<Purchase>),
            subscription.map(Stream::of::<Subscription>),
            user.map(Stream::of::<User>),
        ];
        [Stream::of::<Webhook>(self.webhook)]
            .into_iter()
            .chain(about.into_iter().flatten())
            .collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<WebhookId, Halt> {
        let (purchase, user) = match self.rejected {
            Some(_) => (None, None), // Nobody's word.
            None => self.mentions.known(work)?,
        };
        // Nobody is behind them any more: what a provider says of a payer is not kept (P7).
        let is_forgotten = match user {
            Some(user) => work.state::<User>(user)?.status() == Status::Erased,
            None => false,
        };
        let command = WebhookCommand::Receive {
            webhook: self.webhook,
            provider: self.provider.clone(),
            event_type: self.event_type.clone(),
            body_sha256: self.body_sha256.clone(),
            purchase,
            user,
            rejected: self.rejected.clone(),
        };
        if work.decide::<Webhook>(self.webhook, command)? > 0 && !is_forgotten {
            let until = work.at() + BODY_KEPT;
            work.schedule(BODY, self.webhook.to_string(), until, self.body.clone());
        }
        Ok(self.webhook)
    }
}

impl Mentions {
    /// The purchase, if there is one, and whom all this is about: who is known to have bought before
    /// anybody who is only named (d2.5).
    fn known(self, work: &mut Work<'_>) -> Result<(Option<PurchaseId>, Option<UserId>), Halt> {
        if let Some(named) = self.purchase {
            let purchase = work.state::<Purchase>(named)?;
            if purchase.status().is_some() {
                return Ok((Some(named), Some(purchase.buyer())));
            }
        }
        if let Some(subscription) = self.subscription
            && let Ok(known) = work.state::<Subscription>(subscription)?.known()
        {
            return Ok((None, Some(known.user)));
        }
        match self.user {
            Some(named) if work.state::<User>(named)?.is_registered() => Ok((None, Some(named))),
            Some(_) | None => Ok((None, None)),
        }
    }
}
