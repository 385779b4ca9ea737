//! What people must look at is said where they watch: the log of errors, and a counter. The inbox keeps
//! it with the delivery that showed it.

use domain::SubscriptionId;
use domain::process::plan_subscription::Alarm;

/// Says it. Whoever restarts may hear it twice.
pub(super) fn raise(subscription: SubscriptionId, alarm: &Alarm) {
    match alarm {
        Alarm::Conflict { other } => {
            metrics::counter!("folio_subscription_conflicts_total").increment(1);
            tracing::error!(%subscription, counts = %other, "somebody pays for two subscriptions");
        }
        Alarm::Invoice { invoice, mismatch } => {
            metrics::counter!("folio_invoice_mismatches_total").increment(1);
            tracing::error!(%subscription, %invoice, ?mismatch, "an invoice is not what was agreed");
        }
    }
}
