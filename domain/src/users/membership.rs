//! What a person may do as a customer: the tier (IAM-09), and what its plan gives (SUB-03). Copied
//! from the plan when it changes, so that who needs it need not ask the plan.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Status, User, UserEvent};
use crate::plans::{Feature, Terms, Tier};
use crate::{Amount, SubscriptionId, UserId};

/// What one version of a plan gives to whoever has it. What is `None` has no limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlements {
    /// Which plan.
    pub plan: Tier,
    /// Which version of it.
    pub version: u32,
    /// Credits each month.
    pub credits: Amount,
    /// Bytes of pictures.
    pub storage_bytes: Option<i64>,
    /// Jobs that may run at once (SUB-11).
    pub queues: Option<u32>,
    /// What it lets one do.
    pub features: BTreeMap<String, Feature>,
}

impl Entitlements {
    /// Those of a version of a plan.
    #[must_use]
    pub fn of(plan: Tier, version: u32, terms: &Terms) -> Self {
        Self {
            plan,
            version,
            credits: terms.credits,
            storage_bytes: terms.storage_bytes,
            queues: terms.queues,
            features: terms.features.clone(),
        }
    }
}

/// Why somebody's tier changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierReason {
    /// A subscription began.
    Subscribed,
    /// The plan became a bigger one.
    Upgraded,
    /// The plan became a smaller one.
    Downgraded,
    /// What had ended goes on.
    Restored,
    /// A failed payment did not come in time (SUB-08).
    GraceOver,
    /// Nobody tries to collect it any more.
    Unpaid,
    /// What was paused has come to the end of what was paid.
    Paused,
    /// What was cancelled has come to its end.
    Cancelled,
    /// The subscription is over.
    Expired,
}

/// By what somebody has their tier.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Which.
    pub tier: Tier,
    /// In which version of its plan; 0 before there was any subscription.
    pub version: u32,
    /// The subscription that counts: there is one as long as it is not over, even without access.
    pub subscription: Option<SubscriptionId>,
    /// Others that were live when they were shown, the first first; some may be over since (SUB-05).
    pub waiting: Vec<SubscriptionId>,
}

impl Membership {
    /// So many others are remembered; the oldest is forgotten, until it is shown again.
    pub const WAITING_MAX: usize = 8;

    /// Another one waits.
    pub(super) fn wait(&mut self, subscription: SubscriptionId) {
        if self.waiting.len() >= Self::WAITING_MAX {
            self.waiting.remove(0);
        }
        self.waiting.push(subscription);
    }

    /// What counted before waits from now on; when nothing counts, nothing is left to wait.
    pub(super) fn change(
        &mut self,
        subscription: Option<SubscriptionId>,
        entitlements: &Entitlements,
    ) {
        let before = std::mem::replace(&mut self.subscription, subscription);
        (self.tier, self.version) = (entitlements.plan, entitlements.version);
        if let Some(before) = before.filter(|_| before != subscription) {
            self.wait(before);
        }
        self.waiting.retain(|other| subscription.is_some_and(|counts| counts != *other));
    }
}

impl User {
    /// By what they have their tier.
    #[must_use]
    pub fn membership(&self) -> &Membership {
        &self.membership
    }

    /// The difference between what they have and what they are to have. Nobody gives anything to who
    /// is gone.
    pub(super) fn entitle(
        &self,
        user: UserId,
        subscription: Option<SubscriptionId>,
        entitlements: Entitlements,
        reason: TierReason,
    ) -> Vec<UserEvent> {
        let (from, to) = (self.membership.tier, entitlements.plan);
        let version = entitlements.version;
        let Membership { tier, version: had, subscription: bound, .. } = self.membership;
        let same = (tier, had, bound) == (to, version, subscription);
        if same || self.status == Status::Erased {
            return vec![];
        }
        let changed = (from != to).then_some(UserEvent::TierChanged { user, from, to, reason });
        let entitled = UserEvent::EntitlementsChanged { user, subscription, entitlements };
        changed.into_iter().chain([entitled]).collect()
    }
}
