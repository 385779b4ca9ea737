//! Invoices of subscriptions: credits follow what was paid (P3), once per invoice.

mod snapshot;

pub use snapshot::{BillingReason, InvoiceSnapshot, InvoiceStatus};
