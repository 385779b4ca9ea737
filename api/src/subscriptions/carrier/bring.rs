//! Objects fetched from Lemon Squeezy and shown to the domain, as a delivery would have.

use domain::process::plan_subscription::Shown;
use domain::subscriptions::{ObserveInvoice, ObserveSubscription, Seen, Shop};
use domain::{Refusal, UserId};
use uuid::Uuid;

use super::{Sales, Trouble};
use crate::providers::lemonsqueezy::{
    self, InvoiceObject, LemonSqueezyError, Of, SubscriptionObject,
};

/// Pages of one list: ten thousand objects.
pub(super) const PAGES_MAX: u32 = 100;

impl Sales {
    pub(super) fn shop(&self) -> Result<Shop, LemonSqueezyError> {
        self.app.config.lemonsqueezy.shop.ok_or(LemonSqueezyError::NotConnected)
    }

    /// One subscription, as it is now; `user` is believed only if it is new to us.
    pub(super) async fn bring(
        &self,
        lemon_id: u64,
        user: Option<UserId>,
    ) -> Result<Result<(), Refusal>, Trouble> {
        let object = self.app.lemonsqueezy.subscription(lemon_id).await?;
        Ok(self.show_subscription(&object, user).await?.map(|_| ()))
    }

    /// The invoices of whatever subscription began with an order; how many there are.
    pub(super) async fn bring_order(&self, order: u64) -> Result<usize, Trouble> {
        let mut invoices = 0;
        let found = self.app.lemonsqueezy.subscriptions(Of::Order(order), 1).await?;
        for subscription in found.items {
            for page in 1..=PAGES_MAX {
                let of = Of::Subscription(subscription.id);
                let found = self.app.lemonsqueezy.invoices(of, page).await?;
                for invoice in &found.items {
                    invoices += 1;
                    match self.show_invoice(invoice).await {
                        Ok(Ok(_)) => {}
                        Ok(Err(refusal)) => {
                            tracing::warn!(invoice = invoice.id, %refusal, "an invoice is refused");
                        }
                        Err(Trouble::Unclear(unclear)) => {
                            tracing::error!(invoice = invoice.id, %unclear, "an invoice is unclear");
                        }
                        Err(trouble) => return Err(trouble),
                    }
                }
                if !found.more {
                    break;
                }
            }
        }
        Ok(invoices)
    }

    pub(super) async fn show_subscription(
        &self,
        object: &SubscriptionObject,
        user: Option<UserId>,
    ) -> Result<Result<Seen, Refusal>, Trouble> {
        let shop = self.shop()?;
        let snapshot = lemonsqueezy::subscription(object)?;
        let shown = Shown::Subscription(ObserveSubscription { shop, snapshot, user });
        Ok(self.decide(Uuid::now_v7(), shown).await?)
    }

    pub(super) async fn show_invoice(
        &self,
        object: &InvoiceObject,
    ) -> Result<Result<Seen, Refusal>, Trouble> {
        let shop = self.shop()?;
        let now = self.app.clock.now();
        let invoice = lemonsqueezy::invoice(object, shop.store, now)?;
        let shown = Shown::Invoice(ObserveInvoice { shop, invoice });
        Ok(self.decide(Uuid::now_v7(), shown).await?)
    }
}
