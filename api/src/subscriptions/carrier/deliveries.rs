//! A delivery is worked off: from its stored bytes to what the domain observes, or to why it leads to
//! nothing.

use chrono::TimeDelta;
use domain::process::plan_subscription::{Shown, TakeDelivery};
use domain::subscriptions::{ObserveInvoice, ObserveSubscription, Shop, SubscriptionError};
use domain::webhooks::{BODY, SettleWebhook, Verdict};
use domain::{Refusal, UserId, WebhookId};
use eventstore::carry::{ActError, Submission};
use uuid::Uuid;

use super::{Sales, Trouble, unavailable};
use crate::providers::lemonsqueezy::{
    self, Class, Delivery, EventName, InvoiceObject, LemonSqueezyError, Subject,
};

/// An invoice may overtake its subscription by this much; after that Lemon Squeezy is asked (P3.iv).
const OVERTAKING_MAX: TimeDelta = TimeDelta::seconds(60);

impl Sales {
    /// Settles it beside what it leads to, or with why it leads to nothing.
    pub(super) async fn work_off(
        &self,
        webhook: WebhookId,
        id: Uuid,
    ) -> Result<Option<Submission>, ActError> {
        let verdict = match self.shown(webhook).await? {
            Ok(shown) => {
                let take = TakeDelivery { webhook, shown };
                match self.decide(id, take).await? {
                    Ok(_) => return Ok(None), // Settled beside what it led to.
                    Err(refusal) => refused(&refusal),
                }
            }
            Err(verdict) => verdict,
        };
        Ok(Some(Submission::of(SettleWebhook { webhook, verdict })))
    }

    /// What a delivery shows to the domain, or what is to be said of it without that.
    async fn shown(&self, webhook: WebhookId) -> Result<Result<Shown, Verdict>, ActError> {
        let Some(shop) = self.app.config.lemonsqueezy.shop else {
            return Ok(Err(failed("no store is connected")));
        };
        let body = self.app.vault.get(BODY, &webhook.to_string()).await.map_err(unavailable)?;
        let Some(body) = body else { return Ok(Err(failed("its body is no longer kept"))) };
        let delivery = lemonsqueezy::delivery(&body);
        match delivery.event.as_deref().and_then(EventName::of) {
            None => return Ok(Err(ignored("it tells of nothing we deal in"))),
            Some(EventName::OrderCreated) => {
                return Ok(Err(ignored("what is paid is granted for invoices, not for orders")));
            }
            Some(_) => {}
        }
        if delivery.test_mode.is_some_and(|mode| mode != shop.test_mode) {
            let why = SubscriptionError::WrongMode { test_mode: !shop.test_mode };
            return Ok(Err(ignored(&why.to_string())));
        }
        let user = delivery.user.map(UserId);
        Ok(match &delivery.subject {
            Subject::Subscription(object) => match lemonsqueezy::subscription(object) {
                Ok(snapshot) => {
                    Ok(Shown::Subscription(ObserveSubscription { shop, snapshot, user }))
                }
                Err(unclear) => Err(failed(&unclear.to_string())),
            },
            Subject::Invoice(object) => self.invoice(shop, &delivery, object).await?,
            Subject::Order(order) if order.store_id != shop.store => {
                let why = SubscriptionError::WrongStore { store: order.store_id };
                Err(ignored(&why.to_string()))
            }
            Subject::Order(order) => Err(self.look_at_order(order.id).await?),
            Subject::Other => Err(ignored("it is about nothing we deal in")),
            Subject::Unreadable(error) => Err(failed(&format!("it does not read: {error}"))),
        })
    }

    /// An invoice may come before its subscription. If that has not come for a while, we ask.
    async fn invoice(
        &self,
        shop: Shop,
        delivery: &Delivery,
        object: &InvoiceObject,
    ) -> Result<Result<Shown, Verdict>, ActError> {
        let now = self.app.clock.now();
        let invoice = match lemonsqueezy::invoice(object, shop.store, now) {
            Ok(invoice) => invoice,
            Err(unclear) => return Ok(Err(failed(&unclear.to_string()))),
        };
        if now - invoice.updated_at >= OVERTAKING_MAX
            && !self.is_known(invoice.subscription()).await?
        {
            let (lemon_id, user) = (invoice.lemon_subscription, delivery.user.map(UserId));
            if let Err(verdict) = self.bring_subscription(lemon_id, user).await? {
                return Ok(Err(verdict));
            }
        }
        Ok(Ok(Shown::Invoice(ObserveInvoice { shop, invoice })))
    }

    /// An order that was paid back was the first money of a subscription: what that is to the
    /// invoices, they say themselves.
    async fn look_at_order(&self, order: u64) -> Result<Verdict, ActError> {
        match self.bring_order(order).await {
            Ok(0) => Ok(ignored("it is the order of no subscription")),
            Ok(invoices) => {
                Ok(Verdict::Processed { effect: format!("{invoices} invoices looked at") })
            }
            Err(Trouble::LemonSqueezy(error)) => Ok(put_off(&error)),
            Err(Trouble::Unclear(unclear)) => Ok(failed(&unclear.to_string())),
            Err(Trouble::Ours(error)) => Err(error),
        }
    }

    /// Shows a subscription that nobody told us of, as Lemon Squeezy has it now.
    async fn bring_subscription(
        &self,
        lemon_id: u64,
        user: Option<UserId>,
    ) -> Result<Result<(), Verdict>, ActError> {
        match self.bring(lemon_id, user).await {
            Ok(Ok(())) => Ok(Ok(())),
            Ok(Err(refusal)) => Ok(Err(refused(&refusal))),
            Err(Trouble::LemonSqueezy(error)) => Ok(Err(put_off(&error))),
            Err(Trouble::Unclear(unclear)) => Ok(Err(failed(&unclear.to_string()))),
            Err(Trouble::Ours(error)) => Err(error),
        }
    }
}

/// What a delivery comes to that the rules refuse. What somebody can mend is a failure, to be
/// replayed then; what is not for us is none.
fn refused(refusal: &Refusal) -> Verdict {
    match refusal {
        Refusal::Subscription(
            why @ (SubscriptionError::WrongStore { .. } | SubscriptionError::WrongMode { .. }),
        ) => ignored(&why.to_string()),
        other => {
            tracing::error!(refusal = %other, "a delivery of Lemon Squeezy cannot be taken in");
            failed(&other.to_string())
        }
    }
}

fn put_off(error: &LemonSqueezyError) -> Verdict {
    match error.class() {
        Class::Passing => Verdict::Deferred { why: "Lemon Squeezy does not answer".to_owned() },
        Class::NotFound => failed("Lemon Squeezy does not know it"),
        Class::Refused | Class::OurFault => {
            tracing::error!(%error, "Lemon Squeezy refuses us: check key and request");
            failed("Lemon Squeezy refuses to tell")
        }
    }
}

fn ignored(why: &str) -> Verdict {
    Verdict::Ignored { why: why.to_owned() }
}

fn failed(error: &str) -> Verdict {
    Verdict::Failed { error: error.to_owned() }
}
