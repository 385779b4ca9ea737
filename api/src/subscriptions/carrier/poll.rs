//! The reconciliation poll (d2.2): a webhook is given up after some three minutes, so whatever
//! changed at Lemon Squeezy since the last look is shown to the domain once more.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::process::plan_subscription::{Poll, PutOffPoll, REGULAR, SchedulePoll};
use domain::subscriptions::{Seen, SubscriptionError};
use domain::{Refusal, SubscriptionId};
use eventstore::carry::{ActError, Submission};

use super::bring::PAGES_MAX;
use super::{Sales, Trouble};
use crate::providers::lemonsqueezy::{InvoiceObject, Of, SubscriptionObject};

/// What changed so long before the last look is looked at again: clocks differ.
const OVERLAP: TimeDelta = TimeDelta::minutes(10);
/// Lists are in order of creation. An invoice older than this is not looked for: it was paid, or
/// given up, long ago.
const INVOICE_AGE_MAX: TimeDelta = TimeDelta::days(60);
/// The first look of a day goes back further: a year paid at once may be given back late in it.
const YEAR_AGE_MAX: TimeDelta = TimeDelta::days(400);

/// When a look is taken again that Lemon Squeezy cut short.
const AGAIN: TimeDelta = TimeDelta::minutes(1);

/// What a look found.
#[derive(Debug, Default)]
struct Found {
    looked_at: usize,
    repaired: usize,
    orphans: usize,
    /// What nobody here understands, or the rules refuse: somebody must look.
    unclear: usize,
    /// Whether a list was longer than is looked at.
    cut: bool,
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

    /// Looks at what changed, and sets the next look if this was the regular one. What Lemon Squeezy
    /// does not answer is looked at later, by the same timer.
    ///
    /// # Errors
    /// The log does not answer: to be begun again.
    pub async fn poll(&self, key: &str, poll: Poll) -> Result<Option<Submission>, ActError> {
        let now = self.app.clock.now();
        let since = match self.shop() {
            Ok(_) => match self.look(poll.since.map(|since| since - OVERLAP)).await {
                Ok(found) => {
                    found.tell();
                    Some(now)
                }
                Err(Trouble::Ours(error)) => return Err(error),
                Err(trouble @ (Trouble::LemonSqueezy(_) | Trouble::Unclear(_))) => {
                    tracing::warn!(?trouble, "the poll is put off");
                    let (key, due) = (key.to_owned(), now + AGAIN);
                    return Ok(Some(Submission::of(PutOffPoll { key, due, poll })));
                }
            },
            Err(_) => poll.since, // Nothing was looked at.
        };
        let every = TimeDelta::seconds(i64::from(self.app.config.lemonsqueezy.poll_seconds));
        let next = SchedulePoll { due: now + every, poll: Poll { since } };
        Ok((key == REGULAR).then(|| Submission::of(next)))
    }

    /// Subscriptions first, since invoices need theirs.
    async fn look(&self, since: Option<DateTime<Utc>>) -> Result<Found, Trouble> {
        let mut found = Found::default();
        for page in 1..=PAGES_MAX {
            let list = self.app.lemonsqueezy.subscriptions(Of::Store, page).await?;
            found.unclear += list.unreadable;
            for object in list.items.iter().filter(|object| is_new(object.updated_at, since)) {
                self.look_at_subscription(object, &mut found).await?;
            }
            if !list.more {
                break;
            }
            found.cut |= page == PAGES_MAX;
        }
        let oldest = since.map(|since| since - age_max(since + OVERLAP, self.app.clock.now()));
        for page in 1..=PAGES_MAX {
            let list = self.app.lemonsqueezy.invoices(Of::Store, page).await?;
            found.unclear += list.unreadable;
            for object in list.items.iter().filter(|object| is_new(object.updated_at, since)) {
                self.look_at_invoice(object, &mut found).await?;
            }
            if !list.more || list.items.last().is_some_and(|last| is_older(last, oldest)) {
                break;
            }
            found.cut |= page == PAGES_MAX;
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
        let seen = self.show_subscription(object, user).await;
        found.count(object.id, seen)
    }

    async fn look_at_invoice(
        &self,
        object: &InvoiceObject,
        found: &mut Found,
    ) -> Result<(), Trouble> {
        let seen = self.show_invoice(object).await;
        found.count(object.id, seen)
    }
}

impl Found {
    /// What is wrong with one object stops no look at the others.
    fn count(
        &mut self,
        lemon_id: u64,
        seen: Result<Result<Seen, Refusal>, Trouble>,
    ) -> Result<(), Trouble> {
        self.looked_at += 1;
        match seen {
            Ok(Ok(Seen::Applied { .. })) => self.repaired += 1,
            Ok(Ok(Seen::Nothing | Seen::Stale)) => {}
            Ok(Ok(Seen::Deferred) | Err(Refusal::Subscription(SubscriptionError::UnknownUser))) => {
                tracing::error!(lemon_id, "Lemon Squeezy has what belongs to nobody here");
                self.orphans += 1;
            }
            Ok(Err(refusal)) => {
                tracing::warn!(lemon_id, %refusal, "what the poll found is refused");
                self.unclear += 1;
            }
            Err(Trouble::Unclear(unclear)) => {
                tracing::error!(lemon_id, %unclear, "what the poll found cannot be understood");
                self.unclear += 1;
            }
            Err(trouble) => return Err(trouble),
        }
        Ok(())
    }

    fn tell(&self) {
        let Self { looked_at, repaired, orphans, unclear, cut } = *self;
        metrics::counter!("folio_poll_repaired_total").increment(repaired as u64);
        metrics::counter!("folio_poll_unclear_total").increment(unclear as u64);
        if cut {
            metrics::counter!("folio_poll_cut_total").increment(1);
            tracing::error!(
                looked_at,
                "a list of Lemon Squeezy is longer than a look: its end is unseen"
            );
        }
        if repaired + orphans + unclear > 0 {
            tracing::warn!(looked_at, repaired, orphans, unclear, "webhooks were missed");
        }
    }
}

fn is_new(updated_at: Option<DateTime<Utc>>, since: Option<DateTime<Utc>>) -> bool {
    updated_at.zip(since).is_none_or(|(updated_at, since)| updated_at >= since)
}

/// How old an invoice may be to be looked at.
fn age_max(since: DateTime<Utc>, now: DateTime<Utc>) -> TimeDelta {
    if since.date_naive() == now.date_naive() { INVOICE_AGE_MAX } else { YEAR_AGE_MAX }
}

fn is_older(invoice: &InvoiceObject, than: Option<DateTime<Utc>>) -> bool {
    invoice.created_at.zip(than).is_some_and(|(created_at, than)| created_at < than)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn the_first_look_of_a_day_goes_back_over_more_than_a_year() {
        let at = |time: &str| time.parse::<DateTime<Utc>>().unwrap();
        let (night, morning) = (at("2026-11-20T23:20:00Z"), at("2026-11-21T00:30:00Z"));
        assert_eq!(age_max(night, morning), YEAR_AGE_MAX);
        assert_eq!(age_max(morning, morning + TimeDelta::hours(1)), INVOICE_AGE_MAX);
    }
}
