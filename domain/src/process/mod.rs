//! Processes: event in, acts out, pure; for what cannot be one append, the outside world and time.
//!
//! The log's runner (`eventstore::process`) gives each process a checkpoint of its own, turns acts
//! into commands and effects, and names them after the event, so that neither a restart nor the
//! rebuild of a read table repeats an act.

pub mod account_deletion;
mod money_timer;
pub mod plan_subscription;
mod sign_up;
mod token_purchase;

#[cfg(test)]
mod tests;

pub use money_timer::{MoneyTimer, MoneyTimerError};
pub use sign_up::SignUp;
pub use token_purchase::{
    DEPOSIT_CALLBACK, PAYOUT_CHANGED, TokenPurchase, TokenPurchaseAct, query,
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::Event;

/// Where a process that has never run begins; kept at its first start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the first event ever: what happened before it existed is its business too.
    Genesis,
    /// With the next event: the past was settled otherwise.
    Head,
}

/// What follows from what happened, as a pure function.
pub trait Process: Send + Sync + 'static {
    /// What it may want done: an enum of decisions to submit and effects to have on the outside.
    type Act: Send + Sync + 'static;

    /// Names its checkpoint and its keys (`process:<name>`); never changes.
    const NAME: &'static str;

    /// Where it begins.
    const START: Start;

    /// What is to be done about one event: most often nothing. `at` is when the log recorded it.
    /// Called again with the same event after a restart, it must answer the same acts.
    fn react(&self, event: &Event, event_id: Uuid, at: DateTime<Utc>) -> Vec<Self::Act>;
}
