//! Whose a subscription is of which no delivery ever came.

use domain::UserId;
use domain::process::plan_subscription::{CHECKOUT, CheckoutPage};
use projections::frame::Capacity;

use super::{Sales, Trouble, unavailable};
use crate::providers::lemonsqueezy::SubscriptionObject;

impl Sales {
    /// Whose a subscription is of which no delivery came: what a checkout was given along cannot be
    /// asked for, so it is whoever has this address and was given a page for this variant lately.
    pub(super) async fn whose(
        &self,
        object: &SubscriptionObject,
    ) -> Result<Option<UserId>, Trouble> {
        let Some(email) = object.user_email.as_ref().map(|email| email.0.trim().to_lowercase())
        else {
            return Ok(None);
        };
        let reads = self.app.reads.capacity(Capacity::Service);
        let found = projections::users::by_email(reads, &email).await.map_err(unavailable)?;
        let Some(user) = found.map(|user| UserId(user.id)) else { return Ok(None) };
        let kept = self.app.vault.get(CHECKOUT, &user.to_string()).await.map_err(unavailable)?;
        let page = kept.and_then(|bytes| serde_json::from_slice::<CheckoutPage>(&bytes).ok());
        Ok(page.filter(|page| page.variant == object.variant_id).map(|_| user))
    }
}
