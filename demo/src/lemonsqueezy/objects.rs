//! The objects as Lemon Squeezy shows them (d2.4).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::STORE;
use super::act::Pause;
use super::shelf::Variant;

/// What the shop gave a checkout along; comes back with every webhook about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Custom {
    /// Who subscribes.
    pub user_id: String,
    /// Which checkout.
    pub checkout_id: String,
}

/// The address of whoever is not asked for one.
pub(super) const EMAIL: &str = "user@example.com";

/// A page where somebody can subscribe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// In its address.
    pub id: String,
    /// To what.
    pub variant: u64,
    /// See [`Custom`].
    pub custom: Custom,
    /// The address that the shop filled in.
    pub email: String,
    /// Where the browser goes afterwards.
    pub redirect_url: Option<String>,
    /// Until when it can be used.
    pub expires_at: Option<DateTime<Utc>>,
    /// What came of it.
    pub subscription: Option<u64>,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its number.
    pub id: u64,
    /// The number of the order it began with.
    pub order: u64,
    /// To what.
    pub variant: u64,
    /// See [`Custom`].
    pub custom: Custom,
    /// The address of whoever pays.
    pub email: String,
    /// One of the seven words of d2.4.
    pub status: String,
    /// How it rests, while nothing is collected.
    pub pause: Option<Pause>,
    /// Whether it will end.
    pub cancelled: bool,
    /// The day of the month it renews on.
    pub anchor: u32,
    /// When the period ends.
    pub renews_at: DateTime<Utc>,
    /// When it ends, or ended.
    pub ends_at: Option<DateTime<Utc>>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// An invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// Its number.
    pub id: u64,
    /// Of which subscription.
    pub subscription: u64,
    /// `initial`, `renewal` or `updated`.
    pub reason: String,
    /// `pending`, `paid`, `refunded` or `partial_refund`.
    pub status: String,
    /// Cents.
    pub total: i64,
    /// Cents paid back so far.
    pub refunded: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Subscription {
    /// The object of d2.4 (fixture L1); `base` makes links.
    #[must_use]
    pub fn to_json(&self, base: &str) -> Value {
        let variant = Variant::of(self.variant);
        let link = |page: &str| format!("{base}/billing/{}/{page}?expires=1&signature=x", self.id);
        json!({
            "type": "subscriptions", "id": self.id.to_string(),
            "links": {"self": format!("{base}/v1/subscriptions/{}", self.id)},
            "relationships": {},
            "attributes": {
                "store_id": STORE, "customer_id": self.order + 500, "order_id": self.order,
                "order_item_id": self.order + 100_000, "product_id": variant.product,
                "variant_id": self.variant, "product_name": variant.name,
                "variant_name": if variant.months == 1 { "Monthly" } else { "Yearly" },
                "user_name": "Kim Example", "user_email": self.email,
                "status": self.status, "status_formatted": self.status,
                "card_brand": "visa", "card_last_four": "4242", "payment_processor": "stripe",
                "pause": self.pause.map(|Pause { mode, resumes_at }| {
                    json!({"mode": mode, "resumes_at": resumes_at.map(time)})
                }),
                "cancelled": self.cancelled, "trial_ends_at": null,
                "billing_anchor": self.anchor,
                "first_subscription_item": {
                    "id": 1, "subscription_id": self.id, "price_id": self.variant, "quantity": 1,
                    "is_usage_based": false, "created_at": time(self.created_at),
                    "updated_at": time(self.updated_at),
                },
                "urls": {
                    "customer_portal": link("portal"),
                    "update_payment_method": link("card"),
                    "customer_portal_update_subscription": link("update"),
                },
                "renews_at": (self.status != "expired").then(|| time(self.renews_at)),
                "ends_at": self.ends_at.map(time),
                "created_at": time(self.created_at), "updated_at": time(self.updated_at),
                "test_mode": true,
            },
        })
    }

    /// The order it began with: the same first money once more.
    #[must_use]
    pub fn order_json(&self, refunded: i64) -> Value {
        let total = Variant::of(self.variant).cents;
        let status = match refunded {
            0 => "paid",
            all if all == total => "refunded",
            _ => "partial_refund",
        };
        json!({"type": "orders", "id": self.order.to_string(), "relationships": {}, "attributes": {
            "store_id": STORE, "customer_id": self.order + 500, "order_number": self.order,
            "user_name": "Kim Example", "user_email": "user@example.com", "currency": "USD",
            "total": total, "subtotal": total, "tax": 0, "status": status,
            // As the samples have it: now a boolean, now a number.
            "refunded": u8::from(refunded == total), "refunded_amount": refunded,
            "created_at": time(self.created_at), "updated_at": time(self.updated_at),
            "test_mode": true,
        }})
    }
}

impl Invoice {
    /// The object of d2.4 (fixture L2). It names no variant and no order.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "type": "subscription-invoices", "id": self.id.to_string(), "relationships": {},
            "attributes": {
                "store_id": STORE, "subscription_id": self.subscription,
                "user_name": "Kim Example", "user_email": "user@example.com",
                "card_brand": "visa", "card_last_four": "4242",
                "billing_reason": self.reason, "status": self.status,
                "status_formatted": self.status, "currency": "USD", "currency_rate": "1.00000000",
                "subtotal": self.total, "discount_total": 0, "tax": 0, "tax_inclusive": false,
                "total": self.total, "total_usd": self.total,
                "refunded": self.status == "refunded", "refunded_amount": self.refunded,
                "refunded_at": (self.refunded > 0).then(|| time(self.updated_at)),
                "urls": {"invoice_url": null},
                "created_at": time(self.created_at), "updated_at": time(self.updated_at),
                "test_mode": true,
            },
        })
    }
}

/// A time as it is written there: with six digits of a second, always.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}
