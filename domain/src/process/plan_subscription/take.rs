//! A delivery is taken in: what it shows, and what came of that, in one append.

use crate::subscriptions::{ObserveInvoice, ObserveSubscription, Seen};
use crate::webhooks::{Verdict, Webhook, settle};
use crate::{Decision, Halt, Stream, WebhookId, Work};

/// What Lemon Squeezy shows.
#[derive(Debug, Clone)]
pub enum Shown {
    /// A subscription.
    Subscription(ObserveSubscription),
    /// An invoice.
    Invoice(ObserveInvoice),
}

/// Takes in what a delivery shows, and settles it. What is refused leaves it open.
#[derive(Debug, Clone)]
pub struct TakeDelivery {
    /// Which delivery.
    pub webhook: WebhookId,
    /// What it shows.
    pub shown: Shown,
}

impl Decision for Shown {
    type Reply = Seen;

    fn streams(&self) -> Vec<Stream> {
        match self {
            Self::Subscription(observe) => observe.streams(),
            Self::Invoice(observe) => observe.streams(),
        }
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Seen, Halt> {
        match self {
            Self::Subscription(observe) => observe.decide(work),
            Self::Invoice(observe) => observe.decide(work),
        }
    }
}

impl Decision for TakeDelivery {
    type Reply = Seen;

    fn streams(&self) -> Vec<Stream> {
        let mut streams = self.shown.streams();
        streams.push(Stream::of::<Webhook>(self.webhook));
        streams
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Seen, Halt> {
        let seen = self.shown.decide(work)?;
        settle(work, self.webhook, verdict(&seen))?;
        Ok(seen)
    }
}

fn verdict(seen: &Seen) -> Verdict {
    let ignored = |why: &str| Verdict::Ignored { why: why.to_owned() };
    match seen {
        Seen::Applied { effect } => Verdict::Processed { effect: effect.clone() },
        Seen::Nothing => ignored("it says what is known"),
        Seen::Stale => ignored("it is older than what is known"),
        Seen::Deferred => Verdict::Deferred { why: "its subscription is not known yet".to_owned() },
    }
}
