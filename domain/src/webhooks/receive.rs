//! A delivery arrives (d1.5).

use super::{Webhook, WebhookCommand};
use chrono::TimeDelta;

use crate::purchases::Purchase;
use crate::users::{Status, User};
use crate::{Decision, Halt, PurchaseId, Sha256, Stream, WebhookId, Work};

/// The vault's kind of raw bodies; its key is the delivery's id. A timer: when it rings, the body
/// is forgotten.
pub const BODY: &str = "webhook-body";
/// How long a body is kept as evidence (P10); what a provider says of a payer is in it.
pub const BODY_KEPT: TimeDelta = TimeDelta::days(90);

/// Stores a delivery before anybody believes it, raw bytes included unless its payer is forgotten. The same one again is a
/// no-op, and its sender is told the same.
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
    /// The purchase its order id would name; recorded only if it exists.
    pub purchase: Option<PurchaseId>,
    /// Why it is not from the provider it names, if the edge knows: it is stored, and that is all.
    pub rejected: Option<String>,
}

impl Decision for ReceiveWebhook {
    type Reply = WebhookId;

    fn streams(&self) -> Vec<Stream> {
        let purchase = self.purchase.map(Stream::of::<Purchase>);
        [Some(Stream::of::<Webhook>(self.webhook)), purchase].into_iter().flatten().collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<WebhookId, Halt> {
        let (purchase, is_forgotten) = match self.purchase {
            Some(named) => known(work, named)?,
            None => (None, false),
        };
        let command = WebhookCommand::Receive {
            webhook: self.webhook,
            provider: self.provider.clone(),
            event_type: self.event_type.clone(),
            body_sha256: self.body_sha256.clone(),
            purchase,
            rejected: self.rejected.clone(),
        };
        if work.decide::<Webhook>(self.webhook, command)? > 0 && !is_forgotten {
            let until = work.at() + BODY_KEPT;
            work.schedule(BODY, self.webhook.to_string(), until, self.body.clone());
        }
        Ok(self.webhook)
    }
}

/// The purchase, if there is one, and whether nobody is behind its buyer any more: then what a
/// provider says of a payer is not kept (P7).
fn known(work: &mut Work<'_>, named: PurchaseId) -> Result<(Option<PurchaseId>, bool), Halt> {
    let purchase = work.state::<Purchase>(named)?;
    if purchase.status().is_none() {
        return Ok((None, false));
    }
    let buyer = purchase.buyer();
    Ok((Some(named), work.state::<User>(buyer)?.status() == Status::Erased))
}
