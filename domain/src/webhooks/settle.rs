//! A delivery is worked off, or put off.

use super::{Verdict, WEBHOOK_RETRY, Webhook, WebhookCommand};
use crate::{Decision, Halt, Stream, WebhookId, Work, patience};

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
        settle(work, self.webhook, self.verdict.clone())
    }
}

/// Settles a delivery within a larger unit, with the timer of one that is put off.
///
/// # Errors
/// [`super::WebhookError::Unknown`].
pub fn settle(work: &mut Work<'_>, webhook: WebhookId, verdict: Verdict) -> Result<(), Halt> {
    if work.decide::<Webhook>(webhook, WebhookCommand::Settle { verdict })? == 0 {
        return Ok(());
    }
    if let Some(attempt) = work.state::<Webhook>(webhook)?.put_off() {
        let due = work.at() + patience::wait(attempt);
        work.schedule(WEBHOOK_RETRY, webhook.to_string(), due, Vec::new());
    }
    Ok(())
}
