//! Subscriptions: a plan paid through Lemon Squeezy (P3, P4). Access follows the subscription as
//! Lemon Squeezy shows it, credits follow invoices that were paid. Whatever it says, by whichever
//! way, goes through one [`Known::reconcile`].

mod asking;
mod calendar;
mod change;
mod credits;
mod error;
mod event;
mod follow;
mod known;
mod observe;
mod observe_invoice;
mod paying;
mod period;
mod prices;
mod reconcile;
mod shop;
mod snapshot;
mod timers;
mod wish;

#[cfg(test)]
mod tests;

pub(crate) use asking::wish as ask_for;
pub use asking::{AskForWish, FailChange, PutOffWish, WISH};
pub use calendar::Zone;
pub use change::Change;
use credits::Credits;
pub use error::SubscriptionError;
pub use event::*;
pub use known::{Access, Known};
pub use observe::{ObserveSubscription, Seen};
pub use observe_invoice::ObserveInvoice;
pub use period::{Period, Pin, Year};
pub use reconcile::GRACE;
pub use shop::Shop;
pub use snapshot::{Pause, PauseMode, Snapshot, Status};
pub use timers::{ACCESS_END, EndAccess, GrantMonth, MONTH_GRANT};
pub use wish::{Asked, RequestChange, Wish};

use serde::{Deserialize, Serialize};

use crate::UserId;
use crate::aggregate::{Decide, aggregate};

/// Only what a decision needs; `None` before Lemon Squeezy told of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription(Option<Known>);

/// What can be asked of a subscription; the rest are decisions over several streams beside it.
#[derive(Debug, Clone)]
pub enum SubscriptionCommand {
    /// Lemon Squeezy shows it.
    Observe {
        /// Whose it is, if it is new.
        user: UserId,
        /// By whose calendar its months are counted, if it is new.
        zone: Zone,
        /// What is shown.
        snapshot: Snapshot,
        /// The newest version of the plan that its variant means.
        offered: Pin,
    },
}

aggregate!(Subscription, "subscription", SubscriptionCommand, SubscriptionEvent, SubscriptionError);

impl Decide for Subscription {
    fn decide(
        &self,
        command: SubscriptionCommand,
    ) -> Result<Vec<SubscriptionEvent>, SubscriptionError> {
        let SubscriptionCommand::Observe { user, zone, snapshot, offered } = command;
        Ok(match &self.0 {
            None => reconcile::begin(user, zone, &snapshot, offered),
            Some(known) => known.reconcile(&snapshot, offered),
        })
    }
}

impl Subscription {
    /// What is remembered of it.
    ///
    /// # Errors
    /// [`SubscriptionError::Unknown`] if it was never told of.
    pub fn known(&self) -> Result<&Known, SubscriptionError> {
        self.0.as_ref().ok_or(SubscriptionError::Unknown)
    }

    /// The same, for its owner: another's is as unknown as none (c0.1).
    ///
    /// # Errors
    /// [`SubscriptionError::Unknown`].
    pub fn of(&self, user: UserId) -> Result<&Known, SubscriptionError> {
        self.known().ok().filter(|known| known.user == user).ok_or(SubscriptionError::Unknown)
    }

    fn evolve(&mut self, event: SubscriptionEvent) {
        match (&mut self.0, event) {
            (known, SubscriptionEvent::Started { user, zone, snapshot, pin, .. }) => {
                *known = Some(Known::new(user, zone, snapshot, pin));
            }
            (Some(known), event) => known.evolve(event),
            (None, _) => {} // Nothing happens before it started.
        }
    }
}
