//! Lemon Squeezy (d2): what we ask, what it answers, and how a delivery of it is told from a forgery.

mod client;
mod delivery;
mod error;
mod lenient;
mod meaning;
mod objects;
mod pace;
mod signature;
mod wish;

pub use client::LemonSqueezyClient;
pub use delivery::{Delivery, EventName, Subject, delivery};
pub use error::{Class, LemonSqueezyError};
pub use meaning::{Unclear, invoice, subscription};
pub use objects::{CheckoutObject, InvoiceObject, OrderObject, Pause, SubscriptionObject, Urls};
pub use signature::{Forged, WebhookSecrets};
pub use wish::{Change, NewCheckout};

use std::future::Future;
use std::pin::Pin;

/// A call on its way.
pub type Call<'a, T> = Pin<Box<dyn Future<Output = Result<T, LemonSqueezyError>> + Send + 'a>>;

/// What we need of Lemon Squeezy. Ids are its own numbers.
pub trait LemonSqueezy: Send + Sync {
    /// Makes a page where one person can subscribe to one variant.
    fn create_checkout<'a>(&'a self, checkout: &'a NewCheckout) -> Call<'a, CheckoutObject>;
    /// One subscription, with portal links made now (they live 24 hours).
    fn subscription(&self, id: u64) -> Call<'_, SubscriptionObject>;
    /// Changes a subscription, and answers what it is then. Asking twice changes it once.
    fn change<'a>(&'a self, id: u64, change: &'a Change) -> Call<'a, SubscriptionObject>;
    /// Cancels at the end of the period.
    fn cancel(&self, id: u64) -> Call<'_, SubscriptionObject>;
    /// One page of our store's subscriptions, newest first, counted from 1.
    fn subscriptions(&self, of: Of, page: u32) -> Call<'_, Page<SubscriptionObject>>;
    /// One page of our store's invoices, newest first, counted from 1.
    fn invoices(&self, of: Of, page: u32) -> Call<'_, Page<InvoiceObject>>;
}

/// Of what a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Of our whole store.
    Store,
    /// Of one order, for subscriptions.
    Order(u64),
    /// Of one subscription, for invoices.
    Subscription(u64),
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// At most 100.
    pub items: Vec<T>,
    /// How many more there were that do not read; each is logged.
    pub unreadable: usize,
    /// Whether another page follows.
    pub more: bool,
}
