//! The raw bytes of a delivery are shown (c6): they name a payer, so never unseen.

use super::{Webhook, WebhookCommand};
use crate::users::ViewReason;
use crate::{Decision, Halt, Stream, WebhookId, Work};

/// Somebody looks at the raw bytes. What this records is in the log before they are shown.
#[derive(Debug, Clone)]
pub struct ViewDelivery {
    /// Which delivery.
    pub webhook: WebhookId,
    /// What for.
    pub reason: ViewReason,
}

impl Decision for ViewDelivery {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Webhook>(self.webhook)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let reason = self.reason.clone();
        work.decide::<Webhook>(self.webhook, WebhookCommand::View { reason })?;
        Ok(())
    }
}
