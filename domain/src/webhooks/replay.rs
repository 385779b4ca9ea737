//! A delivery is worked off once more (c6).

use super::{WEBHOOK_RETRY, Webhook, WebhookCommand};
use crate::{Decision, Halt, Stream, WebhookId, Work};

/// An operator wants it. Whatever it leads to, it leads to once: it only makes us ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayWebhook {
    /// Which delivery.
    pub webhook: WebhookId,
}

impl Decision for ReplayWebhook {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Webhook>(self.webhook)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        work.decide::<Webhook>(self.webhook, WebhookCommand::Replay)?;
        work.forget(WEBHOOK_RETRY, self.webhook.to_string());
        Ok(())
    }
}

/// The timer of one that was put off rang.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryWebhook {
    /// Which delivery.
    pub webhook: WebhookId,
}

impl Decision for RetryWebhook {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Webhook>(self.webhook)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        work.decide::<Webhook>(self.webhook, WebhookCommand::Retry)?;
        Ok(())
    }
}
