//! What whoever leaves still pays for is cancelled at Lemon Squeezy, before nobody is behind it.

use anyhow::{Context as _, ensure};
use domain::process::account_deletion::EndSubscriptions;
use domain::subscriptions::ObserveSubscription;
use domain::{SubscriptionId, UserId};
use projections::frame::Page;
use projections::subscriptions;

use super::Erasure;
use super::erasure::PAGE;
use crate::providers::lemonsqueezy::{self, Class};

impl Erasure {
    /// Cancels what would be renewed; what Lemon Squeezy shows then is taken in at once.
    pub(super) async fn end_subscriptions(&self, user: UserId) -> anyhow::Result<()> {
        let mut after = None;
        loop {
            let page = Page::after(after, PAGE);
            let rows = subscriptions::of_user(self.app.reads.user(user.0), user.0, page).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some((last.created_at, last.id));
            let subscriptions = rows.iter().map(|row| SubscriptionId(row.id)).collect();
            let open = self.decide(EndSubscriptions { user, subscriptions }).await?;
            for lemon_id in open {
                self.cancel(lemon_id).await?;
            }
        }
    }

    async fn cancel(&self, lemon_id: u64) -> anyhow::Result<()> {
        let shop = self.app.config.lemonsqueezy.shop;
        let shop = shop.context("somebody who leaves has a subscription, and no shop is set")?;
        let object = match self.app.lemonsqueezy.cancel(lemon_id).await {
            Err(error) if error.class() == Class::NotFound => {
                tracing::warn!(lemon_id, "what was to be cancelled is not there any more");
                return Ok(()); // Nothing is collected for it.
            }
            object => object.context("cancel a subscription at Lemon Squeezy")?,
        };
        let snapshot = lemonsqueezy::subscription(&object).context("read a subscription")?;
        ensure!(snapshot.cancelled, "Lemon Squeezy did not cancel the subscription {lemon_id}");
        self.decide(ObserveSubscription { shop, snapshot, user: None }).await.map(drop)
    }
}
