//! Step 11: the raw bodies of what a provider of payment sent in about a person's purchases go. That
//! it came, and what it led to, stays in the log. After the erasure no other is kept.

use crate::WebhookId;
use crate::aggregate::Stream;
use crate::webhooks::BODY;
use crate::work::{Decision, Halt, Work};

/// Forgets the bodies of deliveries.
#[derive(Debug, Clone)]
pub struct ForgetDeliveries {
    /// Which; at most [`super::PAGE_MAX`].
    pub webhooks: Vec<WebhookId>,
}

impl Decision for ForgetDeliveries {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        for webhook in &self.webhooks {
            work.forget(BODY, webhook.to_string());
        }
        Ok(())
    }
}
