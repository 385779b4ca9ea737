//! The bank's own word on a transfer, in a delivery whose signature fits (d1.5).

use super::verdict::reach;
use super::{Payout, Verdict};
use crate::purchases::CURRENCY;
use crate::webhooks::{self, Webhook, settle};
use crate::work::{Decision, Halt, Work};
use crate::{PayoutId, Stream, WebhookId};

/// A transfer arrived or failed. It is believed, since it is signed; but only of a payout that was
/// approved, and only if it is about the money that was to be transferred.
#[derive(Debug, Clone)]
pub struct PayoutChanged {
    /// The delivery that told.
    pub webhook: WebhookId,
    /// Which payout it names.
    pub payout: PayoutId,
    /// Whole units of the currency that were transferred.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// Settled or failed.
    pub verdict: Verdict,
}

impl Decision for PayoutChanged {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Webhook>(self.webhook), Stream::of::<Payout>(self.payout)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        if work.state::<Webhook>(self.webhook)?.is_settled() {
            return Ok(()); // Rejected ones too: nobody believes them.
        }
        let (needed, reached) = self.verdict.step();
        let ignored = |why: &str| webhooks::Verdict::Ignored { why: why.to_owned() };
        let verdict = match work.state::<Payout>(self.payout)?.request() {
            Err(_) => ignored("it names no payout of ours"),
            Ok(request) if (request.net, CURRENCY) != (self.amount, self.currency.as_str()) => {
                let error = "it is about another amount".to_owned();
                webhooks::Verdict::Failed { error }
            }
            Ok(request) if request.status == reached => ignored("nothing new"),
            Ok(request) if request.status != needed => ignored("the payout is not approved"),
            Ok(_) => {
                let status = reach(work, self.payout, None, self.verdict.clone())?;
                webhooks::Verdict::Processed { effect: format!("payout.{}", status.word()) }
            }
        };
        settle(work, self.webhook, verdict)
    }
}
