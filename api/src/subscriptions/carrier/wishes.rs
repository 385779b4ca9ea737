//! A wish of an owner is carried to Lemon Squeezy. What it answers is what has become of it.

use cqrs_es::Aggregate as _;
use domain::SubscriptionId;
use domain::subscriptions::{FailChange, ObserveSubscription, Subscription, Wish};
use eventstore::carry::{ActError, Submission};

use super::{Sales, unavailable};
use crate::app::App;
use crate::providers::lemonsqueezy::{self, Change, Class};

/// Events of one subscription that are read at once.
const PAGE_EVENTS_MAX: i64 = 500;

impl Sales {
    /// Asks for what an owner wishes. What Lemon Squeezy answers is what it has become.
    pub(super) async fn grant(
        &self,
        subscription: SubscriptionId,
        wish: Wish,
    ) -> Result<Submission, ActError> {
        let fail =
            |code: &str| Submission::of(FailChange { subscription, wish, code: code.to_owned() });
        let Some(shop) = self.app.config.lemonsqueezy.shop else {
            return Ok(fail("not_connected"));
        };
        let state =
            known(&self.app, subscription).await.map_err(|e| ActError::Unavailable(e.into()))?;
        let Ok(known) = state.known() else { return Ok(fail("unknown")) };
        let lemon_id = known.shown.lemon_id;
        let answer = match asked(wish) {
            None => self.app.lemonsqueezy.cancel(lemon_id).await,
            Some(change) => self.app.lemonsqueezy.change(lemon_id, &change).await,
        };
        match answer {
            Ok(object) => match lemonsqueezy::subscription(&object) {
                Ok(snapshot) => {
                    Ok(Submission::of(ObserveSubscription { shop, snapshot, user: None }))
                }
                Err(unclear) => Err(unavailable(unclear)),
            },
            Err(error) => match error.class() {
                Class::Passing => Err(unavailable(error)),
                Class::NotFound => Ok(fail("not_found")),
                Class::Refused => {
                    tracing::info!(%subscription, %error, "Lemon Squeezy refuses a change");
                    Ok(fail("refused"))
                }
                Class::OurFault => {
                    tracing::error!(%subscription, %error, "Lemon Squeezy refuses us: check key and request");
                    Ok(fail("our_fault"))
                }
            },
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
