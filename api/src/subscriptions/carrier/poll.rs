//! The reconciliation poll (d2.2): a webhook is given up after some three minutes, so whatever
//! changed at Lemon Squeezy since the last look is shown to the domain once more.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::process::plan_subscription::{Poll, REGULAR, SchedulePoll};
use domain::subscriptions::{Seen, SubscriptionError};
use domain::{Refusal, SubscriptionId};
use eventstore::carry::{ActError, Submission};

use super::bring::PAGES_MAX;
use super::{Sales, Trouble, unavailable};
use crate::providers::lemonsqueezy::{InvoiceObject, Of, SubscriptionObject};

/// What changed so long before the last look is looked at again: clocks differ.
const OVERLAP: TimeDelta = TimeDelta::minutes(10);
/// Lists are in order of creation. An invoice older than this is not looked for: it was paid, or
/// given up, long ago. A later refund is told by three webhooks, or found by its order.
const INVOICE_AGE_MAX: TimeDelta = TimeDelta::days(60);

/// What a look found.
#[derive(Debug, Default)]
struct Found {
    looked_at: usize,
    repaired: usize,
    orphans: usize,
}

/// When the log does not answer at the start.
const RETRY: Duration = Duration::from_secs(1);

impl Sales {
    /// Sets the first look of a new log; every later one is set by the look before it.
    pub async fn begin_polling(self) {
        let first = domain::derive(&["subscription-poll", "first"]);
        let now = self.app.clock.now();
        let begin = SchedulePoll { due: now, poll: Poll { since: None } };
        while let Err(error) = self.decide(first, begin).await {
            tracing::warn!(%error, "the poll cannot be begun");
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Looks at what changed, and sets the next look if this was the regular one.
    ///
    /// # Errors
    /// Lemon Squeezy or the log does not answer: to be begun again.
    pub async fn poll(&self, key: &str, poll: Poll) -> Result<Option<Submission>, ActError> {
        let now = self.app.clock.now();
        let since = match self.shop() {
            Ok(_) => {
                self.take_in(poll.since).await?;
                Some(now)
            }
            Err(_) => poll.since, // Nothing was looked at.
        };
        let every = TimeDelta::seconds(i64::from(self.app.config.lemonsqueezy.poll_seconds));
        let next = SchedulePoll { due: now + every, poll: Poll { since } };
        Ok((key == REGULAR).then(|| Submission::of(next)))
    }

    async fn take_in(&self, since: Option<DateTime<Utc>>) -> Result<(), ActError> {
        match self.look(since.map(|since| since - OVERLAP)).await {
            Ok(Found { looked_at, repaired, orphans }) => {
                metrics::counter!("folio_poll_repaired_total").increment(repaired as u64);
                if repaired + orphans > 0 {
                    tracing::warn!(looked_at, repaired, orphans, "webhooks were missed");
                }
                Ok(())
            }
            Err(Trouble::LemonSqueezy(error)) => Err(unavailable(error)),
            Err(Trouble::Unclear(unclear)) => Err(unavailable(unclear)),
            Err(Trouble::Ours(error)) => Err(error),
        }
    }

    /// Subscriptions first, since invoices need theirs.
    async fn look(&self, since: Option<DateTime<Utc>>) -> Result<Found, Trouble> {
        let mut found = Found::default();
        for page in 1..=PAGES_MAX {
            let list = self.app.lemonsqueezy.subscriptions(Of::Store, page).await?;
            for object in list.items.iter().filter(|object| is_new(object.updated_at, since)) {
                self.look_at_subscription(object, &mut found).await?;
            }
            if !list.more {
                break;
            }
        }
        for page in 1..=PAGES_MAX {
            let list = self.app.lemonsqueezy.invoices(Of::Store, page).await?;
            for object in list.items.iter().filter(|object| is_new(object.updated_at, since)) {
                self.look_at_invoice(object, &mut found).await?;
            }
            if !list.more || list.items.last().is_some_and(|oldest| is_old(oldest, since)) {
                break;
            }
        }
        Ok(found)
    }

    async fn look_at_subscription(
        &self,
        object: &SubscriptionObject,
        found: &mut Found,
    ) -> Result<(), Trouble> {
        let user = match self.is_known(SubscriptionId::of(object.id)).await? {
            true => None, // Its owner is known, too.
            false => self.whose(object).await?,
        };
        let seen = self.show_subscription(object, user).await?;
        found.count(object.id, seen);
        Ok(())
    }

    async fn look_at_invoice(
        &self,
        object: &InvoiceObject,
        found: &mut Found,
    ) -> Result<(), Trouble> {
        let seen = self.show_invoice(object).await?;
        found.count(object.id, seen);
        Ok(())
    }
}

impl Found {
    fn count(&mut self, lemon_id: u64, seen: Result<Seen, Refusal>) {
        self.looked_at += 1;
        match seen {
            Ok(Seen::Applied { .. }) => self.repaired += 1,
            Ok(Seen::Nothing | Seen::Stale) => {}
            Ok(Seen::Deferred) | Err(Refusal::Subscription(SubscriptionError::UnknownUser)) => {
                tracing::error!(lemon_id, "Lemon Squeezy has what belongs to nobody here");
                self.orphans += 1;
            }
            Err(refusal) => tracing::warn!(lemon_id, %refusal, "what the poll found is refused"),
        }
    }
}

fn is_new(updated_at: Option<DateTime<Utc>>, since: Option<DateTime<Utc>>) -> bool {
    updated_at.zip(since).is_none_or(|(updated_at, since)| updated_at >= since)
}

fn is_old(invoice: &InvoiceObject, since: Option<DateTime<Utc>>) -> bool {
    let times = invoice.created_at.zip(since);
    times.is_some_and(|(created_at, since)| created_at < since - INVOICE_AGE_MAX)
}
