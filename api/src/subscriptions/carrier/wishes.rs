//! A wish of an owner is carried to Lemon Squeezy. What it answers is what has become of it.

use cqrs_es::Aggregate as _;
use domain::SubscriptionId;
use domain::subscriptions::{AskForWish, FailChange, PutOffWish, Subscription, Wish};
use eventstore::carry::{ActError, Submission};

use super::{Sales, Trouble};
use crate::app::App;
use crate::providers::lemonsqueezy::{self, Change, Class, LemonSqueezyError, SubscriptionObject};

/// Events of one subscription that are read at once.
const PAGE_EVENTS_MAX: i64 = 500;

impl Sales {
    /// Asks for what an owner wishes, unless that is over, and shows what Lemon Squeezy answers. What
    /// is not so then is put off: nothing here waits for the outside to come back.
    ///
    /// # Errors
    /// The log cannot be asked.
    pub async fn ask_for(&self, asked: AskForWish) -> Result<Option<Submission>, ActError> {
        let AskForWish { subscription, wish, .. } = asked;
        let state =
            known(&self.app, subscription).await.map_err(|e| ActError::Unavailable(e.into()))?;
        let Some(known) = state.known().ok().filter(|known| known.wish == Some(wish)) else {
            return Ok(None);
        };
        let refused = match self.put(known.shown.lemon_id, wish).await {
            Ok(object) => self.take(&object).await?,
            Err(error) => code(&error),
        };
        Ok(Some(match refused {
            Some(code) => Submission::of(FailChange { subscription, wish, code: code.to_owned() }),
            None => Submission::of(PutOffWish { asked }),
        }))
    }

    /// Looks before it asks: an earlier answer may have been lost, and a plan that is changed twice
    /// could be paid twice.
    async fn put(
        &self,
        lemon_id: u64,
        wish: Wish,
    ) -> Result<SubscriptionObject, LemonSqueezyError> {
        let client = &self.app.lemonsqueezy;
        let found = client.subscription(lemon_id).await?;
        if lemonsqueezy::subscription(&found).is_ok_and(|shown| wish.is_granted(&shown)) {
            return Ok(found);
        }
        match asked(wish) {
            None => client.cancel(lemon_id).await,
            Some(change) => client.change(lemon_id, &change).await,
        }
    }

    /// Takes in what was answered. What we do not understand of it we shall be told again.
    async fn take(&self, object: &SubscriptionObject) -> Result<Option<&'static str>, ActError> {
        match self.show_subscription(object, None).await {
            Ok(Ok(_)) => {}
            Ok(Err(refusal)) => {
                tracing::error!(lemon_id = object.id, %refusal, "a change is not taken in");
            }
            Err(Trouble::LemonSqueezy(error)) => return Ok(code(&error)),
            Err(Trouble::Unclear(unclear)) => {
                tracing::error!(lemon_id = object.id, %unclear, "a change cannot be understood");
            }
            Err(Trouble::Ours(error)) => return Err(error),
        }
        Ok(None)
    }
}

/// Why it will never be; none if it may be asked for again.
fn code(error: &LemonSqueezyError) -> Option<&'static str> {
    if matches!(error, LemonSqueezyError::NotConnected) {
        return Some("not_connected");
    }
    match error.class() {
        Class::Passing => {
            tracing::warn!(%error, "a wish is put off");
            None
        }
        Class::NotFound => Some("not_found"),
        Class::Refused => {
            tracing::info!(%error, "Lemon Squeezy refuses a change");
            Some("refused")
        }
        Class::OurFault => {
            tracing::error!(%error, "Lemon Squeezy refuses us: check key and request");
            Some("our_fault")
        }
    }
}

/// How a wish is put to Lemon Squeezy; a cancellation has a call of its own.
fn asked(wish: Wish) -> Option<Change> {
    Some(match wish {
        Wish::Cancel => return None,
        Wish::Resume => Change::Resume,
        Wish::Pause { mode, resumes_at } => Change::Pause { mode, resumes_at },
        Wish::Unpause => Change::Unpause,
        Wish::ChangePlan { variant, up, .. } => {
            Change::Variant { variant, invoice_immediately: up }
        }
    })
}

/// A subscription, from its own history.
///
/// # Errors
/// The log cannot be read.
pub async fn known(app: &App, id: SubscriptionId) -> anyhow::Result<Subscription> {
    let (mut state, mut after) = (Subscription::default(), 0);
    loop {
        let page = app.log.stream(Subscription::TYPE, id.0, after, PAGE_EVENTS_MAX).await?;
        let Some(last) = page.last() else { return Ok(state) };
        after = last.sequence;
        for event in &page {
            state.apply(domain::aggregate::decode(&event.event_type, &event.payload)?);
        }
    }
}
