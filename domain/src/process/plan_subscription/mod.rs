//! P3's ends towards Lemon Squeezy: what it delivers is worked off, what owners wish for is carried
//! there. The other half of it is [`crate::subscriptions`].

mod checkout;
mod poll;
mod take;

#[cfg(test)]
mod tests;

pub use checkout::{CHECKOUT, Checkout, CheckoutPage, KeepCheckout, StartCheckout};
pub use poll::{AskForPoll, POLL, Poll, PutOffPoll, REGULAR, SchedulePoll};
pub use take::{Shown, TakeDelivery};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Process, Start};
use crate::invoices::{InvoiceEvent, Mismatch};
use crate::subscriptions::{AskForWish, SubscriptionEvent};
use crate::webhooks::WebhookEvent;
use crate::{Event, InvoiceId, SubscriptionId, WebhookId};

/// Who delivers.
pub const PROVIDER: &str = "lemonsqueezy";

/// See the module.
#[derive(Debug, Clone, Copy)]
pub struct PlanSubscription;

/// What follows from the events of subscriptions and deliveries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanSubscriptionAct {
    /// Take in what a delivery shows. Done once the delivery is settled or put off.
    WorkOff(WebhookId),
    /// Ask Lemon Squeezy for what an owner wishes. Done once it was asked, or the wish is over: a
    /// timer asks again.
    Ask(AskForWish),
    /// Say aloud what people must look at: money was taken that should not have been. Done once said.
    Warn {
        /// Which subscription.
        subscription: SubscriptionId,
        /// What about it.
        alarm: Alarm,
    },
}

/// What people must look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alarm {
    /// Its owner pays for another one too, which counts (SUB-05).
    Conflict {
        /// Which.
        other: SubscriptionId,
    },
    /// One of its invoices is not what was agreed.
    Invoice {
        /// Which.
        invoice: InvoiceId,
        /// In what they differ.
        mismatch: Mismatch,
    },
}

impl Process for PlanSubscription {
    type Act = PlanSubscriptionAct;

    const NAME: &'static str = "plan-subscription";
    const START: Start = Start::Genesis;

    fn react(&self, event: &Event, _event_id: Uuid, _at: DateTime<Utc>) -> Vec<Self::Act> {
        let subscription = event.of().and_then(on_subscription);
        let invoice = event.of().and_then(on_invoice);
        let webhook = event.of().and_then(on_webhook);
        [subscription, invoice, webhook].into_iter().flatten().collect()
    }
}

fn on_subscription(event: &SubscriptionEvent) -> Option<PlanSubscriptionAct> {
    match event {
        SubscriptionEvent::ChangeRequested { subscription, wish, .. } => {
            let ask = AskForWish { subscription: *subscription, wish: *wish, attempt: 0 };
            Some(PlanSubscriptionAct::Ask(ask))
        }
        SubscriptionEvent::ConflictDetected { subscription, other, .. } => {
            let alarm = Alarm::Conflict { other: *other };
            Some(PlanSubscriptionAct::Warn { subscription: *subscription, alarm })
        }
        SubscriptionEvent::Started { .. }
        | SubscriptionEvent::SnapshotObserved { .. }
        | SubscriptionEvent::SnapshotIgnored { .. }
        | SubscriptionEvent::TookOver { .. }
        | SubscriptionEvent::TrialStarted { .. }
        | SubscriptionEvent::TrialEnded { .. }
        | SubscriptionEvent::Renewed { .. }
        | SubscriptionEvent::PaymentFailed { .. }
        | SubscriptionEvent::GracePeriodStarted { .. }
        | SubscriptionEvent::GracePeriodEnded { .. }
        | SubscriptionEvent::AccessEnded { .. }
        | SubscriptionEvent::Recovered { .. }
        | SubscriptionEvent::Unpaid { .. }
        | SubscriptionEvent::PlanChanged { .. }
        | SubscriptionEvent::PlanChangePaid { .. }
        | SubscriptionEvent::ChangeInvoiceKept { .. }
        | SubscriptionEvent::MonthGranted { .. }
        | SubscriptionEvent::YearStopped { .. }
        | SubscriptionEvent::Cancelled { .. }
        | SubscriptionEvent::Resumed { .. }
        | SubscriptionEvent::Paused { .. }
        | SubscriptionEvent::Unpaused { .. }
        | SubscriptionEvent::Expired { .. }
        | SubscriptionEvent::ChangeConfirmed { .. }
        | SubscriptionEvent::ChangeFailed { .. } => None,
    }
}

fn on_invoice(event: &InvoiceEvent) -> Option<PlanSubscriptionAct> {
    match event {
        InvoiceEvent::Mismatched { invoice, subscription, mismatch, .. } => {
            let alarm = Alarm::Invoice { invoice: *invoice, mismatch: mismatch.clone() };
            Some(PlanSubscriptionAct::Warn { subscription: *subscription, alarm })
        }
        InvoiceEvent::Observed { .. }
        | InvoiceEvent::CreditsGranted { .. }
        | InvoiceEvent::Refunded { .. } => None,
    }
}

fn on_webhook(event: &WebhookEvent) -> Option<PlanSubscriptionAct> {
    match event {
        WebhookEvent::Received { webhook, provider, rejected: None, .. }
        | WebhookEvent::Replayed { webhook, provider, .. } => {
            (provider == PROVIDER).then_some(PlanSubscriptionAct::WorkOff(*webhook))
        }
        WebhookEvent::Received { .. }
        | WebhookEvent::Processed { .. }
        | WebhookEvent::Ignored { .. }
        | WebhookEvent::Failed { .. }
        | WebhookEvent::Rejected { .. }
        | WebhookEvent::BodyViewed { .. }
        | WebhookEvent::Deferred { .. } => None, // Its timer has it replayed.
    }
}
