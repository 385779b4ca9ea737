//! The objects of d2.4, read leniently: fields we do not know and nulls everywhere are normal. The
//! names and addresses of people in them are not read at all, but for the one we look them up by.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::lenient::{cents, flag, id, maybe_id, time};

/// A subscription, as far as we look.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SubscriptionObject {
    /// Its own number; stands beside the attributes.
    #[serde(skip)]
    pub id: u64,
    /// Whose shop.
    #[serde(deserialize_with = "id")]
    pub store_id: u64,
    /// Whom it belongs to there.
    #[serde(default, deserialize_with = "maybe_id")]
    pub customer_id: Option<u64>,
    /// The order it began with.
    #[serde(default, deserialize_with = "maybe_id")]
    pub order_id: Option<u64>,
    /// Who pays, to look for whom it belongs to; goes no further.
    #[serde(default)]
    pub user_email: Option<Payer>,
    /// What is subscribed to: plan and cycle, by our map.
    #[serde(deserialize_with = "id")]
    pub variant_id: u64,
    /// Where it stands, in its word.
    pub status: String,
    /// Whether collection rests.
    #[serde(default)]
    pub pause: Option<Pause>,
    /// The day of the month it renews on.
    #[serde(default)]
    pub billing_anchor: Option<u8>,
    /// Whether it will end at `ends_at`.
    #[serde(default, deserialize_with = "flag")]
    pub cancelled: bool,
    /// Until when it is tried out.
    #[serde(default, deserialize_with = "time")]
    pub trial_ends_at: Option<DateTime<Utc>>,
    /// When the next invoice is due.
    #[serde(default, deserialize_with = "time")]
    pub renews_at: Option<DateTime<Utc>>,
    /// When it ends, or ended.
    #[serde(default, deserialize_with = "time")]
    pub ends_at: Option<DateTime<Utc>>,
    /// When it began.
    #[serde(default, deserialize_with = "time")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it last changed; two changes may share it (d2.5).
    #[serde(default, deserialize_with = "time")]
    pub updated_at: Option<DateTime<Utc>>,
    /// Links for its owner; they live 24 hours.
    #[serde(default)]
    pub urls: Urls,
    /// Whether no money is moved.
    #[serde(default, deserialize_with = "flag")]
    pub test_mode: bool,
}

/// How collection rests.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Pause {
    /// What is offered meanwhile, in its word.
    pub mode: String,
    /// Until when; for good if not said.
    #[serde(default, deserialize_with = "time")]
    pub resumes_at: Option<DateTime<Utc>>,
}

/// The address of whoever pays: not for any log.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Payer(pub String);

impl std::fmt::Debug for Payer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Payer(…)")
    }
}

/// See [`SubscriptionObject::urls`]. Whoever has them is taken for the owner: not for any log.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Urls {
    /// Everything about the subscription.
    #[serde(default)]
    pub customer_portal: Option<String>,
    /// The card.
    #[serde(default)]
    pub update_payment_method: Option<String>,
}

impl std::fmt::Debug for Urls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Urls(…)")
    }
}

/// An invoice of a subscription. It names no variant and no order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct InvoiceObject {
    /// Its own number; stands beside the attributes.
    #[serde(skip)]
    pub id: u64,
    /// Whose shop; absent in some deliveries.
    #[serde(default, deserialize_with = "maybe_id")]
    pub store_id: Option<u64>,
    /// For which subscription.
    #[serde(deserialize_with = "id")]
    pub subscription_id: u64,
    /// What for, in its word.
    pub billing_reason: String,
    /// Where it stands, in its word.
    pub status: String,
    /// ISO 4217.
    pub currency: String,
    /// Cents before discounts and tax; absent in some deliveries.
    #[serde(default, deserialize_with = "cents")]
    pub subtotal: i64,
    /// Cents.
    #[serde(default, deserialize_with = "cents")]
    pub tax: i64,
    /// Whether the price includes the tax.
    #[serde(default, deserialize_with = "flag")]
    pub tax_inclusive: bool,
    /// Cents.
    #[serde(deserialize_with = "cents")]
    pub total: i64,
    /// Cents paid back so far, all refunds together.
    #[serde(default, deserialize_with = "cents")]
    pub refunded_amount: i64,
    /// Whether all of it was paid back.
    #[serde(default, deserialize_with = "flag")]
    pub refunded: bool,
    /// When it was made.
    #[serde(default, deserialize_with = "time")]
    pub created_at: Option<DateTime<Utc>>,
    /// When it last changed.
    #[serde(default, deserialize_with = "time")]
    pub updated_at: Option<DateTime<Utc>>,
    /// Whether no money is moved.
    #[serde(default, deserialize_with = "flag")]
    pub test_mode: bool,
}

/// An order: the first money of a subscription, once more (d2.5). Nothing is granted for it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OrderObject {
    /// Its own number; stands beside the attributes.
    #[serde(skip)]
    pub id: u64,
    /// Whose shop.
    #[serde(deserialize_with = "id")]
    pub store_id: u64,
    /// Whether no money is moved.
    #[serde(default, deserialize_with = "flag")]
    pub test_mode: bool,
}

/// A page where somebody can subscribe.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CheckoutObject {
    /// Where it is.
    pub url: String,
    /// Until when.
    #[serde(default, deserialize_with = "time")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// What has a number of its own beside its attributes.
pub(super) trait Numbered {
    /// Takes it.
    fn numbered(self, id: u64) -> Self;
}

macro_rules! numbered {
    ($($object:ty),+) => {
        $(impl Numbered for $object {
            fn numbered(self, id: u64) -> Self {
                Self { id, ..self }
            }
        })+
    };
}

numbered!(SubscriptionObject, InvoiceObject, OrderObject);
