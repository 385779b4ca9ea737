//! A wish on its way to Lemon Squeezy. Whoever may have asked and got no answer asks again, by a
//! timer that lives as long as the wish: neither a restart nor an outage repeats what is over.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use super::{Subscription, SubscriptionEvent, Wish};
use crate::aggregate::Stream;
use crate::patience::ASK_AGAIN;
use crate::work::{Decision, Halt, Work};
use crate::{SubscriptionId, UserId};

/// The kind of timer that asks for a wish again. Its key is the subscription, its bytes an
/// [`AskForWish`].
pub const WISH: &str = "subscription-wish";
/// How long the first asking may take before somebody looks after it: two calls of 10 s, and then
/// some.
const PATIENCE: Duration = Duration::seconds(60);
/// Why a wish failed that was never shown to be granted.
const NOT_GRANTED: &str = "not_granted";
/// Why a wish failed that another took the place of.
const REPLACED: &str = "replaced";

/// Lemon Squeezy is to be asked for a wish, if it still is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskForWish {
    /// Of which subscription.
    pub subscription: SubscriptionId,
    /// For what.
    pub wish: Wish,
    /// How often it was put off before.
    pub attempt: u32,
}

/// Records a wish instead of any that waits, and sets the timer that looks after it.
pub(crate) fn wish(
    work: &mut Work<'_>,
    (subscription, user): (SubscriptionId, UserId),
    wish: Wish,
) -> Result<(), Halt> {
    if let Some(open) = work.state::<Subscription>(subscription)?.known()?.wish {
        fail(work, (subscription, open), REPLACED)?;
    }
    let requested = SubscriptionEvent::ChangeRequested { subscription, user, wish };
    work.record::<Subscription>(subscription, requested)?;
    ask_after(work, AskForWish { subscription, wish, attempt: 0 }, PATIENCE)
}

/// Lemon Squeezy was asked. What is not so yet is asked for again later (P2.4's schedule), and has
/// failed when that is over.
#[derive(Debug, Clone, Copy)]
pub struct PutOffWish {
    /// What was asked for.
    pub asked: AskForWish,
}

impl Decision for PutOffWish {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Subscription>(self.asked.subscription)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        let AskForWish { subscription, wish, attempt } = self.asked;
        if work.state::<Subscription>(subscription)?.known()?.wish != Some(wish) {
            return Ok(());
        }
        match usize::try_from(attempt).ok().and_then(|attempt| ASK_AGAIN.get(attempt)) {
            Some(wait) => {
                let attempt = attempt.saturating_add(1);
                ask_after(work, AskForWish { subscription, wish, attempt }, *wait)
            }
            None => fail(work, (subscription, wish), NOT_GRANTED),
        }
    }
}

/// Lemon Squeezy refused what was asked for. Another wish can follow.
#[derive(Debug, Clone)]
pub struct FailChange {
    /// Of which subscription.
    pub subscription: SubscriptionId,
    /// For what.
    pub wish: Wish,
    /// Why, in a word.
    pub code: String,
}

impl Decision for FailChange {
    type Reply = ();

    fn streams(&self) -> Vec<Stream> {
        vec![Stream::of::<Subscription>(self.subscription)]
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<(), Halt> {
        fail(work, (self.subscription, self.wish), &self.code)
    }
}

fn fail(
    work: &mut Work<'_>,
    (subscription, wish): (SubscriptionId, Wish),
    code: &str,
) -> Result<(), Halt> {
    let known = work.state::<Subscription>(subscription)?.known()?;
    if known.wish == Some(wish) {
        let (user, code) = (known.user, code.to_owned());
        let failed = SubscriptionEvent::ChangeFailed { subscription, user, wish, code };
        work.record::<Subscription>(subscription, failed)?;
        work.forget(WISH, subscription.to_string());
    }
    Ok(())
}

fn ask_after(work: &mut Work<'_>, ask: AskForWish, wait: Duration) -> Result<(), Halt> {
    let bytes = serde_json::to_vec(&ask).map_err(|e| Halt::Fault(e.to_string()))?;
    let due = work.at() + wait;
    work.schedule(WISH, ask.subscription.to_string(), due, bytes);
    Ok(())
}
