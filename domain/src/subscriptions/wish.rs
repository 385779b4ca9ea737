//! What an owner wishes for a subscription. Asking is recorded; Lemon Squeezy does it, and shows it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Pause, PauseMode, Pin, Snapshot, Status, Subscription, SubscriptionError, asking};
use crate::aggregate::Stream;
use crate::plans::{Cycle, Plan, PlanError, Tier};
use crate::work::{Decision, Halt, Work};
use crate::{PlanId, SubscriptionId, UserId};

/// A change of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// It shall end with what was paid.
    Cancel,
    /// It shall go on after all.
    Resume,
    /// Nothing shall be collected for a while.
    Pause {
        /// What is offered meanwhile.
        mode: PauseMode,
        /// Until when; until it is taken back, if not said.
        resumes_at: Option<DateTime<Utc>>,
    },
    /// It shall be collected again.
    Unpause,
    /// Another plan or cycle.
    ChangePlan {
        /// Which plan.
        plan: Tier,
        /// Paid how often.
        cycle: Cycle,
        /// What Lemon Squeezy calls it.
        variant: u64,
        /// Whether it counts and is paid at once, compared with the plan that counts: one that only
        /// waits for the next renewal was paid for by nobody.
        up: bool,
    },
}

impl Wish {
    /// The word in routes.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Resume => "resume",
            Self::Pause { .. } => "pause",
            Self::Unpause => "unpause",
            Self::ChangePlan { .. } => "change_plan",
        }
    }

    /// Whether what is shown is what was wished.
    #[must_use]
    pub fn is_granted(self, shown: &Snapshot) -> bool {
        match self {
            Self::Cancel => shown.cancelled || shown.status == Status::Expired,
            Self::Resume => !shown.cancelled,
            Self::Pause { mode, resumes_at } => {
                shown.pause.is_some_and(|pause| pause.is_like(Pause { mode, resumes_at }))
            }
            Self::Unpause => shown.pause.is_none(),
            Self::ChangePlan { variant, .. } => shown.variant == variant,
        }
    }
}

/// What an owner asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// [`Wish::Cancel`].
    Cancel,
    /// [`Wish::Resume`].
    Resume,
    /// [`Wish::Pause`].
    Pause {
        /// What is offered meanwhile.
        mode: PauseMode,
        /// Until when.
        resumes_at: Option<DateTime<Utc>>,
    },
    /// [`Wish::Unpause`].
    Unpause,
    /// [`Wish::ChangePlan`].
    ChangePlan {
        /// Which plan.
        plan: Tier,
        /// Paid how often.
        cycle: Cycle,
    },
}

/// Records what its owner asks for; whoever carries it to Lemon Squeezy reads it in
/// [`super::SubscriptionEvent::ChangeRequested`], and ends it with what is shown then
/// ([`super::ObserveSubscription`]) or with [`super::FailChange`]. What is so already is not asked for.
/// One wish waits for another, but for the end, which takes the place of any: what it replaced is asked
/// for no more, and what Lemon Squeezy had done of it by then it shows.
#[derive(Debug, Clone, Copy)]
pub struct RequestChange {
    /// Of which subscription.
    pub subscription: SubscriptionId,
    /// Who asks: its owner.
    pub user: UserId,
    /// For what.
    pub asked: Asked,
}

impl Decision for RequestChange {
    /// The wish, if anything is to be done.
    type Reply = Option<Wish>;

    fn streams(&self) -> Vec<Stream> {
        let plan = match self.asked {
            Asked::ChangePlan { plan, .. } => Some(Stream::of::<Plan>(PlanId::of(plan))),
            Asked::Cancel | Asked::Resume | Asked::Pause { .. } | Asked::Unpause => None,
        };
        [Some(Stream::of::<Subscription>(self.subscription)), plan].into_iter().flatten().collect()
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<Option<Wish>, Halt> {
        let Self { subscription, user, asked } = *self;
        let state = work.state::<Subscription>(subscription)?;
        let known = state.of(user)?;
        let (pin, open) = (known.pin, known.wish);
        let shown = known.shown;
        let wish = match asked {
            Asked::Cancel => Wish::Cancel,
            Asked::Resume => Wish::Resume,
            Asked::Pause { mode, resumes_at } => Wish::Pause { mode, resumes_at },
            Asked::Unpause => Wish::Unpause,
            Asked::ChangePlan { plan, cycle } => {
                let sold = work.state::<Plan>(PlanId::of(plan))?;
                let variant = sold.variant_for_sale(cycle).ok_or(PlanError::NotForSale { plan })?;
                let up = Pin { plan, version: sold.version(), cycle }.is_paid_at_once(pin);
                Wish::ChangePlan { plan, cycle, variant, up }
            }
        };
        if open == Some(wish) {
            return Ok(open);
        }
        match open {
            // Whoever wants out waits for nothing.
            Some(_) if wish == Wish::Cancel => {}
            Some(_) => return Err(SubscriptionError::ChangeUnderWay.into()),
            None if wish.is_granted(&shown) => return Ok(None),
            None => {}
        }
        possible(wish, shown.status)?;
        asking::wish(work, (subscription, user), wish)?;
        Ok(Some(wish))
    }
}

/// Whether it can be wished for where a subscription stands.
fn possible(wish: Wish, status: Status) -> Result<(), SubscriptionError> {
    let possible = match wish {
        Wish::Cancel => status.is_live(),
        Wish::Resume => status == Status::Cancelled,
        Wish::Pause { .. } => matches!(status, Status::Active | Status::Paused),
        Wish::Unpause => status == Status::Paused,
        Wish::ChangePlan { .. } => matches!(status, Status::Active | Status::OnTrial),
    };
    if possible { Ok(()) } else { Err(SubscriptionError::NotPossible { status }) }
}
