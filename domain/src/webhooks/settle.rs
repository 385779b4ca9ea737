//! A delivery is worked off.

use super::{Verdict, Webhook, WebhookCommand};
use crate::{Decision, Halt, Stream, WebhookId, Work};

/// Says what a delivery led to. Deliveries about a purchase are settled by
/// [`crate::purchases::RecordPayment`] in the append of what they led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettleWebhook {
    /// Which delivery.
    pub webhook: WebhookId,
    /// What it led to.
    pub verdict: Verdict,
}

impl Decision for SettleWebhook {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Webhook>(self.webhook)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let verdict = self.verdict.clone();
        work.decide::<Webhook>(self.webhook, WebhookCommand::Settle { verdict })?;
        Ok(())
    }
}
