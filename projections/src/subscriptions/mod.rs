//! `subscriptions`, `subscription_history`, `invoices` and `entitlements`: what people pay for
//! through Lemon Squeezy, and what they have of it (SUB-03..06).

mod entitlement;
mod history;
mod invoice;
mod project;
mod subscription;

pub use entitlement::{Entitlement, entitlements};
pub use history::{Change, history};
pub use invoice::{Invoice, invoices};
pub use subscription::*;

use eventstore::Entry;
use eventstore::seal::Keyring;

use crate::Projector;
use crate::frame::{Batch, Definition, Poison, Statement, Table};

/// This context's statements.
pub(crate) static STATEMENTS: &[&[&dyn Statement]] =
    &[subscription::STATEMENTS, history::STATEMENTS, invoice::STATEMENTS, entitlement::STATEMENTS];

/// Fills this context's tables.
pub struct Subscriptions;

impl Projector for Subscriptions {
    fn name(&self) -> &'static str {
        "subscriptions"
    }

    fn contexts(&self) -> &'static [&'static str] {
        &["subscription", "invoice", "user"]
    }

    fn tables(&self) -> &'static [&'static Definition] {
        &[
            Subscription::DEFINITION,
            Change::DEFINITION,
            Invoice::DEFINITION,
            Entitlement::DEFINITION,
        ]
    }

    fn apply(&self, entry: &Entry, batch: &mut Batch, _: &Keyring) -> Result<(), Poison> {
        if let Some(event) = entry.event.of() {
            project::apply(event, batch);
            history::apply(event, entry, batch);
        }
        if let Some(event) = entry.event.of() {
            invoice::apply(event, batch);
        }
        if let Some(event) = entry.event.of() {
            entitlement::apply(event, batch);
        }
        Ok(())
    }
}
