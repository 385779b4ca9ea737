//! Subscriptions: a plan paid through Lemon Squeezy (P3). Access follows the subscription as Lemon
//! Squeezy shows it, credits follow invoices that were paid.

mod calendar;
mod error;
mod shop;
mod snapshot;

pub use calendar::Zone;
pub use error::SubscriptionError;
pub use shop::Shop;
pub use snapshot::{Pause, PauseMode, Snapshot, Status};
