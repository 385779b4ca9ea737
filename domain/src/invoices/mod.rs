//! Invoices of subscriptions: credits follow what was paid (P3), once per invoice. What is shown may
//! come in any order; what is known of an invoice only grows.

mod error;
mod event;
pub(crate) mod mismatch;
pub(crate) mod refund;
mod snapshot;

pub use error::InvoiceError;
pub use event::*;
pub use snapshot::{BillingReason, InvoiceSnapshot, InvoiceStatus};

use serde::{Deserialize, Serialize};

use crate::aggregate::{Decide, aggregate};
use crate::{Amount, LotId, UserId};

/// What can be asked of an invoice; credits are [`crate::subscriptions::ObserveInvoice`]'s.
#[derive(Debug, Clone)]
pub enum InvoiceCommand {
    /// Lemon Squeezy shows it.
    Observe {
        /// Who owns the subscription.
        user: UserId,
        /// What is shown.
        shown: InvoiceSnapshot,
    },
}

/// Only what a decision needs; `None` before it was shown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice(Option<KnownInvoice>);

/// An invoice that was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownInvoice {
    /// Who pays.
    pub user: UserId,
    /// All that is known of it.
    pub shown: InvoiceSnapshot,
    /// In what it differs from what was agreed.
    pub mismatch: Option<Mismatch>,
    /// What it paid for.
    pub granted: Option<(LotId, Amount)>,
    /// What was given back, in minor units, as far as credits were taken for it.
    pub refunded: i64,
    /// The share of the credits that was to be taken for it.
    pub taken: Amount,
}

aggregate!(Invoice, "invoice", InvoiceCommand, InvoiceEvent, InvoiceError);

impl Decide for Invoice {
    fn decide(&self, command: InvoiceCommand) -> Result<Vec<InvoiceEvent>, InvoiceError> {
        let InvoiceCommand::Observe { user, shown } = command;
        let (invoice, subscription) = (shown.id(), shown.subscription());
        let Some(known) = &self.0 else {
            return Ok(vec![InvoiceEvent::Observed { invoice, subscription, user, shown }]);
        };
        let (user, shown) = (known.user, known.shown.joined(&shown)?);
        if shown == known.shown {
            return Ok(vec![]);
        }
        Ok(vec![InvoiceEvent::Observed { invoice, subscription, user, shown }])
    }
}

impl InvoiceSnapshot {
    /// All that both tell: the later status, the larger refund. So it is the same in whichever order
    /// they came.
    fn joined(&self, other: &Self) -> Result<Self, InvoiceError> {
        if (self.lemon_subscription, &self.currency) != (other.lemon_subscription, &other.currency)
        {
            return Err(InvoiceError::Conflict);
        }
        let newer = if other.updated_at >= self.updated_at { other } else { self };
        Ok(Self {
            status: self.status.max(other.status),
            refunded: self.refunded.max(other.refunded),
            created_at: self.created_at.min(other.created_at),
            ..newer.clone()
        })
    }
}

impl Invoice {
    /// What is known of it.
    ///
    /// # Errors
    /// [`InvoiceError::Unknown`] if it was never shown.
    pub fn known(&self) -> Result<&KnownInvoice, InvoiceError> {
        self.0.as_ref().ok_or(InvoiceError::Unknown)
    }

    fn evolve(&mut self, event: InvoiceEvent) {
        match (&mut self.0, event) {
            (Some(known), InvoiceEvent::Observed { shown, .. }) => known.shown = shown,
            (none, InvoiceEvent::Observed { user, shown, .. }) => {
                let (mismatch, granted, refunded, taken) = (None, None, 0, Amount::ZERO);
                *none = Some(KnownInvoice { user, shown, mismatch, granted, refunded, taken });
            }
            (Some(known), InvoiceEvent::CreditsGranted { lot, amount, .. }) => {
                known.granted = Some((lot, amount));
            }
            (Some(known), InvoiceEvent::Refunded { refunded, share, .. }) => {
                (known.refunded, known.taken) = (refunded, share);
            }
            (Some(known), InvoiceEvent::Mismatched { mismatch, .. }) => {
                known.mismatch = Some(mismatch);
            }
            (
                None,
                InvoiceEvent::CreditsGranted { .. }
                | InvoiceEvent::Mismatched { .. }
                | InvoiceEvent::Refunded { .. },
            ) => {}
        }
    }
}
